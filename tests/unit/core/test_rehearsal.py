"""Another configuration on a recorded history: what was recorded comes out again, and what changes is found."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve as changed
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.cycle import Cycle, Parts, state_for
from interlock.core.decision import CancelIntent, Decision, Finding, NoAction, OrderIntent, Outcome, Verdict
from interlock.core.evolve import evolve
from interlock.core.faults import Fault
from interlock.core.market import EndOfData, FeedItem, RefusedRow, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import (
    Chapter,
    CycleOverran,
    FaultObserved,
    JournalResumed,
    LastEnd,
    ReconciliationFailed,
    RunStarted,
    RunStopped,
    SessionRolled,
    StopReason,
    VenueReconciled,
)
from interlock.core.orders import OrderType, Side
from interlock.core.records import CancelRequested, OrderSubmitted, Record, ReportIgnored, TradingStateChanged
from interlock.core.rederive import Reasoning
from interlock.core.rehearsal import Change, How, Kind, Rejudging, changes
from interlock.core.reports import OrderAccepted, OrderExpired, OrderFilled, is_report
from interlock.core.taking import Taking
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.view import MarketView
from interlock.runner.rehearsal.rerun import Rerun
from interlock.testing.builders import A_TIME, a_bar, an_instrument
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ListedSessions, ScriptedStrategy
from interlock.testing.rig import opened
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY, TUESDAY, some_terms

BUY = OrderIntent(code="TEST.BUY", side=Side.BUY, quantity=Decimal(5))
SELL = OrderIntent(code="TEST.SELL", side=Side.SELL, quantity=Decimal(5))
LIMIT = replace(BUY, order_type=OrderType.LIMIT, limit_price=Decimal(97))
HUGE = replace(BUY, quantity=Decimal(10_000))
CANCEL = CancelIntent(code="TEST.CANCEL", client_order_id=f"{JOURNAL_ID[:12]}-1")
WISHES = (BUY, SELL, LIMIT, HUGE, CANCEL, NoAction("TEST.NOTHING", {"seen": 1}), ValueError("a fault"))
SHARE = Decimal("0.05")
STARTED = RunStarted(run_id="r", started_at=A_TIME, build="b", config_digest="d", configuration="{}", feed="f")
STOPPED = RunStopped(run_id="r", stopped_at=A_TIME, reason=StopReason.SIGNAL)
OPTIONS = PaperOptions(slippage_bps=Decimal(1), fee_bps=Decimal(1), fee_fixed=Decimal("0.5"), participation="0.006")

Script = Sequence[object]


def venue() -> PaperVenue:
    """A new paper venue; of a bar's thousand units six may be ours, so that orders fill in parts."""
    return PaperVenue.from_options(OPTIONS, instrument=an_instrument())


def reasoning(script: Script, lookback: int = 1, without: tuple[str, ...] = (), **limits: Any) -> Reasoning:
    """A strategy that goes by the script, and every control."""
    strategy = ScriptedStrategy(*script, lookback=lookback)
    return Reasoning(strategy=strategy, policy=a_policy(without=without, **limits), refused_rows_max_share=SHARE)


class Recorded:
    """A recorded run: a real cycle, the paper venue, and whatever is done to them."""

    def __init__(self, under: Reasoning, mode: RunMode = RunMode.SIM) -> None:
        self._under = under
        self.at: datetime = MONDAY.open
        self.calendar = ListedSessions(sessions=(MONDAY, TUESDAY))
        self._cycle = self._begun()
        self.records: list[Record] = [self._cycle.open(opened(mode), self.at)]
        self.start()

    def _begun(self, state: Any = None) -> Cycle:
        under = self._under
        parts = Parts(
            strategy=under.strategy,
            policy=under.policy,
            execution=venue(),
            journal=MemoryJournal(),
            calendar=self.calendar,
            refused_rows_max_share=under.refused_rows_max_share,
        )
        return Cycle(parts, state)

    def start(self) -> None:
        """A run begins, as ``interlock run`` begins one."""
        self.note(STARTED)
        self.records += self._cycle.reconcile(ReconciliationCause.START, self.at)

    def restart(self) -> None:
        """The process ends, and another goes on from what was recorded."""
        self.note(STOPPED)
        state = self._cycle.view._state
        self._cycle = self._begun(state)
        self._cycle.resume()
        self.note(resumed(len(self.records)))
        self.start()

    def note(self, observation: Any) -> None:
        """Something that is not of the market."""
        self.records += self._cycle.note_together([observation], self.at)

    def step(self, what: str) -> None:
        """One thing that happens."""
        if what == "restart":
            self.restart()
        elif what in SAID:
            self.note(SAID[what])
        elif what == "calendar":
            self.calendar._error = OSError("gone") if self.calendar._error is None else None
        else:
            self.at += timedelta(hours=3) if what == "tomorrow" else MINUTE
            if what == "tomorrow":
                self.at = max(self.at, TUESDAY.open + MINUTE)
            self.records += self._cycle.step(item(what, self.at), self.at)


