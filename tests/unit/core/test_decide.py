"""What follows from what was seen: a function of the view that changes nothing."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decide import NOTHING, consequences, decide, judged, watch
from interlock.core.decision import Approved, CancelApproved, CancelIntent, NoAction, OrderIntent, Outcome, Review
from interlock.core.faults import Fault
from interlock.core.market import EndOfData, RefusedRow, Silence, Split
from interlock.core.observations import FaultObserved
from interlock.core.order_book import Judgement
from interlock.core.orders import Side
from interlock.core.reasons import Reason
from interlock.core.records import (
    CancelOrder,
    CancelRequested,
    FaultRaised,
    OrderSubmitted,
    ReportIgnored,
    SubmitOrder,
    TradingStateChanged,
)
from interlock.core.risk.policy import RulePolicy
from interlock.core.trading_state import TradingState
from interlock.core.values import ONE
from interlock.core.view import MarketView
from interlock.testing.contracts.risk_policy import intents, situations
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedStrategy
from interlock.testing.situations import MONDAY, Situation, Working


# What no record can hold: the strategy's fault, and found before anything was made of it.
class _Counted(int):
    """An int that JSON knows nothing of."""


UNTELLABLE: tuple[Any, ...] = (
    NoAction(5),  # type: ignore[arg-type]
    NoAction(""),
    NoAction("TEST.\ud800"),
    NoAction("TEST.ODD", {"said": "\ud800"}),
    NoAction("TEST.ODD", {"\ud800": 1}),
    NoAction("TEST.ODD", {5: 1}),  # type: ignore[dict-item]
    NoAction("TEST.ODD", {"many": 10**5000}),
    NoAction("TEST.ODD", {"many": _Counted(1)}),
    NoAction("TEST.ODD", {"average": 1.5}),  # type: ignore[dict-item]
    CancelIntent(code="TEST.ODD", client_order_id="x", numbers={"at": MONDAY.open}),  # type: ignore[dict-item]
)

wishes = st.one_of(
    st.just(NOTHING_TO_DO),
    intents,
    st.sampled_from(["0123456789ab-1", "0123456789ab-2", "nobody"]).map(
        lambda name: CancelIntent(code="TEST.WISH", client_order_id=name)
    ),
    st.sampled_from([None, 1, "BUY", RuntimeError(), ..., *UNTELLABLE]),
)


@pytest.mark.parametrize("wish", UNTELLABLE)
def test_what_no_record_can_hold_is_the_fault_of_whoever_said_it(wish: object) -> None:
    """And not of the journal, which would end the run."""
    concluded = decide(Asking(wish), a_policy(), Situation().view())
    assert concluded.decision is not None
    assert (concluded.decision.outcome, concluded.decision.code) == (Outcome.ERROR, Reason.FAULT_IN_STRATEGY)


@pytest.mark.parametrize("code", [Reason.AVERAGES_LEVEL, "TEST.ÁRVÍZTŰRŐ"])
def test_what_a_record_can_hold_is_no_fault(code: str) -> None:
    """Text of any script, members of enums, amounts of any size."""
    wish = NoAction(code, {"ártól": Decimal("1E+999"), "side": Side.BUY, "any": True, "least": -(2**63), "őr": "ű"})
    assert decide(Asking(wish), a_policy(), Situation().view()).events == ()


@pytest.mark.parametrize("name", [None, 5, "", "x\n2024-01-01 bought 1000", "\ud800", "x" * 129, ["x"]])
def test_an_id_is_printable_text_from_birth(name: Any) -> None:
    """A line's end in it would begin a line of its own on the console; and what is no text, no journal gives back."""
    with pytest.raises(ValueError, match="client_order_id must be 1 to 128 printable characters, found "):
        CancelIntent(code="TEST.ODD", client_order_id=name)


class Asking(ScriptedStrategy):
    """Wants one thing at every bar."""

    def __init__(self, wish: object) -> None:
        super().__init__(*[wish] * 50)


@settings(deadline=None, max_examples=60)
@given(wish=wishes, situation=situations)
def test_every_wish_has_one_outcome_and_deciding_changes_nothing(wish: object, situation: Situation) -> None:
    """Invariant 5, and purity: the same conclusion twice, and a state that nobody touched."""
    state = situation.state()
    before = deepcopy(state)
    view = MarketView(state, situation.clock)
    conclusion = decide(Asking(wish), a_policy(), view)
    decision = conclusion.decision
    assert decision is not None
    assert decision == decide(Asking(wish), a_policy(), view).decision
    assert state == before
    expected: dict[type, set[Outcome]] = {
        NoAction: {Outcome.NO_ACTION},
        OrderIntent: {Outcome.APPROVED, Outcome.DENIED},
        CancelIntent: {Outcome.APPROVED, Outcome.DENIED},
    }
    # Where there is no bar yet, the script has not begun.
    told = wish if situation.bars else NOTHING_TO_DO
    if any(told is odd for odd in UNTELLABLE):
        assert (decision.outcome, decision.code) == (Outcome.ERROR, Reason.FAULT_IN_STRATEGY)
        return
    assert decision.outcome in expected.get(type(told), {Outcome.ERROR})
    assert (decision.outcome is Outcome.DENIED) == any(finding.denies for finding in decision.findings)
    assert len(conclusion.effects) == (decision.outcome is Outcome.APPROVED)
    for effect in conclusion.effects:
        if isinstance(effect, SubmitOrder):
            assert conclusion.events == (OrderSubmitted(terms=effect.order.terms),)
        else:
            assert [event.client_order_id for event in conclusion.events if isinstance(event, CancelRequested)] == [
                effect.client_order_id
            ]


