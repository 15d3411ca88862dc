"""Calendars by code: which one, what it refuses, and what it costs to name one."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from interlock.adapters.calendar import by_code
from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.calendar.by_code import calendar_for, calendar_within
from interlock.adapters.calendar.codes import CODES, advice
from interlock.adapters.calendar.exchange import ExchangeCalendar, installed_codes
from interlock.core.faults import ConfigurationError
from interlock.core.market import Session

YEAR = (date(2012, 1, 1), date(2012, 12, 31))


def test_a_code_names_its_calendar() -> None:
    """24/7 never closes; everything else is an exchange's code, or its alias."""
    assert isinstance(calendar_for("24/7", *YEAR), AlwaysOpen)
    christmas = date(2012, 12, 25)
    assert calendar_for("XNYS", *YEAR).session_on(christmas) is None
    assert calendar_for("NYSE", *YEAR).session_on(christmas) is None
    assert calendar_for("24/7", *YEAR).session_on(christmas) is not None


def test_a_misspelt_code_is_refused_with_the_nearest_ones() -> None:
    """So is one that resembles nothing, with examples instead."""
    with pytest.raises(ConfigurationError, match=r"'XNYC'.*XNYS"):
        calendar_for("XNYC", *YEAR)
    with pytest.raises(ConfigurationError, match="XLON"):
        calendar_for("", *YEAR)


def test_the_table_of_codes_is_that_of_the_library() -> None:
    """A name that is missing from it costs a second more; one too many would be found by a run alone."""
    assert installed_codes() == CODES


def test_a_code_is_known_without_the_library_and_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a newer one brings is known as soon as it is installed."""
    monkeypatch.setattr(by_code, "installed_codes", lambda: frozenset({"XNEW"}))
    assert all(by_code.is_known(code) for code in ("XNYS", "24/7", "XNEW"))
    assert not by_code.is_known("XNYZ")


def test_of_equally_near_codes_the_one_that_begins_alike_comes_first() -> None:
    """XNZE has as many letters of XNYZ as XNYS has."""
    assert advice("XNYZ").startswith("did you mean XNYS or")


@pytest.mark.parametrize(
    ("code", "start", "end"),
    [
        ("XNYS", date(2001, 1, 1), date(2000, 1, 1)),
        ("XNYS", date(2001, 9, 11), date(2001, 9, 14)),
        ("XNYS", date(2001, 1, 1), date(2400, 1, 1)),
        ("XHKG", date(1950, 1, 1), date(2000, 1, 1)),
    ],
)
def test_days_that_are_not_covered_are_refused(code: str, start: date, end: date) -> None:
    """The wrong way round, without any session, beyond what can be computed, before what was recorded."""
    with pytest.raises(ConfigurationError, match=f"{code} does not cover"):
        calendar_for(code, start, end)


def test_a_calendar_reaches_as_far_as_it_is_known() -> None:
    """Tokyo's holidays are recorded from 1997 on: before, nothing is known, and after it all."""
    asked = date(1990, 1, 1), date(1998, 12, 31)
    with pytest.raises(ConfigurationError, match="XTKS does not cover 1990-01-01 to 1998-12-31"):
        calendar_for("XTKS", *asked)
    tokyo = calendar_within("XTKS", *asked)
    assert repr(tokyo) == "ExchangeCalendar(XTKS, 1997-01-06 to 1998-12-30)"
    assert tokyo.next_session(datetime(1996, 12, 31, tzinfo=UTC)) is None
    assert repr(calendar_within("XNYS", *YEAR)) == repr(calendar_for("XNYS", *YEAR))


@pytest.mark.parametrize(("code", "start"), [("ASEX", 2012), ("XTAE", 1990), ("XNYC", 2012), ("XTKS", 1990)])
def test_a_calendar_of_which_none_of_the_days_is_known_is_refused(code: str, start: int) -> None:
    """Names without days in the library, days that it cannot work out, no name at all, and all of it too early."""
    with pytest.raises(ConfigurationError, match=code):
        calendar_within(code, date(start, 1, 1), date(start, 12, 31))


def test_outside_of_its_days_an_exchange_knows_nothing() -> None:
    """Not even a next session: there may be nearer ones that were not loaded."""
    calendar = ExchangeCalendar("XNYS", date(2012, 1, 1), date(2012, 12, 31))
    before, after = datetime(2011, 6, 1, 15, tzinfo=UTC), datetime(2013, 6, 3, 15, tzinfo=UTC)
    for at in (before, after):
        assert calendar.session(at) is None
        assert calendar.next_session(at) is None
        assert calendar.session_on(at.date()) is None
    # New Year's Day is covered: it has no session, and the next one is known.
    assert calendar.next_session(datetime(2012, 1, 1, tzinfo=UTC)) == calendar.session_on(date(2012, 1, 3))
    assert repr(calendar) == "ExchangeCalendar(XNYS, 2012-01-03 to 2012-12-31)"


def test_a_lunch_break_is_no_end_of_the_session() -> None:
    """Tokyo trades from 9:00 to 15:00 with a break: one session, as the docstring says."""
    session = ExchangeCalendar("XTKS", *YEAR).session_on(date(2012, 6, 1))
    assert session == Session(open=datetime(2012, 6, 1, 0, tzinfo=UTC), close=datetime(2012, 6, 1, 6, tzinfo=UTC))


def test_midnight_belongs_to_the_day_that_ends_with_it() -> None:
    """A market that never closes has sessions from midnight, exclusive, to midnight, inclusive."""
    midnight = datetime(2000, 2, 29, tzinfo=UTC)
    calendar = AlwaysOpen()
    assert calendar.session(midnight) == calendar.session_on(date(2000, 2, 28))
    assert calendar.next_session(midnight) == calendar.session_on(date(2000, 2, 29))
    assert calendar.session(midnight + timedelta(microseconds=1)) == calendar.session_on(date(2000, 2, 29))


def test_the_ends_of_time_are_an_answer_and_no_error() -> None:
    """The first midnight ends a day that no datetime can name, the last day ends with one."""
    calendar = AlwaysOpen()
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert calendar.session(first) is None
    assert calendar.next_session(first) == calendar.session_on(date.min)
    assert calendar.session(last) is None
    assert calendar.next_session(last) is None
    assert calendar.session_on(date.max) is None


def test_pandas_is_not_imported_before_an_exchange_is_opened() -> None:
    """It costs a second, which nobody who asks for the version or trades 24/7 should pay."""
    program = """
import sys
from datetime import date
from interlock.adapters.calendar.by_code import calendar_for
calendar_for("24/7", date(2000, 1, 1), date(2001, 1, 1))
assert not {"pandas", "numpy", "exchange_calendars"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
