"""An order whose fate nobody knows for so long needs a person."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, RiskRule, seconds
from interlock.core.trading_state import TradingState
from interlock.core.values import ZERO, positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class OrderInDoubtLimits:
    """``limit_seconds``: how long an order may be UNKNOWN, inclusive."""

    limit_seconds: Decimal = field(validator=positive)


class OrderInDoubt(RiskRule):
    """No order is UNKNOWN for longer than the limit; beyond it trading is halted.

    The venue is asked about such an order again and again, and entries wait for its answer. When it does not come, our
    picture of orders and position is not to be trusted, and asking on will not mend that by itself.
    """

    name: ClassVar[str] = "order_in_doubt"
    applies_to = ENTRIES_AND_EXITS
    source: ClassVar[str] = "RTS 6 17(3); FIA 4.1"
    Limits = OrderInDoubtLimits

    def __init__(self, limits: OrderInDoubtLimits) -> None:
        self._limits, self._limit = limits, limits.limit_seconds

    @override
    def watch(self, view: MarketView) -> Breach | None:
        oldest = view.oldest_in_doubt
        if oldest is None or view.trading_state is TradingState.HALTED:
            return None
        order, since = oldest
        age = seconds(view.now - since)
        if age <= self._limit:
            return None
        return self.breach(TradingState.HALTED, Reason.ORDER_IN_DOUBT_TOO_LONG, age, self._limit, order=order)

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        oldest = view.oldest_in_doubt
        if oldest is None:
            return self.passed(ZERO, self._limit)
        order, since = oldest
        age, numbers = seconds(view.now - since), {"order": order}
        if age <= self._limit:
            return self.passed(age, self._limit, numbers)
        return self.denied(Reason.ORDER_IN_DOUBT_TOO_LONG, age, self._limit, numbers)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> OrderInDoubtLimits | None:
        return reaching(self._limits, limit_seconds=finding.observed)
