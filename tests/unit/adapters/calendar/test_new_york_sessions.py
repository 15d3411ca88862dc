"""Evidence 10: thirteen years of New York without a wrong verdict.

Everything expected here was written down from the exchange's published rules and closings, not from the library.
Two days are known to be told differently: on 2002-09-11 trading began at noon, after the memorial, and on
2005-06-01 a fault ended it at 15:56. exchange_calendars has both as full days.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from interlock.adapters.calendar.exchange import ExchangeCalendar

FIRST, LAST = date(2000, 3, 1), date(2013, 3, 1)
PRICES = Path(__file__).parents[4] / "examples" / "data" / "aapl-daily.csv"
TICK = timedelta(microseconds=1)

# The Sundays on which daylight saving time begins and ends: April to October, since 2007 March to November.
DAYLIGHT_SAVING = {
    2000: (date(2000, 4, 2), date(2000, 10, 29)),
    2001: (date(2001, 4, 1), date(2001, 10, 28)),
    2002: (date(2002, 4, 7), date(2002, 10, 27)),
    2003: (date(2003, 4, 6), date(2003, 10, 26)),
    2004: (date(2004, 4, 4), date(2004, 10, 31)),
    2005: (date(2005, 4, 3), date(2005, 10, 30)),
    2006: (date(2006, 4, 2), date(2006, 10, 29)),
    2007: (date(2007, 3, 11), date(2007, 11, 4)),
    2008: (date(2008, 3, 9), date(2008, 11, 2)),
    2009: (date(2009, 3, 8), date(2009, 11, 1)),
    2010: (date(2010, 3, 14), date(2010, 11, 7)),
    2011: (date(2011, 3, 13), date(2011, 11, 6)),
    2012: (date(2012, 3, 11), date(2012, 11, 4)),
    2013: (date(2013, 3, 10), date(2013, 11, 3)),
}

# Days that ended at 13:00: around Independence Day, after Thanksgiving, before (in 2003 also after) Christmas.
HALF_DAYS = {
    *(date(2000, 7, 3), date(2000, 11, 24)),
    *(date(2001, 7, 3), date(2001, 11, 23), date(2001, 12, 24)),
    *(date(2002, 7, 5), date(2002, 11, 29), date(2002, 12, 24)),
    *(date(2003, 7, 3), date(2003, 11, 28), date(2003, 12, 24), date(2003, 12, 26)),
    date(2004, 11, 26),
    date(2005, 11, 25),
    *(date(2006, 7, 3), date(2006, 11, 24)),
    *(date(2007, 7, 3), date(2007, 11, 23), date(2007, 12, 24)),
    *(date(2008, 7, 3), date(2008, 11, 28), date(2008, 12, 24)),
    *(date(2009, 11, 27), date(2009, 12, 24)),
    date(2010, 11, 26),
    date(2011, 11, 25),
    *(date(2012, 7, 3), date(2012, 11, 23), date(2012, 12, 24)),
}

GOOD_FRIDAYS = {
    date(2000, 4, 21), date(2001, 4, 13), date(2002, 3, 29), date(2003, 4, 18), date(2004, 4, 9), date(2005, 3, 25),
    date(2006, 4, 14), date(2007, 4, 6), date(2008, 3, 21), date(2009, 4, 10), date(2010, 4, 2), date(2011, 4, 22),
    date(2012, 4, 6),
}  # fmt: skip

UNPLANNED = {
    *(date(2001, 9, day) for day in (11, 12, 13, 14)),  # the attacks
    date(2004, 6, 11),  # mourning for President Reagan
    date(2007, 1, 2),  # mourning for President Ford
    *(date(2012, 10, 29), date(2012, 10, 30)),  # hurricane Sandy
}


def the_nth(n: int, weekday: int, year: int, month: int) -> date:
    """The ``n``-th Monday (0) to Sunday (6) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def observed(day: date) -> date:
    """A holiday on a Sunday is kept on Monday, one on a Saturday on Friday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def holidays(year: int) -> Iterator[date]:
    """The exchange's holidays by its rules of these years, Good Friday aside."""
    new_year = date(year, 1, 1)
    if new_year.weekday() != 5:  # on a Saturday it is not moved to the old year, whose books close that day
        yield observed(new_year)
    yield the_nth(3, 0, year, 1)  # Martin Luther King
    yield the_nth(3, 0, year, 2)  # Washington
    yield the_nth(1, 0, year, 6) - timedelta(days=7)  # Memorial Day, the last Monday of May
    yield observed(date(year, 7, 4))
    yield the_nth(1, 0, year, 9)  # Labor Day
    yield the_nth(4, 3, year, 11)  # Thanksgiving
    yield observed(date(year, 12, 25))


