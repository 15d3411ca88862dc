"""What goes wrong with live sources, over a socket: each move of the scripted source ends where it should.

Nothing sleeps to be right: the feed waits for what was sent, and what was sent is sent when the command returns.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.market_data.live_attempts import Surroundings
from interlock.core.decision import OrderIntent, Outcome, Verdict
from interlock.core.faults import AdapterUnavailable, Fault, QueueOverflow
from interlock.core.market import Bar, EndOfData, FeedItem, RefusedRow, Silence
from interlock.core.observations import FaultObserved
from interlock.core.orders import Side
from interlock.core.reasons import Reason
from interlock.core.strategies.moving_average_cross import MovingAverageCross, MovingAverageCrossParameters
from interlock.core.trading_state import TradingState
from interlock.testing.builders import A_MINUTE, an_instrument, bars
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.loopback_feed.adapter import LoopbackFeed, LoopbackFeedOptions
from interlock.testing.loopback_feed.moves import FeedMove
from interlock.testing.loopback_feed.source import FeedSource
from interlock.testing.rig import Rig
from interlock.testing.situations import MONDAY

SECONDS = 20.0
PAST = bars(3, first=MONDAY.open + A_MINUTE)
NOW = MONDAY.open + timedelta(hours=1)
BUY: OrderIntent = an_intent(Side.BUY)


class Bench:
    """A source, a feed to it that has caught up with its first bar, and waiting that a test ends."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.source = stack.enter_context(FeedSource(PAST))
        self.port = self.source.port
        self.retries = Event()
        self.go_on = Event()
        self.retry_seconds = 300.0

    def feed(self, **options: Any) -> LoopbackFeed:
        """Not opened."""
        feed = LoopbackFeed(
            LoopbackFeedOptions(port=self.port, **options),
            instrument=an_instrument(),
            interval=A_MINUTE,
            surroundings=Surroundings(now=lambda: NOW, pause=self._pause),
        )
        feed.prepare(lookback=3)
        self._stack.callback(self.go_on.set)
        self._stack.callback(feed.close)
        return feed

    def opened(self, **options: Any) -> LoopbackFeed:
        """Opened, and with everything taken that there is: one bar of the present behind three of the past."""
        feed = self.feed(**options)
        feed.open()
        self.source.do(FeedMove.TELL)
        assert [feed.next() for _ in range(4)] == list(self.source.book)
        return feed

    def _pause(self, stop: Event, seconds: float) -> bool:
        if seconds == self.retry_seconds:
            self.retries.set()
            self.go_on.wait(SECONDS)
        return stop.is_set()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(stack)


def until_a_bar(feed: LoopbackFeed) -> tuple[list[FeedItem], Bar]:
    """What came before the next bar, and that bar."""
    before: list[FeedItem] = []
    for _ in range(100):
        item = feed.next()
        if isinstance(item, Bar):
            return before, item
        before.append(item)
    raise AssertionError(before)


REFUSED = [
    (FeedMove.DUPLICATE, "time", "a duplicate"),
    (FeedMove.OUT_OF_ORDER, "time", "out of order"),
    (FeedMove.CONTRADICTION, "time", "two bars of one time that differ: the first one stands"),
    (FeedMove.CLOCK_SKEW, "time", "must not be later than now"),
    (FeedMove.GARBAGE, "line", "not JSON"),
    (FeedMove.HUGE_LINE, "line", "shorter than 4096 bytes"),
    (FeedMove.HALF_LINE, "line", "in the middle of a line"),
]


@pytest.mark.parametrize(("move", "field", "rule"), REFUSED)
def test_what_should_not_be_said_is_a_refused_row_and_disturbs_nothing(
    bench: Bench, move: FeedMove, field: str, rule: str
) -> None:
    """Every bar that closed is handed over once, in order, before and behind it."""
    feed = bench.opened()
    bench.source.do(move)
    bench.source.do(FeedMove.TELL)
    bench.source.do(FeedMove.TELL)
    got: list[Bar] = [*PAST, bench.source.book[3]]
    refused: list[FeedItem] = []
    while len(got) < len(bench.source.book):
        before, bar = until_a_bar(feed)
        refused += before
        got.append(bar)
    assert got == list(bench.source.book)
    (row,) = refused
    assert isinstance(row, RefusedRow)
    assert row.source == "LoopbackFeed"
    assert row.field == field
    assert rule in row.rule


