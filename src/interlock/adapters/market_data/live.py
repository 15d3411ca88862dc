"""The base of every live feed: a thread that reads, a queue that is bounded, and the port's promises in front of it.

    source ──▶ Connection.read ──▶ rows ──▶ queue ──▶ order ──▶ next() ──▶ the loop
              (a thread of its own: live_reader)     (whoever asks)

Derive from ``LiveFeed`` and say how to connect, how to fetch history, and what the source is called.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import ClassVar, Final

from typing_extensions import override

from interlock.adapters.market_data.csv_rows import shown
from interlock.adapters.market_data.live_attempts import LOST, Surroundings
from interlock.adapters.market_data.live_order import LiveOrder
from interlock.adapters.market_data.live_reader import HistoryBehind, Joined, Raised, Reader
from interlock.adapters.market_data.live_rows import LiveRows, Row
from interlock.adapters.market_data.live_source import Connection, Ended, LiveOptions, Raw
from interlock.adapters.market_data.ordering import OrderProblem
from interlock.core.faults import AdapterUnavailable, ConfigurationError, QueueOverflow
from interlock.core.market import Cursor, EndOfData, FeedItem, Instrument, RefusedRow, Silence
from interlock.core.ports import MarketDataPort

# How long ``next`` waits where it is given no deadline, or a far one.
WAIT_SECONDS_MAX: Final = 5.0


class LiveFeed(MarketDataPort):
    """A feed whose source goes on while nobody asks. It is not read again from its start: it is asked what it missed.

    ``open`` connects, and fetches as many bars of the past as strategy and rules look back over, or as were missed
    since ``after``. They are handed over first, and by their age nothing is decided into the past on them: until the
    newest one, expected bars are missing behind each. After a lost connection it is the same.

    ``next`` never waits past ``deadline``: a bar that does not come is a ``Silence``, whatever the source does. It
    raises ``QueueOverflow``, from then on, once a row could not be kept; ``AdapterUnavailable``, once, each time that
    every attempt to connect has failed; and what the adapter itself raised, from then on. The cursor's time tells where
    to go on; its count of items is ours alone, and not held against the source.
    """

    is_live: ClassVar[bool] = True

    # Set by every ``open``.
    _items: int
    _order: LiveOrder
    # What closed before the present connection, and whether that is what is handed over now.
    _history: deque[Row]
    _in_history: bool
    _end: EndOfData | None
    _failed: tuple[BaseException, TracebackType | None] | None

    def __init__(
        self,
        options: LiveOptions,
        *,
        instrument: Instrument,
        interval: timedelta,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._live_options = options
        self._instrument = instrument
        self._interval = interval
        self._around = surroundings if surroundings is not None else Surroundings()
        self._lookback = 1
        self._reader: Reader | None = None
        self._begin(None)

    @abstractmethod
    def connect(self) -> Connection:
        """Subscribe, within a bounded time. Raises ``AdapterUnavailable`` or ``OSError`` when that may help again,
        ``ConfigurationError`` when the file has to be put right first."""

    @abstractmethod
    def warm_up(self, count: int) -> Sequence[Raw]:
        """The newest bars that have closed, oldest first: ``count``, or as many as there are. Within a bounded time.

        It is asked while a subscription stands. Raises as ``connect`` does.
        """

    @abstractmethod
    @override
    def describe(self) -> str: ...

    @override
    def prepare(self, *, lookback: int) -> None:
        self._lookback = max(1, lookback)

    @override
    def open(self, *, after: Cursor | None = None) -> None:
        self.close()
        self._begin(after)
        rows = LiveRows(source=type(self).__name__, instrument=self._instrument.symbol, now=self._around.now)
        reader = Reader(self, rows, self._live_options, self._around, interval=self._interval)
        try:
            reader.begin(after=self._order.last_ts, lookback=self._lookback)
        except HistoryBehind as error:
            raise ConfigurationError(
                f"{self.describe()}: {error}. This is not the source that was read before, or it has lost what it "
                "told: restore it, or begin a new journal."
            ) from error
        except LOST as error:
            attempts = self._live_options.attempts
            raise AdapterUnavailable(
                f"{self.describe()}: it cannot be reached ({attempts} attempts): {type(error).__name__}"
            ) from error
        self._reader = reader

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        if self._end is not None:
            return self._end
        reader = self._reader
        if reader is None:
            raise RuntimeError("the feed is not open: call open() before next()")
        ends = self._around.monotonic() + self._patience(deadline)
        while True:  # ends: with an item, or when none is there and the time is over
            if reader.has_overflowed:
                raise QueueOverflow(f"more than {self._live_options.queue_items} rows waited to be taken")
            if self._failed is not None:
                error, raised_at = self._failed
                raise error.with_traceback(raised_at)  # else it would grow at every call
            row = self._row(reader, ends)
            if row is None:
                return Silence(until=deadline if deadline is not None else self._around.now())
            if isinstance(row, EndOfData):
                self._end = row
                return row
            if (item := self._judged(row)) is not None:
                self._items += 1
                return item

    @override
    def cursor(self) -> Cursor:
        return Cursor(items=self._items, ts_event=self._order.last_ts)

    @override
    def close(self) -> None:
        if self._reader is not None:
            self._reader.end()
            self._reader = None

    @property
    @override
    def is_endless(self) -> bool:
        return True

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return tuple(self._reader.notes) if self._reader is not None else ()

    def _begin(self, after: Cursor | None) -> None:
        self._items = after.items if after is not None else 0
        self._order = LiveOrder(after.ts_event if after is not None else None)
        self._history = deque()
        self._in_history = False
        self._end = None
        self._failed = None

    def _patience(self, deadline: datetime | None) -> float:
        if deadline is None:
            return WAIT_SECONDS_MAX
        return min(max(0.0, (deadline - self._around.now()).total_seconds()), WAIT_SECONDS_MAX)

    def _row(self, reader: Reader, ends: float) -> Row | EndOfData | None:
        """The next row, history first; None when none came in time. Raises what the reader was told to tell."""
        while not self._history:  # ends: with a row, or when none comes in time
            entry = reader.take(ends - self._around.monotonic())
            match entry:
                case Joined(history=history):
                    self._order.joined()
                    self._in_history = True
                    self._history.extend(history)
                case Raised(error=error, is_final=is_final):
                    if is_final:
                        self._failed = error, error.__traceback__
                    raise error
                case Ended():
                    return EndOfData(ts_event=self._order.last_ts)
                case None:
                    return None
                case _:
                    if self._in_history:
                        self._in_history = False
                        self._order.joined()
                    return entry
        return self._history.popleft()

    def _judged(self, row: Row) -> Row | None:
        """What is handed over of ``row``: itself, the refusal that it becomes, or nothing."""
        if isinstance(row, RefusedRow):
            return row
        verdict = self._order.judge(row, streamed=not self._in_history)
        if isinstance(verdict, OrderProblem):
            return RefusedRow(
                source=type(self).__name__, line=0, field="time", value=shown(verdict.value), rule=shown(verdict.rule)
            )
        return verdict
