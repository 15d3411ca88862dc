"""The port that knows when a market is open."""

from abc import ABC, abstractmethod
from datetime import date, datetime

from interlock.core.market import Session


class Calendar(ABC):
    """The sessions of one market, holidays, half days and unplanned closures included.

    Sessions are half open, ``(open, close]``, in aware UTC, ascending, and do not overlap. A market that never
    closes has one session a UTC day.
    """

    @abstractmethod
    def session(self, at: datetime) -> Session | None:
        """The session that contains ``at``; None outside of sessions or outside of what the calendar covers."""

    @abstractmethod
    def next_session(self, at: datetime) -> Session | None:
        """The first session that opens at or after ``at``; None where the calendar ends."""

    @abstractmethod
    def session_on(self, day: date) -> Session | None:
        """The session that the market itself calls ``day``; None where it was closed."""

    @abstractmethod
    def sessions_between(self, after: Session, before: Session) -> int:
        """How many whole sessions lie strictly between the two."""
