"""A rehearsal: the real cycle over items that a test wrote down, on a calendar that the test wrote down."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from typing_extensions import override

from interlock.core.cycle import Cycle, Parts, state_for
from interlock.core.evolve import evolve
from interlock.core.market import Bar, FeedItem, Instrument, Session
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened
from interlock.core.ports import Calendar
from interlock.core.records import Record
from interlock.core.state import State
from interlock.testing.builders import A_TIME, an_instrument


class GivenSessions(Calendar):
    """A market that is open in exactly these sessions. They are ascending and do not overlap."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._sessions = list(sessions)
        self._opens = [session.open for session in sessions]
        self._closes = [session.close for session in sessions]

    @override
    def session(self, at: datetime) -> Session | None:
        index = bisect_left(self._closes, at)
        return self._sessions[index] if index < len(self._sessions) and self._opens[index] < at else None

    @override
    def next_session(self, at: datetime) -> Session | None:
        index = bisect_left(self._opens, at)
        return self._sessions[index] if index < len(self._sessions) else None

    @override
    def session_on(self, day: date) -> Session | None:
        return next((session for session in self._sessions if session.close.date() == day), None)

    @override
    def sessions_between(self, after: Session, before: Session) -> int:
        return max(0, bisect_right(self._closes, before.open) - bisect_left(self._opens, after.close))


def opened(
    instrument: Instrument | None = None, *, opening_cash: str = "1000000", interval_seconds: int = 60
) -> JournalOpened:
    """The first record of a rehearsal's journal."""
    return JournalOpened(
        journal_id="rehearsal000",
        mode=RunMode.SIM,
        account="kit",
        currency="USD",
        opening_cash=Decimal(opening_cash),
        instrument=instrument or an_instrument(),
        interval_seconds=interval_seconds,
    )


def steps(items: Iterable[FeedItem], parts: Parts, first: JournalOpened | None = None) -> Iterator[tuple[Record, ...]]:
    """Take one item after another through a real cycle, as in SIM: the clock follows the bars. What each made."""
    cycle = Cycle(parts)
    now = A_TIME.replace(year=1990)
    cycle.open(first or opened(), now)
    for item in items:
        if isinstance(item, Bar):
            now = item.ts_event
        yield tuple(cycle.step(item, now))


def rehearse(items: Iterable[FeedItem], parts: Parts, first: JournalOpened | None = None) -> list[tuple[Record, ...]]:
    """Take every item through. What each made, in order."""
    return list(steps(items, parts, first))


def folded(records: Iterable[Record], parts: Parts) -> State:
    """The state that ``records``, the first one included, add up to."""
    state = state_for(parts.strategy, parts.policy)
    for record in records:
        evolve(state, record)
    return state
