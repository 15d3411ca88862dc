"""Small values for tests: valid as they come, and different where a test says so."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from interlock.core.market import Bar, DeclaredSplit, Instrument
from interlock.core.values import times

A_TIME = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


def an_instrument(
    symbol: str = "TEST",
    *,
    tick_size: str = "0.01",
    lot_size: str = "1",
    calendar: str = "24/7",
    splits: tuple[DeclaredSplit, ...] = (),
) -> Instrument:
    """An instrument, traded around the clock in cents and whole units unless told otherwise."""
    return Instrument(
        symbol=symbol, tick_size=Decimal(tick_size), lot_size=Decimal(lot_size), calendar=calendar, splits=splits
    )


def a_bar(
    close: str = "100",
    *,
    open: str | None = None,
    high: str | None = None,
    low: str | None = None,
    volume: str = "1000",
    at: datetime = A_TIME,
    instrument: str = "TEST",
) -> Bar:
    """A bar that closes at ``close``. Prices that are not given are as near to it as the others allow."""
    closed = Decimal(close)
    opened = Decimal(open) if open is not None else closed
    return Bar(
        instrument=instrument,
        ts_event=at,
        open=opened,
        high=Decimal(high) if high is not None else max(opened, closed),
        low=Decimal(low) if low is not None else min(opened, closed),
        close=closed,
        volume=Decimal(volume),
    )


def bars(
    count: int,
    *,
    seed: int = 1,
    first: datetime = A_TIME,
    interval: timedelta = A_MINUTE,
    start_ticks: int = 10_000,
    tick: str = "0.01",
    instrument: str = "TEST",
) -> tuple[Bar, ...]:
    """``count`` bars of a random walk in whole ticks; ``first`` is the close of the first. Same seed, same bars."""
    return tuple(
        Bar(
            instrument=instrument,
            ts_event=first + interval * place,
            open=times(Decimal(tick), Decimal(opened)),
            high=times(Decimal(tick), Decimal(high)),
            low=times(Decimal(tick), Decimal(low)),
            close=times(Decimal(tick), Decimal(closed)),
            volume=Decimal(volume),
        )
        for place, (opened, high, low, closed, volume) in zip(range(count), _walk(seed, start_ticks), strict=False)
    )


def _walk(seed: int, start: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Open, high, low, close in ticks, and volume. A step is at most 64 ticks, and no price is below one."""
    bits = random.Random(seed).getrandbits
    closed = start
    while True:  # ends: with the count of whoever asks
        opened = closed
        closed = max(1, opened + bits(64).bit_count() * 2 - 64)
        high = max(opened, closed) + bits(3)
        low = max(1, min(opened, closed) - bits(3))
        yield opened, high, low, closed, 500 + bits(10)