def resumed(last_seq: int) -> JournalResumed:
    """A run goes on."""
    return JournalResumed(
        last_seq=last_seq, ended=LastEnd.CLEAN, detail="", trading_state="ACTIVE", position=Decimal(0),
        cash=Decimal(0), working=0, orders=(),
    )  # fmt: skip


SAID: dict[str, Any] = {
    "halt": OperatorCommand(command=Command.HALT, reason="look", by="a@b"),
    "reduce": OperatorCommand(command=Command.REDUCE, reason="look", by="a@b"),
    "release": OperatorCommand(command=Command.RESUME, reason="looked", by="a@b"),
    "switch": KillSwitchSeen(state=TradingState.HALTED, found="HALT"),
    "late": CycleOverran(missed=2),
    "fault": FaultObserved(fault=Fault(where="market_data", error="OSError", place="feed:1")),
}


def item(what: str, at: datetime) -> FeedItem:
    """What the feed hands over."""
    match what:
        case "row":
            return RefusedRow(source="f", line=1, field="close", value="x", rule="a number")
        case "silence":
            return Silence(until=at)
        case "split":
            return Split(instrument="TEST", ts_event=at - MINUTE, ratio=Decimal(2))
        case "end":
            return EndOfData()
        case "tomorrow":
            return a_bar("100", at=at)
        case "early":
            return a_bar("100", at=at - timedelta(hours=2))
        case _:
            return a_bar(what, at=at)


def locally(records: Sequence[Record], under: Reasoning) -> list[tuple[int, Record, tuple[Change, ...]]]:
    """The place of each record that would have been another, what it would have been, and what changed."""
    judge = Rejudging(under)
    found = []
    for place, record in enumerate(records):
        other = judge.take(record)
        if other is not None and (what := changes(record, other)):
            found.append((place, other, what))
    return found


def fully(records: Sequence[Record], under: Reasoning, make: Callable[[], Any] = venue) -> list[Record]:
    """Every record of the run as it would have gone."""
    rerun = Rerun(under, make)
    return [made for record in records for made in rerun.take(record.observation, record.ts_init)]


def trading(records: Sequence[Record]) -> list[bytes]:
    """What was decided, sent and answered; a run tells of itself besides."""
    return [encode(record) for record in records if not record.is_run_boundary]


# -- the same configuration ----------------------------------------------------------------------------------------

PRICES = st.integers(92, 108).map(str)
RARE = st.sampled_from(["row", "silence", "split", "tomorrow", "early", "calendar", "restart", "end", *SAID])
# Mostly bars and orders: a halt ends the trading of an example.
HAPPENINGS = st.lists(st.one_of(*[PRICES] * 7, RARE), min_size=15, max_size=40)
SCRIPTS = st.lists(st.sampled_from((*[BUY, SELL] * 4, *WISHES)), min_size=15, max_size=40)


@given(SCRIPTS, HAPPENINGS, st.integers(1, 4))
def test_the_recorded_configuration_changes_nothing_and_lives_through_the_same(
    script: list[object], happenings: list[str], lookback: int
) -> None:
    """Whatever the market did and whoever said what, in one run or in many: no answer differs where it stood, and the
    run as it would have gone is the recorded one, record for record and byte for byte."""
    run = Recorded(reasoning(script, lookback))
    for what in happenings:
        run.step(what)
    assert locally(run.records, reasoning(script, lookback)) == []
    again = fully(run.records, reasoning(script, lookback))
    assert [encode(record) for record in again] == [encode(record) for record in run.records]


