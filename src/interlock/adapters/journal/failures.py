"""What a person does about a disk that failed. The words of the system say what is wrong, never what to do."""

import errno
import sqlite3
from typing import Final

_FREE_SPACE: Final = "free space on its disk"
_MAKE_WRITABLE: Final = "make its disk and folder writable"
_PUT_BACK: Final = "keep a copy of the file as it is, and put a backup back"
_LOOK: Final = "look at the disk and at the system's log before anything else"

# By the primary codes of SQLite: the low byte of what it reports.
_BY_SQLITE: Final = {
    sqlite3.SQLITE_FULL: _FREE_SPACE,
    sqlite3.SQLITE_READONLY: _MAKE_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _MAKE_WRITABLE,
    # The number of a record was taken: nobody but another writer takes one.
    sqlite3.SQLITE_CONSTRAINT: "another process writes this journal, as it can where the lock file was removed: end it",
    sqlite3.SQLITE_BUSY: "find what else has the file open",
    sqlite3.SQLITE_CORRUPT: _PUT_BACK,
    # Told only where a head file says that it was a journal; see ``check_schema``.
    sqlite3.SQLITE_NOTADB: _PUT_BACK,
}
_BY_SYSTEM: Final = {
    errno.ENOSPC: _FREE_SPACE,
    errno.EDQUOT: _FREE_SPACE,
    errno.EFBIG: "raise the limit on the size of files",
    errno.EROFS: _MAKE_WRITABLE,
    errno.EACCES: _MAKE_WRITABLE,
    errno.EPERM: _MAKE_WRITABLE,
}


def to_do(error: sqlite3.Error | OSError) -> str:
    """What to do about ``error``, before a journal is opened again."""
    if isinstance(error, OSError):
        return _BY_SYSTEM.get(error.errno or 0, _LOOK)
    # SQLite's module raises some errors itself, and those have no code.
    return _BY_SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, _LOOK)


def after_a_commit(error: sqlite3.Error | OSError) -> str:
    """What to do when a write ended the journal. Whether it is on disk nobody knows: the next start reads what is."""
    return f"{to_do(error)}, then `interlock run` again: it reads what is there, whether this was kept or not"
