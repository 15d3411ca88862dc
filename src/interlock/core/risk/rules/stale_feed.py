"""Nothing comes any more: a silence is noticed by the clock, not by the bar that ends it."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, RiskRule, seconds
from interlock.core.trading_state import TradingState
from interlock.core.values import ZERO, positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class StaleFeedLimits:
    """``limit_seconds``: how long after a bar was due, by the session calendar, it may still come, inclusive."""

    limit_seconds: Decimal = field(validator=positive)


class StaleFeed(RiskRule):
    """While a session is open a bar comes at most so long after it was due; else trading may only reduce.

    `data_age` denies an order on old data, and lets the next one pass when bars come again. This one restricts trading
    until a person has looked at the feed. It is watched while nothing comes: a bar that does come, late or out of
    history, is for `data_age` to judge. Where the clock follows the data (SIM) no time passes beyond the moment at
    which a bar was due, so no feed is stale there.
    """

    name: ClassVar[str] = "stale_feed"
    applies_to = ENTRIES
    source: ClassVar[str] = "FIA 3.1"
    Limits = StaleFeedLimits

    def __init__(self, limits: StaleFeedLimits) -> None:
        self._limits, self._limit = limits, limits.limit_seconds

    @override
    def watch(self, view: MarketView) -> Breach | None:
        if view.bar_is_new or view.trading_state is not TradingState.ACTIVE:
            return None
        return self._breach(view)

    @override
    def standing(self, view: MarketView) -> Breach | None:
        return self._breach(view)

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        late = _late(view)
        if late <= self._limit:
            return self.passed(late, self._limit)
        return self.denied(Reason.FEED_STALE, late, self._limit)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> StaleFeedLimits | None:
        return reaching(self._limits, limit_seconds=finding.observed)

    def _breach(self, view: MarketView) -> Breach | None:
        late = _late(view)
        if late <= self._limit:
            return None
        return self.breach(TradingState.REDUCING, Reason.FEED_STALE, late, self._limit)


def _late(view: MarketView) -> Decimal:
    since = view.overdue_since
    return seconds(view.now - since) if since is not None else ZERO