@pytest.mark.parametrize("happenings", [("restart",), ()])
def test_a_recorded_start_is_a_start(happenings: tuple[str, ...]) -> None:
    """A venue that was told of an order by a run that goes on cannot tell why it had not filled; and no other order
    works than did."""
    script = [LIMIT]
    run = Recorded(reasoning(script))
    for what in ("100", "100", *happenings, "tomorrow"):
        run.step(what)
    (expired,) = [record for record in run.records if isinstance(record.observation, OrderExpired)]
    assert expired.observation.code == ("" if happenings else "NOT_TRADED_THROUGH")  # type: ignore[union-attr]
    again = fully(run.records, reasoning(script))
    assert [encode(record) for record in again] == [encode(record) for record in run.records]


def test_a_fault_of_the_calendar_is_lived_through_in_the_midst_of_its_step() -> None:
    """What it would call back has expired before, as in a run: the same fault, and the same order of things."""
    happenings = ("100", "100", "calendar", "tomorrow", "100")
    was, run = Recorded(reasoning([])), Recorded(reasoning([NoAction("TEST.NOTHING"), LIMIT]))
    for what in happenings:
        was.step(what)
        run.step(what)
    kinds = [record.kind for record in run.records]
    assert kinds.index("OrderExpired") > kinds.index("FaultObserved")
    assert "OrderCanceled" not in kinds
    assert trading(fully(was.records, reasoning([NoAction("TEST.NOTHING"), LIMIT]))) == trading(run.records)


def test_a_chapter_begins_with_the_orders_that_work() -> None:
    """A person who calls them back before a run begins is answered by a venue that knows them."""
    run = Recorded(reasoning([LIMIT]))
    run.step("100")
    state = run._cycle.view._state
    chapter = Chapter(number=2, archive="a", seq=len(run.records) - 1, hash="0" * 64, state=state, started=STARTED)
    rerun = Rerun(reasoning([LIMIT]), venue)
    rerun.take(changed(opened(), chapter=chapter), run.at)
    assert rerun.view.has_working_orders
    assert [record.kind for record in rerun.take(SAID["halt"], run.at)] == ["OperatorCommand", "OrderCanceled"]


def test_the_books_of_both_ways_are_those_of_the_run() -> None:
    """Position, cash and what trading is: the fold is the same."""
    script = [BUY, NoAction("TEST.NOTHING"), SELL, LIMIT]
    run = Recorded(reasoning(script))
    for what in ("100", "101", "102", "96", "99"):
        run.step(what)
    judge, rerun = Rejudging(reasoning(script)), Rerun(reasoning(script), venue)
    for record in run.records:
        judge.take(record)
        rerun.take(record.observation, record.ts_init)
    state = judge.state
    assert state.orders_submitted == 3
    assert state == rerun.view._state == run._cycle.view._state


# -- any other configuration ---------------------------------------------------------------------------------------

LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "max_position": st.sampled_from([4, 9, 100]).map(lambda limit: {"limit": Decimal(limit)}),
        "daily_loss": st.sampled_from([5, 20]).map(lambda limit: {"limit": Decimal(limit)}),
        "drawdown": st.sampled_from([5, 20]).map(lambda limit: {"limit": Decimal(limit)}),
        "price_jump": st.sampled_from(["0.01", "0.05"]).map(lambda limit: {"limit": Decimal(limit)}),
        "stale_feed": st.just({"limit_seconds": Decimal(30)}),
        "price_collar": st.just({"limit": Decimal("0.01")}),
    },
)
WITHOUT = st.lists(st.sampled_from(["daily_loss", "order_rate", "drawdown"]), unique=True).map(tuple)


@given(SCRIPTS, SCRIPTS, HAPPENINGS, st.integers(1, 4), LIMITS, WITHOUT)
def test_the_run_as_it_would_have_gone_is_the_run_that_goes(
    script: list[object],
    other: list[object],
    happenings: list[str],
    lookback: int,
    limits: dict[str, Any],
    without: tuple[str, ...],
) -> None:
    """What is rehearsed on the records of one run is, byte for byte, what a run under the other configuration over the
    same market decides, sends and is answered."""
    limits = {name: limit for name, limit in limits.items() if name not in without}
    was = Recorded(reasoning(script))
    run = Recorded(reasoning(other, lookback, without, **limits))
    for what in happenings:
        was.step(what)
        run.step(what)
    assert trading(fully(was.records, reasoning(other, lookback, without, **limits))) == trading(run.records)


