"""What a time in a file means."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.calendar.by_code import calendar_for
from interlock.adapters.calendar.exchange import ExchangeCalendar
from interlock.adapters.market_data.csv_times import CALENDAR_RULE, Stamp, TimeFormat, TimeReader, Unstated
from interlock.core.ports import Calendar
from interlock.runner.container import CALENDAR_START, CALENDAR_YEARS_AHEAD

DAY = timedelta(days=1)
# Each moves its clocks in a way of its own: by an hour, by half an hour, in winter, at midnight, by a whole day, never.
ZONES = (
    "America/New_York",
    "Europe/London",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Kolkata",
    "UTC",
)


@cache
def new_york() -> Calendar:
    """The exchange of the examples."""
    return ExchangeCalendar("XNYS", date(2001, 1, 1), date(2013, 1, 1))


def reader(
    *,
    stamp: Stamp | None = Stamp.CLOSE,
    zone: str | None = None,
    time_format: TimeFormat | None = None,
    interval: timedelta = DAY,
    calendar: Calendar | None = None,
) -> TimeReader:
    """A reader of UTC closes around the clock, unless told otherwise."""
    return TimeReader(
        time_format=time_format,
        zone=ZoneInfo(zone) if zone is not None else None,
        stamp=stamp,
        interval=interval,
        calendar=calendar or AlwaysOpen(),
    )


def utc(text: str) -> datetime:
    """``text`` as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2020-01-31T21:00:00Z", "2020-01-31 21:00"),
        ("2020-01-31 21:00:00+00:00", "2020-01-31 21:00"),
        ("2020-01-31T16:00-05:00", "2020-01-31 21:00"),
        ("2020-01-31T16:00:00-0500", "2020-01-31 21:00"),
        ("2020-01-31T16:00:00-05", "2020-01-31 21:00"),
        ("2020-02-01T02:30:00+05:30", "2020-01-31 21:00"),
        ("2020-01-31T21:00:00.25Z", "2020-01-31 21:00:00.250000"),
        ("2020-01-31T21:00:00.000001000Z", "2020-01-31 21:00:00.000001"),
    ],
)
def test_iso_times_with_an_offset_need_no_zone(cell: str, expected: str) -> None:
    """A time with an offset names one moment."""
    assert reader().close_of(cell) == utc(expected)


@pytest.mark.parametrize(
    ("time_format", "cell"),
    [
        (TimeFormat.EPOCH_S, "1580504400"),
        (TimeFormat.EPOCH_MS, "1580504400000"),
        (TimeFormat.EPOCH_US, "1580504400000000"),
        (TimeFormat.EPOCH_NS, "1580504400000000000"),
    ],
)
def test_epochs_are_counted_in_the_stated_unit(time_format: TimeFormat, cell: str) -> None:
    """Seconds, milli-, micro- and nanoseconds since 1970 in UTC, whatever zone the file is in."""
    assert reader(time_format=time_format).close_of(cell) == utc("2020-01-31 21:00")
    assert reader(time_format=time_format, zone="Asia/Kolkata").close_of(cell) == utc("2020-01-31 21:00")


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2199, 12, 31)))  # noqa: DTZ001
def test_every_written_form_of_a_moment_is_read_back_exactly(naive: datetime) -> None:
    """ISO and the epochs agree to the microsecond."""
    moment = naive.replace(tzinfo=UTC)
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert reader().close_of(moment.isoformat()) == moment
    assert reader(time_format=TimeFormat.EPOCH_US).close_of(str(micros)) == moment
    assert reader(time_format=TimeFormat.EPOCH_NS).close_of(f"{micros}000") == moment


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2016-12-31T23:59:60Z", "leap second"),
        ("2020-01-31T24:00:00Z", "hour 24"),
        ("2020-01-31T21:00:00.0000001Z", "microsecond"),
        ("2020-02-30", "no such time"),
        ("2020-13-01T00:00:00Z", "no such time"),
        ("2020-01-01T00:61:00Z", "no such time"),
        ("2020-01-01T00:00:00+25:00", "no such time: an offset from UTC is 23:59 at most"),
        ("2020-01-01T00:00:00-9900", "no such time: an offset from UTC is 23:59 at most"),
        ("2020-01-01T00:00:00+24", "no such time: an offset from UTC is 23:59 at most"),
        ("2020-01-01T00:00:00+05:99", "no such time: an offset from UTC is 23:59 at most"),
        ("0001-01-01T00:00:00Z", "between the years"),
        ("9999-12-31", "between the years"),
        ("31/01/2020", "ISO 8601"),
        ("2020-1-1", "ISO 8601"),
        ("2020-01-31t21:00:00z", "ISO 8601"),
        ("2020-01-31T21:00:00,5Z", "ISO 8601"),
        ("2020-W05-5", "ISO 8601"),
        ("\u0662\u0660\u0662\u0660-01-31", "ISO 8601"),
        ("2020-01-31T21:00:00Z\x00", "ISO 8601"),
        ("", "ISO 8601"),
    ],
)
def test_what_is_no_iso_time_is_refused_with_its_rule(cell: str, why: str) -> None:
    """Nothing is guessed, moved or rounded."""
    found = reader().close_of(cell)
    assert isinstance(found, str)
    assert why in found


