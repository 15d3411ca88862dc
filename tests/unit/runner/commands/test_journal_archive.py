"""``interlock journal archive``: aside, whole, and never from under a writer."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home


def test_a_journal_is_put_aside_and_can_still_be_read(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Where it went is said, and whatever reads a journal reads it there."""
    home.run(cycles=9)
    assert run(["journal", "archive"]) == ExitCode.DONE
    assert "state/sim/journal.sqlite3 is kept as state/sim/journal-1.sqlite3" in capsys.readouterr().out
    home.run(cycles=9)
    assert run(["journal", "archive", "--json"]) == ExitCode.DONE
    kept = json.loads(capsys.readouterr().out)
    assert kept == {"journal": "state/sim/journal.sqlite3", "archive": "state/sim/journal-2.sqlite3"}
    assert not home.journal.exists()
    for name in ("journal-1.sqlite3", "journal-2.sqlite3"):
        assert run(["journal", "verify", f"state/sim/{name}"]) == ExitCode.DONE
    assert run(["journal", "archive"]) == ExitCode.USAGE


def test_a_journal_that_is_being_written_stays(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Its writer is named."""
    writer = SqliteJournal(home.run(cycles=9))
    before = set(Path("state/sim").iterdir())
    assert run(["journal", "archive"]) == ExitCode.REFUSED
    assert f"is being written by process {os.getpid()} on " in capsys.readouterr().err
    assert set(Path("state/sim").iterdir()) == before
    writer.close()