@given(SCRIPTS, SCRIPTS, HAPPENINGS, LIMITS, st.data())
def test_what_is_answered_where_it_stood_is_what_would_be_taken_there(
    script: list[object], other: list[object], happenings: list[str], limits: dict[str, Any], data: st.DataObject
) -> None:
    """By the very taking of a run, on the state that was recorded before it; and the state goes on as recorded."""
    run = Recorded(reasoning(script))
    for what in happenings:
        run.step(what)
    new = reasoning(other, **limits)
    judge, state = Rejudging(new), state_for(new.strategy, new.policy)
    until = data.draw(st.integers(0, len(run.records) - 1))
    for record in run.records[:until]:
        judge.take(record)
        evolve(state, record)
    assert judge.state == state
    record = run.records[until]
    answered = judge.take(record)
    taken = Taking(state, new.strategy, new.policy, new.refused_rows_max_share).take(record.observation, record.ts_init)
    if answered is not None:
        assert answered.decision == taken.decision
        assert answered.events == taken.events[: len(answered.events)]
        # Beyond what was decided there are the orders that it calls back, which are no answer of their own.
        assert all(isinstance(event, CancelRequested) for event in taken.events[len(answered.events) :])


# -- another configuration -----------------------------------------------------------------------------------------


def test_a_tighter_limit_denies_where_each_decision_stood_and_is_not_carried_forward() -> None:
    """The second order was sent while the first was held, and is judged with that position, though the first would
    have been denied as well."""
    run = Recorded(reasoning([BUY, NoAction("TEST.NOTHING"), BUY, SELL]))
    for what in ("100", "100", "100", "100", "100"):
        run.step(what)
    found = locally(
        run.records, reasoning([BUY, NoAction("TEST.NOTHING"), BUY, SELL], max_position={"limit": Decimal(5)})
    )
    ((_, other, differs),) = found
    assert differs == (Change(kind=Kind.RULE, name="max_position", how=How.NOW),)
    assert other.decision is not None
    (denial,) = [finding for finding in other.decision.findings if finding.denies]
    assert (denial.observed, denial.limit) == (Decimal(10), Decimal(5))


def test_the_whole_run_goes_another_way() -> None:
    """Carried forward: without the first order there is nothing to sell."""
    script = [BUY, NoAction("TEST.NOTHING"), SELL]
    run = Recorded(reasoning(script))
    for what in ("100", "100", "100", "100"):
        run.step(what)
    assert sum(isinstance(record.observation, OrderFilled) for record in run.records) == 2
    new = fully(run.records, reasoning(script, max_order_quantity={"limit": Decimal(4)}))
    assert not [record for record in new if is_report(record.observation)]
    denied = [record.decision for record in new if record.decision is not None and record.decision.findings]
    assert [decision.code for decision in denied] == ["QUANTITY_EXCEEDS_MAXIMUM"] * 2


def test_another_venue_fills_at_other_prices() -> None:
    """The assumptions are those of the configuration that is rehearsed."""
    run = Recorded(reasoning([BUY]))
    for what in ("100", "100"):
        run.step(what)
    dear = PaperVenue.from_options(changed(OPTIONS, slippage_bps=Decimal(100)), instrument=an_instrument())
    (fill,) = [
        record.observation
        for record in fully(run.records, reasoning([BUY]), lambda: dear)
        if isinstance(record.observation, OrderFilled)
    ]
    assert fill.last_px == Decimal(101)


