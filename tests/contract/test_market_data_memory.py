"""The memory feed keeps the contract of market data."""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.market import Bar, Split
from interlock.core.ports import MarketDataPort
from interlock.testing.builders import bars
from interlock.testing.contracts.given_bars import GivenBarsContract
from interlock.testing.contracts.market_data import MarketDataContract


class TestMemoryFeed(GivenBarsContract):
    subject = MemoryFeed

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return MemoryFeed(given_bars)


class TestMemoryFeedWithSplits(MarketDataContract):
    """A split at the close of a bar, the same one again, and one that comes too late."""

    subject: ClassVar[type[MarketDataPort]] = MemoryFeed

    @override
    def feed(self) -> MarketDataPort:
        first, second, third, *rest = bars(8)
        split = Split(instrument="TEST", ts_event=second.ts_event, ratio=Decimal(2))
        late = Split(instrument="TEST", ts_event=first.ts_event, ratio=Decimal(3))
        return MemoryFeed([first, second, split, split, third, late, *rest])
