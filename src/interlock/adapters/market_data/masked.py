"""A decorator that takes secrets out of whatever a source says beside its prices."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from typing_extensions import override

from interlock.core.market import Cursor, FeedItem
from interlock.core.ports import MarketDataPort
from interlock.masking import mask_error, masked_value

_T = TypeVar("_T")


class MaskedFeed(MarketDataPort):
    """``feed``, of which nothing that is recorded or told holds a secret: no refused row, no note, no error.

    It stands right around the adapter, inside of everything else that wraps it. What it raises is what the adapter
    raised, with other words.
    """

    def __init__(self, feed: MarketDataPort) -> None:
        self._feed = feed
        # What it says of itself it says of this.
        given: Any = self
        given.is_live, given.is_io = feed.is_live, feed.is_io

    def _asked(self, ask: Callable[[], _T]) -> _T:
        try:
            return masked_value(ask())
        except Exception as error:
            mask_error(error)
            raise

    @override
    def open(self, *, after: Cursor | None = None) -> None:
        self._asked(lambda: self._feed.open(after=after))

    @override
    def prepare(self, *, lookback: int) -> None:
        self._asked(lambda: self._feed.prepare(lookback=lookback))

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        return self._asked(lambda: self._feed.next(deadline))

    @override
    def cursor(self) -> Cursor:
        return self._asked(self._feed.cursor)

    @override
    def describe(self) -> str:
        return self._asked(self._feed.describe)

    @override
    def close(self) -> None:
        self._asked(self._feed.close)

    @property
    @override
    def is_endless(self) -> bool:
        return self._asked(lambda: self._feed.is_endless)

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self._asked(lambda: self._feed.notes)

    @override
    def progress(self) -> float | None:
        return self._asked(self._feed.progress)
