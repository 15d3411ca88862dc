"""What the market says: instruments, sessions, bars, and the other things a feed may hand over."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, DecimalException

from attrs import evolve, field, frozen

from interlock.core.values import (
    ONE,
    ZERO,
    LightValue,
    add_up_to_an_amount,
    divided,
    not_negative,
    positive,
    times,
    utc,
)


def _text(_: object, attribute: object, value: str) -> None:
    if not value or len(value) > 64 or not value.isprintable():
        raise ValueError(f"{getattr(attribute, 'name', 'text')} must be 1 to 64 printable characters, found {value!r}")


@frozen(kw_only=True)
class DeclaredSplit:
    """A split that the operator knows of: on ``ex_date`` one share becomes ``ratio`` shares."""

    ex_date: date
    ratio: Decimal = field(validator=positive)


@frozen(kw_only=True)
class Instrument:
    """What is traded. Prices are in ``currency`` per unit; orders align to ``tick_size`` and ``lot_size``."""

    symbol: str = field(validator=_text)
    tick_size: Decimal = field(validator=positive)
    lot_size: Decimal = field(validator=positive)
    calendar: str = field(validator=_text)
    splits: tuple[DeclaredSplit, ...] = ()


@frozen(kw_only=True)
class Session:
    """One trading session, ``(open, close]`` in UTC. A bar that closes at ``close`` still belongs to it."""

    open: datetime = field(validator=utc)
    close: datetime = field(validator=utc)

    def __attrs_post_init__(self) -> None:
        if self.open >= self.close:
            raise ValueError(f"a session must open before it closes, found {self.open} to {self.close}")

    def __contains__(self, at: datetime) -> bool:
        return self.open < at <= self.close

    def bars(self, interval: timedelta) -> int:
        """How many bars of ``interval`` this session is expected to have: at least one, the last may be short."""
        return max(1, -((self.open - self.close) // interval))

    def bars_due(self, at: datetime, interval: timedelta) -> int:
        """How many of them should have closed by ``at``."""
        if at >= self.close:
            return self.bars(interval)
        return (at - self.open) // interval if at > self.open else 0

    def due(self, number: int, interval: timedelta) -> datetime | None:
        """When bar ``number`` of this session, counted from 1, should have closed; None where it has not as many."""
        if number > self.bars(interval):
            return None
        # Compared as lengths: a time beyond the year 9999 cannot be made.
        return self.open + min(number * interval, self.close - self.open)


@frozen(kw_only=True)
class Bar:
    """Prices and volume over one interval, stamped with its **close**. A ``Bar`` that exists is a good bar.

    ``ts_event`` is aware UTC, prices are positive, ``low <= open, close <= high``, volume is not negative.
    Raises ``ValueError`` naming the field otherwise: feeds turn that into a ``RefusedRow``.
    """

    instrument: str
    ts_event: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    def __attrs_post_init__(self) -> None:
        # Bars are made by the million, and hardly one is bad: a validator a field takes many times as long as this.
        opened, high, low, close, volume = self.open, self.high, self.low, self.close, self.volume
        try:
            good = (
                self.ts_event.tzinfo is UTC
                and type(opened) is type(high) is type(low) is type(close) is type(volume) is Decimal
                and ZERO < low <= opened <= high
                and low <= close <= high
                and volume >= ZERO
                and add_up_to_an_amount(opened + high + low + close + volume)
            )
        except DecimalException:  # no number, or too many digits
            good = False
        if not good:
            self._check()

    def _check(self) -> None:
        """Look at each field by itself: it says which one is bad."""
        utc(self, "ts_event", self.ts_event)
        for price in ("open", "high", "low", "close"):
            positive(self, price, getattr(self, price))
        not_negative(self, "volume", self.volume)
        if not self.low <= self.open <= self.high:
            raise ValueError(f"open must lie between low {self.low} and high {self.high}, found {self.open}")
        if not self.low <= self.close <= self.high:
            raise ValueError(f"close must lie between low {self.low} and high {self.high}, found {self.close}")


def restated(bar: Bar, ratio: Decimal) -> Bar:
    """``bar`` as it would have been had each unit been ``ratio`` units. Raises ``ValueError`` where no bar would be."""
    return evolve(
        bar,
        open=divided(bar.open, ratio),
        high=divided(bar.high, ratio),
        low=divided(bar.low, ratio),
        close=divided(bar.close, ratio),
        volume=divided(times(bar.volume, ratio), ONE),
    )


class RefusedRow(LightValue, frozen=True, kw_only=True):
    """A row that could not become a bar. It is an observation like any other: nothing is dropped unseen."""

    source: str
    line: int
    field: str
    value: str
    rule: str


@frozen(kw_only=True)
class Silence:
    """Nothing came by ``until`` although the feed was asked."""

    until: datetime = field(validator=utc)


@frozen(kw_only=True)
class Split:
    """A declared split takes effect: one unit becomes ``ratio`` units from ``ts_event`` on."""

    instrument: str
    ts_event: datetime = field(validator=utc)
    ratio: Decimal = field(validator=positive)


class EndOfData(LightValue, frozen=True, kw_only=True):
    """The source is exhausted. Nothing will ever follow."""

    ts_event: datetime | None = None


class Cursor(LightValue, frozen=True, kw_only=True):
    """How far a feed has been read: ``items`` handed over, the last of them at ``ts_event``."""

    items: int = 0
    ts_event: datetime | None = None


FeedItem = Bar | RefusedRow | Silence | Split | EndOfData