def test_a_policy_that_approves_a_cancel_where_an_order_was_asked_for_is_a_fault() -> None:
    """The yes to something else is no yes."""

    class Confused(RulePolicy):
        @override
        def review(self, intent: Any, view: MarketView) -> Review:
            return CancelApproved(client_order_id="any", findings=())

    policy = Confused((), fees=a_policy().fees, limits_version="x")
    conclusion = decide(Asking(an_intent()), policy, Situation().view())
    assert conclusion.decision is not None
    assert conclusion.decision.code == Reason.FAULT_IN_DECIDE
    assert conclusion.effects == ()


def test_an_approval_becomes_an_event_without_permission_and_an_effect_with_it() -> None:
    """What is written down allows nothing."""
    conclusion = decide(Asking(an_intent()), a_policy(), Situation().view())
    (event,), (effect,) = conclusion.events, conclusion.effects
    assert isinstance(event, OrderSubmitted)
    assert isinstance(effect, SubmitOrder)
    assert event.terms is effect.order.terms
    review = a_policy().review(an_intent(), Situation().view())
    assert isinstance(review, Approved)
    assert conclusion.decision is not None
    assert conclusion.decision.findings == review.findings


def test_each_rule_that_raised_leaves_a_fault_and_a_halt() -> None:
    """One pair a rule."""

    class Failing(RulePolicy):
        @override
        def review(self, intent: Any, view: MarketView) -> Review:
            from msgspec.structs import replace

            from interlock.core.decision import Denied

            review = super().review(intent, view)
            assert isinstance(review, Denied)
            return replace(
                review, faults=(Fault(where="rule", error="A", place=""), Fault(where="rule", error="B", place=""))
            )

    policy = Failing((), fees=a_policy().fees, limits_version="x")
    events = decide(Asking(an_intent()), policy, Situation().view()).events
    assert [type(event) for event in events] == [FaultRaised, TradingStateChanged] * 2
    assert [event.numbers["error"] for event in events if isinstance(event, TradingStateChanged)] == ["A", "B"]


def test_of_a_boundary_and_of_the_end_nothing_follows() -> None:
    """They are kept, and that is all."""
    assert consequences(EndOfData(), a_policy(), Situation().view(), ONE) is NOTHING


def test_of_a_silence_a_decision_follows() -> None:
    """To do nothing, for a reason."""
    view = Situation(now=MONDAY.close).view()
    conclusion = consequences(Silence(until=MONDAY.close), a_policy(), view, ONE)
    assert conclusion.decision is not None
    assert conclusion.decision.outcome is Outcome.NO_ACTION
    assert conclusion.decision.proposal == NoAction(
        code="NO_NEW_BAR", numbers={"until": MONDAY.close.isoformat(), "missed": 419}
    )


def test_of_a_split_cancels_follow() -> None:
    """One for every order that may still fill."""
    view = Situation(working=(Working(), Working(side=Side.SELL))).view()
    split = Split(instrument="TEST", ts_event=MONDAY.open, ratio=Decimal(2))
    conclusion = consequences(split, a_policy(), view, ONE)
    assert conclusion.effects == tuple(
        CancelOrder(client_order_id=order.terms.client_order_id) for order in view.working_orders
    )
    assert len(conclusion.events) == len(conclusion.effects) == 2


def test_of_an_adapters_fault_a_halt_follows() -> None:
    """Which names what was raised, where and by which part."""
    fault = Fault(where="market_data", error="E", place="p")
    (halt,) = consequences(FaultObserved(fault=fault), a_policy(), Situation().view(), ONE).events
    assert halt == TradingStateChanged(
        state=TradingState.HALTED,
        code=Reason.FAULT_IN_ADAPTER,
        numbers={"error": "E", "place": "p", "where": "market_data"},
    )


@pytest.mark.parametrize(("share", "refused", "halts"), [("0.02", 2, False), ("0.02", 3, True), ("1", 99, False)])
def test_a_refused_row_halts_beyond_the_share(share: str, refused: int, halts: bool) -> None:
    """The share is inclusive."""
    from interlock.core.evolve import observe

    row = RefusedRow(source="t", line=1, field="close", value="x", rule="a number")
    state = Situation().state()
    for _ in range(refused):
        observe(state, row, MONDAY.open)
    conclusion = consequences(row, a_policy(), MarketView(state, MONDAY.open), Decimal(share))
    assert bool(conclusion.events) is halts


def test_what_is_ignored_and_what_is_wrong_are_told_apart() -> None:
    """A repetition is told; a contradiction is told and halts."""
    numbers = {"order": "x"}
    assert judged(Judgement(numbers=numbers)).events == ()
    ignored = judged(Judgement(ignored=Reason.FILL_REPEATED, numbers=numbers)).events
    assert ignored == (ReportIgnored(code=Reason.FILL_REPEATED, numbers=numbers),)
    both = judged(Judgement(ignored=Reason.FILL_REPEATED, anomaly=Reason.REPORT_CONTRADICTS, numbers=numbers)).events
    assert both == (
        *ignored,
        TradingStateChanged(state=TradingState.HALTED, code=Reason.REPORT_CONTRADICTS, numbers=numbers),
    )


def test_watching_what_is_quiet_says_nothing() -> None:
    """Most of the time."""
    assert watch(a_policy(), Situation().view()) == ()
