"""A runner that stands still (SIGSTOP, a suspended machine) is still the one writer, and goes on as if late."""

import os
import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.market import Bar
from interlock.core.observations import CycleOverran
from interlock.core.records import Record

if TYPE_CHECKING:
    from .conftest import Interlock

pytestmark = pytest.mark.slow

SECONDS_MAX = 30
STANDS_SECONDS = 0.3


def records(journal: Path) -> list[Record]:
    """What the journal holds; each record is checked against the chain."""
    with JournalReader(journal) as reader:
        return list(reader.read())


def awaited(journal: Path, enough: Callable[[list[Record]], bool]) -> list[Record]:
    """What the journal holds once that is enough; whatever it holds, after a while."""
    pause, ends = Event(), monotonic() + SECONDS_MAX
    found = records(journal)
    while not enough(found) and monotonic() < ends:  # ends: by the clock
        pause.wait(0.05)
        found = records(journal)
    return found


def holds(found: list[Record], *kinds: type) -> bool:
    """Whether something of each of ``kinds`` is on record."""
    return all(any(isinstance(record.observation, kind) for record in found) for kind in kinds)


def test_a_runner_that_stands_still_keeps_the_journal_and_goes_on(interlock: "Interlock") -> None:
    """A second one is refused and told who runs; afterwards the wakes that were missed are on record, and no bar came
    twice or was left out."""
    interlock.configure(mode="PAPER", interval_seconds="0.1")
    journal = interlock.folder / "state" / "paper" / "journal.sqlite3"
    with interlock.started("run", until="a look every") as process:
        awaited(journal, lambda found: holds(found, Bar))
        os.kill(process.pid, signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        before, stopped = len(records(journal)), monotonic()
        while monotonic() - stopped < STANDS_SECONDS:  # ends: by the clock, when two wakes must have been missed
            second = interlock("run", "--cycles", "3")
            assert second.returncode == 3
            assert f"is being written by process {process.pid} on" in second.stderr
        assert len(records(journal)) == before
        os.kill(process.pid, signal.SIGCONT)
        awaited(journal, lambda found: holds(found[before:], CycleOverran, Bar))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = records(journal)
    assert holds(found[before:], CycleOverran, Bar)
    times = [record.observation.ts_event for record in found if isinstance(record.observation, Bar)]
    assert {(after - earlier).total_seconds() for earlier, after in pairwise(times)} == {60}