def test_every_move_is_tried_here() -> None:
    """A move that nobody makes proves nothing."""
    elsewhere = {FeedMove.TELL, FeedMove.PAUSE, FeedMove.RESUME, FeedMove.BURST, FeedMove.DROP, FeedMove.REFUSE}
    assert {move for move, _, _ in REFUSED} | elsewhere | {FeedMove.END} == set(FeedMove)


def test_a_source_that_pauses_is_silence(bench: Bench) -> None:
    """And what it held back is told when it goes on."""
    feed = bench.opened()
    bench.source.do(FeedMove.PAUSE)
    bench.source.do(FeedMove.PAUSE)
    bench.source.do(FeedMove.TELL)
    assert feed.next(NOW) == Silence(until=NOW)
    bench.source.do(FeedMove.RESUME)
    assert feed.next() == bench.source.book[-1]


def test_a_bar_that_is_due_and_does_not_come_is_noticed_by_time_alone(bench: Bench) -> None:
    """The feed says that nothing came, and the calendar what should have: at every look, without any tick."""
    feed = bench.opened()
    bench.source.do(FeedMove.PAUSE)
    bench.source.do(FeedMove.TELL)
    rig = Rig(journal=MemoryJournal())
    for bar in bench.source.book[:4]:
        rig.step(bar)
    last = bench.source.book[3].ts_event
    for seconds, missed in ((30, 0), (60, 1), (150, 2)):
        now = last + timedelta(seconds=seconds)
        rig.step(feed.next(now), now)
        proposal = rig.decisions[-1].proposal
        assert proposal is not None
        assert (proposal.code, proposal.numbers) == (Reason.NO_NEW_BAR, {"until": now.isoformat(), "missed": missed})


def test_a_source_that_dies_and_comes_back_is_found_again(bench: Bench) -> None:
    """On its port, with everything that closed while it was away."""
    feed = bench.opened(attempts=3)
    past = bench.source.book
    bench.source.close()
    with pytest.raises(AdapterUnavailable):
        feed.next()
    assert bench.retries.wait(SECONDS)
    missed = bars(3, first=past[-1].ts_event + A_MINUTE, seed=2)
    with FeedSource((*past, *missed), port=bench.port):
        bench.go_on.set()
        assert [feed.next() for _ in missed] == list(missed)
        feed.close()


def test_after_a_connection_that_broke_nothing_is_missing(bench: Bench) -> None:
    """Whatever closed before it was made anew is fetched; it is nobody's fault."""
    feed = bench.opened()
    bench.source.do(FeedMove.DROP)
    for _ in range(3):
        bench.source.do(FeedMove.TELL)
    assert [feed.next() for _ in range(3)] == list(bench.source.book[4:])
    assert bench.source.wait_for_joins(2)
    bench.source.do(FeedMove.TELL)
    assert feed.next() == bench.source.book[-1]
    assert feed.cursor().items == 8
    assert "a connection was lost: AdapterUnavailable" in feed.notes


def test_a_source_that_lets_nobody_in_is_a_fault_once_and_is_tried_again(bench: Bench) -> None:
    """Trading halts with it; watching goes on when it is back, with everything that closed meanwhile."""
    feed = bench.opened(attempts=3)
    bench.source.do(FeedMove.REFUSE)
    bench.source.do(FeedMove.TELL)
    with pytest.raises(AdapterUnavailable, match=r"\(3 attempts\)"):
        feed.next()
    assert bench.retries.wait(SECONDS)
    assert feed.next(NOW) == Silence(until=NOW)
    bench.source.do(FeedMove.RESUME)
    bench.go_on.set()
    assert feed.next() == bench.source.book[-1]


def test_a_burst_halts_with_a_code_of_its_own(bench: Bench) -> None:
    """The journal says FEED_OVERFLOW, and behind the halt nothing more is handed over."""
    feed = bench.opened(queue_items=50)
    (reader,) = [each for each in threading.enumerate() if each.name == "interlock-feed-TEST"]
    bench.source.do(FeedMove.BURST)
    reader.join(SECONDS)
    rig = Rig(journal=MemoryJournal())
    for _ in range(2):
        with pytest.raises(QueueOverflow) as raised:
            feed.next(NOW)
        rig.cycle.note(FaultObserved(fault=Fault.of(raised.value, where="market_data")), NOW)
    assert rig.view.trading_state is TradingState.HALTED
    assert rig.view.trading_state_code == Reason.FEED_OVERFLOW
    cursor = feed.cursor()
    feed.open(after=cursor)
    assert feed.next() == bench.source.book[-1], "nothing is missing where it was opened anew"


