"""What every feed that wraps another has in common."""

from typing_extensions import override

from interlock.core.ports import MarketDataPort


class WrappingFeed(MarketDataPort):
    """A feed around another. Unless it says otherwise, it tells of the source what the feed inside tells.

    A subclass sets ``_feed``, and says itself how items come: open, next, cursor and close.
    """

    _feed: MarketDataPort

    @override
    def prepare(self, *, lookback: int) -> None:
        self._feed.prepare(lookback=lookback)

    @override
    def describe(self) -> str:
        return self._feed.describe()

    @property
    @override
    def is_endless(self) -> bool:
        return self._feed.is_endless

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self._feed.notes

    @override
    def progress(self) -> float | None:
        return self._feed.progress()
