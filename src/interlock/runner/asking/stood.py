"""The state as it was right before a record: from the newest snapshot that serves, and the records behind it."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from msgspec import Struct

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.observation_codec import decode_observation
from interlock.adapters.journal.raw_rows import Row
from interlock.adapters.journal.searched import SearchedJournal
from interlock.adapters.journal.snapshots import Landmarks, SnapshotUnusable, decode_state
from interlock.core.evolve import evolve, observe
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.records import Record
from interlock.core.rederive import Reasoning
from interlock.core.state import State, initial_state
from interlock.runner.config.load import Loaded

# As many records as a verify takes through each step together.
TOGETHER: Final = 200

# What a body holds in which something happened beyond what came in.
_EVENTS = b'"events":['


class Stood(Struct, frozen=True, kw_only=True):
    """Where record ``seq`` was decided: the ``state`` right before it, which is the caller's own to change, and whose
    decision it was. ``made_by`` is the build that recorded it, ``here`` the one that it is now."""

    seq: int
    state: State
    record: Record
    body: bytes
    reasoning: Reasoning
    loaded: Loaded
    made_by: str
    here: str


class Folded(Struct, frozen=True, kw_only=True):
    """A state, and the record that made trading what it is in it, as far as that is known."""

    state: State
    restricted: int | None


def folded(journal: SearchedJournal, until: int, like: State, *, any_horizon: bool = False) -> Folded:
    """What the records up to ``until`` add up to, in a state that keeps as much as ``like``, which is used up.

    ``any_horizon`` takes what was kept as it is: books and trading state are the same whoever looks back how far.
    Raises ``JournalUnavailable`` for a record that is damaged or cannot be folded.
    """
    first, state, restricted = 0, like, None
    for kept in journal.snapshots(until):
        found = _usable(journal, kept, None if any_horizon else like)
        if found is not None:
            first, (state, landmarks) = kept + 1, found
            restricted = landmarks.restricted
            break
    rows = journal.checked(until, first) if until >= first else iter(())
    # Some at a time: to go back and forth between reading and folding costs more than either (ADR 0048).
    while some := tuple(islice(rows, TOGETHER)):  # ends: with the rows
        for row in some:
            before = state.trading_state, state.trading_state_code
            take_in(state, row)
            if (state.trading_state, state.trading_state_code) != before:
                restricted = row[0]
    return Folded(state=state, restricted=restricted)


def wide_enough(states: Iterable[State]) -> State:
    """An empty state that keeps what any of ``states`` does, and so serves whoever each was made for."""
    kept = list(states)
    return initial_state(
        lookback=max((each.lookback for each in kept), default=1),
        sums=tuple(rolling.length for each in kept for rolling in each.sums),
        orders_remembered=max((each.orders_remembered for each in kept), default=0),
        executions_remembered=max((each.execution_times.maxlen or 0 for each in kept), default=0),
        peak_remembered=any(each.peak_equity is not None for each in kept),
    )


def _usable(journal: SearchedJournal, kept: int, like: State | None) -> tuple[State, Landmarks] | None:
    try:
        return decode_state(journal.snapshot_body(kept), like, respelt=False)
    except SnapshotUnusable:
        return None  # a snapshot only spares reading: the one before it is looked at


def take_in(state: State, row: Row) -> None:
    """Fold a record into ``state``, reading no more of it than the fold needs. Raises ``JournalUnavailable``."""
    seq, kind, body, _ = row
    try:
        if _EVENTS in body:
            evolve(state, decode(kind, body, decided=False))
        else:
            observation, now = decode_observation(kind, body)
            observe(state, observation, now)
    except JournalUnavailable as error:
        raise JournalUnavailable(f"record {seq} cannot be read: {error}") from error
    except Exception as error:
        raise unfoldable(seq, error) from error


def unfoldable(seq: int, error: Exception) -> JournalUnavailable:
    """Record ``seq`` is whole, and the state cannot take it."""
    fault = Fault.of(error, where="fold")
    return JournalUnavailable(f"record {seq} cannot be folded: {fault.error} at {fault.place}")
