"""What every journal promises of the snapshots in it. The contract of journals holds it, and the rest."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve as changed

from interlock.core.evolve import evolve
from interlock.core.faults import JournalUnavailable
from interlock.core.observations import RunStarted, RunStopped, StopReason
from interlock.core.ports.journal import Journal, Snapshot
from interlock.core.records import Record, TradingStateChanged
from interlock.core.state import State, initial_state
from interlock.core.trading_state import TradingState
from interlock.testing.builders import A_MINUTE, A_TIME, bars
from interlock.testing.rehearsal import opened

_STARTED: Final = RunStarted(
    run_id="r1", started_at=A_TIME, build="b", config_digest="d", configuration="{}", feed="memory"
)
_BARS: Final = bars(7, first=A_TIME + A_MINUTE)


def _bar(place: int, *states: TradingState) -> Record:
    events = tuple(TradingStateChanged(state=state, code=f"TEST.{place}") for state in states)
    return Record(ts_init=_BARS[place].ts_event, observation=_BARS[place], events=events)


# Two runs, and a restriction that grew: all that a start may ask for beyond the state.
HISTORY: Final = (
    Record(A_TIME, opened()),
    Record(A_TIME, _STARTED),
    _bar(0),
    _bar(1, TradingState.REDUCING),
    _bar(2, TradingState.REDUCING),
    Record(A_TIME, RunStopped(run_id="r1", stopped_at=A_TIME, reason=StopReason.SIGNAL)),
    Record(A_TIME, changed(_STARTED, run_id="r2")),
    _bar(3),
    _bar(4, TradingState.REDUCING, TradingState.HALTED),
    _bar(5, TradingState.HALTED),
    Record(A_TIME, RunStopped(run_id="r2", stopped_at=A_TIME, reason=StopReason.SIGNAL)),
)
# For each length of it, which records those are.
LANDMARKS: Final = ((), (1,), (1,), (1, 3), (1, 3), (1, 3, 5), (3, 5, 6), (3, 5, 6), (5, 6, 8), (5, 6, 8), (6, 8, 10))


def empty(*, lookback: int = 3, sums: tuple[int, ...] = (2,), orders_remembered: int = 2) -> State:
    """A state before the first record."""
    return initial_state(lookback=lookback, sums=sums, orders_remembered=orders_remembered)


def folded(records: Sequence[Record], state: State | None = None) -> State:
    """What ``records`` make of ``state``."""
    state = state if state is not None else empty()
    for record in records:
        evolve(state, record)
    return state


def _found(journal: Journal, like: State | None = None) -> Snapshot:
    found = journal.latest_snapshot(like if like is not None else empty())
    assert found is not None
    return found


class SnapshotContract(ABC):
    """The part of the contract of journals that is about snapshots."""

    @abstractmethod
    def make(self, folder: Path) -> Journal:
        """The journal kept in ``folder``."""

    keeps = True

    def test_without_a_record_there_is_no_snapshot(self, folders: Callable[[], Path]) -> None:
        """There is nothing that it could follow."""
        journal = self.make(folders())
        journal.snapshot(empty())
        assert journal.latest_snapshot(empty()) is None
        journal.append(HISTORY)
        assert journal.latest_snapshot(empty()) is None
        journal.close()

    def test_a_snapshot_and_what_follows_it_make_the_same_state(self, folders: Callable[[], Path]) -> None:
        """Wherever it was taken, to the last digit, and with what a start asks for beyond it."""
        whole = folded(HISTORY)
        for length in range(1, len(HISTORY) + 1):
            journal = self.make(folders())
            journal.append(HISTORY[:length], durable=False)
            journal.snapshot(folded(HISTORY[:length]))
            journal.append(HISTORY[length:])
            found = _found(journal)
            assert found.seq == length - 1
            assert repr(found.state) == repr(folded(HISTORY[:length]))
            assert repr(folded(HISTORY[length:], found.state)) == repr(whole)
            assert found.landmarks == tuple(HISTORY[seq] for seq in LANDMARKS[length - 1])
            journal.close()

    def test_a_snapshot_stays_as_it_was(self, folders: Callable[[], Path]) -> None:
        """The fold goes on with the state that was handed over, and with the one that was read."""
        journal = self.make(folders())
        journal.append(HISTORY[:4])
        state = folded(HISTORY[:4])
        journal.snapshot(state)
        folded(HISTORY[4:], state)
        folded(HISTORY[4:], _found(journal).state)
        assert repr(_found(journal).state) == repr(folded(HISTORY[:4]))
        journal.close()

    def test_the_newest_snapshot_counts(self, folders: Callable[[], Path]) -> None:
        """With the landmarks since the one before; and again where it was taken a second time."""
        journal = self.make(folders())
        for length in (3, 5, 6, 9, 10):
            head = journal.head()
            journal.append(HISTORY[head.seq + 1 if head is not None else 0 : length])
            for _ in range(2):
                journal.snapshot(folded(HISTORY[:length]))
                found = _found(journal)
                assert found.seq == length - 1
                assert found.landmarks == tuple(HISTORY[seq] for seq in LANDMARKS[length - 1])
        journal.close()

    @pytest.mark.parametrize("measure", [{"lookback": 4}, {"lookback": 2}, {"sums": (3,)}, {"orders_remembered": 1}])
    def test_a_snapshot_of_another_measure_is_passed_over(
        self, folders: Callable[[], Path], measure: dict[str, int]
    ) -> None:
        """It holds too much or too little for this strategy and these rules; an older one that fits does not."""
        journal = self.make(folders())
        journal.append(HISTORY[:3])
        journal.snapshot(folded(HISTORY[:3]))
        other = empty(**measure)  # type: ignore[arg-type]
        assert journal.latest_snapshot(other) is None
        journal.append(HISTORY[3:])
        journal.snapshot(folded(HISTORY, empty(**measure)))  # type: ignore[arg-type]
        assert _found(journal).seq == 2
        assert _found(journal, other).seq == len(HISTORY) - 1
        journal.close()

    def test_no_snapshot_after_the_end(self, folders: Callable[[], Path]) -> None:
        """A journal that was let go keeps nothing more."""
        journal = self.make(folders())
        journal.append(HISTORY)
        journal.close()
        with pytest.raises(JournalUnavailable):
            journal.snapshot(folded(HISTORY))

    def test_a_snapshot_is_there_after_the_next_opening(self, folders: Callable[[], Path]) -> None:
        """Like the records."""
        if not self.keeps:
            pytest.skip("it forgets everything when it is closed")
        folder = folders()
        journal = self.make(folder)
        journal.append(HISTORY)
        journal.snapshot(folded(HISTORY))
        journal.close()
        again = self.make(folder)
        assert repr(_found(again).state) == repr(folded(HISTORY))
        assert again.notes == ()
        again.close()
