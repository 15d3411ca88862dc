"""The replay clock keeps the clock contract, over either operational clock and at awkward speeds."""

from datetime import UTC, datetime
from decimal import Decimal

from typing_extensions import override

from interlock.adapters.clock.replay import ReplayClock
from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.clock.system import SystemClock
from interlock.testing.contracts.clock import ClockContract

START = datetime(2000, 3, 1, 14, 30, tzinfo=UTC)


class TestReplayClock(ClockContract):
    """As it runs in PAPER: on the system's clock, faster than life."""

    subject = ReplayClock

    @override
    def make(self) -> ReplayClock:
        return ReplayClock(SystemClock(), START, Decimal(3))


class TestReplayClockOverASimulatedClock(ClockContract):
    """As tests drive it."""

    subject = ReplayClock
    waits = False

    @override
    def make(self) -> ReplayClock:
        return ReplayClock(SimulatedClock(START), START, Decimal("0.7"))


class TestReplayClockInABigHurry(ClockContract):
    """A day in less than a second."""

    subject = ReplayClock
    waits = False

    @override
    def make(self) -> ReplayClock:
        return ReplayClock(SimulatedClock(START), START, Decimal(999_999))
