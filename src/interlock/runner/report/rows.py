"""The table of decisions: a row for each record that did something, and one for decisions to do nothing that repeat."""

from collections import deque
from datetime import datetime
from typing import Final

from attrs import Factory, define

from interlock.core.decision import Outcome
from interlock.core.explain import did_something
from interlock.core.records import Record

# The newest so many stand on the page. More is not read, and makes a browser slow.
ROWS_MAX: Final = 2_000


# mutable: a row of decisions to do nothing grows as they repeat
@define(kw_only=True)
class Row:
    """A row. ``record`` is the first of ``count`` that are alike, from record ``seq`` to record ``until``."""

    seq: int
    record: Record
    until: int
    until_at: datetime
    count: int = 1

    @property
    def outcome(self) -> str:
        """How the decision ended; for a record without one, what it tells of."""
        decision = self.record.decision
        return decision.outcome.value if decision is not None else self.record.kind

    @property
    def code(self) -> str:
        """The reason that counts; of a record without a decision that of its first event, empty where it has none."""
        decision = self.record.decision
        if decision is not None:
            return str(decision.code)
        return str(next((event.code for event in self.record.events if hasattr(event, "code")), ""))


# mutable: it grows as records are read
@define
class Rows:
    """The newest ``ROWS_MAX`` rows, and how many there were before them."""

    kept: "deque[Row]" = Factory(lambda: deque(maxlen=ROWS_MAX))
    total: int = 0

    def take(self, seq: int, record: Record) -> None:
        """Record ``seq``, which follows the last one taken."""
        decision = record.decision
        if did_something(record):
            self._add(Row(seq=seq, record=record, until=seq, until_at=record.ts_init))
        elif decision is not None:  # NO_ACTION, and nothing happened with it
            if self.goes_on(str(decision.code)):
                self.again(seq, record.ts_init)
            else:
                self._add(Row(seq=seq, record=record, until=seq, until_at=record.ts_init))

    def goes_on(self, code: str) -> bool:
        """Whether the last row is of decisions to do nothing for the reason ``code``."""
        last = self.kept[-1] if self.kept else None
        return last is not None and last.outcome == Outcome.NO_ACTION and last.code == code

    def again(self, seq: int, at: datetime) -> None:
        """Record ``seq`` decided as the last row did."""
        last = self.kept[-1]
        last.until, last.until_at, last.count = seq, at, last.count + 1

    @property
    def left_out(self) -> int:
        """How many rows lie before the oldest that is kept."""
        return self.total - len(self.kept)

    def _add(self, row: Row) -> None:
        self.kept.append(row)
        self.total += 1