@pytest.mark.parametrize("cell", ["", "-1", "1e9", "1_000", "1.5", " 1", "\u0661", "9" * 20, "9" * 19])
def test_what_is_no_epoch_is_refused(cell: str) -> None:
    """An epoch is whole ASCII digits within the years that are believed."""
    assert isinstance(reader(time_format=TimeFormat.EPOCH_S).close_of(cell), str)


def test_nanoseconds_that_a_datetime_cannot_hold_are_refused() -> None:
    """Rounding would move a bar in time."""
    found = reader(time_format=TimeFormat.EPOCH_NS).close_of("1580504400000000001")
    assert found == "a time must not be finer than a microsecond"


@given(
    text=st.text(max_size=40), time_format=st.sampled_from([None, *TimeFormat]), stamp=st.sampled_from([None, *Stamp])
)
@example(text="2020-01-01T00:00:00+00:00:01", time_format=None, stamp=Stamp.CLOSE)
def test_a_time_reader_never_raises(text: str, time_format: TimeFormat | None, stamp: Stamp | None) -> None:
    """Whatever stands in the cell, the answer is a moment, a rule, or a question to the configuration."""
    found = reader(time_format=time_format, stamp=stamp, zone="Europe/London").close_of(text)
    assert isinstance(found, datetime | str | Unstated)


# ------------------------------------------------------------------------------------------------ zones


@given(
    zone=st.sampled_from(ZONES),
    naive=st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2036, 12, 31)),  # noqa: DTZ001
)
@example(zone="Pacific/Apia", naive=datetime(2011, 12, 30, 10))  # noqa: DTZ001
@example(zone="Australia/Lord_Howe", naive=datetime(2020, 4, 4, 15, 15))  # noqa: DTZ001
@example(zone="America/New_York", naive=datetime(2020, 11, 1, 5, 30))  # noqa: DTZ001
@example(zone="America/New_York", naive=datetime(2020, 11, 1, 6, 30))  # noqa: DTZ001
def test_local_times_name_their_moment_or_are_refused(zone: str, naive: datetime) -> None:
    """Every moment, written in local time, is read back as itself, or is refused and named among the readings."""
    moment = naive.replace(tzinfo=UTC)
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    found = reader(zone=zone).close_of(local.isoformat())
    if isinstance(found, datetime):
        assert found == moment
        assert found.tzinfo is UTC
    else:
        assert isinstance(found, str)
        assert f"{zone} has this time twice" in found
        assert moment.isoformat() in found


