"""Reading a journal in an SQLite file, beside its writer or after it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from interlock.adapters.journal.codec import GENESIS, chain, decode
from interlock.adapters.journal.private_files import check_private_file
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.ports.journal import Head
from interlock.core.records import Record

SCHEMA_VERSION: Final = 1
# Strict tables came with 3.37.
SQLITE_VERSION_MIN: Final = (3, 37, 0)

_BUSY_SECONDS: Final = 5
_CHUNK: Final = 1000

# A body is fetched as bytes: the hash is over bytes, and a body that a flipped bit has made unreadable as text is
# found by its hash, not by a decoder that cannot say which record it was.
_SELECT: Final = "SELECT seq, kind, CAST(body AS BLOB), hash FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq"


class JournalReader:
    """A read-only view of the journal at ``path``: what its writer has committed, also while it is writing."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises ``ConfigurationError`` for what is not a journal of ours and of this version."""
        try:
            if not check_private_file(path):
                raise ConfigurationError(f"there is no journal at {path}")
            self._connection = connect(path, mode="ro")
            check_schema(self._connection, path)
        except (sqlite3.Error, OSError) as error:
            raise JournalUnavailable(f"{path} cannot be read: {error}") from error

    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The committed records from ``from_seq`` on, each checked against the chain.

        Raises ``JournalUnavailable`` at the first that is missing, does not match its hash or cannot be read.
        """
        return stream(self._connection, from_seq)

    def head(self) -> Head | None:
        """The last committed record's number and chain hash; None while there is none."""
        seq, digest = last(self._connection)
        return Head(seq=seq, hash=digest.hex()) if seq >= 0 else None

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def connect(path: Path, *, mode: str) -> sqlite3.Connection:
    """A connection to an existing file, ``mode`` ro or rw, that begins no transactions of its own accord."""
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        raise ConfigurationError(f"SQLite {sqlite3.sqlite_version} is too old for journals: 3.37 or newer is needed")
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raises ``ConfigurationError``, and closes the connection, unless this is a journal of this version."""
    try:
        (found,) = connection.execute("SELECT schema_version FROM meta").fetchone() or ("none",)
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
            raise ConfigurationError(f"{path} is not a journal ({error}): move it away") from error
        raise
    if found != SCHEMA_VERSION:
        connection.close()
        raise ConfigurationError(
            f"{path} is a journal of schema {found} and this version writes {SCHEMA_VERSION}: "
            "read it with the version that wrote it, and begin a new one"
        )


def last(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """The last record's number and hash; -1 and the hash before the first record while there is none."""
    try:
        found = connection.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
        return (found[0], bytes.fromhex(found[1])) if found else (-1, GENESIS)
    except (sqlite3.Error, ValueError) as error:
        raise JournalUnavailable(f"the end of the journal cannot be read: {error}") from error


def stream(connection: sqlite3.Connection, from_seq: int) -> Iterator[Record]:
    """The records from ``from_seq`` to what is the last one now. Bounded memory; no statement stays open between
    chunks, so that a reader that pauses holds up nobody."""
    until, _ = last(connection)
    return _checked(connection, from_seq, until)


def _checked(connection: sqlite3.Connection, from_seq: int, until: int) -> Iterator[Record]:
    expected, digest = from_seq, GENESIS
    for start in range(max(from_seq - 1, 0), until + 1, _CHUNK):
        rows = _rows(connection, start, min(start + _CHUNK - 1, until))
        for seq, kind, body, written in rows:
            if seq == from_seq - 1:  # only its hash is wanted: the first record hangs on it
                digest = bytes.fromhex(written)
                continue
            digest = chain(digest, seq, kind, body)
            if seq != expected or digest.hex() != written:
                raise JournalUnavailable(f"record {expected} does not match its hash, or is missing: it was changed")
            expected += 1
            yield decode(kind, body)
    if expected <= until:
        raise JournalUnavailable(f"record {expected} is missing: the journal ends at {until}")


def _rows(connection: sqlite3.Connection, first: int, to: int) -> list[tuple[int, str, bytes, str]]:
    try:
        return connection.execute(_SELECT, (first, to)).fetchall()
    except sqlite3.Error as error:
        raise JournalUnavailable(f"the records {first} to {to} cannot be read: {error}") from error
