"""A venue in another process misbehaves, and the real cycle ends where it should: UNKNOWN, or booked and halted with a
reason, and counted once. What was sent is counted by the venue, on its own disk."""

import json
import os
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import attrs
import pytest
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.cycle import Cycle, Parts
from interlock.core.decision import CancelIntent, OrderIntent
from interlock.core.faults import AdapterUnavailable, VenueProtocolError
from interlock.core.market import FeedItem, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import VenueReconciled
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderTerms, OrderType, Side
from interlock.core.reasons import Reason
from interlock.core.records import OrderSubmitted, Record, ReportIgnored
from interlock.core.reports import OrderAccepted, OrderCanceled, OrderFilled, OrderRejected, OrderUnknown
from interlock.core.state import State
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.approvals import approve
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.fakes import NOTHING_TO_DO, ListedSessions, ScriptedStrategy
from interlock.testing.loopback.adapter import LiveLoopbackVenue, LoopbackVenue
from interlock.testing.loopback.book import Book
from interlock.testing.loopback.log import LOG_NAME, Received, entries
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.process import VenueProcess
from interlock.testing.loopback.requests import Request
from interlock.testing.rehearsal import folded
from interlock.testing.rig import opened
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY, TUESDAY
from interlock.testing.story_ids import StoryIds

pytestmark = pytest.mark.slow

SIX = an_intent(Side.BUY, quantity="6")
FIRST, SECOND = f"{JOURNAL_ID[:12]}-1", f"{JOURNAL_ID[:12]}-2"
HOW_TO = Path(__file__).parents[2] / "docs" / "howto" / "loopback-venue.md"
# Waited for whole where an answer is not to come: the outcome is the same however slow the machine is.
SOON = Decimal("0.2")
NEVER_ANSWERED = {Move.DELAY, Move.LOSE_ANSWER, Move.LOSE_ORDER}


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[VenueProcess]:
    """A venue without any order."""
    with VenueProcess(tmp_path / "venue") as process:
        yield process


@pytest.fixture
def adapters() -> Iterator[ExitStack]:
    """What is closed at the end."""
    with ExitStack() as stack:
        yield stack


class Core:
    """The real cycle over a loopback venue: one bar a minute from Monday's open on, and a script for the strategy."""

    def __init__(self, adapter: LoopbackVenue, *script: object, records: Sequence[Record] = ()) -> None:
        self.parts = Parts(
            strategy=ScriptedStrategy(*script),
            policy=a_policy(),
            execution=adapter,
            journal=MemoryJournal(),
            calendar=ListedSessions(sessions=(MONDAY, TUESDAY)),
        )
        self.records = list(records)
        self.at = MONDAY.open
        if records:
            state: State = folded(records, self.parts)
            self.cycle = Cycle(self.parts, state)
            self.at = state.ts_init or self.at
            self.cycle.resume()
            self.ask(ReconciliationCause.START)
        else:
            self.cycle = Cycle(self.parts)
            self.records.append(self.cycle.open(opened(RunMode.PAPER), self.at))

    def bar(self, close: str = "100", **prices: Any) -> list[str]:
        """The next minute's bar. The kinds of what it made."""
        self.at += MINUTE
        return self.step(a_bar(close, at=self.at, **prices))

    def step(self, item: FeedItem) -> list[str]:
        """Take an item through. The kinds of what it made."""
        made = self.cycle.step(item, self.at)
        self.records += made
        return [record.kind for record in made]

    def ask(self, cause: ReconciliationCause = ReconciliationCause.PERIODIC) -> list[str]:
        """Have the venue confirm orders and position. The kinds of what that made."""
        made = self.cycle.reconcile(cause, self.at)
        self.records += made
        return [record.kind for record in made]

    @property
    def halted_for(self) -> str:
        """Why trading is halted; empty while it is active."""
        assert self.cycle.view.trading_state in (TradingState.ACTIVE, TradingState.HALTED)
        return self.cycle.view.trading_state_code

    @property
    def ignored(self) -> list[str]:
        """Why reports were not counted."""
        return [event.code for record in self.records for event in record.events if isinstance(event, ReportIgnored)]

    @property
    def working(self) -> list[tuple[OrderState, Decimal]]:
        """Each working order's state, and what of it may still fill."""
        return [(order.state, order.leaves_qty) for order in self.cycle.view.working_orders]


