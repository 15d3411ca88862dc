"""No trading by a clock that went back."""

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
from interlock.core.values import not_negative
from interlock.core.view import MarketView


@frozen(kw_only=True)
class ClockLimits:
    """``limit_seconds``: how far the clock may step back between two records, inclusive; "0": not at all."""

    limit_seconds: Decimal = field(validator=not_negative)


class ClockRule(RiskRule):
    """The domain clock steps back by at most the limit from one record to the next; beyond it trading is halted.

    Ages, rates and sessions are all measured with this clock: by one that went back, old data looks new and a full
    window half empty. That it goes right again afterwards says nothing about what was decided in between, so the step
    counts until a person releases the halt.
    """

    name: ClassVar[str] = "clock"
    applies_to = ENTRIES_AND_EXITS
    source: ClassVar[str] = "our own practice"
    Limits = ClockLimits

    def __init__(self, limits: ClockLimits) -> None:
        self._limits, self._limit = limits, limits.limit_seconds

    @override
    def watch(self, view: MarketView) -> Breach | None:
        if not view.stepped_back or view.trading_state is TradingState.HALTED:
            return None
        step = seconds(view.stepped_back)
        if step <= self._limit:
            return None
        return self.breach(TradingState.HALTED, Reason.CLOCK_STEPPED_BACK, step, self._limit)

    @override
    def standing(self, view: MarketView) -> Breach | None:
        return None  # the step lies behind: whoever releases has seen to the clock

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        step = seconds(view.stepped_back)
        if step <= self._limit:
            return self.passed(step, self._limit)
        return self.denied(Reason.CLOCK_STEPPED_BACK, step, self._limit)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> ClockLimits | None:
        return reaching(self._limits, limit_seconds=finding.observed)
