"""What every re-readable feed shares: counting what it hands over, and finding its place again."""

from abc import abstractmethod
from datetime import datetime

from typing_extensions import override

from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, Cursor, EndOfData, FeedItem, RefusedRow, Split
from interlock.core.ports import MarketDataPort


class CountedFeed(MarketDataPort):
    """A feed that resumes by reading its source again and passing over what was handed over before.

    An adapter says how to ``_begin`` at the start of its source and how to ``_take`` the next item; this class
    counts bars, refused rows and splits, keeps the cursor, and stays at the end once the end was reached.
    Silence is no item of the source and is not counted.

    ``open(after=cursor)`` raises ``ConfigurationError`` for a cursor that this source cannot have given: it is
    then not the source that was read before.
    """

    def __init__(self) -> None:
        self._items = 0
        self._last_ts: datetime | None = None
        self._end: EndOfData | None = None
        self._is_open = False

    @abstractmethod
    def _begin(self) -> None:
        """Be ready to hand over the first item. Called by every ``open``, a second one included."""

    @abstractmethod
    def _take(self, deadline: datetime | None) -> FeedItem:
        """The next item, counted by nobody yet."""

    @override
    def open(self, *, after: Cursor | None = None) -> None:
        self.close()
        self._items, self._last_ts, self._end = 0, None, None
        self._begin()
        self._is_open = True
        if after is not None:
            self._pass_over(after)

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        if self._end is not None:
            return self._end
        if not self._is_open:
            raise RuntimeError("the feed is not open: call open() before next()")
        item = self._take(deadline)
        if type(item) is Bar:
            self._items += 1
            self._last_ts = item.ts_event
        elif isinstance(item, RefusedRow | Split):
            self._items += 1
        elif isinstance(item, EndOfData):
            # Whatever the source says of its own end, the last bar is what a reader of the journal knows.
            self._end = item = EndOfData(ts_event=self._last_ts)
        return item

    @override
    def cursor(self) -> Cursor:
        return Cursor(items=self._items, ts_event=self._last_ts)

    @override
    def close(self) -> None:
        self._is_open = False

    def _pass_over(self, after: Cursor) -> None:
        while self._items < after.items:
            if isinstance(self.next(), EndOfData):
                break
        reached = self.cursor()
        if reached != after:
            self.close()
            raise ConfigurationError(
                f"{self.describe()}: item {after.items} was read from it before, the last bar at {after.ts_event}; "
                f"now it has {reached.items} items up to there, the last bar at {reached.ts_event}. "
                "This is not the source that was read before: restore it, or begin a new journal."
            )
