"""No order larger than this."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching
from interlock.core.risk.rule import ENTRIES, Candidate, RiskRule
from interlock.core.values import positive
from interlock.core.view import MarketView


@frozen(kw_only=True)
class MaxOrderQuantityLimits:
    """``limit``: units of the instrument, inclusive."""

    limit: Decimal = field(validator=positive)


class MaxOrderQuantity(RiskRule):
    """Order quantity is at most the limit."""

    name: ClassVar[str] = "max_order_quantity"
    applies_to = ENTRIES
    mandatory = True
    source: ClassVar[str] = "RTS 6 15(1)(c); FIA 1.1"
    Limits = MaxOrderQuantityLimits

    def __init__(self, limits: MaxOrderQuantityLimits) -> None:
        self._limits, self._limit = limits, limits.limit

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        quantity = candidate.intent.quantity
        if quantity <= self._limit:
            return self.passed(quantity, self._limit)
        return self.denied(Reason.QUANTITY_EXCEEDS_MAXIMUM, quantity, self._limit)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> MaxOrderQuantityLimits | None:
        return reaching(self._limits, limit=finding.observed)
