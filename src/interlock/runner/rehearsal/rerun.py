"""The recorded market lived through once more, under another configuration: the full answer of a rehearsal.

The very cycle that trades takes each recorded observation of the market, at the time at which it was taken. Sessions
are those that were recorded, so no calendar is asked; the venue is one in memory; nothing is kept and nothing is sent.
What people said, and what raised beside the venue, was observed as well: it is taken where it stood. What the recorded
venue reported is not: whatever this run sends is answered by a venue of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from msgspec.structs import replace
from typing_extensions import override

from interlock.core.cycle import Cycle, Parts, state_for
from interlock.core.faults import VENUE, AdapterLate, Fault
from interlock.core.market import Bar, EndOfData, RefusedRow, Session, Silence, Split
from interlock.core.observations import (
    FaultObserved,
    JournalOpened,
    NotedObservation,
    Observation,
    ReconciliationFailed,
    RunStarted,
    SessionRolled,
    VenueReconciled,
)
from interlock.core.ports import Calendar, ExecutionPort, Head, Journal, Snapshot
from interlock.core.records import Record
from interlock.core.rederive import Reasoning
from interlock.core.state import State
from interlock.core.view import MarketView

# Where a fault of the calendar lies, as the cycle has it.
_CALENDAR: Final = "calendar"


class Rerun:
    """Takes the observations of one journal, from its first, and answers with the records that they would have led to.

    ``venue`` makes a simulated venue that reaches nothing outside: a new one for each recorded run, told which orders
    work, as a run tells its own.
    """

    def __init__(self, reasoning: Reasoning, venue: Callable[[], ExecutionPort]) -> None:
        self._reasoning = reasoning
        self._venue = venue
        self._sessions = _Recorded()
        self._state: Final[State] = state_for(reasoning.strategy, reasoning.policy)
        self._cycle = self._begun()

    @property
    def view(self) -> MarketView:
        """What can be seen right now."""
        return self._cycle.view

    def take(self, observation: Observation, now: datetime) -> Sequence[Record]:
        """Every record that ``observation``, recorded at ``now``, would have led to, in order and without effects.

        None where it was the recorded venue's, or only prepares what comes next. Raises whatever the fold raises:
        nothing can be taken any more then.
        """
        return [replace(each, effects=()) if each.effects else each for each in self._taken(observation, now)]

    def _taken(self, observation: Observation, now: datetime) -> Sequence[Record]:
        match observation:
            case Bar() | RefusedRow() | Silence() | Split() | EndOfData():
                return self._cycle.step(observation, now)
            case SessionRolled():
                self._sessions.rolled = observation  # the next bar rolls it
                return ()
            case VenueReconciled(cause=cause) | ReconciliationFailed(cause=cause):
                return self._cycle.reconcile(cause, now)
            case JournalOpened():
                records = self._cycle.note_together([observation], now)
                self._cycle = self._begun()
                return records
            case RunStarted():
                self._cycle = self._begun()
                return self._cycle.note_together([observation], now)
            case FaultObserved(fault=fault) if fault.where == _CALENDAR:
                self._sessions.fault = fault  # in the midst of the next bar's step, and acted upon after it
                return ()
            case FaultObserved(fault=fault) if fault.where == VENUE:
                return ()
            case _ if isinstance(observation, NotedObservation):
                return self._cycle.note_together([observation], now)
            case _:
                return ()  # the recorded venue's report

    def _begun(self) -> Cycle:
        reasoning = self._reasoning
        parts = Parts(
            strategy=reasoning.strategy,
            policy=reasoning.policy,
            execution=self._venue(),
            journal=_Nowhere(),
            calendar=self._sessions,
            refused_rows_max_share=reasoning.refused_rows_max_share,
        )
        cycle = Cycle(parts, self._state)
        cycle.resume()
        return cycle


class _Recorded(Calendar):
    """Knows the session that was recorded last, and no other; raises once more what was recorded that it raised."""

    def __init__(self) -> None:
        self.rolled: SessionRolled | None = None
        self.fault: Fault | None = None

    @override
    def session(self, at: datetime) -> Session | None:
        fault, self.fault = self.fault, None
        if fault is not None:
            # An error of which the very same fault is made: by its name, and by the words that are its place.
            raise type(fault.error, (AdapterLate,), {})(fault.place)
        return self.rolled.session if self.rolled is not None else None

    @override
    def next_session(self, at: datetime) -> Session | None:
        return self.rolled.next_session if self.rolled is not None else None

    @override
    def session_on(self, day: date) -> Session | None:
        return None

    @override
    def sessions_between(self, after: Session, before: Session) -> int:
        return self.rolled.sessions_skipped if self.rolled is not None else 0


class _Nowhere(Journal):
    """Keeps nothing: whoever rehearses wants the records, and wants them once."""

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        """Forget them."""

    @override
    def flush(self) -> None:
        """Nothing waits."""

    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        return iter(())

    @override
    def head(self) -> Head | None:
        return None

    @override
    def snapshot(self, state: State) -> None:
        """Nor this."""

    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        return None

    @override
    def close(self) -> None:
        """Nothing is open."""
