"""What a venue would refuse, before anything works."""

from datetime import datetime

from interlock.core.market import Instrument
from interlock.core.orders import OrderTerms, OrderType, TimeInForce
from interlock.core.reasons import Reason
from interlock.core.reports import OrderRejected
from interlock.core.values import Numbers, is_multiple

# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_STOP, _DAY = OrderType.STOP, TimeInForce.DAY


def refusal(terms: OrderTerms, instrument: Instrument, now: datetime) -> OrderRejected | None:
    """What a venue would refuse: an order it does not understand, or one that comes too late."""
    problem = _problem(terms, instrument, now)
    if problem is None:
        return None
    code, numbers = problem
    return OrderRejected(client_order_id=terms.client_order_id, ts_event=now, code=code, numbers=numbers)


def _problem(terms: OrderTerms, instrument: Instrument, now: datetime) -> tuple[Reason, Numbers] | None:
    limit = terms.limit_price
    if terms.instrument != instrument.symbol:
        return Reason.INSTRUMENT_UNKNOWN, {"instrument": terms.instrument}
    if terms.order_type is _STOP or terms.time_in_force is not _DAY:
        asked = {"order_type": terms.order_type.value, "time_in_force": terms.time_in_force.value}
        return Reason.TYPE_NOT_SUPPORTED, asked
    if not is_multiple(terms.quantity, instrument.lot_size):
        return Reason.OFF_LOT, {"quantity": terms.quantity, "lot": instrument.lot_size}
    if limit is not None and not is_multiple(limit, instrument.tick_size):
        return Reason.OFF_TICK, {"price": limit, "tick": instrument.tick_size}
    if now >= terms.valid_until:
        return Reason.APPROVAL_EXPIRED, {"valid_until": terms.valid_until.isoformat(), "now": now.isoformat()}
    return None
