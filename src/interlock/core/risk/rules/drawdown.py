"""Stop entering after losing this much from the highest point."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, Horizon, RiskRule
from interlock.core.trading_state import TradingState
from interlock.core.values import ZERO, minus, positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class DrawdownLimits:
    """``limit``: currency lost since the highest equity, open positions and fees included, inclusive."""

    limit: Decimal = field(validator=positive)


class Drawdown(RiskRule):
    """The highest equity minus equity now is at most the limit; beyond it trading may only reduce.

    A day's loss begins anew with every session; many small ones add up here. The highest equity is that at a bar's
    close since the journal began or a person last released this: a release begins anew from the equity that there is.
    """

    name: ClassVar[str] = "drawdown"
    applies_to = ENTRIES
    source: ClassVar[str] = "FIA PTG"
    Limits = DrawdownLimits

    def __init__(self, limits: DrawdownLimits) -> None:
        self._limits, self._limit = limits, limits.limit

    @property
    @override
    def horizon(self) -> Horizon:
        return Horizon(peak=True)

    @override
    def watch(self, view: MarketView) -> Breach | None:
        return self._breach(view) if view.trading_state is TradingState.ACTIVE else None

    @override
    def standing(self, view: MarketView) -> Breach | None:
        # What was lost stays lost: a release forgives it. Whoever releases a halt has looked at something worse, and
        # may not have seen this yet.
        return self._breach(view) if view.trading_state is TradingState.HALTED else None

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        lost = max(ZERO, minus(view.peak_equity, view.equity))
        if lost <= self._limit:
            return self.passed(lost, self._limit)
        return self.denied(Reason.DRAWDOWN_EXCEEDED, lost, self._limit)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> DrawdownLimits | None:
        return reaching(self._limits, limit=finding.observed)

    def _breach(self, view: MarketView) -> Breach | None:
        lost = minus(view.peak_equity, view.equity)
        if lost <= self._limit:
            return None
        return self.breach(TradingState.REDUCING, Reason.DRAWDOWN_EXCEEDED, lost, self._limit)
