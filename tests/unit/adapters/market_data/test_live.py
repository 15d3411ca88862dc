"""The base of live feeds, over a source that is a list: what each connection says, or raises, in order.

Time, waiting and chance are the test's own: nothing here sleeps to be right.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.market_data import live_reader
from interlock.adapters.market_data.live import LiveFeed
from interlock.adapters.market_data.live_attempts import Surroundings
from interlock.adapters.market_data.live_reader import REST_SECONDS
from interlock.adapters.market_data.live_source import Connection, Ended, LiveOptions, Raw, Unreadable
from interlock.adapters.market_data.splits import WithSplits
from interlock.core.faults import AdapterUnavailable, ConfigurationError, QueueOverflow
from interlock.core.market import Bar, Cursor, DeclaredSplit, EndOfData, FeedItem, RefusedRow, Silence
from interlock.testing.builders import A_MINUTE, A_TIME, an_instrument, bars

SECONDS = 20.0
NOW = datetime(2030, 1, 1, tzinfo=UTC)

Said = Raw | Exception | None


class Listed(Connection):
    """Says what is listed, then nothing, until it is interrupted."""

    def __init__(self, said: Iterable[Said]) -> None:
        self._said = deque(said)
        self.silent = Event()
        self.interrupted = Event()
        self.closes = 0

    @override
    def read(self, timeout: float) -> Raw | None:
        if not self._said:
            self.silent.set()
            self.interrupted.wait(timeout)
            return None
        said = self._said.popleft()
        if isinstance(said, Exception):
            raise said
        return said

    @override
    def interrupt(self) -> None:
        self.interrupted.set()

    @override
    def close(self) -> None:
        self.closes += 1


class World:
    """Time, waiting and chance as a test wants them."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now
        self.seconds = 0.0
        self.chance = 1.0
        self.waits: list[float] = []

    @property
    def surroundings(self) -> Surroundings:
        """What is handed in."""
        return Surroundings(
            now=lambda: self.at, monotonic=lambda: self.seconds, pause=self._pause, chance=lambda: self.chance
        )

    def _pause(self, stop: Event, seconds: float) -> bool:
        if seconds != REST_SECONDS:
            self.waits.append(seconds)
        return stop.is_set()


class ListedFeed(LiveFeed):
    """``connections``: what each in its turn says; an exception is raised while connecting. ``history`` likewise; the
    last of both stays."""

    def __init__(
        self,
        *connections: Sequence[Said] | Exception,
        history: Sequence[Sequence[Raw] | Exception] = ((),),
        world: World | None = None,
        interval: timedelta = A_MINUTE,
        **options: Any,
    ) -> None:
        self.world = world if world is not None else World()
        super().__init__(
            LiveOptions(**options), instrument=an_instrument(), interval=interval, surroundings=self.world.surroundings
        )
        self._connections = deque(connections)
        self._histories = deque(history)
        self.made: list[Listed] = []
        self.tries = 0
        self.asked: list[int] = []

    @override
    def connect(self) -> Connection:
        self.tries += 1
        said = self._connections.popleft() if self._connections else ()
        if isinstance(said, Exception):
            raise said
        self.made.append(Listed(said))
        return self.made[-1]

    @override
    def warm_up(self, count: int) -> Sequence[Raw]:
        self.asked.append(count)
        told = self._histories.popleft() if len(self._histories) > 1 else self._histories[0]
        if isinstance(told, Exception):
            raise told
        return told

    @override
    def describe(self) -> str:
        return "a list"


def some_bars(count: int, first: int = 0) -> tuple[Bar, ...]:
    """Minute bars number ``first`` and following of one walk."""
    return bars(first + count, first=A_TIME)[first:]


def taken(feed: LiveFeed, count: int) -> list[FeedItem]:
    """The next ``count`` items; each is waited for."""
    return [feed.next() for _ in range(count)]


def whole(feed: LiveFeed) -> list[FeedItem]:
    """Open it, take everything until its end, and close it."""
    feed.open()
    items: list[FeedItem] = []
    try:
        while not isinstance(item := feed.next(), EndOfData):
            items.append(item)
    finally:
        feed.close()
    return items


def reader_of(feed: LiveFeed) -> threading.Thread:
    """The thread that reads for ``feed``."""
    reader = feed._reader
    assert reader is not None
    assert reader._thread is not None
    return reader._thread


def until_it_ends(feed: LiveFeed) -> None:
    """Wait until the thread that reads has ended by itself."""
    thread = reader_of(feed)
    thread.join(SECONDS)
    assert not thread.is_alive()


END = Ended()


