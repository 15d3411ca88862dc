"""What every risk rule promises, as tests. See ``interlock.core.risk.rule``."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.decision import Finding, Verdict
from interlock.core.evolve import happen
from interlock.core.explain_findings import finding_sentence, numbers_of_finding
from interlock.core.orders import OrderClass
from interlock.core.reason_meanings.passes import PASSES
from interlock.core.reason_text import Category, filled
from interlock.core.reasons import REASONS, Reason
from interlock.core.records import TradingStateChanged, TradingStateReleased
from interlock.core.risk.rule import RiskRule
from interlock.core.view import MarketView
from interlock.testing.contracts.inherited import inherited
from interlock.testing.contracts.questions import Question, a_candidate, an_intent, hold_the_smallest

__all__ = ["Question", "RiskRuleContract", "a_candidate", "an_intent"]

_shared = inherited(30)
# A plugin's codes are its own: NAMESPACE.CODE.
_NAMESPACE = "."


class RiskRuleContract(ABC):
    """Subclass it, name the class ``Test...``, name the rule, and put two questions: one at the very edge of the
    limit, one the smallest step beyond. Every test here then runs on your rule.
    """

    subject: ClassVar[type[RiskRule]]
    # The limit that, made larger, may only let more through; None where no limit is a number.
    grows: ClassVar[str | None] = None
    # Limits for which zero is a limit like any other.
    zero_is_a_limit: ClassVar[frozenset[str]] = frozenset()
    # Codes of denials that no limit of its own would change. Codes with a namespace need not be told here.
    no_limit_helps: ClassVar[frozenset[str]] = frozenset()
    # Amounts that bracket the edge, for the limit named in ``grows``.
    amounts: ClassVar[st.SearchStrategy[Any]] = st.decimals("0.01", "1000", places=2)

    @abstractmethod
    def at_the_limit(self) -> Question:
        """The last question that passes."""

    @abstractmethod
    def beyond_the_limit(self) -> Question:
        """The first that is denied: one smallest step further."""

    def rule(self, limits: Mapping[str, Any]) -> RiskRule:
        """The rule under these limits."""
        made: Any = self.subject
        rule: RiskRule = made(self.subject.Limits(**limits))
        return rule

    def ask(self, question: Question) -> Finding:
        """What the rule finds."""
        return self.rule(question.limits).evaluate(question.candidate, question.situation.view())

    def questions(self) -> tuple[Question, Question]:
        """Both sides of the edge."""
        return self.at_the_limit(), self.beyond_the_limit()

    def test_it_says_what_it_is(self) -> None:
        """It has a name fit for a table, a source, limits that are a frozen attrs class, and a docstring."""
        assert self.subject.name.isidentifier()
        assert self.subject.source.strip()
        assert self.subject.__doc__
        assert attrs.has(self.subject.Limits)
        limits: Any = self.subject.Limits(**self.at_the_limit().limits)
        with pytest.raises(attrs.exceptions.FrozenError):
            limits.anything = 1

    def test_it_applies_to_something_and_never_to_a_cancel(self) -> None:
        """No rule stands in the way of taking an order back."""
        assert self.subject.applies_to
        assert self.subject.applies_to <= {OrderClass.ENTRY, OrderClass.EXIT}

    def test_its_horizon_is_bounded(self) -> None:
        """It looks back over at least one bar and a whole number of orders: that bounds what the state keeps."""
        horizon = self.rule(self.at_the_limit().limits).horizon
        assert horizon.bars >= 1
        assert horizon.orders >= 0
        assert horizon.executions >= 0
        assert isinstance(horizon.peak, bool)

    def test_at_the_limit_it_passes(self) -> None:
        """A limit is inclusive; and where the control has words of its own for that, every number in them is given."""
        finding = self.ask(self.at_the_limit())
        assert finding.verdict is Verdict.PASS
        assert finding.code == Reason.PASSED
        own_words = PASSES.get(finding.rule)
        assert own_words is None or filled(own_words, numbers_of_finding(finding)) is not None

    def test_one_step_beyond_the_limit_it_denies(self) -> None:
        """And the denial says what was observed, against which limit, in a sentence with every number in it."""
        finding = self.ask(self.beyond_the_limit())
        assert finding.verdict is Verdict.DENY
        assert finding.observed is not None
        assert finding.limit is not None
        if _NAMESPACE not in finding.code:
            # A rule that watches denies for the reason that it restricts trading for.
            assert REASONS[Reason(finding.code)].category in (Category.DENIAL, Category.HALT)
            assert not finding_sentence(finding).startswith(finding.code), "a number of the sentence is missing"

    def test_its_findings_name_it(self) -> None:
        """Nobody has to guess whose finding it is."""
        assert {self.ask(question).rule for question in self.questions()} == {self.subject.name}

    def test_the_same_question_gets_the_same_finding(self) -> None:
        """It is a function: of one rule asked twice, and of two rules under the same limits."""
        for question in self.questions():
            rule, view = self.rule(question.limits), question.situation.view()
            first = rule.evaluate(question.candidate, view)
            assert rule.evaluate(question.candidate, view) == first
            assert self.ask(question) == first

    def test_asking_and_watching_change_nothing(self) -> None:
        """The state is afterwards what it was before."""
        for question in self.questions():
            state = question.situation.state()
            before = deepcopy(state)
            view, rule = MarketView(state, question.situation.clock), self.rule(question.limits)
            rule.evaluate(question.candidate, view)
            rule.watch(view)
            rule.standing(view)
            assert state == before
            assert view.now == question.situation.clock

    def test_watching_twice_sees_the_same(self) -> None:
        """What it restricts by itself is a function of what it sees, too."""
        for question in self.questions():
            view, rule = question.situation.view(), self.rule(question.limits)
            assert rule.watch(view) == rule.watch(view)
            assert rule.standing(view) == rule.standing(view)

    def test_what_was_released_is_not_restricted_again_at_once(self) -> None:
        """What does not stand in the way of a release is forgiven by it: the next look finds nothing."""
        for question in self.questions():
            state, rule = question.situation.state(), self.rule(question.limits)
            view = MarketView(state, question.situation.clock)
            breach = rule.watch(view)
            if breach is not None and isinstance(breach.event, TradingStateChanged):
                happen(state, breach.event)
                if rule.standing(view) is None:
                    happen(state, TradingStateReleased(code=Reason.OPERATOR_RESUME))
                    assert rule.watch(view) is None

    def test_impossible_limits_are_refused(self) -> None:
        """Zero, negative, not a number, infinite, huge, or of another type: no such limit can be made."""
        possible = dict(self.at_the_limit().limits)
        for name, value in self._impossible():
            with pytest.raises((ValueError, TypeError)):
                self.subject.Limits(**{**possible, name: value})

    def _impossible(self) -> Iterator[tuple[str, Any]]:
        possible = self.subject.Limits(**self.at_the_limit().limits)
        for attribute in attrs.fields(self.subject.Limits):
            value = getattr(possible, attribute.name)
            if isinstance(value, bool):
                continue
            if isinstance(value, Decimal | int):
                bad: list[Any] = [
                    Decimal(-1),
                    -1,
                    Decimal("NaN"),
                    Decimal("sNaN"),
                    Decimal("Infinity"),
                    float("nan"),
                    "1",
                ]
                if attribute.default is not None:
                    bad.append(None)
                yield from ((attribute.name, each) for each in bad)
                if attribute.name not in self.zero_is_a_limit:
                    yield attribute.name, type(value)(0)
            if isinstance(value, Decimal):
                yield attribute.name, Decimal("1E+13")
                yield attribute.name, Decimal("0.00000000001")
            if isinstance(value, tuple):
                yield from ((attribute.name, each) for each in ((), "TEST", ("",), (1,), None))

    @given(data=st.data())
    @_shared
    def test_a_larger_limit_never_turns_a_pass_into_a_denial(self, data: st.DataObject) -> None:
        """Between any two values of the limit that grows, the larger one lets through whatever the smaller one did."""
        if self.grows is None:
            return
        smaller, larger = sorted((data.draw(self.amounts, "one limit"), data.draw(self.amounts, "another")))
        question = data.draw(st.sampled_from(self.questions()), "question")
        view = question.situation.view()

        def passes(amount: Any) -> bool:
            rule = self.rule({**question.limits, str(self.grows): amount})
            return rule.evaluate(question.candidate, view).verdict is Verdict.PASS

        assert passes(larger) or not passes(smaller)

    def test_its_limits_can_be_grown(self) -> None:
        """The limit that is said to grow is one of its limits; a rule with a numeric limit names one."""
        names = [attribute.name for attribute in attrs.fields(self.subject.Limits)]
        assert self.grows is None or self.grows in names

    def test_it_says_which_limits_would_have_let_a_denied_order_on(self) -> None:
        """Limits under which that denial is none, or no limits at all: then it says so of the code."""
        question = self.beyond_the_limit()
        view, rule = question.situation.view(), self.rule(question.limits)
        finding = rule.evaluate(question.candidate, view)
        relaxed = rule.relaxed(finding, question.candidate, view)
        if relaxed is None:
            assert _NAMESPACE in finding.code or finding.code in self.no_limit_helps, "say it in no_limit_helps"
            return
        assert finding.code not in self.no_limit_helps
        hold_the_smallest(self.subject, question, finding, relaxed)

    @given(data=st.data())
    @_shared
    def test_what_it_says_would_do_is_the_least_that_does(self, data: st.DataObject) -> None:
        """Whatever the limit was that denied: what is named lets the order on, and one step short of it does not."""
        if self.grows is None:
            return
        asked = data.draw(st.sampled_from(self.questions()), "question")
        question = attrs.evolve(asked, limits={**asked.limits, self.grows: data.draw(self.amounts, "limit")})
        view, rule = question.situation.view(), self.rule(question.limits)
        finding = rule.evaluate(question.candidate, view)
        relaxed = rule.relaxed(finding, question.candidate, view) if finding.denies else None
        if relaxed is not None:
            hold_the_smallest(self.subject, question, finding, relaxed)
