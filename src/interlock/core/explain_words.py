"""Amounts, counts and times in words: the one place where zeros are cut off and nouns get their plural."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

_MICROSECOND = timedelta(microseconds=1)


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


def stamp(at: datetime) -> str:
    """A time as the journal spells it.

    >>> from datetime import UTC
    >>> stamp(datetime(2000, 9, 29, 20, tzinfo=UTC))
    '2000-09-29T20:00:00Z'
    """
    return at.isoformat().replace("+00:00", "Z")


def span(length: timedelta) -> str:
    """A length of time in the units that people use, to the last digit.

    >>> span(timedelta(days=1, hours=2, seconds=3)), span(timedelta(0)), span(timedelta(microseconds=-1_500_000))
    ('1 day 2 h 3 s', '0 s', 'minus 1.50 s')
    """
    minus, length = ("minus ", -length) if length < timedelta(0) else ("", length)
    hours, rest = divmod(length - timedelta(days=length.days), timedelta(hours=1))
    minutes, rest = divmod(rest, timedelta(minutes=1))
    seconds = Decimal(rest // _MICROSECOND).scaleb(-6)
    parts = [
        counted(length.days, "day") * bool(length.days),
        f"{hours} h" * bool(hours),
        f"{minutes} min" * bool(minutes),
        f"{plain(seconds)} s" * bool(seconds),
    ]
    return minus + (" ".join(part for part in parts if part) or "0 s")


def raised(error: str, place: str) -> str:
    """What was raised, and where; or what it said, where that is known.

    >>> raised("ValueError", "mine/desk.py:24 propose"), raised("WrongAnswer", "Mine.propose answered with a str")
    ('ValueError at mine/desk.py:24 propose', 'WrongAnswer: Mine.propose answered with a str')
    """
    # A place is a file, a line and a function.
    return f"{error} at {place}" if re.match(r"\S+:\d+ |$", place) else f"{error}: {place}"


def listed(words: Sequence[str]) -> str:
    """Words in a row.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
