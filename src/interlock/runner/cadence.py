"""When to wake next: on a grid that never drifts, with whatever was missed left out."""

import math
from typing import Final

from attrs import frozen

# No wait is shorter, so that no mistake in an interval makes a loop that burns.
SLEEP_FLOOR_SECONDS: Final = 0.001


@frozen(kw_only=True)
class Cadence:
    """The wakes ``origin + n * interval``, in seconds of the operational clock.

    Each is reckoned from the origin, not from the wake before it: neither a late wake nor rounding moves the grid.
    """

    origin: float
    interval: float

    def at(self, n: int) -> float:
        """When wake ``n`` is due."""
        return self.origin + n * self.interval

    def following(self, n: int, now: float) -> tuple[int, int]:
        """The wake after ``n`` that is still at least the floor away from ``now``, and how many were missed."""
        earliest = now + SLEEP_FLOOR_SECONDS
        found = max(n + 1, math.ceil((earliest - self.origin) / self.interval))
        # The division may have rounded down. ends: one step more is always enough
        while self.at(found) < earliest:
            found += 1
        return found, found - n - 1
