"""Streams that are full, closed, or read by nobody: the exit code says what happened, whoever hears of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock import __version__
from interlock.adapters.journal.sqlite import SqliteJournal

if TYPE_CHECKING:
    from tests.system.conftest import Interlock

# Each of these starts processes.
pytestmark = pytest.mark.slow

START = "from interlock.runner.main import main; main()"
# As a shell's `>&-`: closed before Python looks.
CLOSED = """
import os, sys
os.close({number})
os.execv(sys.executable, [sys.executable, "-c", {start!r}, *sys.argv[1:]])
"""


def _closed(number: int) -> str:
    return CLOSED.format(number=number, start=START)


def _read_by_nobody() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_what_asked_to_be_called_at_the_end_is_called_and_heard() -> None:
    """Into a pipe, where nothing is written unless it is flushed; and nothing that was made is taken apart."""
    start = """
import atexit, sys
from interlock.runner.main import entry
class Kept:
    def __del__(self): print("taken apart")
kept = Kept()
atexit.register(print, "called at the end")
sys.argv = ["interlock", "--version"]
entry()
"""
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True)
    assert done.stdout == f"interlock {__version__}\ncalled at the end\n"


@pytest.mark.parametrize("stderr", ["full", "gone", "closed"])
@pytest.mark.parametrize(
    ("args", "code"), [(("run", "-c", "bad.toml"), 2), (("run", "--bogus"), 2), (("run", "--mode", "PAPER"), 3)]
)
def test_an_exit_code_does_not_hang_on_stderr(
    interlock: "Interlock", stderr: str, args: tuple[str, ...], code: int
) -> None:
    """Where nobody can be told, the code is all that is left."""
    (interlock.folder / "bad.toml").write_text("account = 1\n")
    if stderr == "closed":
        assert interlock(*args, program=_closed(2)).returncode == code
        return
    opened = os.open("/dev/full", os.O_WRONLY) if stderr == "full" else _read_by_nobody()
    assert interlock(*args, stderr=opened).returncode == code
    os.close(opened)


def test_a_changed_journal_is_told_by_the_code_where_stderr_is_full(
    interlock: "Interlock", forget_snapshots: Callable[[Path], None]
) -> None:
    """Exit 5 is what a script waits for: a 1 would be taken for a finding about the market."""
    ran = json.loads(interlock("run", "--cycles", "5", "--json").stdout)
    path = interlock.folder / ran["journal"]
    forget_snapshots(path)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"account":"demo"', b'"account":"dmeo"', 1))
    assert raw != path.read_bytes()
    with Path("/dev/full").open("w") as full:
        assert interlock("run", "--cycles", "5", stderr=full).returncode == 5


@pytest.mark.parametrize("json_flag", [(), ("--json",)])
@pytest.mark.parametrize("args", [("run", "--cycles", "5"), ("check",)])
@pytest.mark.parametrize("closed", [False, True])
def test_an_answer_that_cannot_be_written_is_told_by_a_code_of_its_own(
    interlock: "Interlock", args: tuple[str, ...], json_flag: tuple[str, ...], closed: bool
) -> None:
    """All was well but the answer: nobody's defect, and no success either."""
    with Path("/dev/full").open("w") as full:
        ran = interlock(*args, *json_flag, program=_closed(1)) if closed else interlock(*args, *json_flag, stdout=full)
    assert ran.returncode == 74
    why = "Bad file descriptor" if closed else "No space left on device"
    assert f"interlock: stdout cannot be written ({why})" in ran.stderr
    assert "defect" not in ran.stderr


@pytest.mark.parametrize("args", [("--version",), ("--help",), ("run", "--help"), ("init",)])
def test_any_other_answer_that_cannot_be_written_is_told_as_well(interlock: "Interlock", args: tuple[str, ...]) -> None:
    """A help that nobody can read is not an internal error."""
    with Path("/dev/full").open("w") as full:
        ran = interlock(*args, stdout=full)
    assert (ran.returncode, "stdout cannot be written" in ran.stderr) == (74, True)


def test_a_run_that_came_to_something_keeps_its_code_where_stdout_is_full(interlock: "Interlock") -> None:
    """The first thing that went wrong counts."""
    interlock.plant('raise ValueError("a-secret")')
    with Path("/dev/full").open("w") as full:
        ran = interlock("run", "--cycles", "5", "--json", stdout=full)
    assert ran.returncode == 4
    assert "stdout cannot be written" in ran.stderr


def test_a_closed_stream_is_no_place_for_the_journal(interlock: "Interlock") -> None:
    """The next file that is opened would get its number, and whatever is printed would go into that file."""
    interlock("run", "--cycles", "5", program=_closed(1))
    journal = SqliteJournal(interlock.folder / "state" / "demo" / "sim" / "journal.sqlite3")
    assert journal.head() is not None
    journal.close()


def test_a_reader_that_stops_reading_ends_the_process_as_the_shell_expects(interlock: "Interlock") -> None:
    """141 in a shell, as the page of exit codes says. The journal is closed by then."""
    ran = interlock("run", "--cycles", "5", stdout=_read_by_nobody(), stderr=subprocess.DEVNULL)
    assert ran.returncode == -signal.SIGPIPE
