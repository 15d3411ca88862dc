"""The paper matcher: what would have happened to an order on the next bar, under assumptions that are stated.

Pure. It sees one bar and one working order, and nothing of the future beyond that bar:

- a MARKET order fills at the bar's open, worse by the slippage;
- a LIMIT order fills only when the market traded *through* it (touching is not enough: others were first);
- nothing fills beyond the protection price, nor outside the order's session;
- no more fills than a stated share of the bar's volume.
"""

from decimal import Decimal
from typing import Final

from attrs import field, frozen
from attrs.validators import optional
from msgspec.structs import replace

from interlock.core.fees import FeeSchedule
from interlock.core.market import Bar
from interlock.core.orders import BUY, MARKET, OrderTerms, Side
from interlock.core.reasons import Reason
from interlock.core.reports import FillBasis, OrderFilled
from interlock.core.values import (
    BASIS_POINT,
    ONE,
    ZERO,
    LightValue,
    Numbers,
    added_product,
    down_to,
    fraction,
    iso,
    not_negative,
    positive,
    times,
    up_to,
)

# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_NEXT_OPEN: Final = FillBasis.NEXT_OPEN


@frozen(kw_only=True)
class MatchingRules:
    """The assumptions. ``participation`` is the share of a bar's volume that may be ours; None ignores volume."""

    slippage_bps: Decimal = field(validator=not_negative)
    fees: FeeSchedule
    participation: Decimal | None = field(validator=optional(fraction))
    tick_size: Decimal = field(validator=positive)
    lot_size: Decimal = field(validator=positive)


class RestingOrder(LightValue, frozen=True, kw_only=True):
    """A working order at the paper venue: what is left of it, and what was filled and charged so far."""

    terms: OrderTerms
    venue_order_id: str
    leaves_qty: Decimal
    notional: Decimal = ZERO
    fees: Decimal = ZERO


def available(bar: Bar, rules: MatchingRules) -> Decimal | None:
    """How many units of ``bar`` may be ours, in whole lots; None where volume is ignored."""
    if rules.participation is None:
        return None
    return down_to(times(bar.volume, rules.participation), rules.lot_size)


def slipped(price: Decimal, side: Side, rules: MatchingRules) -> Decimal:
    """``price`` made worse by the slippage and rounded to the tick, against us both times."""
    if side is BUY:
        return up_to(times(price, ONE + times(rules.slippage_bps, BASIS_POINT)), rules.tick_size)
    return down_to(times(price, ONE - times(rules.slippage_bps, BASIS_POINT)), rules.tick_size)


def match(
    order: RestingOrder, bar: Bar, rules: MatchingRules, units: Decimal | None
) -> tuple[OrderFilled, RestingOrder] | None:
    """The fill of ``order`` on ``bar`` and what is left of it; None when it does not fill.

    ``units`` is what is still available of the bar's volume (None: any). ``trade_id`` is a function of order and
    bar, so that the same bar told twice is the same trade.
    """
    terms = order.terms
    # A bar that had closed when the order was decided (a late feed) is past: nothing fills on it.
    in_time = terms.ts_init < bar.ts_event > terms.session_open and bar.ts_event <= terms.valid_until
    if not in_time or bar.instrument != terms.instrument:
        return None
    priced = _price(terms, bar, rules)
    if priced is None or not no_worse(priced[0], terms.protection_price, terms.side):
        return None
    price, reference, basis = priced
    quantity = order.leaves_qty if units is None else min(order.leaves_qty, units)
    if quantity <= 0:
        return None
    notional = added_product(quantity, price, order.notional)
    fee = rules.fees.of(notional) - order.fees
    fill = OrderFilled(
        client_order_id=terms.client_order_id,
        venue_order_id=order.venue_order_id,
        trade_id=f"{terms.client_order_id}@{iso(bar.ts_event)}",
        instrument=terms.instrument,
        side=terms.side,
        ts_event=bar.ts_event,
        last_qty=quantity,
        last_px=price,
        fee=fee,
        reference_px=reference,
        slippage=times(quantity, abs(price - reference)),
        basis=basis,
    )
    return fill, replace(order, leaves_qty=order.leaves_qty - quantity, notional=notional, fees=order.fees + fee)


def why_not(order: RestingOrder, bar: Bar | None, rules: MatchingRules) -> tuple[Reason, Numbers]:
    """Why what is left of ``order`` did not fill on ``bar``, the last that came in its session (None: none came)."""
    terms = order.terms
    if bar is None:
        return Reason.NO_BAR_IN_SESSION, {}
    priced = _price(terms, bar, rules)
    if priced is not None and no_worse(priced[0], terms.protection_price, terms.side):
        return Reason.VOLUME_TOO_SMALL, {"volume": bar.volume, "leaves": order.leaves_qty}
    if terms.limit_price is not None:
        extreme = bar.low if terms.side is BUY else bar.high
        return Reason.NOT_TRADED_THROUGH, {"extreme": extreme, "limit": terms.limit_price}
    price = slipped(bar.open, terms.side, rules)
    return Reason.OPEN_BEYOND_PROTECTION, {"open": bar.open, "price": price, "protection_price": terms.protection_price}


def _price(terms: OrderTerms, bar: Bar, rules: MatchingRules) -> tuple[Decimal, Decimal, FillBasis] | None:
    """Price, price before slippage, and the assumption it rests on; None when the order does not fill."""
    at_open = slipped(bar.open, terms.side, rules)
    if terms.order_type is MARKET:
        return (at_open, bar.open, _NEXT_OPEN) if at_open > 0 else None
    limit = terms.limit_price
    if limit is None:
        return None
    if _through(bar.open, limit, terms.side) and no_worse(at_open, limit, terms.side) and at_open > 0:
        return at_open, bar.open, FillBasis.LIMIT_AT_BETTER_OPEN
    extreme = bar.low if terms.side is BUY else bar.high
    if _through(extreme, limit, terms.side):
        return limit, limit, FillBasis.LIMIT_TRADED_THROUGH
    return None


def no_worse(price: Decimal, bound: Decimal, side: Side) -> bool:
    """Whether ``price`` is as good as ``bound`` for an order on ``side``, or better."""
    return price <= bound if side is BUY else price >= bound


def _through(price: Decimal, limit: Decimal, side: Side) -> bool:
    return price < limit if side is BUY else price > limit
