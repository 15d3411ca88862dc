"""A journal that forgets everything when the process ends."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.journal.codec import GENESIS, chain, encode
from interlock.core.faults import JournalUnavailable
from interlock.core.ports.journal import Head, Journal
from interlock.core.records import Record


class MemoryJournal(Journal):
    """A list of records. Nothing in it is durable, and nothing is put into words before somebody asks.

    ``head()`` after the same appends is the head that an SQLite journal would have. It encodes what came since it
    was last asked, and so it is where a record that cannot be written down is noticed. What was kept can be read
    after ``close`` too; appending raises ``JournalUnavailable`` then.
    """

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._hash = GENESIS
        self._hashed = 0
        self._closed = False

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        """Keep ``records``, in order; as safe as this process, durable or not."""
        if self._closed:
            raise JournalUnavailable("the journal is closed: nothing more can be kept in it")
        self._records.extend(records)

    @override
    def flush(self) -> None:
        """Nothing to do: there is nowhere safer to put them."""

    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The records from ``from_seq`` on that are there now, without their effects."""
        return map(_without_effects, self._records[from_seq:])

    @override
    def head(self) -> Head | None:
        """The last record's number and chain hash; encodes the records that no head has covered yet."""
        while self._hashed < len(self._records):
            record = self._records[self._hashed]
            self._hash = chain(self._hash, self._hashed, record.kind, encode(record))
            self._hashed += 1
        return Head(seq=self._hashed - 1, hash=self._hash.hex()) if self._hashed else None

    @override
    def close(self) -> None:
        """Take no more records. May be called twice."""
        self._closed = True


def _without_effects(record: Record) -> Record:
    return replace(record, effects=()) if record.effects else record
