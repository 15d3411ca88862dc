"""The machine's own clock, with a sleep that a signal handler can end."""

import math
import os
import select
import time
import weakref
from datetime import UTC, datetime
from typing import Final

from typing_extensions import override

from interlock.core.ports.clock import Clock

# poll() counts milliseconds in a C int: a longer wait is made of several.
_POLL_SECONDS_MAX: Final = 3600.0


class SystemClock(Clock):
    """Wall time and the machine's monotonic clock, both in seconds.

    The monotonic clock does not count time that the machine spent suspended. Nothing here sets a floor under a
    wait: the loop has one.
    """

    # Why a pipe and not threading.Event: a Python signal handler runs on the main thread, between two bytecodes of
    # whatever that thread is doing. If that is Event.wait(), which holds the event's lock for a moment on its way in
    # and out, set() in the handler waits for a lock that its own thread holds: for ever. Writing a byte into a
    # non-blocking pipe takes no lock, and the byte stays readable however early or late the wait begins. It is never
    # read, so every later sleep ends at once as well.

    def __init__(self) -> None:
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        self._release = weakref.finalize(self, _close, self._read_end, self._write_end)

    @override
    def now(self) -> datetime:
        """The machine's wall time, aware UTC. It steps when the machine is set."""
        return datetime.now(UTC)

    @override
    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never decreases."""
        return time.monotonic()

    @override
    def sleep_until(self, deadline: float) -> bool:
        """Wait until ``monotonic()`` reaches ``deadline``; False as soon as ``wake`` was called, before or during.

        Raises ``ValueError`` for a deadline that is not a number: it would be a wait of no length at all.
        """
        if math.isnan(deadline):
            raise ValueError("the deadline of a sleep must be a number of seconds, found nan")
        if not self._release.alive:
            return False
        waiting = select.poll()
        waiting.register(self._read_end, select.POLLIN)
        # ends: when the deadline has come, or when the pipe becomes readable
        while True:
            left = deadline - time.monotonic()
            if waiting.poll(1000 * min(max(left, 0.0), _POLL_SECONDS_MAX)):
                return False
            if left <= 0:
                return True

    @override
    def wake(self) -> None:
        """End the current sleep and every later one. Takes no lock: safe in a signal handler and in any thread."""
        if self._release.alive:
            try:
                os.write(self._write_end, b"\0")
            except BlockingIOError:
                return  # the pipe is full of earlier wakes: awake already

    def close(self) -> None:
        """Give the pipe back; every later sleep returns False at once. May be called twice; happens by itself too."""
        self._release()


def _close(read_end: int, write_end: int) -> None:
    os.close(read_end)
    os.close(write_end)
