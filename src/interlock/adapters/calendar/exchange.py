"""The sessions of a stock or futures exchange, from exchange_calendars."""

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from typing_extensions import override

from interlock.adapters.calendar.codes import advice
from interlock.core.faults import ConfigurationError
from interlock.core.market import Session
from interlock.core.ports.calendar import Calendar


class ExchangeCalendar(Calendar):
    """One exchange's sessions from ``start`` to ``end``, both days included; outside of them nothing is known.

    Half days and unplanned closures are included as far as the installed exchange_calendars knows them. A session
    runs from the day's first open to its last close: **lunch breaks are ignored**, so in Tokyo or Hong Kong bars of
    less than a day are expected at noon that never come. Rare late openings and trading halts within a day are not
    in it either.
    """

    def __init__(self, code: str, start: date, end: date) -> None:
        """Load the sessions of ``code`` (an exchange_calendars code or alias, such as XNYS or NYSE).

        Takes about a second the first time: exchange_calendars brings pandas, which is imported here and not
        before. Raises ``ConfigurationError`` for a code that does not exist, naming the nearest ones, and for days
        that the exchange's calendar does not cover.
        """
        self._code = code
        # Plain lists, so that a question costs one bisection and no pandas.
        self._days: list[date] = []
        self._sessions: list[Session] = []
        for day, opens, closes in _rows(code, start, end):
            self._days.append(day)
            self._sessions.append(Session(open=opens, close=closes))
        self._opens = [session.open for session in self._sessions]
        self._closes = [session.close for session in self._sessions]
        self._since = min(self._opens[0], datetime(start.year, start.month, start.day, tzinfo=UTC))

    @override
    def __repr__(self) -> str:
        return f"ExchangeCalendar({self._code}, {self._days[0]} to {self._days[-1]})"

    @override
    def session(self, at: datetime) -> Session | None:
        """The session that contains ``at``; None outside of sessions or outside of what the calendar covers."""
        index = bisect_left(self._closes, at)
        return self._sessions[index] if index < len(self._sessions) and self._opens[index] < at else None

    @override
    def next_session(self, at: datetime) -> Session | None:
        """The first session that opens at or after ``at``; None where the calendar ends.

        Before the first day that is covered there may be sessions that are not known: None as well.
        """
        index = bisect_left(self._opens, at)
        return self._sessions[index] if index < len(self._sessions) and at >= self._since else None

    @override
    def session_on(self, day: date) -> Session | None:
        """The session that the exchange itself calls ``day`` (futures may open the evening before); None if closed."""
        index = bisect_left(self._days, day)
        return self._sessions[index] if index < len(self._days) and self._days[index] == day else None

    @override
    def sessions_between(self, after: Session, before: Session) -> int:
        """How many whole sessions lie strictly between the two."""
        return max(0, bisect_right(self._closes, before.open) - bisect_left(self._opens, after.close))


@contextmanager
def _library() -> Iterator[Any]:
    """exchange_calendars, which brings pandas: imported here, and not before."""
    with warnings.catch_warnings():
        # What pandas says to exchange_calendars about its next version is not for our users, and under
        # `python -W error` it would stop us.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        import exchange_calendars

        yield exchange_calendars


def _rows(code: str, start: date, end: date) -> list[tuple[date, datetime, datetime]]:
    """Day, open and close of each session, as plain values."""
    with _library() as library:
        try:
            found = library.get_calendar(code, start=start, end=end)
        except library.errors.InvalidCalendarName:
            said = advice(code, library.get_calendar_names())
            raise ConfigurationError(f"there is no exchange calendar called {code!r}: {said}") from None
        # The last is what it says of names that it has no days for.
        except (library.errors.CalendarError, ValueError, NotImplementedError) as error:
            raise ConfigurationError(f"the calendar {code} does not cover {start} to {end}: {error}") from error
        schedule = zip(found.sessions, found.opens, found.closes, strict=True)
        return [(day.date(), _plain(opens), _plain(closes)) for day, opens, closes in schedule]


def known_days(code: str, start: date, end: date) -> tuple[date, date]:
    """``start`` and ``end``, drawn in to the days for which ``code`` can be worked out: Tokyo's begin in 1997. As they
    are where nobody can tell."""
    with _library() as library:
        try:
            kind = type(library.get_calendar(code))
        except (library.errors.CalendarError, ValueError, NotImplementedError):
            return start, end
        first, last = kind.bound_min(), kind.bound_max()
    return max(start, first.date() if first is not None else start), min(end, last.date() if last is not None else end)


def _plain(stamp: Any) -> datetime:
    # pandas names its UTC differently; with one tzinfo object on both sides a comparison takes the short way.
    found: datetime = stamp.to_pydatetime()
    return found.astimezone(UTC)


def installed_codes() -> frozenset[str]:
    """Every code and alias that the installed exchange_calendars knows. Imports pandas."""
    with _library() as library:
        return frozenset(library.get_calendar_names())
