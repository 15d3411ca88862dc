"""How a run is asked to stop: politely once, firmly a moment later."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

from interlock.core.ports import Clock
from interlock.runner.exit_codes import ExitCode

# The last comes when a terminal is closed or a connection is lost.
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A key held down, or a supervisor that sends both signals, means one stop. A signal this long after the first is a
# person who has seen that it takes too long.
SECOND_SIGNAL_AFTER_SECONDS: Final = 0.5
STOPPING: Final = (
    "interlock: {name}: stopping after this cycle; the same again, "
    f"{SECOND_SIGNAL_AFTER_SECONDS} s from now or later, stops at once"
)
FORCED: Final = "interlock: {name}: forced to stop at once; what was committed to the journal is whole"


def tell_stderr(text: str) -> bool:
    """One line on stderr, past every buffer and lock, so that a signal handler may say it. Whether it could."""
    try:
        os.write(2, f"{text}\n".encode())
    except OSError:
        return False  # nobody listens there any more, and an exception in a handler would hit whatever was running
    return True


def leave_at_once() -> None:
    """End the process here and now. Safe: the journal commits whole groups, so it holds one or does not."""
    os._exit(ExitCode.HALTED)


def check_no_interrupt(error: BaseException) -> None:
    """Raises a person's Ctrl-C on. While a run listens, none rises as an exception: what does is a plugin's."""
    if isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        raise error


class StopRequest:
    """Whether, and by what, a stop was asked for. Any number of signals is harmless."""

    def __init__(
        self, clock: Clock, *, tell: Callable[[str], object] = tell_stderr, leave: Callable[[], None] = leave_at_once
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._leave = leave
        self._first_at: float | None = None
        self.asked_by: str | None = None

    @property
    def requested(self) -> bool:
        """Whether the run shall end after the cycle it is in."""
        return self._first_at is not None

    def ask(self, name: str) -> None:
        """Ask for a stop. The first ends every wait; one that comes half a second later ends the process."""
        now = self._clock.monotonic()
        if self._first_at is None:
            self._first_at, self.asked_by = now, name
            self._clock.wake()
            self._tell(STOPPING.format(name=name))
        elif now - self._first_at >= SECOND_SIGNAL_AFTER_SECONDS:
            self._tell(FORCED.format(name=name))
            self._leave()

    def listen(self) -> None:
        """Turn these signals into ``ask`` from now on. Nothing is put back here: until the process has ended,
        or whoever runs us in theirs puts back what was there, a late signal must not kill us over our last words."""
        for number in SIGNALS:
            # Whoever starts us with nohup wants us to outlive the terminal.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self.ask(signal.Signals(number).name)
