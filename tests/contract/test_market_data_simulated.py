"""The simulated market keeps the contract of market data, with and without its mishaps."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.market_data.simulated import SimulatedFeed, SimulatedOptions
from interlock.adapters.market_data.simulated_walk import Feature
from interlock.core.ports import MarketDataPort
from interlock.testing.builders import an_instrument
from interlock.testing.contracts.market_data import MarketDataContract


def _feed(options: SimulatedOptions) -> SimulatedFeed:
    return SimulatedFeed(options, instrument=an_instrument(), calendar=AlwaysOpen(), interval=timedelta(hours=1))


class TestSimulatedFeed(MarketDataContract):
    subject = SimulatedFeed

    @override
    def feed(self) -> MarketDataPort:
        return _feed(SimulatedOptions(bars=60))


class TestSimulatedFeedWithEveryMishap(MarketDataContract):
    subject = SimulatedFeed

    @override
    def feed(self) -> MarketDataPort:
        return _feed(
            SimulatedOptions(
                seed=7,
                start=datetime(2021, 3, 1, 12, tzinfo=UTC),
                start_price=Decimal("0.05"),
                bars=200,
                features=tuple(Feature),
            )
        )