def test_what_a_rule_would_restrict_is_told_and_undone() -> None:
    """A tighter loss limit would have restricted trading at each of two bars, for none is carried to the next."""
    run = Recorded(reasoning([BUY]))
    for what in ("100", "100", "98", "97", "100"):
        run.step(what)
    judge = Rejudging(reasoning([BUY], daily_loss={"limit": Decimal(5)}))
    found: list[Change] = []
    for record in run.records:
        other = judge.take(record)
        assert judge.state.trading_state is TradingState.ACTIVE
        if other is not None:
            found += changes(record, other)
    assert found == [Change(kind=Kind.RESTRICTION, name="DAILY_LOSS_EXCEEDED", how=How.NOW)] * 2
    new = fully(run.records, reasoning([BUY], daily_loss={"limit": Decimal(5)}))
    restricted = [event for record in new for event in record.events if isinstance(event, TradingStateChanged)]
    assert [(event.state, event.code) for event in restricted] == [(TradingState.REDUCING, "DAILY_LOSS_EXCEEDED")]


def test_what_a_rule_restricts_at_a_bar_counts_in_the_decision_on_it() -> None:
    """As in a run: it is watched first, and asked after."""
    run = Recorded(reasoning([BUY, NoAction("TEST.NOTHING"), BUY]))
    for what in ("100", "100", "98"):
        run.step(what)
    ((_, other, _),) = locally(
        run.records, reasoning([BUY, NoAction("TEST.NOTHING"), BUY], daily_loss={"limit": Decimal(5)})
    )
    assert other.decision is not None
    assert [each.rule for each in other.decision.findings if each.denies] == ["trading_state", "daily_loss"]


def test_a_silence_is_watched_too() -> None:
    """A tighter limit on how long a feed may say nothing."""
    run = Recorded(reasoning([]))
    for what in ("100", "silence", "silence", "silence"):
        run.step(what)
    found = locally(run.records, reasoning([], stale_feed={"limit_seconds": Decimal(90)}))
    assert [differs for _, _, differs in found] == [(Change(kind=Kind.RESTRICTION, name="FEED_STALE", how=How.NOW),)]


def test_what_was_recorded_as_restricted_stays_so() -> None:
    """A looser loss limit would not have restricted trading, and the next decision is still judged as it stood."""
    script = [BUY, NoAction("TEST.NOTHING"), NoAction("TEST.NOTHING"), BUY]
    run = Recorded(reasoning(script, daily_loss={"limit": Decimal(5)}))
    for what in ("100", "100", "98", "98"):
        run.step(what)
    found = locally(run.records, reasoning(script, without=("daily_loss",)))
    assert [what for _, _, what in found] == [
        (Change(kind=Kind.RESTRICTION, name="DAILY_LOSS_EXCEEDED", how=How.NO_LONGER),),
        (Change(kind=Kind.RULE, name="daily_loss", how=How.NO_LONGER),),
    ]


def test_rows_that_were_refused_are_counted_against_the_new_share() -> None:
    """It restricts trading, so it is an answer too."""
    run = Recorded(reasoning([]))
    for what in ("row", "row"):
        run.step(what)
    strict = replace(reasoning([]), refused_rows_max_share=Decimal(0))
    assert [what for _, _, what in locally(run.records, strict)] == [
        (Change(kind=Kind.RESTRICTION, name="REFUSED_ROWS_EXCEEDED", how=How.NOW),)
    ] * 2


def test_a_release_that_the_new_rules_refuse_is_found() -> None:
    """A person's word is taken where it stood, and the new rules say what still stands."""
    run = Recorded(reasoning([BUY]))
    for what in ("100", "100", "98", "halt", "release"):
        run.step(what)
    found = locally(run.records, reasoning([BUY], daily_loss={"limit": Decimal(5)}))
    assert [change.name for change in found[-1][2]] == ["OPERATOR_RESUME", "DAILY_LOSS_EXCEEDED"] or found[-1][2]


def test_the_window_is_as_long_as_the_new_strategy_looks_back_over() -> None:
    """And no longer: what stands on all that the state keeps is answered as it would be in a run of its own."""

    def window(view: MarketView) -> NoAction:
        return NoAction(f"TEST.{len(view.bars)}.{view.lookback}")

    run = Recorded(reasoning([], lookback=2))
    for what in ("100", "101", "102", "103"):
        run.step(what)
    wide = reasoning([window] * 4, lookback=3)
    codes = [other.decision.code for _, other, _ in locally(run.records, wide) if other.decision is not None]
    assert codes == ["TEST.1.3", "TEST.2.3", "TEST.3.3", "TEST.3.3"]
    assert [record.decision.code for record in fully(run.records, wide) if record.decision is not None] == codes


