"""The cycle: one observation all the way through, whatever goes wrong on it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.admission import CLOCK_TOLERANCE
from interlock.core.cycle import Cycle, Parts, state_for
from interlock.core.decision import CancelIntent, Finding, Outcome, Review
from interlock.core.evolve import evolve
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.market import EndOfData, RefusedRow, Session, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, RunStarted, RunStopped, SessionRolled, StopReason
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderClass, Side
from interlock.core.ports import Breach
from interlock.core.reasons import Reason
from interlock.core.records import (
    CancelRequested,
    EntriesQuarantined,
    FaultRaised,
    OrderSubmitted,
    ReportIgnored,
    TradingStateChanged,
)
from interlock.core.reports import OrderAccepted, OrderCanceled, OrderExpired, OrderFilled
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, MissingInput, RiskRule
from interlock.core.state import Order
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.armings import an_arming
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy, every_control
from interlock.testing.fakes import NOTHING_TO_DO, ListedSessions, ScriptedStrategy, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY, TUESDAY, a_fill, some_terms

BUY, SELL = an_intent(Side.BUY), an_intent(Side.SELL)
FIRST, SECOND = f"{JOURNAL_ID[:12]}-1", f"{JOURNAL_ID[:12]}-2"


def rig(*script: object, **told: Any) -> Rig:
    """A core over a journal in memory."""
    return Rig(*script, journal=MemoryJournal(), **told)


def cancel(client_order_id: str = FIRST) -> CancelIntent:
    """A wish to have an order back."""
    return CancelIntent(code="TEST.WISH", client_order_id=client_order_id)


class Odd(RiskRule):
    """A rule of somebody else's: it judges and watches as the test says."""

    name: ClassVar[str] = "odd"
    applies_to = ENTRIES_AND_EXITS
    source: ClassVar[str] = "a test"
    Limits: ClassVar[type[Any]] = object

    def __init__(self, judge: Callable[[MarketView], object], watch: Callable[[MarketView], object]) -> None:
        self._judge, self._watch = judge, watch

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        told: Any = self._judge(view)
        finding: Finding = told if told is not ... else self.passed(0, 0)
        return finding

    @override
    def watch(self, view: MarketView) -> Breach | None:
        told: Any = self._watch(view)
        breach: Breach | None = told
        return breach


def boom(_: MarketView) -> object:
    """What a mistake looks like."""
    raise ZeroDivisionError


def missing(_: MarketView) -> object:
    """What not knowing yet looks like."""
    raise MissingInput("no volume yet")


# ---------------------------------------------------------------------------------------- the way through


def test_a_quiet_bar_leaves_one_record_with_a_decision() -> None:
    """NO_ACTION is a decision like any other, and it is on record."""
    core = rig()
    core.bar()
    made = core.bar()
    assert [record.kind for record in made] == ["Bar"]
    assert made[0].decision is not None
    assert made[0].decision.outcome is Outcome.NO_ACTION
    assert made[0].events == ()
    assert made[0].effects == ()


def test_an_order_goes_from_wish_to_fill_in_records() -> None:
    """Session, bar with the decision, the venue's answer; and the fill stands before the bar that made it."""
    core = rig(BUY)
    core.bars("100", "101")
    assert core.observed == ["SessionRolled", "Bar", "OrderAccepted", "OrderFilled", "Bar"]
    assert core.view.position == 1
    bar, accepted, filled = core.records[2:5]
    assert bar.correlation_id == accepted.correlation_id == filled.correlation_id == FIRST
    assert bar.causation_id == accepted.causation_id == filled.causation_id == f"{JOURNAL_ID[:12]}-bar-1"
    assert core.records[5].correlation_id is None


def test_the_strategy_sees_the_fills_that_its_bar_made() -> None:
    """The position it is shown is the one it has."""
    seen: list[Decimal] = []

    def look(view: MarketView) -> object:
        seen.append(view.position)
        return NOTHING_TO_DO

    core = rig(BUY, look, look)
    core.bars("100", "100", "100")
    assert seen == [1, 1]


def test_the_record_is_kept_before_the_order_is_sent() -> None:
    """Durable before visible, for what is sent and for what is answered, in every mode. In SIM nothing leaves, so it
    may be grouped."""
    for mode, word in ((RunMode.SIM, "note"), (RunMode.PAPER, "keep"), (RunMode.LIVE, "keep")):
        core = rig(BUY, cancel(), venue=ScriptedVenue(fills=False), mode=mode)
        armed = ["keep Armed"] if mode is RunMode.LIVE else []
        if armed:
            core.cycle.note(an_arming(), core.at)
        core.bars("100", "100")
        assert core.calls == [
            "keep JournalOpened",
            *armed,
            f"{word} SessionRolled Bar",
            f"submit {FIRST}",
            f"{word} OrderAccepted",
            f"{word} Bar",
            f"cancel {FIRST}",
            f"{word} OrderCanceled",
        ]


