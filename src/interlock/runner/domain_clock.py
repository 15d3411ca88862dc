"""The clock that stamps decisions, as a run is given it."""

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from interlock.core.ports import Clock


@frozen(kw_only=True)
class DomainClock:
    """The clock that stamps decisions, and how data moves it (not at all where it runs by itself)."""

    clock: Clock
    advance: Callable[[datetime], None]
    runs: bool


def stand_aside(_: datetime) -> None:
    """A clock that runs by itself is not moved by data."""
