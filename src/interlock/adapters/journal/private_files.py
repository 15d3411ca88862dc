"""Files that are ours alone, and the lock that lets one process write."""

import fcntl
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from interlock.adapters.journal.writer_words import SIGNATURE_BYTES, last_run_in, run_here, signature
from interlock.core.faults import ConfigurationError, JournalInUse
from interlock.core.ports.journal import LastWords

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OURS: Final = stat.S_IRUSR | stat.S_IWUSR


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, 0700, or check that it is ours and private already.

    Raises ``ConfigurationError`` for a folder that is a link, somebody else's, or open to others.
    """
    missing = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    check_private_folder(folder)


def check_private_folder(folder: Path) -> None:
    """Raises ``ConfigurationError`` for a folder that is a link, somebody else's, or open to others."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(f"{folder} is not a folder (links are not followed): name another state_dir")
    _check_ours(folder, found, "700")


def check_private_file(path: Path) -> bool:
    """Whether there is a file at ``path``. Raises ``ConfigurationError`` for anything there but a file of ours
    that nobody else can read: it may have been put there, or may be a way to somewhere else."""
    # Looked at and not opened: closing a descriptor of a database drops every lock that this process holds on it.
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(f"{path} is not a plain file (links are not followed): move it away")
    _check_ours(path, found, "600")
    return True


def check_writable(path: Path) -> None:
    """Raises ``ConfigurationError`` for a file that its owner has made read-only."""
    mode = stat.S_IMODE(path.lstat().st_mode)
    if not mode & stat.S_IWUSR and not os.access(path, os.W_OK):
        raise ConfigurationError(f"{path} may not be written (mode {mode:04o}): chmod 600 {path}, to go on with it")


def open_to_us(path: Path) -> None:
    """Make a file of ours readable and writable for us again, if there is one: what it holds is not touched."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & _OURS != _OURS:
        path.chmod(_OURS)


def create_private_file(path: Path) -> None:
    """An empty file, 0600. Fails with ``FileExistsError`` when something is there, a link included."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def sync_file(path: Path) -> None:
    """Make durable what is in the file at ``path``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make durable which files there are in ``folder``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_ours(path: Path, found: os.stat_result, mode: str) -> None:
    if found.st_uid != os.geteuid():
        raise ConfigurationError(f"{path} belongs to user {found.st_uid}, not to us: run as its owner, or move it away")
    if found.st_mode & _OTHERS:
        raise ConfigurationError(f"{path} is open to other users: chmod {mode} {path}")


def last_words_beside(path: Path) -> LastWords | None:
    """What the lock file of the journal at ``path`` tells, read without taking the lock. Never raises."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        if not check_private_file(lock):
            return None
        descriptor = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            last_run = last_run_in(os.pread(descriptor, SIGNATURE_BYTES, 0))
        finally:
            os.close(descriptor)
    except (OSError, ConfigurationError):
        return None
    return last_run.words if last_run is not None else None


class WriterLock:
    """An exclusive lock on ``<path>.lock``, held by the operating system until it is released or the process ends.

    The file stays behind: removing it would let two processes lock two files of one name. What the last run left word
    of stays in it too, whoever takes the lock meanwhile, until another run begins: to archive is no run, nor is to be
    refused.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises ``JournalUnavailable`` that names who has it."""
        lock = path.with_name(path.name + ".lock")
        check_private_file(lock)
        self._descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._last_run = last_run_in(os.pread(self._descriptor, SIGNATURE_BYTES, 0))
            self._since = datetime.now(UTC)
            self._sign()
        except BlockingIOError:
            holder = _holder(os.pread(self._descriptor, SIGNATURE_BYTES, 0))
            os.close(self._descriptor)
            raise JournalInUse(
                f"{path} is being written by {holder}: a journal has one writer; stop it, or use another state_dir"
            ) from None
        except OSError:
            os.close(self._descriptor)
            raise
        self._held = True

    def release(self) -> None:
        """Let the next one write. May be called twice."""
        if self._held:
            self._held = False
            os.close(self._descriptor)

    @property
    def last_words(self) -> LastWords | None:
        """What the last run left word of."""
        return self._last_run.words if self._last_run is not None else None

    def leave_words(self, run_id: str, ended: str) -> bool:
        """Leave word of a run; whether that could be done. Nothing is written once the lock is released."""
        if not self._held:
            return False
        before = self._last_run
        self._last_run = run_here(run_id, ended)
        try:
            self._sign()
        except OSError:
            self._last_run = before
            return False
        return True

    def _sign(self) -> None:
        # One write over what is there, of one size: it needs no room on the disk, and is not seen half-made.
        os.pwrite(self._descriptor, signature(self._since, self._last_run), 0)
        os.ftruncate(self._descriptor, SIGNATURE_BYTES)


def _holder(text: bytes) -> str:
    """Who signed the lock; a process that has just taken it may not have signed yet."""
    try:
        found = json.loads(text)
        return f"process {found['pid']} on {found['host']} since {found['since']}"
    except (ValueError, LookupError, TypeError, RecursionError):
        return "another process that has not signed its lock"
