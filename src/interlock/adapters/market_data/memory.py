"""Market data from a list: for tests, examples and libraries that hold their bars already."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from typing_extensions import override

from interlock.adapters.market_data.counted import CountedFeed
from interlock.adapters.market_data.ordering import order_problem
from interlock.core.market import Bar, EndOfData, FeedItem, RefusedRow, Split

_END = EndOfData()


class MemoryFeed(CountedFeed):
    """Hands over ``items`` in the order given, then ``EndOfData``.

    It keeps the port's promise whatever it is given: a bar or a split that is not later than the one before it is
    handed over as a ``RefusedRow`` whose line counts the items from 1. A ``Silence`` among the items is handed over
    where it stands. Nothing may stand behind an ``EndOfData``: ``ValueError``.
    """

    is_io: ClassVar[bool] = False

    def __init__(self, items: Iterable[FeedItem]) -> None:
        super().__init__()
        # Judged once, here: next() then costs one look-up, which is what makes this feed fit for measuring.
        self._script = _in_order(items)
        self._position = 0
        self._digest: str | None = None

    @override
    def _begin(self) -> None:
        self._position = 0

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        position = self._position
        if position == len(self._script):
            return _END
        self._position = position + 1
        return self._script[position]

    @override
    def describe(self) -> str:
        """``memory sha256:<digest>``, over the items in their order."""
        if self._digest is None:
            digest = hashlib.sha256()
            for item in self._script:
                digest.update(f"{item}\n".encode())
            self._digest = digest.hexdigest()
        return f"memory sha256:{self._digest}"

    @override
    def progress(self) -> float | None:
        """The share of the items that was handed over; 1 when there are none."""
        return self._position / len(self._script) if self._script else 1.0


def _in_order(items: Iterable[FeedItem]) -> tuple[FeedItem, ...]:
    script: list[FeedItem] = []
    last: Bar | Split | None = None
    ended = False
    for line, item in enumerate(items, start=1):
        if ended:
            raise ValueError(f"item {line} stands behind EndOfData: nothing may follow the end")
        if isinstance(item, EndOfData):
            ended = True
            continue
        if isinstance(item, Bar | Split):
            problem = order_problem(item, last)
            if problem is None:
                last = item
            else:
                item = RefusedRow(  # noqa: PLW2901 -- the refusal takes the item's place
                    source="memory", line=line, field="ts_event", value=problem.value, rule=problem.rule
                )
        script.append(item)
    return tuple(script)
