"""Whether there is a journal at all, asked before SQLite is: what lies beside a file may be the newest part of it.

SQLite takes a write-ahead log without a database for rubbish and deletes it, even where it was only asked to read. It
may be all that is left of the last orders.
"""

import os
import stat
from pathlib import Path
from typing import Final

from interlock.adapters.journal.head_file import behind, head_path, read_head
from interlock.adapters.journal.private_files import check_private_file
from interlock.core.faults import ConfigurationError, JournalUnavailable

# What is shorter has no header, and is no database: empty, or the first bytes of one.
_HEADER_BYTES: Final = 100
_BEGINS: Final = b"SQLite format 3\0"


def check_log(path: Path) -> None:
    """Look for a write-ahead log whose journal, at ``path``, is gone or empty. For whoever is about to open it.

    Raises ``JournalUnavailable`` where there is one, and ``ConfigurationError`` for a log that is a link or a folder.
    """
    log = path.with_name(f"{path.name}-wal")
    if not os.path.lexists(log):
        return
    if not log.is_file() or log.is_symlink():
        raise ConfigurationError(
            f"{log} is not a plain file (links are not followed): put the file itself in its place"
        )
    # Asked for on both sides of the log: the journal may have been put aside, or begun, while it was looked at.
    if _holds_nothing(path) and _size(log) and _holds_nothing(path):
        found = "is empty" if os.path.lexists(path) else "is gone"
        raise JournalUnavailable(
            f"{path} {found}, and {log.name}, which has what was written last, is there: put the journal back beside "
            f"it, or, to begin anew, move the whole folder {path.parent} away. Nothing was changed"
        )


def is_there(path: Path) -> bool:
    """Whether there is a journal at ``path``, for whoever reads; what a run would not begin anew is no absence.

    Raises ``JournalUnavailable`` as ``check_log`` does, and where a head file says that a journal was taken away from
    here, and ``ConfigurationError`` for a file that is not ours alone.
    """
    check_log(path)
    there = check_private_file(path)
    # SQLite begins a database anew in a file that is empty, and one byte is empty to it.
    if there and _size(path) > 1:
        return True
    reached = read_head(path)
    # A head file with a second name is an archive's already, and whoever writes next takes this one away. A journal
    # that was begun meanwhile is there before its head file says anything, so the file is asked for once more.
    if reached is not None and reached.seq >= 0 and _links(head_path(path)) == 1 and _size(path) <= 1:
        raise behind(path, reached, None)
    return there


def is_something_else(path: Path) -> bool:
    """Whether what a person named as a journal, at ``path``, is certainly none: a device, a pipe, another kind of file.

    Nobody is then told to change its mode or to move it away, for it may be anybody's. What is empty, or was never
    written whole, may have been a journal; so may whatever has a log or a head file beside it, and those checks are
    left to whoever opens it. For commands that have not opened it yet: to close a database drops its locks. Raises
    ``OSError`` where it cannot be looked at.
    """
    if any(os.path.lexists(beside) for beside in (head_path(path), path.with_name(f"{path.name}-wal"))):
        return False
    if not stat.S_ISREG(path.stat().st_mode):
        return True
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.read(descriptor, len(_BEGINS))
    finally:
        os.close(descriptor)
    return len(found) > 1 and not _BEGINS.startswith(found)


def can_be_there(path: Path) -> bool:
    """Whether anything lies at ``path``. Raises ``ConfigurationError`` where we may not look."""
    try:
        return path.exists()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ConfigurationError(
            f"{path} cannot be looked at: {reason}; run as the user who owns its folder, or name another state_dir"
        ) from error


def _holds_nothing(path: Path) -> bool:
    return _size(path) < _HEADER_BYTES


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def _links(path: Path) -> int:
    try:
        return path.lstat().st_nlink
    except FileNotFoundError:
        return 0


def file_at(path: Path) -> tuple[int, int] | None:
    """Which file it is that has this name now, by device and number; None where there is none, or nobody can tell."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
