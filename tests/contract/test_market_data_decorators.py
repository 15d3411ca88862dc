"""Decorators keep the contract of market data like the feeds they wrap."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.market_data.masked import MaskedFeed
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.adapters.market_data.on_worker import OnWorker
from interlock.adapters.market_data.paced import PacedFeed
from interlock.adapters.market_data.splits import WithSplits
from interlock.core.market import Bar, DeclaredSplit, FeedItem, RefusedRow
from interlock.core.ports import MarketDataPort
from interlock.secret import Secret
from interlock.testing.builders import an_instrument, bars
from interlock.testing.contracts.given_bars import GivenBarsContract
from interlock.testing.contracts.market_data import MarketDataContract
from interlock.testing.hanging import HangingFeed

FAR_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


class TestWithNoSplits(GivenBarsContract):
    subject = WithSplits

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return WithSplits(MemoryFeed(given_bars), an_instrument(), AlwaysOpen())


class TestWithSplits(MarketDataContract):
    """Resuming works before, between and behind the splits, two of which share one gap in the data."""

    subject: ClassVar[type[MarketDataPort]] = WithSplits

    @override
    def feed(self) -> MarketDataPort:
        bad = RefusedRow(source="memory", line=9, field="close", value="NaN", rule="no number")
        days = bars(12, interval=timedelta(days=1))
        items: list[FeedItem] = [*days[:3], bad, *days[6:]]
        splits = tuple(
            DeclaredSplit(ex_date=day, ratio=Decimal(ratio))
            for day, ratio in (
                (date(2019, 5, 1), "2"),
                (date(2020, 1, 3), "2"),
                (date(2020, 1, 6), "3"),
                (date(2020, 1, 7), "0.5"),
                (date(2020, 1, 10), "7"),
                (date(2020, 5, 1), "2"),
            )
        )
        return WithSplits(MemoryFeed(items), an_instrument(splits=splits), AlwaysOpen())


class TestPacedFeed(GivenBarsContract):
    subject = PacedFeed

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return PacedFeed(MemoryFeed(given_bars), SimulatedClock(FAR_FUTURE))


class TestPacedFeedWithSplits(TestWithSplits):
    subject = PacedFeed

    @override
    def feed(self) -> MarketDataPort:
        return PacedFeed(super().feed(), SimulatedClock(FAR_FUTURE))


class TestMaskedFeed(GivenBarsContract):
    """A secret that lives, and is in none of it."""

    subject = MaskedFeed
    secret = Secret("a secret that nobody tells")

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return MaskedFeed(MemoryFeed(given_bars))


class TestHangingFeed(GivenBarsContract):
    subject = HangingFeed

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return HangingFeed(MemoryFeed(given_bars))


class TestOnWorker(GivenBarsContract):
    """No call of these hangs, however busy the machine is."""

    subject = OnWorker

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return OnWorker(HangingFeed(MemoryFeed(given_bars)), 30.0)


class TestOnWorkerWithSplits(TestWithSplits):
    subject = OnWorker

    @override
    def feed(self) -> MarketDataPort:
        return OnWorker(super().feed(), 30.0)
