"""Amounts, counts and times, written for people. The words are the core's: what is explained and shown agree."""

from datetime import datetime

from interlock.core.explain_words import counted, plain

__all__ = ["counted", "plain", "when"]


def when(at: datetime) -> str:
    """A time for people: UTC, to the minute, seconds only where there are any."""
    text = at.isoformat(" ", "seconds")
    return f"{text[:19] if at.second else text[:16]}Z"
