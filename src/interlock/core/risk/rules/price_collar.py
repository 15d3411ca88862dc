"""No order priced far from the market."""

from decimal import Decimal
from typing import ClassVar

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.orders import BUY, Side
from interlock.core.reasons import Reason
from interlock.core.risk.relaxing import reaching, share
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, MissingInput, RiskRule
from interlock.core.values import ONE, ZERO, divided, down_to, fraction, minus, plus, times, up_to
from interlock.core.view import MarketView


@frozen(kw_only=True)
class PriceCollarLimits:
    """``limit``: the largest distance from the reference, as a share of it (0.05 is 5 %)."""

    limit: Decimal = field(validator=fraction)


class PriceCollar(RiskRule):
    """abs(worst price / reference - 1) is at most the limit, in every phase of the session, exits included.

    A market order gets its protection price from here, rounded inwards to the tick, so nothing fills beyond it.
    """

    name: ClassVar[str] = "price_collar"
    applies_to = ENTRIES_AND_EXITS
    mandatory = True
    source: ClassVar[str] = "RTS 6 15(1)(a); FIA 1.3"
    Limits = PriceCollarLimits

    def __init__(self, limits: PriceCollarLimits) -> None:
        self._limits, self._limit = limits, limits.limit
        self._above, self._below = plus(ONE, limits.limit), minus(ONE, limits.limit)

    def protection_price(self, side: Side, reference: Decimal, tick: Decimal) -> Decimal | None:
        """The worst price for a market order; None when no price above zero lies inside the collar."""
        if side is BUY:
            price = down_to(times(reference, self._above), tick)
        else:
            price = up_to(times(reference, self._below), tick)
        # On its own side of the reference it was rounded towards it; on the other side it may lie too far off.
        inside = (price >= reference) is (side is BUY) or abs(price - reference) <= times(self._limit, reference)
        return price if price > ZERO and inside else None

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        if candidate.worst_price is None:
            raise MissingInput("no protection price")
        distance = abs(candidate.worst_price - candidate.reference)
        # Compared without dividing, so that no rounding can let an order through.
        observed = divided(distance, candidate.reference)
        numbers = {"price": candidate.worst_price, "reference": candidate.reference}
        if distance <= times(self._limit, candidate.reference):
            return self.passed(observed, self._limit, numbers)
        return self.denied(Reason.PRICE_COLLAR_BREACHED, observed, self._limit, numbers)

    @override
    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> PriceCollarLimits | None:
        if candidate.worst_price is not None:
            distance = abs(candidate.worst_price - candidate.reference)
        else:
            # No price that the tick allows lies inside: the nearest one would have to.
            tick = view.instrument.tick_size
            below, above = down_to(candidate.reference, tick), up_to(candidate.reference, tick)
            distance = min(abs(price - candidate.reference) for price in (below, above) if price > ZERO)
        return reaching(self._limits, limit=share(distance, candidate.reference))
