"""The price of a market that does not exist: a walk in whole ticks, the same on every machine.

There is no float in here, and no chance but ``getrandbits`` of a seeded generator. Every slot draws the same
number of bits, whatever features are on, so that switching one on changes what it stands for and nothing else.
"""

import random
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum
from math import isqrt
from typing import Final

from interlock.core.values import LightValue


class Feature(StrEnum):
    """What a simulated market may do besides wandering about."""

    TRENDS = "trends"
    QUIET = "quiet"
    GAPS = "gaps"
    SPIKES = "spikes"
    BAD_ROWS = "bad_rows"
    OUTAGES = "outages"


# The standard deviation of one day's step, in millionths of the price; that of a shorter bar follows the root.
DAY_MILLIONTHS: Final = 10_000
# A price strays at most this far from where it began, so that every amount stays within the digits we allow.
CEILING_FACTOR: Final = 100
_DAY_SECONDS: Final = 86_400
_UP, _DOWN, _QUIET = 1, 2, 3


class Slot(LightValue, frozen=True, kw_only=True):
    """What happens in one slot of the calendar: prices in ticks, and whether anything of it is seen."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    is_lost: bool
    bad_row: int | None


class Walk:
    """One price, walking. ``step`` is called once a slot, in order; memory is constant."""

    def __init__(
        self, *, seed: int, start: int, volume: int, interval: timedelta, features: Collection[Feature]
    ) -> None:
        seconds = min(_DAY_SECONDS, max(1, interval // timedelta(seconds=1)))
        self._bits = random.Random(seed).getrandbits  # noqa: S311 -- repeatable is what it has to be
        self._start = self._price = start
        self._ceiling = start * CEILING_FACTOR
        self._volume = volume
        self._sigma = max(1, isqrt(DAY_MILLIONTHS**2 * seconds // _DAY_SECONDS))
        self._trends = Feature.TRENDS in features
        self._quiet = Feature.QUIET in features
        self._gaps = Feature.GAPS in features
        self._spikes = Feature.SPIKES in features
        self._bad_rows = Feature.BAD_ROWS in features
        self._outages = Feature.OUTAGES in features
        self._regime = 0
        self._regime_left = 0
        self._outage_left = 0
        self._outage_may_begin = False

    def step(self, *, is_first: bool) -> Slot:
        """The next slot; ``is_first`` of its session, where prices like to jump."""
        chance = self._bits(64)  # for the moves of the price
        fate = self._bits(64)  # for everything that happens now and then
        self._turn(fate & 0xFF)
        opened = self._bounded(self._price + self._gap(fate >> 8 & 0xFFFF, is_first))
        if self._quiet and self._regime == _QUIET:
            high = low = closed = opened
        else:
            closed = self._moved(opened, chance)
            wick = opened * self._sigma
            high = self._bounded(max(opened, closed) + (wick * (fate >> 24 & 0x7) // 8_000_000))
            low = self._bounded(min(opened, closed) - (wick * (fate >> 27 & 0x7) // 8_000_000))
        self._price = closed
        if self._spikes and fate >> 30 & 0xFF == 0:
            closed = self._spike(closed, fate >> 38 & 0x3F)
            high, low = max(high, closed), min(low, closed)
        volume = self._volume * (512 + (chance >> 54)) // 1024
        bad_row = fate >> 44 & 0x3 if self._bad_rows and fate >> 46 & 0x3F == 0 else None
        return Slot(
            open=opened,
            high=high,
            low=low,
            close=closed,
            volume=volume,
            is_lost=self._lost(fate >> 52 | (chance >> 47 & 0x7) << 12),
            bad_row=bad_row,
        )

    def _bounded(self, price: int) -> int:
        return max(1, min(price, self._ceiling))

    def _turn(self, bits: int) -> None:
        """Begin another stretch of the market's mood when the last one is over: 32 to 95 slots."""
        if self._regime_left == 0:
            self._regime = bits & 0x3
            self._regime_left = 32 + (bits >> 2)
        self._regime_left -= 1

    def _moved(self, price: int, chance: int) -> int:
        """A step of the walk: 32 coins, a mood, a weak pull to where it began, and at least a tick of life."""
        coins = ((chance & 0xFFFF_FFFF).bit_count() - 16) * 4  # in elevenths of a standard deviation
        if self._trends:
            coins += {_UP: 3, _DOWN: -3}.get(self._regime, 0)
        numerator = price * coins * self._sigma
        moved = (2 * numerator + 11_000_000) // 22_000_000  # rounded half up: rounding down would be a drift
        # Dithered with 13 bits of chance, or the pull of a near price would always round to nothing.
        pull = (self._start - price + (chance >> 32 & 0x1FFF)) >> 13
        life = (chance >> 45 & 1) - (chance >> 46 & 1)
        return self._bounded(price + moved + pull + life)

    def _gap(self, bits: int, is_first: bool) -> int:
        """A jump between two bars, of 2 to 9 %: one session in eight, and else one bar in 512."""
        rare = bits & (0x7 if is_first else 0x1FF)
        if not self._gaps or rare:
            return 0
        size = max(1, self._price * (2 + (bits >> 9 & 0x7)) // 100)
        return size if bits >> 12 & 1 else -size

    def _spike(self, price: int, bits: int) -> int:
        """A price 25 to 56 % away, which the next bar knows nothing of."""
        far = -(-price * (25 + (bits & 0x1F)) // 100)
        return price + far if bits >> 5 else self._bounded(price - far)

    def _lost(self, bits: int) -> bool:
        """Whether the slot lies in an outage: 3 to 34 slots, begun at one slot in a thousand.

        Two outages never touch, so that a search for the next bar ends.
        """
        if self._outage_left > 0:
            self._outage_left -= 1
            self._outage_may_begin = False
            return True
        if self._outages and self._outage_may_begin and bits & 0x3FF == 0:
            self._outage_left = 2 + (bits >> 10)
            return True
        self._outage_may_begin = True
        return False
