"""A full disk, a sync that fails, a disk that may only be read: no order leaves any more, the run says why and stops,
and the next one goes on from what is there.

Real processes, forked from this one so that it is fast. Each call that reaches the disk fails once, right before or
right after it was done, and the disk is well again at once: whoever tried again would succeed, and is found out. Or it
stays broken: whoever trips over it again on the way out is found out, too.
"""

import ctypes
import errno
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import field, frozen
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.execution.paper import PaperVenue
from interlock.adapters.journal import sqlite_rows
from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.records import OrderSubmitted, Record
from interlock.runner import container
from interlock.runner.main import run as interlock
from interlock.testing.builders import A_TIME
from interlock.testing.failpoints import Failpoint, armed, fail, sqlite_error

if TYPE_CHECKING:
    from .conftest import Forked, Tell

pytestmark = pytest.mark.slow

Configuration = Callable[..., str]
Fork = Callable[[Callable[["Tell"], int]], "Forked"]

BARS: Final = 9
GROUP: Final = 4
# Fewer calls than a journal takes to be opened.
OPENING: Final = 50
LIMITS: Final = """
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


class Watched(sqlite3.Connection):
    """Tells each statement that is run after the fault."""

    failpoint: Failpoint
    tell: "Tell"
    dead = False

    @override
    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        self._look(sql)
        return super().execute(sql, *args)

    @override
    def executemany(self, sql: str, *args: Any) -> sqlite3.Cursor:
        self._look(sql)
        return super().executemany(sql, *args)

    def _look(self, sql: str) -> None:
        if self.failpoint.fired:
            self.tell(f"sql {sql.split(maxsplit=1)[0]}")
            if self.dead:
                raise sqlite_error(errno.EIO)


@frozen(kw_only=True)
class Run:
    """What became of one run: ``after`` is all that was told after the fault."""

    forked: "Forked"
    after: list[str]

    @property
    def acknowledged(self) -> int:
        """The last record that the run was told is safe."""
        return max((int(seq) for seq in self.forked.of("kept")), default=-1)

    @property
    def submitted(self) -> list[str]:
        """Every order that the venue was given."""
        return self.forked.of("submitted")


@frozen(kw_only=True)
class Runs:
    """Runs of one configuration in one folder, each a process of its own."""

    folder: Path
    mode: str
    fork: Fork = field(repr=False)

    @classmethod
    def configured(cls, folder: Path, mode: str, configuration: Configuration, fork: Fork) -> "Runs":
        folder.mkdir()
        rows = ["time,open,high,low,close,volume"]
        for number in range(BARS):
            close = 100 + (number * 7) % 13 - (number // 9) % 5
            rows.append(f"2025-01-01T00:{number:02}:00Z,{close},{close + 1},{close - 1},{close},1000")
        (folder / "bars.csv").write_text("\n".join(rows) + "\n", "utf-8")
        # In PAPER the replay clock runs at its own pace, but on a clock that jumps: see ``_in_the_child``.
        data = 'path = "bars.csv"\ntime_zone = "UTC"\nstamp = "close"\nreplay_speed = "60"'
        text = configuration(
            mode=mode, cash="100000", strategy="moving_average_cross", parameters='fast = 1\nslow = 2\nquantity = "1"'
        )
        text = text.replace('adapter = "simulated"', 'adapter = "csv"').replace('replay_speed = "60"', data)
        (folder / "interlock.toml").write_text(text + LIMITS, "utf-8")
        return cls(folder=folder, mode=mode, fork=fork)

    def run(
        self, k: int = 0, number: int = errno.EIO, *, dies: bool = False, before: Callable[[], None] | None = None
    ) -> Run:
        """One run whose ``k``-th call to the disk, and with ``dies`` each one after it, fails with error ``number``."""
        forked = self.fork(lambda tell: self._in_the_child(k, number, dies, before, tell))
        at = next((place for place, line in enumerate(forked.told) if line.startswith("fault ")), None)
        after = [] if at is None else forked.told[at + 1 :]
        return Run(forked=forked, after=after)

    def _in_the_child(self, k: int, number: int, dies: bool, before: Callable[[], None] | None, tell: "Tell") -> int:
        os.chdir(self.folder)
        failing = fail(number)

        def then(called: Any) -> None:
            tell(f"fault {called.__qualname__}")
            failing(called)

        # The words that a run leaves are a courtesy: without them it goes on.
        failpoint = Failpoint(k, then, within="interlock.adapters.journal.", sparing="leave_words")
        _listen(failpoint, tell, dies=dies)
        if before is not None:
            before()
        code = armed(failpoint, lambda: interlock(["run", "--json"]))
        tell(f"calls {failpoint.count}")
        return code

    def records(self) -> list[Record]:
        """What the journal holds; each record is checked against the chain."""
        journal = self.folder / "state" / self.mode.lower() / "journal.sqlite3"
        if not journal.exists():
            return []
        with JournalReader(journal) as reader:
            return list(reader.read())


def intended(records: list[Record]) -> list[str]:
    """Every order that was to be sent, in order."""
    events = [event for record in records for event in record.events]
    return [event.terms.client_order_id for event in events if isinstance(event, OrderSubmitted)]


def _listen(failpoint: Failpoint, tell: "Tell", *, dies: bool) -> None:
    """In the child: tell what is kept, what is submitted, and what is asked of a disk that has failed."""
    container.GROUP_RECORDS = GROUP  # type: ignore[misc]
    container.SystemClock = partial(SimulatedClock, A_TIME)  # type: ignore[attr-defined, assignment]
    flush, submit, connect = SqliteJournal.flush, PaperVenue.submit, sqlite3.connect

    def flushing(self: SqliteJournal) -> None:
        flush(self)
        head = self.head()
        tell(f"kept {head.seq if head is not None else -1}")

    def submitting(self: PaperVenue, order: Any, now: Any) -> Any:
        tell(f"submitted {order.terms.client_order_id}")
        return submit(self, order, now)

    SqliteJournal.flush = flushing  # type: ignore[method-assign]
    PaperVenue.submit = submitting  # type: ignore[method-assign]
    Watched.failpoint, Watched.tell, Watched.dead = failpoint, staticmethod(tell), dies
    sqlite_rows.sqlite3.connect = lambda *args, **kwargs: connect(*args, factory=Watched, **kwargs)  # type: ignore[attr-defined]
    if dies:
        for name in ("pwrite", "ftruncate", "fsync"):
            setattr(os, name, _dying(getattr(os, name), failpoint))


def _dying(call: Callable[..., Any], failpoint: Failpoint) -> Callable[..., Any]:
    def calling(*args: Any) -> Any:
        if failpoint.fired:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return call(*args)

    return calling


def of_the_market(records: list[Record]) -> list[bytes]:
    """The bytes of every record that does not merely tell of a run."""
    return [encode(record) for record in records if not record.is_run_boundary]


# What changes a journal. A transaction that was begun may be taken back.
CHANGES: Final = frozenset({"sql BEGIN", "sql INSERT", "sql UPDATE", "sql CREATE", "sql COMMIT"})
NUMBERS: Final = (errno.EIO, errno.ENOSPC, errno.EROFS)


def check_stopped(run: Run) -> None:
    """It ended with exit 5 and said why; after the fault nothing was sent, and nothing more asked of that disk."""
    assert run.forked.ended == 5, run.forked.stderr
    assert "journal" in run.forked.stderr.splitlines()[-1]
    assert not [line for line in run.after if line in CHANGES or line.startswith("submitted")], run.after


def check_went_on(runs: Runs, broken: Run, expected: list[bytes]) -> None:
    """What was acknowledged is there, the next run goes on from it, and in the end it is as if nothing had been."""
    # Until something was acknowledged there may be a file that nobody has filled yet.
    kept = runs.records() if broken.acknowledged >= 0 else []
    assert len(kept) > broken.acknowledged
    again = runs.run()
    assert again.forked.ended == 0, again.forked.stderr
    if runs.mode == "SIM":
        # Nothing leaves the process, so records may wait for one another, and what was not kept is done once more.
        assert of_the_market(runs.records()) == expected
        return
    # Each order that left was intended before, and left once.
    assert broken.submitted == intended(kept)[: len(broken.submitted)]
    sent = broken.submitted + again.submitted
    assert len(set(sent)) == len(sent)
    assert set(sent) <= set(intended(runs.records()))
    assert len(of_the_market(runs.records())) >= len(expected)


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_whichever_call_to_the_disk_fails_the_run_stops_and_the_next_goes_on(
    mode: str, tmp_path: Path, configuration: Configuration, forked: Fork
) -> None:
    """A disk error, a full disk and a read-only disk in turn, once and for good in turn, before and after the call."""
    reference = Runs.configured(tmp_path / "undisturbed", mode, configuration, forked)
    undisturbed = reference.run()
    assert undisturbed.forked.ended == 0
    assert len(undisturbed.submitted) >= 3
    expected = of_the_market(reference.records())
    calls = int(undisturbed.forked.of("calls")[0])
    # A journal is opened in one way in both modes.
    first = 1 if mode == "SIM" else OPENING
    for k in range(first, calls + 1):
        runs = Runs.configured(tmp_path / f"{k}", mode, configuration, forked)
        broken = runs.run(k, NUMBERS[k % 3], dies=bool(k // 2 % 2))
        assert broken.forked.of("fault"), f"call {k} of {calls} was never made"
        check_stopped(broken)
        check_went_on(runs, broken, expected)
    print(f"{mode}: {calls + 1 - first} calls to the disk failed")
    assert calls - first > 100


def test_however_little_room_there_is_the_run_stops_and_the_next_goes_on(
    tmp_path: Path, configuration: Configuration, forked: Fork
) -> None:
    """A real limit, the kernel's own error: no file may grow beyond it, from none at all up to all that is needed."""
    reference = Runs.configured(tmp_path / "undisturbed", "PAPER", configuration, forked)
    assert reference.run().forked.ended == 0
    expected = of_the_market(reference.records())
    begun = []
    for limit in range(0, 200_000, 10_000):
        runs = Runs.configured(tmp_path / f"{limit}", "PAPER", configuration, forked)
        # Python ignores the signal that comes with the error.
        room = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        run = runs.run(before=room)
        if run.forked.ended == 0:
            assert len(of_the_market(runs.records())) == len(expected)
            continue
        check_stopped(run)
        # After the one whose commit failed nothing more was intended, and that one was not sent.
        if run.acknowledged >= 0:
            begun.append(limit)
            assert len(intended(runs.records())) - len(run.submitted) <= 1
        check_went_on(runs, run, expected)
    assert len(begun) > 2, "no limit came in the middle of a run"


