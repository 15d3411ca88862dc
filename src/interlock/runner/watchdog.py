"""The watchdog: a process whose cycle hangs is ended, because nothing within it can end what hangs.

Trading that stands still with orders out is worse than none: a supervisor, or a person, starts again from the journal.
It sees what lets go of the interpreter. Code in C that never does keeps the watchdog from running as well: for that,
whoever supervises the process asks `interlock status`.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Final

from interlock.runner.exit_codes import ExitCode

# The stop of a run may wait for a command of the user's and for a disk: so long at least.
STOP_SECONDS_MIN: Final = 60.0
# It looks so often in the time that it allows, and once a second at the most.
LOOKS: Final = 10
LOOK_SECONDS_MAX: Final = 1.0
# Saying why may hang like all else: a full pipe, the same disk. The end comes after that, said or not.
TELL_SECONDS_MAX: Final = 2.0
PLACES_SAID: Final = 4

Moving = Callable[[], object]
Tell = Callable[[str], object]


class Watchdog:
    """Watches the thread that made it, from ``watch`` until ``close``.

    ``moving`` answers something that changes as long as all is well, or None while nothing is expected. Unchanged for
    ``seconds``: each of ``tell`` is told what hung and where, and ``leave`` ends the process with exit code 6.
    """

    def __init__(
        self,
        seconds: float,
        *,
        tell: Iterable[Tell],
        leave: Callable[[int], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tell = list(tell)
        self._seconds = seconds
        self._leave = leave
        self._monotonic = monotonic
        self._watched = threading.get_ident()
        self._closed = threading.Event()
        self._what, self._moving, self._allowed = "the cycle", _nothing_expected, seconds
        self._pause = min(seconds / LOOKS, LOOK_SECONDS_MAX)
        self._last: object = None
        self._stood = 0.0
        self._looked = monotonic()

    def watch(self, moving: Moving) -> None:
        """Watch the cycles from now on, on a thread of its own."""
        self._moving = moving
        threading.Thread(target=self._run, name="interlock watchdog", daemon=True).start()

    def stopping(self) -> None:
        """No more cycles: from here on the stop is watched, and has to end in time as a whole."""
        self._what, self._allowed = "the stop", max(self._seconds, STOP_SECONDS_MIN)
        self._moving = _stop_expected

    def close(self) -> None:
        """All has ended. May be called twice."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(self._pause):
            self.look()

    def look(self) -> None:
        """One look: has anything moved?"""
        now = self._monotonic()
        # A process that was stopped, or a machine that was suspended or starved, has not hung: what we slept through
        # ourselves counts as no more than two looks.
        passed, self._looked = min(now - self._looked, 2 * self._pause), now
        moved = self._moving()
        if moved is None or moved != self._last:
            self._last, self._stood = moved, 0.0
            return
        self._stood += passed
        if self._stood >= self._allowed:
            self._end()

    def _end(self) -> None:
        try:
            place = places(sys._current_frames().get(self._watched))
            self._say(f"{self._what} has not moved for {self._allowed:g} s, at {place}")
        finally:
            self._closed.set()
            self._leave(ExitCode.HUNG)

    def _say(self, why: str) -> None:
        threads = [threading.Thread(target=tell, args=(why,), daemon=True) for tell in self.tell]
        for thread in threads:
            thread.start()
        until = self._monotonic() + TELL_SECONDS_MAX
        for thread in threads:
            thread.join(max(0.0, until - self._monotonic()))


def places(frame: FrameType | None) -> str:
    """Where a thread stands, innermost place first: files, lines and functions, and no value of any."""
    found: list[str] = []
    while frame is not None and len(found) < PLACES_SAID:
        code = frame.f_code
        file = "/".join(code.co_filename.replace("\\", "/").rsplit("/", 2)[-2:])
        found.append(f"{file}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(found) or "a place that is not known"


def _nothing_expected() -> object:
    return None


def _stop_expected() -> object:
    return "stop"
