"""Tallies in the journal's own file: kept with their records, and read as stretches, each with the tally that fits."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from interlock.adapters.journal.codec import GENESIS, chain
from interlock.adapters.journal.decision_codec import tally_of
from interlock.adapters.journal.sqlite_rows import Row, WrittenRow
from interlock.adapters.journal.tallies import (
    BODY_BYTES_MAX,
    TALLY_EVERY,
    Stretch,
    Tally,
    TallyUnusable,
    decode_tally,
    digest_of,
    encode_tally,
)
from interlock.core.faults import JournalUnavailable

# Why tallies were passed over, and the first records of their stretches.
PassedOver = dict[str, list[int]]

_BATCH: Final = 200
# As bytes: text that a flipped bit has made unreadable is no reason to stop a run.
_ROWS: Final = """
    SELECT seq, CAST(kind AS BLOB), CAST(body AS BLOB), CAST(hash AS BLOB) FROM records
    WHERE seq BETWEEN ? AND ? ORDER BY seq
    """
_KEPT: Final = """
    SELECT first, last, record_hash, digest, length(CAST(tallies.body AS BLOB)),
        CASE WHEN length(CAST(tallies.body AS BLOB)) <= ? THEN CAST(tallies.body AS BLOB) END, records.hash
    FROM tallies LEFT JOIN records ON seq = last
    """
_OLDEST: Final = f"{_KEPT} WHERE first >= ? AND first <= ? ORDER BY first LIMIT ?"
_NEWEST: Final = f"{_KEPT} WHERE first >= 0 AND first < ? ORDER BY first DESC LIMIT ?"


def keep(connection: sqlite3.Connection, finished: Iterable[Stretch], rows: Sequence[WrittenRow]) -> None:
    """Keep the tallies of these stretches, within the transaction of whoever keeps ``rows``, which end them.

    One that began in another run is counted from its rows. Where those are not what the chain says nothing is kept.
    Raises ``sqlite3.Error``.
    """
    for stretch in finished:
        tally = stretch.tally or _from_rows(connection, stretch.first, stretch.last)
        if tally is not None:
            record_hash = rows[stretch.last - rows[0][0]][3]
            body = encode_tally(tally)
            digest = digest_of(stretch.first, stretch.last, record_hash, body)
            row = stretch.first, stretch.last, record_hash, body.decode(), digest
            connection.execute("INSERT OR REPLACE INTO tallies VALUES (?, ?, ?, ?, ?)", row)


def stretches(
    connection: sqlite3.Connection, until: int, *, newest: bool = False, passed_over: PassedOver | None = None
) -> Iterator[Stretch]:
    """The records from 0 to ``until`` as stretches, in order or the ``newest`` first, each record in one of them.

    A stretch whose tally is sound has it; all else comes in stretches without. Bounded memory, and no statement stays
    open meanwhile. ``passed_over`` is told of tallies that cannot be used. Raises ``JournalUnavailable`` never for a
    tally: the records are what counts.
    """
    passed_over = {} if passed_over is None else passed_over
    bottom, top = 0, until
    for found in _sound(connection, until, newest, passed_over):
        if found.first < bottom or found.last > top:
            # Beyond the last record that is asked for, or over another one: somebody made it up.
            passed_over.setdefault("it is of records of another stretch as well", []).append(found.first)
        elif newest:
            yield from _uncounted(found.last + 1, top, newest=True)
            yield found
            top = found.first - 1
        else:
            yield from _uncounted(bottom, found.first - 1)
            yield found
            bottom = found.last + 1
    yield from _uncounted(bottom, top, newest=newest)


def counted_beyond(connection: sqlite3.Connection, until: int) -> int | None:
    """The last record of the newest tally that is as it was written, where that is after ``until``; else None."""
    if not _has_tallies(connection):
        return None
    rows = connection.execute(f"{_KEPT} WHERE last > ? ORDER BY first DESC", (BODY_BYTES_MAX, until)).fetchall()
    return next((row[1] for row in rows if _is_as_written(*row)), None)


def _is_as_written(
    first: int, last: int, record_hash: str, digest: str, length: int, body: bytes | None, _: str | None
) -> bool:
    """Whether a tally matches its digest, whatever became of its records."""
    try:
        _read(first, last, record_hash, digest, length, body, record_hash)
    except TallyUnusable:
        return False  # damaged: nothing can be told from it
    return True


def told(why: str, firsts: list[int]) -> str:
    """What a person should read of the tallies of stretches that begin at ``firsts``, unusable because of ``why``."""
    if not firsts:
        return why
    which = f"the tally from record {firsts[0]} on was" if len(firsts) == 1 else f"{len(firsts)} tallies were"
    return f"{which} passed over, and the records read instead: {why}"


def _uncounted(first: int, last: int, *, newest: bool = False) -> Iterator[Stretch]:
    if first > last:
        return
    begins = range(first - first % TALLY_EVERY, last + 1, TALLY_EVERY)
    for begin in reversed(begins) if newest else begins:
        yield Stretch(first=max(begin, first), last=min(begin + TALLY_EVERY - 1, last))


def ending_in(connection: sqlite3.Connection, first: int, until: int, passed_over: PassedOver) -> Iterator[Stretch]:
    """The stretches with a sound tally that end with one of the records from ``first`` to ``until``, in order."""
    try:
        if _has_tallies(connection):
            (begin,) = connection.execute("SELECT max(first) FROM tallies WHERE first <= ?", (first,)).fetchone()
            damaged: PassedOver = {}
            for found in _batches(connection, first if begin is None else begin, until, False, damaged):
                if first <= found.last <= until:
                    yield found
            # One that begins before is whoever's who looks at what comes before.
            for why, firsts in damaged.items():
                if ours := [begins for begins in firsts if begins >= first]:
                    passed_over.setdefault(why, []).extend(ours)
    except sqlite3.Error as error:
        passed_over.setdefault(_unreadable(error), [])


def _sound(connection: sqlite3.Connection, until: int, newest: bool, passed_over: PassedOver) -> Iterator[Stretch]:
    try:
        if _has_tallies(connection):
            yield from _batches(connection, until + 1 if newest else 0, until, newest, passed_over)
    except sqlite3.Error as error:
        passed_over.setdefault(_unreadable(error), [])


def _has_tallies(connection: sqlite3.Connection) -> bool:
    """A journal of an earlier schema has no table of them."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tallies'").fetchone()
    return found is not None


