"""A clock that stands still until it is told the time: a simulated day takes microseconds."""

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from typing_extensions import override

from interlock.core.ports.clock import Clock

_MICROSECOND: Final = timedelta(microseconds=1)


class SimulatedClock(Clock):
    """Time follows the data. ``now()`` is ``start`` until ``advance_to`` or a sleep moves it.

    ``monotonic()`` is the simulated seconds since ``start``. A sleep does not wait: it jumps.
    """

    def __init__(self, start: datetime) -> None:
        """Begin at ``start``. Raises ``ValueError`` when that is not aware UTC."""
        self._start = self._now = _utc(start)
        self._woken = False

    @override
    def now(self) -> datetime:
        """The simulated time, aware UTC."""
        return self._now

    @override
    def monotonic(self) -> float:
        """Simulated seconds since the start, to the microsecond."""
        return (self._now - self._start).total_seconds()

    def advance_to(self, at: datetime) -> None:
        """It is ``at`` now. A time that has passed already is ignored: late data says something about the data,
        and a clock that went back would break everything that measures an age.

        Raises ``ValueError`` when ``at`` is not aware UTC.
        """
        if at.tzinfo is not UTC:
            at = _utc(at)
        if at > self._now:
            self._now = at

    @override
    def sleep_until(self, deadline: float) -> bool:
        """Make it ``deadline`` at once, rounded up to a microsecond; False, and no jump, after ``wake``.

        Raises ``ValueError`` for a deadline that is no number, or lies beyond the year 9999: nobody could end that
        sleep, for nothing else happens while simulated time stands still.
        """
        if not deadline < math.inf:  # nan is caught too
            raise ValueError(f"a simulated sleep needs an end, found {deadline}")
        if self._woken:
            return False
        if deadline > self.monotonic():
            try:
                self._now = self._start + timedelta(seconds=deadline)
                if self.monotonic() < deadline:  # timedelta rounded down: the promise is to have reached it
                    self._now += _MICROSECOND
            except OverflowError:
                raise ValueError(f"a simulated sleep must end before the year 10000, found {deadline}") from None
        return True

    @override
    def wake(self) -> None:
        """Every later sleep returns False at once."""
        self._woken = True


def _utc(at: datetime) -> datetime:
    if at.utcoffset() != timedelta(0):
        raise ValueError(f"the time must be aware UTC, found {at}")
    return at.replace(tzinfo=UTC)
