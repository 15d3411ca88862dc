"""The second net: stdout and stderr of the process, through which no secret that is alive gets out.

The first is around the adapters. This one is for what comes past it: what a library prints, warns or logs, the last
words of a thread, an error that names what it was called with. What a library written in C puts there itself comes
past this one, too.
"""

import sys
from collections.abc import Iterable
from typing import Any, Final, TextIO, cast

from interlock.masking import masked

_NAMES: Final = ("stdout", "stderr")


class MaskedStream:
    """A text stream as ``stream`` is, for whoever writes one; what is written at once is masked as a whole."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Raises whatever the stream raises."""
        # Bytes are tried by whoever wants to know what kind of stream this is; the stream itself says no to them.
        given: object = text
        return self._stream.write(masked(text) if isinstance(given, str) else text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Likewise."""
        for line in lines:
            self.write(line)


def mask_streams() -> None:
    """For a process that is ours from start to end: everything that is written goes through the mask from now on."""
    given: Any = sys
    for name in _NAMES:
        setattr(given, name, cast(TextIO, MaskedStream(getattr(sys, name))))
