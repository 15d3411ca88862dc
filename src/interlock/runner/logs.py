"""The log file: JSON lines, one event each, rotated, for this user's eyes only.

The journal is what counts; the log is there to be read. So a log that cannot be opened keeps a run from starting, and
one that fails later (a full disk) does not end it: that is said at once, and the summary says how much is missing.
"""

import logging
import os
import stat
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import msgspec
from pythonjsonlogger.json import JsonEncoder
from pythonjsonlogger.msgspec import MsgspecFormatter
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


_NOTHING_SAID: Final = dict.fromkeys(FIELDS)

_spelled: Final = MsgspecFormatter().jsonify_log_record
_spelled_in_ascii: Final = JsonEncoder(ensure_ascii=True).encode


def _in_json(told: dict[str, Any]) -> str:
    """In ASCII. JSON escapes control characters, so one event is one line."""
    try:
        # Laid out as the other one does it, so that who looks for `"level": "ERROR"` finds either.
        text = msgspec.json.format(_spelled(told).encode("ascii"), indent=0).decode("ascii")
    except UnicodeEncodeError:
        # Only few have more than ASCII, and only then is it worth five times as long.
        text = _spelled_in_ascii(told)
    # The one control character that JSON leaves as it is. Outside of strings there is none.
    return text if "\x7f" not in text else text.replace("\x7f", "\\u007f")


class _PrivateFile(RotatingFileHandler):
    """Rotated, and readable by nobody else: it tells what somebody holds. What cannot be written is counted.

    The library opens, rotates, and closes at the end of the process at the latest. Lines come to it as they are: its
    records, filters and formatters, which no log of ours has a use for, took longer than all the rest.
    """

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

    def add(self, text: str) -> None:
        """Write whole lines."""
        self.acquire()
        try:
            self._write(text)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on and somebody is told
            self.lose(error)
        finally:
            self.release()

    def _write(self, text: str) -> None:
        # A file may run over by one event.
        if self.stream is not None and self._bytes >= self.maxBytes:
            self.doRollover()
        if self.stream is None:
            self.stream = self._open()
        # All of it is ASCII.
        self._bytes += len(text)
        self.stream.write(text)
        self.stream.flush()

    def lose(self, error: Exception) -> None:
        """Count an event that could not be written."""
        self.lost += 1
        if self.lost == 1:
            self._tell_lost(type(error).__name__)

    @override
    def close(self) -> None:
        try:
            super().close()
        except OSError as error:
            self.lose(error)


class EventLog:
    """Writes events of one run. Opening it raises ``OSError`` where the file cannot be written.

    ``lost`` is called with the error's name at the first event that could not be written.
    """

    def __init__(self, path: Path, *, run_id: str, verbose: bool, lost: Callable[[str], None]) -> None:
        self.path = path
        self._run_id = run_id
        self._handler = _PrivateFile(path, lost)
        # No logger of logging's global tree stands before it: two runs in one process do not mix.
        self._level = logging.DEBUG if verbose else logging.INFO

    @property
    def lost(self) -> int:
        """How many events could not be written."""
        return self._handler.lost

    def wants(self, level: int) -> bool:
        """Whether an event of this level would be written: what nobody reads is not formatted."""
        return level >= self._level

    def write(self, level: int, event: str, fields: Mapping[str, Any]) -> None:
        """One event. ``fields`` are among ``FIELDS``; what is missing is null."""
        if level < self._level:
            return
        told = {**_NOTHING_SAID, "event": event, "run_id": self._run_id, **fields}
        told["ts"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        told["level"] = logging.getLevelName(level)
        try:
            line = _in_json(told)
        except Exception as error:  # noqa: BLE001 - what cannot be worded is one event less, and not the end of a run
            self._handler.lose(error)
            return
        self._handler.add(f"{masked(line)}\n")

    def close(self) -> None:
        """Flush and let go of the file. What comes later, from a thread that was too late, opens it no more."""
        self._level = sys.maxsize
        self._handler.close()
