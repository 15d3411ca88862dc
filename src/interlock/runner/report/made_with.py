"""What each record of a journal was made with, as a walk through it comes to the record."""

from collections.abc import Mapping

from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.cycle import state_for
from interlock.core.observations import JournalOpened, RunStarted
from interlock.core.state import State, initial_state
from interlock.runner.asking.governing import governing
from interlock.runner.asking.recordings import Recordings
from interlock.runner.asking.stood import folded, take_in, wide_enough
from interlock.runner.commands.journal_recorded import NotHere, Recorded


# mutable: the walk goes on
class MadeWith:
    """``parts`` is what the record was made with that was reached last, or why that cannot be had here."""

    def __init__(
        self, rows: SearchedJournal, opened: JournalOpened, first: int, runs: Mapping[int, RunStarted]
    ) -> None:
        """Begin with record ``first``. ``runs`` are by the records in which they began."""
        recordings = Recordings()
        self._begin = {seq: recordings.of(started) for seq, started in runs.items() if seq > first}
        self.parts = _at(rows, opened, first, recordings)

    @property
    def wide_enough(self) -> State | None:
        """An empty state that keeps what is looked back over by whichever run made a record from there on; None where
        none of them can be had."""
        found = [each.reasoning for each in (self.parts, *self._begin.values()) if isinstance(each, Recorded)]
        return wide_enough(state_for(each.strategy, each.policy) for each in found) if found else None

    def reach(self, seq: int) -> None:
        """The walk comes to record ``seq``."""
        self.parts = self._begin.get(seq, self.parts)


def _at(rows: SearchedJournal, opened: JournalOpened, seq: int, recordings: Recordings) -> Recorded | NotHere:
    try:
        return recordings.of(governing(rows, opened, seq))
    except NotHere as why:
        return why


# mutable: it goes on with the records, where it is needed at all
class Whole:
    """A state that forgets nothing. Rarely something looks back further than any run did: then every record is read,
    once for all who ask, for they ask in order."""

    def __init__(self, rows: SearchedJournal, last_seq: int) -> None:
        self._rows = rows
        self._last_seq = last_seq
        self._seq = 0
        self._state: State | None = None

    def before(self, seq: int, like: State) -> State:
        """As it was right before record ``seq``, keeping at least what ``like`` does. It is only to be read, and goes
        on with the next that is asked for."""
        state = self._state
        if state is None or not _keeps(state, like):
            known = (like,) if state is None else (like, state)
            everything = initial_state(
                lookback=1, orders_remembered=self._last_seq + 1, executions_remembered=self._last_seq + 1
            )
            state = folded(self._rows, seq - 1, wide_enough((*known, everything))).state
        elif seq > self._seq:
            for row in self._rows.checked(seq - 1, self._seq):
                take_in(state, row)
        self._state, self._seq = state, seq
        return state


def _keeps(state: State, like: State) -> bool:
    """Whether ``state``, which forgets no order and no execution, looks back as far as ``like`` for all else."""
    lengths = {rolling.length for rolling in state.sums}
    return state.lookback >= like.lookback and lengths >= {rolling.length for rolling in like.sums}