def expected_sessions() -> list[date]:
    """Every weekday that is no holiday and was not lost."""
    closed = {day for year in DAYLIGHT_SAVING for day in holidays(year)} | GOOD_FRIDAYS | UNPLANNED
    days = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in closed]


def in_utc(day: date, hour: int, minute: int) -> datetime:
    """A time in New York, by the table above."""
    begins, ends = DAYLIGHT_SAVING[day.year]
    behind = 4 if begins <= day < ends else 5
    return datetime.combine(day, time(hour, minute), UTC) + timedelta(hours=behind)


@pytest.fixture(scope="module")
def new_york() -> ExchangeCalendar:
    """From a year before the prices to a year after them."""
    return ExchangeCalendar("XNYS", date(1999, 3, 1), date(2014, 3, 1))


def test_every_day_of_thirteen_years_has_the_right_verdict(new_york: ExchangeCalendar) -> None:
    """Open or closed, from when, to when: by the rules, for each of 4,749 days."""
    sessions = set(expected_sessions())
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        found = new_york.session_on(day)
        if day not in sessions:
            assert found is None, day
            assert new_york.session(in_utc(day, 12, 0)) is None, day
            continue
        assert found is not None, day
        assert found.open == in_utc(day, 9, 30), day
        assert found.close == in_utc(day, 13 if day in HALF_DAYS else 16, 0), day


def test_every_bar_time_of_every_session_has_the_right_verdict(new_york: ExchangeCalendar) -> None:
    """Stamps at, just before and just after the bell, both bells, each day."""
    for day in expected_sessions():
        opens, closes = in_utc(day, 9, 30), in_utc(day, 13 if day in HALF_DAYS else 16, 0)
        session = new_york.session_on(day)
        for at, inside in (
            (opens - TICK, False),
            (opens, False),
            (opens + TICK, True),
            (opens + timedelta(minutes=1), True),
            (closes - TICK, True),
            (closes, True),
            (closes + TICK, False),
        ):
            assert new_york.session(at) == (session if inside else None), at


@pytest.mark.parametrize("year", range(2000, 2013))
def test_when_the_clocks_change_the_session_moves_by_an_hour_of_utc(new_york: ExchangeCalendar, year: int) -> None:
    """Friday and Monday around each of the 26 changes: 14:30 in winter, 13:30 in summer."""
    begins, ends = DAYLIGHT_SAVING[year]
    for sunday, before, after in ((begins, 14, 13), (ends, 13, 14)):
        friday, monday = sunday - timedelta(days=2), sunday + timedelta(days=1)
        opens = [session.open for day in (friday, monday) if (session := new_york.session_on(day))]
        assert [(at.hour, at.minute) for at in opens] == [(before, 30), (after, 30)]


def test_after_the_tenth_of_september_2001_comes_the_seventeenth(new_york: ExchangeCalendar) -> None:
    """A DAY order decided at that Monday's close belongs to the next Monday."""
    close = datetime(2001, 9, 10, 20, 0, tzinfo=UTC)
    before = new_york.session(close)
    after = new_york.next_session(close)
    assert before is not None
    assert after is not None
    assert after.open == datetime(2001, 9, 17, 13, 30, tzinfo=UTC)
    assert new_york.sessions_between(before, after) == 0
    for day in (11, 12, 13, 14, 15, 16):
        assert new_york.session(datetime(2001, 9, day, 15, 0, tzinfo=UTC)) is None


def test_sandy_closed_two_days_before_the_clocks_changed(new_york: ExchangeCalendar) -> None:
    """From Friday 2012-10-26 to Wednesday 2012-10-31, both in daylight saving time."""
    after = new_york.next_session(datetime(2012, 10, 26, 20, 0, tzinfo=UTC))
    assert after is not None
    assert after.open == datetime(2012, 10, 31, 13, 30, tzinfo=UTC)


def test_the_prices_that_we_ship_are_of_exactly_these_sessions(new_york: ExchangeCalendar) -> None:
    """3,270 rows, 3,270 sessions: none missing, none on a day when the exchange was closed."""
    with PRICES.open(encoding="utf-8", newline="") as lines:
        rows = [date.fromisoformat(row["date"]) for row in csv.DictReader(lines)]
    assert len(rows) == 3270
    assert rows == expected_sessions()
    sessions = [new_york.session_on(day) for day in rows]
    first, last = sessions[0], sessions[-1]
    assert None not in sessions
    assert first is not None
    assert last is not None
    assert new_york.sessions_between(first, last) == 3268
