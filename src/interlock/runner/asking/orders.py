"""Where an order was made: by its number in its name, for snapshots say how many orders there had been."""

import bisect
from typing import Final

import msgspec

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.searched import SearchedJournal
from interlock.adapters.journal.snapshots import SnapshotUnusable
from interlock.core.moment import makes_an_order, orders_of

# An answer comes soon after its order: so far back it is looked for before anything is reckoned.
_NEAR: Final = 2_000
# So many of a journal's id are in the names of its orders.
_ID_CHARACTERS: Final = 12
_SUBMITTED: Final = b'"kind":"OrderSubmitted"'


class _Counted(msgspec.Struct):
    orders_submitted: int


class _Snapshot(msgspec.Struct):
    state: _Counted


_count_of: Final = msgspec.json.Decoder(_Snapshot).decode


def ordinal_of(journal_id: str, client_order_id: str) -> int | None:
    """Which order of the journal it is, counted from 1; None for what none of its orders is called."""
    of, _, number = client_order_id.rpartition("-")
    if of != journal_id[:_ID_CHARACTERS] or not number.isdecimal() or not number.isascii() or len(number) > 18:
        return None
    ordinal = int(number)
    return ordinal if ordinal >= 1 and str(ordinal) == number else None


def submitted_at(journal: SearchedJournal, journal_id: str, client_order_id: str, until: int) -> int | None:
    """The record up to ``until`` in which that order was made; None where it was not in this journal."""
    ordinal = ordinal_of(journal_id, client_order_id)
    if ordinal is None:
        return None
    near = _within(journal, client_order_id, max(0, until - _NEAR), until)
    if near is not None:
        return near
    first, last = _stretch(journal, ordinal, until)
    return _within(journal, client_order_id, first, last)


def orders_made(journal: SearchedJournal, until: int, earlier: int) -> int:
    """How many orders there had been by record ``until``, ``earlier`` in the chapters before this journal."""
    for kept in journal.snapshots(until):
        count = _count(journal, kept)
        if count is not None:
            return count + len(journal.holding(_SUBMITTED, kept + 1, until, until + 1))
    return earlier + len(journal.holding(_SUBMITTED, 0, until, until + 1))


def _within(journal: SearchedJournal, client_order_id: str, first: int, until: int) -> int | None:
    texts = (_SUBMITTED, f'"client_order_id":"{client_order_id}"'.encode())
    while first <= until:  # ends: until falls at each turn
        found = journal.last_holding(texts, first, until)
        if found is None:
            return None
        row = journal.at(found)
        if row is not None:
            record = decode(row[1], row[2])
            if makes_an_order(record) and client_order_id in orders_of(record):
                return found
        until = found - 1
    return None


def _stretch(journal: SearchedJournal, ordinal: int, until: int) -> tuple[int, int]:
    """Between which records order ``ordinal`` was made: behind the last snapshot that does not count it yet."""
    kept = sorted(journal.snapshots(until))
    counts = [0] * len(kept)

    def counted(place: int) -> int:
        # One that cannot be used counts like the one before it: that only makes the stretch longer.
        for at in range(place, -1, -1):
            count = counts[at] or _count(journal, kept[at])
            if count is not None:
                counts[at] = count
                return count
        return 0

    place = bisect.bisect_left(range(len(kept)), ordinal, key=counted)
    first = kept[place - 1] + 1 if place else 0
    return first, kept[place] if place < len(kept) else until


def _count(journal: SearchedJournal, kept: int) -> int | None:
    try:
        return _count_of(journal.snapshot_body(kept)).state.orders_submitted
    except (SnapshotUnusable, msgspec.MsgspecError):
        return None  # a snapshot only spares reading: the one before it is looked at
