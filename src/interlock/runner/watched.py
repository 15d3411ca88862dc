"""The watchdog of a run: what it looks at, whom it tells, and how it ends the process."""

import logging
import os
from collections.abc import Callable
from datetime import datetime
from typing import Final

from typing_extensions import override

from interlock.core.ports import Clock, Journal
from interlock.runner.config.load import Loaded
from interlock.runner.exit_codes import ExitCode
from interlock.runner.logs import EventLog
from interlock.runner.loop import Loop
from interlock.runner.stop import tell_stderr
from interlock.runner.watchdog import Watchdog

# Explained in ``log_events``.
HUNG: Final = "Hung"


def watchdog_for(loaded: Loaded, journal: Journal, run_id: str) -> Watchdog:
    """One that says on stderr what hung, leaves word of it for the next start, and ends the process."""
    return Watchdog(
        float(loaded.config.loop.watchdog_seconds),
        tell=(_on_stderr, lambda why: journal.leave_words(run_id, f"HUNG: {why}")),
        leave=os._exit,
    )


def told_in(log: EventLog, watchdog: Watchdog) -> None:
    """From here on the log is told, too."""
    watchdog.tell.append(lambda why: log.write(logging.CRITICAL, HUNG, {"why": why}))


def watch(watchdog: Watchdog, loop: Loop, answers: Callable[[], int]) -> None:
    """Watch the cycles of ``loop``: one that ends is something that moves, and so is each of the ``answers`` that
    adapters have given, since every single one has a deadline of its own. While it sleeps nothing is expected."""
    loop.clock = clock = RestSeen(loop.clock)
    watchdog.watch(lambda: None if clock.is_resting else (loop.cycles, answers()))


class RestSeen(Clock):
    """``clock``, of which it can be seen whether somebody sleeps by it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.is_resting = False

    @override
    def now(self) -> datetime:
        return self._clock.now()

    @override
    def monotonic(self) -> float:
        return self._clock.monotonic()

    @override
    def sleep_until(self, deadline: float) -> bool:
        self.is_resting = True
        try:
            return self._clock.sleep_until(deadline)
        finally:
            self.is_resting = False

    @override
    def wake(self) -> None:
        self._clock.wake()


def _on_stderr(why: str) -> None:
    tell_stderr(
        f"interlock: {why}: the watchdog ends the process (exit {int(ExitCode.HUNG)}); what was committed to the "
        "journal is whole"
    )
