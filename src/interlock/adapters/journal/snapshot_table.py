"""Snapshots in the journal's own file: keeping one, and finding the newest that can be used."""

import sqlite3
from typing import Final

from interlock.adapters.journal.snapshot_peek import peek
from interlock.adapters.journal.snapshots import (
    BODY_BYTES_MAX,
    Landmarks,
    SnapshotUnusable,
    decode_state,
    digest_of,
    encode_state,
)
from interlock.adapters.journal.sqlite_rows import one
from interlock.core.faults import JournalUnavailable
from interlock.core.ports.journal import Snapshot
from interlock.core.state import State
from interlock.core.trading_state import TradingState
from interlock.core.values import LightValue

_SEALS: Final = """
    SELECT length(CAST(snapshots.body AS BLOB)), record_hash, digest, records.hash
    FROM snapshots LEFT JOIN records USING (seq) WHERE seq = ?
    """
_WRITTEN: Final = """
    SELECT record_hash, digest, CAST(body AS BLOB) FROM snapshots WHERE seq = ? AND length(CAST(body AS BLOB)) <= ?
    """
# The last start, the last stop and the last release, looked for in one go. What releases is a word of a person, never
# a bar: nearly all bodies need not be looked through.
_MARKS: Final = """
    SELECT max(seq) FILTER (WHERE kind = 'RunStarted'), max(seq) FILTER (WHERE kind = 'RunStopped'),
        max(seq) FILTER (WHERE instr(body, '"kind":"TradingStateReleased"'))
    FROM records WHERE seq BETWEEN ? AND ? AND kind <> 'Bar'
    """
# The first one since trading was released: until then the fold only tightens, and a restriction that is told again
# changes nothing. A restriction that the chapter before handed on is told by the first record.
_RESTRICTED: Final = """
    SELECT seq FROM records
    WHERE seq = 0 AND ?1 = 0 AND json_extract(body, '$.observation.chapter.state.trading_state') = ?3
        AND json_extract(body, '$.observation.chapter.state.trading_state_code') = ?4
    UNION ALL SELECT seq FROM records, json_each(records.body, '$.events') AS event
    WHERE seq BETWEEN ?1 AND ?2 AND instr(body, 'TradingStateChanged')
        AND json_extract(event.value, '$.kind') = 'TradingStateChanged' AND json_extract(event.value, '$.state') = ?3
        AND json_extract(event.value, '$.code') = ?4
    ORDER BY seq LIMIT 1
    """


class Kept(LightValue, frozen=True):
    """What the next snapshot asks of this one: which record it follows, its landmarks, and what trading then was."""

    seq: int
    landmarks: Landmarks
    in_force: tuple[TradingState, str]


def keep(connection: sqlite3.Connection, seq: int, record_hash: str, state: State, before: Kept | None = None) -> Kept:
    """Keep ``state``, to which the records up to ``seq`` add up, in a transaction of its own.

    ``before`` is the answer for an earlier one; without it that is looked for, and read. Raises ``sqlite3.Error``, and
    ``JournalUnavailable`` for a state that cannot be written down.
    """
    landmarks = _landmarks(connection, seq, state, before or _before(connection, seq))
    body = encode_state(state, landmarks)
    row = seq, record_hash, body.decode(), digest_of(seq, record_hash, body)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", row)
    connection.execute("COMMIT")
    return Kept(seq, landmarks, (state.trading_state, state.trading_state_code))


def last_kept(connection: sqlite3.Connection, until: int) -> int:
    """The ``seq`` of the newest snapshot, of whatever worth; -1 while there is none."""
    (found,) = connection.execute("SELECT max(seq) FROM snapshots WHERE seq <= ?", (until,)).fetchone()
    return -1 if found is None else int(found)


def newest(connection: sqlite3.Connection, like: State) -> tuple[Snapshot | None, tuple[str, ...]]:
    """The newest snapshot that can be used and keeps as much as ``like``, and what is to be told of those that cannot.

    Never raises for a snapshot: the records are what counts, and they are read where this finds nothing.
    """
    passed_over: dict[str, list[int]] = {}
    found: Snapshot | None = None
    try:
        for seq in seqs(connection):
            try:
                state, landmarks = decode_state(sealed_body(connection, seq), like)
                records = tuple(one(connection, landmark) for landmark in landmarks.seqs)
                found = Snapshot(seq=seq, state=state, landmarks=records)
                break
            except (SnapshotUnusable, JournalUnavailable) as error:
                passed_over.setdefault(str(error), []).append(seq)
    except sqlite3.Error as error:
        passed_over.setdefault(f"the table of snapshots cannot be read ({error})", [])
    return found, tuple(told(why, which) for why, which in passed_over.items())