def adapter_for(venue: VenueProcess, adapters: ExitStack, move: Move = Move.ACCEPT) -> LoopbackVenue:
    """An adapter to a venue that does so with the next order."""
    with venue.commands() as commands:
        commands.plan(move)
    soon = {"submit_timeout_seconds": SOON} if move in NEVER_ANSWERED else {}
    return adapters.enter_context(closing(venue.adapter(**soon)))


def sent(*client_order_ids: str) -> tuple[Received, ...]:
    """Submits as the venue has them."""
    return tuple(Received(do="submit", client_order_id=name) for name in client_order_ids)


CALLED_BACK = (Received(do="cancel", client_order_id=FIRST),)


def book_of(venue: VenueProcess) -> Book:
    """What it holds, whatever it says of it: from its own log."""
    book = Book()
    for entry in entries(venue.folder / LOG_NAME):
        book.take(Request.of({**entry, "id": 0}))
    return book


def told_position(venue: VenueProcess) -> Decimal:
    """What every trade that the venue ever told of adds up to."""
    book = book_of(venue)
    fills = [report for report in book.told if isinstance(report, OrderFilled)]
    return sum((fill.last_qty if fill.side is Side.BUY else -fill.last_qty for fill in fills), Decimal(0))


# ------------------------------------------------------------------------------------ what it does wrong

OUTCOMES: dict[Move, tuple[str, str, str, int]] = {
    # What the order is answered; what the next bar makes; why trading is halted; the position. A halt calls back what
    # works: what is told of that comes last.
    Move.ACCEPT: ("OrderAccepted", "OrderFilled Bar", "", 6),
    Move.REJECT: ("OrderRejected", "Bar", "", 0),
    Move.DELAY: ("OrderUnknown", "OrderAccepted OrderFilled Bar", "", 6),
    Move.LOSE_ANSWER: ("OrderUnknown", "OrderFilled Bar", "", 6),
    Move.HANG_UP: ("OrderUnknown", "OrderFilled Bar", "", 6),
    Move.GARBLE: ("FaultObserved OrderUnknown OrderCanceled", "Bar", Reason.FAULT_IN_ADAPTER, 0),
    Move.LOSE_ORDER: ("OrderUnknown", "Bar", "", 0),
    Move.DUPLICATE: ("OrderAccepted", "OrderFilled OrderFilled Bar", "", 6),
    Move.LOSE_FILL: ("OrderAccepted", "Bar", "", 0),
    Move.HIDE_FILL: ("OrderAccepted", "Bar", "", 0),
    Move.OTHER_QUANTITY: ("OrderAccepted", "OrderFilled Bar", Reason.FILL_BEYOND_QUANTITY, 12),
    Move.OTHER_SIDE: ("OrderAccepted", "OrderFilled Bar CancelRejected", Reason.REPORT_CONTRADICTS, -6),
    Move.TRADE_OF_NOBODY: ("OrderAccepted", "OrderFilled OrderFilled Bar", Reason.FILL_UNHEARD_OF, 12),
}


