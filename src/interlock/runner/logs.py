"""The log file: JSON lines, one event each, rotated, for this user's eyes only.

The journal is what counts; the log is there to be read. So a log that cannot be opened keeps a run from starting, and
one that fails later (a full disk) does not end it: that is said at once, and the summary says how much is missing.
"""

import logging
import os
import stat
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from pythonjsonlogger.json import JsonEncoder
from typing_extensions import override

from interlock.masking import masked

BYTES_MAX: Final = 10 * 1024 * 1024
FILES_MAX: Final = 5
FIELDS: Final = (
    "ts", "level", "event", "run_id", "seq", "cycle", "instrument", "code", "why",
    "correlation_id", "causation_id", "data",
)  # fmt: skip

# A link is not followed, and nobody waits for the other end of a FIFO.
_OPEN: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class _Event(logging.LogRecord):
    """One event: its level, and ``fields``. What the library would look up besides, the line of code that told of it,
    thread and process, is in no log of ours, and took longer than all the rest."""

    def __init__(self, level: int, fields: Mapping[str, object]) -> None:
        self.levelno = level
        self.fields = fields
        self.created = time.time()


class _PrivateFile(RotatingFileHandler):
    """Rotated, and readable by nobody else: it tells what somebody holds. What cannot be written is counted."""

    def __init__(self, path: Path, lost: Callable[[str], None]) -> None:
        self._tell_lost = lost
        self._bytes = 0
        self.lost = 0
        super().__init__(path, maxBytes=BYTES_MAX, backupCount=FILES_MAX - 1, encoding="utf-8")

    @override
    def _open(self) -> Any:
        descriptor = os.open(self.baseFilename, _OPEN, 0o600)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise OSError(f"{self.baseFilename} is not a file")
        os.fchmod(descriptor, 0o600)
        self._bytes = found.st_size
        return os.fdopen(descriptor, "a", encoding="utf-8")

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        # All of it is ASCII, and one character ends it.
        self._bytes += len(line) + 1
        return line

    @override
    def shouldRollover(self, record: logging.LogRecord) -> int:
        # The library words the event here, only to measure it, and again to write it: four fifths of the cost. A
        # file may run over by one event instead.
        return int(self.stream is not None and self._bytes >= self.maxBytes)

    @override
    def handleError(self, record: logging.LogRecord | None) -> None:
        self.lost += 1
        if self.lost == 1:
            self._tell_lost(type(sys.exception()).__name__)

    @override
    def close(self) -> None:
        try:
            super().close()
        except OSError:
            self.handleError(None)


class _Formatter(logging.Formatter):
    """Exactly the stated fields, in the stated order. JSON escapes control characters, so one event is one line."""

    # Made once: it takes as long as to use it.
    _to_json = JsonEncoder(ensure_ascii=True).encode

    @override
    def format(self, record: logging.LogRecord) -> str:
        event: Any = record
        fields = event.fields
        told = {name: fields.get(name) for name in FIELDS}
        told["ts"] = datetime.fromtimestamp(event.created, UTC).isoformat(timespec="milliseconds")
        told["level"] = logging.getLevelName(event.levelno)
        # The one control character that JSON leaves as it is. Outside of strings there is none.
        return masked(self._to_json(told).replace("\x7f", "\\u007f"))


class EventLog:
    """Writes events of one run. Opening it raises ``OSError`` where the file cannot be written.

    ``lost`` is called with the error's name at the first event that could not be written.
    """

    def __init__(self, path: Path, *, run_id: str, verbose: bool, lost: Callable[[str], None]) -> None:
        self.path = path
        self._run_id = run_id
        self._handler = _PrivateFile(path, lost)
        self._handler.setFormatter(_Formatter())
        # No logger of logging's global tree stands before it: two runs in one process do not mix.
        self._level = logging.DEBUG if verbose else logging.INFO

    @property
    def lost(self) -> int:
        """How many events could not be written."""
        return self._handler.lost

    def wants(self, level: int) -> bool:
        """Whether an event of this level would be written: what nobody reads is not formatted."""
        return level >= self._level

    def write(self, level: int, event: str, fields: Mapping[str, object]) -> None:
        """One event. ``fields`` are among ``FIELDS``; what is missing is null."""
        if self.wants(level):
            self._handler.handle(_Event(level, {"event": event, "run_id": self._run_id, **fields}))

    def close(self) -> None:
        """Flush and let go of the file. What comes later, from a thread that was too late, opens it no more."""
        self._level = sys.maxsize
        self._handler.close()
