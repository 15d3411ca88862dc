"""The port that remembers."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from interlock.core.records import Record
from interlock.core.state import State
from interlock.core.values import LightValue


class Head(LightValue, frozen=True, kw_only=True):
    """Where the journal ends: the number of the last record and the chain's hash over everything up to it."""

    seq: int
    hash: str


class Snapshot(LightValue, frozen=True, kw_only=True):
    """The state that the records up to ``seq`` add up to, for whoever goes on from there: it is nobody else's.

    ``landmarks`` are those of these records that a start asks for beyond the state, in order: the last ``RunStarted``,
    the last ``RunStopped``, and the one that made trading what it is.
    """

    seq: int
    state: State
    landmarks: tuple[Record, ...] = ()


class LastWords(LightValue, frozen=True, kw_only=True):
    """What is known, beside the records, of the run that wrote a journal last. Advice alone: nothing guards it.

    ``ended`` says how it ended where no record could; empty where it said nothing. ``machine_restarted`` is whether the
    machine was started anew since that run began, where that is known.
    """

    run_id: str
    ended: str = ""
    machine_restarted: bool = False


class Journal(ABC):
    """An append-only list of records with one writer.

    - ``seq`` is contiguous from 0 and is the only authority on order.
    - A batch is kept whole or not at all.
    - Each record is hashed over the one before it, so the head's hash speaks for all.
    - What is read back equals what was appended, effects aside: those are permission and are never kept.

    ``JournalUnavailable`` is raised when a record could not be kept; the caller must send nothing and stop.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found on the way that a person should read, and that keeps nobody from going on."""
        return ()

    @property
    def last_words(self) -> LastWords | None:
        """What the run that wrote here last left word of; None where nothing was left, or nothing can be made of it."""
        return None

    def leave_words(self, run_id: str, ended: str = "") -> None:  # noqa: B027 - to keep nothing is allowed
        """Leave word that ``run_id`` has begun, or how it ``ended`` when no record can tell. Never raises, and nothing
        depends on it: a journal that cannot keep it does nothing."""

    @property
    def in_doubt(self) -> int:
        """How many of the newest records were appended and are not known to be kept: after a fault, nobody can say."""
        return 0

    @abstractmethod
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        """Keep ``records``, in order. With ``durable`` they are safe when this returns; without, they may wait
        for a later ``flush`` or durable append. The core asks for durable whenever an effect may leave."""

    @abstractmethod
    def flush(self) -> None:
        """Make everything appended so far durable."""

    @abstractmethod
    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The records from ``from_seq`` on, in order."""

    @abstractmethod
    def head(self) -> Head | None:
        """The last record's number and chain hash; None while the journal is empty."""

    @property
    def snapshot_due(self) -> bool:
        """Whether so many records came since the last snapshot that it is time for another."""
        return False

    @abstractmethod
    def snapshot(self, state: State) -> None:
        """Keep ``state``, to which everything appended so far adds up: not in the middle of a step, and never a state
        that is not trusted. It is written down at once, and a start is spared the fold up to here. It allows nothing,
        and nothing is lost with it. Without a record there is nothing to keep."""

    @abstractmethod
    def latest_snapshot(self, like: State) -> Snapshot | None:
        """The newest snapshot that is sound, of this build, and keeps as much as ``like`` does (lookback, sums,
        orders remembered); None when there is none. Others are passed over, and ``notes`` tells of them."""

    @abstractmethod
    def close(self) -> None:
        """Flush and let go. May be called twice."""
