"""Signals to a real process: one stops it politely, any number is harmless, a second one a moment later forces."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import Interlock

# Each of these starts processes.
pytestmark = pytest.mark.slow

# No test waits for time to pass: it waits for output, or for the end of the process, at most this long.
PATIENCE = 30
READY = "Ctrl-C ends it"
HANG = """print("stuck now", file=sys.stderr, flush=True)
        while True:
            pass"""


@contextmanager
def _running(interlock: "Interlock", until: str = READY) -> Iterator["subprocess.Popen[str]"]:
    """A run that has said ``until``."""
    with interlock.started("run", "--json", until=until) as process:
        yield process


def _ended(process: "subprocess.Popen[str]") -> tuple[str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert json.loads(out)["stop_reason"] == "SIGNAL"
    return out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_finishes_the_cycle_and_says_the_summary(interlock: "Interlock", number: signal.Signals) -> None:
    """At once on stderr, then on record; exit 0."""
    with _running(interlock) as process:
        process.send_signal(number)
        _, err = _ended(process)
    assert f"interlock: {number.name}: stopping after this cycle" in err
    assert "the run stops: SIGNAL" in err


def test_a_wait_of_an_hour_is_interrupted_at_once(interlock: "Interlock") -> None:
    """Nobody waits for the next cycle."""
    interlock.configure(interval_seconds="3600")
    with _running(interlock) as process:
        began = monotonic()
        process.send_signal(signal.SIGTERM)
        _ended(process)
        assert monotonic() - began < 5


def test_five_hundred_signals_are_one_stop(interlock: "Interlock") -> None:
    """Both kinds, mixed, until the process is gone: its end stays a clean one."""
    with _running(interlock) as process:
        for nth in range(500):
            process.send_signal(signal.SIGINT if nth % 2 else signal.SIGTERM)
        _, err = _ended(process)
    assert err.count("stopping after this cycle") == 1


def test_a_run_that_was_killed_goes_on(interlock: "Interlock") -> None:
    """SIGKILL leaves no last word: nothing on disk is damaged, and the next run says what it found."""
    for _ in range(3):
        with _running(interlock) as process:
            process.kill()
            assert process.wait(PATIENCE) == -signal.SIGKILL
    with _running(interlock, until="the earlier run was killed: it did not say that it stopped") as process:
        process.send_signal(signal.SIGTERM)
        _ended(process)


def test_a_run_that_was_stopped_goes_on(interlock: "Interlock") -> None:
    """The stop lost nothing."""
    for _ in range(2):
        with _running(interlock) as process:
            process.send_signal(signal.SIGTERM)
            _ended(process)
    with _running(interlock, until="going on from record") as process:
        process.send_signal(signal.SIGTERM)
        _ended(process)


def test_a_second_signal_ends_a_run_that_hangs(interlock: "Interlock") -> None:
    """At once and safely: exit 4, and the next run goes on with what was committed."""
    interlock.plant(HANG, first="import sys")
    with _running(interlock, until="stuck now") as process:
        code = None
        for _ in range(PATIENCE * 10):  # ends: at the first signal that comes half a second after the first
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        assert code == 4
        assert process.stderr is not None
        assert "forced to stop at once" in process.stderr.read()
    with _running(interlock, until="going on from record"):
        pass


# A signal at the third record, however quick the machine is.
INTERRUPTED = """
import signal
from interlock.runner import reading
from interlock.runner.main import main

look = reading.Reading.__call__

def interrupted(self, read):
    if read == 3:
        signal.raise_signal(signal.SIGINT)
    look(self, read)

reading.RECORDS_PER_LOOK = 1
reading.Reading.__call__ = interrupted
main()
"""


def test_one_signal_is_enough_while_the_journal_is_read(
    interlock: "Interlock", forget_snapshots: Callable[[Path], None]
) -> None:
    """A stopped run like any other, exit 0; nothing was begun, so nothing is on record of it."""
    assert interlock("run", "--cycles", "5").returncode == 0
    journal = interlock.folder / "state" / "demo" / "sim" / "journal.sqlite3"
    forget_snapshots(journal)
    before = journal.read_bytes()
    stopped = interlock("run", "--json", program=INTERRUPTED)
    assert stopped.returncode == 0, stopped.stderr
    assert "SIGINT: stopping" in stopped.stderr
    data = json.loads(stopped.stdout)
    assert (data["stop_reason"], data["bars"], data["cash"]) == ("SIGNAL", 0, None)
    assert journal.read_bytes() == before
    assert json.loads(interlock("run", "--json", "--cycles", "5").stdout)["bars"] == 5
    forget_snapshots(journal)
    shown = interlock("run", program=INTERRUPTED)
    assert "not read to its end, and not changed" in shown.stdout
