"""A journal in one SQLite file, which anybody with the sqlite3 program can read."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from typing_extensions import override

from interlock.adapters.journal.archive import finish
from interlock.adapters.journal.failures import after_a_commit, to_do
from interlock.adapters.journal.head_file import HeadFile, behind, check_head, no_head_file, read_head
from interlock.adapters.journal.opening import connected, look_first
from interlock.adapters.journal.presence import check_log, file_at
from interlock.adapters.journal.private_files import WriterLock, check_private_file, make_private_folder
from interlock.adapters.journal.schema import migrate
from interlock.adapters.journal.snapshot_table import Kept, keep, last_kept, newest
from interlock.adapters.journal.sqlite_rows import insert, last, stream
from interlock.adapters.journal.tallies import TALLY_EVERY
from interlock.adapters.journal.tally_table import keep as keep_tallies
from interlock.adapters.journal.writing_down import Waiting
from interlock.core.faults import JournalUnavailable
from interlock.core.ports.journal import Head, Journal, LastWords, Snapshot
from interlock.core.records import Record
from interlock.core.state import State

GROUP: Final = 2000

# Whoever asks about one record folds from the snapshot before it: thirty milliseconds at most (ADR 0063).
SNAPSHOT_EVERY: Final = 2_000


class SqliteJournal(Journal):
    """Records in groups of one transaction each, written ahead and synchronised at every commit.

    Whatever goes wrong, a full disk or a failed sync, ends this journal: nobody can say whether that commit is on
    disk, so nothing is tried again here. The next start reads what is there. Used from one thread. After each commit
    the head file beside it says how far it reached.
    """

    def __init__(
        self, path: Path, *, group: int = GROUP, snapshot_every: int = SNAPSHOT_EVERY, tally_every: int = TALLY_EVERY
    ) -> None:
        """Open the journal at ``path``, or begin one. ``group`` is how many records may wait for a commit; after
        ``snapshot_every`` records a snapshot is due, and each ``tally_every`` records have a tally.

        Raises ``ConfigurationError`` for a path that is a link, open to others, somebody else's, or another kind or
        version of file, and ``JournalUnavailable`` when another process is writing it, the disk fails, or the head
        file tells of records that are not there.
        """
        if group < 1:
            raise ValueError(f"a group holds at least one record, found {group}")
        for what, every in (("snapshot follows", snapshot_every), ("tally is of", tally_every)):
            if every < 1:
                raise ValueError(f"a {what} at least one record, found {every}")
        self._path = path
        self._group = group
        self._failure: str | None = None
        self._closed = False
        self._snapshot_every = snapshot_every
        self._tally_every = tally_every
        self._notes: tuple[str, ...] = ()
        self._passed_over: tuple[str, ...] = ()
        self._kept: Kept | None = None
        try:
            make_private_folder(path.absolute().parent)
            self._lock = WriterLock(path)
            try:
                self._open(path)
            except BaseException:
                self._lock.release()
                raise
        except OSError as error:
            because = (error.strerror or "error").lower()
            raise JournalUnavailable(
                f"{path} cannot be opened: {because}: make its folder writable, or name another state_dir"
            ) from error
        except sqlite3.Error as error:
            raise JournalUnavailable(f"{path} cannot be opened: {error}: {to_do(error)}") from error

    def _open(self, path: Path) -> None:
        check_log(path)
        finished = finish(path)
        reached = read_head(path)
        # SQLite begins a database anew in a file that is empty, and one byte is empty to it.
        if reached is not None and reached.seq >= 0 and not (check_private_file(path) and path.stat().st_size > 1):
            raise behind(path, reached, None)
        look_first(path, reached)
        self._connection, version = connected(path)
        try:
            seq, digest = last(self._connection)
            check_head(self._connection, path, reached)
            migrate(self._connection, version)
            self._snapshot_seq = last_kept(self._connection, seq)
            self._waiting = Waiting(seq, digest, self._tally_every)
            # Whoever moves the folder away leaves us writing where nobody looks, and the lock goes with it.
            self._file = file_at(path)
            headless = no_head_file(path) if reached is None and seq >= 0 else None
            self._head_file = HeadFile(path, seq, digest, reached)
        except BaseException:
            self._connection.close()
            raise
        self._notes = tuple(note for note in (finished, headless) if note is not None)

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        """What was found at the opening, and of the snapshots that were passed over."""
        return self._notes + self._passed_over

    @property
    @override
    def last_words(self) -> LastWords | None:
        return self._lock.last_words

    @property
    @override
    def in_doubt(self) -> int:
        return len(self._waiting)

    @override
    def leave_words(self, run_id: str, ended: str = "") -> None:
        self._lock.leave_words(run_id, ended)

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        """Keep ``records``, in order, as one part of one transaction.

        Raises ``JournalUnavailable`` when they could not be kept, or may not have been, and ever after.
        """
        if self._failure is not None or self._closed:
            self._check_usable()
        # Stands while they are put into words, so that half of them are never committed.
        self._failure = "an append was cut short"
        waiting = self._waiting.add(records)
        self._failure = None
        if durable or waiting >= self._group:
            self.flush()

    @override
    def flush(self) -> None:
        """Commit everything appended so far, as one transaction. Raises ``JournalUnavailable`` as ``append`` does."""
        self._check_usable()
        if not self._waiting:
            return
        if file_at(self._path) != self._file:
            self._failure = "it is not where it was opened: its folder was moved or removed. Put it back"
            raise JournalUnavailable(f"{self._path} takes no more records: {self._failure}, then run again")
        # Stands until the commit is known to be good, so that nothing that cuts it short leaves a journal in use.
        self._failure = "a commit was cut short, and nobody can say whether it is on disk"
        rows = self._waiting.rows
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            insert(self._connection, rows)
            keep_tallies(self._connection, self._waiting.finished, rows)
            self._connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._failure = f"a commit failed, and nobody can say whether it is on disk: {error}"
            raise JournalUnavailable(f"{self._path}: {self._failure}. What to do: {after_a_commit(error)}") from error
        self._waiting.clear()
        try:
            self._head_file.write(self._waiting.seq, self._waiting.digest)
        except OSError as error:
            self._failure = f"its head file cannot be written: {error}"
            raise JournalUnavailable(f"{self._path}: {self._failure}. What to do: {after_a_commit(error)}") from error
        self._failure = None

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
        before, self._failure = self._failure, "an append was cut short"
        digest = self._waiting.digest
        self._failure = before
        return Head(seq=self._waiting.seq, hash=digest.hex()) if self._waiting.seq >= 0 else None

    @property
    @override
    def snapshot_due(self) -> bool:
        """Whether ``snapshot_every`` records came since the last snapshot."""
        return self._waiting.seq - self._snapshot_seq >= self._snapshot_every

    @override
    def snapshot(self, state: State) -> None:
        """Keep ``state``, after a flush, in a transaction of its own. Raises ``JournalUnavailable`` as ``append``."""
        self.flush()
        if self._waiting.seq < 0:
            return
        self._failure = "a snapshot was cut short"
        try:
            head = self._waiting.seq, self._waiting.digest.hex()
            self._kept = keep(self._connection, *head, state, self._kept)
        except (sqlite3.Error, OSError) as error:
            self._failure = f"a snapshot could not be kept: {error}"
            raise JournalUnavailable(f"{self._path}: {self._failure}. What to do: {after_a_commit(error)}") from error
        self._failure = None
        self._snapshot_seq = self._waiting.seq

    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        """The newest snapshot that can be used, after a flush; ``notes`` then tells of those that cannot."""
        self.flush()
        found, self._passed_over = newest(self._connection, like)
        self._snapshot_seq = found.seq if found is not None else -1
        return found

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
            self._let_go()

    def _let_go(self) -> None:
        """Each of the three, whatever becomes of the others: a lock that stayed would keep everybody out."""
        try:
            with ExitStack() as last_first:
                for close in (self._lock.release, self._head_file.close, self._connection.close):
                    last_first.callback(close)
        except (sqlite3.Error, OSError) as error:
            raise JournalUnavailable(f"{self._path} could not be closed: {error}") from error

    def _check_usable(self) -> None:
        if self._closed:
            raise JournalUnavailable(f"{self._path} is closed: nothing more can be kept in it")
        if self._failure is not None:
            raise JournalUnavailable(f"{self._path} is not used any more: {self._failure}")
