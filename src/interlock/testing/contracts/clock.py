"""What every clock promises. Subclass, say how to make one, and pytest runs the rest."""

import math
import threading
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import ClassVar

import pytest

from interlock.core.ports.clock import Clock

# A wait that must be cut short. If it is not, the test fails when it is over instead of hanging for an hour.
_TOO_LONG_SECONDS = 60.0


class ClockContract(ABC):
    """Tests of the ``Clock`` port. Seconds are the clock's own, whatever they are worth outside."""

    # The class that is proved.
    subject: ClassVar[type[Clock]]

    @abstractmethod
    def make(self) -> Clock:
        """A new clock."""

    # Whether a sleep takes time, so that a wake can come while it lasts. A simulated clock jumps.
    waits = True

    def test_now_is_aware_utc(self) -> None:
        """Every time that a clock tells is in UTC and says so."""
        assert self.make().now().utcoffset() == timedelta(0)

    def test_monotonic_never_decreases(self) -> None:
        """Reading it again never gives less."""
        clock = self.make()
        read = [clock.monotonic() for _ in range(1000)]
        assert read == sorted(read)

    def test_a_sleep_ends_at_or_after_its_deadline(self) -> None:
        """True means that ``monotonic()`` has reached the deadline, for awkward fractions too."""
        clock = self.make()
        for seconds in (1e-9, 1e-7, 1 / 3000, 1 / 700, 0.001):
            deadline = clock.monotonic() + seconds
            assert clock.sleep_until(deadline) is True
            assert clock.monotonic() >= deadline

    def test_time_passes_in_a_sleep(self) -> None:
        """What sleeps for a millisecond finds ``now()`` later, unless the machine was set meanwhile."""
        clock = self.make()
        before = clock.now()
        clock.sleep_until(clock.monotonic() + 0.001)
        assert clock.now() > before

    @pytest.mark.parametrize("seconds", [0.0, 1e-9, 5.0, 1e9, math.inf])
    def test_a_deadline_in_the_past_returns_at_once(self, seconds: float) -> None:
        """There is nothing to wait for."""
        clock = self.make()
        assert clock.sleep_until(clock.monotonic() - seconds) is True

    def test_a_deadline_that_is_no_number_is_refused(self) -> None:
        """Waiting until nan would be a wait of no length, and a loop without a pause."""
        with pytest.raises(ValueError, match="nan"):
            self.make().sleep_until(math.nan)

    def test_after_a_wake_no_sleep_waits_any_more(self) -> None:
        """A stop that came before the sleep counts, for this sleep and every later one, past deadlines included."""
        clock = self.make()
        clock.wake()
        for seconds in (_TOO_LONG_SECONDS, 1.0, 0.0, -1.0):
            assert clock.sleep_until(clock.monotonic() + seconds) is False

    def test_waking_five_hundred_times_is_waking_once(self) -> None:
        """A storm of signals does no harm."""
        clock = self.make()
        for _ in range(500):
            clock.wake()
        assert clock.sleep_until(clock.monotonic() + _TOO_LONG_SECONDS) is False

    def test_a_wake_from_another_thread_ends_a_sleep(self) -> None:
        """Whoever asks for the stop need not be the one who sleeps."""
        clock = self.make()
        if not self.waits:
            clock.wake()
        waker = threading.Thread(target=clock.wake)
        waker.start()
        try:
            assert clock.sleep_until(clock.monotonic() + _TOO_LONG_SECONDS) is False
        finally:
            waker.join()
