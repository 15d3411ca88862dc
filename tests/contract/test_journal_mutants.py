"""The contract of journals can fail: for each promise there is a journal that breaks it and is caught."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.faults import JournalUnavailable
from interlock.core.ports.journal import Head, Journal, Snapshot
from interlock.core.records import Record
from interlock.core.state import State
from interlock.testing.contracts import journal as contract
from interlock.testing.contracts.journal import JournalContract

Folders = Callable[[], Path]


class BeginsWithSomething(MemoryJournal):
    @override
    def head(self) -> Head | None:
        return super().head() or Head(seq=-1, hash="")


class CountsBatches(MemoryJournal):
    batches = 0

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        super().append(records, durable=durable)
        self.batches += 1

    @override
    def head(self) -> Head | None:
        found = super().head()
        return Head(seq=found.seq if found else -1, hash=f"{self.batches}")


class HashesTheLastOnly(MemoryJournal):
    @override
    def head(self) -> Head | None:
        found = super().head()
        return found and Head(seq=found.seq, hash=f"{self._records[-1]}")


class KeepsPermissions(MemoryJournal):
    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        return iter(self._records[from_seq:])


class ForgetsWhy(MemoryJournal):
    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        return (replace(record, decision=None) for record in super().read(from_seq))


class GoesOnAfterTheEnd(MemoryJournal):
    @override
    def close(self) -> None:
        """Nothing."""


class LosesWhatMayWait(MemoryJournal):
    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        super().append(records if durable else records[:1], durable=durable)


class ReadsOneTooMany(MemoryJournal):
    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        return super().read(max(0, from_seq - 1))


class ReadsWhatComesLater(MemoryJournal):
    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        yield from super().read(from_seq)  # a generator looks when it is first asked


class _Snapshots(MemoryJournal):
    """Keeps snapshots the way that a mutant says."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[int, State]] = []

    @override
    def snapshot(self, state: State) -> None:
        super().snapshot(state)
        self.kept.append((len(self._records) - 1, state))


class KeepsNoSnapshot(MemoryJournal):
    @override
    def snapshot(self, state: State) -> None:
        """Nothing."""


class KeepsSnapshotsOfNothing(_Snapshots):
    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        return super().latest_snapshot(like) or (Snapshot(seq=0, state=like) if self.kept else None)


class KeepsTheVeryState(_Snapshots):
    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        seq, state = self.kept[-1]
        return Snapshot(seq=seq, state=state)


class AnswersTheFirst(_Snapshots):
    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        self._snapshots = self._snapshots[:1]
        return super().latest_snapshot(like)


class IgnoresTheMeasure(_Snapshots):
    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        seq, state = self.kept[-1]
        return Snapshot(seq=seq, state=deepcopy(state))


class ForgetsTheLandmarks(MemoryJournal):
    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        found = super().latest_snapshot(like)
        return found and replace(found, landmarks=())


class MissesARecord(MemoryJournal):
    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        found = super().latest_snapshot(like)
        return found and replace(found, seq=found.seq + 1)


class SwapsTwoRecords(MemoryJournal):
    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        found = list(super().read())
        found[-2:] = reversed(found[-2:])
        return iter(found[from_seq:])


class SnapshotsAfterTheEnd(MemoryJournal):
    @override
    def _check_open(self) -> None:
        """Nothing."""


class LosesTheLastBatch(SqliteJournal):
    @override
    def close(self) -> None:
        self._waiting.rows.clear()
        super().close()


class PromisesAndWaits(SqliteJournal):
    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        super().append(records, durable=False)


class FlushesLater(SqliteJournal):
    @override
    def flush(self) -> None:
        if len(self._waiting) > 2:
            super().flush()


class KeepsTheLaterOnes(SqliteJournal):
    """A hole in what a crash leaves: the records that waited first are written last."""

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        super().append(records, durable=False)
        if durable and self._waiting:
            first, self._waiting._rows = self._waiting.rows[:1], self._waiting.rows[1:]
            self.flush()
            self._waiting._rows = first


class ForgetsItsSnapshots(SqliteJournal):
    @override
    def close(self) -> None:
        if not self._closed:
            self._connection.execute("DELETE FROM snapshots")
        super().close()


