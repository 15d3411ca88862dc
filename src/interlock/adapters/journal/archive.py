"""Putting a journal that has ended aside."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from interlock.adapters.journal.head_file import head_path
from interlock.adapters.journal.private_files import WriterLock, check_private_file, sync_folder
from interlock.adapters.journal.schema import check_schema
from interlock.adapters.journal.sqlite_rows import connect
from interlock.core.faults import ConfigurationError, JournalUnavailable

_ARCHIVES_MAX: Final = 1_000_000


def archive(path: Path) -> Path:
    """Rename the closed journal at ``path`` to ``<stem>-<n><suffix>`` beside it, with the first ``n`` that is free.

    The archive is one file, what was still in the write-ahead log is in it, and its head file goes with it. Nothing is
    ever overwritten. Raises ``ConfigurationError`` when there is no journal, and ``JournalUnavailable`` while somebody
    writes or reads it.
    """
    try:
        if not check_private_file(path):
            raise ConfigurationError(f"there is no journal at {path}")
        lock = WriterLock(path)
        try:
            _fold_in_the_log(path)
            target = _move(path)
            sync_folder(path.absolute().parent)
            return target
        finally:
            lock.release()
    except (sqlite3.Error, OSError) as error:
        raise JournalUnavailable(f"{path} cannot be archived: {error}") from error


def _fold_in_the_log(path: Path) -> None:
    # Leaving WAL needs the file to ourselves, and that is the point: a reader that kept it open under its old name
    # would share its log with the journal that is begun there next. SQLite refuses ("database is locked").
    connection = connect(path, mode="rw")
    try:
        check_schema(connection, path)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def _move(path: Path) -> Path:
    """A second name, then the first one taken away: a link is never made over a file that exists."""
    head = head_path(path)
    for n in range(1, _ARCHIVES_MAX + 1):
        target = path.with_name(f"{path.stem}-{n}{path.suffix}")
        if not os.path.lexists(target) and not os.path.lexists(head_path(target)):
            target.hardlink_to(path)
            # The head file goes first: alone under the old name it would keep the next journal from being begun.
            if os.path.lexists(head):
                head.rename(head_path(target))
            path.unlink()
            return target
    raise JournalUnavailable(f"{path.parent} holds more than {_ARCHIVES_MAX} archives: move them away")
