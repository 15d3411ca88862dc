"""The tallies of a journal, held against the records that they are of."""

from interlock.adapters.journal.decision_codec import RowCounts
from interlock.adapters.journal.raw_rows import RawJournal, Row
from interlock.adapters.journal.tallies import Tally, encode_tally
from interlock.core.faults import JournalUnavailable
from interlock.core.records import Record
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_difference import first_difference
from interlock.runner.commands.journal_finding import Found


class HeldTallies:
    """Counts the rows of a part, and holds each tally that ends within against them."""

    def __init__(self, journal: RawJournal, first: int, until: int, checked: Checked) -> None:
        """Begin at record ``first``. Where a stretch began in the part before, its rows are read once more: none of
        them is the finding of this part. Raises ``JournalUnavailable`` for one that was changed."""
        self._tallied = journal.tallied(first, until, checked.tallies_passed_over)
        self._go_on()
        stretch = self._stretch
        if stretch is not None and stretch.first < first:
            for row in journal.checked(first - 1, stretch.first):
                self._count(row)

    def _go_on(self) -> None:
        self._stretch = next(self._tallied, None)
        self._counts = RowCounts()

    def take(self, row: Row, record: Record | None = None) -> None:
        """The next row, and a ``record`` of which it is known to be the row. Raises ``Found`` where it ends a stretch
        whose tally says something else."""
        seq, stretch = row[0], self._stretch
        if stretch is None or seq < stretch.first:
            return
        if record is None:
            self._count(row)
        else:
            self._counts.take_record(record)
        if seq < stretch.last:
            return
        if stretch.tally is not None:
            _hold(seq, stretch.first, stretch.tally, self._counts.tally)
        self._go_on()

    def _count(self, row: Row) -> None:
        try:
            self._counts.take(row[1], row[2])
        except JournalUnavailable as error:
            raise Found(row[0], str(error)) from error


def _hold(seq: int, first: int, kept: Tally, counted: Tally) -> None:
    recorded, derived = encode_tally(kept), encode_tally(counted)
    if recorded != derived:
        differs = first_difference(recorded, derived)
        what = f"the tally of the records {first} to {seq} says something else than they do: {differs.where}"
        raise Found(seq, what, differs.recorded, differs.derived)