def test_history_comes_first_and_what_a_subscription_repeats_of_it_is_passed_over() -> None:
    """Nothing falls between the two, and nothing is handed over twice."""
    past = some_bars(5)
    feed = ListedFeed([*past[3:], *some_bars(2, first=5), END], history=[past])
    feed.prepare(lookback=5)
    assert whole(feed) == list(some_bars(7))
    assert feed.asked == [5]
    assert feed.cursor() == Cursor(items=7, ts_event=some_bars(7)[-1].ts_event)


def test_after_a_lost_connection_what_was_missed_is_fetched() -> None:
    """As far back as was missed, be it more than anybody looks back; what we have already is passed over."""
    seen, missed, later = some_bars(3), some_bars(10, first=3), some_bars(1, first=13)
    world = World(now=missed[-1].ts_event)
    feed = ListedFeed(
        [*seen[1:], ConnectionResetError()], [*later, END], history=[seen[:1], (*seen, *missed)], world=world
    )
    feed.prepare(lookback=2)
    items = whole(feed)
    assert items[:13] == [*seen, *missed]
    assert isinstance(items[13], RefusedRow), "a minute ahead of the clock"
    assert feed.asked == [2, 11]


def test_a_run_that_goes_on_is_handed_what_came_since() -> None:
    """Behind the cursor, in order; the count of items goes on."""
    every = some_bars(8)
    feed = ListedFeed([every[7], END], history=[every[1:7]])
    feed.open(after=Cursor(items=40, ts_event=every[3].ts_event))
    assert taken(feed, 4) == list(every[4:])
    assert feed.next() == EndOfData(ts_event=every[7].ts_event)
    assert feed.cursor() == Cursor(items=44, ts_event=every[7].ts_event)
    feed.close()


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_attempts_are_bounded_and_their_distance_doubles_by_chance(chance: float, share: float) -> None:
    """Up to its bound; then it is told once, and tried again after a longer while. Bars go on from there."""
    world = World()
    world.chance = chance
    refused = [ConnectionRefusedError()] * 5
    first, second = some_bars(2)
    feed = ListedFeed(
        [first, TimeoutError()],
        *refused,
        [second],
        world=world,
        attempts=5,
        backoff_seconds=Decimal(2),
        backoff_seconds_max=Decimal(10),
        retry_seconds=Decimal(700),
    )
    feed.open()
    assert feed.next() == first
    with pytest.raises(AdapterUnavailable, match=r"the live source was lost \(5 attempts\): ConnectionRefusedError"):
        feed.next()
    assert feed.next() == second
    assert world.waits == [*(share * seconds for seconds in (2, 4, 8, 10)), 700]
    assert feed.tries == 7
    assert feed.notes[-1] == "attempt 4 of 5 to keep a connection: ConnectionRefusedError"
    feed.close()


def test_a_source_that_cannot_be_reached_at_the_start_is_told_after_every_attempt() -> None:
    """Nothing was begun: no thread is left, and it may be opened again."""
    feed = ListedFeed(*[AdapterUnavailable("x")] * 3, [END], attempts=3)
    with pytest.raises(AdapterUnavailable, match=r"a list: it cannot be reached \(3 attempts\): AdapterUnavailable"):
        feed.open()
    assert feed.world.waits == [1, 2]
    with pytest.raises(RuntimeError, match="not open"):
        feed.next()
    assert whole(feed) == []


def test_what_the_file_has_to_put_right_is_not_tried_again() -> None:
    """A wrong key stays wrong."""
    feed = ListedFeed(ConfigurationError("the key"))
    with pytest.raises(ConfigurationError, match="the key"):
        feed.open()
    assert feed.tries == 1


def test_a_connection_whose_history_cannot_be_fetched_is_let_go() -> None:
    """And made anew."""
    feed = ListedFeed([], [END], history=[OSError(), some_bars(1)])
    assert whole(feed) == list(some_bars(1))
    assert [each.closes for each in feed.made] == [1, 1]


def test_connections_that_bring_nothing_new_are_attempts() -> None:
    """A source that lets all in and hangs up at once is not asked without end; one new bar begins the count anew."""
    first, second, third = some_bars(3)
    lost = ConnectionResetError()
    feed = ListedFeed([first, lost], [first, lost], [second, lost], [lost], [lost], [third], attempts=2, world=World())
    feed.open()
    assert taken(feed, 2) == [first, second]
    with pytest.raises(AdapterUnavailable):
        feed.next()
    assert feed.next() == third
    assert feed.world.waits == [1, 1, 300]
    feed.close()


def test_a_row_that_does_not_fit_halts_instead_of_being_dropped() -> None:
    """From then on nothing is handed over; opened again, it begins behind what was, and nothing is missing."""
    every = some_bars(9)
    feed = ListedFeed(every[1:], [END], history=[every[:1], every], queue_items=4)
    feed.prepare(lookback=9)
    feed.open()
    until_it_ends(feed)
    for _ in range(3):
        with pytest.raises(QueueOverflow, match="more than 4 rows waited"):
            feed.next()
    assert feed.made[0].closes == 1
    cursor = feed.cursor()
    feed.open(after=cursor)
    assert taken(feed, 9) == list(every)
    feed.close()


