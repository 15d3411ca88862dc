"""A copy of a journal, made while somebody may be writing it, and read before anybody relies on it."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from interlock.adapters.journal.codec import GENESIS, chain
from interlock.adapters.journal.failures import to_do
from interlock.adapters.journal.head_file import check_head, read_head
from interlock.adapters.journal.presence import is_there
from interlock.adapters.journal.private_files import check_private_file, create_private_file, sync_file, sync_folder
from interlock.adapters.journal.schema import check_schema
from interlock.adapters.journal.sqlite_rows import chunks, connect, connect_to_read, last
from interlock.core.faults import ConfigurationError, JournalUnavailable

# A step copies so many pages; between two of them whoever waits can be told, and can stop it.
_PAGES: Final = 1_000
# What SQLite may leave beside a file whose maker was stopped.
_BESIDE: Final = ("-journal", "-wal", "-shm", "")
# What a copy that was begun starts with, once it starts with anything.
_BEGINS: Final = b"SQLite format 3\0"
_KEEP: Final = "Keep the file as it is, and the older backups; `interlock journal verify` says more"


def backup(path: Path, target: Path, look: Callable[[int, int], None] = lambda *_: None) -> int:
    """Copy the journal at ``path`` to ``target``, one file, 0600; how many records it holds.

    The copy is of one moment, and its writer goes on meanwhile. It is made under another name, and gets its own only
    when its chain is whole from the first record to the last, and its end is where the journal was, no earlier than
    the head file says. Nothing is ever overwritten, and nothing half-made stays behind a failure or an interruption;
    what a kill left is taken away by the next backup of that name. It has no head file: it is a copy of a moment.
    ``look`` is told how many pages of how many are copied, and how many records of how many are read, and may raise.

    Raises ``ConfigurationError`` when there is no journal at ``path`` or something at ``target``, and
    ``JournalUnavailable`` when the copy cannot be made or is not whole.
    """
    partial = target.with_name(f"{target.name}.partial")
    try:
        if not is_there(path):
            raise ConfigurationError(f"there is no journal at {path}")
        if os.path.lexists(target):
            raise _taken(target)
        with _draft(partial):
            count = _copy(path, partial, look)
            sync_file(partial)
            target.hardlink_to(partial)  # never made over anything, whoever was quicker
            _sync(target)
        return count
    except FileExistsError as error:
        raise ConfigurationError(f"there is something at {target} already: name another place") from error
    except (sqlite3.Error, OSError) as error:
        raise JournalUnavailable(f"{path} cannot be copied to {target}: {error}: {_to_do(error)}") from error


@contextmanager
def _draft(partial: Path) -> Iterator[None]:
    """An empty file at ``partial``, locked for as long as it is being made, and gone afterwards, whatever happens.

    Its lock is how a copy that somebody is making is told from one whose maker was killed. Its descriptor is closed
    last: to close any of a file drops the locks that SQLite holds on it.
    """
    if os.path.lexists(partial):
        _take_away(partial)
    create_private_file(partial)
    descriptor = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _lock(descriptor, partial)
        try:
            yield
        finally:
            _unlink(partial)
    finally:
        os.close(descriptor)


def _take_away(partial: Path) -> None:
    """What a backup that was killed left at ``partial``. Raises ``ConfigurationError`` for anything else."""
    try:
        check_private_file(partial)
    except ConfigurationError as error:
        raise _taken(partial) from error
    descriptor = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if os.pread(descriptor, len(_BEGINS), 0) not in (b"", _BEGINS):
            raise _taken(partial)
        _lock(descriptor, partial)
        _unlink(partial)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, partial: Path) -> None:
    """Raises ``ConfigurationError`` where another backup has it, or was quicker and has taken it away."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.path.samestat(os.fstat(descriptor), partial.lstat())
    except (BlockingIOError, FileNotFoundError):
        ours = False
    if not ours:
        raise ConfigurationError(f"another backup is making {partial}: let it finish, or name another place")


def _unlink(partial: Path) -> None:
    for beside in _BESIDE:
        partial.with_name(partial.name + beside).unlink(missing_ok=True)


def _taken(there: Path) -> ConfigurationError:
    return ConfigurationError(f"there is something at {there} already: name another place, or move it away")


def _sync(target: Path) -> None:
    try:
        sync_folder(target.absolute().parent)
    except BaseException:
        target.unlink()  # a copy that failed is not there
        raise


def _copy(path: Path, partial: Path, look: Callable[[int, int], None]) -> int:
    reached = read_head(path)  # before anything is copied: the writer goes on
    with closing(connect_to_read(path)) as source, closing(connect(partial, mode="rw")) as copy:
        check_schema(source, path)
        # One transaction around all steps: without it each write of somebody else would make it begin again.
        source.execute("BEGIN")
        seq, digest = last(source)
        source.backup(copy, pages=_PAGES, progress=lambda _, remaining, total: look(total - remaining, total))
        source.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        (sound,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise JournalUnavailable(f"the copy of {path} is damaged ({sound}): the journal is, or a disk. {_KEEP}")
        _check_chain(copy, seq, digest, look)
        check_head(copy, path, reached)
        return seq + 1


def _to_do(error: sqlite3.Error | OSError) -> str:
    return "make that folder, or name another" if isinstance(error, FileNotFoundError) else to_do(error)


def _check_chain(connection: sqlite3.Connection, until: int, digest: bytes, look: Callable[[int, int], None]) -> None:
    """Every record from the first to ``until``, whose hash is ``digest``. Raises ``JournalUnavailable``."""
    expected, hashed = 0, GENESIS
    for rows in chunks(connection, 0, until):
        for seq, kind, body, written in rows:
            hashed = chain(hashed, seq, kind, body)
            if seq != expected or hashed.hex() != written:
                raise JournalUnavailable(
                    f"record {expected} does not match its hash, or is missing: no copy was made. {_KEEP}"
                )
            expected += 1
        look(expected, until + 1)
    if last(connection) != (until, digest) or (expected, hashed) != (until + 1, digest):
        raise JournalUnavailable(
            f"the copy ends at record {expected - 1}, and the journal at {until}: no copy was made. {_KEEP}"
        )
