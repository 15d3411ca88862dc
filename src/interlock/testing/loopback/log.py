"""The venue's own disk: one file, appended to and synchronised before anything is answered.

The log is the book: everything that came in and changes it, in order. So a venue that was killed begins again where it
was. And it is evidence: one line for each submit and cancel that reached the wire, however often and whatever became of
it.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from attrs import frozen

from interlock.core.faults import AdapterUnavailable
from interlock.testing.loopback.protocol import decode, encode

LOG_NAME: Final = "venue.jsonl"
LOG_BYTES_MAX: Final = 64 * 1024 * 1024


@frozen(kw_only=True)
class Received:
    """What reached the venue: ``do`` is submit or cancel."""

    do: str
    client_order_id: str


class VenueLog:
    """The log in ``folder``, for the one process that writes it. Raises ``AdapterUnavailable`` while another does."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(folder / LOG_NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise AdapterUnavailable(f"another venue writes {folder / LOG_NAME}") from error
        self._path = folder / LOG_NAME
        self._cut_what_was_never_answered()

    def _cut_what_was_never_answered(self) -> None:
        # A line without its end was not synchronised: nobody was answered, and whoever sent it does not know.
        data = self._path.read_bytes()
        os.ftruncate(self._file, data.rfind(b"\n") + 1)
        os.fsync(self._file)

    def read(self) -> Iterator[dict[str, object]]:
        """Every entry, oldest first."""
        return entries(self._path)

    def append(self, entry: Mapping[str, object]) -> None:
        """Keep it. It is on disk when this returns. Raises ``AdapterUnavailable`` when the log is full."""
        line = encode(entry)
        if os.fstat(self._file).st_size + len(line) > LOG_BYTES_MAX:
            raise AdapterUnavailable(f"{self._path} is full")
        if os.write(self._file, line) != len(line):
            raise AdapterUnavailable(f"{self._path} could not be written whole")
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file and of its lock."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def entries(path: Path) -> Iterator[dict[str, object]]:
    """The whole lines of a log, which may be in use."""
    whole = path.read_bytes().rpartition(b"\n")[0]
    return (decode(line) for line in whole.split(b"\n") if line)


def received(folder: Path) -> tuple[Received, ...]:
    """Every submit and cancel that reached the venue of ``folder``, read from its disk."""
    found = []
    for entry in entries(folder / LOG_NAME):
        order = entry.get("order")
        named = order.get("client_order_id") if isinstance(order, dict) else entry.get("client_order_id")
        if entry["do"] in ("submit", "cancel"):
            found.append(Received(do=str(entry["do"]), client_order_id=str(named)))
    return tuple(found)
