"""The contract of clocks can fail: for each promise there is a clock that breaks it and is caught."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.core.ports.clock import Clock
from interlock.testing.contracts.clock import ClockContract

START = datetime(2000, 3, 1, tzinfo=UTC)


class TellsNoZone(SimulatedClock):
    @override
    def now(self) -> datetime:
        return super().now().replace(tzinfo=None)


class StandsStill(SimulatedClock):
    @override
    def now(self) -> datetime:
        return START


class GoesBack(SimulatedClock):
    reads = 0

    @override
    def monotonic(self) -> float:
        self.reads += 1
        return super().monotonic() - self.reads


class EndsEarly(SimulatedClock):
    @override
    def sleep_until(self, deadline: float) -> bool:
        return super().sleep_until(deadline - 1e-6 if deadline > 0 else deadline)


class SleepsForEver(SimulatedClock):
    @override
    def sleep_until(self, deadline: float) -> bool:
        return deadline > self.monotonic() and super().sleep_until(deadline)


class TakesNanForNow(SimulatedClock):
    @override
    def sleep_until(self, deadline: float) -> bool:
        return super().sleep_until(0.0 if math.isnan(deadline) else deadline)


class ForgetsTheWake(SimulatedClock):
    @override
    def sleep_until(self, deadline: float) -> bool:
        woken, self._woken = self._woken, False
        return False if woken else super().sleep_until(deadline)


class ThePastComesFirst(SimulatedClock):
    @override
    def sleep_until(self, deadline: float) -> bool:
        return deadline <= self.monotonic() or super().sleep_until(deadline)


class WakesOddly(SimulatedClock):
    @override
    def wake(self) -> None:
        self._woken = not self._woken


class NeverWakes(SimulatedClock):
    @override
    def wake(self) -> None:
        self.advance_to(self.now() + timedelta(seconds=1))


Case = tuple[type[SimulatedClock], Callable[[ClockContract], None]]
CASES: list[Case] = [
    (TellsNoZone, ClockContract.test_now_is_aware_utc),
    (StandsStill, ClockContract.test_time_passes_in_a_sleep),
    (GoesBack, ClockContract.test_monotonic_never_decreases),
    (EndsEarly, ClockContract.test_a_sleep_ends_at_or_after_its_deadline),
    (SleepsForEver, lambda contract: contract.test_a_deadline_in_the_past_returns_at_once(0.0)),
    (TakesNanForNow, ClockContract.test_a_deadline_that_is_no_number_is_refused),
    (ForgetsTheWake, ClockContract.test_after_a_wake_no_sleep_waits_any_more),
    (ThePastComesFirst, ClockContract.test_after_a_wake_no_sleep_waits_any_more),
    (WakesOddly, ClockContract.test_waking_five_hundred_times_is_waking_once),
    (NeverWakes, ClockContract.test_a_wake_from_another_thread_ends_a_sleep),
]


@pytest.mark.parametrize(("mutant", "test"), CASES, ids=[mutant.__name__ for mutant, _ in CASES])
def test_a_broken_clock_is_caught(mutant: type[SimulatedClock], test: Callable[[ClockContract], None]) -> None:
    """The contract fails for it, and passes for the clock it was made from."""

    class Broken(ClockContract):
        waits = False

        @override
        def make(self) -> Clock:
            return mutant(START)

    class Sound(Broken):
        @override
        def make(self) -> Clock:
            return SimulatedClock(START)

    test(Sound())
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(Broken())
