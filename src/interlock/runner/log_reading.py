"""The lines of a log as bytes, in order over its rotated files, however it is rotated, cut or damaged meanwhile.

Nothing is left out and nothing is believed: a line may be half written, no event at all, or without end. No more of one
is held in memory than ``LINE_BYTES_MAX``.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from attrs import define, frozen

from interlock.core.faults import ConfigurationError
from interlock.runner.config.problems import path_text

# An event of ours is a few thousand bytes at the most. A longer line is handed over in pieces.
LINE_BYTES_MAX: Final = 1024 * 1024
# A log that is rotated while it is being opened is opened once more. Rotations are minutes apart.
_TRIES: Final = 10
# Nobody waits for the other end of a FIFO.
_OPEN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
# How a database of SQLite begins: the journal lies in the log's own folder, and has the longer name to type.
_DATABASE: Final = b"SQLite format 3\0"

Identity = tuple[int, int]


@frozen(kw_only=True)
class Piece:
    """A line without its end, or, of one that is too long, a piece: the first ``begins`` it, the last ``ends`` it."""

    data: bytes
    begins: bool = True
    ends: bool = True


def opened(path: Path) -> list[BinaryIO]:
    """The log at ``path`` and what was rotated out of it, the oldest first, all of one moment; without those that are
    not there. Raises ``ConfigurationError`` where one cannot be read."""
    for _ in range(_TRIES):
        files: list[BinaryIO] = []
        names = (*_rotated(path), path)
        for name in names:
            file = _opened(name)
            if file is not None:
                files.append(file)
        if [identity(file) for file in files] == [found for name in names if (found := _on_disk(name)) is not None]:
            return files
        close(files)
    raise ConfigurationError(f"the log {path_text(path)} is rotated faster than it can be opened: try again")


def close(files: Sequence[BinaryIO]) -> None:
    """Let go of them."""
    for file in files:
        file.close()


def identity(file: BinaryIO) -> Identity:
    """Which file it is, whatever it is called by now."""
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino


def size(file: BinaryIO) -> int:
    """How long it is now."""
    return os.fstat(file.fileno()).st_size


def whole(file: BinaryIO) -> int:
    """Up to where its lines are whole: behind the last of their ends."""
    end = size(file)
    while end:  # ends: each turn is nearer to the beginning
        start = max(0, end - LINE_BYTES_MAX)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def pieces(file: BinaryIO, end: int) -> Iterator[Piece]:
    """The lines from the file's beginning to ``end``, where the last may stop in the middle."""
    file.seek(0)
    begins = True
    while data := file.readline(min(LINE_BYTES_MAX, end - file.tell())):  # ends: each turn takes some of the file
        ends = data.endswith(b"\n")
        yield Piece(data=data.removesuffix(b"\n"), begins=begins, ends=ends or file.tell() >= end)
        begins = ends


def _rotated(path: Path) -> list[Path]:
    """``interlock.log.4`` to ``.1``, as far as there are any, and further where somebody keeps more."""
    try:
        beside = [each for each in path.parent.iterdir() if each.stem == path.name and each.suffix[1:].isdecimal()]
    except OSError:
        return []  # then the log itself cannot be opened either, and that says why
    return sorted(beside, key=lambda each: -int(each.suffix[1:]))


def _opened(path: Path) -> BinaryIO | None:
    try:
        descriptor = os.open(path, _OPEN)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, (error.strerror or type(error).__name__).lower()) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise unreadable(path, "it is a folder, a pipe or a device, and a log is a file")
    if os.pread(descriptor, len(_DATABASE), 0) == _DATABASE:
        os.close(descriptor)
        raise ConfigurationError(
            f"{path_text(path)} is a journal, or another database, and no log: a journal's log is interlock.log beside "
            "it, and `interlock journal tail` tells what a journal holds"
        )
    return os.fdopen(descriptor, "rb")


def _on_disk(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def unreadable(path: Path, why: str) -> ConfigurationError:
    """There is something, and it is nothing to read."""
    return ConfigurationError(
        f"the log {path_text(path)} is not readable: {why}; run as the user of the run, or name another file"
    )


# mutable: it remembers how far it has read
@define
class Following:
    """Reads on in the log at ``path`` from the end of ``files``, one look after another.

    Rotated files are held open, so that none is taken for another, and none is missed: however often the log was
    rotated since the last look, what was not read yet is read first.
    """

    path: Path
    files: list[BinaryIO]
    tell: Callable[[Piece], None]
    say: Callable[[str], None]
    # How far the newest file has been read, and what of its last line has come so far.
    _at: int = 0
    _held: bytes = b""
    _is_within: bool = False
    _is_gone: bool = False

    def begin(self, at: int) -> None:
        """Read on in the newest file from there."""
        self._at = at

    def look(self) -> None:
        """Whatever has come. Raises ``ConfigurationError`` where the log cannot be read any more."""
        if self.files:
            self._read(self.files[-1])
        is_gone = _on_disk(self.path) is None
        if is_gone and not self._is_gone:
            self.say(f"{path_text(self.path)} is not there: waiting until one is begun")
        self._is_gone = is_gone
        there = [found for name in (*_rotated(self.path), self.path) if (found := _on_disk(name)) is not None]
        if there and (not self.files or there[-1] != identity(self.files[-1])):
            self._go_on()

    def finish(self) -> None:
        """It is over: what there is of a last line is told as it is."""
        self._end_line()

    def _go_on(self) -> None:
        """Into the files that were begun since."""
        if self.files:
            # Between the last read and the rotation more may have come.
            self._read(self.files[-1])
        known = [identity(file) for file in self.files]
        now = opened(self.path)
        found = [identity(file) for file in now]
        # Behind the one that was the newest, wherever that is by now; all of them, where it is nowhere.
        first = found.index(known[-1]) + 1 if known and known[-1] in found else 0
        for file in now[first:]:
            self._end_line()
            if identity(file) in known:
                # Somebody put an earlier one back: it was told before.
                self._at = size(file)
                continue
            self._at = 0
            self._read(file)
        close(self.files)
        self.files = now

    def _read(self, file: BinaryIO) -> None:
        if size(file) < self._at:
            self._end_line()
            self.say(f"{path_text(self.path)} was cut: it is read from its beginning")
            self._at = 0
        file.seek(self._at)
        while data := file.readline(LINE_BYTES_MAX - len(self._held)):  # ends: where the file does, for now
            self._at += len(data)
            self._held += data
            if data.endswith(b"\n") or len(self._held) >= LINE_BYTES_MAX:
                self._hand_over(ends=data.endswith(b"\n"))

    def _end_line(self) -> None:
        if self._held or self._is_within:
            self._hand_over(ends=True)

    def _hand_over(self, *, ends: bool) -> None:
        piece = Piece(data=self._held.removesuffix(b"\n"), begins=not self._is_within, ends=ends)
        self._held, self._is_within = b"", not ends
        self.tell(piece)
