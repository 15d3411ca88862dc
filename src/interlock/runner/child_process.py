"""A command of the user's own as a child process that nobody has to wait for.

It gets a line or a few on stdin and very little else: no shell, no descriptor of ours, no terminal's signals, and of
the environment what a program needs to be found and to speak. Nothing that it writes is trusted; the first line of what
it complains of is kept, to be shown.
"""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from interlock.runner.config.problems import printable

ENVIRONMENT: Final = ("PATH", "HOME", "LANG")
COMPLAINT_CHARACTERS_MAX: Final = 200

# Enough for its first line, whatever the letters.
_KEPT_BYTES_MAX: Final = 4 * COMPLAINT_CHARACTERS_MAX
# One look takes so much of a flood and no more: a run has other things to do.
_READ_BYTES: Final = 65_536
_READS_MAX: Final = 16
# While we wait, what it writes is read so often: a full pipe would hold it up.
_SLICE_SECONDS: Final = 0.05


class Child(Protocol):
    """A command that was started: ``ChildProcess``, or whatever a test puts in its place."""

    def poll(self) -> int | None:
        """Its exit code, or a signal's number below zero; None while it runs. Never waits."""
        ...

    def wait(self, seconds: float) -> int | None:
        """The same, after ``seconds`` at the most."""
        ...

    def kill(self) -> None:
        """End it for good. May raise ``OSError``."""
        ...

    @property
    def complaint(self) -> str:
        """What it said went wrong, on one line."""
        ...


Start = Callable[[Sequence[str], bytes], Child]


class ChildProcess:
    """One call of the command. Making it starts it: ``OSError`` where it cannot be, ``ValueError`` for a word that
    the system's encoding does not have. ``kill`` may raise ``OSError`` too, where it is not ours any more."""

    def __init__(self, command: Sequence[str], lines: bytes) -> None:
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
            # Left to us like this, the system would keep no exit code, and a failure would pass for a success.
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._said = b""
        reads, writes = os.pipe()
        try:
            try:
                # Before there is a child: a pipe holds these lines, and nobody can be too slow or too dead to take
                # them. One that does not hold them says so, and holds nobody up.
                os.set_blocking(writes, False)
                if os.write(writes, lines) < len(lines):
                    raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
            finally:
                os.close(writes)
            self._child = subprocess.Popen(  # noqa: S603 - the user's own command, word by word, without a shell
                list(command),
                stdin=reads,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
                # A group of its own: Ctrl-C is meant for the run, and what the command has started ends with it.
                start_new_session=True,
            )
        finally:
            os.close(reads)
        assert self._child.stderr is not None
        self._stderr = self._child.stderr
        os.set_blocking(self._stderr.fileno(), False)

    def poll(self) -> int | None:
        """Its exit code, or the number of the signal that ended it below zero; None while it runs. Never waits."""
        code = self._child.poll()
        self._take_what_it_says()
        if code is not None:
            # A grandchild may hold the other end for ever: nobody waits for it.
            self._stderr.close()
        return code

    def wait(self, seconds: float) -> int | None:
        """The same, after ``seconds`` at the most."""
        deadline = time.monotonic() + seconds
        code = self.poll()
        while code is None and (left := deadline - time.monotonic()) > 0:
            try:
                self._child.wait(min(left, _SLICE_SECONDS))
            except subprocess.TimeoutExpired:
                code = self.poll()
            else:
                code = self.poll()
        return code

    def kill(self) -> None:
        """End it, and all that it has started in its group, with a signal that nobody can ignore. Does not wait."""
        if self._child.returncode is None:
            # Not reaped yet, so its number is still its own.
            os.killpg(self._child.pid, signal.SIGKILL)

    @property
    def complaint(self) -> str:
        """The first line of its stderr, bounded and printable; empty where it said nothing."""
        return printable(self._said.decode(errors="replace").strip().partition("\n")[0], COMPLAINT_CHARACTERS_MAX)

    def _take_what_it_says(self) -> None:
        """Read what there is, up to a bound, and keep the beginning."""
        for _ in range(_READS_MAX):
            if self._stderr.closed:
                return
            chunk = self._stderr.read(_READ_BYTES)
            if not chunk:  # None: nothing for now; empty: the end
                return
            self._said = (self._said + chunk[:_KEPT_BYTES_MAX])[:_KEPT_BYTES_MAX]


def because(error: OSError | ValueError) -> str:
    """Why it could not be started or killed, in the system's words."""
    words: str | None = getattr(error, "strerror", None)
    return words.lower() if words else type(error).__name__


def how_it_failed(code: int) -> str:
    """How it ended, where it did not end well: ``code`` is as ``poll`` answers it."""
    return f"it ended with exit code {code}" if code > 0 else f"it was ended by {_signal(-code)}"


def quoted(complaint: str) -> str:
    """What it complained of, to stand behind what became of it."""
    return f' ("{complaint}")' if complaint else ""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
