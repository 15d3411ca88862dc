"""The tables of a journal in an SQLite file, and how an older version of them becomes this one."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from interlock.adapters.journal.head_file import head_path
from interlock.core.faults import ConfigurationError, JournalUnavailable

SCHEMA_VERSION: Final = 3
# What a reader reads. A writer makes this version of an older one first.
READABLE: Final = (1, 2, SCHEMA_VERSION)

_SNAPSHOTS: Final = """
    CREATE TABLE snapshots (
        seq         INTEGER PRIMARY KEY,
        record_hash TEXT NOT NULL,
        body        TEXT NOT NULL,
        digest      TEXT NOT NULL
    ) STRICT
    """
_TALLIES: Final = """
    CREATE TABLE tallies (
        first       INTEGER PRIMARY KEY,
        last        INTEGER NOT NULL,
        record_hash TEXT NOT NULL,
        body        TEXT NOT NULL,
        digest      TEXT NOT NULL
    ) STRICT
    """

# What people search by stands in a view: it costs nothing on the way in and cannot differ from the body, which is
# what the hash is over. As generated columns the same made an insert half as slow again.
_SCHEMA: Final = (
    "CREATE TABLE meta (schema_version INTEGER NOT NULL) STRICT",
    """
    CREATE TABLE records (
        seq  INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE VIEW journal AS SELECT
        seq,
        json_extract(body, '$.ts_init') AS ts,
        kind,
        json_extract(body, '$.decision.outcome') AS outcome,
        json_extract(body, '$.decision.code') AS code,
        json_extract(body, '$.observation.instrument') AS instrument,
        json_extract(body, '$.correlation_id') AS correlation_id,
        body,
        hash
    FROM records
    """,
    _SNAPSHOTS,
    _TALLIES,
    "INSERT INTO meta VALUES (3)",
)
# By the version that they start from. Records are never touched: what was hashed stays as it was written.
_MIGRATIONS: Final = {
    1: (_SNAPSHOTS, "UPDATE meta SET schema_version = 2"),
    2: (_TALLIES, "UPDATE meta SET schema_version = 3"),
}
# The first version that has a table of snapshots.
SNAPSHOTS_SINCE: Final = 2


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, unless the file holds something already: new, or its maker was stopped before they were in."""
    if _is_blank(connection):
        _execute(connection, _SCHEMA)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Make this version of ``version``, in one transaction a step: whole, or as it was."""
    for step in range(version, SCHEMA_VERSION):
        _execute(connection, _MIGRATIONS[step])


def check_schema(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the journal. Raises ``ConfigurationError``, and closes the connection, unless this can be read;
    ``JournalUnavailable`` or ``sqlite3.Error`` where the file is damaged."""
    try:
        (found,) = connection.execute("SELECT schema_version FROM meta").fetchone() or ("none",)
    except sqlite3.DatabaseError as error:
        connection.close()
        # Where a head file lies beside it, it was a journal, and what begins it was damaged: nobody is to move it away.
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB and os.path.lexists(head_path(path)):
            raise
        if error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
            raise ConfigurationError(
                f"{path} is not a journal ({error}): name another file, or move it away where a run would begin one"
            ) from error
        raise
    except UnicodeDecodeError as error:  # SQLite names the damaged table, and Python cannot read the name
        connection.close()
        raise JournalUnavailable(f"{path} cannot be read: its tables are damaged") from error
    if found not in READABLE:
        connection.close()
        raise ConfigurationError(
            f"{path} is a journal of schema {found} and this version writes {SCHEMA_VERSION}: "
            "read it with the version that wrote it, and begin a new one"
        )
    return int(found)


def _execute(connection: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_blank(connection: sqlite3.Connection) -> bool:
    try:
        return not connection.execute("PRAGMA schema_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        # A disk that fails says nothing about the file: nobody is to be told to move it away.
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        return False  # no database: check_schema says so by name
