"""Amounts, counts and times, written for people: the one place where zeros are cut off and nouns get their plural."""

from datetime import datetime
from decimal import Decimal


def plain(amount: Decimal) -> str:
    """An amount to its last digit, without exponent and without needless zeros, cents kept.

    >>> plain(Decimal("1E+2")), plain(Decimal("-34.5700")), plain(Decimal("0.5000000000"))
    ('100', '-34.57', '0.50')
    """
    # Not normalize(), which rounds to the digits of this thread's context: a sum of money may have more.
    whole, _, decimals = (format(amount, "f") if amount else "0").partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals.ljust(2, '0')}" if decimals else whole


def counted(count: int, thing: str) -> str:
    """How many there are of a thing that takes an s.

    >>> counted(1, "bar"), counted(0, "more time"), counted(12_000, "record")
    ('1 bar', '0 more times', '12,000 records')
    """
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def when(at: datetime) -> str:
    """A time for people: UTC, to the minute, seconds only where there are any."""
    return f"{at:%Y-%m-%d %H:%M}Z" if not at.second else f"{at:%Y-%m-%d %H:%M:%S}Z"
