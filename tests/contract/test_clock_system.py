"""The system's clock keeps the clock contract."""

from typing_extensions import override

from interlock.adapters.clock.system import SystemClock
from interlock.testing.contracts.clock import ClockContract


class TestSystemClock(ClockContract):
    """The machine's own time."""

    subject = SystemClock

    @override
    def make(self) -> SystemClock:
        return SystemClock()