def test_a_state_that_was_handed_in_keeps_its_mode() -> None:
    """A journal that is gone on with is as careful as it was before."""
    for mode, durable in ((RunMode.SIM, "note"), (RunMode.PAPER, "keep")):
        before = rig(mode=mode)
        before.bar()
        parts = before.cycle._parts
        state = state_for(parts.strategy, parts.policy)
        for record in before.journal.read():
            evolve(state, record)
        cycle = Cycle(
            Parts(
                strategy=ScriptedStrategy(NOTHING_TO_DO, BUY),
                policy=parts.policy,
                execution=before.venue,
                journal=before.journal,
                calendar=parts.calendar,
            ),
            state,
        )
        cycle.resume()
        cycle.step(a_bar(at=before.at + MINUTE), before.at + MINUTE)
        assert before.calls[2:4] == [f"{durable} Bar", f"submit {FIRST}"]


def test_without_a_journal_nothing_is_sent() -> None:
    """No write, no send: neither orders nor cancels, and the failure rises."""
    core = rig(NOTHING_TO_DO, BUY, mode=RunMode.PAPER)
    core.bar()
    core.journal.fails = True
    with pytest.raises(JournalUnavailable):
        core.bar()
    assert core.venue.submitted == []
    core = rig(BUY, cancel(), venue=ScriptedVenue(fills=False))
    core.bar()
    core.journal.fails = True
    with pytest.raises(JournalUnavailable):
        core.bar()
    assert not any(call.startswith("cancel") for call in core.calls)


@pytest.mark.parametrize(("broken", "counts"), [((), (2, 0)), (("cancel",), (0, 2))])
def test_without_a_journal_what_works_can_still_be_called_back(
    broken: tuple[str, ...], counts: tuple[int, int]
) -> None:
    """A cancel takes risk away. It is counted, for there is no record to put it in, and nothing raises."""
    core = rig(BUY, BUY, venue=ScriptedVenue(fills=False))
    core.bars("100", "100")
    core.venue.broken.update(broken)
    core.cycle._state.working["never-sent"] = Order(
        terms=replace(core.view.working_orders[0].terms, client_order_id="never-sent"), state=OrderState.SUBMITTED
    )
    made = len(core.records)
    assert core.cycle.cancel_unrecorded(core.at) == counts
    assert [call for call in core.calls if call.startswith("cancel")] == [f"cancel {FIRST}", f"cancel {SECOND}"]
    assert len(core.records) == made


def test_folding_the_journal_gives_the_state() -> None:
    """What was kept is all there is to it: replayed, it adds up to the very same state."""
    core = rig(BUY, BUY, cancel(SECOND), SELL, boom, BUY, venue=ScriptedVenue("accept", "lose"))
    core.bars("100", "101", "102", "60", "61", "62")
    core.step(Silence(until=core.at + MINUTE), core.at + MINUTE)
    core.step(Split(instrument="TEST", ts_event=core.at, ratio=Decimal(2)))
    core.step(EndOfData())
    parts = core.cycle._parts
    state = state_for(parts.strategy, parts.policy)
    for record in core.journal.read():
        evolve(state, record)
    assert state == core.cycle._state
    assert state.ended


def test_what_is_about_the_run_is_kept_at_once() -> None:
    """A run boundary or a fault of the feed is durable when ``note`` returns; a boundary decides nothing."""
    core = rig()
    started = RunStarted(
        run_id="r", started_at=MONDAY.open, build="b", config_digest="c", configuration="", feed="memory"
    )
    record = core.cycle.note(started, MONDAY.open)
    assert (record.decision, record.events, record.effects) == (None, (), ())
    assert record.is_run_boundary
    core.cycle.note(RunStopped(run_id="r", stopped_at=MONDAY.open, reason=StopReason.SIGNAL), MONDAY.open)
    core.cycle.note(FaultObserved(fault=Fault(where="market_data", error="E", place="p")), MONDAY.open)
    assert core.calls[1:] == ["keep RunStarted", "keep RunStopped", "keep FaultObserved"]
    assert core.view.trading_state is TradingState.HALTED
    assert core.view.trading_state_code == Reason.FAULT_IN_ADAPTER


