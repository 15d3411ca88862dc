"""Not too many orders in too short a time."""

import math
from bisect import bisect_right
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, ENTRIES_AND_EXITS, Candidate, Horizon, RiskRule
from interlock.core.values import at_least_one, positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class OrderRateLimits:
    """At most ``entries`` entries, and at most ``exits`` exits, in any ``window_seconds``."""

    entries: int = field(validator=at_least_one)
    exits: int = field(validator=at_least_one)
    window_seconds: Decimal = field(validator=positive)


class OrderRate(RiskRule):
    """Submissions in a sliding window, entries and exits apart: a storm of entries must not block the way out.

    Cancels are never limited. The window is half open: an order leaves it when it is exactly its length old.
    """

    name: ClassVar[str] = "order_rate"
    applies_to = ENTRIES_AND_EXITS
    source: ClassVar[str] = "RTS 6 15(1)(d); FIA 3.4"
    Limits = OrderRateLimits

    def __init__(self, limits: OrderRateLimits) -> None:
        self._limits = limits
        # Rounded up: a window shorter than a microsecond would never hold anything.
        self._window = timedelta(microseconds=math.ceil(limits.window_seconds.scaleb(6)))

    @property
    @override
    def horizon(self) -> Horizon:
        return Horizon(orders=max(self._limits.entries, self._limits.exits))

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        entry = candidate.order_class in ENTRIES
        limit = self._limits.entries if entry else self._limits.exits
        times_of_class = view.entry_times if entry else view.exit_times
        # Oldest first, so that what lies before the window is found by halving.
        recent = len(times_of_class) - bisect_right(times_of_class, view.now - self._window)
        numbers = {"seconds": self._limits.window_seconds}
        if recent < limit:
            return self.passed(recent + 1, limit, numbers)
        return self.denied(Reason.RATE_LIMIT_EXCEEDED, recent + 1, limit, numbers)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> OrderRateLimits | None:
        limit = "entries" if candidate.order_class in ENTRIES else "exits"
        return reaching(self._limits, **{limit: finding.observed})
