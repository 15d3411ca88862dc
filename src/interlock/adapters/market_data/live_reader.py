"""The thread that reads a live source: it connects, fetches history, reads, and connects again, within bounds.

Whatever it reads goes into a queue of bounded size, in the order in which it was said; so does the word that the source
is gone. What does not fit is not dropped in silence: from then on the queue counts as broken.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Final, Protocol

import tenacity
from attrs import frozen

from interlock.adapters.market_data.live_attempts import LOST, Surroundings, in_a_row
from interlock.adapters.market_data.live_order import newest
from interlock.adapters.market_data.live_rows import LiveRows, Row
from interlock.adapters.market_data.live_source import Connection, Ended, LiveOptions, Raw
from interlock.core.faults import AdapterUnavailable

# How long one read waits, so that a stop is heard; and the rest after one in which nothing came, were it shorter.
READ_SECONDS: Final = 1.0
REST_SECONDS: Final = 0.01
# How long it is waited for at the end. A source that hangs longer is left to its thread, which keeps no process alive.
END_SECONDS: Final = 5.0
HISTORY_BARS_MAX: Final = 10_000
NOTES_KEPT: Final = 16


class Source(Protocol):
    """What the reader asks for."""

    def connect(self) -> Connection:
        """A new subscription."""
        ...

    def warm_up(self, count: int) -> Sequence[Raw]:
        """The newest ``count`` bars that closed, oldest first."""
        ...


class HistoryBehind(AdapterUnavailable):
    """The source's history ends before what it told already: it may only be late."""


@frozen(kw_only=True)
class Joined:
    """A connection was made; this is what closed before it."""

    history: tuple[Row, ...]


@frozen(kw_only=True)
class Raised:
    """What is to be raised where the reading stands, once; or, where ``is_final``, from there on."""

    error: BaseException
    is_final: bool


Entry = Row | Joined | Raised | Ended


class Reader:
    """Reads ``source`` from ``begin`` on, in a thread of its own, until ``end``."""

    def __init__(
        self, source: Source, rows: LiveRows, options: LiveOptions, around: Surroundings, *, interval: timedelta
    ) -> None:
        self._source, self._rows, self._options, self._around = source, rows, options, around
        self._interval = interval
        self._queue: Queue[Entry] = Queue(options.queue_items)
        self._stop = Event()
        self._thread: Thread | None = None
        self._connection: Connection | None = None
        self._newest: datetime | None = None
        self._lookback = 1
        self.has_overflowed = False
        self.notes: deque[str] = deque(maxlen=NOTES_KEPT)

    def begin(self, *, after: datetime | None, lookback: int) -> None:
        """Connect, and fetch the history, before this returns; read from then on. Raises what the source raises, and
        a lost connection only after every attempt."""
        self._newest, self._lookback = after, lookback
        self._retrying()(self._join)
        self._thread = Thread(target=self._run, name=f"interlock-feed-{self._rows.instrument}", daemon=True)
        self._thread.start()

    def take(self, seconds: float) -> Entry | None:
        """The next entry; None when there is none within ``seconds``."""
        try:
            return self._queue.get(timeout=seconds) if seconds > 0 else self._queue.get_nowait()
        except Empty:
            return None

    def end(self) -> None:
        """Stop reading. Bounded; may be called twice."""
        self._stop.set()
        connection, thread = self._connection, self._thread
        if thread is not None:
            if connection is not None:
                connection.interrupt()
            thread.join(END_SECONDS)

    def _retrying(self) -> tenacity.Retrying:
        return in_a_row(self._options, self._around, self._stop, self.notes.append)

    def _join(self) -> None:
        """Subscribe, then fetch what closed before: in this order nothing falls between the two."""
        connection = self._connection = self._source.connect()
        try:
            history = self._history()
            self._put(Joined(history=history))
        except BaseException:
            self._connection = None
            connection.close()
            raise

    def _history(self) -> tuple[Row, ...]:
        count = self._lookback
        if self._newest is not None:
            # What was missed since, and if that is not much, as far back as anybody looks.
            count = max(count, (self._around.now() - self._newest) // self._interval + 1)
        count = min(count, HISTORY_BARS_MAX)
        told = self._source.warm_up(count)
        rows = tuple(self._rows.read(raw) for raw in told[-count:])
        ends = newest(rows)
        if ends is not None and self._newest is not None and ends < self._newest:
            raise HistoryBehind(f"its history ends at {ends}, and a bar of {self._newest} was told before")
        self._seen(ends)
        return rows

    def _seen(self, closed: datetime | None) -> bool:
        """Whether that is news."""
        if closed is None or (self._newest is not None and closed <= self._newest):
            return False
        self._newest = closed
        return True

    def _run(self) -> None:
        try:
            while not self._stop.is_set():  # ends: when it is stopped; every turn without news has paused
                try:
                    self._retrying()(self._session)
                except LOST as error:
                    if not self._stop.is_set():
                        self._put(Raised(error=_unavailable(error, self._options.attempts), is_final=False))
                        self._around.pause(self._stop, float(self._options.retry_seconds))
        except Full:
            self.has_overflowed = True
        except BaseException as error:  # noqa: BLE001 - whatever it is, whoever takes the next item is told
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        try:
            self._put(Raised(error=error, is_final=True))
        except Full:
            self.has_overflowed = True

    def _session(self) -> None:
        """One connection from its beginning to its end. Raises when it was lost and had brought nothing new."""
        if self._stop.is_set():
            return  # it was told so while it waited for this attempt
        began, before = self._around.monotonic(), self._newest
        try:
            if self._connection is None:
                self._join()
            self._listen()
        except LOST as error:
            lasted = self._around.monotonic() - began >= float(self._options.backoff_seconds_max)
            if not lasted and self._newest == before:
                raise
            self.notes.append(f"a connection was lost: {type(error).__name__}")
        finally:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _listen(self) -> None:
        connection = self._connection
        assert connection is not None
        heard = self._around.monotonic()
        while not self._stop.is_set():  # ends: when it is stopped, or when the connection is lost
            raw = connection.read(READ_SECONDS)
            if isinstance(raw, Ended):
                self._put(raw)
                self._stop.set()
            elif raw is not None:
                heard = self._around.monotonic()
                row = self._rows.read(raw)
                self._put(row)
                self._seen(newest((row,)))
            elif self._around.monotonic() - heard >= float(self._options.quiet_seconds):
                raise AdapterUnavailable(f"nothing was heard for {self._options.quiet_seconds} s")
            else:
                self._around.pause(self._stop, REST_SECONDS)

    def _put(self, entry: Entry) -> None:
        """Raises ``Full``: nobody waits here, for a source does not wait either."""
        self._queue.put_nowait(entry)


def _unavailable(error: BaseException, attempts: int) -> AdapterUnavailable:
    unavailable = AdapterUnavailable(f"the live source was lost ({attempts} attempts): {type(error).__name__}")
    unavailable.__cause__ = error
    return unavailable