def test_the_state_keeps_what_strategy_and_rules_look_back_over() -> None:
    """The larger of the two."""
    state = state_for(ScriptedStrategy(lookback=9, sums=(3, 9)), a_policy())
    assert (state.lookback, state.orders_remembered) == (9, 5)
    assert [rolling.length for rolling in state.sums] == [3, 9]


# --------------------------------------------------------------------------------------- what is admitted


def test_a_bar_that_is_not_later_is_a_refused_row() -> None:
    """Twice the same, or an older one: refused, on record, and the strategy is not asked."""
    core = rig()
    core.bars("100", "101")
    for late in (timedelta(0), -MINUTE):
        (record,) = core.step(a_bar("99", at=core.at + late), core.at)
        assert isinstance(record.observation, RefusedRow)
        assert record.observation.field == "ts_event"
        assert "later than what came before it" in record.observation.rule
        assert record.decision is None
    assert core.view.bar.close == 101
    assert (core.view.bars_seen, core.view.refused_rows) == (2, 2)


def test_a_bar_from_the_future_is_a_refused_row() -> None:
    """A few seconds are the clocks' difference; more is nobody's truth."""
    core = rig()
    at = MONDAY.open + MINUTE
    instant = timedelta(microseconds=1)
    (refused,) = core.step(a_bar(at=at), at - CLOCK_TOLERANCE - instant)
    assert isinstance(refused.observation, RefusedRow)
    assert "not be later than now" in refused.observation.rule
    assert core.step(a_bar(at=at), at - CLOCK_TOLERANCE)[-1].kind == "Bar"


def test_a_bar_of_another_instrument_is_a_refused_row() -> None:
    """Its price is not the price of what is traded."""
    core = rig()
    (refused,) = core.step(a_bar(at=core.at + MINUTE, instrument="OTHER"), core.at + MINUTE)
    assert isinstance(refused.observation, RefusedRow)
    assert (refused.observation.field, refused.observation.value) == ("instrument", "OTHER")
    assert not core.view.has_bar


def test_a_second_bar_within_one_interval_is_a_refused_row() -> None:
    """Minute bars where daily ones were declared: a window of them would be no window of days."""
    core = rig()
    core.bar()
    core.bar("101", after=MINUTE / 2)
    (record,) = core.bar("102", after=MINUTE / 2)
    assert isinstance(record.observation, RefusedRow)
    assert "only one bar may come in each interval of 1 min" in record.observation.rule
    assert core.view.bar.close == 101
    assert (core.view.bars_seen, core.view.bars_missed) == (2, 0)
    core.bar("103", after=MINUTE / 2)
    assert (core.view.bars_seen, core.view.bars_missed) == (3, 0)


def test_a_new_session_begins_a_new_interval() -> None:
    """Two sessions that touch: the first bar of the second comes soon after the short last one of the first."""
    at = MONDAY.open
    first, second = (
        Session(open=at, close=at + timedelta(seconds=70)),
        Session(open=at + timedelta(seconds=70), close=at + timedelta(hours=1)),
    )
    core = rig(calendar=ListedSessions(sessions=(first, second)))
    core.bar()
    core.bar(after=timedelta(seconds=10))
    core.bar(after=timedelta(seconds=30))
    assert (core.view.bars_seen, core.view.refused_rows, core.view.session) == (3, 0, second)


@pytest.mark.parametrize(
    ("split", "field", "rule"),
    [
        (Split(instrument="OTHER", ts_event=MONDAY.open + MINUTE * 2, ratio=Decimal(2)), "instrument", "only TEST"),
        (Split(instrument="TEST", ts_event=MONDAY.open, ratio=Decimal(2)), "ts_event", "later than what came before"),
        (Split(instrument="TEST", ts_event=MONDAY.open + MINUTE * 2, ratio=Decimal("1E+11")), "ratio", "by 1000000000"),
    ],
)
def test_a_split_that_cannot_be_is_a_refused_row(split: Split, field: str, rule: str) -> None:
    """Another instrument's, one from before the newest bar, one that leaves no price: the books stay as they are."""
    core = rig()
    core.bars("100", "101")
    (record,) = core.step(split, core.at)
    assert isinstance(record.observation, RefusedRow)
    assert record.observation.field == field
    assert rule in record.observation.rule
    assert core.view.bar.close == 101


def test_too_large_a_share_of_refused_rows_halts_once() -> None:
    """Of a hundred rows at least, so that one bad row at the start is no share of anything."""
    core = rig(refused_rows_max_share=Decimal("0.02"))
    row = RefusedRow(source="t", line=1, field="close", value="x", rule="a number")
    core.step(row)
    core.step(row)
    assert core.events == []
    core.step(row)
    core.step(row)
    (halt,) = core.events
    assert halt == TradingStateChanged(
        state=TradingState.HALTED,
        code=Reason.REFUSED_ROWS_EXCEEDED,
        numbers={"observed": Decimal(3), "rows": Decimal(3), "limit": Decimal("0.02")},
    )