def _of_another_measure(contract: JournalContract, folders: Folders) -> None:
    contract.test_a_snapshot_of_another_measure_is_passed_over(folders, {"lookback": 4})


Test = Callable[[Any, Folders], None]
CASES: list[tuple[type[Journal], Test]] = [
    (BeginsWithSomething, JournalContract.test_a_new_journal_is_empty),
    (BeginsWithSomething, JournalContract.test_an_empty_batch_changes_nothing),
    (CountsBatches, JournalContract.test_the_head_depends_on_the_records_and_not_on_the_batches),
    (HashesTheLastOnly, JournalContract.test_the_head_speaks_for_every_record),
    (KeepsPermissions, JournalContract.test_effects_are_never_kept),
    (ForgetsWhy, JournalContract.test_effects_are_never_kept),
    (GoesOnAfterTheEnd, JournalContract.test_close_may_be_called_twice_and_ends_appending),
    (LosesWhatMayWait, JournalContract.test_it_behaves_like_a_list),
    (ReadsOneTooMany, JournalContract.test_it_behaves_like_a_list),
    (ReadsWhatComesLater, JournalContract.test_it_behaves_like_a_list),
    (SwapsTwoRecords, JournalContract.test_it_behaves_like_a_list),
    (AnswersTheFirst, JournalContract.test_it_behaves_like_a_list),
    (KeepsNoSnapshot, JournalContract.test_it_behaves_like_a_list),
    (KeepsNoSnapshot, JournalContract.test_a_snapshot_and_what_follows_it_make_the_same_state),
    (KeepsSnapshotsOfNothing, JournalContract.test_without_a_record_there_is_no_snapshot),
    (KeepsTheVeryState, JournalContract.test_a_snapshot_stays_as_it_was),
    (AnswersTheFirst, JournalContract.test_the_newest_snapshot_counts),
    (IgnoresTheMeasure, _of_another_measure),
    (ForgetsTheLandmarks, JournalContract.test_a_snapshot_and_what_follows_it_make_the_same_state),
    (MissesARecord, JournalContract.test_a_snapshot_and_what_follows_it_make_the_same_state),
    (SnapshotsAfterTheEnd, JournalContract.test_no_snapshot_after_the_end),
]


@pytest.mark.parametrize(
    ("mutant", "test"), CASES, ids=[f"{mutant.__name__}-{test.__name__}" for mutant, test in CASES]
)
def test_a_broken_journal_is_caught(
    mutant: type[Journal], test: Test, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract fails for it; that it passes for the journal it was made from is shown elsewhere."""

    class Broken(JournalContract):
        keeps = False

        @override
        def make(self, folder: Path) -> Journal:
            return mutant()

    _hurried(test, monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(Broken(), lambda: tmp_path)


@pytest.mark.parametrize(
    "mutant", [LosesTheLastBatch, PromisesAndWaits, FlushesLater, KeepsTheLaterOnes, ForgetsItsSnapshots]
)
def test_a_journal_that_forgets_is_caught(
    mutant: type[SqliteJournal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong only after it was closed, or after a crash, is found by the machine."""
    folders = itertools.count()

    class Broken(JournalContract):
        @override
        def make(self, folder: Path) -> Journal:
            return mutant(folder / "journal.sqlite3")

    def folder() -> Path:
        made = tmp_path / str(next(folders))
        made.mkdir(mode=0o700)
        return made

    test = JournalContract.test_it_behaves_like_a_list
    _hurried(test, monkeypatch)
    with pytest.raises((AssertionError, JournalUnavailable)):
        test(Broken(), folder)


def _hurried(test: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry = {"phases": [Phase.generate], "report_multiple_bugs": False, "database": None, "derandomize": True}
    # It is enough to be caught: nobody reads the smallest example, and looking for it takes a minute.
    if hasattr(test, "hypothesis"):
        hurried = settings(test._hypothesis_internal_use_settings, **hurry)  # type: ignore[arg-type]
        monkeypatch.setattr(test, "_hypothesis_internal_use_settings", hurried)
    # It ends with the first that is caught: many may be tried, so that none is missed by luck.
    many = settings(contract._MANY_STEPS, max_examples=300, **hurry)  # type: ignore[arg-type]
    monkeypatch.setattr(contract, "_MANY_STEPS", many)
