"""A clock that runs by itself through the past, at a stated speed."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from typing_extensions import override

from interlock.core.ports.clock import Clock

# A day in less than a second; at this speed it would take three days to reach the year 9999.
SPEED_MAX: Final = Decimal(1_000_000)


class ReplayClock(Clock):
    """Domain time is ``start`` + the operational seconds since construction x ``speed``.

    Nobody pushes it: when a feed stops it goes on, and so the feed is seen to have stopped. Every number of seconds
    here, ``monotonic()`` and deadlines alike, is in **domain** seconds; at speed 60 a sleep of 60 of them takes one
    second of the operational clock. The wall time of the operational clock is never read, so a machine that is set
    to another time does not disturb a replay.
    """

    def __init__(self, operational: Clock, start: datetime, speed: Decimal) -> None:
        """Begin at ``start`` now. Raises ``ValueError`` for a start that is not aware UTC, or a speed that is not
        above 0 and at most ``SPEED_MAX``."""
        if start.utcoffset() != timedelta(0):
            raise ValueError(f"the start of a replay must be aware UTC, found {start}")
        if not (speed.is_finite() and 0 < speed <= SPEED_MAX):
            raise ValueError(f"the speed of a replay must be above 0 and at most {SPEED_MAX}, found {speed}")
        self._operational = operational
        self._start = start.replace(tzinfo=UTC)
        self._speed = float(speed)
        self._origin = operational.monotonic()

    @override
    def now(self) -> datetime:
        """The replayed time, aware UTC, to the microsecond."""
        return self._start + timedelta(seconds=self.monotonic())

    @override
    def monotonic(self) -> float:
        """Domain seconds since the replay began."""
        return self._domain_seconds(self._operational.monotonic())

    @override
    def sleep_until(self, deadline: float) -> bool:
        """Wait until ``monotonic()``, in domain seconds, reaches ``deadline``; False if a wake cut it short.

        Raises ``ValueError`` for a deadline that is not a number.
        """
        wanted = self._origin + deadline / self._speed
        # The division may have rounded down: the operational clock has to be asked for a moment at which the
        # deadline has come by our own reckoning. ends: every pass moves a whole step, and one or two suffice
        while self._domain_seconds(wanted) < deadline < math.inf:
            wanted = math.nextafter(wanted, math.inf)
        return self._operational.sleep_until(wanted)

    @override
    def wake(self) -> None:
        """End the operational clock's sleeps, ours among them."""
        self._operational.wake()

    def _domain_seconds(self, operational_seconds: float) -> float:
        return (operational_seconds - self._origin) * self._speed
