"""A journal that forgets everything when the process ends."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.journal.codec import GENESIS, chain, encode
from interlock.adapters.journal.snapshots import Landmarks, SnapshotUnusable, decode_state, encode_state
from interlock.core.faults import JournalUnavailable
from interlock.core.observations import JournalOpened, RunStarted, RunStopped
from interlock.core.ports.journal import Head, Journal, LastWords, Snapshot
from interlock.core.records import Record, TradingStateChanged, TradingStateReleased
from interlock.core.state import State
from interlock.core.trading_state import TradingState


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
        self._snapshots: list[tuple[int, bytes]] = []
        self._last_words: LastWords | None = None

    @property
    @override
    def last_words(self) -> LastWords | None:
        """What was left, as long as this process lives."""
        return self._last_words

    @override
    def leave_words(self, run_id: str, ended: str = "") -> None:
        """Keep them."""
        self._last_words = LastWords(run_id=run_id, ended=ended)

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        """Keep ``records``, in order; as safe as this process, durable or not."""
        if self._closed:
            self._check_open()
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
    def snapshot(self, state: State) -> None:
        """Keep ``state`` in words, as a file would: whatever becomes of it, the snapshot stays."""
        self._check_open()
        if self._records:
            body = encode_state(state, self._landmarks(state))
            self._snapshots.append((len(self._records) - 1, body))

    @override
    def latest_snapshot(self, like: State) -> Snapshot | None:
        """The newest one that keeps as much as ``like``."""
        found = (_read(seq, body, like, self._records) for seq, body in reversed(self._snapshots))
        return next((snapshot for snapshot in found if snapshot is not None), None)

    def _landmarks(self, state: State) -> Landmarks:
        in_force = state.trading_state, state.trading_state_code
        started = stopped = restricted = None
        for seq, record in enumerate(self._records):
            if isinstance(record.observation, RunStarted):
                started = seq
            elif isinstance(record.observation, RunStopped):
                stopped = seq
            if any(isinstance(event, TradingStateReleased) for event in record.events):
                restricted = None
            if restricted is None and state.trading_state is not TradingState.ACTIVE:
                changes = [
                    (event.state, event.code) for event in record.events if isinstance(event, TradingStateChanged)
                ]
                if isinstance(record.observation, JournalOpened) and record.observation.chapter is not None:
                    carried = record.observation.chapter.state
                    changes.append((carried.trading_state, carried.trading_state_code))
                restricted = seq if in_force in changes else None
        return Landmarks(started=started, stopped=stopped, restricted=restricted)

    @override
    def close(self) -> None:
        """Take no more records. May be called twice."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise JournalUnavailable("the journal is closed: nothing more can be kept in it")


def _without_effects(record: Record) -> Record:
    return replace(record, effects=()) if record.effects else record


def _read(seq: int, body: bytes, like: State, records: Sequence[Record]) -> Snapshot | None:
    try:
        state, landmarks = decode_state(body, like)
    except SnapshotUnusable:
        return None  # another strategy's: nothing here can be damaged
    return Snapshot(seq=seq, state=state, landmarks=tuple(_without_effects(records[at]) for at in landmarks.seqs))
