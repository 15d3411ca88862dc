"""Nothing on stale data."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, RiskRule, seconds
from interlock.core.values import not_negative, zero_or_more
from interlock.core.view import MarketView


@frozen(kw_only=True)
class DataAgeLimits:
    """``limit_seconds``: the newest bar's age. ``bars_missed``: expected bars that did not come before it."""

    limit_seconds: Decimal = field(validator=not_negative)
    bars_missed: int = field(default=0, validator=zero_or_more)


class DataAge(RiskRule):
    """The newest bar is young enough, and no more expected bars than allowed are missing right before it.

    Expected by the session calendar: a weekend misses nothing. Applies to exits too: nobody should sell blindly.
    """

    name: ClassVar[str] = "data_age"
    applies_to = ENTRIES_AND_EXITS
    mandatory = True
    source: ClassVar[str] = "FIA 3.1"
    Limits = DataAgeLimits

    def __init__(self, limits: DataAgeLimits) -> None:
        self._limits, self._limit = limits, limits.limit_seconds
        self._bars = limits.bars_missed

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        age = seconds(view.now - view.bar.ts_event)
        missed = view.bars_missed + view.bars_overdue
        numbers = {"bars_missed": missed}
        if age > self._limit:
            return self.denied(Reason.DATA_STALE, age, self._limit, numbers)
        if missed > self._bars:
            return self.denied(Reason.BARS_MISSED, missed, self._bars, numbers)
        return self.passed(age, self._limit, numbers)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> DataAgeLimits | None:
        limit = "bars_missed" if finding.code == Reason.BARS_MISSED else "limit_seconds"
        return reaching(self._limits, **{limit: finding.observed})
