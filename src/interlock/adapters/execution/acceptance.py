"""What a venue would refuse, before anything works."""

from datetime import datetime

from interlock.core.market import Instrument
from interlock.core.orders import OrderTerms, OrderType, TimeInForce
from interlock.core.reasons import Reason, sentence
from interlock.core.reports import OrderRejected
from interlock.core.values import Numbers, is_multiple


def refusal(terms: OrderTerms, instrument: Instrument, now: datetime) -> OrderRejected | None:
    """What a venue would refuse: an order it does not understand, or one that comes too late."""
    supported = terms.order_type is not OrderType.STOP and terms.time_in_force is TimeInForce.DAY
    checks: tuple[tuple[bool, Reason, Numbers], ...] = (
        (terms.instrument == instrument.symbol, Reason.INSTRUMENT_UNKNOWN, {"instrument": terms.instrument}),
        (
            supported,
            Reason.TYPE_NOT_SUPPORTED,
            {"order_type": terms.order_type.value, "time_in_force": terms.time_in_force.value},
        ),
        (
            is_multiple(terms.quantity, instrument.lot_size),
            Reason.OFF_LOT,
            {"quantity": terms.quantity, "lot": instrument.lot_size},
        ),
        (
            terms.limit_price is None or is_multiple(terms.limit_price, instrument.tick_size),
            Reason.OFF_TICK,
            {"price": terms.limit_price or 0, "tick": instrument.tick_size},
        ),
        (
            now < terms.valid_until,
            Reason.APPROVAL_EXPIRED,
            {"valid_until": terms.valid_until.isoformat(), "now": now.isoformat()},
        ),
    )
    for fine, code, numbers in checks:
        if not fine:
            return OrderRejected(
                client_order_id=terms.client_order_id, ts_event=now, code=code, detail=sentence(code, numbers)
            )
    return None
