"""What a late call costs a venue: it is asked nothing while that is out, and not trusted until it has reconciled."""

from collections.abc import Callable
from typing import Any, TypeVar

from interlock.adapters.worker import Worker
from interlock.core.faults import AdapterLate

_T = TypeVar("_T")


def ignored(_: object) -> None:
    """What to make of a late answer to a question that is asked again."""


class Quarantine:
    """Stands between a venue's adapter and its worker. ``is_confirmed`` is whether nothing was late since the venue
    reconciled: the caller says when it has. ``raised`` is what late calls raised; whoever tells that takes it away."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.is_confirmed = True
        self.raised: list[Exception] = []
        # The lateness that no fault tells of yet.
        self._untold: AdapterLate | None = None
        self._make_of_it: Callable[[Any], object] = ignored

    def ask(
        self, name: str, what: Callable[[], _T], late: Callable[[Any], object] = ignored, *, halts: bool = False
    ) -> _T:
        """What the adapter answers or raises; ``AdapterLate`` where it does neither in time, or is not asked at all.

        ``late`` is what to make of an answer that comes after its time. ``halts`` says that whoever asked makes a
        fault of ``AdapterLate``: then nobody else has to.
        """
        if not self.settle():
            raise self._worker.late
        self._make_of_it = late
        try:
            return self._worker.ask(name, what)
        except AdapterLate as error:
            self.is_confirmed, self._untold = False, None if halts else error
            raise

    def settle(self) -> bool:
        """Take what the late call came to, once it has returned. Whether the adapter can be asked now."""
        if not self._worker.is_free:
            return False
        late = self._worker.back()
        if late is not None:
            try:
                self._make_of_it(late.outcome())
            except Exception as error:  # noqa: BLE001 - kept, to be told
                self.raised.append(error)
        return True

    def can_be_asked(self) -> bool:
        """The same for a call that every cycle makes: raises the lateness that no fault tells of yet.

        Once: more of the same would halt what is halted, fill the journal, and end a run that could watch on.
        """
        free = self.settle()
        if self._untold is not None:
            untold, self._untold = self._untold, None
            raise AdapterLate(str(untold))
        return free

    def end(self, what: Callable[[], object]) -> None:
        """Make the last call; bounded, and never an error where it is late. Nobody asks what came late any more."""
        self._make_of_it = ignored
        self._worker.end(what)