def _unreadable(error: sqlite3.Error) -> str:
    return f"the table of tallies cannot be read ({error})"


def _batches(
    connection: sqlite3.Connection, at: int, until: int, newest: bool, passed_over: PassedOver
) -> Iterator[Stretch]:
    """From ``at`` on in either direction, so many at a time, that no statement stays open."""
    while True:  # ends: each batch goes on behind the one before, and the last is empty
        if newest:
            rows = connection.execute(_NEWEST, (BODY_BYTES_MAX, at, _BATCH)).fetchall()
        else:
            rows = connection.execute(_OLDEST, (BODY_BYTES_MAX, at, until, _BATCH)).fetchall()
        if not rows:
            return
        for row in rows:
            try:
                found = _read(*row)
            except TallyUnusable as why:
                passed_over.setdefault(str(why), []).append(row[0])
            else:
                if found.last <= until:
                    yield found
        at = rows[-1][0] + (not newest)


def _read(
    first: int, last: int, record_hash: str, digest: str, length: int, body: bytes | None, chained: str | None
) -> Stretch:
    try:
        if chained != record_hash:
            raise TallyUnusable("the last of its records is another one, or missing")
        if body is None:
            raise TallyUnusable(f"it is larger than any tally ({length} bytes)")
        if not 0 <= first <= last or digest_of(first, last, record_hash, body) != digest:
            raise TallyUnusable("it does not match its digest: it was changed")
        return Stretch(first=first, last=last, tally=decode_tally(body, last - first + 1))
    except (TypeError, AttributeError, OverflowError) as error:  # on a damaged page a column may be of any type
        raise TallyUnusable(f"it cannot be read ({type(error).__name__})") from error


def _from_rows(connection: sqlite3.Connection, first: int, last: int) -> Tally | None:
    written = connection.execute(_ROWS, (max(first - 1, 0), last)).fetchall()
    try:
        rows: list[Row] = [(seq, kind.decode(), body, digest.decode()) for seq, kind, body, digest in written]
        digest = bytes.fromhex(rows.pop(0)[3]) if first else GENESIS
        for expected, (_, kind, body, hashed) in enumerate(rows, first):
            digest = chain(digest, expected, kind, body)
            if digest.hex() != hashed:
                return None
        return tally_of(rows) if len(rows) == last - first + 1 else None
    except (ValueError, TypeError, AttributeError, IndexError, JournalUnavailable):
        return None  # whoever reads these records is told
