"""What every calendar promises. Subclass, say how to make one, and pytest runs the rest."""

import itertools
from abc import ABC, abstractmethod
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.market import Session
from interlock.core.ports.calendar import Calendar

_TICK = timedelta(microseconds=1)


class CalendarContract(ABC):
    """Tests of the ``Calendar`` port, over the days from ``first`` to ``last``, all of which it must cover."""

    # The class that is proved.
    subject: ClassVar[type[Calendar]]
    first: date
    last: date

    @abstractmethod
    def make(self) -> Calendar:
        """A calendar that covers at least ``first`` to ``last``. May be the same one each time."""

    def sessions(self) -> list[Session]:
        """Every session from ``first`` to ``last``, asked for day by day."""
        calendar = self.make()
        days = (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))
        return [session for day in days if (session := calendar.session_on(day)) is not None]

    def test_there_are_sessions(self) -> None:
        """The days that the subclass names hold at least two sessions, or these tests would test nothing."""
        assert len(self.sessions()) >= 2

    def test_sessions_ascend_and_do_not_overlap(self) -> None:
        """One ends before, or when, the next begins."""
        sessions = self.sessions()
        for one, other in itertools.pairwise(sessions):
            assert one.close <= other.open

    def test_a_session_holds_its_close_and_not_its_open(self) -> None:
        """A bar stamped at the close is the session's last one; one stamped at the open is not its first."""
        calendar = self.make()
        for session in self.sessions():
            assert calendar.session(session.close) == session
            assert calendar.session(session.open + _TICK) == session
            assert calendar.session(session.open) != session
            assert calendar.session(session.close + _TICK) != session

    def test_between_two_sessions_there_is_none(self) -> None:
        """Nights, week-ends and holidays are in no session; at the close the next one is the following one."""
        calendar = self.make()
        sessions = self.sessions()
        for one, other in itertools.pairwise(sessions):
            gap = other.open - one.close
            if gap:
                for at in (one.close + _TICK, one.close + gap / 2, other.open):
                    assert calendar.session(at) is None
            for at in (one.open + _TICK, one.close, one.close + gap / 2, other.open):
                assert calendar.next_session(at) == other

    def test_sessions_between_counts_whole_sessions(self) -> None:
        """None between neighbours, one between those a session apart, and none backwards."""
        calendar = self.make()
        sessions = self.sessions()
        for n, one in enumerate(sessions[:50]):
            for m in range(n, min(n + 5, len(sessions))):
                assert calendar.sessions_between(one, sessions[m]) == max(0, m - n - 1)
                assert calendar.sessions_between(sessions[m], one) == 0
        assert calendar.sessions_between(sessions[0], sessions[-1]) == len(sessions) - 2

    # Every subclass runs this one function, which Hypothesis would rather not see.
    @settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(st.data())
    def test_any_moment_has_one_answer(self, data: st.DataObject) -> None:
        """A moment lies in the session that is found for it, before the next one, whatever its time zone says."""
        calendar = self.make()
        start = datetime(self.first.year, self.first.month, self.first.day)  # noqa: DTZ001 - Hypothesis wants it naive
        stop = datetime(self.last.year, self.last.month, self.last.day)  # noqa: DTZ001
        at = data.draw(st.datetimes(start, stop, timezones=st.just(UTC)))
        session = calendar.session(at)
        assert session is None or at in session
        following = calendar.next_session(at)
        assert following is None or at <= following.open
        if session is not None and following is not None:
            assert calendar.sessions_between(session, following) == 0
        elsewhere = at.astimezone(ZoneInfo("Asia/Tokyo"))
        assert calendar.session(elsewhere) == session
        assert calendar.next_session(elsewhere) == following

    def test_a_naive_time_is_refused(self) -> None:
        """A time without a zone means nothing until somebody guesses one."""
        naive = datetime(self.first.year, self.first.month, self.first.day, 12)  # noqa: DTZ001 - that is the point
        for question in (self.make().session, self.make().next_session):
            with pytest.raises((TypeError, ValueError)):
                question(naive)
