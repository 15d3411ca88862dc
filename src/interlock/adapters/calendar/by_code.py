"""Which calendar a code stands for."""

from datetime import date
from typing import Final

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.calendar.codes import CODES
from interlock.adapters.calendar.exchange import ExchangeCalendar, installed_codes, known_days
from interlock.core.faults import ConfigurationError
from interlock.core.ports.calendar import Calendar

ALWAYS_OPEN_CODE: Final = "24/7"


def calendar_for(code: str, start: date, end: date) -> Calendar:
    """The calendar called ``code``: ``24/7``, or an exchange_calendars code from ``start`` to ``end`` inclusive.

    Choose the days generously: outside of them an exchange's calendar knows no session, and without a session no
    order passes. Raises ``ConfigurationError`` for a code that does not exist.
    """
    return AlwaysOpen() if code == ALWAYS_OPEN_CODE else ExchangeCalendar(code, start, end)


def calendar_within(code: str, start: date, end: date) -> Calendar:
    """``calendar_for`` as many of these days as are known of it. Raises ``ConfigurationError`` where none is."""
    try:
        return calendar_for(code, start, end)
    except ConfigurationError:
        # Only now, for it takes as long as the calendar itself.
        days = known_days(code, start, end)
        if days == (start, end):
            raise
        return calendar_for(code, *days)


def is_known(code: str) -> bool:
    """Whether there is such a calendar. Only where our table has not the name is the installed library asked."""
    return code in CODES or code in installed_codes()
