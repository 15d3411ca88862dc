"""The rows of a journal in an SQLite file: connecting to it, and reading records that are held against the chain."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain as joined
from pathlib import Path
from typing import Final

from interlock.adapters.journal.codec import GENESIS, chain, decode
from interlock.adapters.journal.failures import to_do
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.records import Record

# Strict tables came with 3.37.
SQLITE_VERSION_MIN: Final = (3, 37, 0)

# seq, kind, body, and the hash as it is written.
Row = tuple[int, str, bytes, str]
# The same, as it goes in. A body of bytes would have to be cast, which takes four times as long as decoding it does.
WrittenRow = tuple[int, str, str, str]

_BUSY_SECONDS: Final = 5
_CHUNK: Final = 1000

_ROW: Final = "(?, ?, ?, ?)"
_INSERT: Final = f"INSERT INTO records VALUES {_ROW}"  # noqa: S608 - nothing in it is from outside
# So many rows in one statement take three quarters of the time of one by one.
_AT_ONCE: Final = 100
_INSERT_MANY: Final = f"{_INSERT}{f', {_ROW}' * (_AT_ONCE - 1)}"

# A body is fetched as bytes: the hash is over bytes, and a body that a flipped bit has made unreadable as text is
# found by its hash, not by a decoder that cannot say which record it was.
_SELECT: Final = "SELECT seq, kind, CAST(body AS BLOB), hash FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq"


def connect(path: Path, *, mode: str) -> sqlite3.Connection:
    """A connection to an existing file, ``mode`` ro or rw, that begins no transactions of its own accord."""
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        raise ConfigurationError(f"SQLite {sqlite3.sqlite_version} is too old for journals: 3.37 or newer is needed")
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection for a mere reader.

    Beside the file SQLite wants to write what readers share, also for them. Where nobody may write in the folder, and
    no log is there, nobody writes the journal either: SQLite is told that it stands still, and makes nothing.
    """
    still = not os.access(path.absolute().parent, os.W_OK) and not os.path.lexists(path.with_name(f"{path.name}-wal"))
    return connect(path, mode="ro&immutable=1" if still else "ro")


def insert(connection: sqlite3.Connection, rows: Sequence[WrittenRow]) -> None:
    """Put ``rows`` in, inside of the caller's transaction."""
    whole = len(rows) - len(rows) % _AT_ONCE
    for start in range(0, whole, _AT_ONCE):
        connection.execute(_INSERT_MANY, tuple(joined.from_iterable(rows[start : start + _AT_ONCE])))
    connection.executemany(_INSERT, rows[whole:])


def last(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """The last record's number and hash; -1 and the hash before the first record while there is none."""
    try:
        found = connection.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
        # On a damaged page a column may be of any type.
        return (int(found[0]), bytes.fromhex(found[1])) if found else (-1, GENESIS)
    except (sqlite3.Error, ValueError, TypeError) as error:
        remedy = f": {to_do(error)}" if isinstance(error, sqlite3.Error) else ""
        raise JournalUnavailable(f"the end of the journal cannot be read: {error}{remedy}") from error


def stream(connection: sqlite3.Connection, from_seq: int) -> Iterator[Record]:
    """The records from ``from_seq`` to what is the last one now. Bounded memory; no statement stays open between
    chunks, so that a reader that pauses holds up nobody."""
    until, _ = last(connection)
    return _checked(connection, from_seq, until)


def one(connection: sqlite3.Connection, seq: int) -> Record:
    """Record ``seq`` alone. Raises ``JournalUnavailable`` when it is missing or does not match its hash."""
    return next(_checked(connection, seq, seq))


def chunks(connection: sqlite3.Connection, from_seq: int, until: int) -> Iterator[list[Row]]:
    """The rows from ``from_seq`` to ``until`` as they are written, so many at a time. Raises ``JournalUnavailable``.

    Ends where a whole chunk is missing: a damaged number may name a last record that is years of chunks away.
    """
    for start in range(from_seq, until + 1, _CHUNK):
        rows = _rows(connection, start, min(start + _CHUNK - 1, until))
        yield rows
        if not rows:
            return


def _checked(connection: sqlite3.Connection, from_seq: int, until: int) -> Iterator[Record]:
    return (decode(kind, body) for _, kind, body, _ in checked_rows(connection, from_seq, until))


def checked_rows(connection: sqlite3.Connection, from_seq: int, until: int) -> Iterator[Row]:
    """The rows from ``from_seq`` to ``until``, each held against the chain, which goes on from the hash before them.

    Raises ``JournalUnavailable`` at the first that is missing or does not match its hash.
    """
    expected, digest = from_seq, GENESIS
    for rows in chunks(connection, max(from_seq - 1, 0), until):
        for row in rows:
            seq, kind, body, written = row
            if seq == from_seq - 1:  # only its hash is wanted: the first record hangs on it
                digest = _hash(seq, written)
                continue
            if seq != expected or not are_typed(kind, body):
                raise _changed(expected)
            digest = chain(digest, seq, kind, body)
            if digest.hex() != written:
                raise _changed(expected)
            expected += 1
            yield row
    if expected <= until:
        raise JournalUnavailable(f"record {expected} is missing: the journal ends at {until}")


def are_typed(kind: object, body: object) -> bool:
    """Whether they are what a column of theirs holds: on a damaged page it may hold anything."""
    return type(kind) is str and type(body) is bytes


def _changed(seq: int) -> JournalUnavailable:
    return JournalUnavailable(f"record {seq} does not match its hash, or is missing: it was changed")


def _hash(seq: int, written: str) -> bytes:
    try:
        return bytes.fromhex(written)
    except (ValueError, TypeError) as error:
        raise JournalUnavailable(f"record {seq} has no hash: it was changed") from error


def _rows(connection: sqlite3.Connection, first: int, to: int) -> list[Row]:
    try:
        return connection.execute(_SELECT, (first, to)).fetchall()
    except sqlite3.Error as error:
        raise JournalUnavailable(f"the records {first} to {to} cannot be read: {error}: {to_do(error)}") from error
