"""Fakes that are real subclasses of the ports, and that the contracts verify like any other implementation.

They do what a test tells them to, the bad things included: raise, answer nonsense, lose an acknowledgement, refuse
to keep a record. A shared list of ``calls`` shows what was called before what.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from attrs import frozen
from typing_extensions import override

from interlock.core.decision import NoAction, Proposal
from interlock.core.faults import JournalUnavailable
from interlock.core.market import Session
from interlock.core.ports import Head, Journal, LastWords, Snapshot, Strategy
from interlock.core.records import Record
from interlock.core.state import State
from interlock.core.view import MarketView
from interlock.testing.rehearsal import GivenSessions
from interlock.testing.scripted_venue import SCRIPTED, Move, ScriptedVenue

__all__ = ["NOTHING_TO_DO", "SCRIPTED", "ListedSessions", "Move", "ScriptedStrategy", "ScriptedVenue", "WatchedJournal"]

NOTHING_TO_DO: Final = NoAction(code=SCRIPTED)


@frozen(kw_only=True)
class NoParameters:
    """Nothing to set."""


class ScriptedStrategy(Strategy):
    """Proposes what the script says for the n-th bar of the journal, and nothing beyond the script's end.

    An exception in the script is raised, a function is asked with the view, anything else is answered as it is:
    a script may hold what no strategy should ever answer. It has no memory: ``bars_seen`` says where we are.
    """

    Parameters: ClassVar[type[Any]] = NoParameters

    def __init__(self, *script: object, lookback: int = 1, sums: tuple[int, ...] = ()) -> None:
        self._script = script
        self._lookback = lookback
        self._sums = sums

    @property
    @override
    def lookback(self) -> int:
        return self._lookback

    @property
    @override
    def sums(self) -> tuple[int, ...]:
        return self._sums

    @override
    def propose(self, view: MarketView) -> Proposal:
        place = view.bars_seen - 1
        told: Any = self._script[place] if 0 <= place < len(self._script) else NOTHING_TO_DO
        if isinstance(told, Exception):
            raise told
        proposal: Proposal = told(view) if callable(told) else told
        return proposal


class WatchedJournal(Journal):
    """Keeps everything in the journal within, and writes down in ``calls`` that it did. Refuses while ``fails``."""

    def __init__(self, within: Journal, calls: list[str] | None = None) -> None:
        self._within = within
        self.calls: list[str] = calls if calls is not None else []
        self.fails = False

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self._within.notes

    @property
    @override
    def last_words(self) -> LastWords | None:
        return self._within.last_words

    @override
    def leave_words(self, run_id: str, ended: str = "") -> None:
        self._within.leave_words(run_id, ended)

    @property
    @override
    def in_doubt(self) -> int:
        return self._within.in_doubt

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        if self.fails:
            raise JournalUnavailable("scripted: the disk is full")
        self._within.append(records, durable=durable)
        kinds = " ".join(record.kind for record in records)
        self.calls.append(f"{'keep' if durable else 'note'} {kinds}")

    @override
    def flush(self) -> None:
        self._within.flush()

    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        return self._within.read(from_seq)

    @override
    def head(self) -> Head | None:
        return self._within.head()

    @property
    @override
    def snapshot_due(self) -> bool:
        return self._within.snapshot_due

    @override
    def snapshot(self, state: State) -> None:
        if self.fails:
            raise JournalUnavailable("scripted: the disk is full")
        self._within.snapshot(state)
        self.calls.append("snapshot")

    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        return self._within.latest_snapshot(like)

    @override
    def close(self) -> None:
        self._within.close()


class ListedSessions(GivenSessions):
    """The sessions that it was given; made with an ``error``, it raises that whenever it is asked for one."""

    def __init__(self, *, sessions: Sequence[Session], error: Exception | None = None) -> None:
        super().__init__(sessions)
        self._error = error

    @override
    def session(self, at: datetime) -> Session | None:
        if self._error is not None:
            raise self._error
        return super().session(at)