# ----------------------------------------------------------------------------------------------- sessions


def test_a_bar_in_another_session_rolls_it_first() -> None:
    """Skipped sessions are counted; within one session, and outside of any, nothing rolls."""
    week = tuple(
        type(MONDAY)(open=MONDAY.open + timedelta(days=n), close=MONDAY.close + timedelta(days=n)) for n in range(5)
    )
    core = rig(calendar=ListedSessions(sessions=week))
    core.bars("100", "100")
    core.step(a_bar(at=week[3].open + MINUTE))
    core.step(a_bar(at=week[3].close + MINUTE))
    assert [record.observation for record in core.records if isinstance(record.observation, SessionRolled)] == [
        SessionRolled(session=week[0], next_session=week[1], sessions_skipped=0),
        SessionRolled(session=week[3], next_session=week[4], sessions_skipped=2),
    ]


def test_a_calendar_that_raises_halts_and_watching_goes_on() -> None:
    """Without a session nothing could execute anyway."""
    core = rig(BUY, calendar=ListedSessions(sessions=(), error=RuntimeError("no tables")))
    core.bars("100", "101")
    assert core.observed == ["FaultObserved", "Bar", "FaultObserved", "Bar"]
    assert core.view.trading_state is TradingState.HALTED
    assert core.decisions[0].outcome is Outcome.DENIED
    assert core.venue.submitted == []
    assert core.view.bars_seen == 2


# ------------------------------------------------------------------------- faults of strategies and rules


class Nearly:
    """Looks like an intent, and is none."""

    side, quantity, code = Side.BUY, Decimal(1), "TEST.WISH"


@pytest.mark.parametrize("garbage", [None, True, "BUY", Nearly(), BUY.side, boom, RuntimeError("x"), RecursionError()])
def test_a_strategy_that_raises_or_answers_nonsense_halts_and_is_asked_again(garbage: object) -> None:
    """An ERROR decision, the fault on record, HALTED; the next bars are watched and decided on."""
    core = rig(garbage, BUY)
    (record,) = core.bar()[-1:]
    assert record.decision is not None
    assert (record.decision.outcome, record.decision.code) == (Outcome.ERROR, Reason.FAULT_IN_STRATEGY)
    raised, halted = record.events
    assert isinstance(raised, FaultRaised)
    assert raised.fault.where == "strategy"
    assert isinstance(halted, TradingStateChanged)
    assert halted.numbers["error"] == raised.fault.error
    core.bar()
    assert core.decisions[1].code == Reason.TRADING_HALTED
    assert core.view.bars_seen == 2
    assert core.venue.submitted == []


def test_faults_are_counted_in_a_row_until_a_bar_goes_well() -> None:
    """Three in a row are three; after a good bar the next one is the first again."""
    core = rig(boom, boom, boom, NOTHING_TO_DO, boom)
    counts = []
    for _ in range(5):
        core.bar()
        counts.append(core.view.faults_in_a_row)
    assert counts[:3] == [1, 2, 3]
    assert counts[4] == 1


def test_a_rule_that_raises_while_judging_halts() -> None:
    """DENIED with every finding, the fault on record, HALTED; watching goes on."""
    core = rig(BUY, SELL, policy=a_policy(Odd(boom, lambda _: None)))
    (record,) = core.bar()[-1:]
    assert record.decision is not None
    assert (record.decision.outcome, record.decision.code) == (Outcome.DENIED, Reason.CHECK_NOT_EVALUABLE)
    assert [type(event) for event in record.events] == [FaultRaised, TradingStateChanged]
    assert core.view.trading_state_code == Reason.FAULT_IN_RULE
    core.bar()
    assert core.decisions[1].outcome is Outcome.DENIED
    assert core.view.bars_seen == 2


def test_a_missing_input_denies_without_halting() -> None:
    """It may be there at the next bar."""
    core = rig(BUY, policy=a_policy(Odd(missing, lambda _: None)))
    core.bar()
    assert core.decisions[0].outcome is Outcome.DENIED
    assert core.view.trading_state is TradingState.ACTIVE
    assert core.events == []


