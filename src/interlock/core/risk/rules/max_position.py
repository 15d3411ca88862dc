"""No position larger than this, even if every working order fills."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.orders import BUY, opposite
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, RiskRule
from interlock.core.values import ZERO, positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class MaxPositionLimits:
    """``limit``: units held, long or short, inclusive. ``allow_short``: whether a position may be negative."""

    limit: Decimal = field(validator=positive)
    allow_short: bool = False


class MaxPosition(RiskRule):
    """The position with every working order of the same side filled, PENDING_CANCEL and UNKNOWN included.

    An entry against the position is an order that would flip it: denied whole, never cut to size.
    """

    name: ClassVar[str] = "max_position"
    applies_to = ENTRIES
    mandatory = True
    source: ClassVar[str] = "FIA 1.2"
    Limits = MaxPositionLimits

    def __init__(self, limits: MaxPositionLimits) -> None:
        self._limits, self._limit = limits, limits.limit
        self._allow_short = limits.allow_short

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        side, quantity, position = candidate.intent.side, candidate.intent.quantity, view.position
        buying = side is BUY
        asked = view.leaves(side) + quantity
        projected = position + asked if buying else position - asked
        if projected < ZERO and position <= ZERO and not self._allow_short:
            return self.denied(Reason.SHORT_NOT_ALLOWED, projected, 0)
        # While flat, a working order on the other side decides which way we go: two that cross could flip.
        against = position < ZERO if buying else position > ZERO
        if against or (not position and view.has_working_orders and view.leaves(opposite(side))):
            # Were it no larger than what is left to reduce, it would be an exit and not be asked here.
            return self.denied(Reason.POSITION_WOULD_FLIP, quantity, candidate.reducible)
        if abs(projected) <= self._limit:
            return self.passed(projected, self._limit)
        return self.denied(Reason.POSITION_LIMIT_EXCEEDED, projected, self._limit)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> MaxPositionLimits | None:
        # An order that would flip is denied under any limit.
        if finding.code == Reason.SHORT_NOT_ALLOWED:
            return reaching(self._limits, allow_short=True)
        if finding.code != Reason.POSITION_LIMIT_EXCEEDED or not isinstance(finding.observed, Decimal):
            return None
        return reaching(self._limits, limit=abs(finding.observed))
