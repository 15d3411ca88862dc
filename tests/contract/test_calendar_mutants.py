"""The contract of calendars can fail: for each promise there is a calendar that breaks it and is caught."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.core.market import Session
from interlock.core.ports.calendar import Calendar
from interlock.testing.contracts.calendar import CalendarContract

TICK = timedelta(microseconds=1)


class HasNoDays(AlwaysOpen):
    @override
    def session_on(self, day: date) -> Session | None:
        return None


class Overlaps(AlwaysOpen):
    @override
    def session_on(self, day: date) -> Session | None:
        found = super().session_on(day)
        return found and evolve(found, close=found.close + TICK)


class HoldsItsOpen(AlwaysOpen):
    @override
    def session(self, at: datetime) -> Session | None:
        return super().session(at + TICK)


class IsLate(AlwaysOpen):
    @override
    def next_session(self, at: datetime) -> Session | None:
        return super().next_session(at + TICK)


class CountsBothEnds(AlwaysOpen):
    @override
    def sessions_between(self, after: Session, before: Session) -> int:
        return super().sessions_between(after, before) + 1


class ForgetsWhereItIs(AlwaysOpen):
    @override
    def session(self, at: datetime) -> Session | None:
        return super().session(at.replace(tzinfo=UTC))


class GuessesTheZone(AlwaysOpen):
    @override
    def session(self, at: datetime) -> Session | None:
        return super().session(at if at.tzinfo is not None else at.replace(tzinfo=UTC))


Case = tuple[type[Calendar], Callable[[CalendarContract], None]]
CASES: list[Case] = [
    (HasNoDays, CalendarContract.test_there_are_sessions),
    (Overlaps, CalendarContract.test_sessions_ascend_and_do_not_overlap),
    (HoldsItsOpen, CalendarContract.test_a_session_holds_its_close_and_not_its_open),
    (IsLate, CalendarContract.test_between_two_sessions_there_is_none),
    (CountsBothEnds, CalendarContract.test_sessions_between_counts_whole_sessions),
    (ForgetsWhereItIs, CalendarContract.test_any_moment_has_one_answer),
    (GuessesTheZone, CalendarContract.test_a_naive_time_is_refused),
]


@pytest.mark.parametrize(("mutant", "test"), CASES, ids=[mutant.__name__ for mutant, _ in CASES])
def test_a_broken_calendar_is_caught(mutant: type[Calendar], test: Callable[[CalendarContract], None]) -> None:
    """The contract fails for it, and passes for the calendar it was made from."""

    class Broken(CalendarContract):
        first, last = date(2000, 2, 1), date(2000, 3, 15)

        @override
        def make(self) -> Calendar:
            return mutant()

    class Sound(Broken):
        @override
        def make(self) -> Calendar:
            return AlwaysOpen()

    test(Sound())
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(Broken())
