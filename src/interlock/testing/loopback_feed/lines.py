"""Lines as they arrive, each of bounded length: what is longer is told once, and the rest of it is passed over."""

from typing import Final

# A row has some two hundred.
LINE_BYTES_MAX: Final = 4_096


class BoundedLines:
    """Holds one line at most, and what arrived behind it."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._is_skipping = False

    def add(self, data: bytes) -> None:
        """What was read. Take every line out before more is added."""
        self._bytes += data

    def next(self) -> bytes | None:
        """The next line without its end, the first ``LINE_BYTES_MAX`` bytes of one that is longer; None while none is
        whole."""
        while True:  # ends: with a line, or when there is no end of one; every other turn takes bytes away
            end = self._bytes.find(b"\n")
            if self._is_skipping:
                if end < 0:
                    self._bytes.clear()
                    return None
                del self._bytes[: end + 1]
                self._is_skipping = False
            elif end > LINE_BYTES_MAX or (end < 0 and len(self._bytes) > LINE_BYTES_MAX):
                line = bytes(self._bytes[:LINE_BYTES_MAX])
                self._is_skipping = True
                return line
            elif end < 0:
                return None
            else:
                line = bytes(self._bytes[:end])
                del self._bytes[: end + 1]
                return line

    @property
    def rest(self) -> bytes:
        """What arrived of a line whose end did not."""
        return b"" if self._is_skipping else bytes(self._bytes)
