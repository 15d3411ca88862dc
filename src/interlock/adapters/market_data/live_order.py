"""Which row may follow which, over connections that come and go."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from interlock.adapters.market_data.live_rows import Row
from interlock.adapters.market_data.ordering import OrderProblem, order_problem
from interlock.core.market import Bar

# Bars that are remembered, so that one told again is held against what it was.
RECENT_BARS: Final = 1_000


class LiveOrder:
    """Strictly ascending, whatever the source does.

    A new connection may begin with what we have already, and history does: such a repetition we asked for, and it is
    passed over. Any other is refused. Another value for a time that was told is a broken promise, and always refused.
    """

    def __init__(self, after: datetime | None) -> None:
        self._recent: dict[datetime, Bar] = {}
        self._last: Bar | None = None
        self._last_ts = after
        # Up to here a repetition is one that we asked for; None when it would be none.
        self._until: datetime | None = after

    @property
    def last_ts(self) -> datetime | None:
        """When the last bar closed that was let through, in this run or the one before; None before the first."""
        return self._last_ts

    def joined(self) -> None:
        """A new connection, or the end of its history: what we have may be told once more."""
        self._until = self._last_ts

    def judge(self, bar: Bar, *, streamed: bool) -> Bar | OrderProblem | None:
        """``bar`` when it may follow, the rule that it breaks, or None for a repetition that we asked for."""
        at, known = bar.ts_event, self._recent.get(bar.ts_event)
        if self._until is not None and at <= self._until and (known == bar or self._is_before_all(at)):
            return None
        problem = order_problem(bar, known or self._last)
        if problem is not None:
            return problem
        if streamed:
            self._until = None  # it has caught up: whatever is repeated now is repeated by itself
        self._last, self._last_ts = bar, at
        self._recent[at] = bar
        if len(self._recent) > RECENT_BARS:
            del self._recent[next(iter(self._recent))]
        return bar

    def _is_before_all(self, at: datetime) -> bool:
        """Whether nobody remembers what was told of that time: it was before this run, or long ago."""
        return not self._recent or at < next(iter(self._recent))


def newest(rows: Iterable[Row]) -> datetime | None:
    """When the newest bar among ``rows`` closed; None where there is none."""
    return max((row.ts_event for row in rows if isinstance(row, Bar)), default=None)