@pytest.mark.parametrize("silent", [False, True])
def test_a_rule_that_raises_while_watching_halts_before_the_strategy_is_asked(silent: bool) -> None:
    """At a bar and at a silence, intents or not."""
    core = rig(BUY, policy=a_policy(Odd(lambda _: ..., boom)))
    if silent:
        core.step(Silence(until=core.at + MINUTE), core.at + MINUTE)
    else:
        core.bar()
        assert core.decisions[0].code == Reason.TRADING_HALTED
    assert [type(event) for event in core.events] == [FaultRaised, TradingStateChanged]
    assert core.view.trading_state is TradingState.HALTED


class Broken(RulePolicy):
    """A policy that is not what a policy promises to be."""

    def __init__(self, review: object = None, watch: object = ()) -> None:
        from interlock.core.fees import FeeSchedule

        super().__init__(every_control(), fees=FeeSchedule(), limits_version="broken")
        self._review, self._watch = review, watch

    @override
    def review(self, intent: Any, view: MarketView) -> Review:
        if isinstance(self._review, BaseException):
            raise self._review
        told: Any = self._review
        answer: Review = told if told is not None else super().review(intent, view)
        return answer

    @override
    def watch(self, view: MarketView) -> Any:
        if isinstance(self._watch, BaseException):
            raise self._watch
        return self._watch


@pytest.mark.parametrize("watch", [RuntimeError(), SystemExit(), True, ["halt"]])
def test_a_policy_that_cannot_watch_halts(watch: object) -> None:
    """It was to restrict trading, and nobody knows whether it would have."""
    core = rig(BUY, policy=Broken(watch=watch))
    core.bar()
    assert core.view.trading_state_code == Reason.FAULT_IN_DECIDE
    assert core.venue.submitted == []
    assert core.decisions[0].outcome is Outcome.DENIED


@pytest.mark.parametrize("review", [RuntimeError(), SystemExit(), True, "yes", some_terms()])
def test_a_policy_that_cannot_judge_approves_nothing_and_halts(review: object) -> None:
    """An ERROR decision that keeps the wish."""
    core = rig(BUY, policy=Broken(review=review))
    core.bar()
    assert (core.decisions[0].outcome, core.decisions[0].code) == (Outcome.ERROR, Reason.FAULT_IN_DECIDE)
    assert core.decisions[0].proposal == BUY
    assert core.view.trading_state is TradingState.HALTED
    assert core.venue.submitted == []


# ------------------------------------------------------------------------------------------- the venue


@pytest.mark.parametrize(
    "move",
    [
        "raise",
        "lose",
        lambda _: None,
        lambda _: True,
        lambda terms: OrderCanceled(client_order_id=terms.client_order_id, ts_event=MONDAY.open),
        lambda _: OrderAccepted(client_order_id="another", venue_order_id="v", ts_event=MONDAY.open),
    ],
)
def test_an_order_that_nobody_can_speak_for_is_unknown_and_never_sent_again(move: Any) -> None:
    """It raised, or it answered nonsense: UNKNOWN, counted as filled, halted; sent once and never again. It is called
    back, which settles nothing by itself."""
    venue = ScriptedVenue(move, fills=False)
    venue.cancel = lambda client_order_id, now: venue.calls.append(f"cancel {client_order_id}")  # type: ignore[method-assign]
    core = rig(an_intent(quantity="6"), BUY, venue=venue)
    core.bar()
    assert core.observed == ["SessionRolled", "Bar", "FaultObserved", "OrderUnknown"]
    assert core.calls[-1] == f"cancel {FIRST}"
    (order,) = core.view.working_orders
    assert (order.state, order.leaves_qty) == (OrderState.UNKNOWN, Decimal(6))
    assert core.view.leaves(Side.BUY) == 6
    assert core.view.reserved_cash == Decimal("630.00")
    assert core.view.trading_state is TradingState.HALTED
    core.bars("100", "100")
    assert core.venue.submitted == [FIRST]


def test_an_answer_of_unknown_blocks_entries_and_does_not_halt() -> None:
    """The venue says itself that it does not know: no new risk until it does."""
    core = rig(BUY, BUY, venue=ScriptedVenue("unknown", fills=False))
    core.bars("100", "100")
    assert core.decisions[1].code == Reason.ORDER_IN_DOUBT
    assert core.view.trading_state is TradingState.ACTIVE


def test_an_order_in_doubt_lets_exits_and_cancels_pass_and_is_settled_by_the_venue() -> None:
    """Evidence, not time, settles it; then entries pass again."""
    venue = ScriptedVenue("accept", "unknown", fills=True)
    core = rig(BUY, BUY, SELL, cancel(SECOND), NOTHING_TO_DO, BUY, venue=venue)
    core.bar()
    core.bar()
    venue._fills = False
    core.bars("100", "100")
    assert [decision.outcome for decision in core.decisions] == [Outcome.APPROVED] * 4
    assert "cancel " + SECOND in core.calls
    assert core.view.is_working(SECOND) is False
    core.bars("100", "100")
    assert core.decisions[5].outcome is Outcome.APPROVED


