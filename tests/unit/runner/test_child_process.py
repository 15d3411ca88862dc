"""A command of the user's own as a real process: what it is given, how it may end, and what it leaves behind."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.runner import child_process
from interlock.runner.child_process import COMPLAINT_CHARACTERS_MAX, ChildProcess

pytestmark = pytest.mark.slow

LINE = b'{"seq": 17, "hash": "00"}\n'
SECONDS = 20.0

Script = Callable[[str], str]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Writes a shell script and answers where it is."""

    def write(text: str) -> str:
        path = tmp_path / "stamp"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o700)
        return str(path)

    return write


def _wait_for(path: Path) -> str:
    """What the script wrote, when it has."""
    deadline = time.monotonic() + SECONDS
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"nobody wrote {path.name}"
    return path.read_text()


def _descriptors() -> int:
    """How many this process holds."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _is_gone(pid: int) -> bool:
    """Whether there is no such process any more, or only one that its new parent has not reaped yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_reads_the_line_and_the_words_as_they_are(script: Script, tmp_path: Path) -> None:
    """No shell has touched them, and after the line there is the end of the input."""
    command = script(f'cat > {tmp_path}/line; printf "%s\\n" "$@" > {tmp_path}/words')
    child = ChildProcess([command, "--queue", "a b", "$HOME; exit 3", "*"], LINE)
    assert child.wait(SECONDS) == 0
    assert (tmp_path / "line").read_bytes() == LINE
    assert (tmp_path / "words").read_text().splitlines() == ["--queue", "a b", "$HOME; exit 3", "*"]
    assert child.complaint == ""


def test_a_command_that_reads_nothing_is_no_failure(script: Script) -> None:
    """Its exit code is what it says."""
    assert ChildProcess([script("exec <&-; exit 0")], LINE).wait(SECONDS) == 0


