"""The journal's commands beside a real run: what they say while it runs, when it was killed, and after its stop."""

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import Interlock

# Each of these starts processes.
pytestmark = pytest.mark.slow

# No test waits for time to pass: it waits for output, or for the end of the process, at most this long.
PATIENCE = 30
READY = "Ctrl-C ends it"
START = "from interlock.runner.main import main; main()"
IMPORTED = """
import sys
before = set(sys.modules)  # what measures coverage brings sqlite3 along
from interlock.runner.main import run
run(sys.argv[1:])
heavy = {"sqlite3", "rich", "msgspec", "exchange_calendars", "interlock.adapters"} & (set(sys.modules) - before)
print("imported", sorted(heavy))
"""


def test_help_about_the_journal_waits_for_none_of_it(interlock: "Interlock") -> None:
    """What is not run is not imported."""
    for args in (["--help"], ["journal", "--help"]):
        assert interlock(*args, program=IMPORTED).stdout.endswith("imported []\n")


def test_status_follows_a_run_through_its_life(interlock: "Interlock") -> None:
    """Running, killed, gone on with, stopped; and the journal holds all the way."""
    interlock.configure(mode="PAPER", interval_seconds="0.05")
    with interlock.started("run", until=READY) as process:
        seen = interlock("status", "--json")
        data = json.loads(seen.stdout)
        assert (seen.returncode, data["running"], data["written_by"]["pid"]) == (0, True, process.pid), seen.stdout
        assert interlock("journal", "verify").returncode == 0
        assert interlock("journal", "archive").returncode == 3
        process.kill()
        process.wait(timeout=PATIENCE)
    killed = interlock("status", "--json")
    assert (killed.returncode, json.loads(killed.stdout)["running"]) == (1, False)
    assert "the last run was killed: it did not say that it stopped" in json.loads(killed.stdout)["reason"]
    assert interlock("run", "--cycles", "2").returncode == 0
    assert interlock("status").returncode == 0
    verified = json.loads(interlock("journal", "verify", "--json").stdout)
    assert verified["ok"]
    ended = [run["ended"] for run in json.loads(interlock("journal", "info", "--json").stdout)["runs"]]
    assert ended == ["did not say that it stopped: it was killed, or it crashed", "CYCLES_REACHED"]


def test_the_log_is_followed_from_before_the_run_until_a_signal_comes(interlock: "Interlock") -> None:
    """It waits for the log, and tells every event of the run, its stop as well; what stands beside is on stderr."""
    interlock.configure(mode="PAPER", interval_seconds="0.05")
    follow = [sys.executable, "-c", START, "logs", "--follow", "--json"]
    with subprocess.Popen(
        follow, cwd=interlock.folder, env=interlock.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as logs:
        try:
            assert logs.stderr is not None
            assert logs.stdout is not None
            assert "is not there: waiting until one is begun" in logs.stderr.readline()
            with interlock.started("run", until=READY) as process:
                lines = [json.loads(logs.stdout.readline())]
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=PATIENCE)
            while lines[-1]["event"] != "RunStopped":
                lines.append(json.loads(logs.stdout.readline()))
            logs.send_signal(signal.SIGTERM)
            _, err = logs.communicate(timeout=PATIENCE)
        finally:
            logs.kill()
    assert (logs.returncode, err) == (0, "")
    (log,) = interlock.folder.rglob("interlock.log")
    assert lines == [json.loads(line) for line in log.read_text().splitlines()]
    told = interlock("logs", "--event", "RunStopped")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("the run stops: SIGNAL\n")
    assert "\x1b" not in told.stdout


def test_a_tail_follows_a_run_until_a_signal_comes(interlock: "Interlock") -> None:
    """It sees every record of the run, its stop as well, and ends without a word."""
    interlock.configure(mode="PAPER", interval_seconds="0.05")
    follow = [sys.executable, "-c", START, "journal", "tail", "-n", "0", "--follow"]
    with (
        interlock.started("run", until=READY) as process,
        subprocess.Popen(
            follow,
            cwd=interlock.folder,
            env=interlock.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as tail,
    ):
        try:
            assert tail.stdout is not None
            lines = [tail.stdout.readline()]
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
            while lines[-1] and "the run stops: SIGNAL" not in lines[-1]:
                lines.append(tail.stdout.readline())
            tail.send_signal(signal.SIGTERM)
            _, err = tail.communicate(timeout=PATIENCE)
        finally:
            tail.kill()
    assert (tail.returncode, err) == (0, "")
    seqs = [int(line.split()[0]) for line in lines]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