def test_a_rejected_order_is_gone_and_nothing_halts() -> None:
    """A venue's no is an answer."""
    core = rig(BUY, BUY, venue=ScriptedVenue("reject"))
    core.bars("100", "100")
    assert core.venue.submitted == [FIRST, SECOND]
    assert core.view.trading_state is TradingState.ACTIVE


@pytest.mark.parametrize("broken", ["on_market", "reports"])
def test_a_venue_that_raises_halts_and_the_bar_is_taken_all_the_same(broken: str) -> None:
    """Its fault is an observation; the strategy sees the bar, and nothing new is sent."""
    venue = ScriptedVenue()
    venue.broken.add(broken)
    core = rig(BUY, venue=venue)
    core.bar()
    assert core.observed == ["SessionRolled", "FaultObserved", "Bar"]
    assert core.view.trading_state_code == Reason.FAULT_IN_ADAPTER
    assert core.venue.submitted == []


def test_a_cancel_that_raises_leaves_the_order_pending() -> None:
    """The venue may have heard it or not: it still counts."""
    venue = ScriptedVenue(fills=False)
    venue.broken.add("cancel")
    core = rig(BUY, cancel(), cancel(), venue=venue)
    core.bars("100", "100")
    assert core.view.working_orders[0].state is OrderState.PENDING_CANCEL
    assert core.view.trading_state is TradingState.HALTED
    # Once because it was wished, and once more because that halted.
    assert core.calls.count(f"cancel {FIRST}") == 2
    core.bar()
    assert core.calls.count(f"cancel {FIRST}") == 3


@pytest.mark.parametrize("nonsense", [None, True, "filled", 7])
def test_a_report_that_is_none_is_a_fault_and_the_others_are_taken(nonsense: object) -> None:
    """Fills that stand beside nonsense are booked: ignoring them would falsify the position."""
    venue = ScriptedVenue(fills=False)
    core = rig(BUY, venue=venue)
    core.bar()
    venue.tell(nonsense, a_fill(core.view.working_orders[0].terms, Decimal(1), Decimal(100)), nonsense)
    core.bar()
    # This venue works an order that it says is filled: called back, it says that it is canceled.
    assert core.observed[3:] == ["FaultObserved", "OrderFilled", "FaultObserved", "Bar", "OrderCanceled"]
    assert core.view.position == 1
    assert core.view.trading_state is TradingState.HALTED


def test_a_venue_whose_reports_are_no_sequence_is_a_fault() -> None:
    """Nothing can be taken from it, and nothing breaks."""

    class Mute(ScriptedVenue):
        @override
        def reports(self) -> Any:
            return None

    core = rig(BUY, venue=Mute())
    core.bar()
    assert core.observed == ["SessionRolled", "FaultObserved", "Bar"]
    assert core.view.trading_state is TradingState.HALTED


def test_a_report_told_twice_changes_nothing() -> None:
    """It is on record that it was ignored."""
    venue = ScriptedVenue(fills=False)
    core = rig(BUY, venue=venue)
    core.bar()
    fill = a_fill(core.view.working_orders[0].terms, Decimal(1), Decimal(100))
    venue.tell(fill, fill)
    core.bar()
    assert core.view.position == 1
    (ignored,) = (event for event in core.events if isinstance(event, ReportIgnored))
    assert ignored.code == Reason.FILL_REPEATED
    assert core.view.trading_state is TradingState.ACTIVE


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (a_fill(some_terms(ordinal=99), Decimal(1), Decimal(100)), Reason.FILL_UNHEARD_OF),
        (OrderExpired(client_order_id="nobody", ts_event=MONDAY.open), Reason.REPORT_UNHEARD_OF),
        (a_fill(some_terms(), Decimal(2), Decimal(100)), Reason.FILL_BEYOND_QUANTITY),
        (a_fill(some_terms(), Decimal(1), Decimal(200)), Reason.FILL_BEYOND_PROTECTION),
    ],
)
def test_a_report_that_should_not_be_halts(report: Any, code: Reason) -> None:
    """A fill is booked all the same; then trust is lost."""
    venue = ScriptedVenue(fills=False)
    core = rig(BUY, BUY, venue=venue)
    core.bar()
    venue.tell(report)
    core.bar()
    assert core.view.trading_state_code == code
    assert core.view.position == (report.last_qty if isinstance(report, OrderFilled) else 0)
    assert core.decisions[1].outcome is Outcome.DENIED
    booked = next(record for record in core.records if record.observation == report)
    assert booked.correlation_id == report.client_order_id


