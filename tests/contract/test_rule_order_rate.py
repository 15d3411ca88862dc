"""Order rate, held to the contract."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.orders import OrderClass
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.order_rate import OrderRate
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate
from interlock.testing.situations import Situation

LIMITS = {"entries": 2, "exits": 3, "window_seconds": Decimal(60)}
NOW = Situation().clock
INSTANT = timedelta(microseconds=1)
WINDOW = timedelta(seconds=60)


def ago(*spans: timedelta) -> tuple[datetime, ...]:
    """Moments before now."""
    return tuple(NOW - span for span in spans)


class TestOrderRate(RiskRuleContract):
    """How many of a class in the window."""

    subject: ClassVar[type[RiskRule]] = OrderRate
    grows = "entries"
    amounts = st.integers(1, 10)

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=Situation(entries_at=ago(WINDOW, timedelta(0))))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=Situation(entries_at=ago(WINDOW - INSTANT, timedelta(0))))

    def test_entries_and_exits_are_counted_apart(self) -> None:
        """A storm of entries does not block the way out, nor the other way round."""
        storm = ago(*[timedelta(seconds=1)] * 8)
        for order_class, situation, verdict in (
            (OrderClass.EXIT, Situation(entries_at=storm), Verdict.PASS),
            (OrderClass.ENTRY, Situation(exits_at=storm), Verdict.PASS),
            (OrderClass.EXIT, Situation(exits_at=storm), Verdict.DENY),
            (OrderClass.ENTRY, Situation(entries_at=storm), Verdict.DENY),
        ):
            question = Question(limits=LIMITS, situation=situation, candidate=a_candidate(order_class=order_class))
            assert self.ask(question).verdict is verdict

    def test_exits_have_a_ceiling_of_their_own(self) -> None:
        """The third exit passes and the fourth is denied, where the third entry is denied."""
        for before, verdict in ((2, Verdict.PASS), (3, Verdict.DENY)):
            question = Question(
                limits=LIMITS,
                situation=Situation(exits_at=ago(*[timedelta(seconds=1)] * before)),
                candidate=a_candidate(order_class=OrderClass.EXIT),
            )
            assert self.ask(question).verdict is verdict

    def test_a_clock_that_stepped_back_frees_nothing(self) -> None:
        """Orders that seem to lie in the future still count."""
        question = Question(limits=LIMITS, situation=Situation(entries_at=ago(-WINDOW, -WINDOW * 100)))
        assert self.ask(question).verdict is Verdict.DENY

    def test_the_smallest_window_still_holds_what_was_sent_just_now(self) -> None:
        """A window is never so short that nothing is ever in it."""
        limits = {**LIMITS, "window_seconds": Decimal("0.0000000001")}
        question = Question(limits=limits, situation=Situation(entries_at=ago(timedelta(0), timedelta(0))))
        assert self.ask(question).verdict is Verdict.DENY

    def test_the_state_remembers_as_many_orders_as_the_larger_limit(self) -> None:
        """Were it fewer, a full window would look half empty."""
        assert self.rule(LIMITS).horizon.orders == 3
        assert self.rule({**LIMITS, "entries": 9}).horizon.orders == 9

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.integers(0, 90), min_size=1, max_size=40))
    def test_no_window_ever_holds_more_than_the_limit(self, pauses: list[int]) -> None:
        """Orders are sent whenever the rule lets them: then any 60 seconds hold two at most."""
        at, sent = NOW, list[datetime]()
        for pause in pauses:
            at += timedelta(seconds=pause)
            question = Question(limits=LIMITS, situation=Situation(now=at, entries_at=tuple(sent[-3:])))
            if self.ask(question).verdict is Verdict.PASS:
                sent.append(at)
        assert all(sum(1 for other in sent if timedelta(0) <= other - one < WINDOW) <= 2 for one in sent)
