"""The rows of a journal as they are on disk, for whoever wants bytes rather than records: export, verify."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from interlock.adapters.journal.codec import GENESIS, chain
from interlock.adapters.journal.failures import to_do
from interlock.adapters.journal.presence import is_there
from interlock.adapters.journal.schema import check_schema
from interlock.adapters.journal.sqlite_rows import are_typed, connect_to_read
from interlock.adapters.journal.tallies import Stretch
from interlock.adapters.journal.tally_table import PassedOver, ending_in, stretches
from interlock.core.faults import ConfigurationError, JournalUnavailable

# seq, kind, body, and the hash as it is written.
Row = tuple[int, str, bytes, str]

_CHUNK: Final = 1000
_ROWS: Final = "SELECT seq, kind, CAST(body AS BLOB), hash FROM records"
_BETWEEN: Final = f"{_ROWS} WHERE seq BETWEEN ? AND ? ORDER BY seq"


class BrokenChain(JournalUnavailable):
    """Record ``seq`` is not what was written, or is missing: the hash says so. ``recorded`` against ``derived``."""

    def __init__(self, seq: int, recorded: str, derived: str) -> None:
        super().__init__(f"record {seq} does not match its hash, or is missing: it was changed")
        self.seq = seq
        self.recorded = recorded
        self.derived = derived


class RawJournal:
    """A read-only look at the journal at ``path``, safe beside its writer."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises ``ConfigurationError`` for what is not a journal of ours and of this version."""
        self.path = path
        try:
            if not is_there(path):
                raise ConfigurationError(f"there is no journal at {path}")
            self._connection = connect_to_read(path)
            check_schema(self._connection, path)
        except (sqlite3.Error, OSError) as error:
            raise JournalUnavailable(f"{path} cannot be read: {error}: {to_do(error)}") from error

    def last_seq(self) -> int:
        """The number of the last committed record; -1 while there is none."""
        last = self._select(f"{_ROWS} ORDER BY seq DESC LIMIT 1")
        return last[0][0] if last else -1

    def checked(self, until: int | None = None, first: int = 0) -> Iterator[Row]:
        """The rows from ``first`` to ``until``, or to what is the last one now, each held against the chain.

        Where ``first`` is not the beginning, its chain goes on from the hash of the row before, which is taken as it is
        written. Bounded memory, and no statement stays open between chunks. Raises ``BrokenChain``.
        """
        until = self.last_seq() if until is None else until
        expected, digest = first, self._hash_before(first)
        for start in range(first, until + 1, _CHUNK):
            for row in self._select(_BETWEEN, (start, min(start + _CHUNK - 1, until))):
                seq, kind, body, written = row
                if seq != expected:
                    raise BrokenChain(expected, f"record {seq}", f"record {expected}")
                if not are_typed(kind, body):
                    raise BrokenChain(expected, "no text", "text")
                digest = chain(digest, expected, kind, body)
                if (derived := digest.hex()) != written:
                    raise BrokenChain(expected, written, derived)
                expected += 1
                yield row
            if expected <= start:
                break  # a damaged number may name a last record that is years of chunks away
        if expected <= until:
            raise BrokenChain(expected, "no record", f"record {expected}")

    def _hash_before(self, seq: int) -> bytes:
        if seq == 0:
            return GENESIS
        row = self.at(seq - 1)
        try:
            return bytes.fromhex(row[3]) if row is not None else b""
        except (ValueError, TypeError):
            return b""  # what follows it does not fit either

    def of_kinds(self, kinds: Iterable[str]) -> Iterator[Row]:
        """The few rows of these kinds, in order. They are not held against the chain: that needs every row."""
        names = tuple(kinds)
        where = ", ".join("?" * len(names))
        yield from self._select(f"{_ROWS} WHERE kind IN ({where}) ORDER BY seq", names)

    def stretches(
        self, until: int, *, newest: bool = False, passed_over: PassedOver | None = None
    ) -> Iterator[Stretch]:
        """The records from 0 to ``until`` as stretches, with what was counted of them: see ``tally_table``."""
        return stretches(self._connection, until, newest=newest, passed_over=passed_over)

    def tallied(self, first: int, until: int, passed_over: PassedOver) -> Iterator[Stretch]:
        """The stretches with a sound tally that end with one of these records: see ``tally_table``."""
        return ending_in(self._connection, first, until, passed_over)

    def at(self, seq: int) -> Row | None:
        """One row, not held against the chain; None where there is none."""
        return next(iter(self._select(_BETWEEN, (seq, seq))), None)

    def _select(self, statement: str, values: tuple[object, ...] = ()) -> list[Row]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise JournalUnavailable(f"{self.path} cannot be read: {error}: {to_do(error)}") from error

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
