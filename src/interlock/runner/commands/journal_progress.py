"""How far the reading of a journal has come: a bar on a terminal, and nothing anywhere else."""

from types import TracebackType
from typing import Final, Self

from interlock.runner.amounts import counted
from interlock.runner.reading import RECORDS_TOLD

RECORDS_PER_LOOK: Final = 500


class Progress:
    """Called with how many records were read, of ``records``. On stderr, so that stdout holds what was asked for."""

    def __init__(self, records: int, what: str) -> None:
        from interlock.runner.narrator import Narrator, PeopleConsole

        self._records = records
        self._read = 0
        self._what = what
        self._narrator = Narrator(PeopleConsole(stderr=True), verbose=False)

    def __enter__(self) -> Self:
        if self._records >= RECORDS_TOLD:
            self._narrator.say(f"{self._what}: {counted(self._records, 'record')}, this takes a while", "quiet")
        self._narrator.start_progress(self._share, self._what)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._narrator.close()

    def __call__(self, read: int) -> None:
        """``read`` records have been read."""
        if read - self._read >= RECORDS_PER_LOOK:
            self._read = read
            self._narrator.update_progress(self._share())

    def share(self, done: int, of: int) -> None:
        """``done`` of ``of`` pages or records are done, where there is more than one kind of thing to do."""
        self._read, self._records = done, of
        self._narrator.update_progress(self._share())

    def _share(self) -> float:
        return self._read / max(self._records, 1)
