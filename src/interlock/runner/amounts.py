"""Amounts, counts and times, written for people. The words are the core's: what is explained and shown agree."""

from datetime import datetime
from decimal import Decimal

from interlock.core.explain_words import counted, plain

__all__ = ["counted", "plain", "seconds", "when"]


def when(at: datetime) -> str:
    """A time for people: UTC, to the minute, seconds only where there are any."""
    text = at.isoformat(" ", "seconds")
    return f"{text[:19] if at.second else text[:16]}Z"


def seconds(length: float) -> str:
    """So many seconds, in plain digits.

    >>> seconds(1.0), seconds(0.1), seconds(0.00001), seconds(10_000_000.0)
    ('1 s', '0.1 s', '0.00001 s', '10000000 s')
    """
    return f"{Decimal(f'{length:g}'):f} s"
