"""Watching a journal being read at the start of a run: it takes seconds to minutes, and nothing else happens."""

from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from attrs import define

from interlock.core.ports import Clock
from interlock.runner.amounts import counted
from interlock.runner.stop import StopRequest

if TYPE_CHECKING:
    # A check reads journals too, and does not wait for the console's library where there is none.
    from interlock.runner.narrator import Narrator

# Looking costs more than a record does, and so many take a few hundredths of a second: a stop seems immediate.
RECORDS_PER_LOOK: Final = 500
TOLD_EVERY_SECONDS: Final = 5.0
# So many take seconds: that is said before the first one, for silence looks like a hang.
RECORDS_TOLD: Final = 50_000


class StoppedWhileReading(Exception):
    """A stop was asked for. The journal is as it was, and what was made of it so far is to be forgotten."""


# mutable: it counts
@define
class Reading:
    """Tells how far the reading of ``records`` records has come, and ends it where a stop was asked for.

    Entered it begins to tell; what it then gives is called with how many were read.
    """

    narrator: "Narrator"
    clock: Clock
    stop: StopRequest
    records: int
    _read: int = 0
    _told_at: float = 0.0

    def __enter__(self) -> Self:
        self._told_at = self.clock.monotonic()
        self.narrator.start_progress(self._share, "journal")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.narrator.close()

    def __call__(self, read: int) -> None:
        """``read`` records have been read. Raises ``StoppedWhileReading``."""
        if read % RECORDS_PER_LOOK:
            return
        # Behind a snapshot few are left to read, however many there are.
        if not self._read and self.records - read >= RECORDS_TOLD:
            self.narrator.say(
                f"reading the earlier journal first, {counted(self.records - read, 'record')}, for the state is what "
                "they add up to: this takes a while; Ctrl-C stops it and leaves the journal as it is",
                "quiet",
            )
        self._read = read
        if self.stop.requested:
            raise StoppedWhileReading
        self.narrator.update_progress(self._share())
        now = self.clock.monotonic()
        if now - self._told_at >= TOLD_EVERY_SECONDS:
            self._told_at = now
            self.narrator.say(f"reading the journal: {read:,} of {counted(self.records, 'record')}", "quiet")

    def _share(self) -> float:
        return self._read / max(self.records, 1)
