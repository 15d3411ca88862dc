"""The memory feed keeps the contract of market data."""

from collections.abc import Sequence

from typing_extensions import override

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.market import Bar
from interlock.core.ports import MarketDataPort
from interlock.testing.contracts.given_bars import GivenBarsContract


class TestMemoryFeed(GivenBarsContract):
    subject = MemoryFeed

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return MemoryFeed(given_bars)
