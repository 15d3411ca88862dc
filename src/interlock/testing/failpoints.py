"""Failpoints: something happens at the k-th call that reaches the disk, right before it or right after it.

Where the process ends there, a journal shows what a kill leaves behind; where the call fails, what a full or dying disk
does. A call that fails *after* it was done is the worse half: whoever is told of an error does not know which it was.
"""

import errno
import io
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, Final

# What reaches the disk: SQLite's statements, and our own files beside the database.
REACHES_THE_DISK: Final = frozenset(
    {"execute", "executemany", "pwrite", "ftruncate", "fsync", "open", "unlink", "rename", "replace", "link", "close"}
)
# Whose they are: a text or a struct has a ``replace`` of its own, which stays in memory.
_CLASSES: Final = (sqlite3.Connection, sqlite3.Cursor, io.IOBase)
_MODULES: Final = frozenset({"posix", "fcntl", "io", "_io", "_sqlite3"})
# What SQLite says where the disk says this.
_SQLITE_SAYS: Final = {
    errno.ENOSPC: ("database or disk is full", sqlite3.SQLITE_FULL),
    errno.EROFS: ("attempt to write a readonly database", sqlite3.SQLITE_READONLY),
}
_DISK_ERROR: Final = ("disk I/O error", sqlite3.SQLITE_IOERR)


class Failpoint:
    """Counts calls that reach the disk, before and after each; at the ``k``-th does ``then``. 0 never does.

    Counted is what modules whose name begins with ``within`` call, themselves or through others, but for what a
    function named ``sparing`` does. Run what is to be counted in ``armed``. What ``then`` raises is raised by the
    call; Python asks no profiler after that, so the count ends there. ``fired`` says whether it has happened.
    """

    def __init__(self, k: int, then: Callable[[Any], None], *, within: str = "", sparing: str = "") -> None:
        self.k = k
        self.within = within
        self.sparing = sparing
        self.count = 0
        self.fired = False
        self._then = then

    def __call__(self, frame: FrameType, event: str, called: Any) -> None:
        """What Python calls at each call and each return."""
        if event not in ("c_call", "c_return") or getattr(called, "__name__", "") not in REACHES_THE_DISK:
            return
        if not _reaches_the_disk(getattr(called, "__self__", None)) or not self._is_within(frame):
            return
        self.count += 1
        if self.count == self.k:
            self.fired = True
            self._then(called)

    def _is_within(self, frame: FrameType | None) -> bool:
        is_within = False
        while frame is not None:  # ends: with the outermost frame
            if frame.f_code.co_name == self.sparing:
                return False
            is_within = is_within or str(frame.f_globals.get("__name__", "")).startswith(self.within)
            frame = frame.f_back
        return is_within


def _reaches_the_disk(owner: object) -> bool:
    return isinstance(owner, _CLASSES) or (isinstance(owner, ModuleType) and owner.__name__ in _MODULES)


def kill(_: object) -> None:
    """End this process at once, as ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(number: int) -> Callable[[Any], None]:
    """Let the call raise what it raises where the disk says error ``number``."""

    def raising(called: Any) -> None:
        if isinstance(getattr(called, "__self__", None), sqlite3.Connection | sqlite3.Cursor):
            raise sqlite_error(number)
        raise OSError(number, os.strerror(number))

    return raising


def sqlite_error(number: int) -> sqlite3.OperationalError:
    """What SQLite raises where the disk says error ``number``."""
    says, code = _SQLITE_SAYS.get(number, _DISK_ERROR)
    error = sqlite3.OperationalError(says)
    error.sqlite_errorcode = code
    return error


def armed(failpoint: Failpoint, run: Callable[[], int]) -> int:
    """What ``run`` answers, with ``failpoint`` counting in this thread."""
    sys.setprofile(failpoint)
    try:
        return run()
    finally:
        sys.setprofile(None)
