"""Bytes to lines, with a cap on the length of each, so that memory stays constant whatever the file holds."""

from collections import deque
from typing import Final

from attrs import frozen

from interlock.adapters.market_data.csv_source import GZIP_MAGIC, GzipDamaged, SourceFile, Unpacked

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
LINE_BYTES_MAX: Final = 4096
# One call passes over at most this much of an over-long line: a gzip bomb is refused a piece at a time, the
# share of refused rows grows, and the run halts by it instead of hanging.
SKIPPED_BYTES_MAX: Final = 1024 * 1024


@frozen(kw_only=True)
class BadLine:
    """Something in the file that is no line: its beginning, and the rule that it breaks."""

    value: bytes
    rule: str


class LineReader:
    """The lines of a source, plain or gzip, from its beginning.

    ``number`` counts the lines of the text from 1 and is that of the line handed over last.
    """

    def __init__(self, source: SourceFile) -> None:
        source.rewind()
        first = source.read()
        self._source = source
        self.is_packed = first.startswith(GZIP_MAGIC)
        source.rewind()
        self._bytes: SourceFile | Unpacked = Unpacked(source) if self.is_packed else source
        self._lines: deque[bytes] = deque()
        self._tail = b""
        self._ended = False
        self._inside = False  # of an over-long line whose beginning was handed over
        self._skipped = 0
        self._chunk = (0, 0, 1)  # where the chunk begins and ends in the file, and how many lines it gave
        self.number = 0

    def next_line(self) -> bytes | BadLine | None:
        """The next line without its end; None behind the last."""
        while True:  # ends: each turn takes a line or a chunk, and the source ends
            if self._lines:
                return self._handed_over(self._lines.popleft())
            if self._ended:
                return self._last()
            refused = self._fill()
            if refused is not None:
                return refused

    @property
    def progress(self) -> float:
        """The share of the file on disk that was handed over as lines, 0 to 1."""
        begin, end, lines = self._chunk
        read = end - (end - begin) * len(self._lines) / lines
        return 1.0 if self._ended and not self._lines else min(1.0, read / self._source.size)

    def _handed_over(self, line: bytes) -> bytes | BadLine:
        self.number += 1
        if len(line) > LINE_BYTES_MAX:
            return _too_long(line)
        if self.number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        return line[:-1] if line.endswith(b"\r") else line

    def _last(self) -> bytes | BadLine | None:
        """What stands behind the last line end, if anything does."""
        tail, self._tail = self._tail, b""
        return self._handed_over(tail) if tail else None

    def _fill(self) -> BadLine | None:
        """Take in one more chunk."""
        begin = self._source.offset
        try:
            chunk = self._bytes.read()
        except GzipDamaged as damage:
            # What was unpacked of the last line may lack its end: a cut number would still be a number.
            value, self._tail, self._ended = self._tail, b"", True
            self.number += 1
            return BadLine(value=value, rule=str(damage))
        if not chunk:
            self._ended = True
            return None
        if self._inside:
            return self._skip(chunk)
        parts = (self._tail + chunk).split(b"\n")
        self._tail = parts.pop()
        self._lines.extend(parts)
        self._chunk = (begin, self._source.offset, max(1, len(parts)))
        if len(self._tail) > LINE_BYTES_MAX and not parts:
            self.number += 1
            value, self._tail, self._inside, self._skipped = self._tail, b"", True, 0
            return _too_long(value)
        return None

    def _skip(self, chunk: bytes) -> BadLine | None:
        """Pass over the rest of an over-long line."""
        rest, end, self._tail = chunk.partition(b"\n")
        self._skipped += len(rest)
        if end:
            self._inside = False
            # What follows may hold whole lines: let them be split like any other chunk.
            parts = self._tail.split(b"\n")
            self._tail = parts.pop()
            self._lines.extend(parts)
        elif self._skipped >= SKIPPED_BYTES_MAX:
            self._skipped = 0
            return BadLine(value=rest, rule="still the same line, a mebibyte further on: this is no text")
        return None


def _too_long(line: bytes) -> BadLine:
    return BadLine(value=line, rule=f"a line must have at most {LINE_BYTES_MAX} bytes")
