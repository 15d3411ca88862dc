"""What is drawn at every bar, and how many bars become few enough to draw without losing an extreme.

Numbers become floats here, and only here: a pixel needs no more. Tables and explanations keep the exact ones.
"""

from array import array
from bisect import bisect_left
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import Factory, define, frozen

from interlock.core.market import Bar
from interlock.core.state import State
from interlock.core.values import minus

# About two for each pixel of a wide screen: beyond that one bar hides the other, and the page only grows.
BUCKETS_MAX: Final = 4_000


def milliseconds(at: datetime) -> int:
    """A time as browsers count it."""
    return round(at.timestamp() * 1000)


def _floats() -> "array[float]":
    return array("d")


# mutable: it grows bar by bar; arrays, because 500,000 bars of Python floats would take ten times the memory
@define
class Series:
    """Every bar as it was recorded, and what the books said at its close."""

    times: "array[int]" = Factory(lambda: array("q"))
    opens: "array[float]" = Factory(_floats)
    highs: "array[float]" = Factory(_floats)
    lows: "array[float]" = Factory(_floats)
    closes: "array[float]" = Factory(_floats)
    equities: "array[float]" = Factory(_floats)
    drawdowns: "array[float]" = Factory(_floats)
    positions: "array[float]" = Factory(_floats)
    _peak: Decimal | None = None

    def __len__(self) -> int:
        return len(self.times)

    def add(self, bar: Bar, state: State) -> None:
        """One more bar, and ``state`` with it folded in. The drawdown is measured from the highest close so far."""
        self.times.append(milliseconds(bar.ts_event))
        self.opens.append(float(bar.open))
        self.highs.append(float(bar.high))
        self.lows.append(float(bar.low))
        self.closes.append(float(bar.close))
        equity = state.equity
        self._peak = equity if self._peak is None else max(self._peak, equity)
        self.equities.append(float(equity))
        self.drawdowns.append(float(minus(equity, self._peak)))
        self.positions.append(float(state.portfolio.position))


@frozen(kw_only=True)
class Bucket:
    """Some bars that stand beside one another, drawn as one: from bar ``first`` to bar ``last``, both included."""

    first: int
    last: int


@frozen(kw_only=True)
class Drawn:
    """One number over the buckets: the last, the least and the greatest in each. Where a bucket is a bar of one price,
    all three are that one."""

    last: list[float]
    least: list[float]
    greatest: list[float]


def buckets(count: int, most: int = BUCKETS_MAX) -> list[Bucket]:
    """At most ``most`` buckets of equally many bars; one bar each where there are no more bars than that."""
    size = max(1, -(-count // most))
    return [Bucket(first=first, last=min(first + size, count) - 1) for first in range(0, count, size)]


def drawn(values: "array[float]", into: list[Bucket]) -> Drawn:
    """``values`` over the buckets. No extreme is lost: the least and the greatest of all are among them."""
    return between(values, values, values, into)


def between(lasts: "array[float]", lows: "array[float]", highs: "array[float]", into: list[Bucket]) -> Drawn:
    """Likewise, of a number that moved between ``lows`` and ``highs`` within each bar."""
    return Drawn(
        last=[lasts[bucket.last] for bucket in into],
        least=[min(lows[bucket.first : bucket.last + 1]) for bucket in into],
        greatest=[max(highs[bucket.first : bucket.last + 1]) for bucket in into],
    )


def bucket_at(ends: list[int], at: int) -> int:
    """In which bucket the time ``at`` lies: the first that ends at or after it. ``ends`` must not be empty."""
    return min(bisect_left(ends, at), len(ends) - 1)
