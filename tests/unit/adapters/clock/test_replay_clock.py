"""The replay clock runs by itself, at its speed, from its start."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.clock.replay import SPEED_MAX, ReplayClock
from interlock.adapters.clock.simulated import SimulatedClock

TODAY = datetime(2020, 1, 1, tzinfo=UTC)
THEN = datetime(2000, 3, 1, 14, 30, tzinfo=UTC)


def test_it_runs_by_itself_at_its_speed() -> None:
    """A second of the operational clock is a minute of the past, from the moment the replay began."""
    operational = SimulatedClock(TODAY)
    operational.advance_to(TODAY + timedelta(hours=5))
    clock = ReplayClock(operational, THEN, Decimal(60))
    assert clock.now() == THEN
    operational.advance_to(TODAY + timedelta(hours=5, seconds=1))
    assert clock.now() == THEN + timedelta(minutes=1)
    assert clock.monotonic() == 60.0


def test_its_deadlines_are_seconds_of_the_past() -> None:
    """Sleeping for an hour of them at speed 60 takes a minute."""
    operational = SimulatedClock(TODAY)
    clock = ReplayClock(operational, THEN, Decimal(60))
    assert clock.sleep_until(3600.0) is True
    assert operational.now() == TODAY + timedelta(minutes=1)
    assert clock.now() == THEN + timedelta(hours=1)


@given(
    speed=st.decimals(min_value="0.001", max_value=SPEED_MAX, places=3),
    begun=st.floats(0, 1e6),
    deadline=st.floats(-1, 1e6),
)
def test_a_sleep_never_ends_early(speed: Decimal, begun: float, deadline: float) -> None:
    """Whatever is rounded on the way there and back, True means that the deadline has come."""
    operational = SimulatedClock(TODAY)
    operational.sleep_until(begun)
    clock = ReplayClock(operational, THEN, speed)
    assert clock.sleep_until(deadline)
    assert clock.monotonic() >= deadline


def test_waking_either_clock_wakes_the_sleeper() -> None:
    """The loop sleeps on one of them, the signal handler knows the other."""
    operational = SimulatedClock(TODAY)
    clock = ReplayClock(operational, THEN, Decimal(1))
    clock.wake()
    assert operational.sleep_until(10.0) is False
    assert clock.sleep_until(10.0) is False


@pytest.mark.parametrize("speed", ["0", "-1", "NaN", "Infinity", "1000001"])
def test_an_impossible_speed_is_refused(speed: str) -> None:
    """Time goes forwards, and not past all bounds."""
    with pytest.raises(ValueError, match="speed"):
        ReplayClock(SimulatedClock(TODAY), THEN, Decimal(speed))


def test_a_start_without_a_zone_is_refused() -> None:
    """A naive start means nothing until somebody guesses a zone."""
    with pytest.raises(ValueError, match="aware UTC"):
        ReplayClock(SimulatedClock(TODAY), THEN.replace(tzinfo=None), Decimal(1))
