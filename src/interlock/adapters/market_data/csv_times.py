"""What the time in a row means: the UTC moment at which its bar closed, or the rule that it breaks."""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from attrs import frozen

from interlock.core.explain_words import span
from interlock.core.market import Session
from interlock.core.ports import Calendar

YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2199

# What an exchange's sessions are known for is settled by the runner, and a test holds these words against it.
CALENDAR_RULE: Final = (
    "the session calendar does not reach that day: it is read from 1990-01-01, or from where it is known, to the end "
    "of the year after this one"
)

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?P<hour>[0-9]{2}):[0-9]{2}"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?:Z|[+-](?P<offset>[0-9]{2}(?::?[0-9]{2})?))?"
).fullmatch
_OFFSET: Final = re.compile(r"(?:[01][0-9]|2[0-3]):?(?:[0-5][0-9])?").fullmatch
_DIGITS: Final = re.compile(r"[0-9]{1,19}").fullmatch

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_MAX: Final = (datetime(YEAR_MAX + 1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
_MOMENT: Final = timedelta(microseconds=1)
_WHAT_ISO_IS: Final = "a time must be ISO 8601 (2020-01-31, 2020-01-31 16:00:00, 2020-01-31T21:00:00Z)"


class Stamp(StrEnum):
    """What a row's time stands for: the session's date, the bar's open, or the bar's close."""

    DATE = "date"
    OPEN = "open"
    CLOSE = "close"


class TimeFormat(StrEnum):
    """How a row's time is written: ISO 8601, or a count of units since 1970 in UTC."""

    ISO = "iso"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    EPOCH_US = "epoch_us"
    EPOCH_NS = "epoch_ns"


# How many of each unit make a second.
_UNITS: Final = {
    TimeFormat.EPOCH_S: 1,
    TimeFormat.EPOCH_MS: 10**3,
    TimeFormat.EPOCH_US: 10**6,
    TimeFormat.EPOCH_NS: 10**9,
}


@frozen(kw_only=True)
class Unstated:
    """The time cannot be read because the configuration leaves something open: which key, and what to set.

    ``also`` is what else it leaves open of the same time, so that a person is not told one thing a run.
    """

    key: str
    rule: str
    remedy: str
    also: tuple["Unstated", ...] = ()


class TimeReader:
    """Reads one column of times. ``close_of`` is total: whatever stands in a cell, it answers and never raises."""

    def __init__(
        self,
        *,
        time_format: TimeFormat | None,
        zone: ZoneInfo | None,
        stamp: Stamp | None,
        interval: timedelta,
        calendar: Calendar,
    ) -> None:
        self._format = time_format
        self._zone = zone
        self._stamp = stamp
        self._interval = interval
        self._calendar = calendar
        self._session: Session | None = None

    def close_of(self, cell: str) -> datetime | str | Unstated:
        """The close, aware UTC; or the rule that the cell breaks; or what the configuration has to state."""
        read = self._read(cell)
        if isinstance(read, datetime):
            return self._placed(read)
        return self._session_close(read) if isinstance(read, date) else read

    def _read(self, cell: str) -> date | datetime | str | Unstated:
        if self._format in _UNITS:
            return _since_epoch(cell, _UNITS[self._format])
        if _DATE(cell):
            return _checked(cell, date)
        found = _TIME(cell)
        if found is None:
            if _DIGITS(cell) and self._format is None:
                rule = "digits alone do not say what they count"
                return Unstated(key="time_format", rule=rule, remedy='"epoch_s", "epoch_ms", "epoch_us" or "epoch_ns"')
            return _WHAT_ISO_IS
        if found["second"] == "60":
            return "a leap second (:60) names no moment that we can order: it is refused, never moved"
        if found["hour"] == "24":
            return "hour 24 is the next day's hour 00: write that"
        if found["fraction"] and found["fraction"][6:].strip("0"):
            return "a time must not be finer than a microsecond"
        if found["offset"] and not _OFFSET(found["offset"]):
            return "no such time: an offset from UTC is 23:59 at most"
        return _checked(cell, datetime)

    def _placed(self, read: datetime) -> datetime | str | Unstated:
        """A time of day, as the stamp would have it."""
        if self._stamp is None:
            rule = "the file does not say whether its times are those of a bar's open or of its close"
            remedy = '"open" or "close" ("date" when each row is a whole session)'
            zone = self._to_utc(read)
            return Unstated(key="stamp", rule=rule, remedy=remedy, also=(zone,) if isinstance(zone, Unstated) else ())
        if self._stamp is Stamp.DATE:
            return self._midnight(read)
        moment = self._to_utc(read)
        if self._stamp is Stamp.OPEN and isinstance(moment, datetime):
            return self._end_of_bar(moment)
        return moment

    def _to_utc(self, read: datetime) -> datetime | str | Unstated:
        if read.tzinfo is not None:
            return read.astimezone(UTC)
        zone = self._zone
        if zone is None:
            rule = "the time has no offset, and no time zone is stated"
            return Unstated(key="time_zone", rule=rule, remedy='the zone of the file, as "America/New_York" or "UTC"')
        first = read.replace(tzinfo=zone).astimezone(UTC)
        second = read.replace(tzinfo=zone, fold=1).astimezone(UTC)
        if first == second:
            return first
        # The two readings differ around a change of the clocks. In the hour that is repeated both come back to
        # the same local time; in the hour that is left out neither does.
        if first.astimezone(zone).replace(tzinfo=None) == read:
            return f"{zone.key} has this time twice: {first.isoformat()} or {second.isoformat()}"
        return f"{zone.key} has no such time: the clocks were put forward over it"

    def _end_of_bar(self, opened: datetime) -> datetime:
        # A session is (open, close]: a bar that opens with it lies in it a moment later.
        within = opened + _MOMENT
        session = self._session
        if session is None or within not in session:
            session = self._session = self._calendar.session(within)
        closed = opened + self._interval
        return min(closed, session.close) if session is not None else closed

    def _midnight(self, read: datetime) -> datetime | str | Unstated:
        """A date that was written with a time of day, which then says nothing: 00:00 is the only one believed."""
        written = read
        if self._format in _UNITS and self._zone is not None:
            written = read.astimezone(self._zone)
        if (written.hour, written.minute, written.second, written.microsecond) != (0, 0, 0, 0):
            return 'stamp = "date" means whole sessions: a time of day other than 00:00 contradicts it'
        return self._session_close(written.date())

    def _session_close(self, day: date) -> datetime | str | Unstated:
        if self._stamp not in (None, Stamp.DATE):
            rule = f"a date without a time cannot be the {self._stamp} of a bar"
            return Unstated(key="stamp", rule=rule, remedy='"date", when each row is a whole session')
        if self._interval < timedelta(days=1):
            rule = f"a row with a date alone is a whole session, and the interval is {span(self._interval)}"
            return Unstated(key="interval", rule=rule, remedy='"1d"')
        session = self._calendar.session_on(day)
        return session.close if session is not None else self._no_session(day)

    def _no_session(self, day: date) -> str:
        """Either the market was closed, or nobody looked: a calendar has a first and a last day."""
        if self._calendar.next_session(datetime(day.year, day.month, day.day, tzinfo=UTC)) is None:
            return CALENDAR_RULE
        return "the market had no session on that day"


def _checked(cell: str, kind: type[date]) -> date | datetime | str:
    """``cell`` read by ``kind``, whose digits were checked; the rule it breaks when there is no such day or time."""
    try:
        read = kind.fromisoformat(cell)
    except ValueError as error:
        return f"no such time: {error}"
    return read if YEAR_MIN <= read.year <= YEAR_MAX else _outside()


def _since_epoch(cell: str, units: int) -> datetime | str:
    if not _DIGITS(cell):
        return "an epoch must be whole digits, 19 at most"
    seconds, rest = divmod(int(cell), units)
    nanoseconds = rest * 10**9 // units
    if nanoseconds % 1000:
        return "a time must not be finer than a microsecond"
    if seconds >= _EPOCH_MAX:
        return f"{_outside()}; is time_format right?"
    return _EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)


def _outside() -> str:
    return f"a time must lie between the years {YEAR_MIN} and {YEAR_MAX}"