def test_it_gets_the_environment_that_a_program_needs_and_no_more(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What else is in ours may be secret."""
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.setenv("API_SECRET", "do not tell")
    monkeypatch.delenv("LANG", raising=False)
    env = shutil.which("env")
    assert env is not None
    assert ChildProcess([script(f"exec {env} > {tmp_path}/env")], LINE).wait(SECONDS) == 0
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    # The shell adds a few of its own.
    assert {"PATH", "HOME"} <= names
    assert names <= {"PATH", "HOME", "PWD", "OLDPWD", "SHLVL", "_"}


def test_it_inherits_no_descriptor(script: Script, tmp_path: Path) -> None:
    """Not the journal's, not its lock's: who holds that would keep the next run from starting."""
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        assert ChildProcess([script(f"ls -l /proc/$$/fd > {tmp_path}/fds")], LINE).wait(SECONDS) == 0
    assert "held" not in (tmp_path / "fds").read_text()


@pytest.mark.parametrize(
    ("text", "code", "complaint"),
    [
        ("exit 3", 3, ""),
        ("echo out; echo no route >&2; echo more >&2; exit 1", 1, "no route"),
        ("printf '\\n\\033[31mred\\a\\377' >&2; exit 1", 1, "\\x1b[31mred\\x07\ufffd"),
        ("kill -TERM $$", -signal.SIGTERM, ""),
    ],
)
def test_how_it_failed_is_known(script: Script, text: str, code: int, complaint: str) -> None:
    """Its exit code or its signal, and the first line of what it said, which no terminal obeys."""
    child = ChildProcess([script(text)], LINE)
    assert (child.wait(SECONDS), child.complaint) == (code, complaint)


def test_a_command_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    """Nor one that may not be run, nor a folder; and no descriptor is lost over it."""
    before = _descriptors()
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    for path in (str(tmp_path / "gone"), str(plain), str(tmp_path), "a-name-that-is-nowhere-on-path"):
        with pytest.raises(OSError, match=r"\S"):
            ChildProcess([path], LINE)
    assert _descriptors() == before


def test_a_bare_name_is_looked_for_on_path(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell would."""
    monkeypatch.setenv("PATH", f"{Path(script('exit 7')).parent}{os.pathsep}{os.environ['PATH']}")
    assert ChildProcess(["stamp"], LINE).wait(SECONDS) == 7


def test_a_flood_is_read_and_forgotten(script: Script) -> None:
    """On stdout it goes nowhere; on stderr it neither holds the command up nor fills our memory."""
    child = ChildProcess([script("yes out | head -c 20000000; yes complaint | head -c 20000000 >&2; exit 1")], LINE)
    assert child.wait(SECONDS) == 1
    assert child.complaint == "complaint"
    endless = ChildProcess([script("exec cat /dev/zero >&2")], LINE)
    while not endless.complaint:  # ends: it writes without an end
        assert endless.poll() is None
    for _ in range(100):
        assert endless.poll() is None
    endless.kill()
    assert endless.wait(SECONDS) == -signal.SIGKILL
    assert len(endless.complaint) == COMPLAINT_CHARACTERS_MAX + 1
    assert endless.complaint.isprintable()


def test_one_look_reads_no_more_than_its_share(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes faster than we read does not hold up the loop."""
    monkeypatch.setattr(child_process, "_READS_MAX", 2)
    monkeypatch.setattr(child_process, "_READ_BYTES", 3)
    child = ChildProcess([script("printf abcdefghijkl >&2; exit 1")], LINE)
    child._child.wait(SECONDS)
    assert child.poll() == 1
    assert child.complaint == "abcdef"


def test_one_that_ignores_signals_is_killed_and_leaves_no_zombie(script: Script, tmp_path: Path) -> None:
    """With whatever it has started; and looking at it never waited."""
    child = ChildProcess(
        [script(f"trap '' TERM INT HUP; sleep 600 & echo $! > {tmp_path}/pid; echo $$ > {tmp_path}/own; wait; wait")],
        LINE,
    )
    grandchild, own = int(_wait_for(tmp_path / "pid")), int(_wait_for(tmp_path / "own"))
    os.kill(own, signal.SIGTERM)
    began = time.monotonic()
    assert child.poll() is None
    assert child.wait(0.2) is None
    assert time.monotonic() - began < 5
    child.kill()
    assert child.wait(SECONDS) == -signal.SIGKILL
    assert not Path(f"/proc/{own}").exists()
    deadline = time.monotonic() + SECONDS
    while not _is_gone(grandchild):
        assert time.monotonic() < deadline
    child.kill()  # its number may be somebody else's by now: nobody is signalled
    assert child.poll() == -signal.SIGKILL


def test_nobody_waits_for_what_it_left_running(script: Script, tmp_path: Path) -> None:
    """A queue that goes on by itself holds our end of a pipe, and that is its business."""
    child = ChildProcess([script(f"sleep 600 & echo $! > {tmp_path}/pid; exit 0")], LINE)
    began = time.monotonic()
    assert child.wait(SECONDS) == 0
    assert time.monotonic() - began < SECONDS
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_signal_of_the_terminal_is_not_for_it(script: Script, tmp_path: Path) -> None:
    """It leads a group of its own: Ctrl-C reaches the run alone."""
    child = ChildProcess([script(f"echo $$ > {tmp_path}/own; exec sleep 600")], LINE)
    own = int(_wait_for(tmp_path / "own"))
    assert os.getpgid(own) == own != os.getpgrp()
    child.kill()
    assert child.wait(SECONDS) == -signal.SIGKILL


def test_a_failure_is_one_where_nobody_is_told_of_children_that_end(script: Script) -> None:
    """A supervisor may have us ignore SIGCHLD: then the system would throw the exit code away."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert ChildProcess([script("exit 3")], LINE).wait(SECONDS) == 3
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_the_line_is_whole_however_long_an_account_may_be(script: Script, tmp_path: Path) -> None:
    """It is written before there is anybody to read it, so it has to fit into a pipe."""
    line = json.dumps({"account": "x" * 64, "journal_id": "0" * 64, "hash": "0" * 64, "seq": 10**12}).encode() + b"\n"
    assert len(line) < 4096
    assert ChildProcess([script(f"cat > {tmp_path}/line")], line).wait(SECONDS) == 0
    assert (tmp_path / "line").read_bytes() == line


def test_lines_that_no_pipe_holds_are_refused_and_hold_nobody_up(script: Script, tmp_path: Path) -> None:
    """Nobody reads yet when they are written, so a write that waits would wait for ever."""
    before = _descriptors()
    for size in (65_537, 10_000_000):
        with pytest.raises(OSError, match="too long"):
            ChildProcess([script(f"cat > {tmp_path}/line")], b"x" * size)
    assert _descriptors() == before
    assert not (tmp_path / "line").exists()


def test_it_is_seen_to_have_ended_by_polling_alone(script: Script) -> None:
    """As the loop does it."""
    child = ChildProcess([script("exit 5")], LINE)
    deadline = time.monotonic() + SECONDS
    while child.poll() is None:
        assert time.monotonic() < deadline
    assert child.poll() == 5
    with pytest.raises(ChildProcessError):
        os.waitpid(child._child.pid, os.WNOHANG)
