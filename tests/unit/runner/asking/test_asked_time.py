"""A time that was typed is one moment, or it is refused with every moment that it could have meant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.explain_words import stamp
from interlock.runner.asking.asked_time import asked_time
from interlock.runner.asking.errors import UnclearTime

NEW_YORK = "America/New_York"
AT = datetime(2000, 10, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2000-10-02T20:00:00Z",
        " 2000-10-02T20:00:00Z ",
        "\t2000-10-02  16:00-04:00\n",
        "2000-10-02T16:00-04:00",
        "2000-10-02 16:00-04:00",
        "20001002T200000Z",
        "2000-10-02 16:00 America/New_York",
        "2000-10-02T16:00:00  America/New_York",
        "2000-10-02 20:00 UTC",
        "2000-10-02 20:00 Z",
    ],
)
def test_a_time_with_a_zone_is_one_moment(text: str) -> None:
    """By Z, by an offset, or by the name of a zone."""
    assert asked_time(text, None) == AT


UNCLEAR = [
    # found, the market's zone, what the refusal says
    ("2000-10-02T16:00", NEW_YORK, "'2000-10-02T16:00' has no zone, and none is guessed"),
    ("2000-10-02 16:00", None, "2000-10-02T16:00:00Z (in UTC)"),
    ("2000-10-02", NEW_YORK, "is a day and no time: say which is meant:\n  2000-10-02T00:00:00-04:00 (its beginning"),
    ("2000-10-02", NEW_YORK, "2000-10-02T23:59:59Z (its end in UTC)"),
    ("20001002", None, "is a day and no time"),
    ("2000-10-02 America/New_York", None, "2000-10-02T23:59:59-04:00 (its end in America/New_York)"),
    # The clocks of New York were set back at 02:00 on 2000-10-29, and forward at 02:00 on 2000-04-02.
    (f"2000-10-29 01:30 {NEW_YORK}", None, "came twice, for the clocks were changed"),
    (f"2000-10-29 01:30 {NEW_YORK}", None, "01:30:00-04:00 (in America/New_York)\n  2000-10-29T01:30:00-05:00"),
    (f"2000-04-02 02:30 {NEW_YORK}", None, "never came, for the clocks were changed"),
    (f"2000-04-02 02:30 {NEW_YORK}", None, "02:30:00-05:00 (in America/New_York)\n  2000-04-02T02:30:00-04:00"),
    ("2000-10-29T01:30", NEW_YORK, "2000-10-29T01:30:00-05:00 (in America/New_York)\n  2000-10-29T01:30:00Z (in UTC)"),
    ("2000-10-02 16:00 America/New_Yrok", None, "not known, 'America/New_Yrok': did you mean America/New_York?"),
    # Fixed in summer too, and three countries use it.
    ("2000-10-02 16:00 EST", None, "a zone that is not known, 'EST'"),
    ("2000-10-02 16:00 /etc/passwd", None, "is no time"),
    ("2000-10-02 16:00 x/../../passwd", None, "a zone that is not known"),
    ("2000-10-02T16:00Z America/New_York", None, "has two zones"),
    ("yesterday", None, "'yesterday' is no time: write it as 2000-10-02T20:00:00Z"),
    ("yes terday/x", None, "a zone that is not known"),
    ("16:00 America/New_York", None, "is no time"),
    ("", None, "'' is no time"),
    ("2000-02-30T00:00Z", None, "'2000-02-30T00:00Z' is no time, for 2000-02 has no day 30: write it as 2000-10-02T20"),
    (" 2001-02-29", None, "'2001-02-29' is no time, for 2001-02 has no day 29: "),
    ("20000431T000000Z", None, "for 2000-04 has no day 31: "),
    ("2000-13-01T00:00Z", None, "for no year has a month 13: "),
    ("2000-01-01T24:00Z", None, "for no day has an hour 24: "),
    ("2000-01-01 16:60 America/New_York", None, "for no hour has a minute 60: "),
    ("2000-01-01T16:00:60Z", None, "for no minute has a second 60: "),
    ("2000-01-01T16:00:00+25:00", None, "is no time: "),
    ("0000-01-01T00:00Z", None, "is no time: "),
    ("0001-01-01T00:00+14:00", None, "lies outside of all calendars"),
    ("\x1b[31m", None, r"'\x1b[31m' is no time"),
]


@pytest.mark.parametrize(("text", "zone", "says"), UNCLEAR)
def test_what_is_unclear_is_refused_with_its_readings(text: str, zone: str | None, says: str) -> None:
    """No zone, a day, a time that came twice or never, a zone that nobody knows: all of it is said, nothing guessed."""
    with pytest.raises(UnclearTime) as refused:
        asked_time(text, zone)
    assert says in str(refused.value)


@given(local=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2030, 1, 1)))  # noqa: DTZ001 - a local time
def test_every_reading_can_be_pasted_back(local: datetime) -> None:
    """Whatever is offered is taken, and is a moment of its own."""
    local = local.replace(microsecond=0)
    with pytest.raises(UnclearTime) as refused:
        asked_time(local.isoformat(), NEW_YORK)
    offered = [each.split()[0] for each in str(refused.value).partition("is meant:\n")[2].split("\n")]
    read = {asked_time(each, None) for each in offered}
    assert len(read) == len(offered) >= 2
    assert local.replace(tzinfo=UTC) in read


@given(at=st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)), minutes=st.integers(-840, 840))  # noqa: DTZ001
def test_a_time_that_is_clear_is_taken_as_it_is(at: datetime, minutes: int) -> None:
    """In whatever offset it is written."""
    assert asked_time(stamp(at), NEW_YORK) == at
    try:
        local = at.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    assert asked_time(local.isoformat(), NEW_YORK) == at
