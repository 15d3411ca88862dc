"""Failpoints count what reaches the disk, and the disk's errors are what SQLite and Python make of them."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.faults import JournalUnavailable
from interlock.testing.failpoints import Failpoint, armed, fail, sqlite_error


def touch(path: Path) -> Callable[[], int]:
    """Two calls that reach the disk: open and close. The text's own replace is none."""

    def touching() -> int:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        return len("abc".replace("a", "b"))

    return touching


def test_each_call_is_counted_before_and_after(tmp_path: Path) -> None:
    """And one that never fires does nothing."""
    never = Failpoint(0, fail(errno.EIO))
    assert armed(never, touch(tmp_path / "file")) == 3
    assert (never.count, never.fired) == (4, False)


@pytest.mark.parametrize(("k", "is_there"), [(1, False), (2, True)])
def test_a_call_fails_before_or_after_it_was_done(k: int, is_there: bool, tmp_path: Path) -> None:
    """Whoever is told of the error cannot tell which."""
    failpoint = Failpoint(k, fail(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        armed(failpoint, touch(tmp_path / "file"))
    assert failpoint.fired
    assert (tmp_path / "file").exists() == is_there


def test_only_what_is_within_is_counted(tmp_path: Path) -> None:
    """A module that nobody named may reach the disk as it likes."""
    other = Failpoint(1, fail(errno.EIO), within="interlock.adapters.journal.")
    assert armed(other, touch(tmp_path / "file")) == 3
    assert other.count == 0


def test_what_a_function_does_that_is_spared_is_not_counted(tmp_path: Path) -> None:
    """Nor what it has others do."""

    def spared() -> int:
        return touch(tmp_path / "file")()

    failpoint = Failpoint(1, fail(errno.EIO), sparing="spared")
    assert armed(failpoint, spared) == 3
    assert failpoint.count == 0


def test_a_full_disk_is_what_sqlite_itself_says_of_one(tmp_path: Path) -> None:
    """The same words and the same code as from a database that may not grow."""
    with closing(sqlite3.connect(tmp_path / "small")) as small:
        small.execute("CREATE TABLE a (b)")
        small.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as full:
            small.execute("INSERT INTO a VALUES (zeroblob(100000))")
    made = sqlite_error(errno.ENOSPC)
    assert (str(made), made.sqlite_errorcode) == (str(full.value), full.value.sqlite_errorcode)


@pytest.mark.parametrize("k", [1, 2])
def test_a_disk_that_fails_is_no_reason_to_move_a_journal_away(k: int, tmp_path: Path) -> None:
    """Nothing was learnt about the file: it is a fault of the journal (exit 5), not of the configuration (exit 2)."""
    failpoint = Failpoint(k, fail(errno.EIO), within="interlock.adapters.journal.schema")
    with pytest.raises(JournalUnavailable, match="disk I/O error"):
        armed(failpoint, lambda: len(str(SqliteJournal(tmp_path / "state" / "journal.sqlite3"))))
    SqliteJournal(tmp_path / "state" / "journal.sqlite3").close()
