"""The calendar of a market that never closes."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from typing_extensions import override

from interlock.core.market import Session
from interlock.core.ports.calendar import Calendar

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
# A session needs a midnight before it and one behind it.
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _DAY
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _DAY - 1


class AlwaysOpen(Calendar):
    """Open day and night: one session a UTC day, from midnight (which is the day before's) to midnight inclusive.

    It covers every day but the very last of the year 9999, whose end no ``datetime`` can name.
    """

    @override
    def session(self, at: datetime) -> Session | None:
        """The UTC day that contains ``at``; midnight belongs to the day that ends with it."""
        return _session(-((_EPOCH - at) // _DAY) - 1)

    @override
    def next_session(self, at: datetime) -> Session | None:
        """The first UTC day that begins at or after ``at``."""
        return _session(-((_EPOCH - at) // _DAY))

    @override
    def session_on(self, day: date) -> Session | None:
        """The UTC day called ``day``."""
        return _session((day - _EPOCH.date()).days)

    @override
    def sessions_between(self, after: Session, before: Session) -> int:
        """How many whole UTC days lie strictly between the two."""
        first = -((_EPOCH - after.close) // _DAY)
        return max(0, (before.open - _EPOCH) // _DAY - first)


def _session(day: int) -> Session | None:
    """The session of the ``day``-th UTC day since 1970; None outside of what ``datetime`` can name."""
    if not _FIRST <= day <= _LAST:
        return None
    opens = _EPOCH + day * _DAY
    return Session(open=opens, close=opens + _DAY)
