"""The port through which the market is watched."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar

from interlock.core.market import Cursor, FeedItem


class MarketDataPort(ABC):
    """A source of bars for one instrument.

    Promises every adapter makes (the contract suite holds them):

    - Bars are strictly ascending by ``ts_event``, which is the bar's close in aware UTC.
    - Every bar and every split names the instrument that was asked for. A split comes behind every bar that closed by
      its time and before every later one, and no two have one time.
    - Bad data never raises: a row that cannot become a bar is a ``RefusedRow`` that names field, value and rule.
      Late, duplicate and out-of-order rows are refused rows too.
    - The same source opened twice hands over the same items.
    - ``open(after=cursor)`` continues exactly behind ``cursor``.
    - After ``EndOfData`` every further call answers ``EndOfData``.

    The loop alone calls it, from one thread. ``AdapterUnavailable`` means trying again may help; any other
    exception is a fault of the adapter and halts trading.
    """

    is_live: ClassVar[bool] = False  # whether it reads a real market: only LIVE constructs it
    is_io: ClassVar[bool] = True  # whether it reaches outside the process, so that a call may hang

    def prepare(self, *, lookback: int) -> None:  # noqa: B027 - most sources have no use for it
        """Told before ``open`` how many bars strategy and rules look back over.

        A source that begins at its beginning has no use for it; a live one fetches so many of the past first."""

    @abstractmethod
    def open(self, *, after: Cursor | None = None) -> None:
        """Begin at the start, or right behind ``after``. Raises ``ConfigurationError`` when it cannot be read."""

    @abstractmethod
    def next(self, deadline: datetime | None = None) -> FeedItem:
        """The next item. ``deadline`` (domain time) bounds the wait; a source that waits answers ``Silence``
        when nothing came by then. Sources that hold all their data ignore it."""

    @abstractmethod
    def cursor(self) -> Cursor:
        """How far it has been read: the cursor of the last item handed over."""

    @abstractmethod
    def describe(self) -> str:
        """One line that identifies the data: the adapter, its source, and a digest where there is one.

        The same data gives the same line on any machine (so no absolute path)."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections. May be called twice."""

    @property
    def is_endless(self) -> bool:
        """Whether it never ends by itself, so that a run has to be bounded or paced."""
        return False

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know of the source once it is open: a column passed over, an attempt repeated."""
        return ()

    def progress(self) -> float | None:
        """How much of the source has been read, 0 to 1; None where nobody can tell."""
        return None