@pytest.mark.skipif(sys.platform != "linux", reason="a superuser may write anything; only Linux lets us lay that down")
@pytest.mark.parametrize("begun", [False, True])
def test_where_nothing_can_be_written_nothing_is_started(
    begun: bool, tmp_path: Path, configuration: Configuration, forked: Fork
) -> None:
    """A folder and files that may only be read: exit 5, the reason, and nothing was changed."""
    runs = Runs.configured(tmp_path / "runs", "PAPER", configuration, forked)
    state = runs.folder / "state" / "paper"
    if begun:
        assert runs.run(60).forked.ended == 5
    else:
        state.mkdir(0o700, parents=True)
        (runs.folder / "state").chmod(0o700)
    before = {file.name: file.read_bytes() for file in state.iterdir()}
    for each in (*state.iterdir(), state):
        each.chmod(0o500)
    run = runs.run(before=lay_down_privileges)
    assert {file.name: file.read_bytes() for file in state.iterdir()} == before
    for each in (state, *state.iterdir()):
        each.chmod(0o700)
    assert run.submitted == []
    assert run.forked.ended == 5
    assert "cannot be opened: permission denied: make its folder writable" in run.forked.stderr
    assert runs.run().forked.ended == 0


def lay_down_privileges() -> None:
    """Permissions hold for this process from now on, whoever started it."""
    if os.geteuid() == 0:
        # Version 3 of the call: two sets of three words, all of them empty.
        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None).capset(header, none) == 0