@pytest.mark.parametrize(
    ("zone", "before", "missing", "after"),
    [
        ("America/New_York", "2020-03-08 01:59:59", "2020-03-08 02:30", "2020-03-08 03:00"),
        ("Europe/London", "2020-03-29 00:59:59", "2020-03-29 01:30", "2020-03-29 02:00"),
        ("Europe/Dublin", "2020-03-29 00:59:59", "2020-03-29 01:30", "2020-03-29 02:00"),
        ("Australia/Lord_Howe", "2020-10-04 01:59:59", "2020-10-04 02:15", "2020-10-04 02:30"),
        ("America/Sao_Paulo", "2018-11-03 23:59:59", "2018-11-04 00:30", "2018-11-04 01:00"),
        ("Pacific/Apia", "2011-12-29 23:59:59", "2011-12-30 12:00", "2011-12-31 00:00"),
    ],
)
def test_a_time_that_the_clocks_jumped_over_is_refused(zone: str, before: str, missing: str, after: str) -> None:
    """The last time before the gap and the first behind it are one second apart; between them there is none."""
    times = reader(zone=zone)
    last, first = times.close_of(before), times.close_of(after)
    assert isinstance(last, datetime)
    assert isinstance(first, datetime)
    assert first - last == timedelta(seconds=1)
    assert times.close_of(missing) == f"{zone} has no such time: the clocks were put forward over it"


@pytest.mark.parametrize(
    ("zone", "cell", "first", "second"),
    [
        ("America/New_York", "2020-11-01 01:30", "2020-11-01T05:30:00+00:00", "2020-11-01T06:30:00+00:00"),
        ("Europe/London", "2020-10-25 01:30", "2020-10-25T00:30:00+00:00", "2020-10-25T01:30:00+00:00"),
        ("Europe/Dublin", "2020-10-25 01:30", "2020-10-25T00:30:00+00:00", "2020-10-25T01:30:00+00:00"),
        ("Australia/Lord_Howe", "2020-04-05 01:45", "2020-04-04T14:45:00+00:00", "2020-04-04T15:15:00+00:00"),
    ],
)
def test_a_time_that_happens_twice_is_refused_with_both_readings(zone: str, cell: str, first: str, second: str) -> None:
    """Neither reading is preferred; writing the offset settles it."""
    assert reader(zone=zone).close_of(cell) == f"{zone} has this time twice: {first} or {second}"
    assert reader(zone=zone).close_of(f"{cell}:00Z") == utc(f"{cell}")


# ----------------------------------------------------------------------------------------------- stamps


@pytest.mark.parametrize(
    ("day", "close"),
    [
        ("2012-11-21", "2012-11-21 21:00"),
        ("2012-11-23", "2012-11-23 18:00"),  # the day after Thanksgiving is a half day
        ("2012-07-03", "2012-07-03 17:00"),  # a half day in summer time
        ("2001-09-10", "2001-09-10 20:00"),
        ("2001-09-17", "2001-09-17 20:00"),
    ],
)
def test_a_date_closes_when_that_session_did(day: str, close: str) -> None:
    """Early closes and daylight saving included; no stamp and no zone are needed for a date."""
    assert reader(stamp=Stamp.DATE, calendar=new_york()).close_of(day) == utc(close)
    assert reader(stamp=None, calendar=new_york()).close_of(day) == utc(close)
    assert reader(stamp=Stamp.DATE, calendar=new_york(), zone="America/New_York").close_of(day) == utc(close)


@pytest.mark.parametrize("day", ["2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2012-11-22", "2012-11-24"])
def test_a_date_on_which_the_market_was_closed_is_refused(day: str) -> None:
    """The closed week of September 2001, a holiday, a Saturday."""
    assert reader(stamp=Stamp.DATE, calendar=new_york()).close_of(day) == "the market had no session on that day"


@pytest.mark.parametrize("day", ["1962-06-01", "1989-12-29", "{after_the_next}-06-01", "2199-06-01"])
def test_a_date_that_the_calendar_does_not_reach_is_not_called_a_holiday(day: str) -> None:
    """It was or will be a day of trading, and nobody looked. The words are those of the calendar that a run has."""
    this_year = datetime.now(UTC).year
    assert CALENDAR_START.isoformat() in CALENDAR_RULE
    assert CALENDAR_YEARS_AHEAD == 1
    calendar = calendar_for("XNYS", CALENDAR_START, date(this_year + CALENDAR_YEARS_AHEAD, 12, 31))
    day = day.format(after_the_next=this_year + 2)
    assert reader(stamp=Stamp.DATE, calendar=calendar).close_of(day) == CALENDAR_RULE
    assert "had no session" in str(reader(stamp=Stamp.DATE, calendar=calendar).close_of("1990-01-01"))


