"""The simulated clock keeps the clock contract."""

from datetime import UTC, datetime

from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.testing.contracts.clock import ClockContract


class TestSimulatedClock(ClockContract):
    """Time that follows the data."""

    subject = SimulatedClock
    waits = False

    @override
    def make(self) -> SimulatedClock:
        return SimulatedClock(datetime(2000, 3, 1, tzinfo=UTC))
