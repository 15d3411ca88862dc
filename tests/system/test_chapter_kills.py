"""Killed at every call that reaches the disk, an archiving leaves the old journal whole, or the next chapter whole."""

import io
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import pytest
from rich.console import Console

from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.observations import JournalOpened
from interlock.core.ports import Head
from interlock.core.records import Record
from interlock.runner.commands.journal_chapter import next_chapter
from interlock.runner.config.load import load
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession
from interlock.testing.builders import bars

pytestmark = pytest.mark.slow

# What reaches the disk: SQLite's statements, and our own files beside the database.
REACHES_THE_DISK: Final = frozenset(
    {"execute", "executemany", "pwrite", "ftruncate", "fsync", "open", "unlink", "rename", "replace", "link", "close"}
)
KILLED: Final = -signal.SIGKILL
BARS: Final = bars(40)


def in_a_process(k: int, work: Callable[[], object]) -> tuple[int, int]:
    """``work``, in a process that is killed right before or after its calls that reach the disk, at the ``k``-th; 0
    never is. How the process ended, and how many such calls there were."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _here(k, work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        said = told.read().decode()
    _, status = os.waitpid(child, 0)
    assert "Traceback" not in said, said
    return (KILLED if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)), int(said or 0)


def _here(k: int, work: Callable[[], object], told: int) -> NoReturn:
    """In the child: nothing that belongs to the parent's tests may run on."""
    count = 0

    def counting(_: FrameType, event: str, called: Any) -> None:
        nonlocal count
        if event in ("c_call", "c_return") and getattr(called, "__name__", "") in REACHES_THE_DISK:
            count += 1
            if count == k:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(counting)
        work()
        sys.setprofile(None)
        os.write(told, b"%d" % count)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - told to the parent, which fails
        sys.setprofile(None)
        os.write(told, traceback.format_exc().encode())
        os._exit(99)


def a_run(folder: Path, cycles: int | None = None) -> None:
    """A run in ``folder``."""
    bounds = Bounds(cycles=cycles, interval_seconds=0.001)
    loaded = load(folder / "interlock.toml", environ={})
    RunSession(
        loaded, bounds, Narrator(Console(file=io.StringIO()), verbose=False), verbose=False, feed=MemoryFeed(BARS)
    ).run()


def place(folder: Path) -> Path:
    """Where its journal lies."""
    return folder / "state" / "sim" / "journal.sqlite3"


def put_aside(folder: Path, *, goes_on: bool) -> Path:
    """Archive the journal of ``folder``, as the command does."""
    journal = place(folder)
    return archive(journal, lambda name: next_chapter(journal, name)) if goes_on else archive(journal)


def records(journal: Path) -> list[Record]:
    """All of it, held against the chain and the head file."""
    with JournalReader(journal) as reader:
        found = list(reader.read())
        reader.verify_head()
    return found


def of_the_market(journals: Iterator[Path]) -> list[bytes]:
    """What happened in the market, over all chapters."""
    found = [record for journal in journals for record in records(journal) if not record.is_run_boundary]
    return [encode(record) for record in found if not isinstance(record.observation, JournalOpened)]


def ends(journal: Path) -> Head | None:
    """Where it ends."""
    with JournalReader(journal) as reader:
        return reader.head()


@pytest.fixture
def before(tmp_path: Path, configuration: Callable[..., str]) -> Path:
    """A folder with the journal of a run that stopped."""
    folder = tmp_path / "before"
    folder.mkdir()
    (folder / "interlock.toml").write_text(configuration())
    a_run(folder, 20)
    return folder


def names(folder: Path) -> set[str]:
    """What lies beside the journal, but for the lock, the log and what SQLite leaves there and knows how to take."""
    found = {file.name for file in place(folder).parent.iterdir()} - {"journal.sqlite3-journal"}
    return {name for name in found if not name.endswith((".lock", ".log", "-wal", "-shm"))}


@pytest.mark.parametrize("goes_on", [True, False])
def test_killed_anywhere_it_is_the_old_journal_or_the_next_chapter(tmp_path: Path, before: Path, goes_on: bool) -> None:
    """Never none, never both, heads included; the next start completes or undoes it, and may be killed as well."""
    whole = shutil.copytree(before, tmp_path / "whole")
    a_run(whole)
    expected = of_the_market(iter([place(whole)]))
    old, ended = names(before), ends(place(before))
    # Once here, so that no process imports anything: that would be calls of its own, and not always as many.
    put_aside(shutil.copytree(before, tmp_path / "warm"), goes_on=goes_on)
    trial = shutil.copytree(before, tmp_path / "trial")
    _, calls = in_a_process(0, lambda: put_aside(trial, goes_on=goes_on))
    new = {"journal-1.sqlite3", "journal-1.sqlite3.head"} | (old if goes_on else set())
    assert names(trial) == new
    decided = kills = 0
    for k in range(1, calls + 1):
        folder = shutil.copytree(before, tmp_path / f"killed-{k}")
        ended_by, _ = in_a_process(k, lambda: put_aside(folder, goes_on=goes_on))  # noqa: B023 - ends before the next
        if ended_by != KILLED:
            # What Python closes when it tidies up is counted too, and is not always as much: it came to fewer calls.
            assert (ended_by, names(folder)) == (0, new)
            continue
        kills += 1
        journal = place(folder)
        # Before anything is finished, whoever only reads finds one of the two, whole.
        if journal.exists():
            chapter = records(journal)[0].observation
            assert isinstance(chapter, JournalOpened)
            if chapter.chapter is None:
                assert ends(journal) == ended
            else:
                assert Head(seq=chapter.chapter.seq, hash=chapter.chapter.hash) == ended
                assert ends(journal.with_name(chapter.chapter.archive)) == ended
        for again in range(k % 5):
            kills += in_a_process(1 + again * 3 + k % 3, lambda: SqliteJournal(journal).close())[0] == KILLED  # noqa: B023
        if goes_on or journal.exists():
            SqliteJournal(journal).close()
        first = records(journal)[0].observation if journal.exists() and records(journal) else None
        if isinstance(first, JournalOpened) and first.chapter is None:
            assert names(folder) == old, f"killed at call {k}"
            assert ends(journal) == ended
        else:
            # Anew, a start that was killed may have made an empty journal in its place already.
            decided += 1
            assert (first is not None) is goes_on
            assert {"journal-1.sqlite3", "journal-1.sqlite3.head"} <= names(folder) <= new | old, f"killed at call {k}"
            assert records(journal.with_name("journal-1.sqlite3"))
            assert ends(journal.with_name("journal-1.sqlite3")) == ended
        if goes_on and k % 8 == 0:
            a_run(folder)
            found = sorted(journal.parent.glob("journal-*.sqlite3"))
            assert of_the_market(iter([*found, journal])) == expected
        shutil.rmtree(folder)
    print(f"{kills} kills over {calls} calls; after {decided} of them the step was taken")
    assert kills > 100
    assert decided