def test_the_word_that_a_source_is_lost_is_not_dropped_either() -> None:
    """Where even that does not fit, the queue counts as full."""
    (bar,) = some_bars(1)
    feed = ListedFeed([bar, KeyError()], history=[()], queue_items=2)
    feed.open()
    until_it_ends(feed)
    with pytest.raises(QueueOverflow):
        feed.next()
    feed.close()


def test_what_the_adapter_raises_stands_in_its_order_and_stays() -> None:
    """First the bars that came before it; then the fault, with the place at which it was raised, at every call."""
    (bar,) = some_bars(1)
    feed = ListedFeed([bar, ZeroDivisionError("mine")])
    feed.open()
    assert feed.next() == bar
    depths = []
    for _ in range(3):
        with pytest.raises(ZeroDivisionError, match="mine") as raised:
            feed.next()
        depths.append(len(raised.traceback))
    assert len(set(depths[1:])) == 1, "it must not grow"
    assert not reader_of(feed).is_alive()
    feed.close()


def test_a_line_that_says_nothing_for_too_long_counts_as_lost() -> None:
    """A dead line cannot be told from a quiet market: asking again tells them apart."""
    first, second = some_bars(2)

    class Quiet(World):
        @override
        def _pause(self, stop: Event, seconds: float) -> bool:
            self.seconds += 30 if seconds == REST_SECONDS else seconds
            return super()._pause(stop, seconds)

    feed = ListedFeed([first, None, None, None, None], [END], history=[(), (first, second)], world=Quiet())
    feed._live_options = LiveOptions(quiet_seconds=Decimal(60))
    assert whole(feed) == [first, second]
    assert [each.closes for each in feed.made] == [1, 1]
    assert feed.asked == [1, live_reader.HISTORY_BARS_MAX], "ten years were missed; nobody can take so many"


def test_a_bar_that_does_not_come_is_a_silence_until_the_deadline() -> None:
    """At once where the deadline has come: the loop sleeps, not the feed."""
    feed = ListedFeed()
    feed.open()
    assert feed.next(NOW) == Silence(until=NOW)
    assert feed.next(NOW - A_MINUTE) == Silence(until=NOW - A_MINUTE)
    assert feed.next(NOW + timedelta(milliseconds=1)) == Silence(until=NOW + timedelta(milliseconds=1))
    feed.close()
    with pytest.raises(RuntimeError, match="not open"):
        feed.next(NOW)


def test_it_waits_until_the_deadline_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at all for one that has passed; five seconds at most for one that is far, or where there is none."""
    waits: list[float] = []
    monkeypatch.setattr(live_reader.Reader, "take", lambda _, seconds: waits.append(seconds))
    feed = ListedFeed()
    feed.open()
    for deadline in (NOW - A_MINUTE, NOW, NOW + timedelta(seconds=2), NOW + A_MINUTE, None):
        feed.next(deadline)
    assert waits == [0, 0, 2, 5, 5]
    feed.close()


def test_without_a_deadline_it_waits_no_longer_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is silent until now."""
    monkeypatch.setattr("interlock.adapters.market_data.live.WAIT_SECONDS_MAX", 0.01)
    feed = ListedFeed()
    feed.open()
    assert feed.next() == Silence(until=NOW)
    assert feed.next(NOW + A_MINUTE) == Silence(until=NOW + A_MINUTE)
    feed.close()


def test_after_the_end_it_ends() -> None:
    """It is endless unless its source says otherwise; and nothing is said behind the end."""
    feed = ListedFeed([END])
    assert feed.is_endless
    assert feed.is_live
    feed.open()
    assert [feed.next(), feed.next()] == [EndOfData(ts_event=None)] * 2
    until_it_ends(feed)
    feed.close()
    assert feed.notes == ()


def test_a_bar_of_tomorrow_does_not_shut_out_those_of_today() -> None:
    """It is refused, in the stream as in history, and what follows is judged as if it had not been."""
    today = some_bars(3)
    tomorrow = some_bars(1, first=1440)
    world = World(now=today[-1].ts_event)
    feed = ListedFeed([*tomorrow, *today[2:], END], history=[(*today[:1], *tomorrow, *today[1:2])], world=world)
    feed.prepare(lookback=3)
    items = whole(feed)
    assert [item for item in items if isinstance(item, Bar)] == list(today)
    refused = [item for item in items if isinstance(item, RefusedRow)]
    assert [(item.field, item.rule) for item in refused] == [
        ("time", f"a bar must not be later than now ({world.at:%Y-%m-%dT%H:%M:%SZ})")
    ] * 2


