"""The bars that every contestant replays, and the one right answer, in plain integers."""

import random
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from interlock.core.market import Bar, Instrument

SEED = 7
FAST, SLOW = 10, 50
OPENING_CENTS = 10_000_000
START = datetime(2020, 1, 1, tzinfo=UTC)
INSTRUMENT = Instrument(symbol="SIM", tick_size=Decimal("0.01"), lot_size=Decimal(1), calendar="24/7")

# open, high, low, close in cents
Row = tuple[int, int, int, int]


def rows(count: int) -> list[Row]:
    """A seeded random walk: the same on any machine."""
    chance = random.Random(SEED)
    price, made = 10_000, []
    for _ in range(count):
        opened = price
        price = max(100, price + chance.getrandbits(8) % 11 - 5)
        made.append((opened, max(opened, price) + 1, min(opened, price) - 1, price))
    return made


def as_bars(made: list[Row]) -> list[Bar]:
    """The same rows as bars of one minute."""

    def money(cents: int) -> Decimal:
        return Decimal(cents).scaleb(-2)

    return [
        Bar(
            instrument="SIM",
            ts_event=START + timedelta(minutes=number),
            open=money(opened),
            high=money(high),
            low=money(low),
            close=money(close),
            volume=Decimal(1000),
        )
        for number, (opened, high, low, close) in enumerate(made, start=1)
    ]


def right_answer(made: list[Row]) -> tuple[int, int]:
    """Fills, and final equity in cents: one unit, long while the fast average is above the slow one, filled at the
    next open, at most one order a bar, none at the last bar."""
    window: deque[int] = deque(maxlen=SLOW)
    fast = slow = fills = position = close = 0
    cash, wish = OPENING_CENTS, 0
    for opened, _, _, close in made:
        if wish:
            cash -= wish * opened
            position += wish
            fills += 1
            wish = 0
        fast += close - (window[-FAST] if len(window) >= FAST else 0)
        slow += close - (window[0] if len(window) == SLOW else 0)
        window.append(close)
        if len(window) == SLOW:
            trend = fast * SLOW - slow * FAST
            wish = 1 if trend > 0 and not position else -1 if trend < 0 and position else 0
    return fills, cash + position * close