def test_the_end_of_the_script_ends_the_feed(bench: Bench) -> None:
    """Its last bar stands in it."""
    feed = bench.opened(ends=True)
    assert not feed.is_endless
    bench.source.do(FeedMove.END)
    assert feed.next() == EndOfData(ts_event=bench.source.book[-1].ts_event)


def test_a_table_of_market_data_makes_one_that_waits_for_real(bench: Bench, tmp_path: Path) -> None:
    """As a configuration does; nothing is connected before it is opened, and an attempt that fails is waited after."""
    options = LoopbackFeedOptions(port=bench.port, attempts=2, backoff_seconds=Decimal("0.001"))
    feed = LoopbackFeed.from_options(
        options, instrument=an_instrument(), calendar=AlwaysOpen(), interval=A_MINUTE, folder=tmp_path
    )
    assert bench.source.joins == 0
    feed.open()
    assert feed.next() == PAST[-1]
    feed.close()
    bench.source.do(FeedMove.REFUSE)
    with pytest.raises(AdapterUnavailable):
        feed.open()
    assert feed.notes == ()


def test_it_describes_itself_alike_after_a_restart(bench: Bench) -> None:
    """A source that is started again has another port."""
    with FeedSource() as other:
        feed = LoopbackFeed(LoopbackFeedOptions(port=other.port), instrument=an_instrument(), interval=A_MINUTE)
        assert feed.describe() == bench.feed().describe() == "loopback feed of TEST, 60 s bars"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"limit_seconds": Decimal(1_000_000), "bars_missed": 0}, Reason.BARS_MISSED),
        ({"limit_seconds": Decimal(60), "bars_missed": 1_000}, Reason.DATA_STALE),
    ],
)
def test_no_entry_comes_of_the_past(limits: dict[str, Any], code: Reason) -> None:
    """Each of the two limits alone denies every bar but the newest: behind it there are bars that have closed."""
    past = bars(10, first=MONDAY.open + A_MINUTE)
    now = past[-1].ts_event + timedelta(seconds=10)
    rig = Rig(*[BUY] * 10, journal=MemoryJournal(), policy=a_policy(data_age=limits))
    with FeedSource(past) as source:
        feed = LoopbackFeed(
            LoopbackFeedOptions(port=source.port),
            instrument=an_instrument(),
            interval=A_MINUTE,
            surroundings=Surroundings(now=lambda: now),
        )
        feed.prepare(lookback=10)
        feed.open()
        for _ in past:
            rig.step(feed.next(now), now)
        feed.close()
    *early, newest = rig.decisions
    assert len(early) == 9
    for decision in early:
        assert decision.outcome is Outcome.DENIED
        assert code in [finding.code for finding in decision.findings if finding.verdict is Verdict.DENY]
    assert newest.outcome is Outcome.APPROVED
    assert rig.view.orders_submitted == 1


def test_a_strategy_waits_for_its_window(bench: Bench) -> None:
    """Where the source has less of a past than is looked back over, it fills with what comes."""
    strategy = MovingAverageCross(MovingAverageCrossParameters(fast=2, slow=5, quantity=Decimal(1)))
    rig = Rig(journal=MemoryJournal(), strategy=strategy)
    feed = bench.feed()
    feed.prepare(lookback=strategy.lookback)
    feed.open()
    for number in range(6):
        if number >= len(PAST):
            bench.source.do(FeedMove.TELL)
        rig.step(feed.next())
    codes = [decision.code for decision in rig.decisions]
    assert codes[:4] == [Reason.WINDOW_NOT_FULL] * 4
    assert Reason.WINDOW_NOT_FULL not in codes[4:]


def test_a_run_that_goes_on_catches_up_without_deciding_in_the_past(bench: Bench) -> None:
    """What was missed comes first, denied by its age; then the present, and the window has no gap."""
    feed = bench.opened()
    cursor = feed.cursor()
    feed.close()
    rig = Rig(*[BUY] * 8, journal=MemoryJournal(), policy=a_policy(data_age={"limit_seconds": Decimal(10_000)}))
    for bar in bench.source.book:
        rig.step(bar)
    for _ in range(4):
        bench.source.do(FeedMove.TELL)
    now = bench.source.book[-1].ts_event
    other = bench.feed()
    other.open(after=cursor)
    for bar in bench.source.book[4:]:
        assert other.next(NOW + A_MINUTE) == bar
        rig.step(bar, now)
    outcomes = [decision.outcome for decision in rig.decisions[4:]]
    assert outcomes[:3] == [Outcome.DENIED] * 3
    assert rig.view.bars[-1] == bench.source.book[-1]
    assert rig.view.bars_missed == 0
