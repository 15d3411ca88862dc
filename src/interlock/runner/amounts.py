"""Amounts, counts and times, written for people. The words are the core's: what is explained and shown agree."""

from datetime import datetime

from interlock.core.explain_words import counted, plain

__all__ = ["counted", "plain", "when"]


def when(at: datetime) -> str:
    """A time for people: UTC, to the minute, seconds only where there are any."""
    return f"{at:%Y-%m-%d %H:%M}Z" if not at.second else f"{at:%Y-%m-%d %H:%M:%S}Z"
