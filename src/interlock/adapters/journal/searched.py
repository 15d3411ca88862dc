"""A journal in which single records are looked for: by number, by time, by what stands in them. Nothing scans it whole
that need not.

Bodies are canonical JSON, so what stands in one can be looked for as bytes: SQLite does that a hundred times as fast
as a record is read. What is found so is a candidate; whoever asked reads the record and looks again.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from interlock.adapters.journal.raw_rows import BrokenChain, RawJournal
from interlock.adapters.journal.snapshot_table import sealed_body, seqs
from interlock.core.faults import JournalUnavailable

# So many rows in one statement: a reader that held one open for longer would keep a writer's log from shrinking.
STRETCH: Final = 20_000

_LAST: Final = "SELECT seq FROM records WHERE seq BETWEEN ? AND ? AND {} ORDER BY seq DESC LIMIT 1"
_ALL: Final = "SELECT seq FROM records WHERE seq BETWEEN ? AND ? AND {} ORDER BY seq LIMIT ?"
_STAMPS: Final = "SELECT seq, json_extract(body, '$.ts_init') FROM records WHERE seq BETWEEN ? AND ? ORDER BY seq"
_HOLDS: Final = "instr(CAST(body AS BLOB), ?)"
_OF_KIND: Final = "kind = ?"


class _Stamp(msgspec.Struct):
    ts_init: datetime


_stamp_of: Final = msgspec.json.Decoder(_Stamp).decode


class SearchedJournal(RawJournal):
    """A read-only look at the journal at ``path``, safe beside its writer."""

    def ts_init(self, seq: int) -> datetime:
        """The time of record ``seq``. Raises ``JournalUnavailable`` where it is missing or cannot be read."""
        row = self.at(seq)
        try:
            if row is not None:
                return _stamp_of(row[2]).ts_init
        except (msgspec.MsgspecError, TypeError) as error:
            raise JournalUnavailable(f"the time of record {seq} cannot be read: {type(error).__name__}") from error
        raise BrokenChain(seq, "no record", f"record {seq}")

    def last_until(self, time: datetime, first: int, until: int) -> int:
        """The last record from ``first`` to ``until`` that is not later than ``time``; ``first`` is taken as such."""
        rows = self._select(_STAMPS, (first + 1, until))
        try:
            return max((seq for seq, at, *_ in rows if datetime.fromisoformat(at) <= time), default=first)
        except (ValueError, TypeError) as error:
            raise JournalUnavailable(f"a time behind record {first} cannot be read: {type(error).__name__}") from error

    def last_holding(self, texts: tuple[bytes, ...], first: int, until: int) -> int | None:
        """The last record from ``first`` to ``until`` whose body holds each of ``texts``; None where none does."""
        return self._last(" AND ".join([_HOLDS] * len(texts)), texts, first, until)

    def last_of_kind(self, kind: str, first: int, until: int) -> int | None:
        """The last record of that kind from ``first`` to ``until``."""
        return self._last(_OF_KIND, (kind,), first, until)

    def of_kind(self, kind: str, first: int, until: int) -> list[int]:
        """The records of that kind from ``first`` to ``until``, in order."""
        return [row[0] for row in self._select(_ALL.format(_OF_KIND), (first, until, kind, until - first + 1))]

    def holding(self, text: bytes, first: int, until: int, limit: int) -> list[int]:
        """The first ``limit`` records from ``first`` to ``until`` whose body holds ``text``, in order."""
        return [row[0] for row in self._select(_ALL.format(_HOLDS), (first, until, text, limit))]

    def _last(self, condition: str, values: tuple[object, ...], first: int, until: int) -> int | None:
        for low, high in self.stretches_back(first, until):
            found = self._select(_LAST.format(condition), (low, high, *values))
            if found:
                return found[0][0]
        return None

    def stretches_back(self, first: int, until: int) -> Iterator[tuple[int, int]]:
        """The records from ``until`` back to ``first``, so many at a time. What is sought is mostly near the end."""
        size = 500
        while until >= first:  # ends: until falls at each turn
            low = max(first, until - size + 1)
            yield low, until
            until, size = low - 1, min(size * 4, STRETCH)

    def snapshots(self, until: int) -> list[int]:
        """After which records up to ``until`` a snapshot was kept, of whatever worth; newest first."""
        try:
            return [seq for seq in seqs(self._connection) if seq <= until]
        except sqlite3.Error:
            return []  # a snapshot only spares reading: where none can be listed, the records are read

    def snapshot_body(self, seq: int) -> bytes:
        """The body of that snapshot, as it was written. Raises ``SnapshotUnusable``."""
        return sealed_body(self._connection, seq)
