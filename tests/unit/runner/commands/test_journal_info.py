"""``interlock journal info``: what it is of, its runs, and who writes it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.private_files import WriterLock
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.runner.commands.journal_lock import holder_of
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home


def _info(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["journal", "info", "--json"]) == ExitCode.DONE
    data = json.loads(capsys.readouterr().out)
    assert isinstance(data, dict)
    return data


def test_a_journal_says_what_it_is_of_and_how_its_runs_ended(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """For scripts and for people alike."""
    home.run(cycles=5)
    home.run()
    data = _info(capsys)
    rows = home.rows()
    journal = SqliteJournal(home.journal)
    head = journal.head()
    journal.close()
    assert head is not None
    assert (data["records"], data["head"]) == (len(rows), {"seq": head.seq, "hash": head.hash})
    assert (data["mode"], data["account"], data["instrument"]) == ("SIM", "demo", "TEST")
    assert data["bytes"] >= home.journal.stat().st_size
    assert data["configurations"] == [home.loaded().digest]
    assert [one["ended"] for one in data["runs"]] == ["CYCLES_REACHED", "END_OF_DATA"]
    assert [rows[one["seq"]][1] for one in data["runs"]] == ["RunStarted", "RunStarted"]
    assert data["written_by"] is None
    assert data["first_at"] <= data["last_at"]
    assert run(["journal", "info"]) == ExitCode.DONE
    text = capsys.readouterr().out
    assert f"head:          {head.seq} {head.hash}\n" in text
    assert "of:            TEST in SIM for account demo\n" in text
    assert "written by:    nobody at present\n" in text
    assert text.endswith(": END_OF_DATA\n")


def test_any_record_can_be_held_against_an_anchor_of_it(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The head of then, in the journal of now: its number and its hash, in both forms."""
    home.run(cycles=5)
    then = _info(capsys)["head"]
    home.run()
    assert _info(capsys)["at"] is None
    assert run(["journal", "info", "--json", "--at", str(then["seq"])]) == ExitCode.DONE
    data = json.loads(capsys.readouterr().out)
    assert (data["at"], data["head"]["seq"] > then["seq"]) == (then, True)
    assert run(["journal", "info", "--at", str(then["seq"])]) == ExitCode.DONE
    assert f"record:        {then['seq']} {then['hash']}\n" in capsys.readouterr().out


def test_a_record_that_is_not_there_is_an_adverse_finding(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The journal may have been cut: whoever has an anchor of it has to know. No number breaks the question."""
    home.run(cycles=5)
    capsys.readouterr()
    for seq in (len(home.rows()), 2**63 - 1):
        assert run(["journal", "info", "--at", str(seq)]) == ExitCode.FINDING
        assert f"record:        {seq} is not there\n" in capsys.readouterr().out
    assert run(["journal", "info", "--json", "--at", "999"]) == ExitCode.FINDING
    assert json.loads(capsys.readouterr().out)["at"] == {"seq": 999, "hash": None}
    for wrong in ("-1", "x", str(2**63)):
        assert run(["journal", "info", "--at", wrong]) == ExitCode.USAGE


def test_a_run_without_a_stop_was_killed_or_is_still_running(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever: the lock tells."""
    home.run(cycles=5)
    home.rewrite(home.rows()[:-1])
    assert _info(capsys)["runs"][0]["ended"].startswith("did not say that it stopped")
    lock = WriterLock(home.journal)
    data = _info(capsys)
    assert data["runs"][0]["ended"] == "still running"
    assert data["written_by"]["pid"] == os.getpid()
    assert data["written_by"]["host"] == socket.gethostname()
    assert run(["journal", "info"]) == ExitCode.DONE
    assert f"written by:    process {os.getpid()} on {socket.gethostname()} since 2" in capsys.readouterr().out
    lock.release()


def test_a_journal_without_a_record_has_little_to_say(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And says that."""
    home.loaded()
    SqliteJournal(home.journal).close()
    data = _info(capsys)
    assert (data["records"], data["head"], data["mode"], data["runs"]) == (0, None, None, [])
    assert run(["journal", "info"]) == ExitCode.DONE
    assert "no record yet" in capsys.readouterr().out


def test_nobody_holds_a_lock_that_was_never_taken_or_was_left(tmp_path: Path) -> None:
    """A signature alone is no lock: its process may be gone, or write something else by now."""
    path = tmp_path / "journal.sqlite3"
    lock = tmp_path / "journal.sqlite3.lock"
    assert holder_of(path) is None
    host = socket.gethostname()
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    for pid, where in ((int(gone.stdout), host), (os.getpid(), host), (1, host), (1, "elsewhere")):
        lock.write_text(json.dumps({"pid": pid, "host": where, "since": "now"}))
        lock.chmod(0o600)
        assert holder_of(path) is None


def test_looking_at_a_lock_does_not_sign_it(tmp_path: Path) -> None:
    """Nor does it let go of it."""
    path = tmp_path / "journal.sqlite3"
    lock = WriterLock(path)
    signed = path.with_name("journal.sqlite3.lock")
    before = signed.read_bytes()
    for _ in range(2):
        holder = holder_of(path)
        assert holder is not None
        assert holder.pid == os.getpid()
    assert signed.read_bytes() == before
    signed.write_text("")
    nameless = holder_of(path)
    assert nameless is not None
    assert nameless.told == "a process that has not signed its lock yet"
    lock.release()
    assert holder_of(path) is None


def test_a_process_of_somebody_else_lives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """We may not signal it, and that is no reason to take it for dead: the lock itself is asked."""

    def refused(pid: int, number: int) -> None:
        raise PermissionError

    lock = WriterLock(tmp_path / "journal.sqlite3")
    monkeypatch.setattr("interlock.runner.commands.journal_lock.os.kill", refused)
    assert holder_of(tmp_path / "journal.sqlite3") is not None
    lock.release()
