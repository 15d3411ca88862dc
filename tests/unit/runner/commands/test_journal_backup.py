"""``interlock journal backup``: a copy that can be relied on, or none."""

import json
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home


def _rows(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT seq, kind, body, hash FROM records ORDER BY seq").fetchall()
    finally:
        connection.close()


def test_a_backup_is_the_journal_and_private(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Record for record; it verifies; and it says how many there are."""
    journal = home.run(cycles=30)
    target = home.folder / "copy.sqlite3"
    assert run(["journal", "backup", str(target), "--json"]) == ExitCode.DONE
    told = json.loads(capsys.readouterr().out)
    records = len(home.rows())
    assert (Path(told["journal"]).name, told["backup"], told["records"]) == (journal.name, str(target), records)
    assert _rows(target) == _rows(journal)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert run(["journal", "verify", str(target)]) == ExitCode.DONE
    assert run(["journal", "backup", str(home.folder / "again"), "--journal", str(target)]) == ExitCode.DONE
    assert f"holds {len(home.rows())} records of" in capsys.readouterr().out


def test_nothing_is_overwritten(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """An older backup is worth more than the command that asks for it to go."""
    home.run(cycles=5)
    target = home.folder / "copy.sqlite3"
    target.write_text("precious")
    assert run(["journal", "backup", str(target)]) == ExitCode.USAGE
    assert "something at" in capsys.readouterr().err
    assert target.read_text() == "precious"


def test_a_journal_that_was_changed_is_not_backed_up(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """A copy of it would be relied on."""
    journal = home.run(cycles=30)
    with sqlite3.connect(journal) as connection:
        connection.execute("UPDATE records SET body = replace(body, 'TEST', 'TEXT') WHERE seq = 9")
    connection.close()
    target = home.folder / "copy.sqlite3"
    assert run(["journal", "backup", str(target)]) == ExitCode.JOURNAL
    assert "9" in capsys.readouterr().err
    assert not list(home.folder.glob("copy.sqlite3*"))


def test_without_a_journal_there_is_nothing_to_copy(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And what to do about it is said."""
    home.loaded()
    assert run(["journal", "backup", "copy.sqlite3"]) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "there is no journal at" in err
    assert err.endswith("or the file itself as --journal\n")


@pytest.mark.parametrize("target", ["", ".", "./", "/", "..", "nope/", "state"])
def test_a_folder_is_no_place_for_a_backup(home: "Home", capsys: pytest.CaptureFixture[str], target: str) -> None:
    """Neither one that is there nor one that is not: a file is never made under another name than was asked for."""
    home.run(cycles=3)
    before = sorted(home.folder.rglob("*"))
    assert run(["journal", "backup", target]) == ExitCode.USAGE
    says = "names a folder, and a file is meant: name the file in it" if target else "it is empty, and a file is meant"
    assert says in capsys.readouterr().err.replace("\n", " ")
    assert run(["journal", "export", "--format", "csv", "-o", target]) == ExitCode.USAGE
    assert sorted(home.folder.rglob("*")) == before
