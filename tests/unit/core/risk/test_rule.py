"""What a rule is made of."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from interlock.core.decision import Finding, Verdict
from interlock.core.reasons import Reason
from interlock.core.risk.rule import ENTRIES, Candidate, Horizon, MissingInput, RiskRule, seconds
from interlock.core.view import MarketView
from interlock.testing.situations import Situation


class Minimal(RiskRule):
    """As little as a rule can be."""

    name: ClassVar[str] = "minimal"
    applies_to = ENTRIES
    source: ClassVar[str] = "a test"
    Limits: ClassVar[type[Any]] = object

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        return self.passed(1, 2)


def test_a_rule_that_says_no_more_looks_at_the_newest_bar_and_watches_nothing() -> None:
    """The defaults ask for the least."""
    rule = Minimal()
    assert rule.horizon == Horizon(bars=1, orders=0)
    assert rule.mandatory is False
    assert rule.watch(Situation().view()) is None


def test_passing_and_denying_say_who_what_and_how_much() -> None:
    """A finding is made in one place, so that none lacks a part."""
    rule = Minimal()
    assert rule.passed(1, 2, {"n": 3}) == Finding(
        rule="minimal", verdict=Verdict.PASS, code=Reason.PASSED, observed=1, limit=2, numbers={"n": 3}
    )
    denied = rule.denied(Reason.DATA_STALE, 3, 2)
    assert denied == Finding(rule="minimal", verdict=Verdict.DENY, code=Reason.DATA_STALE, observed=3, limit=2)
    assert denied.denies
    assert not rule.passed(1, 2).denies


def test_a_rule_without_an_evaluation_cannot_be_made() -> None:
    """A class that misses a method fails when it is constructed, not when it is asked."""

    class Nothing(RiskRule):
        pass

    with pytest.raises(TypeError):
        Nothing()  # type: ignore[abstract]


def test_a_missing_input_is_a_lookup_error() -> None:
    """What the view raises when there is no bar yet, and what a rule raises, are of one kind."""
    assert issubclass(MissingInput, LookupError)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(0), "0"),
        (timedelta(microseconds=1), "0.000001"),
        (timedelta(days=1, microseconds=3), "86400.000003"),
        (timedelta(microseconds=-1), "-0.000001"),
    ],
)
def test_seconds_are_exact(span: timedelta, expected: str) -> None:
    """No float in between."""
    assert seconds(span) == Decimal(expected)
