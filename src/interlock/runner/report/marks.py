"""What is marked on the price: entries, exits, denials, splits, halts. Each has a shape and a word."""

from array import array
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import Factory, define, frozen

from interlock.core.decision import Outcome
from interlock.core.market import Split
from interlock.core.orders import OrderClass
from interlock.core.records import Record, TradingStateChanged
from interlock.core.reports import OrderFilled
from interlock.core.state import State
from interlock.runner.report.series import bucket_at, milliseconds


class MarkKind(StrEnum):
    """What a mark tells of; its value is the word in the legend."""

    ENTRY = "entry filled"
    EXIT = "exit filled"
    DENIAL = "order denied"
    SPLIT = "split"
    HALT = "trading restricted"


# How each looks. Shapes differ, so that no colour has to be seen.
SHAPES: Final[Mapping[MarkKind, str]] = MappingProxyType(
    {
        MarkKind.ENTRY: "triangle-up",
        MarkKind.EXIT: "triangle-down",
        MarkKind.DENIAL: "x-thin",
        MarkKind.SPLIT: "diamond",
        MarkKind.HALT: "square",
    }
)


@frozen(kw_only=True)
class Mark:
    """One mark: ``count`` things of a kind in one bucket, from record ``seq`` to record ``until``."""

    kind: MarkKind
    at: int
    price: float
    count: int
    seq: int
    until: int


# mutable: it grows as records are read
@define
class _Seen:
    times: "array[int]" = Factory(lambda: array("q"))
    prices: "array[float]" = Factory(lambda: array("d"))
    seqs: "array[int]" = Factory(lambda: array("q"))


# mutable: it grows as records are read
@define
class Marks:
    """Everything that is to be marked, in the order in which it came."""

    seen: dict[MarkKind, _Seen] = Factory(lambda: {kind: _Seen() for kind in MarkKind})

    def take(self, seq: int, record: Record, state: State) -> None:
        """Record ``seq``; ``state`` has it folded in already. What came before the first bar has no price."""
        for kind in _kinds(record, state):
            fill = record.observation
            price = (
                fill.last_px if isinstance(fill, OrderFilled) else state.bar.close if state.bar is not None else None
            )
            if price is not None:
                seen = self.seen[kind]
                seen.times.append(milliseconds(record.ts_init))
                seen.prices.append(float(price))
                seen.seqs.append(seq)

    def count(self, kind: MarkKind) -> int:
        """How many there were of that kind."""
        return len(self.seen[kind].times)

    def over(self, ends: list[int]) -> list[Mark]:
        """At most one mark of a kind in each bucket, which says how many it stands for. ``ends`` are the buckets'."""
        found: list[Mark] = []
        for kind, seen in self.seen.items():
            places: dict[int, list[int]] = {}
            for number, at in enumerate(seen.times):
                places.setdefault(bucket_at(ends, at), []).append(number)
            found += [
                Mark(
                    kind=kind,
                    at=seen.times[numbers[-1]],
                    price=seen.prices[numbers[-1]],
                    count=len(numbers),
                    seq=seen.seqs[numbers[0]],
                    until=seen.seqs[numbers[-1]],
                )
                for numbers in places.values()
            ]
        return found


def _kinds(record: Record, state: State) -> list[MarkKind]:
    kinds = []
    observation = record.observation
    if isinstance(observation, OrderFilled):
        order = state.order(observation.client_order_id)
        # A trade of no order of ours moves the position just the same: it is drawn as what its side is.
        leaves = order.terms.order_class is OrderClass.EXIT if order is not None else observation.side == "SELL"
        kinds.append(MarkKind.EXIT if leaves else MarkKind.ENTRY)
    elif isinstance(observation, Split):
        kinds.append(MarkKind.SPLIT)
    if record.decision is not None and record.decision.outcome is Outcome.DENIED:
        kinds.append(MarkKind.DENIAL)
    if any(isinstance(event, TradingStateChanged) for event in record.events):
        kinds.append(MarkKind.HALT)
    return kinds
