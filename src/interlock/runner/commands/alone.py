"""A person's word in a journal that nobody writes: taken under its lock, and kept, as a run would.

No venue is spoken to. What is to be called back there is on record as asked for, and the next run asks first of all.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.faults import InterlockError
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened, NotedObservation, RunStarted, RunStopped
from interlock.core.ports import Journal
from interlock.core.records import CancelRequested, Record
from interlock.core.rederive import Reasoning
from interlock.core.taking import Taking
from interlock.runner.commands.journal_info import Story, read_story
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.resume import Earlier, read_earlier

KINDS = (JournalOpened.__name__, RunStarted.__name__, RunStopped.__name__)


class NoRunYet(Exception):
    """No run ever began in this journal: there is nothing that a word could be about."""


@frozen
class Books:
    """What a journal adds up to, for whoever notes something in it."""

    earlier: Earlier
    _journal: Journal
    _taking: Taking

    def note(self, observation: NotedObservation) -> tuple[int, Record]:
        """Keep what follows from ``observation``, durably: the record, and its number."""
        record = self._taking.take(observation, self._now())
        self._journal.append([record], durable=True)
        head = self._journal.head()
        return head.seq if head is not None else 0, record

    def _now(self) -> datetime:
        """The clock that stamps decisions: it stood still with the last run, unless it is the system's own."""
        view = self._taking.view
        last = self.earlier.state.ts_init or datetime.now(UTC)
        return max(last, datetime.now(UTC)) if view.mode is RunMode.LIVE else last


def in_the_books(path: Path, reasoning: Callable[[Story], Reasoning], do: Callable[[Books], None]) -> None:
    """Take the lock of the journal at ``path``, read what is there, and ``do`` what is to be done with it.

    ``reasoning`` says whose rules judge. Raises ``JournalInUse`` while a run is on, ``NoRunYet``, and what keeps a
    journal from being read or written.
    """
    with closing(SqliteJournal(path)) as journal:
        with RawJournal(path) as rows:
            story = read_story(rows.of_kinds(KINDS))
            count = rows.last_seq() + 1
        if story.last_run is None:
            raise NoRunYet
        judge = reasoning(story)
        with Progress(count, "reading the journal") as look:
            earlier = read_earlier(journal, judge.strategy, judge.policy, path, look)
        if earlier is None:
            raise NoRunYet
        share = judge.refused_rows_max_share
        do(Books(earlier, journal, Taking(earlier.state, judge.strategy, judge.policy, share)))


def told(error: Exception) -> str:
    """What kept us, on one line. What is not an error of ours may hold anything, and is only named."""
    return str(error).replace("\n", " ") if isinstance(error, InterlockError) else type(error).__name__


def called_back(record: Record) -> int:
    """How many orders it calls back."""
    return sum(1 for event in record.events if isinstance(event, CancelRequested))
