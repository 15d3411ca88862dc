"""Whether trading is allowed at all."""

from typing import ClassVar, Final

from attrs import frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.modes import RunMode
from interlock.core.reasons import Reason
from interlock.core.risk.rule import ENTRIES, ENTRIES_AND_EXITS, Candidate, RiskRule
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView

_CONFIRMED: Final = "confirmed"
# What is observed where LIVE is not armed, and what would have to be.
NOT_ARMED: Final = "not armed"
ARMED: Final = "armed"
# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_ACTIVE, _REDUCING, _HALTED = TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED
_LIVE: Final = RunMode.LIVE


@frozen(kw_only=True)
class TradingStateLimits:
    """Nothing to set: this control is always on."""


class TradingStateRule(RiskRule):
    """HALTED (lost trust) denies entries and exits; REDUCING (losses) denies entries. So do an order in doubt and a
    venue that has yet to confirm our orders and position: both pass by themselves, once it has answered. In LIVE no
    entry passes without an arming.

    Cancels are asked of no rule, so they pass in every state.
    """

    name: ClassVar[str] = "trading_state"
    applies_to = ENTRIES_AND_EXITS
    source: ClassVar[str] = "RTS 6 12; FIA 1.5"
    Limits = TradingStateLimits

    def __init__(self, limits: TradingStateLimits) -> None:
        self._limits = limits
        # The same findings each time, so they are made once.
        self._entry = self.passed(_ACTIVE, _ACTIVE)
        self._exits = {state: self.passed(state, _REDUCING) for state in (_ACTIVE, _REDUCING)}

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        state = view.trading_state
        if state is _HALTED:
            return self.denied(Reason.TRADING_HALTED, view.trading_state_code, _ACTIVE)
        if candidate.order_class not in ENTRIES:
            return self._exits[state]
        if view.mode is _LIVE and view.arming is None:
            # Here too, and not only in the rule that knows the envelope: what is always asked cannot be left out.
            return self.denied(Reason.LIVE_NOT_ARMED, NOT_ARMED, ARMED)
        if state is _REDUCING:
            return self.denied(Reason.TRADING_STATE_REDUCING, view.trading_state_code, _ACTIVE)
        if view.reconciliation_pending is not None:
            return self.denied(Reason.RECONCILIATION_PENDING, view.reconciliation_pending, _CONFIRMED)
        if view.has_working_orders and (in_doubt := view.orders_in_doubt):
            return self.denied(Reason.ORDER_IN_DOUBT, in_doubt, 0)
        return self._entry