def told(why: str, seqs: list[int]) -> str:
    """What a person should read of the snapshots ``seqs``, which cannot be used because of ``why``."""
    if not seqs:
        return why
    which = f"the snapshot at record {seqs[0]} was" if len(seqs) == 1 else f"{len(seqs)} snapshots were"
    return f"{which} passed over, and the records read instead: {why}"


def seqs(connection: sqlite3.Connection) -> list[int]:
    """All snapshots, newest first, of whatever worth; a journal of the first schema has no table of them."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'snapshots'").fetchone():
        return []
    return [seq for (seq,) in connection.execute("SELECT seq FROM snapshots ORDER BY seq DESC").fetchall()]


def sealed_body(connection: sqlite3.Connection, seq: int) -> bytes:
    """The body of snapshot ``seq``, which is as it was written, after the record that it was written after.

    Raises ``SnapshotUnusable``.
    """
    try:
        length, record_hash, digest, chained = connection.execute(_SEALS, (seq,)).fetchone()
        if chained != record_hash:
            raise SnapshotUnusable("the record that it follows is another one, or missing")
        if length > BODY_BYTES_MAX:
            raise SnapshotUnusable("it is larger than any state")
        (body,) = connection.execute("SELECT CAST(body AS BLOB) FROM snapshots WHERE seq = ?", (seq,)).fetchone()
        if seq < 0 or digest_of(seq, record_hash, body) != digest:
            raise SnapshotUnusable("it does not match its digest: it was changed")
        return bytes(body)
    except (sqlite3.Error, TypeError) as error:  # on a damaged page a column may be of any type, or a row not be found
        raise SnapshotUnusable(f"it cannot be read ({type(error).__name__})") from error


def is_as_written(connection: sqlite3.Connection, seq: int) -> bool:
    """Whether snapshot ``seq`` matches its digest, whatever became of the record that it follows."""
    try:
        record_hash, digest, body = connection.execute(_WRITTEN, (seq, BODY_BYTES_MAX)).fetchone()
        return bool(digest_of(seq, record_hash, body) == digest)
    except (sqlite3.Error, TypeError, AttributeError):
        return False  # damaged: nothing can be told from it


def _landmarks(connection: sqlite3.Connection, seq: int, state: State, before: Kept) -> Landmarks:
    """What a start asks for beyond the state: as the snapshot before says, and from the records since."""
    in_force = state.trading_state, state.trading_state_code
    restricted = before.landmarks.restricted if before.in_force == in_force else None
    started, stopped, released = connection.execute(_MARKS, (before.seq + 1, seq)).fetchone()
    if (released is not None or before.in_force != in_force) and state.trading_state is not TradingState.ACTIVE:
        # The record of a release also says what still stood.
        begin = before.seq + 1 if released is None else released
        found = connection.execute(
            _RESTRICTED, (begin, seq, state.trading_state.value, state.trading_state_code)
        ).fetchone()
        restricted = found[0] if found else None
    return Landmarks(
        started=before.landmarks.started if started is None else started,
        stopped=before.landmarks.stopped if stopped is None else stopped,
        restricted=restricted,
    )


def _before(connection: sqlite3.Connection, seq: int) -> Kept:
    """What the newest sound snapshot up to record ``seq`` says."""
    earlier = last_kept(connection, seq)
    while earlier >= 0:  # ends: each one is before the one before
        if (told := _peeked(connection, earlier)) is not None:
            return Kept(earlier, *told)
        earlier = last_kept(connection, earlier - 1)
    return Kept(-1, Landmarks(), (TradingState.ACTIVE, ""))


def _peeked(connection: sqlite3.Connection, seq: int) -> tuple[Landmarks, tuple[TradingState, str]] | None:
    try:
        return peek(sealed_body(connection, seq))
    except SnapshotUnusable:
        return None  # whoever wants its state is told; here the records before it are looked at instead
