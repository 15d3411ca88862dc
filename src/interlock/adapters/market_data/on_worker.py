"""A decorator that keeps a source which hangs from keeping the run: it is called on a thread, with a deadline."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

from attrs import frozen
from typing_extensions import override

from interlock.adapters.worker import Call, Worker
from interlock.core.market import Cursor, FeedItem
from interlock.core.ports import MarketDataPort

# Opening may read the whole source, for its digest or to find its place again: so many times the deadline.
OPENING_DEADLINES: Final = 30

_T = TypeVar("_T")


@frozen(kw_only=True)
class _Told:
    """What the source tells of itself, as it was when its last call returned. Asked for on its own thread."""

    cursor: Cursor
    notes: tuple[str, ...]
    progress: float | None
    is_endless: bool


@frozen(kw_only=True)
class _Handed:
    """An item, and what the source told of itself right behind it."""

    item: FeedItem
    told: _Told


class OnWorker(MarketDataPort):
    """Calls ``feed`` on a worker, each call within ``seconds`` of real time, ``open`` and ``describe`` within
    ``OPENING_DEADLINES`` as many.

    A call that is late raises ``AdapterLate``, and so does, at once, every call while that one has not returned: none
    waits behind it. No item is lost: one that came late is handed over by the next ``next``, before any other. What
    is told of the source (cursor, notes, progress) is what it told when it handed over the last item.
    """

    # Nobody is kept by it, whatever it wraps.
    is_io: ClassVar[bool] = False

    def __init__(self, feed: MarketDataPort, seconds: float) -> None:
        self._feed = feed
        self.is_live = feed.is_live  # type: ignore[misc]  # what it is shows through: whoever asks means the feed
        self._worker = Worker("market data", seconds)
        self._told: _Told | None = None
        self._line: str | None = None
        self._came_late: Call[Any] | None = None

    @property
    def returned(self) -> int:
        """How many calls have returned in time."""
        return self._worker.returned

    @override
    def prepare(self, *, lookback: int) -> None:
        self._ask("prepare", lambda: self._feed.prepare(lookback=lookback))

    @override
    def open(self, *, after: Cursor | None = None) -> None:
        def opened() -> _Told:
            self._feed.open(after=after)
            return self._look()

        self._told = self._ask("open", opened, deadlines=OPENING_DEADLINES)
        # An item that came late was of the reading before: this one begins anew.
        self._came_late = None

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        def taken() -> _Handed:
            item = self._feed.next(deadline)
            return _Handed(item=item, told=self._look())

        self._settle()
        late, self._came_late = self._came_late, None
        found: object = late.outcome() if late is not None else None
        handed = found if isinstance(found, _Handed) else self._ask("next", taken)
        self._told = handed.told
        return handed.item

    @override
    def cursor(self) -> Cursor:
        return self._seen().cursor

    @override
    def describe(self) -> str:
        if self._line is None:
            self._line = self._ask("describe", self._feed.describe, deadlines=OPENING_DEADLINES)
        return self._line

    @property
    @override
    def is_endless(self) -> bool:
        return self._seen().is_endless

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self._seen().notes

    @override
    def progress(self) -> float | None:
        return self._seen().progress

    @override
    def close(self) -> None:
        """Bounded, and never an error where it is late: a source that hangs is closed when it returns."""
        self._worker.end(self._feed.close)

    def _ask(self, name: str, what: Callable[[], _T], *, deadlines: int = 1) -> _T:
        self._settle()
        return self._worker.ask(name, what, deadlines=deadlines)

    def _settle(self) -> None:
        """Take what the late call came to. Raises ``AdapterLate`` while it is out."""
        self._came_late = self._worker.back() or self._came_late

    def _seen(self) -> _Told:
        if self._told is None:
            self._told = self._ask("cursor", self._look)
        return self._told

    def _look(self) -> _Told:
        feed = self._feed
        return _Told(cursor=feed.cursor(), notes=feed.notes, progress=feed.progress(), is_endless=feed.is_endless)