# ---------------------------------------------------------------------------------------------- cancels


@pytest.mark.parametrize("state", list(TradingState))
@pytest.mark.parametrize(
    "policy", [None, Broken(review=RuntimeError()), Broken(review=SystemExit()), Broken(review=True)]
)
def test_a_cancel_goes_out_in_every_state_and_past_every_policy(state: TradingState, policy: Any) -> None:
    """Halted or not, on data that jumped and has holes, past a policy that raises."""
    venue = ScriptedVenue(fills=False)
    halt = Breach(rule="odd", event=TradingStateChanged(state=state, code="TEST.STAGED"))
    judging = a_policy(Odd(lambda _: ..., lambda view: halt if view.bars_seen > 1 else None))
    core = rig(BUY, cancel(), policy=judging, venue=venue)
    core.bar()
    if policy is not None:
        core.cycle._taking._policy = policy
    core.step(a_bar("1", at=MONDAY.open + MINUTE * 60))
    assert f"cancel {FIRST}" in core.calls
    assert core.decisions[1].outcome is Outcome.APPROVED
    assert not core.view.has_working_orders


def test_a_cancel_that_nobody_answers_yet_stays_pending() -> None:
    """The order still counts, and there is nothing more to keep."""

    class Quiet(ScriptedVenue):
        @override
        def cancel(self, client_order_id: str, now: Any) -> None:
            self.calls.append(f"cancel {client_order_id}")

    core = rig(BUY, cancel(), venue=Quiet(fills=False))
    core.bars("100", "100")
    assert core.calls[-1] == f"cancel {FIRST}"
    assert [order.state for order in core.view.working_orders] == [OrderState.PENDING_CANCEL]


def test_a_cancel_of_nothing_is_denied_by_name() -> None:
    """Nothing leaves, and the finding says which order there is not."""
    core = rig(cancel("nobody"))
    core.bar()
    (decision,) = core.decisions
    assert (decision.outcome, decision.code) == (Outcome.DENIED, Reason.ORDER_UNKNOWN_TO_US)
    assert decision.findings[0].observed == "nobody"
    assert not any(call.startswith("cancel") for call in core.calls)


def test_a_split_takes_every_working_order_back() -> None:
    """They were priced for shares that are no more."""
    core = rig(BUY, BUY, venue=ScriptedVenue(fills=False))
    core.bars("100", "100")
    core.step(Split(instrument="TEST", ts_event=core.at, ratio=Decimal(2)))
    requests = [event for event in core.events if isinstance(event, CancelRequested)]
    assert [event.client_order_id for event in requests] == [FIRST, SECOND]
    assert {event.code for event in requests} == {Reason.SPLIT_DECLARED}
    assert core.calls[-3:] == [f"cancel {FIRST}", f"cancel {SECOND}", "note OrderCanceled OrderCanceled"]
    assert not core.view.has_working_orders


# ------------------------------------------------------------------------------------- rules over time


def test_a_jump_quarantines_entries_for_exactly_that_many_bars_and_lets_exits_pass() -> None:
    """Three bars, the one that jumped among them; a smaller jump meanwhile does not shorten it."""
    core = rig(BUY, NOTHING_TO_DO, BUY, SELL, BUY, BUY, policy=a_policy(daily_loss={"limit": Decimal(10**6)}))
    core.bars("100", "100", "150", "150", "150", "150")
    outcomes = [decision.outcome for decision in core.decisions]
    assert outcomes == [
        Outcome.APPROVED,
        Outcome.NO_ACTION,
        Outcome.DENIED,  # the jump itself
        Outcome.APPROVED,  # an exit
        Outcome.DENIED,  # the third and last
        Outcome.APPROVED,
    ]
    assert core.decisions[2].code == core.decisions[4].code == Reason.QUARANTINED
    (event,) = (event for event in core.events if isinstance(event, EntriesQuarantined))
    assert event.bars == 3


def test_a_daily_loss_reduces_denies_entries_and_lets_exits_pass() -> None:
    """By itself, at the bar that lost it; and it stays so though the next session begins."""
    core = rig(
        an_intent(quantity="10"), NOTHING_TO_DO, BUY, SELL, BUY, policy=a_policy(daily_loss={"limit": Decimal(50)})
    )
    core.bars("100", "100", "94", "94")
    assert core.view.trading_state is TradingState.REDUCING
    assert core.decisions[2].code == Reason.TRADING_STATE_REDUCING
    assert core.decisions[3].outcome is Outcome.APPROVED
    core.step(a_bar("94", at=TUESDAY.open + MINUTE))
    assert core.view.session_open_equity == core.view.equity
    assert core.decisions[4].code == Reason.TRADING_STATE_REDUCING
    (event,) = (event for event in core.events if isinstance(event, TradingStateChanged))
    assert event.numbers == {"observed": Decimal(60), "limit": Decimal(50)}


