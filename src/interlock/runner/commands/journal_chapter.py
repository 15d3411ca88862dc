"""The chapter that goes on from a journal: everything that the journal adds up to, read from its first record."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import evolve

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import InvariantViolated
from interlock.core.modes import RunMode
from interlock.core.observations import Chapter, JournalOpened, RunStarted
from interlock.core.ports import LastWords, Snapshot
from interlock.core.records import Record
from interlock.core.rederive import Reasoning
from interlock.core.state import State, initial_state
from interlock.core.taking import Taking
from interlock.core.values import NO_NUMBERS
from interlock.runner.commands.journal_info import Story, read_story
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.commands.journal_recorded import NotHere, recorded
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.resume import Earlier, read_earlier

_KINDS: Final = ("JournalOpened", "RunStarted")


def next_chapter(path: Path, archive: str) -> Record | None:
    """The first record of the chapter after the journal at ``path``, which will be kept as ``archive``; None where a
    run has nothing to go on with: none ever began, or the data of a rehearsal came to its end.

    Every record is held against the chain and folded, from the first: a snapshot spares a start that, and is never
    the only place where something is kept. Raises ``JournalUnavailable`` for a journal that cannot be read or ends
    before its head file, ``InvariantViolated`` for one that does not add up, and ``RefusedToStart`` where what its last
    run was made with is not installed here: nobody can say then how much of the past it has to keep.
    """
    with RawJournal(path) as rows:
        last_run = read_story(rows.of_kinds(_KINDS)).last_run
        count = rows.last_seq() + 1
    if last_run is None:
        return None
    reasoning = _reasoning(last_run.started, path)
    with JournalReader(path) as reader, Progress(count, "archive") as look:
        whole = _Whole(reader)
        earlier = read_earlier(whole, reasoning.strategy, reasoning.policy, path, look)
        reader.verify_head()
        head = reader.head()
    opened, run = whole.story.opened, whole.story.last_run
    if earlier is None or head is None or opened is None or run is None:
        raise InvariantViolated(f"{path} tells of a run, and does not begin by saying what it is of")
    if earlier.state.mode is RunMode.SIM and earlier.state.ended:
        return None
    chapter = Chapter(
        number=whole.story.chapter + 1,
        archive=archive,
        seq=head.seq,
        hash=head.hash,
        state=earlier.state,
        started=run.started,
        stopped=run.stopped,
        numbers=earlier.restriction.event.numbers if earlier.restriction.event is not None else NO_NUMBERS,
    )
    return _taken(evolve(opened, chapter=chapter), reasoning, earlier)


def _reasoning(started: RunStarted, path: Path) -> Reasoning:
    try:
        return recorded(started).reasoning
    except NotHere as why:
        raise RefusedToStart(
            f"{path_text(path)} cannot be gone on from here: {why}.\n"
            "Install what is missing, or begin anew, without a position: `interlock journal archive --anew`."
        ) from why


def _taken(opened: JournalOpened, reasoning: Reasoning, earlier: Earlier) -> Record:
    """The record as a run would make it. What it adds up to has to be what it carries, before anything relies on it."""
    state, carried = _like(earlier.state), earlier.state
    now = carried.ts_init
    if now is None:
        raise InvariantViolated("a journal was read, and no time has passed in it")
    record = Taking(state, reasoning.strategy, reasoning.policy, reasoning.refused_rows_max_share).take(opened, now)
    if state != carried:
        raise InvariantViolated("the next chapter would not begin where this one ends: nothing was put aside")
    return record


def _like(state: State) -> State:
    lengths = tuple(rolling.length for rolling in state.sums)
    return initial_state(
        lookback=state.lookback,
        sums=lengths,
        orders_remembered=state.orders_remembered,
        executions_remembered=state.execution_times.maxlen or 0,
        peak_remembered=state.peak_equity is not None,
    )


class _Whole:
    """A journal without its snapshots. The story is taken down while it is read."""

    notes: tuple[str, ...] = ()
    last_words: LastWords | None = None

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
        self.story = Story()

    def latest_snapshot(self, like: State) -> Snapshot | None:
        """None: every record is to be read."""
        return None

    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The records from ``from_seq`` on."""
        for seq, record in enumerate(self._reader.read(from_seq), from_seq):
            self.story.take(seq, record)
            yield record
