"""The port that remembers."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from attrs import frozen

from interlock.core.records import Record


@frozen(kw_only=True)
class Head:
    """Where the journal ends: the number of the last record and the chain's hash over everything up to it."""

    seq: int
    hash: str


class Journal(ABC):
    """An append-only list of records with one writer.

    - ``seq`` is contiguous from 0 and is the only authority on order.
    - A batch is kept whole or not at all.
    - Each record is hashed over the one before it, so the head's hash speaks for all.
    - What is read back equals what was appended, effects aside: those are permission and are never kept.

    ``JournalUnavailable`` is raised when a record could not be kept; the caller must send nothing and stop.
    """

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

    @abstractmethod
    def close(self) -> None:
        """Flush and let go. May be called twice."""
