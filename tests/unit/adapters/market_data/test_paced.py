"""Recorded data happens no sooner than a clock says."""

from datetime import timedelta

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.adapters.market_data.paced import PacedFeed
from interlock.core.market import Cursor, EndOfData, RefusedRow, Silence
from interlock.testing.builders import A_MINUTE, A_TIME, bars

SECOND = timedelta(seconds=1)


def test_a_bar_is_handed_over_when_its_time_has_come() -> None:
    """A second before its close there is silence, at its close there it is."""
    first, second = bars(2)
    clock = SimulatedClock(A_TIME - SECOND)
    feed = PacedFeed(MemoryFeed([first, second]), clock)
    feed.open()
    assert feed.next(clock.now()) == Silence(until=A_TIME - SECOND)
    clock.advance_to(A_TIME)
    assert feed.next(clock.now()) == first
    assert feed.next(clock.now()) == Silence(until=A_TIME)
    clock.advance_to(A_TIME + A_MINUTE)
    assert feed.next(clock.now()) == second
    assert feed.next(clock.now()) == EndOfData(ts_event=second.ts_event)


def test_a_deadline_before_the_bar_is_answered_with_silence_until_then() -> None:
    """It knows its next bar, so it can speak for the time up to the deadline without waiting for it."""
    (bar,) = bars(1)
    feed = PacedFeed(MemoryFeed([bar]), SimulatedClock(A_TIME - 10 * SECOND))
    feed.open()
    assert feed.next(A_TIME - SECOND) == Silence(until=A_TIME - SECOND)


def test_it_does_not_promise_silence_up_to_a_deadline_by_which_the_bar_is_due() -> None:
    """It says what is true now; the loop sleeps and asks again. It does not wait itself."""
    clock = SimulatedClock(A_TIME - 10 * SECOND)
    feed = PacedFeed(MemoryFeed(bars(1)), clock)
    feed.open()
    assert feed.next(A_TIME + SECOND) == Silence(until=A_TIME - 10 * SECOND)
    assert feed.next() == Silence(until=A_TIME - 10 * SECOND)
    assert clock.now() == A_TIME - 10 * SECOND


def test_bars_that_are_overdue_come_one_by_one_without_silence() -> None:
    """A clock that runs faster than the loop loses nothing."""
    found = bars(5)
    feed = PacedFeed(MemoryFeed(found), SimulatedClock(A_TIME + 10 * A_MINUTE))
    feed.open()
    assert [feed.next() for _ in found] == list(found)


def test_refused_rows_are_due_at_once() -> None:
    """They have no time of their own."""
    refused = RefusedRow(source="memory", line=1, field="close", value="NaN", rule="no number")
    feed = PacedFeed(MemoryFeed([refused, *bars(1)]), SimulatedClock(A_TIME - SECOND))
    feed.open()
    assert feed.next() == refused
    assert isinstance(feed.next(), Silence)


def test_a_bar_that_is_held_back_is_not_in_the_cursor() -> None:
    """A run that stops while it waits finds the bar again."""
    first, second = bars(2)
    clock = SimulatedClock(A_TIME)
    feed = PacedFeed(MemoryFeed([first, second]), clock)
    feed.open()
    feed.next()
    assert isinstance(feed.next(), Silence)
    assert feed.cursor() == Cursor(items=1, ts_event=A_TIME)
    cursor = feed.cursor()
    feed.close()
    clock.advance_to(A_TIME + A_MINUTE)
    feed.open(after=cursor)
    assert feed.cursor() == cursor
    assert feed.next() == second