def test_no_permission_leaves_it() -> None:
    """Orders are approved on the way, and what comes out is data."""
    run = Recorded(reasoning([BUY, SELL]))
    for what in ("100", "100", "100"):
        run.step(what)
    judge, rerun = Rejudging(reasoning([BUY, SELL])), Rerun(reasoning([BUY, SELL]), venue)
    made = [judge.take(record) for record in run.records]
    made += [each for record in run.records for each in rerun.take(record.observation, record.ts_init)]
    assert [event for each in made if each is not None for event in each.events if isinstance(event, OrderSubmitted)]
    assert not [each for each in made if each is not None and each.effects]


def test_what_the_recorded_venue_did_is_not_replayed() -> None:
    """Its reports, its faults and its position are its own; that it was asked is the run's."""
    rerun = Rerun(reasoning([]), venue)
    rerun.take(opened(), A_TIME)
    fault = FaultObserved(fault=Fault(where="execution", error="TimeoutError", place="venue:1"))
    accepted = OrderAccepted(client_order_id="x", venue_order_id="v", ts_event=A_TIME)
    assert list(rerun.take(fault, A_TIME)) == []
    assert list(rerun.take(accepted, A_TIME)) == []
    for asked in (
        VenueReconciled(cause=ReconciliationCause.PERIODIC, asked=3, repeats=1, in_doubt=1, position=Decimal(7)),
        ReconciliationFailed(cause=ReconciliationCause.PERIODIC, error="OSError", place="venue:1"),
    ):
        ((record),) = rerun.take(asked, A_TIME)
        assert record.observation == VenueReconciled(
            cause=ReconciliationCause.PERIODIC, asked=0, repeats=0, in_doubt=0, position=None
        )


def test_nothing_is_kept_and_no_calendar_is_asked() -> None:
    """It is written nowhere, and what session there is was recorded."""
    rerun = Rerun(reasoning([]), venue)
    rerun.take(opened(), A_TIME)
    rerun.take(SessionRolled(session=MONDAY, next_session=None), MONDAY.open)
    for record in rerun.take(a_bar(at=MONDAY.open + MINUTE), MONDAY.open + MINUTE):
        assert not isinstance(record.observation, FaultObserved)
    assert (rerun.view.session, rerun.view.execution_session) == (MONDAY, MONDAY)
    rolled = SessionRolled(session=TUESDAY, next_session=None, sessions_skipped=3)
    assert list(rerun.take(rolled, TUESDAY.open)) == []
    assert rerun.take(a_bar(at=TUESDAY.open + MINUTE), TUESDAY.open + MINUTE)[0].observation == rolled
    parts = rerun._cycle._parts
    parts.journal.flush()
    parts.journal.close()
    assert (parts.journal.head(), list(parts.journal.read())) == (None, [])
    parts.journal.snapshot(rerun.view._state)
    assert parts.journal.latest_snapshot(rerun.view._state) is None
    assert parts.calendar.session_on(A_TIME.date()) is None


# -- what is compared ----------------------------------------------------------------------------------------------


def told(decision: Decision | None, *events: Any) -> Record:
    """A record of one bar."""
    return Record(A_TIME, a_bar(), decision, events)


def denied(*findings: tuple[str, str], wish: OrderIntent = BUY) -> Decision:
    """A denial by these rules."""
    found = tuple(Finding(rule, Verdict.DENY, code) for rule, code in findings)
    return Decision(Outcome.DENIED, found[0].code, wish, found)


def approved(wish: OrderIntent = BUY) -> Decision:
    """An approval."""
    return Decision(Outcome.APPROVED, wish.code, wish, (Finding("a", Verdict.PASS, "PASSED"),))


