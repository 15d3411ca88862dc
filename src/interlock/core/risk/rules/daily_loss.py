"""Stop entering after losing this much in a session."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, RiskRule
from interlock.core.trading_state import TradingState
from interlock.core.values import ZERO, positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class DailyLossLimits:
    """``limit``: currency lost since the session began, open positions and fees included, inclusive."""

    limit: Decimal = field(validator=positive)


class DailyLoss(RiskRule):
    """Equity at the session's start minus equity now is at most the limit; beyond it trading may only reduce.

    Watched every cycle, whether or not anybody wants to trade. The day is the instrument's session: until the next one
    begins, no person can release it.
    """

    name: ClassVar[str] = "daily_loss"
    applies_to = ENTRIES
    source: ClassVar[str] = "FIA PTG"
    Limits = DailyLossLimits

    def __init__(self, limits: DailyLossLimits) -> None:
        self._limits, self._limit = limits, limits.limit

    @override
    def watch(self, view: MarketView) -> Breach | None:
        loss = view.session_loss
        if loss <= self._limit or view.trading_state is not TradingState.ACTIVE:
            return None
        return self.breach(TradingState.REDUCING, Reason.DAILY_LOSS_EXCEEDED, loss, self._limit)

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        loss = view.session_loss
        if loss <= self._limit:
            return self.passed(loss if loss > ZERO else ZERO, self._limit)
        return self.denied(Reason.DAILY_LOSS_EXCEEDED, loss, self._limit)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> DailyLossLimits | None:
        return reaching(self._limits, limit=finding.observed)
