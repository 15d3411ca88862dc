"""The log file: JSON lines, one event each, rotated, for this user's eyes only.

The journal is what counts; the log is there to be read. So a log that cannot be opened keeps a run from starting, and
one that fails later (a full disk) does not end it: that is said at once, and the summary says how much is missing.
"""

import logging
import os
import stat
import sys
from collections.abc import Callable, Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter
from typing_extensions import override

from interlock.masking import masked

LOGGER: Final = "interlock"
BYTES_MAX: Final = 10 * 1024 * 1024
FILES_MAX: Final = 5
FIELDS: Final = (
    "ts", "level", "event", "run_id", "seq", "cycle", "instrument", "code", "why",
    "correlation_id", "causation_id", "data",
)  # fmt: skip

# A link is not followed, and nobody waits for the other end of a FIFO.
_OPEN: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class _PrivateFile(RotatingFileHandler):
    """Rotated, and readable by nobody else: it tells what somebody holds. What cannot be written is counted."""

    def __init__(self, path: Path, lost: Callable[[str], None]) -> None:
        self._tell_lost = lost
        self.lost = 0
        super().__init__(path, maxBytes=BYTES_MAX, backupCount=FILES_MAX - 1, encoding="utf-8")

    @override
    def _open(self) -> Any:
        descriptor = os.open(self.baseFilename, _OPEN, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(f"{self.baseFilename} is not a file")
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    @override
    def shouldRollover(self, record: logging.LogRecord) -> int:
        # The library words the event here, only to measure it, and again to write it: four fifths of the cost. A
        # file may run over by one event instead.
        return int(self.stream is not None and self.stream.tell() >= self.maxBytes)

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


class _Formatter(JsonFormatter):
    """Exactly the stated fields, in the stated order. JSON escapes control characters, so one event is one line."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=True)

    @override
    def format(self, record: logging.LogRecord) -> str:
        # The one control character that JSON leaves as it is. Outside of strings there is none.
        return masked(super().format(record).replace("\x7f", "\\u007f"))

    @override
    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: log_data.get(name) for name in FIELDS}

    @override
    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data["ts"] = self.formatTime(record)
        log_data["level"] = record.levelname

    @override
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class EventLog:
    """Writes events of one run. Opening it raises ``OSError`` where the file cannot be written.

    ``lost`` is called with the error's name at the first event that could not be written.
    """

    def __init__(self, path: Path, *, run_id: str, verbose: bool, lost: Callable[[str], None]) -> None:
        self.path = path
        self._run_id = run_id
        self._handler = _PrivateFile(path, lost)
        self._handler.setFormatter(_Formatter())
        # A logger of its own, not in logging's global tree: two runs in one process do not mix.
        self._logger = logging.Logger(f"{LOGGER}.{run_id}", logging.DEBUG if verbose else logging.INFO)  # noqa: LOG001
        self._logger.addHandler(self._handler)

    @property
    def lost(self) -> int:
        """How many events could not be written."""
        return self._handler.lost

    def wants(self, level: int) -> bool:
        """Whether an event of this level would be written: what nobody reads is not formatted."""
        return self._logger.isEnabledFor(level)

    def write(self, level: int, event: str, fields: Mapping[str, object]) -> None:
        """One event. ``fields`` are among ``FIELDS``; what is missing is null."""
        self._logger.log(level, event, extra={"event": event, "run_id": self._run_id, **fields})

    def close(self) -> None:
        """Flush and let go of the file."""
        self._logger.removeHandler(self._handler)
        self._handler.close()
