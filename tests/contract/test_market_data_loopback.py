"""The live feed to the scripted source keeps the contract of market data, over a socket and a thread."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.adapters.market_data.live_attempts import Surroundings
from interlock.core.market import Bar
from interlock.core.ports import MarketDataPort
from interlock.testing.builders import A_MINUTE, an_instrument
from interlock.testing.contracts.given_bars import GivenBarsContract
from interlock.testing.loopback_feed.adapter import LoopbackFeed, LoopbackFeedOptions
from interlock.testing.loopback_feed.moves import FeedMove
from interlock.testing.loopback_feed.source import FeedSource


class TestLoopbackFeed(GivenBarsContract):
    """Every row closed before anybody listens, and then the source ends: what a contract needs is an end."""

    subject = LoopbackFeed
    counts_items: ClassVar[bool] = False

    @pytest.fixture(autouse=True)
    def _sources(self) -> Iterator[None]:
        with ExitStack() as stack:
            self._stack = stack
            yield

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        source = self._stack.enter_context(FeedSource(given_bars))
        source.do(FeedMove.END)
        feed = LoopbackFeed(
            LoopbackFeedOptions(port=source.port, ends=True, attempts=2),
            instrument=an_instrument(),
            interval=A_MINUTE,
            surroundings=Surroundings(pause=lambda stop, seconds: stop.is_set()),
        )
        feed.prepare(lookback=1_000)
        self._stack.callback(feed.close)
        return feed
