"""Exchange calendars keep the calendar contract: New York, one with lunch, and one that opens the evening before."""

from datetime import date
from functools import cache

from typing_extensions import override

from interlock.adapters.calendar.exchange import ExchangeCalendar
from interlock.testing.contracts.calendar import CalendarContract

# Read once: each costs a tenth of a second, and none can change.
exchange = cache(ExchangeCalendar)


class TestNewYork(CalendarContract):
    """The autumn of 2001, with the week that was closed, an early close and a change of the clocks."""

    subject = ExchangeCalendar
    first = date(2001, 8, 1)
    last = date(2002, 1, 31)

    @override
    def make(self) -> ExchangeCalendar:
        return exchange("XNYS", self.first, self.last)


class TestTokyo(CalendarContract):
    """A lunch break, and sessions whose UTC day begins at midnight."""

    subject = ExchangeCalendar
    first = date(2012, 4, 1)
    last = date(2012, 6, 30)

    @override
    def make(self) -> ExchangeCalendar:
        return exchange("XTKS", self.first, self.last)


class TestChicagoFutures(CalendarContract):
    """Sessions that open on the evening before the day they are called by."""

    subject = ExchangeCalendar
    first = date(2012, 10, 1)
    last = date(2012, 12, 31)

    @override
    def make(self) -> ExchangeCalendar:
        return exchange("CMES", self.first, self.last)