IDLE = Decision(Outcome.NO_ACTION, "TEST.IDLE", NoAction("TEST.IDLE", {"a": 1}))
IDLE_TOO = Decision(Outcome.NO_ACTION, "TEST.IDLE", NoAction("TEST.IDLE", {"a": 2}))
HALTED = TradingStateChanged(state=TradingState.HALTED, code="X")
CALLED_BACK = CancelRequested(client_order_id="1", code="C")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param(told(None), told(IDLE), [], id="nothing was decided"),
        pytest.param(told(IDLE), told(IDLE_TOO), [], id="other numbers"),
        pytest.param(told(approved()), told(approved()), [], id="approved twice"),
        pytest.param(told(IDLE), told(approved()), [("REASON", "TEST.IDLE -> TEST.BUY", "OTHERWISE")], id="a wish"),
        pytest.param(
            told(approved()), told(approved(HUGE)), [("REASON", "TEST.BUY -> TEST.BUY", "OTHERWISE")], id="another size"
        ),
        pytest.param(
            told(Decision(Outcome.APPROVED, CANCEL.code, CANCEL)),
            told(IDLE),
            [("REASON", "TEST.CANCEL -> TEST.IDLE", "OTHERWISE")],
            id="no cancel",
        ),
        pytest.param(
            told(Decision(Outcome.APPROVED, CANCEL.code, CANCEL)),
            told(Decision(Outcome.DENIED, "X", CANCEL, (Finding("working", Verdict.DENY, "X"),))),
            [("RULE", "working", "NOW")],
            id="a cancel of nothing",
        ),
        pytest.param(
            told(IDLE),
            told(denied(("a", "X"))),
            [("REASON", "TEST.IDLE -> TEST.BUY", "OTHERWISE"), ("RULE", "a", "NOW")],
            id="a wish that is denied",
        ),
        pytest.param(
            told(Decision(Outcome.ERROR, "FAULT_IN_STRATEGY")),
            told(IDLE),
            [("REASON", "FAULT_IN_STRATEGY -> TEST.IDLE", "OTHERWISE")],
            id="no fault",
        ),
        pytest.param(
            told(denied(("a", "X"), ("b", "Y"), ("c", "Z"))),
            told(denied(("b", "OTHER"), ("c", "Z"), ("d", "W"))),
            [("RULE", "a", "NO_LONGER"), ("RULE", "b", "OTHERWISE"), ("RULE", "d", "NOW")],
            id="other rules",
        ),
        pytest.param(told(denied(("a", "X"))), told(approved()), [("RULE", "a", "NO_LONGER")], id="no denial"),
        pytest.param(
            told(approved()),
            told(Decision(Outcome.ERROR, "FAULT_IN_DECIDE", BUY)),
            [("RULE", "error", "NOW")],
            id="a policy that raises",
        ),
        pytest.param(
            told(approved(), OrderSubmitted(terms=some_terms())),
            told(approved(), OrderSubmitted(terms=some_terms(price=Decimal(101), reserved=Decimal(1)))),
            [("TERMS", "protection_price", "OTHERWISE"), ("TERMS", "reserved", "OTHERWISE")],
            id="other terms",
        ),
        pytest.param(
            told(approved(), OrderSubmitted(terms=some_terms())),
            told(approved(HUGE), OrderSubmitted(terms=some_terms(price=Decimal(101)))),
            [("REASON", "TEST.BUY -> TEST.BUY", "OTHERWISE")],
            id="another wish has other terms",
        ),
        pytest.param(
            told(IDLE, HALTED, CALLED_BACK),
            told(IDLE, TradingStateChanged(state=TradingState.REDUCING, code="X"), ReportIgnored(code="I")),
            [("RESTRICTION", "X", "OTHERWISE")],
            id="another state",
        ),
    ],
)  # fmt: skip
def test_what_changes_is_named(before: Record, after: Record, found: list[tuple[str, str, str]]) -> None:
    """By rule, by reason, by term and by restriction; the other way round it is the other way round."""
    assert [(one.kind, one.name, one.how) for one in changes(before, after)] == found
    assert changes(before, before) == changes(after, after) == ()
    mirrored = {"NOW": "NO_LONGER", "NO_LONGER": "NOW", "OTHERWISE": "OTHERWISE"}
    assert sorted(mirrored[one.how] for one in changes(after, before)) == sorted(how for _, _, how in found)


def test_a_venues_report_is_nobodys_decision() -> None:
    """It is folded in, and no configuration answers it."""
    run = Recorded(reasoning([BUY]))
    run.step("100")
    judge = Rejudging(reasoning([BUY]))
    answered = {record.kind: judge.take(record) is not None for record in run.records}
    assert answered["OrderAccepted"] is False
    assert answered["Bar"] is True
