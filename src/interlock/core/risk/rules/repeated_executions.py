"""Not too many fills in too short a time: then a person looks."""

import math
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, Horizon, RiskRule
from interlock.core.trading_state import TradingState
from interlock.core.values import at_least_one, positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class RepeatedExecutionsLimits:
    """At most ``limit`` executions in any ``window_seconds``, partial fills counted one by one."""

    limit: int = field(validator=at_least_one)
    window_seconds: Decimal = field(validator=positive)


class RepeatedExecutions(RiskRule):
    """Executions in a sliding window, whichever order they are of; beyond the limit trading may only reduce.

    `order_rate` lets orders through again as soon as the window has passed. A strategy that runs away inside that rate
    is stopped here, until a person has looked: a release begins to count anew. The time is that of our own clock when
    the fill was booked; the window is half open.
    """

    name: ClassVar[str] = "repeated_executions"
    applies_to = ENTRIES
    source: ClassVar[str] = "RTS 6 15(3); FIA 3.2"
    Limits = RepeatedExecutionsLimits

    def __init__(self, limits: RepeatedExecutionsLimits) -> None:
        self._limits, self._limit = limits, limits.limit
        self._seconds = limits.window_seconds
        # Rounded up: a window shorter than a microsecond would never hold anything.
        self._window = timedelta(microseconds=math.ceil(limits.window_seconds.scaleb(6)))

    @property
    @override
    def horizon(self) -> Horizon:
        return Horizon(executions=self._limit + 1)

    @override
    def watch(self, view: MarketView) -> Breach | None:
        return self._breach(view) if view.trading_state is TradingState.ACTIVE else None

    @override
    def standing(self, view: MarketView) -> Breach | None:
        # A release begins to count anew. Whoever releases a halt has looked at something worse, and may not have seen
        # this yet.
        return self._breach(view) if view.trading_state is TradingState.HALTED else None

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        recent, numbers = self._recent(view), {"seconds": self._seconds}
        if recent <= self._limit:
            return self.passed(recent, self._limit, numbers)
        return self.denied(Reason.EXECUTIONS_EXCEEDED, recent, self._limit, numbers)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> RepeatedExecutionsLimits | None:
        return reaching(self._limits, limit=finding.observed)

    def _breach(self, view: MarketView) -> Breach | None:
        # The one that is too many decides: however large the limit is, one time is looked at.
        first = view.execution_time(self._limit)
        if first is None or first <= view.now - self._window:
            return None
        recent, code = self._recent(view), Reason.EXECUTIONS_EXCEEDED
        return self.breach(TradingState.REDUCING, code, recent, self._limit, seconds=self._seconds)

    def _recent(self, view: MarketView) -> int:
        since = view.now - self._window
        return sum(at > since for at in view.execution_times)
