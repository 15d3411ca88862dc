"""A journal in one SQLite file, which anybody with the sqlite3 program can read."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from typing_extensions import override

from interlock.adapters.journal.codec import chain, encode
from interlock.adapters.journal.private_files import (
    WriterLock,
    check_private_file,
    create_private_file,
    make_private_folder,
)
from interlock.adapters.journal.sqlite_reader import SCHEMA_VERSION, check_schema, connect, last, stream
from interlock.core.faults import JournalUnavailable
from interlock.core.ports.journal import Head, Journal
from interlock.core.records import Record

GROUP: Final = 2000

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
)


class SqliteJournal(Journal):
    """Records in groups of one transaction each, written ahead and synchronised at every commit.

    Whatever goes wrong, a full disk or a failed sync, ends this journal: nobody can say whether that commit is on
    disk, so nothing is tried again here. The next start reads what is there. Used from one thread.
    """

    def __init__(self, path: Path, *, group: int = GROUP) -> None:
        """Open the journal at ``path``, or begin one; ``group`` is how many records may wait for a commit.

        Raises ``ConfigurationError`` for a path that is a link, open to others, somebody else's, or another kind or
        version of file, and ``JournalUnavailable`` when another process is writing it or the disk fails.
        """
        if group < 1:
            raise ValueError(f"a group holds at least one record, found {group}")
        self._path = path
        self._group = group
        self._waiting: list[tuple[int, str, str, str]] = []
        self._failure: str | None = None
        self._closed = False
        try:
            make_private_folder(path.absolute().parent)
            self._lock = WriterLock(path)
            try:
                self._connection = _open(path)
                self._seq, self._hash = last(self._connection)
            except BaseException:
                self._lock.release()
                raise
        except OSError as error:
            because = (error.strerror or "error").lower()
            raise JournalUnavailable(
                f"{path} cannot be opened: {because}: make its folder writable, or name another state_dir"
            ) from error
        except sqlite3.Error as error:
            raise JournalUnavailable(f"{path} cannot be opened: {error}") from error

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        """Keep ``records``, in order, as one part of one transaction.

        Raises ``JournalUnavailable`` when they could not be kept, or may not have been, and ever after.
        """
        self._check_usable()
        self._failure = "an append was cut short"
        seq, digest = self._seq, self._hash
        rows = []
        for record in records:
            body = encode(record)
            kind = record.kind
            seq += 1
            digest = chain(digest, seq, kind, body)
            rows.append((seq, kind, body.decode(), digest.hex()))
        self._waiting += rows
        self._seq, self._hash = seq, digest
        self._failure = None
        if durable or len(self._waiting) >= self._group:
            self.flush()

    @override
    def flush(self) -> None:
        """Commit everything appended so far, as one transaction. Raises ``JournalUnavailable`` as ``append`` does."""
        self._check_usable()
        if not self._waiting:
            return
        # Stands until the commit is known to be good, so that nothing that cuts it short leaves a journal in use.
        self._failure = "a commit was cut short, and nobody can say whether it is on disk"
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", self._waiting)
            self._connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._failure = f"a commit failed, and nobody can say whether it is on disk: {error}"
            raise JournalUnavailable(f"{self._path}: {self._failure}") from error
        self._failure = None
        self._waiting = []

    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The records from ``from_seq`` to the last one appended, after a flush; each is checked against the chain.

        Raises ``JournalUnavailable`` at the first that is missing, does not match its hash or cannot be read.
        """
        self.flush()
        return stream(self._connection, from_seq)

    @override
    def head(self) -> Head | None:
        """The last appended record's number and chain hash, committed or not; None while there is none."""
        return Head(seq=self._seq, hash=self._hash.hex()) if self._seq >= 0 else None

    @override
    def close(self) -> None:
        """Flush and let go of file and lock. May be called twice. After a failure nothing is flushed."""
        if self._closed:
            return
        try:
            if self._failure is None:
                self.flush()
        finally:
            self._closed = True
            self._connection.close()
            self._lock.release()

    def _check_usable(self) -> None:
        if self._closed:
            raise JournalUnavailable(f"{self._path} is closed: nothing more can be kept in it")
        if self._failure is not None:
            raise JournalUnavailable(f"{self._path} is not used any more: {self._failure}")


def _open(path: Path) -> sqlite3.Connection:
    if not check_private_file(path):
        create_private_file(path)
    connection = connect(path, mode="rw")
    if _is_blank(connection):
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES (?)", (SCHEMA_VERSION,))
        connection.execute("COMMIT")
    check_schema(connection, path)
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        connection.close()
        raise JournalUnavailable(f"{path} is on a disk where SQLite cannot write ahead: use a local disk")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _is_blank(connection: sqlite3.Connection) -> bool:
    """Whether the file holds nothing at all: new, or its maker was stopped before the schema was in."""
    try:
        return not connection.execute("PRAGMA schema_version").fetchone()[0]
    except sqlite3.DatabaseError:
        return False  # no database: check_schema says so by name
