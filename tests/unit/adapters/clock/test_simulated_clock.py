"""The simulated clock jumps, and never back."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.clock.simulated import SimulatedClock

START = datetime(2000, 3, 1, 14, 30, tzinfo=UTC)


def test_a_day_of_waiting_is_one_jump() -> None:
    """A sleep takes no time, and afterwards it is a day later by both clocks."""
    clock = SimulatedClock(START)
    assert clock.sleep_until(86_400.0) is True
    assert clock.now() == START + timedelta(days=1)
    assert clock.monotonic() == 86_400.0


def test_it_is_what_the_data_says() -> None:
    """Between two sleeps the data may move the clock, and ``monotonic`` goes with it."""
    clock = SimulatedClock(START)
    clock.advance_to(START + timedelta(seconds=90))
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.monotonic() == 90.0


@given(st.lists(st.datetimes(timezones=st.just(UTC))))
def test_it_never_goes_back(stamps: list[datetime]) -> None:
    """Late data is ignored: the time is the latest that was ever said."""
    clock = SimulatedClock(START)
    for stamp in stamps:
        clock.advance_to(stamp)
    assert clock.now() == max([START, *stamps])


@given(st.lists(st.floats(min_value=-1, max_value=1e10)))
def test_a_sleep_never_ends_early(deadlines: list[float]) -> None:
    """Floats do not fall on microseconds; the clock rounds up."""
    clock = SimulatedClock(START)
    for deadline in deadlines:
        assert clock.sleep_until(deadline)
        assert clock.monotonic() >= deadline


def test_a_wake_leaves_the_time_as_it_is() -> None:
    """A sleep that was cut short did not happen."""
    clock = SimulatedClock(START)
    clock.wake()
    assert clock.sleep_until(10.0) is False
    assert clock.now() == START


def test_any_name_of_utc_will_do_and_no_other_zone() -> None:
    """What is not UTC is refused: a stamp in another zone is a mistake on its way in."""
    clock = SimulatedClock(START.replace(tzinfo=ZoneInfo("UTC")))
    assert clock.now().tzinfo is UTC
    clock.advance_to(datetime(2000, 3, 2, tzinfo=timezone(timedelta(0))))
    assert clock.now() == datetime(2000, 3, 2, tzinfo=UTC)
    for wrong in (START.replace(tzinfo=None), START.astimezone(ZoneInfo("America/New_York"))):
        with pytest.raises(ValueError, match="aware UTC"):
            clock.advance_to(wrong)
        with pytest.raises(ValueError, match="aware UTC"):
            SimulatedClock(wrong)


@pytest.mark.parametrize("deadline", [float("inf"), 1e12])
def test_a_sleep_without_an_end_is_refused(deadline: float) -> None:
    """Nothing could end it, for nothing happens meanwhile."""
    clock = SimulatedClock(START)
    with pytest.raises(ValueError, match="simulated sleep"):
        clock.sleep_until(deadline)
    assert clock.now() == START
