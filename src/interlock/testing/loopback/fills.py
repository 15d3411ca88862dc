"""How orders fill at the loopback venue, and how it tells of it.

MARKET orders fill at the next bar's open, LIMIT orders at that open where it is better, or at their limit once it was
traded through; each with all that is left, without slippage or fee, and never beyond the protection price. No line is
shared with ``core.matching``: two that agree are two witnesses.
"""

from datetime import datetime
from decimal import Decimal

from interlock.core.market import Bar
from interlock.core.orders import OrderType, Side
from interlock.core.reports import FillBasis, OrderFilled
from interlock.core.values import ZERO
from interlock.testing.loopback.fields import NAME_LENGTH_MAX
from interlock.testing.loopback.requests import Asked


def venue_order_id(asked: Asked) -> str:
    """What the venue calls the order."""
    return f"v-{asked.client_order_id}"[:NAME_LENGTH_MAX]


def trade_id(number: int) -> str:
    """What the venue calls its trade of that number."""
    return f"loopback-{number}"


def price_of(asked: Asked, bar: Bar) -> Decimal | None:
    """At what ``bar`` fills the order; None where it does not."""
    if asked.instrument != bar.instrument or not max(asked.session_open, asked.ts_init) < bar.ts_event:
        return None
    buys = asked.side is Side.BUY
    worst = asked.protection_price if asked.limit_price is None else asked.limit_price
    if bar.open <= worst if buys else bar.open >= worst:
        return bar.open
    through = bar.low < worst if buys else bar.high > worst
    return worst if asked.order_type is OrderType.LIMIT and through else None


def a_trade(asked: Asked, number: int, side: Side, quantity: Decimal, price: Decimal, now: datetime) -> OrderFilled:
    """The report of a trade on an order."""
    return OrderFilled(
        client_order_id=asked.client_order_id,
        venue_order_id=venue_order_id(asked),
        trade_id=trade_id(number),
        instrument=asked.instrument,
        side=side,
        ts_event=now,
        last_qty=quantity,
        last_px=price,
        fee=ZERO,
        reference_px=price,
        slippage=ZERO,
        basis=FillBasis.VENUE,
    )
