"""From one TOML value to one value of ours. Each parser takes exactly what it says and converts nothing else.

The stdlib is more generous than a limit should be: ``Decimal`` reads ``1_000``, ``1e400``, NaN and other scripts'
digits, ``bool`` is an ``int``. So the grammar is stated here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from interlock.core.values import DECIMAL_DIGITS_MAX, WHOLE_DIGITS_MAX, problem_with_amount
from interlock.runner.config.problems import FloatLiteral, Wrong, describe, suggestion

TEXT_CHARACTERS_MAX: Final = 1024
INTEGER_MAX: Final = 10**WHOLE_DIGITS_MAX

_NAMED: Final[Mapping[str, str]] = MappingProxyType({"\n": "the newline", "\r": "the carriage return"})
_AMOUNT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_INTERVAL: Final = re.compile(r"([1-9][0-9]{0,4})([smhd])", re.ASCII)
_UNITS: Final = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)))
_UNIT: Final = {**dict(_UNITS), "s": timedelta(seconds=1)}
INTERVAL_MAX: Final = timedelta(days=1)

AMOUNT_EXPECTED: Final = 'an amount: a string such as "0.20", or an integer'
INTERVAL_EXPECTED: Final = 'a length of time up to a day, such as "1m", "5m", "1h" or "1d"'


def text(value: object) -> str:
    """Text without control characters; a tab may be a file's delimiter."""
    if not isinstance(value, str):
        raise Wrong(describe(value), "a string in quotes")
    if len(value) > TEXT_CHARACTERS_MAX:
        raise Wrong(describe(value), f"at most {TEXT_CHARACTERS_MAX} characters")
    for place, char in enumerate(value, start=1):
        if not char.isprintable() and char != "\t":
            named = _NAMED.get(char, "a character that is not printable")
            remedy = f"take out {named} (U+{ord(char):04X}) at place {place}"
            raise Wrong(describe(value), "printable characters", remedy)
    return value


def whole_number(value: object) -> int:
    """An integer; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        remedy = "write it without quotes" if isinstance(value, str) and value.isdecimal() else ""
        raise Wrong(describe(value), "a whole number such as 10", remedy)
    if abs(value) >= INTEGER_MAX:
        raise Wrong(describe(value), f"a whole number of at most {WHOLE_DIGITS_MAX} digits")
    return value


def boolean(value: object) -> bool:
    """``true`` or ``false``, and nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise Wrong(describe(value), "true or false, without quotes")
    return value


def amount(value: object) -> Decimal:
    """Money, a price, a quantity, a share: a string of plain digits, or an integer. Never a float."""
    if isinstance(value, FloatLiteral):
        raise Wrong(
            describe(value),
            f'a string such as "{value.text if _AMOUNT.fullmatch(value.text) else "0.20"}"',
            "put it in quotes: a float is rounded before anybody can look at it",
        )
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong(describe(value), AMOUNT_EXPECTED)
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise Wrong(
            describe(value), AMOUNT_EXPECTED, "digits and one point only: no exponent, underscore, comma or blank"
        )
    too_long = Wrong(
        describe(value), f"at most {WHOLE_DIGITS_MAX} digits before the point and {DECIMAL_DIGITS_MAX} after it"
    )
    if isinstance(value, int) and abs(value) >= INTEGER_MAX:
        raise too_long
    parsed = Decimal(value)
    if problem_with_amount(parsed) is not None:
        raise too_long
    return parsed


def day(value: object) -> date:
    """A calendar day: a TOML date, or the same in quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise Wrong(describe(value), "a day that exists") from error
    raise Wrong(describe(value), "a date such as 2000-06-21")


def moment(value: object) -> datetime:
    """A moment with its offset, as UTC. Without one it means nothing until somebody guesses a zone."""
    expected = "a date-time with its offset, such as 2000-06-21T14:30:00Z"
    parsed = value
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError as error:
            raise Wrong(describe(value), "a moment that exists") from error
    if not isinstance(parsed, datetime) or parsed.tzinfo is None:
        raise Wrong(describe(value), expected)
    try:
        return parsed.astimezone(UTC)
    except OverflowError as error:
        raise Wrong(describe(value), "a moment that exists in UTC") from error


def interval(value: object) -> timedelta:
    """A length of time: a whole number and its unit, s, m, h or d."""
    found = _INTERVAL.fullmatch(value) if isinstance(value, str) else None
    length = int(found[1]) * _UNIT[found[2]] if found is not None else None
    if length is None or length > INTERVAL_MAX:
        raise Wrong(describe(value), INTERVAL_EXPECTED)
    return length


def interval_text(length: timedelta) -> str:
    """The shortest way to write an interval, so that ``60m`` and ``1h`` are one configuration."""
    for unit, size in _UNITS:
        if length % size == timedelta(0):
            return f"{length // size}{unit}"
    return f"{length // timedelta(seconds=1)}s"


def member(value: object, kind: type[Enum]) -> Enum:
    """A member of an enum by its exact value. Nothing falls through to a default."""
    values = [str(one.value) for one in kind]
    for one in kind:
        if isinstance(value, str) and value == one.value:
            return one
    remedy = suggestion(value, values) if isinstance(value, str) else ""
    raise Wrong(describe(value), f"one of {', '.join(values)}", remedy)


PARSERS: Final[Mapping[type, Callable[[object], Any]]] = MappingProxyType(
    {str: text, int: whole_number, bool: boolean, Decimal: amount, date: day, datetime: moment, timedelta: interval}
)
