"""The file of a journal, looked at first and then opened for its writer."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from interlock.adapters.journal.head_file import Reached, check_head
from interlock.adapters.journal.private_files import check_private_file, check_writable, create_private_file, open_to_us
from interlock.adapters.journal.schema import SNAPSHOTS_SINCE, check_schema, create
from interlock.adapters.journal.snapshot_table import last_kept
from interlock.adapters.journal.sqlite_rows import connect, last
from interlock.core.faults import JournalUnavailable

# Twice what SQLite takes by itself: half as many writes for the same records. Of larger ones a single record that has
# to be on disk at once would write too much.
PAGE_BYTES: Final = 8_192
# The log is folded into the file at this size, which is what SQLite does with its own pages.
LOG_BYTES: Final = 1_000 * 4_096


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
        # Heeded while the file is blank: a journal has the pages that it began with.
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        create(connection)
        version = check_schema(connection, path)
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise JournalUnavailable(f"{path} is on a disk where SQLite cannot write ahead: use a local disk")
        connection.execute("PRAGMA synchronous = FULL")
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_BYTES // page_bytes}")
    except BaseException:
        connection.close()
        raise
    return connection, version
