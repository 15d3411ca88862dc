"""What a fill costs beside its price."""

from decimal import Decimal

from attrs import field, frozen

from interlock.core.values import BASIS_POINT, ZERO, added_product, not_negative, times, up_to_the_cent


@frozen(kw_only=True)
class FeeSchedule:
    """A fixed fee per order and a share of its value; rounded up to the cent, against us.

    Rounded once over the whole order, not fill by fill, so that an order filled in a hundred parts costs what it
    would have cost in one, and what was reserved always suffices.
    """

    fee_bps: Decimal = field(default=ZERO, validator=not_negative)
    fee_fixed: Decimal = field(default=ZERO, validator=not_negative)

    def of(self, notional: Decimal) -> Decimal:
        """The fee, in currency, for an order of which ``notional`` has been filled so far."""
        return up_to_the_cent(added_product(times(notional, self.fee_bps), BASIS_POINT, self.fee_fixed))
