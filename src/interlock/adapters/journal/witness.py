"""A decorator that remembers which orders its journal has made durable: the last question before one is sent."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from typing_extensions import override

from interlock.core.orders import OrderTerms
from interlock.core.ports import Head, Journal, LastWords, Snapshot
from interlock.core.records import OrderSubmitted, Record
from interlock.core.state import State

# An order leaves right behind its record: one that was forgotten again does not leave any more.
ORDERS_REMEMBERED: Final = 1_024


class WitnessedJournal(Journal):
    """``within``, and a memory of what was appended to it and is durable. Nothing of an earlier run is in it."""

    def __init__(self, within: Journal) -> None:
        self._within = within
        # Appended, and durable only with the next flush or durable append.
        self._waiting: dict[str, str] = {}
        self._durable: dict[str, str] = {}

    def is_on_record(self, terms: OrderTerms) -> bool:
        """Whether the intention to send exactly this order is durable."""
        return self._durable.get(terms.client_order_id) == digest_of(terms)

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        found = {
            event.terms.client_order_id: digest_of(event.terms)
            for record in records
            for event in record.events
            if isinstance(event, OrderSubmitted)
        }
        # Only what the journal has: one that raises has promised nothing.
        self._within.append(records, durable=durable)
        self._waiting.update(found)
        if durable:
            self._settle()

    @override
    def flush(self) -> None:
        self._within.flush()
        self._settle()

    def _settle(self) -> None:
        self._durable.update(self._waiting)
        self._waiting.clear()
        while len(self._durable) > ORDERS_REMEMBERED:  # ends: each turn forgets one
            del self._durable[next(iter(self._durable))]

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self._within.notes

    @property
    @override
    def in_doubt(self) -> int:
        return self._within.in_doubt

    @property
    @override
    def last_words(self) -> LastWords | None:
        return self._within.last_words

    @override
    def leave_words(self, run_id: str, ended: str = "") -> None:
        self._within.leave_words(run_id, ended)

    @override
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        return self._within.read(from_seq)

    @override
    def head(self) -> Head | None:
        return self._within.head()

    @property
    @override
    def snapshot_due(self) -> bool:
        return self._within.snapshot_due

    @override
    def snapshot(self, state: State) -> None:
        self._within.snapshot(state)

    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        return self._within.latest_snapshot(like)

    @override
    def close(self) -> None:
        self._within.close()


def digest_of(terms: OrderTerms) -> str:
    """What names these very terms in this process: to the last digit, and whatever becomes of the object."""
    return hashlib.sha256(repr(terms).encode()).hexdigest()
