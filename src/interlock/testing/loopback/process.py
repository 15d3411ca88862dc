"""The loopback venue as a process that a test starts, kills, starts again, and looks into."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from interlock.core.faults import AdapterUnavailable
from interlock.testing.loopback.adapter import LoopbackVenue
from interlock.testing.loopback.commands import Commands
from interlock.testing.loopback.fields import count, read
from interlock.testing.loopback.log import Received, received
from interlock.testing.loopback.options import LoopbackOptions
from interlock.testing.loopback.protocol import decode

# It ends with whoever began it; this is for whoever leaves the other end of the pipe to somebody else.
SECONDS: Final = 1_800
ENDS_SECONDS: Final = 10


class VenueProcess:
    """A venue over ``folder``. Use it in a ``with``: it does not outlive the block.

    With ``cancels_on_disconnect`` it cancels every working order once nobody who trades is connected any more.
    """

    def __init__(self, folder: Path, *, cancels_on_disconnect: bool = False) -> None:
        self.folder = folder
        self._more = ["--cancel-on-disconnect"] if cancels_on_disconnect else []
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Begin, or begin again on the same port over the same disk. Raises ``AdapterUnavailable`` if it cannot."""
        self.kill()
        module = [sys.executable, "-m", "interlock.testing.loopback.venue"]
        chosen = ["--folder", str(self.folder), "--port", str(self.port), "--seconds", str(SECONDS), "--until-eof"]
        process = subprocess.Popen([*module, *chosen, *self._more], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        self._process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            self.kill()
            raise AdapterUnavailable(f"the venue of {self.folder} did not start: see what it said")
        self.port = read({"port": count}, decode(line))["port"]

    def kill(self) -> None:
        """As ``kill -9`` does: nothing is said, nothing is finished."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=ENDS_SECONDS)
            self._process = None

    def commands(self) -> Commands:
        """A connection for commands. Close it."""
        return Commands(self.port)

    def adapter(self, **options: object) -> LoopbackVenue:
        """A new adapter to this venue, with the ``LoopbackOptions`` that are named."""
        chosen: dict[str, object] = {"port": self.port, **options}
        made: type = LoopbackOptions
        return LoopbackVenue(made(**chosen))

    @property
    def received(self) -> tuple[Received, ...]:
        """Every submit and cancel that reached it, from its own disk; it need not be running."""
        return received(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
