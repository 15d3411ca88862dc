"""No entry on a window of prices that is not to be believed."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.market import Bar
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.records import EntriesQuarantined
from interlock.core.risk.relaxing import reaching, share
from interlock.core.risk.rule import ENTRIES, Candidate, RiskRule
from interlock.core.values import ONE, Numbers, at_least_one, divided, fraction, minus, plus, times
from interlock.core.view import MarketView


@frozen(kw_only=True)
class PriceJumpLimits:
    """``limit``: the largest believable move between bars, as a share of the close before (0.20 is 20 %).

    ``bars``: how long entries wait afterwards; the strategy's lookback where nothing is said.
    """

    limit: Decimal = field(validator=fraction)
    bars: int | None = field(default=None)

    @bars.validator
    def _bars_are_positive(self, attribute: object, value: int | None) -> None:
        if value is not None:
            at_least_one(self, attribute, value)


class PriceJump(RiskRule):
    """A jump beyond the limit that no declared split explains quarantines entries; exits pass.

    From prices alone nobody can tell a split from a crash. Averages over a window with such a jump in it are not
    averages of anything, so nothing is entered until the window is clean again.
    """

    name: ClassVar[str] = "price_jump"
    applies_to = ENTRIES
    source: ClassVar[str] = "FIA 3.1"
    Limits = PriceJumpLimits

    def __init__(self, limits: PriceJumpLimits) -> None:
        self._limits, self._limit = limits, limits.limit
        self._lowest, self._highest = minus(ONE, limits.limit), plus(ONE, limits.limit)
        self._bars = limits.bars
        self._clean = self.passed(0, 0)

    @override
    def watch(self, view: MarketView) -> Breach | None:
        before = view.previous_close
        if before is None:
            return None
        bar = view.bar
        # Nearly every bar. Rounding keeps order: what lies strictly within rounded bounds lies within the exact ones.
        if before * self._lowest < bar.low and bar.high < before * self._highest:
            return None
        return self._breach(view, before, bar) if view.bar_is_new else None

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        if view.quarantine_left:
            return self.denied(Reason.QUARANTINED, view.quarantine_left, 0)
        return self._clean

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> PriceJumpLimits | None:
        before, bar = view.previous_close, view.bar
        if before is None:
            return None
        # What was quarantined before this bar stays so, whatever this bar's jump comes to.
        furthest = max(abs(bar.open - before), abs(bar.close - before))
        return reaching(self._limits, limit=share(furthest, before)) if furthest > times(before, self._limit) else None

    def _breach(self, view: MarketView, before: Decimal, bar: Bar) -> Breach | None:
        believable = times(before, self._limit)
        gap = abs(bar.open - before)
        if gap <= believable and abs(bar.close - before) <= believable:
            return None
        to_price = bar.open if gap > believable else bar.close
        bars = self._bars if self._bars is not None else view.lookback
        numbers: Numbers = {
            "observed": divided(abs(to_price - before), before),
            "limit": self._limit,
            "from_price": before,
            "to_price": to_price,
            "bars": bars,
        }
        return Breach(rule=self.name, event=EntriesQuarantined(bars=bars, code=Reason.PRICE_JUMP, numbers=numbers))
