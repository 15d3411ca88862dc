"""Whoever is told that the disk failed is told what to do."""

import errno
import sqlite3
from pathlib import Path

import pytest

from interlock.adapters.journal.failures import after_a_commit, to_do
from interlock.adapters.journal.head_file import HeadFile
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.faults import JournalUnavailable
from interlock.core.market import RefusedRow
from interlock.core.records import Record
from interlock.testing.builders import A_TIME

HUGE = Record(A_TIME, RefusedRow(source="s", line=1, field="f", value="x" * 100_000, rule="r"))
COMES_BACK = "then `interlock run` again: it reads what is there, whether this was kept or not"


def _of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "x"), "free space"),
        (OSError(errno.EDQUOT, "x"), "free space"),
        (OSError(errno.EFBIG, "x"), "size of files"),
        (OSError(errno.EROFS, "x"), "writable"),
        (OSError(errno.EACCES, "x"), "writable"),
        (OSError(errno.EIO, "x"), "look at the disk"),
        (OSError("the head file was written in part"), "look at the disk"),
        (_of_sqlite(sqlite3.SQLITE_FULL), "free space"),
        (_of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), "writable"),
        (_of_sqlite(sqlite3.SQLITE_CANTOPEN), "writable"),
        (_of_sqlite(sqlite3.SQLITE_BUSY), "open"),
        (_of_sqlite(sqlite3.SQLITE_CORRUPT), "backup"),
        (_of_sqlite(sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY), "another process writes this journal"),
        (_of_sqlite(sqlite3.SQLITE_IOERR_FSYNC), "look at the disk"),
        (sqlite3.ProgrammingError("of the module itself"), "look at the disk"),
    ],
)
def test_each_way_to_fail_has_its_remedy(error: sqlite3.Error | OSError, words: str) -> None:
    """By its code, extended ones too; what nobody knows is looked at by a person."""
    assert words in to_do(error)
    assert after_a_commit(error) == f"{to_do(error)}, {COMES_BACK}"


def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    """In mid-run: free space, and start again. The next start is told nothing else and finds what there is."""
    journal = SqliteJournal(tmp_path / "state" / "journal.sqlite3")
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    journal.append([HUGE], durable=False)
    with pytest.raises(JournalUnavailable, match=f"is full. What to do: free space on its disk, {COMES_BACK}$"):
        journal.append([HUGE])
    assert journal.in_doubt == len([HUGE, HUGE])
    journal.close()


def test_a_head_file_on_a_full_disk_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is on disk then: it is read, and not lost."""
    journal = SqliteJournal(tmp_path / "state" / "journal.sqlite3")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(HeadFile, "write", full)
        with pytest.raises(JournalUnavailable, match=f"What to do: free space on its disk, {COMES_BACK}$"):
            journal.append([HUGE])
    journal.close()
    again = SqliteJournal(tmp_path / "state" / "journal.sqlite3")
    assert list(again.read()) == [HUGE]
    again.close()


def test_a_second_writer_is_told_as_one(tmp_path: Path) -> None:
    """Somebody removed the lock file, so two could lock one each: that is no failing disk."""
    path = tmp_path / "state" / "journal.sqlite3"
    one = SqliteJournal(path)
    path.with_name("journal.sqlite3.lock").unlink()
    other = SqliteJournal(path)
    other.append([HUGE])
    with pytest.raises(JournalUnavailable, match="What to do: another process writes this journal"):
        one.append([HUGE])
    other.close()
    one.close()