@pytest.mark.parametrize(
    ("cell", "zone", "time_format"),
    [
        ("2012-11-23 00:00:00", None, None),
        ("2012-11-23T00:00:00-05:00", None, None),
        ("1353628800", None, TimeFormat.EPOCH_S),
        ("1353646800", "America/New_York", TimeFormat.EPOCH_S),
    ],
)
def test_a_date_may_be_written_as_its_midnight(cell: str, zone: str | None, time_format: TimeFormat | None) -> None:
    """Exports write a date as 00:00 of it, or as the epoch of that, in UTC or in the zone that is stated."""
    times = reader(stamp=Stamp.DATE, calendar=new_york(), zone=zone, time_format=time_format)
    assert times.close_of(cell) == utc("2012-11-23 18:00")


@pytest.mark.parametrize(
    ("cell", "zone", "time_format"),
    [
        ("2012-11-23 16:00", None, None),
        ("1353646800", None, TimeFormat.EPOCH_S),
        ("1353628800", "America/New_York", TimeFormat.EPOCH_S),
    ],
)
def test_a_date_with_a_time_of_day_is_refused(cell: str, zone: str | None, time_format: TimeFormat | None) -> None:
    """A time other than midnight says that the file means something else than dates."""
    found = reader(stamp=Stamp.DATE, calendar=new_york(), zone=zone, time_format=time_format).close_of(cell)
    assert isinstance(found, str)
    assert "contradicts" in found


@pytest.mark.parametrize(
    ("interval", "opened", "close"),
    [
        (timedelta(minutes=1), "2012-11-23 09:30", "2012-11-23 14:31"),
        (timedelta(minutes=30), "2012-11-23 12:45", "2012-11-23 18:00"),  # the last bar of a half day is short
        (timedelta(minutes=30), "2012-11-21 15:30", "2012-11-21 21:00"),
        (timedelta(hours=1), "2012-11-21 15:30", "2012-11-21 21:00"),
        (DAY, "2012-11-23 09:30", "2012-11-23 18:00"),
        (timedelta(minutes=30), "2012-11-21 08:00", "2012-11-21 13:30"),  # before the session: nothing to cap it
    ],
)
def test_an_open_becomes_a_close_that_its_session_caps(interval: timedelta, opened: str, close: str) -> None:
    """The close is one interval on, and never behind the session's own."""
    times = reader(stamp=Stamp.OPEN, zone="America/New_York", interval=interval, calendar=new_york())
    assert times.close_of(opened) == utc(close)


def test_bars_of_one_session_and_of_the_next_are_each_capped_by_their_own() -> None:
    """A session that was looked up is not taken for a later one."""
    times = reader(stamp=Stamp.OPEN, interval=timedelta(hours=4), calendar=new_york())
    cells = ("2012-11-21T14:30Z", "2012-11-21T18:30Z", "2012-11-23T14:30Z", "2012-11-26T18:30Z")
    expected = ("2012-11-21 18:30", "2012-11-21 21:00", "2012-11-23 18:00", "2012-11-26 21:00")
    assert [times.close_of(cell) for cell in cells] == [utc(text) for text in expected]


@pytest.mark.parametrize(
    ("cell", "options", "key"),
    [
        ("2020-01-31 16:00", {"zone": "UTC", "stamp": None}, "stamp"),
        ("2020-01-31 16:00", {"stamp": Stamp.CLOSE}, "time_zone"),
        ("2020-01-31", {"stamp": Stamp.OPEN}, "stamp"),
        ("2020-01-31", {"stamp": Stamp.DATE, "interval": timedelta(hours=1)}, "interval"),
        ("1580504400", {"stamp": Stamp.CLOSE}, "time_format"),
        ("20200131", {"stamp": Stamp.DATE}, "time_format"),
    ],
)
def test_what_the_file_does_not_say_has_to_be_stated(cell: str, options: dict[str, object], key: str) -> None:
    """The key that would settle it is named."""
    found = reader(**options).close_of(cell)  # type: ignore[arg-type]
    assert isinstance(found, Unstated)
    assert found.key == key
