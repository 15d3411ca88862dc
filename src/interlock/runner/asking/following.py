"""What came of a record: the later ones about its orders, and the release of what it restricted."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import Row
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.moment import Numbered, Settled, orders_of, standing
from interlock.core.records import Record, ReleaseRefused, TradingStateChanged, TradingStateReleased
from interlock.core.state import State
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.runner.asking.stood import take_in

# How many records are looked at, at most, for what followed: an order that works for longer is told as far as that.
LOOKED_AT_MAX: Final = 2_000
_RELEASES: Final = (b'"kind":"TradingStateReleased"', b'"kind":"ReleaseRefused"')


class Followed(Struct, frozen=True, kw_only=True):
    """The records that followed, where one stood after the last of them, and whether all that was begun has ended."""

    records: tuple[Numbered, ...]
    settled: Settled | None
    ended: bool
    looked_until: int


def follow(journal: SearchedJournal, seq: int, record: Record, state: State, last_seq: int) -> Followed:
    """What came of ``record``, up to ``last_seq``. ``state`` is as it was right after it, and is used up."""
    following = Following(seq, record, state)
    until = min(last_seq, seq + LOOKED_AT_MAX)
    if until > seq:
        following.take_until_ended(journal.checked(until, seq + 1))
    return following.told()


class Following:
    """One record after the other, until nothing more is waited for."""

    def __init__(self, seq: int, record: Record, state: State) -> None:
        """What comes of ``record``. ``state`` is as it was right after it, and goes on with the records."""
        self._state = state
        self._orders = orders_of(record)
        self._ids = tuple(order.encode() for order in self._orders)
        self._restricts = any(isinstance(event, TradingStateChanged) for event in record.events)
        self._looked_until = seq
        self._records: list[Numbered] = []
        self._settled: Settled | None = None

    @property
    def ended(self) -> bool:
        """Whether none of its orders works any more, and what it restricted was released."""
        restricts = self._restricts and self._state.trading_state is not TradingState.ACTIVE
        return not restricts and not any(order in self._state.working for order in self._orders)

    def take_until_ended(self, rows: Iterable[Row]) -> None:
        """The next records, as long as anything is waited for."""
        waited_for = iter(rows)
        while not self.ended and (row := next(waited_for, None)) is not None:  # ends: so does what is read
            self._take(row)

    def _take(self, row: Row) -> None:
        take_in(self._state, row)
        self.saw(row)

    def saw(self, row: Row) -> None:
        """The next record, which the state has taken in already."""
        seq, kind, body, _ = row
        self._looked_until = seq
        texts = (*self._ids, *(_RELEASES if self._restricts else ()))
        if not any(text in body for text in texts):
            return
        record = decode(kind, body)
        if set(orders_of(record)) & set(self._orders) or (self._restricts and _is_release(record)):
            self._records.append(Numbered(seq=seq, record=record))
            view = MarketView(self._state, record.ts_init)
            self._settled = Settled(seq=seq, standing=standing(view))

    def told(self) -> Followed:
        """What was found so far."""
        return Followed(
            records=tuple(self._records), settled=self._settled, ended=self.ended, looked_until=self._looked_until
        )


def _is_release(record: Record) -> bool:
    return any(isinstance(event, TradingStateReleased | ReleaseRefused) for event in record.events)
