"""Whatever is done to a journal in whatever order, it is the list that was appended: a machine beside a model.

``JournalContract`` runs it. The model is as simple as can be: a list, how much of it was promised to be durable, and
the snapshots with what they held.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from interlock.core.market import RefusedRow
from interlock.core.ports.journal import Head, Journal
from interlock.core.records import Record
from interlock.core.state import State
from interlock.testing.contracts.snapshots import HISTORY, empty, folded
from interlock.testing.market_strategies import bars, counts, identifiers, texts, times

# Small records, for whoever wants many of them.
small_records = st.builds(
    Record,
    ts_init=times,
    observation=bars() | st.builds(RefusedRow, source=texts, line=counts, field=texts, value=texts, rule=texts),
    correlation_id=st.none() | identifiers,
)
_batches = st.lists(small_records, max_size=3)
# Of three moments, so that one snapshot is told from another. What else is in them other tests ask for.
_moments = st.integers(1, 3)


def _state(moment: int) -> State:
    return folded(HISTORY[:moment])


class JournalMachine(RuleBasedStateMachine):
    """A journal beside the list that it should equal.

    ``keeps``: it can be closed and opened again. ``crashes``: what it keeps lies in its folder, so that a copy of the
    folder, taken while it is open, is what a crash of its process leaves behind.
    """

    def __init__(self, make: Callable[[Path], Journal], folder: Path, *, keeps: bool, crashes: bool) -> None:
        super().__init__()
        self.make, self.folder, self.keeps, self.crashes = make, folder, keeps, crashes
        self.journal = make(folder)
        self.model: list[Record] = []
        self.durable = 0
        self.heads: list[Head] = []
        # After which record, and of which moment.
        self.snapshots: list[tuple[int, int]] = []
        self.lives = 0

    @rule(batch=_batches, durable=st.booleans())
    def append(self, batch: list[Record], durable: bool) -> None:
        self.journal.append(batch, durable=durable)
        self.model += batch
        if durable:
            self.durable = len(self.model)

    @rule()
    def flush(self) -> None:
        self.journal.flush()
        self.durable = len(self.model)

    @rule(data=st.data())
    def read_from_somewhere(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(self.model) + 1))
        assert list(self.journal.read(at)) == self.model[at:]

    @rule(batch=_batches)
    def a_reader_sees_what_was_there_when_it_began(self, batch: list[Record]) -> None:
        reading = self.journal.read()
        self.journal.append(batch)
        assert list(reading) == self.model
        self.model += batch
        self.durable = len(self.model)

    @rule(moment=_moments)
    def snapshot(self, moment: int) -> None:
        self.journal.snapshot(_state(moment))
        if self.model:
            self.snapshots.append((len(self.model) - 1, moment))
            self.durable = len(self.model)

    @rule()
    def latest_snapshot(self) -> None:
        found = self.journal.latest_snapshot(empty())
        assert (found is None) == (not self.snapshots)
        if found is not None:
            seq, moment = self.snapshots[-1]
            assert found.seq == seq
            assert repr(found.state) == repr(_state(moment))

    @precondition(lambda self: self.keeps)
    @rule(batch=_batches, durable=st.booleans())
    def append_close_and_open(self, batch: list[Record], durable: bool) -> None:
        """Nothing comes between them: by chance alone that would be seldom."""
        self.append(batch, durable)
        before = self.journal.head()
        self.journal.close()
        self.journal = self.make(self.folder)
        assert self.journal.head() == before
        self.durable = len(self.model)
        self.latest_snapshot()

    @precondition(lambda self: self.keeps and self.crashes)
    @rule(batch=_batches, durable=st.booleans())
    def append_and_crash(self, batch: list[Record], durable: bool) -> None:
        """Everything that was promised to be durable is there, and what is there is how the list began."""
        self.append(batch, durable)
        self.lives += 1
        left = self.folder.with_name(f"{self.folder.name}-{self.lives}")
        shutil.copytree(self.folder, left)
        self.journal.close()
        self.folder = left
        self.journal = self.make(left)
        found = list(self.journal.read())
        assert self.durable <= len(found) <= len(self.model)
        assert found == self.model[: len(found)]
        del self.model[len(found) :], self.heads[len(found) :]
        self.durable = len(found)

    @invariant()
    def the_head_is_the_last(self) -> None:
        """And speaks for all before it: whatever came between, the same list has the same head."""
        head = self.journal.head()
        assert (head.seq if head is not None else -1) == len(self.model) - 1
        if head is None:
            return
        if len(self.heads) == len(self.model):
            assert self.heads[-1] == head
        while len(self.heads) < len(self.model):  # ends: each turn adds one. Of a batch only the last is known
            self.heads.append(head)

    @override
    def teardown(self) -> None:
        self.journal.close()
