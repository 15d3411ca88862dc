"""Who writes a journal: read off its lock, without taking it and without leaving a trace."""

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from interlock.adapters.journal.private_files import check_private_file

_SIGNATURE_BYTES_MAX: Final = 1000


@frozen(kw_only=True)
class Holder:
    """The process that writes. What it has not signed is None."""

    pid: int | None = None
    host: str | None = None
    since: str | None = None

    @property
    def told(self) -> str:
        """Who it is, in words."""
        if self.pid is None:
            return "a process that has not signed its lock yet"
        return f"process {self.pid} on {self.host} since {self.since}"

    @property
    def as_data(self) -> dict[str, Any]:
        """The same for scripts."""
        return {"pid": self.pid, "host": self.host, "since": self.since}


def holder_of(path: Path) -> Holder | None:
    """Who writes the journal at ``path``; None while nobody does. Raises ``ConfigurationError`` for a lock file that
    is a link, or somebody else's."""
    lock = path.with_name(f"{path.name}.lock")
    if not check_private_file(lock):
        return None
    descriptor = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        signed = _signed(os.pread(descriptor, _SIGNATURE_BYTES_MAX, 0))
        if signed.pid is not None and signed.host == socket.gethostname() and not _lives(signed.pid):
            # Not even asked for: a look that holds the lock for a moment could keep a run from starting.
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return signed
        return None
    finally:
        os.close(descriptor)


def _signed(text: bytes) -> Holder:
    try:
        found = json.loads(text)
        return Holder(pid=int(found["pid"]), host=str(found["host"]), since=str(found["since"]))
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return Holder()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
