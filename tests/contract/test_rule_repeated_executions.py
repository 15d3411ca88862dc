"""Repeated executions, held to the contract."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.evolve import happen, observe
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged, TradingStateReleased
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.repeated_executions import RepeatedExecutions, RepeatedExecutionsLimits
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import Situation, Working, a_fill, some_terms

LIMITS = {"limit": 2, "window_seconds": Decimal(60)}
RULE = RepeatedExecutions(RepeatedExecutionsLimits(limit=2, window_seconds=Decimal(60)))
NOW = Situation().clock
INSTANT = timedelta(microseconds=1)
WINDOW = timedelta(seconds=60)


def traded(*spans: timedelta, trading_state: TradingState = TradingState.ACTIVE) -> Situation:
    """Executions so long before now, oldest first."""
    return Situation(executions_at=tuple(NOW - span for span in spans), trading_state=trading_state)


class TestRepeatedExecutions(RiskRuleContract):
    """How many fills in the window."""

    subject: ClassVar[type[RiskRule]] = RepeatedExecutions
    grows = "limit"
    amounts = st.integers(1, 10)

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=traded(WINDOW, WINDOW - INSTANT, timedelta(0)))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=traded(WINDOW - INSTANT, WINDOW - INSTANT, timedelta(0)))

    def test_it_reduces_by_itself_at_the_one_that_is_too_many(self) -> None:
        """Whether or not anybody wants to trade."""
        assert RULE.watch(self.at_the_limit().situation.view()) is None
        breach = RULE.watch(self.beyond_the_limit().situation.view())
        assert breach is not None
        assert breach.event == TradingStateChanged(
            state=TradingState.REDUCING,
            code="EXECUTIONS_EXCEEDED",
            numbers={"observed": 3, "limit": 2, "seconds": Decimal(60)},
        )

    @pytest.mark.parametrize("trading_state", [TradingState.REDUCING, TradingState.HALTED])
    def test_it_says_so_once(self, trading_state: TradingState) -> None:
        """Where trading is restricted already there is nothing to add."""
        assert RULE.watch(traded(*[INSTANT] * 9, trading_state=trading_state).view()) is None

    def test_a_clock_that_stepped_back_frees_nothing(self) -> None:
        """Executions that seem to lie in the future still count."""
        situation = traded(-WINDOW, -WINDOW * 100, -WINDOW)
        assert RULE.watch(situation.view()) is not None
        assert self.ask(Question(limits=LIMITS, situation=situation)).verdict is Verdict.DENY

    def test_the_smallest_window_still_holds_what_was_booked_just_now(self) -> None:
        """A window is never so short that nothing is ever in it."""
        limits = {**LIMITS, "window_seconds": Decimal("0.0000000001")}
        question = Question(limits=limits, situation=traded(*[timedelta(0)] * 3))
        assert self.ask(question).verdict is Verdict.DENY

    def test_the_state_remembers_one_more_than_the_limit(self) -> None:
        """Were it fewer, the one too many would never be seen."""
        assert self.rule({**LIMITS, "limit": 9}).horizon.executions == 10

    def test_a_release_begins_to_count_anew(self) -> None:
        """Nothing stands in its way, and nothing that was booked before it counts any more."""
        state = self.beyond_the_limit().situation.state()
        view = MarketView(state, NOW)
        breach = RULE.watch(view)
        assert breach is not None
        happen(state, breach.event)
        assert RULE.standing(view) is None
        happen(state, TradingStateReleased(code=Reason.OPERATOR_RESUME))
        assert view.execution_times == ()
        assert RULE.watch(view) is None

    def test_whoever_releases_a_halt_may_not_have_seen_it_yet(self) -> None:
        """So trading goes from HALTED to REDUCING, and a release of its own begins to count anew."""
        for trading_state, stands in ((TradingState.HALTED, True), (TradingState.REDUCING, False)):
            view = traded(*[INSTANT] * 3, trading_state=trading_state).view()
            assert (RULE.standing(view) is not None) is stands
        assert RULE.standing(traded(*[INSTANT] * 2, trading_state=TradingState.HALTED).view()) is None

    @settings(deadline=None, max_examples=50)
    @given(spans=st.lists(st.integers(0, 90), max_size=12), limit=st.integers(1, 6), remembered=st.integers(7, 12))
    def test_it_watches_what_counting_them_all_would_find(self, spans: list[int], limit: int, remembered: int) -> None:
        """One time is looked at, however many are remembered for whomever."""
        at = tuple(NOW - timedelta(seconds=span) for span in sorted(spans, reverse=True))
        view = Situation(executions_at=at, executions_remembered=remembered).view()
        rule = RepeatedExecutions(RepeatedExecutionsLimits(limit=limit, window_seconds=Decimal(60)))
        assert (rule.watch(view) is not None) is (sum(span < 60 for span in spans) > limit)

    def test_every_part_counts_whoever_ordered_it_and_once(self) -> None:
        """What is counted is what was booked: two parts of one order, a trade that is not ours, and no repetition."""
        state = Situation(working=(Working(quantity=Decimal(5)),)).state()
        ours, theirs = (some_terms(ordinal=ordinal, quantity=Decimal(5)) for ordinal in (1, 99))
        for terms, trade_id in ((ours, "p1"), (ours, "p2"), (ours, "p2"), (theirs, "f1")):
            observe(state, a_fill(terms, Decimal(1), Decimal(100), trade_id=trade_id), NOW)
        assert list(state.execution_times) == [NOW] * 3
        assert RULE.watch(MarketView(state, NOW)) is not None
