"""The front: a journal that can be asked."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import Row
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.faults import JournalUnavailable
from interlock.core.moment import Moment, Standing, standing
from interlock.core.observations import JournalOpened
from interlock.core.records import Record
from interlock.core.state import NEVER, State, initial_state
from interlock.core.view import MarketView
from interlock.runner.asking.bars import bar_seen_at, is_a_bar
from interlock.runner.asking.errors import NothingThere
from interlock.runner.asking.finding import decided_then, last_like, order_made_at, seq_by_time
from interlock.runner.asking.making import Making
from interlock.runner.asking.stood import Stood, folded, take_in
from interlock.runner.config.problems import path_text


class AskedJournal:
    """The journal at ``path``, as far as it was written when it was opened; safe beside its writer, and unchanged.

    Whatever is asked raises ``NothingThere`` (exit 2) where the journal does not hold it, and ``JournalUnavailable``
    (exit 5) where a record that the answer rests on is damaged, or missing.
    """

    def __init__(self, path: Path) -> None:
        """Open it. Raises ``ConfigurationError`` for what is not a journal of ours and of this version."""
        self.path: Final = path
        self.rows: Final = SearchedJournal(path)
        try:
            self.last_seq: Final = self.rows.last_seq()
            if self.last_seq < 0:
                raise NothingThere(f"the journal at {path_text(path)} holds no record yet: ask once a run has begun")
            first = decode(*next(self.rows.checked(0, 0))[1:3]).observation
            if not isinstance(first, JournalOpened):
                raise JournalUnavailable(f"{path_text(path)} does not begin by saying what it is a journal of")
            self.opened: Final = first
        except BaseException:
            self.rows.close()
            raise
        self._making: Final = Making(self.rows, first, self.last_seq)

    @property
    def market_zone(self) -> str | None:
        """The zone of the market's own times, as the recorded configuration states it; None where it states none."""
        return self._making.market_zone(self.last_seq)

    def record(self, seq: int) -> Record:
        """Record ``seq``, held against the chain."""
        _, kind, body, _ = self._row(seq)
        return decode(kind, body)

    def moment(self, seq: int) -> Moment:
        """Record ``seq`` with all that a story needs, made once more just now."""
        return self._making.moment(self._row(seq))

    def seq_at(self, time: datetime) -> int:
        """The last record at or before ``time``, an aware time; of those of one instant, its decision."""
        return decided_then(self.rows, self.last_at(time))

    def last_at(self, time: datetime) -> int:
        """The very last record at or before ``time``, an aware time."""
        return seq_by_time(self.rows, time, self.last_seq)

    def stood_after(self, seq: int) -> Standing:
        """Where one stood right after record ``seq``."""
        return standing(next(self.walk(seq, seq)).view)

    def seq_of(self, name: str) -> int:
        """The record in which the order was made, or the bar seen, whose id ``name`` is."""
        find = bar_seen_at if is_a_bar(name) else order_made_at
        return find(self.rows, self.opened, name, self.last_seq)

    def last(self, name: str) -> int:
        """The last record of which that is true: ``decision``, ``denied`` or ``order``."""
        return last_like(self.rows, name, self.last_seq)

    def before(self, seq: int, like: State | None = None) -> Stood:
        """Where record ``seq`` was decided: a fresh state as it was right before it, which is the caller's own.

        ``like`` is an empty state that keeps more, or less, than the recorded configuration asks for; it is used up,
        and where no snapshot keeps just as much all records are read. Raises ``NotHere`` where that configuration
        cannot be had here.
        """
        _, kind, body, _ = self._row(seq)
        parts = self._making.parts(seq)
        was = self._making.before(seq, parts) if like is None else folded(self.rows, seq - 1, like)
        return Stood(
            seq=seq,
            state=was.state,
            record=decode(kind, body),
            body=body,
            reasoning=parts.reasoning,
            loaded=parts.loaded,
            made_by=parts.started.build,
            here=parts.build,
        )

    def walk(self, first: int = 0, until: int | None = None, like: State | None = None) -> Iterator["Step"]:
        """Each record from ``first`` to ``until``, or the last, in order, held against the chain, with what can be seen
        right after it. Bounded memory.

        The view is one and goes on: what it says is to be read before the next step. It shows books, orders, session
        and trading state as they were; prices and rolling sums only as far back as ``like``, an empty state, keeps.
        """
        until = self.last_seq if until is None else min(until, self.last_seq)
        state = folded(self.rows, first - 1, like or initial_state(lookback=1), any_horizon=like is None).state
        for row in self.rows.checked(until, first) if until >= first else ():
            take_in(state, row)
            yield Step(row=row, view=MarketView(state, state.ts_init or NEVER))

    def _row(self, seq: int) -> Row:
        if not 0 <= seq <= self.last_seq:
            raise NothingThere(
                f"there is no record {seq}: {path_text(self.path)} holds the records 0 to {self.last_seq}"
            )
        return next(self.rows.checked(seq, seq))

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self.rows.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Step(Struct, frozen=True, kw_only=True):
    """One record of a walk, and the view right after it. The record is only read where it is asked for."""

    row: Row
    view: MarketView

    @property
    def seq(self) -> int:
        """Its number."""
        return self.row[0]

    @property
    def kind(self) -> str:
        """The name of what was observed."""
        return self.row[1]

    @property
    def record(self) -> Record:
        """The record, read anew at each look."""
        return decode(self.row[1], self.row[2])