@pytest.mark.parametrize("move", OUTCOMES)
def test_each_misbehaviour_ends_where_it_should(move: Move, venue: VenueProcess, adapters: ExitStack) -> None:
    """In doubt until the venue's own evidence settles it; booked, and halted with its reason; and sent once."""
    answered, told, code, position = OUTCOMES[move]
    core = Core(adapter_for(venue, adapters, move), SIX)
    assert core.bar() == ["SessionRolled", "Bar", *answered.split()]
    if answered == "OrderUnknown":
        assert core.working == [(OrderState.UNKNOWN, Decimal(6))]
        assert core.cycle.view.leaves(Side.BUY) == 6
    assert core.bar() == told.split()
    assert core.halted_for == code
    assert core.cycle.view.position == position
    assert core.ignored == ([Reason.FILL_REPEATED] if move is Move.DUPLICATE else [])
    assert core.bar() == ["Bar"]
    assert core.cycle.view.position == position
    called_back = CALLED_BACK if "Cancel" in answered + told else ()
    assert venue.received == (*sent(FIRST), *called_back)


@pytest.mark.parametrize("move", OUTCOMES)
def test_whatever_a_venue_does_each_record_names_its_story_and_its_cause(
    move: Move, venue: VenueProcess, adapters: ExitStack
) -> None:
    """Up to a bar, or to what came from outside; a cancel of the strategy and a look at the venue included."""
    cancel = CancelIntent(code="TEST.WISH", client_order_id=FIRST)
    core = Core(adapter_for(venue, adapters, move), SIX, NOTHING_TO_DO, cancel)
    for _ in range(2):
        core.bar()
    core.ask()
    for _ in range(2):
        core.bar()
    StoryIds(core.records, JOURNAL_ID).check()


@pytest.mark.parametrize("move", OUTCOMES)
def test_whatever_differs_is_found_within_one_reconciliation(
    move: Move, venue: VenueProcess, adapters: ExitStack
) -> None:
    """Asked once, our books are those of the venue; or trading is halted; or an order is known to be in doubt."""
    with venue.commands() as commands:
        commands.plan(move)
    soon = {"submit_timeout_seconds": SOON} if move in NEVER_ANSWERED else {}
    live = LiveLoopbackVenue(LiveLoopbackVenue.Options(port=venue.port, **soon))
    core = Core(adapters.enter_context(closing(live)), SIX)
    core.bar()
    core.bar()
    core.ask()
    view = core.cycle.view
    stated = book_of(venue).take(Request.of({"do": "statement", "id": 0}))
    agree = view.position == stated.position and len(view.working_orders) == len(stated.told)
    assert agree or view.trading_state is TradingState.HALTED or view.orders_in_doubt


def test_every_move_has_its_outcome_and_the_page_says_which() -> None:
    """A move that is added is tried; the one that needs a cancel is tried below."""
    assert {*OUTCOMES, Move.FILL_AFTER_CANCEL} == set(Move)
    rows = [line for line in HOW_TO.read_text("utf-8").splitlines() if line.startswith("| `")]
    said = {name: row.partition("HALTED")[2].strip(" ,|`") for row in rows for name in re.findall("`([A-Z_]+)`", row)}
    codes = {move: code for move, (_, _, code, _) in OUTCOMES.items()}
    assert {move: said[move] for move in Move} == {**codes, Move.FILL_AFTER_CANCEL: Reason.FILL_AFTER_END}


