"""Staleness is found by a timer, not by ticks: in SIM, time stops where a bar was expected and did not come."""

from datetime import datetime, timedelta

from interlock.core.market import Session, Silence
from interlock.core.view import MarketView


def silence_before(at: datetime, view: MarketView, now: datetime) -> Silence | None:
    """The silence that has to be observed before something that happens ``at``; None where nothing is overdue.

    It lasts until the first bar that the session calendar expects after the newest one. A silence that ``now`` has
    passed already is not observed again, and without a session nobody knows what to expect.
    """
    # Nearly every bar comes one interval after the last: nothing more is looked at then.
    if not view.has_bar or at - view.bar.ts_event <= view.interval:
        return None
    expected = _expected(view)
    return Silence(until=expected) if expected is not None and now < expected < at else None


def _expected(view: MarketView) -> datetime | None:
    """When the bar after the newest one should close; the last of a session may be short."""
    session, last, interval = view.session, view.bar.ts_event, view.interval
    if session is not None and last < session.close:
        came = -((session.open - last) // interval) * interval  # rounded up: where the newest bar's interval closes
        # A last bar that was stamped early: the view shows the next session only once this one has closed.
        return _within(session, came + interval) if came < session.close - session.open else None
    following = view.execution_session
    return _within(following, interval) if following is not None else None


def _within(session: Session, offset: timedelta) -> datetime:
    # Compared as lengths: a time beyond the year 9999 cannot be made.
    return session.open + min(offset, session.close - session.open)
