"""Reading a journal in an SQLite file, beside its writer or after it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from interlock.adapters.journal.failures import to_do
from interlock.adapters.journal.head_file import check_head, read_head
from interlock.adapters.journal.presence import is_there
from interlock.adapters.journal.private_files import last_words_beside
from interlock.adapters.journal.schema import SCHEMA_VERSION, check_schema
from interlock.adapters.journal.snapshot_peek import peek
from interlock.adapters.journal.snapshot_table import is_as_written, newest, sealed_body, seqs
from interlock.adapters.journal.snapshots import Landmarks, SnapshotUnusable
from interlock.adapters.journal.sqlite_rows import connect, connect_to_read, last, one, stream
from interlock.adapters.journal.tallies import Stretch
from interlock.adapters.journal.tally_table import PassedOver, counted_beyond, stretches
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.ports.journal import Head, LastWords, Snapshot
from interlock.core.records import Record
from interlock.core.state import State

__all__ = ["SCHEMA_VERSION", "JournalReader", "check_schema", "connect", "last", "stream"]


class JournalReader:
    """A read-only view of the journal at ``path``: what its writer has committed, also while it is writing."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises ``ConfigurationError`` for what is not a journal of ours and of this version."""
        self._path = path
        self.notes: tuple[str, ...] = ()
        try:
            if not is_there(path):
                raise ConfigurationError(f"there is no journal at {path}")
            self._connection = connect_to_read(path)
            check_schema(self._connection, path)
        except (sqlite3.Error, OSError) as error:
            raise JournalUnavailable(f"{path} cannot be read: {error}: {to_do(error)}") from error

    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The committed records from ``from_seq`` on, each checked against the chain.

        Raises ``JournalUnavailable`` at the first that is missing, does not match its hash or cannot be read.
        """
        return stream(self._connection, from_seq)

    def head(self) -> Head | None:
        """The last committed record's number and chain hash; None while there is none."""
        seq, digest = last(self._connection)
        return Head(seq=seq, hash=digest.hex()) if seq >= 0 else None

    def latest_snapshot(self, like: State) -> Snapshot | None:
        """As ``Journal.latest_snapshot``; ``notes`` then tells of those that were passed over."""
        found, self.notes = newest(self._connection, like)
        return found

    @property
    def last_words(self) -> LastWords | None:
        """As ``Journal.last_words``."""
        return last_words_beside(self._path)

    def snapshots(self) -> list[int]:
        """After which records a snapshot was kept, of whatever worth; oldest first."""
        try:
            return sorted(seqs(self._connection))
        except sqlite3.Error as error:
            raise JournalUnavailable(f"the table of snapshots cannot be read: {error}") from error

    def snapshot_beyond(self) -> int | None:
        """The newest snapshot that is as it was written, and whose record is not there; None where there is none."""
        try:
            found = seqs(self._connection)  # first: a writer may be at work, and keeps a snapshot after its record
            until, _ = last(self._connection)
            return next((seq for seq in found if seq > until and is_as_written(self._connection, seq)), None)
        except sqlite3.Error:
            return None  # nothing can be told from them, and whoever lists them says so

    def counted_beyond(self) -> int | None:
        """The last record of a tally that is as it was written, where it is not there; None if there is none."""
        try:
            head = self.head()
            found = counted_beyond(self._connection, head.seq if head is not None else -1)
            # A writer may be at work: what it counted since is there by now.
            return found if found is not None and last(self._connection)[0] < found else None
        except sqlite3.Error:
            return None  # nothing can be told from them, and whoever lists them says so

    def snapshot(self, seq: int) -> tuple[bytes, Landmarks]:
        """The body of that snapshot, as it was written, and its landmarks, which are there.

        Raises ``SnapshotUnusable`` where a start would pass it over for what is around its state.
        """
        body = sealed_body(self._connection, seq)
        landmarks, _ = peek(body)
        try:
            for landmark in landmarks.seqs:
                one(self._connection, landmark)
        except JournalUnavailable as error:
            raise SnapshotUnusable(str(error)) from error
        return body, landmarks

    def stretches(
        self, until: int, *, newest: bool = False, passed_over: PassedOver | None = None
    ) -> Iterator[Stretch]:
        """The records from 0 to ``until`` as stretches, with what was counted of them: see ``tally_table``."""
        return stretches(self._connection, until, newest=newest, passed_over=passed_over)

    def verify_head(self) -> Head | None:
        """How far the head file says that the journal reached; None where it says nothing: a copy has none.

        Raises ``JournalUnavailable`` when the head file is damaged, when the journal ends before it, or when it has
        another record there.
        """
        try:
            reached = read_head(self._path)
        except OSError as error:
            raise JournalUnavailable(f"the head file of {self._path} cannot be read: {error}") from error
        check_head(self._connection, self._path, reached)
        return Head(seq=reached.seq, hash=reached.hash.hex()) if reached is not None and reached.seq >= 0 else None

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