STRACE: Final = shutil.which("strace")


def can_trace() -> bool:
    """Whether strace is here and may do its work: containers and hardened kernels forbid it."""
    if STRACE is None:
        return False
    return subprocess.run([STRACE, "-o", os.devnull, "-e", "inject=fdatasync:error=EIO", "true"]).returncode == 0


@pytest.mark.parametrize(("call", "k"), [("fdatasync", 1), ("fdatasync", 12), ("pwrite64", 20), ("pwrite64", 45)])
def test_a_system_call_that_fails_is_no_different(
    call: str, k: int, tmp_path: Path, configuration: Configuration, forked: Fork, environ: dict[str, str]
) -> None:
    """The kernel itself says no, where strace can make it: exit 5, a reason, and the next run goes on."""
    if not can_trace():
        pytest.skip("strace is not here, or may not trace: the failpoints above have tried the same calls")
    runs = Runs.configured(tmp_path / "runs", "SIM", configuration, forked)
    reference = Runs.configured(tmp_path / "undisturbed", "SIM", configuration, forked)
    assert reference.run().forked.ended == 0
    inject = [str(STRACE), "-f", "-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when={k}"]
    # In groups as small as those of the other runs here.
    start = f"from interlock.runner import container, main; container.GROUP_RECORDS = {GROUP}; main.main()"
    ran = subprocess.run(
        [*inject, sys.executable, "-c", start, "run"],
        cwd=runs.folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 5, ran.stderr
    assert "journal" in ran.stderr.splitlines()[-1]
    assert runs.run().forked.ended == 0
    assert of_the_market(runs.records()) == of_the_market(reference.records())
