"""The calendar of a market that never closes keeps the calendar contract."""

from datetime import date

from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.testing.contracts.calendar import CalendarContract


class TestAlwaysOpen(CalendarContract):
    """One session a UTC day, a leap day among them."""

    subject = AlwaysOpen
    first = date(2000, 2, 1)
    last = date(2000, 4, 1)

    @override
    def make(self) -> AlwaysOpen:
        return AlwaysOpen()
