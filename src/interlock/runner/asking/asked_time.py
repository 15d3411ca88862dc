"""A time that a person typed: one moment, or a refusal that names every moment it could have meant.

Nobody guesses a zone here. What is refused is written out in each reading, so that one of them can be pasted back.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from interlock.core.explain_words import stamp
from interlock.runner.asking.errors import UnclearTime
from interlock.runner.config.problems import printable, suggestion

FORMS: Final = "2000-10-02T20:00:00Z, 2000-10-02T16:00-04:00 or '2000-10-02 16:00 America/New_York'"
# A day's last moment that a person would type.
_LAST_OF_DAY: Final = time(23, 59, 59)
_MONTHS: Final = 12
# Year, month and day, and as much of the hour, minute and second as is there.
_PARTS: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?", re.ASCII)


def asked_time(text: str, market_zone: str | None) -> datetime:
    """The moment that ``text`` names, in UTC: ISO 8601 with Z or an offset, or a local time and the name of its zone.

    ``market_zone`` is the zone of the recorded configuration, if it has one: it is offered, never assumed. Raises
    ``UnclearTime`` for a time without a zone, a day without a time, and one that a change of the clocks made come
    twice or not at all.
    """
    words = text.split()
    text = " ".join(words)
    if len(words) > 1 and words[-1][:1].isalpha():
        return _in_zone(" ".join(words[:-1]), words[-1], text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnclearTime(f"{_quoted(text)} is no time{_because(text)}: write it as {FORMS}") from error
    zones = list(dict.fromkeys(zone for zone in (market_zone, "UTC") if zone is not None))
    if _is_a_day(text):
        raise UnclearTime(f"{_quoted(text)} is a day and no time: {_choices(_ends_of(found.date(), zones))}")
    if found.tzinfo is None:
        readings = [reading for zone in zones for reading in _readings(found, _known(zone), f"in {zone}")]
        raise UnclearTime(f"{_quoted(text)} has no zone, and none is guessed: {_choices(readings)}")
    return _utc(found, text)


def _in_zone(written: str, name: str, text: str) -> datetime:
    zone = _zone(name)
    if zone is None:
        raise UnclearTime(f"{_quoted(text)} names a zone that is not known, {_quoted(name)}: {_near(name)}")
    try:
        local = datetime.fromisoformat(written)
    except ValueError as error:
        raise UnclearTime(f"{_quoted(text)} is no time{_because(written)}: write it as {FORMS}") from error
    if local.tzinfo is not None:
        raise UnclearTime(f"{_quoted(text)} has two zones: leave the offset out, or the name")
    if _is_a_day(written):
        raise UnclearTime(f"{_quoted(text)} is a day and no time: {_choices(_ends_of(local.date(), [name]))}")
    readings = list(_readings(local, zone, f"in {name}"))
    if len(readings) > 1:
        came = "came twice" if _exists(local, zone) else "never came"
        raise UnclearTime(f"{_quoted(text)} {came}, for the clocks were changed: {_choices(readings)}")
    return _utc(local.replace(tzinfo=zone), text)


def _because(written: str) -> str:
    """Which part of it no calendar or clock has; empty for what is not in the form of a time."""
    found = _PARTS.match(written)
    if found is None:
        return ""
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    if not 1 <= month <= _MONTHS:
        return f", for no year has a month {month}"
    if year and not 1 <= day <= monthrange(year, month)[1]:
        return f", for {year:04d}-{month:02d} has no day {day}"
    if hour > _LAST_OF_DAY.hour:
        return f", for no day has an hour {hour}"
    if minute > _LAST_OF_DAY.minute:
        return f", for no hour has a minute {minute}"
    return f", for no minute has a second {second}" if second > _LAST_OF_DAY.second else ""


def _readings(local: datetime, zone: ZoneInfo, where: str) -> Iterable[tuple[str, str]]:
    """The moments that a local time may mean, as typed and in words: one, or two around a change of the clocks."""
    for fold in (0, 1):
        moment = local.replace(tzinfo=zone, fold=fold)
        if fold == 0 or moment.utcoffset() != local.replace(tzinfo=zone, fold=0).utcoffset():
            offset = moment.utcoffset() or timedelta(0)
            # By its offset: a moment that never came is the one that the clocks would have shown.
            yield _typed(moment, offset), where


def _typed(moment: datetime, offset: timedelta) -> str:
    return stamp(datetime.combine(moment.date(), moment.time()).replace(tzinfo=timezone(offset)))


def _exists(local: datetime, zone: ZoneInfo) -> bool:
    there = local.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local


def _ends_of(day: date, zones: Iterable[str]) -> Iterable[tuple[str, str]]:
    for zone in zones:
        for at, where in ((time(0), "its beginning"), (_LAST_OF_DAY, "its end")):
            yield from _readings(datetime.combine(day, at), _known(zone), f"{where} in {zone}")


def _choices(readings: Iterable[tuple[str, str]]) -> str:
    return "say which is meant:" + "".join(f"\n  {typed} ({where})" for typed, where in readings)


def _zone(name: str) -> ZoneInfo | None:
    # An abbreviation such as EST is a zone too, and hardly ever the one that is meant.
    if name not in ("UTC", "GMT", "Z") and "/" not in name:
        return None
    try:
        return ZoneInfo("UTC" if name == "Z" else name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _known(name: str) -> ZoneInfo:
    return _zone(name) or ZoneInfo("UTC")


def _near(name: str) -> str:
    from zoneinfo import available_timezones

    names = [each for each in available_timezones() if "/" in each]
    return suggestion(name, names) or "write UTC, or a name such as America/New_York"


def _is_a_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _utc(moment: datetime, text: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise UnclearTime(f"{_quoted(text)} lies outside of all calendars: write it as {FORMS}") from error


def _quoted(text: str) -> str:
    return f"'{printable(text)}'"
