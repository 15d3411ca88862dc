"""What lies beside a journal that is gone or empty is kept, whoever comes by."""

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.backup import backup
from interlock.adapters.journal.head_file import head_path
from interlock.adapters.journal.presence import can_be_there, is_there
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.records import Record
from interlock.testing.builders import bars

AT = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)
RECORDS = [Record(ts_init=AT, observation=bar) for bar in bars(50)]

OPENED: dict[str, Callable[[Path], object]] = {
    "writer": SqliteJournal,
    "reader": JournalReader,
    "rows": RawJournal,
    "backup": lambda path: backup(path, path.with_name("copy.sqlite3")),
    "archive": archive,
    "look": is_there,
}


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A journal whose writer was killed: its last records are in the log alone."""
    path = tmp_path / "state" / "journal.sqlite3"
    journal = SqliteJournal(path)
    journal.append(RECORDS)
    kept = {one: one.read_bytes() for one in path.parent.iterdir()}
    journal.close()
    for one, content in kept.items():
        one.write_bytes(content)
        one.chmod(0o600)
    assert path.with_name("journal.sqlite3-wal").stat().st_size
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the lock, which whoever tries to write signs."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.endswith((".lock", "-shm"))}


@pytest.mark.parametrize("how", OPENED)
@pytest.mark.parametrize("left", ["gone", "empty", "a byte", "gone, and its head file"])
def test_a_log_without_its_journal_is_kept_and_refused(killed: Path, how: str, left: str) -> None:
    """SQLite would delete it, and with it what was acknowledged last."""
    if left.startswith("gone"):
        killed.unlink()
    else:
        killed.write_bytes(b"S" if left == "a byte" else b"")
    if left.endswith("head file"):
        head_path(killed).unlink()
    before = contents(killed.parent)
    found = "is gone" if left.startswith("gone") else "is empty"
    with pytest.raises(JournalUnavailable, match=f"{found}, and journal.sqlite3-wal.*move the whole folder"):
        OPENED[how](killed)
    assert contents(killed.parent) == before


@pytest.mark.parametrize("how", OPENED)
def test_a_log_that_is_a_link_is_not_followed(killed: Path, how: str) -> None:
    """Its content lies somewhere else, and what is told to be done keeps it."""
    log = killed.with_name("journal.sqlite3-wal")
    moved = log.rename(killed.parent.parent / "elsewhere")
    log.symlink_to(moved)
    with pytest.raises(ConfigurationError, match="put the file itself in its place"):
        OPENED[how](killed)
    assert moved.stat().st_size


def test_an_empty_log_holds_nothing_that_could_be_lost(killed: Path) -> None:
    """A mere reader leaves one."""
    for end in ("", "-wal", "-shm", ".head"):
        killed.with_name(f"journal.sqlite3{end}").unlink()
    log = killed.with_name("journal.sqlite3-wal")
    log.touch(mode=0o600)
    assert not is_there(killed)
    SqliteJournal(killed).close()


@pytest.mark.parametrize("how", OPENED)
@pytest.mark.parametrize("left", ["gone", "empty"])
def test_a_head_file_tells_every_command_of_a_journal_that_was_taken_away(killed: Path, how: str, left: str) -> None:
    """A run would not begin one there, so nobody says that it does."""
    killed.with_name("journal.sqlite3-wal").unlink()
    if left == "gone":
        killed.unlink()
    else:
        killed.write_bytes(b"")
    with pytest.raises(JournalUnavailable, match="its head file says that record 49 was kept"):
        OPENED[how](killed)


def test_a_head_file_that_is_an_archives_already_tells_nothing(killed: Path) -> None:
    """Whoever was killed while a journal was put aside left it, and the next writer takes it away."""
    SqliteJournal(killed).close()
    killed.rename(killed.with_name("journal-1.sqlite3"))
    head_path(killed.with_name("journal-1.sqlite3")).hardlink_to(head_path(killed))
    assert not is_there(killed)


def test_what_we_may_not_look_at_is_no_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's folder: told as such, and no defect."""

    def refused(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refused)
    with pytest.raises(ConfigurationError, match="cannot be looked at: permission denied; run as the user who owns"):
        can_be_there(tmp_path / "journal.sqlite3")


@pytest.mark.parametrize("end", ["-shm", "-wal"])
def test_what_a_reader_left_read_only_keeps_no_writer_out(killed: Path, end: str) -> None:
    """SQLite makes them with the journal's mode, and somebody may have made that read-only for a while."""
    beside = killed.with_name(f"journal.sqlite3{end}")
    beside.touch()
    beside.chmod(0o400)
    journal = SqliteJournal(killed)
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    journal.append(RECORDS)
    journal.close()


def test_a_read_only_journal_is_named_with_its_remedy(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing beside it is changed."""
    killed.chmod(0o400)
    monkeypatch.setattr(os, "access", lambda *_: False)  # to the superuser nothing is closed
    before = contents(killed.parent)
    with pytest.raises(ConfigurationError, match=r"may not be written \(mode 0400\): chmod 600 .*journal.sqlite3, to"):
        SqliteJournal(killed)
    assert contents(killed.parent) == before
