"""No order worth more than this."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, MissingInput, RiskRule
from interlock.core.values import positive, times
from interlock.core.view import MarketView


@frozen(kw_only=True)
class MaxOrderNotionalLimits:
    """``limit``: currency, inclusive."""

    limit: Decimal = field(validator=positive)


class MaxOrderNotional(RiskRule):
    """Quantity times the worst price at which the order may fill is at most the limit.

    The worst price, not the last one: what the order may come to, not what it looks like.
    """

    name: ClassVar[str] = "max_order_notional"
    applies_to = ENTRIES
    mandatory = True
    source: ClassVar[str] = "RTS 6 15(1)(b)"
    Limits = MaxOrderNotionalLimits

    def __init__(self, limits: MaxOrderNotionalLimits) -> None:
        self._limits, self._limit = limits, limits.limit

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        if candidate.worst_price is None:
            raise MissingInput("no protection price")
        # A sale's worst price is its lowest; its value is counted at the reference where that is higher.
        worst, reference = candidate.worst_price, candidate.reference
        price = worst if worst >= reference else reference
        notional = times(candidate.intent.quantity, price)
        if notional <= self._limit:
            return self.passed(notional, self._limit)
        return self.denied(Reason.NOTIONAL_EXCEEDS_MAX_PER_ORDER, notional, self._limit)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> MaxOrderNotionalLimits | None:
        return reaching(self._limits, limit=finding.observed)
