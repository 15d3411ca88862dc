"""A file as bytes: opened with care, read in chunks, unpacked, and watched for changes while it is read."""

import errno
import hashlib
import os
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final, Self

from interlock.core.faults import AdapterUnavailable, ConfigurationError

CHUNK_BYTES: Final = 64 * 1024
ATTEMPTS_MAX: Final = 3
PAUSE_SECONDS: Final = 0.1
# How far back from the end a last line is looked for: more than one may have.
TAIL_BYTES: Final = 8 * 1024
GZIP_MAGIC: Final = b"\x1f\x8b"

# Errors of a moment: of a network share, of a busy machine. Any other error is the same the next time.
_PASSING: Final = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
    | {errno.ESTALE, errno.ETIMEDOUT}
)

Pause = Callable[[float], None]
OnRetry = Callable[[str], None]


class SourceFile:
    """A regular file, held open. It is what it was when it was opened, or ``AdapterUnavailable`` is raised."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self._name = name
        self._known = _identity(os.fstat(descriptor))
        self._digest: str | None = None
        self._running = hashlib.sha256()
        self.offset = 0
        self.size = self._known[0]

    @classmethod
    def opened(cls, path: Path, *, on_retry: OnRetry, pause: Pause | None = None) -> Self:
        """Open ``path``. Errors that pass are tried again ``ATTEMPTS_MAX`` times in all; each is told.

        Raises ``ConfigurationError`` for what is missing, forbidden or no regular file, ``AdapterUnavailable``
        when an error that ought to pass did not.
        """
        # Here, for most who import this module only look at a configuration.
        import tenacity

        def tell(state: tenacity.RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome is not None else None
            on_retry(f"{path.name}: attempt {state.attempt_number} of {ATTEMPTS_MAX} to open it failed: {error}")

        retrying = tenacity.Retrying(
            # At most 0.3 s in all, so that a stop need not be able to interrupt it.
            sleep=pause or _wait,
            stop=tenacity.stop_after_attempt(ATTEMPTS_MAX),
            wait=tenacity.wait_exponential(multiplier=PAUSE_SECONDS),
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, OSError) and error.errno in _PASSING),
            before_sleep=tell,
            reraise=True,
        )
        try:
            return cls(retrying(_open_regular, path), path.name)
        except OSError as error:
            if error.errno in _PASSING:
                raise AdapterUnavailable(f"{path}: {error.strerror} ({ATTEMPTS_MAX} attempts)") from error
            raise ConfigurationError(
                f"{path}: found {error.strerror or error}; expected a file that can be read. "
                "Set market_data.path (relative to the configuration file), or the file's permissions."
            ) from error

    def read(self) -> bytes:
        """The next chunk, empty at the end. What it hands over was verified to stand in an unchanged file."""
        chunk = self._read_at(self.offset)
        self._running.update(chunk)
        self.offset += len(chunk)
        if not chunk and self._digest not in (None, self._running.hexdigest()):
            raise AdapterUnavailable(
                f"{self._name}: other bytes than when it was opened. Leave it alone, and start again"
            )
        return chunk

    def digest(self) -> str:
        """SHA-256 of the whole file as it stands on disk, as hexadecimal digits, in one pass."""
        if self._digest is None:
            digest = hashlib.sha256()
            offset = 0
            while chunk := self._read_at(offset):
                digest.update(chunk)
                offset += len(chunk)
            self._digest = digest.hexdigest()
        return self._digest

    def unended(self) -> bytes:
        """What stands behind the last line end; nothing where the file ends with one, as most do."""
        return self._read_at(max(0, self.size - TAIL_BYTES)).rpartition(b"\n")[2]

    def rewind(self) -> None:
        """Read from the beginning again."""
        self.offset = 0
        self._running = hashlib.sha256()

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _read_at(self, offset: int) -> bytes:
        try:
            chunk = os.pread(self._descriptor, CHUNK_BYTES, offset)
            found = _identity(os.fstat(self._descriptor))
        except OSError as error:
            raise AdapterUnavailable(f"{self._name}: {error.strerror} at byte {offset}") from error
        if found != self._known:
            size, now = self._known[0], found[0]
            what = f"{size} bytes at the start, {now} now" if size != now else "its size is the same, its time is not"
            raise AdapterUnavailable(f"{self._name} changed while it was read: {what}. Leave it alone, and start again")
        return chunk


class GzipDamaged(Exception):
    """The packed data cannot be unpacked any further. The message is the rule that it breaks."""


class Unpacked:
    """The unpacked bytes of a gzip source, in pieces of bounded size however well they were packed."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._member = zlib.decompressobj(wbits=31)
        self._packed = b""

    def read(self) -> bytes:
        """The next piece, empty at the end. Raises ``GzipDamaged`` where the data breaks off or is wrong."""
        while True:  # ends: each turn unpacks something, or takes input, and the input ends
            if self._member.eof and not self._next_member():
                return b""
            if not self._packed:
                self._packed = self._source.read()
            try:
                piece = self._member.decompress(self._packed, CHUNK_BYTES)
            except zlib.error as error:
                raise GzipDamaged("the gzip data is damaged; nothing behind it can be read") from error
            if not self._packed and not piece:
                raise GzipDamaged("the gzip data breaks off; what stood behind it is missing")
            self._packed = self._member.unconsumed_tail
            if piece:
                return piece

    def _next_member(self) -> bool:
        """Go on to the next member of the file, past padding; False when there is none."""
        rest = self._member.unused_data.lstrip(b"\0")
        while not rest:
            chunk = self._source.read()
            if not chunk:
                return False
            rest = chunk.lstrip(b"\0")
        self._member = zlib.decompressobj(wbits=31)
        self._packed = rest
        return True


def _open_regular(path: Path) -> int:
    # Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ConfigurationError(
                f"{path}: found a folder, pipe or device; expected a regular file. Set market_data.path to one."
            )
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _wait(seconds: float) -> None:
    Event().wait(seconds)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns
