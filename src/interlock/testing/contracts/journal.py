"""What every journal promises. Subclass, say how to make one, and pytest runs the rest."""

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from msgspec.structs import replace
from typing_extensions import override

from interlock.core.faults import JournalUnavailable
from interlock.core.ports.journal import Journal
from interlock.core.records import Record
from interlock.testing.contracts.inherited import at_most
from interlock.testing.contracts.journal_machine import JournalMachine, small_records
from interlock.testing.contracts.snapshots import SnapshotContract
from interlock.testing.strategies import records

# Small records for the tests that want many of them; one test tries every shape.
_some = st.lists(small_records, min_size=1, max_size=3)
_two_batches = st.tuples(_some, _some)

# Each example makes files and synchronises them; the folders are new each time, and every subclass runs these.
_A_FEW = settings(
    max_examples=at_most(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
_MANY_STEPS = settings(max_examples=at_most(15), stateful_step_count=20, deadline=None)


class JournalContract(SnapshotContract):
    """Tests of the ``Journal`` port. Each test makes its journals in folders of its own."""

    # The class that is proved.
    subject: ClassVar[type[Journal]]

    @abstractmethod
    @override
    def make(self, folder: Path) -> Journal:
        """The journal kept in ``folder``: a new one where there is none (the folder is there, private and empty)."""

    # Whether a journal that was closed can be made again from its folder, with everything in it.
    keeps = True
    # Whether what it keeps lies in its folder: a copy of that, taken at any time, is what a crash leaves behind.
    crashes = True

    @pytest.fixture
    def folders(self, tmp_path: Path) -> Callable[[], Path]:
        """Each call gives a new folder."""
        made = iter(range(10**9))

        def folder() -> Path:
            path = tmp_path / str(next(made))
            path.mkdir(mode=0o700)
            return path

        return folder

    def test_a_new_journal_is_empty(self, folders: Callable[[], Path]) -> None:
        """It has no head and nothing to read."""
        journal = self.make(folders())
        assert journal.head() is None
        assert list(journal.read()) == []
        journal.close()

    def test_an_empty_batch_changes_nothing(self, folders: Callable[[], Path]) -> None:
        """Keeping nothing is allowed, durable or not."""
        journal = self.make(folders())
        journal.append([])
        journal.append([], durable=False)
        assert journal.head() is None
        assert journal.in_doubt == 0
        journal.close()

    @_A_FEW
    @given(batches=_two_batches)
    def test_the_head_depends_on_the_records_and_not_on_the_batches(
        self, folders: Callable[[], Path], batches: tuple[list[Record], list[Record]]
    ) -> None:
        """The same records in the same order give the same head, in one batch or two, durable or not."""
        first, second = batches
        whole, parts = self.make(folders()), self.make(folders())
        whole.append(first + second)
        parts.append(first, durable=False)
        between = parts.head()
        parts.append(second)
        assert whole.head() == parts.head()
        assert between is not None
        assert between != parts.head()
        whole.close()
        parts.close()

    @_A_FEW
    @given(history=st.lists(small_records, min_size=2, max_size=4), data=st.data())
    def test_the_head_speaks_for_every_record(
        self, folders: Callable[[], Path], history: list[Record], data: st.DataObject
    ) -> None:
        """Change any one record and the head is another."""
        at = data.draw(st.integers(0, len(history) - 1))
        changed = replace(history[at], correlation_id=f"not {history[at].correlation_id}")
        one, other = self.make(folders()), self.make(folders())
        one.append(history)
        other.append([*history[:at], changed, *history[at + 1 :]])
        assert one.head() != other.head()
        one.close()
        other.close()

    @_A_FEW
    @given(record=records())
    def test_effects_are_never_kept(self, folders: Callable[[], Path], record: Record) -> None:
        """What is read back equals what was appended, and permits nothing."""
        journal = self.make(folders())
        journal.append([record])
        (found,) = journal.read()
        assert found == record
        assert found.effects == ()
        journal.close()

    def test_close_may_be_called_twice_and_ends_appending(self, folders: Callable[[], Path]) -> None:
        """A journal that was let go keeps nothing more, and says so."""
        journal = self.make(folders())
        journal.close()
        journal.close()
        with pytest.raises(JournalUnavailable):
            journal.append([])

    def test_it_behaves_like_a_list(self, folders: Callable[[], Path]) -> None:
        """Whatever is done to it in whatever order, it reads as the list of what was appended; after a crash, as the
        beginning of that list, with everything in it that was durable."""
        contract = self

        class LikeAList(JournalMachine):
            def __init__(self) -> None:
                super().__init__(contract.make, folders(), keeps=contract.keeps, crashes=contract.crashes)

        run_state_machine_as_test(LikeAList, settings=_MANY_STEPS)
