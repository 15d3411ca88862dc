"""The check of a whole journal, a long one in parts that begin at its snapshots, one a processor (ADR 0048).

Each part ends with a snapshot that it holds against what its records add up to, and the next begins with it. So as long
as no part before has found anything, each begins with the very state that one pass would have there; and the first part
that finds something has found what one pass would have found first.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Final

from interlock.adapters.journal.head_file import no_head_file
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.snapshots import SnapshotUnusable
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import JournalUnavailable
from interlock.runner.commands.journal_check import Part, check_part
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_finding import Finding
from interlock.runner.commands.journal_runs import begin_behind

# Long enough that reading the state at its beginning is nothing beside it.
PART_RECORDS: Final = 40_000
# Each takes the memory of an interpreter.
PROCESSES_MAX: Final = 8


def check(
    path: Path,
    look: Callable[[int], None],
    until: int,
    *,
    processes: int | None = None,
    part_records: int = PART_RECORDS,
) -> Checked:
    """The journal at ``path`` up to record ``until``. ``look`` is told how many records were checked.

    Among ``processes``, or as many as there are processors for us.
    """
    checked = Checked()
    with JournalReader(path) as reader:
        snapshots = _snapshots(reader, until, checked)
        if processes is None:
            processes = min(_processors(), PROCESSES_MAX)
        if processes == 1 or until < 2 * part_records:
            checked.go_on(check_part(path, Part(first=0, until=until, snapshots=tuple(snapshots)), look))
        else:
            length = even_length(until + 1, part_records, processes)
            for part in _checked_parts(path, parts(path, until, snapshots, length), processes):
                checked.go_on(part)
                look(checked.records)
                if checked.finding is not None:
                    break
        if checked.finding is None:
            try:
                if reader.verify_head() is None:
                    checked.said.append(no_head_file(path))
                checked.finding = _beyond(reader)
            except JournalUnavailable as error:
                checked.finding = Finding(seq=None, what=str(error), recorded="", derived="")
    return checked


def parts(path: Path, until: int, snapshots: Sequence[int], length_min: int) -> Iterator[Part]:
    """The journal cut behind those ``snapshots`` that a part can begin with, each ``length_min`` records or more."""
    first = 0
    with RawJournal(path) as journal, JournalReader(path) as reader:
        for seq in snapshots:
            if seq + 1 - first >= length_min and seq < until and _can_begin_behind(journal, reader, seq):
                yield _part(first, seq, snapshots)
                first = seq + 1
    yield _part(first, until, snapshots)


def even_length(records: int, most: int, processes: int) -> int:
    """How long parts are so that each process has as many of them: else some would wait for the last. ``most`` at most,
    and half of that at least."""
    rounds = -(-records // (most * processes))
    return max(-(-records // (rounds * processes)), most // 2)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _part(first: int, until: int, snapshots: Sequence[int]) -> Part:
    return Part(first=first, until=until, snapshots=tuple(seq for seq in snapshots if first <= seq <= until))


def _can_begin_behind(journal: RawJournal, reader: JournalReader, seq: int) -> bool:
    try:
        begin_behind(journal, reader, seq)
    except (SnapshotUnusable, JournalUnavailable):
        return False  # whoever comes by it tells of it
    return True


def _snapshots(reader: JournalReader, until: int, checked: Checked) -> list[int]:
    """Those after the records up to ``until``, oldest first. What is wrong with the others is noted."""
    try:
        every = reader.snapshots()
    except JournalUnavailable as error:
        checked.pass_over(error, [])
        return []
    for seq in every:
        if not 0 <= seq <= until:
            try:
                reader.snapshot(seq)  # a writer may have gone on meanwhile
            except SnapshotUnusable as why:
                checked.pass_over(why, [seq])
    return [seq for seq in every if 0 <= seq <= until]


def _beyond(reader: JournalReader) -> Finding | None:
    """A snapshot and a tally are kept after their records: where those are not there any more, the journal was cut."""
    for kept, seq in (("snapshot", reader.snapshot_beyond()), ("tally", reader.counted_beyond())):
        if seq is not None:
            head = reader.head()
            what = f"a {kept} was kept after record {seq}, which is not there: the journal was cut"
            ends = f"record {head.seq}" if head is not None else "no record"
            recorded = f"a {kept} after record {seq}"
            return Finding(seq=None, what=what, recorded=recorded, derived=f"{ends} is the last")
    return None


def _checked_parts(path: Path, each: Iterator[Part], processes: int) -> Iterator[Checked]:
    """Each part's check, in order. The parts that nobody waits for any more are let go."""
    # Begun anew instead of forked: the bar on the terminal has a thread, and a fork would have its locks alone.
    with ProcessPoolExecutor(processes, get_context("spawn"), begin_process) as pool:
        yield from pool.map(check_part, repeat(path), each)


def begin_process() -> None:
    """What a process that checks parts does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it goes to the parent as well, which ends us
    sys.stdout = sys.stderr  # what a plugin prints is not the answer
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed cannot say so, and nobody would ever come for the next part."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