def test_what_the_page_says_to_write_can_be_written() -> None:
    """The entry point is the adapter, and the table holds its options."""
    tables = re.findall(r"^```toml\n(.*?)^```", HOW_TO.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    plugin, execution = (tomllib.loads(table) for table in tables)
    (point,) = plugin["project"]["entry-points"]["interlock.execution"].values()
    assert point == f"{LoopbackVenue.__module__}:{LoopbackVenue.__name__}"
    assert execution["execution"].keys() == {"adapter", *(field.name for field in attrs.fields(LoopbackVenue.Options))}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_it_does_our_books_hold_what_it_told(seed: int, venue: VenueProcess, adapters: ExitStack) -> None:
    """One thing after another: every trade that was told is booked once, no order is sent twice, and it halts for the
    first thing that cannot be, and for nothing else."""
    moves = random.Random(seed).choices(list(Move), k=12)
    with venue.commands() as commands:
        for number, move in enumerate(moves, start=1):
            commands.plan(move, order=number)
    adapter = adapters.enter_context(closing(venue.adapter(submit_timeout_seconds=SOON)))
    core = Core(adapter, *[lambda view: an_intent(Side.SELL if view.position > 0 else Side.BUY)] * 14)
    for _ in range(15):
        core.bar()
    assert core.cycle.view.position == told_position(venue)
    submits = [got.client_order_id for got in venue.received if got.do == "submit"]
    assert len(set(submits)) == len(submits) > 0
    done = moves[: len(submits)]
    assert [move for move in done if OUTCOMES.get(move, ("", "", "", 0))[2]] == ([done[-1]] if core.halted_for else [])


def test_a_fill_after_a_cancel_is_booked_and_halts(venue: VenueProcess, adapters: ExitStack) -> None:
    """The venue contradicts itself: the position is what was traded, and trust is lost."""
    low = OrderIntent(
        code="TEST.WISH", side=Side.BUY, quantity=Decimal(6), order_type=OrderType.LIMIT, limit_price=Decimal(96)
    )
    core = Core(
        adapter_for(venue, adapters, Move.FILL_AFTER_CANCEL), low, CancelIntent(code="TEST.WISH", client_order_id=FIRST)
    )
    core.bar()
    assert core.bar() == ["Bar", "OrderCanceled"]
    assert core.working == []
    assert core.bar("97", low="95") == ["OrderFilled", "Bar"]
    assert core.halted_for == Reason.FILL_AFTER_END
    assert core.cycle.view.position == 6
    assert venue.received == (*sent(FIRST), Received(do="cancel", client_order_id=FIRST))


def test_an_order_that_was_lost_blocks_new_risk_until_the_venue_settles_it(
    venue: VenueProcess, adapters: ExitStack
) -> None:
    """Nobody sends it again: entries are denied, and asking says that the venue never heard of it."""
    adapter = adapter_for(venue, adapters, Move.LOSE_ORDER)
    core = Core(adapter, SIX, SIX)
    core.bar()
    assert core.bar() == ["Bar"]
    decision = core.records[-1].decision
    assert decision is not None
    assert decision.code == Reason.ORDER_IN_DOUBT
    (order,) = core.cycle.view.working_orders
    assert adapter.find(FIRST) == ()
    (told,) = adapter.reconcile((order.terms,), core.at).reports
    assert isinstance(told, OrderUnknown)
    with venue.commands() as commands:
        commands.tell(OrderRejected(client_order_id=FIRST, ts_event=core.at, code="LOOPBACK.NEVER_CAME"))
    assert core.bar() == ["OrderRejected", "Bar"]
    assert core.working == []
    assert venue.received == sent(FIRST)


@pytest.mark.parametrize(("line", "times"), [("no JSON", 1), ("{}", 1), ('{"n":1,"report":{}}', 1), ("x", 70_000)])
def test_a_line_that_nobody_can_read_halts_and_no_report_is_lost(
    venue: VenueProcess, adapters: ExitStack, line: str, times: int
) -> None:
    """Malformed, of another shape, or without end; what was told before and after it is booked."""
    core = Core(adapter_for(venue, adapters), SIX)
    core.bar()
    with venue.commands() as commands:
        commands.fill(FIRST, Decimal(2), Decimal(100), core.at)
        commands.say(line, times=times)
        commands.fill(FIRST, Decimal(1), Decimal(100), core.at)
    assert core.bar() == ["FaultObserved", "OrderFilled", "Bar", "OrderFilled", "OrderCanceled"]
    assert core.halted_for == Reason.FAULT_IN_ADAPTER
    assert core.bar() == ["Bar"]
    assert core.cycle.view.position == 3
    assert venue.received == (*sent(FIRST), *CALLED_BACK)


def test_a_venue_that_works_another_order_is_found_by_reconciling(venue: VenueProcess, adapters: ExitStack) -> None:
    """Before anything fills."""
    adapter = adapter_for(venue, adapters, Move.OTHER_QUANTITY)
    core = Core(adapter, SIX)
    core.bar()
    (order,) = core.cycle.view.working_orders
    with pytest.raises(VenueProtocolError, match="another order"):
        adapter.reconcile((order.terms,), core.at)
    assert core.ask() == ["FaultObserved", "OrderCanceled"]
    assert core.halted_for == Reason.FAULT_IN_ADAPTER


def test_a_fill_that_was_never_told_is_booked_when_the_venue_is_asked(venue: VenueProcess, adapters: ExitStack) -> None:
    """It is no lie: a report got lost, and nothing halts."""
    core = Core(adapter_for(venue, adapters, Move.LOSE_FILL), SIX)
    core.bar()
    assert core.bar() == ["Bar"]
    assert core.cycle.view.position == 0
    assert core.ask() == ["OrderFilled", "VenueReconciled"]
    assert core.cycle.view.position == 6
    assert (core.working, core.halted_for) == ([], "")
    assert core.ask() == ["VenueReconciled"]


def test_a_fill_that_is_hidden_is_found_by_the_position(venue: VenueProcess, adapters: ExitStack) -> None:
    """Whatever its reports say, what it holds for us gives it away, at the next time that it is asked."""
    core = Core(adapter_for(venue, adapters, Move.HIDE_FILL), SIX)
    core.bar()
    assert core.bar() == ["Bar"]
    # The order that works for us has nothing left there to cancel.
    assert core.ask() == ["VenueReconciled", "CancelRejected"]
    assert core.halted_for == Reason.RECONCILIATION_MISMATCH


def test_a_fill_in_silence_after_a_cancel_is_found_by_the_position(venue: VenueProcess, adapters: ExitStack) -> None:
    """The order has ended for us, so nobody asks about it any more."""
    adapter = adapter_for(venue, adapters, Move.HIDE_FILL)
    core = Core(adapter, SIX, CancelIntent(code="TEST.WISH", client_order_id=FIRST))
    core.bar()
    with venue.commands() as commands:
        commands.fill(FIRST, Decimal(2), Decimal(100), core.at)
        commands.tell(OrderCanceled(client_order_id=FIRST, ts_event=core.at))
    assert core.bar()[0] == "OrderCanceled"
    assert core.working == []
    core.ask()
    assert core.halted_for == Reason.RECONCILIATION_MISMATCH


def test_an_order_of_somebody_else_is_found(venue: VenueProcess, adapters: ExitStack) -> None:
    """It works at the venue, and our books have never heard of it."""
    core = Core(adapter_for(venue, adapters))
    core.bar()
    adapter_for(venue, adapters).submit(approve(session=MONDAY, bar=a_bar(at=core.at)), core.at)
    assert core.ask() == ["OrderAccepted", "VenueReconciled"]
    assert core.halted_for == Reason.REPORT_UNHEARD_OF


def test_an_order_that_never_arrived_is_settled_when_its_session_is_over(
    venue: VenueProcess, adapters: ExitStack
) -> None:
    """By the rule of this venue, and not before; until then it blocks new risk."""
    core = Core(adapter_for(venue, adapters, Move.LOSE_ORDER), SIX)
    core.bar()
    core.ask()
    assert [state for state, _ in core.working] == [OrderState.UNKNOWN]
    core.at = MONDAY.close + MINUTE
    core.step(Silence(until=core.at))
    assert core.ask() == ["OrderRejected", "VenueReconciled"]
    assert (core.working, core.halted_for) == ([], Reason.ORDER_IN_DOUBT_TOO_LONG)
    assert venue.received == (*sent(FIRST), *CALLED_BACK)


def test_after_a_split_it_states_no_position(venue: VenueProcess, adapters: ExitStack) -> None:
    """It keeps no prices: a position that it cannot restate would look like a lie."""
    core = Core(adapter_for(venue, adapters), SIX)
    core.bar()
    core.bar()
    core.step(Split(instrument="TEST", ts_event=core.at, ratio=Decimal(2)))
    core.ask()
    assert core.cycle.view.position == 12
    assert core.halted_for == ""


# ---------------------------------------------------------------------------------------------- restarts


def test_a_venue_that_was_killed_is_the_same_when_it_comes_back(venue: VenueProcess, adapters: ExitStack) -> None:
    """Its book comes from its disk: the order works on, the plan stands, and nothing has to be said again."""
    adapter = adapter_for(venue, adapters)
    with venue.commands() as commands:
        commands.plan(Move.REJECT, order=2)
    core = Core(adapter, SIX, SIX)
    core.bar()
    before = adapter.find(FIRST)
    venue.start()
    assert adapter.find(FIRST) == before
    assert core.bar() == ["OrderFilled", "Bar", "OrderRejected"]
    venue.start()
    assert core.bar() == ["Bar"]
    assert core.halted_for == ""
    assert core.cycle.view.position == 6
    assert venue.received == sent(FIRST, SECOND)


def test_a_venue_that_is_gone_halts_and_tells_later_what_was_missed(venue: VenueProcess, adapters: ExitStack) -> None:
    """A fault while it cannot be reached; what happened before it went is told once it is back."""
    core = Core(adapter_for(venue, adapters), SIX)
    core.bar()
    adapter = core.parts.execution
    adapter.close()
    with venue.commands() as commands:
        commands.fill(FIRST, Decimal(6), Decimal(100), core.at)
    venue.kill()
    # Once because it cannot be reached, and once more because the order cannot be called back.
    assert core.bar() == ["FaultObserved", "Bar", "FaultObserved"]
    assert core.halted_for == Reason.FAULT_IN_ADAPTER
    with pytest.raises(AdapterUnavailable):
        adapter.find(FIRST)
    venue.start()
    assert core.bar() == ["OrderFilled", "Bar"]
    assert core.cycle.view.position == 6


@pytest.mark.parametrize("move", [Move.ACCEPT, Move.REJECT, Move.LOSE_ORDER])
def test_our_own_restart_asks_what_became_of_an_order_whose_answer_was_never_kept(
    move: Move, venue: VenueProcess, adapters: ExitStack
) -> None:
    """Killed between sending and keeping the answer: the venue is asked, and nothing is sent again."""
    before = Core(adapter_for(venue, adapters, move), SIX)
    before.bar()
    kept = [record for record in before.records if record.kind in ("JournalOpened", "SessionRolled", "Bar")]
    assert any(isinstance(event, OrderSubmitted) for event in kept[-1].events)
    after = Core(adapter_for(venue, adapters), SIX, records=kept)
    answer = {Move.ACCEPT: "OrderAccepted", Move.REJECT: "OrderRejected", Move.LOSE_ORDER: "OrderUnknown"}[move]
    assert [record.kind for record in after.records[len(kept) :]] == [answer, "VenueReconciled"]
    assert after.bar() == (["OrderFilled"] if move is Move.ACCEPT else []) + ["Bar"]
    assert after.halted_for == ""
    assert after.cycle.view.position == (6 if move is Move.ACCEPT else 0)
    assert [state for state, _ in after.working] == ([OrderState.UNKNOWN] if move is Move.LOSE_ORDER else [])
    assert venue.received == sent(FIRST)


def test_what_a_new_adapter_is_told_again_is_counted_once(venue: VenueProcess, adapters: ExitStack) -> None:
    """The journal has the fill already, and the venue tells it to whoever begins anew."""
    before = Core(adapter_for(venue, adapters), SIX)
    before.bar()
    before.bar()
    after = Core(adapter_for(venue, adapters), SIX, records=before.records)
    asked = after.records[-1].observation
    assert isinstance(asked, VenueReconciled)
    assert asked.repeats == 1
    assert after.bar() == ["Bar"]
    assert after.halted_for == ""
    assert after.cycle.view.position == 6


def test_two_venues_do_not_share_a_disk(venue: VenueProcess) -> None:
    """The second does not start, and the first works on."""
    with pytest.raises(AdapterUnavailable, match="did not start"):
        VenueProcess(venue.folder)
    with venue.commands() as commands:
        commands.plan(Move.REJECT)


def test_a_venue_ends_with_whoever_began_it(tmp_path: Path) -> None:
    """Its standard input ends, and it goes by itself."""
    module = [sys.executable, "-m", "interlock.testing.loopback.venue", "--folder", str(tmp_path), "--until-eof"]
    ended = subprocess.run(module, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b'{"port":')


# ------------------------------------------------------------------------------------- the count can fail


class SendsAgain(LoopbackVenue):
    """The mutant: not knowing, it sends once more."""

    @override
    def _sent(self, terms: OrderTerms, now: Any) -> OrderAccepted | OrderRejected | OrderUnknown:
        answer = super()._sent(terms, now)
        return super()._sent(terms, now) if isinstance(answer, OrderUnknown) else answer


@pytest.mark.parametrize("move", [Move.HANG_UP, Move.LOSE_ORDER])
def test_an_adapter_that_sends_again_is_caught_by_the_venues_own_log(
    move: Move, venue: VenueProcess, adapters: ExitStack
) -> None:
    """Even where the first one was lost: what reached the wire is counted."""
    honest = adapter_for(venue, adapters, move)
    mutant = adapters.enter_context(closing(SendsAgain(honest._options)))
    Core(mutant, SIX, NOTHING_TO_DO).bar()
    assert venue.received == sent(FIRST, FIRST)


# ------------------------------------------------------------------------------------------- the runner

PLUGIN = "[interlock.execution]\nloopback = interlock.testing.loopback.adapter:LoopbackVenue\n"
CONFIGURATION = """
run_mode = "PAPER"
account = "kit"
opening_cash = "100000"
state_dir = "state"
[[instruments]]
symbol = "DEMO"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "simulated"
interval = "1m"
replay_speed = "6000"
[strategy]
name = "moving_average_cross"
fast = 1
slow = 2
quantity = "1"
[risk.allowed_instruments]
instruments = ["DEMO"]
[risk.max_order_quantity]
limit = "1"
[risk.max_order_notional]
limit = "100000"
[risk.max_position]
limit = "1"
[risk.price_collar]
limit = "0.05"
[risk.data_age]
limit_seconds = "1000000"
bars_missed = 100000
[execution]
adapter = "loopback"
port = {port}
[loop]
interval_seconds = "0.01"
"""
KILLS = 3
ORDERS_BETWEEN = 4
SECONDS_MAX = 20


class Runs:
    """``interlock run`` in PAPER on a loopback venue, which a package of a test's own offers."""

    def __init__(self, folder: Path, venue: VenueProcess) -> None:
        self.folder, self.venue = folder, venue
        info = folder / "loopback_plugin-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loopback_plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(PLUGIN)
        (folder / "interlock.toml").write_text(CONFIGURATION.format(port=venue.port))
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
        path = filter(None, [str(folder), os.getenv("PYTHONPATH")])
        self.environ |= {"PYTHONPATH": os.pathsep.join(path)}

    @contextmanager
    def started(self, *more: str) -> Iterator["subprocess.Popen[str]"]:
        """A run that goes on with the journal that there is. It does not outlive the block."""
        run = [sys.executable, "-c", "from interlock.runner.main import main; main()", "run", "--json", *more]
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(run, cwd=self.folder, env=self.environ, **streams) as process:
            try:
                yield process
            finally:
                process.kill()

    def finished(self, cycles: int) -> dict[str, Any]:
        """A run of so many cycles, and what it said at its end."""
        with self.started("--cycles", str(cycles)) as process:
            said, complained = process.communicate(timeout=60)
        assert process.returncode == 0, complained
        assert "loopback_plugin 1.0" in complained
        summary: dict[str, Any] = json.loads(said)
        return summary

    def kill_after(self, orders: int) -> None:
        """A run that is killed as soon as the venue has received so many orders; or after a while, if they stay out."""
        pause, ends = Event(), monotonic() + SECONDS_MAX
        with self.started() as process:
            while process.poll() is None and len(self.submits) < orders and monotonic() < ends:  # ends: by the clock
                pause.wait(0.01)

    @property
    def submits(self) -> list[str]:
        """Every order that reached the wire, as the venue has it."""
        return [got.client_order_id for got in self.venue.received if got.do == "submit"]

    @property
    def intended(self) -> list[str]:
        """Every order that our journal says was about to be sent."""
        with JournalReader(self.folder / "state" / "paper" / "journal.sqlite3") as journal:
            events = [event for record in journal.read() for event in record.events]
        return [event.terms.client_order_id for event in events if isinstance(event, OrderSubmitted)]


def test_a_run_trades_on_it_through_the_entry_point(venue: VenueProcess, tmp_path: Path) -> None:
    """Named in the file, found where it is installed; what was sent is what was decided, and both books agree."""
    runs = Runs(tmp_path, venue)
    summary = runs.finished(120)
    assert summary["orders"] > 5
    assert runs.submits == runs.intended
    assert len(set(runs.submits)) == summary["orders"]
    assert Decimal(summary["position"]["DEMO"]) == told_position(venue)


def test_a_run_that_is_killed_again_and_again_sends_nothing_twice(venue: VenueProcess, tmp_path: Path) -> None:
    """Each order that the venue has was on our disk before, and came once; the books agree in the end."""
    runs = Runs(tmp_path, venue)
    for kill in range(1, KILLS + 1):
        runs.kill_after(kill * ORDERS_BETWEEN)
    summary = runs.finished(50)
    assert len(runs.submits) == len(set(runs.submits)) >= ORDERS_BETWEEN
    assert set(runs.submits) <= set(runs.intended)
    assert Decimal(summary["position"]["DEMO"]) == told_position(venue)


def test_a_venue_that_promised_to_cancels_when_nobody_trades_any_more(tmp_path: Path) -> None:
    """The orders of whoever has gone; it is on its disk, told to whoever comes back, and no cancel of ours."""
    order = approve(limit_price="51")
    name = order.terms.client_order_id
    with VenueProcess(tmp_path / "venue", cancels_on_disconnect=True) as process:
        with closing(process.adapter()) as gone, process.commands():
            gone.submit(order, order.terms.ts_init)
        with closing(process.adapter()) as back:
            # The venue hears of the end of a connection in its own time: it is asked until it has.
            ends = monotonic() + SECONDS_MAX
            while not any(isinstance(each, OrderCanceled) for each in back.find(name)):  # ends: by the clock
                assert monotonic() < ends
            again = approve(limit_price="51", ordinal=2)
            back.submit(again, again.terms.ts_init)
            assert [type(each) for each in back.find(again.terms.client_order_id)] == [OrderAccepted]
        process.start()
        with closing(process.adapter()) as later:
            assert any(isinstance(each, OrderCanceled) for each in later.find(name))
        assert [got.do for got in process.received] == ["submit", "submit"]


def test_one_that_did_not_promise_keeps_them(venue: VenueProcess) -> None:
    """Nothing is canceled by going away."""
    order = approve(limit_price="51")
    with closing(venue.adapter()) as gone:
        gone.submit(order, order.terms.ts_init)
    with closing(venue.adapter()) as back:
        assert [type(each) for each in back.find(order.terms.client_order_id)] == [OrderAccepted]
