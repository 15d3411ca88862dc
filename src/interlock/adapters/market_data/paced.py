"""A decorator that lets recorded data happen no sooner than a clock says: PAPER on a file."""

from datetime import datetime

from typing_extensions import override

from interlock.adapters.market_data.wrapping import WrappingFeed
from interlock.core.market import Bar, Cursor, FeedItem, Silence, Split
from interlock.core.ports import Clock, MarketDataPort


class PacedFeed(WrappingFeed):
    """Hands an item of ``feed`` over once the domain ``clock`` has reached its ``ts_event``, and never waits.

    Asked earlier it answers ``Silence``: until ``deadline`` when the item is not due by then, else (it will be
    due before the deadline, or there is none) until now, for more cannot be said without waiting. Sleeping is
    the loop's affair. Refused rows, silence and the end have no time of their own and are due at once. At most
    one item is held back, and it is not counted in the cursor. Pace changes when items come, not what they are:
    it describes itself as ``feed`` does.
    """

    def __init__(self, feed: MarketDataPort, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self._held: Bar | Split | None = None
        self._cursor = Cursor()

    @override
    def open(self, *, after: Cursor | None = None) -> None:
        self._held = None
        self._feed.open(after=after)
        self._cursor = self._feed.cursor()

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        item: FeedItem
        if self._held is not None:
            item, self._held = self._held, None
        else:
            item = self._feed.next(deadline)
        if isinstance(item, Bar | Split):
            now = self._clock.now()
            if item.ts_event > now:
                self._held = item
                if deadline is not None and item.ts_event > deadline:
                    return Silence(until=deadline)
                return Silence(until=now)
        self._cursor = self._feed.cursor()
        return item

    @override
    def cursor(self) -> Cursor:
        return self._cursor

    @override
    def close(self) -> None:
        self._held = None
        self._feed.close()
