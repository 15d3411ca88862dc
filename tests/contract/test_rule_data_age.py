"""Data age, held to the contract."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.reasons import Reason
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.data_age import DataAge
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import MINUTE, MONDAY, Situation

LIMITS = {"limit_seconds": Decimal(30), "bars_missed": 0}


def aged(age: timedelta, limits: dict[str, object] | None = None) -> Question:
    """One bar, ``age`` ago."""
    bar = a_bar("100", at=MONDAY.open + MINUTE)
    return Question(limits=limits or LIMITS, situation=Situation(bars=(bar,), now=bar.ts_event + age))


def gap(minutes: int, allowed: int) -> Question:
    """A bar, then another ``minutes`` later, where one came a minute."""
    bars = (a_bar("100", at=MONDAY.open + MINUTE), a_bar("100", at=MONDAY.open + MINUTE * (1 + minutes)))
    return Question(limits={**LIMITS, "bars_missed": allowed}, situation=Situation(bars=bars))


class TestDataAge(RiskRuleContract):
    """The newest bar's age, to the microsecond."""

    subject: ClassVar[type[RiskRule]] = DataAge
    grows = "limit_seconds"
    zero_is_a_limit = frozenset({"limit_seconds", "bars_missed"})

    @override
    def at_the_limit(self) -> Question:
        return aged(timedelta(seconds=30))

    @override
    def beyond_the_limit(self) -> Question:
        return aged(timedelta(seconds=30, microseconds=1))

    def test_bars_that_did_not_come_count_even_when_the_newest_is_young(self) -> None:
        """Expected by the session: as many as allowed pass, one more denies."""
        assert self.ask(gap(3, allowed=2)).verdict is Verdict.PASS
        finding = self.ask(gap(3, allowed=1))
        assert (finding.code, finding.observed, finding.limit) == (Reason.BARS_MISSED, 2, 1)

    def test_bars_that_are_overdue_count_as_missed(self) -> None:
        """A feed that stopped is noticed by the clock, not by its next bar."""
        limits: dict[str, object] = {"limit_seconds": Decimal(1000), "bars_missed": 0}
        assert self.ask(aged(MINUTE - timedelta(microseconds=1), limits)).verdict is Verdict.PASS
        assert self.ask(aged(MINUTE, limits)).code == Reason.BARS_MISSED

    def test_zero_is_an_age_that_can_be_asked_for(self) -> None:
        """Where the clock follows the data, the newest bar is new."""
        limits: dict[str, object] = {"limit_seconds": Decimal(0)}
        assert self.ask(aged(timedelta(0), limits)).verdict is Verdict.PASS
        assert self.ask(aged(timedelta(microseconds=1), limits)).code == Reason.DATA_STALE