def test_the_rate_of_entries_does_not_slow_exits_down() -> None:
    """Two a window of three minutes: the third entry waits until the first is exactly three minutes old."""
    policy = a_policy(order_rate={"entries": 2, "exits": 1, "window_seconds": Decimal(180)})
    core = rig(BUY, BUY, BUY, BUY, SELL, SELL, policy=policy)
    core.bars("100", "100", "100", "100", "100", "100")
    assert [(d.outcome, d.code) for d in core.decisions] == [
        (Outcome.APPROVED, "TEST.WISH"),
        (Outcome.APPROVED, "TEST.WISH"),
        (Outcome.DENIED, Reason.RATE_LIMIT_EXCEEDED),
        (Outcome.APPROVED, "TEST.WISH"),
        (Outcome.APPROVED, "TEST.WISH"),
        (Outcome.DENIED, Reason.RATE_LIMIT_EXCEEDED),
    ]


def test_a_halt_is_never_loosened_from_within() -> None:
    """No rule brings trading back: only a new journal does."""
    states = [TradingState.HALTED, TradingState.REDUCING, TradingState.ACTIVE]

    def watch(view: MarketView) -> Breach:
        return Breach(
            rule="odd", event=TradingStateChanged(state=states[view.bars_seen - 1], code=f"TEST.{view.bars_seen}")
        )

    core = rig(BUY, BUY, BUY, policy=a_policy(Odd(lambda _: ..., watch)))
    core.bars("100", "100", "100")
    assert core.view.trading_state is TradingState.HALTED
    assert core.view.trading_state_code == "TEST.1"
    assert [decision.outcome for decision in core.decisions] == [Outcome.DENIED] * 3


def test_a_silence_is_a_decision_to_do_nothing() -> None:
    """It counts what should have come by now."""
    core = rig(BUY)
    core.bar()
    until = core.at + MINUTE * 3
    (record,) = core.step(Silence(until=until), until)[-1:]
    assert record.decision is not None
    assert record.decision.code == Reason.NO_NEW_BAR
    assert record.decision.proposal is not None
    assert record.decision.proposal.numbers == {"until": until.isoformat(), "missed": 3}


def test_every_wish_ends_in_exactly_one_of_three_ways() -> None:
    """Invariant 5: approved, denied with reasons, or error; and one decision a bar, whatever else happens."""
    script = [BUY, None, SELL, BUY, cancel(), cancel(SECOND), an_intent(quantity="1000"), BUY]
    core = rig(*script, venue=ScriptedVenue("lose", "raise"))
    for _ in script:
        core.bar()
    bars = [record for record in core.records if record.kind == "Bar"]
    assert len(bars) == len(script)
    for record in bars:
        decision = record.decision
        assert decision is not None
        submitted = [event for event in record.events if isinstance(event, OrderSubmitted | CancelRequested)]
        assert len(submitted) == len(record.effects) == (decision.outcome is Outcome.APPROVED)
        assert (decision.outcome is Outcome.DENIED) == any(finding.denies for finding in decision.findings)
        assert decision.outcome is not Outcome.NO_ACTION


def test_an_approved_order_is_of_the_class_that_the_position_makes_it() -> None:
    """Entry in, exit out."""
    core = rig(BUY, SELL, NOTHING_TO_DO)
    core.bars("100", "100", "100")
    classes = [event.terms.order_class for event in core.events if isinstance(event, OrderSubmitted)]
    assert classes == [OrderClass.ENTRY, OrderClass.EXIT]
    assert core.view.position == 0


def test_an_unopened_core_denies() -> None:
    """Without a journal there is no instrument, and so nothing to judge."""
    policy, venue = a_policy(), ScriptedVenue()
    cycle = Cycle(
        Parts(
            strategy=ScriptedStrategy(BUY),
            policy=policy,
            execution=venue,
            journal=MemoryJournal(),
            calendar=ListedSessions(sessions=()),
        )
    )
    (record,) = cycle.step(a_bar(at=MONDAY.open), MONDAY.open)
    assert record.decision is not None
    assert record.decision.code == Reason.CHECK_NOT_EVALUABLE
    assert venue.submitted == []
