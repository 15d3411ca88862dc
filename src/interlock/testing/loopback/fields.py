"""What a field of a message may hold. Each check answers the value, or raises ``ValueError``."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from interlock.core.faults import VenueProtocolError

COUNT_MAX: Final = 1_000_000_000
NAME_LENGTH_MAX: Final = 64
TEXT_LENGTH_MAX: Final = 200
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,10})?")

# What each field of a message has to be.
Fields = Mapping[str, Callable[[object], Any]]


def text(said: object) -> str:
    """Printable, on one line, perhaps empty."""
    if not isinstance(said, str) or len(said) > TEXT_LENGTH_MAX or not said.isprintable():
        raise ValueError(f"must be at most {TEXT_LENGTH_MAX} printable characters")
    return said


def name(said: object) -> str:
    """Something that is called so: short, and not empty."""
    if not text(said) or len(text(said)) > NAME_LENGTH_MAX:
        raise ValueError(f"must be 1 to {NAME_LENGTH_MAX} printable characters")
    return text(said)


def count(said: object) -> int:
    """A whole number, not negative."""
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said <= COUNT_MAX:
        raise ValueError(f"must be a whole number from 0 to {COUNT_MAX}")
    return said


def amount(said: object) -> Decimal:
    """A decimal string in plain digits, not negative."""
    if not isinstance(said, str) or _AMOUNT.fullmatch(said) is None:
        raise ValueError("must be a decimal string")
    return Decimal(said)


def signed(said: object) -> Decimal:
    """A decimal string in plain digits, perhaps behind a minus."""
    digits = name(said)
    return -amount(digits[1:]) if digits.startswith("-") else amount(digits)


def time(said: object) -> datetime:
    """An aware time in UTC."""
    at = datetime.fromisoformat(name(said))
    if at.utcoffset() != timedelta(0):
        raise ValueError("must be aware UTC")
    return at.replace(tzinfo=UTC)


def perhaps(check: Callable[[object], Any]) -> Callable[[object], Any]:
    """The same, or null."""
    return lambda said: None if said is None else check(said)


def one_of(kind: type[Enum]) -> Callable[[object], Any]:
    """The value of a member of ``kind``."""
    return lambda said: kind(name(said))


def read(fields: Fields, said: object) -> dict[str, Any]:
    """The values of exactly these ``fields``. Raises ``VenueProtocolError``."""
    if not isinstance(said, dict) or said.keys() != fields.keys():
        raise VenueProtocolError(f"expected an object with the fields {', '.join(fields)}")
    values = {}
    for key, check in fields.items():
        try:
            values[key] = check(said[key])
        except ValueError as error:
            # What was said may be anything, and is not repeated.
            raise VenueProtocolError(f"the field {key} is not what it should be") from error
    return values
