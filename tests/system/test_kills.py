"""Evidence 3: killed at every call that reaches the disk, a run loses nothing and comes back to where it would be.

Real processes, forked from this one so that it is fast, end themselves by SIGKILL right before or right after the
k-th such call, for every k; some are killed again while they recover. What they had been told is safe is on record
outside of the journal, and is held against it.
"""

import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import pytest
from rich.console import Console

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.decision_codec import tally_of
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.records import OrderSubmitted, Record
from interlock.runner import container
from interlock.runner.config.load import load
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession

# What reaches the disk: SQLite's statements, and our own files beside the database.
REACHES_THE_DISK: Final = frozenset(
    {"execute", "executemany", "pwrite", "ftruncate", "fsync", "open", "unlink", "rename", "replace", "link", "close"}
)
GROUP: Final = 4
TALLY: Final = 6
BARS: Final = 72
FINISHED: Final = 0


class Killer:
    """Counts calls that reach the disk, before and after each; at the ``k``-th it kills the process. 0 never does."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.count = 0

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        if event not in ("c_call", "c_return") or getattr(called, "__name__", "") not in REACHES_THE_DISK:
            return
        self.count += 1
        if self.count == self.k:
            os.kill(os.getpid(), signal.SIGKILL)


class Runs:
    """Runs of one configuration in one folder, each a process of its own."""

    def __init__(self, folder: Path, configuration: Callable[..., str]) -> None:
        folder.mkdir()
        self.folder = folder
        rows = ["time,open,high,low,close,volume"]
        for number in range(BARS):
            close = 100 + (number * 7) % 13 - (number // 9) % 5
            time = f"2025-01-01T{number // 60:02}:{number % 60:02}:00Z"
            rows.append(f"{time},{close},{close + 1},{close - 1},{close},1000")
        (folder / "bars.csv").write_text("\n".join(rows) + "\n", "utf-8")
        data = 'path = "bars.csv"\ntime_zone = "UTC"\nstamp = "close"'
        text = configuration(
            cash="100000", strategy="moving_average_cross", parameters='fast = 2\nslow = 4\nquantity = "1"'
        )
        text = text.replace('adapter = "simulated"', 'adapter = "csv"').replace('replay_speed = "60"', data)
        (folder / "interlock.toml").write_text(text + LIMITS, "utf-8")

    @property
    def journal(self) -> Path:
        """Where the journal lies, once there is one."""
        return self.folder / "state" / "sim" / "journal.sqlite3"

    def run(self, k: int = 0) -> tuple[int, int]:
        """One run that is killed at its ``k``-th call: how its process ended, and how many calls it came to."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._run_here(k, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            said = told.read()
        _, status = os.waitpid(child, 0)
        self.acknowledged = max((int(line) for line in said.split(b"\n")[:-1] if line.isdigit()), default=-1)
        calls = [line for line in said.split(b"\n") if line.startswith(b"calls ")]
        assert b"Traceback" not in said, said.decode()
        ended = -signal.SIGKILL if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return ended, int(calls[0].split()[1]) if calls else 0

    def _run_here(self, k: int, told: int) -> NoReturn:
        """In the child: nothing that belongs to the parent's tests may run on."""
        try:
            container.GROUP_RECORDS = GROUP  # type: ignore[misc]
            short = partialmethod(SqliteJournal.__init__, tally_every=TALLY)
            SqliteJournal.__init__ = short  # type: ignore[assignment, method-assign]
            flush = SqliteJournal.flush

            def acknowledging(self: SqliteJournal) -> None:
                flush(self)
                head = self.head()
                os.write(told, b"%d\n" % (head.seq if head is not None else -1))

            SqliteJournal.flush = acknowledging  # type: ignore[method-assign]
            killer = Killer(k)
            narrator = Narrator(Console(file=io.StringIO()), verbose=False)
            session = RunSession(load(self.folder / "interlock.toml", environ={}), Bounds(), narrator, verbose=False)
            sys.setprofile(killer)
            ended = session.run()
            sys.setprofile(None)
            os.write(told, b"calls %d\n" % killer.count)
            os._exit(int(ended.exit_code))
        except BaseException:  # noqa: BLE001 - told to the parent, which fails
            sys.setprofile(None)
            os.write(told, traceback.format_exc().encode())
            os._exit(99)

    def records(self) -> list[Record]:
        """What the journal holds; each record is checked against the chain."""
        if not self.journal.exists():
            return []
        with JournalReader(self.journal) as reader:
            return list(reader.read())

    def tallied(self) -> int:
        """How many stretches were counted, each as its rows come to."""
        with RawJournal(self.journal) as rows:
            kept = [stretch for stretch in rows.stretches(rows.last_seq()) if stretch.tally is not None]
            for stretch in kept:
                assert stretch.tally == tally_of(rows.checked(stretch.last, stretch.first))
        return len(kept)


LIMITS = """
[risk.allowed_instruments]
instruments = ["TEST"]
[risk.session]
[risk.data_age]
limit_seconds = "60"
[risk.max_order_quantity]
limit = "10"
[risk.max_order_notional]
limit = "100000"
[risk.price_collar]
limit = "0.5"
[risk.free_cash]
[risk.max_position]
limit = "10"
"""


def of_the_market(records: list[Record]) -> list[bytes]:
    """The bytes of every record that does not merely tell of a run."""
    return [encode(record) for record in records if not record.is_run_boundary]


@pytest.mark.slow
def test_killed_at_every_write_a_run_ends_where_one_ends_that_never_was(
    tmp_path: Path, configuration: Callable[..., str]
) -> None:
    """No record that was acknowledged is lost, no id is used twice, the records of the market are the same bytes."""
    reference = Runs(tmp_path / "never-killed", configuration)
    ended, calls = reference.run()
    assert ended == FINISHED
    expected = of_the_market(reference.records())
    orders = [event for record in reference.records() for event in record.events if isinstance(event, OrderSubmitted)]
    assert len(orders) > 5
    kills = 0
    for k in range(1, calls + 1):
        runs = Runs(tmp_path / f"killed-{k}", configuration)
        ended, _ = runs.run(k)
        assert ended == -signal.SIGKILL
        kills += 1
        acknowledged = runs.acknowledged
        # Killed again on the way back, each time a little later, now and then.
        for again in range(k % 4):
            ended, _ = runs.run(1 + again * 5 + k % 5)
            kills += ended == -signal.SIGKILL
            acknowledged = max(acknowledged, runs.acknowledged)
            if ended == FINISHED:
                break
        # Until something was acknowledged there may be a file that nobody has filled yet.
        assert acknowledged < 0 or len(runs.records()) > acknowledged, f"killed at call {k}: {acknowledged} was lost"
        if ended != FINISHED:
            ended, _ = runs.run()
        assert ended == FINISHED, f"killed at call {k}"
        ids = [e.terms.client_order_id for r in runs.records() for e in r.events if isinstance(e, OrderSubmitted)]
        assert len(ids) == len(set(ids))
        assert of_the_market(runs.records()) == expected, f"killed at call {k}"
        assert runs.tallied() == len(runs.records()) // TALLY, f"killed at call {k}"
    print(f"{kills} kills over {calls} calls")
    assert kills >= 1000
