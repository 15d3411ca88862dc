"""The file of a journal, looked at first and then opened for its writer."""

import sqlite3
from contextlib import closing
from pathlib import Path

from interlock.adapters.journal.head_file import Reached, check_head
from interlock.adapters.journal.private_files import check_private_file, check_writable, create_private_file, open_to_us
from interlock.adapters.journal.schema import SNAPSHOTS_SINCE, check_schema, create
from interlock.adapters.journal.snapshot_table import last_kept
from interlock.adapters.journal.sqlite_rows import connect, last
from interlock.core.faults import JournalUnavailable


def look_first(path: Path, reached: Reached | None) -> None:
    """Hold what a killed writer left against the head file before anything may write.

    Closing a connection that may write folds the log into the file and removes it: were the log damaged, so much of it
    as comes before the damage, and a refusal would have changed what it tells people to keep.
    """
    if not check_private_file(path):
        return
    check_writable(path)
    # A reader of a journal that was read-only for a while leaves them with its mode, and they would keep us out.
    for beside in ("-wal", "-shm"):
        open_to_us(path.with_name(path.name + beside))
    if check_private_file(path.with_name(path.name + "-wal")):
        with closing(connect(path, mode="ro")) as connection:
            version = check_schema(connection, path)
            seq, _ = last(connection)
            check_head(connection, path, reached)
            if version >= SNAPSHOTS_SINCE:
                last_kept(connection, seq)


def connected(path: Path) -> tuple[sqlite3.Connection, int]:
    """A connection that writes, and which version of the schema it found."""
    if not check_private_file(path):
        create_private_file(path)
    connection = connect(path, mode="rw")
    try:
        create(connection)
        version = check_schema(connection, path)
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise JournalUnavailable(f"{path} is on a disk where SQLite cannot write ahead: use a local disk")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection, version