def test_a_history_that_is_late_is_asked_again() -> None:
    """The bar that we had last may not have reached it yet."""
    every = some_bars(4)
    feed = ListedFeed([], [], [END], history=[every[:2], every[:2], every])
    feed.open(after=Cursor(items=3, ts_event=every[2].ts_event))
    assert feed.next() == every[3]
    assert feed.world.waits == [1, 2]
    feed.close()


def test_a_history_that_stays_behind_what_was_told_is_of_another_source() -> None:
    """At the start it refuses; in mid-run it is a fault, like a source that is lost."""
    every = some_bars(4)
    feed = ListedFeed(history=[every[:2]], attempts=2)
    with pytest.raises(ConfigurationError, match="or it has lost what it told"):
        feed.open(after=Cursor(items=3, ts_event=every[2].ts_event))
    assert [each.closes for each in feed.made] == [1, 1]
    running = ListedFeed(
        [every[2], OSError()], [], [], [every[3]], history=[every[:2], every[:1], every[:1], every[:3]]
    )
    running._live_options = LiveOptions(attempts=2)
    running.prepare(lookback=3)
    running.open()
    assert taken(running, 3) == list(every[:3])
    with pytest.raises(AdapterUnavailable, match="HistoryBehind"):
        running.next()
    assert running.next() == every[3]
    running.close()


def test_an_empty_history_says_nothing_about_a_cursor() -> None:
    """There are sources without one: then the stream alone tells how it goes on."""
    every = some_bars(3)
    feed = ListedFeed([*every, END])
    feed.open(after=Cursor(items=2, ts_event=every[1].ts_event))
    assert feed.next() == every[2]
    feed.close()


def test_no_more_history_is_taken_than_was_asked_for() -> None:
    """The newest of it: what a source sends beyond would have no bound."""
    feed = ListedFeed([END], history=[some_bars(9)])
    feed.prepare(lookback=3)
    assert whole(feed) == list(some_bars(9)[-3:])


def test_closing_is_bounded_whatever_the_source_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that hangs is left to its thread, which keeps no process alive; what it says later reaches nobody."""
    monkeypatch.setattr(live_reader, "END_SECONDS", 0.01)
    hangs, goes_on = Event(), Event()

    class Hanging(Listed):
        @override
        def read(self, timeout: float) -> Raw | None:
            hangs.set()
            goes_on.wait(SECONDS)
            return some_bars(1)[0]

    class HangingFeed(ListedFeed):
        @override
        def connect(self) -> Connection:
            return Hanging([])

    feed = HangingFeed()
    feed.open()
    assert hangs.wait(SECONDS)
    thread = reader_of(feed)
    assert thread.daemon
    feed.close()
    assert thread.is_alive()
    goes_on.set()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_a_read_that_waits_is_woken_when_it_is_closed() -> None:
    """Nobody waits for the rest of its time."""
    feed = ListedFeed()
    feed.open()
    (connection,) = feed.made
    assert connection.silent.wait(SECONDS)
    feed.close()
    assert connection.interrupted.is_set()
    assert connection.closes == 1
    feed.close()


def test_a_stop_ends_the_attempts() -> None:
    """Nobody waits for a source any more."""
    stopped = Event()

    class Stopping(World):
        @override
        def _pause(self, stop: Event, seconds: float) -> bool:
            super()._pause(stop, seconds)
            if seconds != REST_SECONDS:
                stopped.set()
                return stop.wait(SECONDS)
            return stop.is_set()

    feed = ListedFeed([OSError()], world=Stopping(), retry_seconds=Decimal(5))
    feed.open()
    assert stopped.wait(SECONDS)
    feed.close()
    assert feed.tries == 1
    assert feed.world.waits == [1]


def test_an_unreadable_line_is_a_refused_row() -> None:
    """It names the class of the feed, and counts what was said from 1."""
    (bar,) = some_bars(1)
    feed = ListedFeed([bar, Unreadable(value="\x00" * 200, rule="no JSON"), END])
    refused = whole(feed)[1]
    assert isinstance(refused, RefusedRow)
    assert (refused.source, refused.line, refused.field, refused.rule) == ("ListedFeed", 2, "line", "no JSON")
    assert len(refused.value) <= 80


def test_declared_splits_are_refused_around_a_live_feed() -> None:
    """Whether one was handed over before a restart, such a feed could not tell: it might be applied twice."""
    splits = (DeclaredSplit(ex_date=date(2020, 1, 3), ratio=Decimal(2)),)
    with pytest.raises(ConfigurationError, match="found 1 with a live feed"):
        WithSplits(ListedFeed(), an_instrument(splits=splits), AlwaysOpen())
