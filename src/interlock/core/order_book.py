"""Our own orders in the fold: what each report does to them, and what is wrong with a report.

A report never raises. What it says is counted once; what it should not say is booked where it touches the
position (ignoring a fill would falsify the books), and the cycle halts for the anomaly named here.
"""

from interlock.core.matching import no_worse
from interlock.core.order_states import TRANSITIONS, WORKING, OrderState, Trigger, next_state
from interlock.core.orders import ENTRY, OrderTerms, cancel_id
from interlock.core.portfolio import Telling
from interlock.core.reasons import Reason
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
)
from interlock.core.state import ENDED_ORDERS_KEPT, FOREIGN_TRADES_KEPT, NEVER, Order, State
from interlock.core.values import LightValue, Numbers, added_product

_TRIGGERS: dict[type, Trigger] = {
    OrderAccepted: Trigger.ACCEPT,
    OrderRejected: Trigger.REJECT,
    OrderCanceled: Trigger.CANCEL,
    CancelRejected: Trigger.REJECT_CANCEL,
    OrderExpired: Trigger.EXPIRE,
    OrderUnknown: Trigger.LOSE,
}
# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_FILL_PART, _FILL_REST, _LOSE = Trigger.FILL_PART, Trigger.FILL_REST, Trigger.LOSE
_SUBMITTED, _ACCEPTED, _UNKNOWN = OrderState.SUBMITTED, OrderState.ACCEPTED, OrderState.UNKNOWN
# What a report would be repeating, in these states.
_REPEATS: dict[Trigger, frozenset[OrderState]] = {
    Trigger.ACCEPT: frozenset({OrderState.ACCEPTED, OrderState.CANCELED, OrderState.EXPIRED}),
    Trigger.REJECT: frozenset({OrderState.REJECTED}),
    Trigger.CANCEL: frozenset({OrderState.CANCELED}),
    Trigger.EXPIRE: frozenset({OrderState.EXPIRED}),
    Trigger.REJECT_CANCEL: frozenset({OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED}),
    Trigger.LOSE: frozenset({OrderState.UNKNOWN}),
}


class Judgement(LightValue, frozen=True, kw_only=True):
    """What a report means to us: ``ignored`` says it changes nothing and why, ``anomaly`` why it must halt us."""

    trigger: Trigger | None = None
    ignored: Reason | None = None
    anomaly: Reason | None = None
    numbers: Numbers


def judge(state: State, report: ExecutionReport) -> Judgement:
    """What ``report`` means, before it is folded in. Pure."""
    order = state.order(report.client_order_id)
    if isinstance(report, OrderFilled):
        return _judge_fill(state, order, report)
    trigger = _TRIGGERS[type(report)]
    numbers: Numbers = {"order": report.client_order_id, "report": type(report).__name__}
    if order is None:
        return Judgement(anomaly=Reason.REPORT_UNHEARD_OF, numbers=numbers)
    if next_state(order.state, trigger) is None or (trigger is _LOSE and order.state is _UNKNOWN):
        numbers = {**numbers, "state": order.state.value}
        if order.state in _REPEATS[trigger]:
            return Judgement(ignored=Reason.REPORT_REPEATED, numbers=numbers)
        return Judgement(anomaly=Reason.REPORT_CONTRADICTS, numbers=numbers)
    return Judgement(trigger=trigger, numbers=numbers)


def is_news(state: State, report: ExecutionReport) -> bool:
    """Whether ``report`` changes anything, or should not be: a venue that is asked tells what it told before."""
    judgement = judge(state, report)
    if judgement.anomaly is not None:
        return True
    order = state.order(report.client_order_id)
    if judgement.ignored is not None or order is None or judgement.trigger is None:
        return False
    return isinstance(report, OrderFilled) or next_state(order.state, judgement.trigger) is not order.state


def fingerprint(fill: OrderFilled) -> Telling:
    """What makes two tellings of one trade the same telling: values, so that other zeros make no other trade."""
    return fill.client_order_id, fill.side, fill.last_qty, fill.last_px, fill.fee


def _judge_fill(state: State, order: Order | None, fill: OrderFilled) -> Judgement:
    numbers: Numbers = {"order": fill.client_order_id, "trade": fill.trade_id, "last_qty": fill.last_qty}
    if state.instrument is not None and fill.instrument != state.instrument.symbol:
        # Not a trade in anything that these books are about: nothing to book, everything to distrust.
        return Judgement(ignored=Reason.REPORT_CONTRADICTS, anomaly=Reason.REPORT_CONTRADICTS, numbers=numbers)
    known = state.portfolio.trades.get(fill.trade_id)
    if known is not None:
        # A venue gives each trade one id, whichever order it names: told under another order too it is no new trade.
        anomaly = None if known == fingerprint(fill) else Reason.REPORT_CONTRADICTS
        return Judgement(ignored=Reason.FILL_REPEATED, anomaly=anomaly, numbers=numbers)
    if order is None:
        return Judgement(anomaly=Reason.FILL_UNHEARD_OF, numbers=numbers)
    if fill.side is not order.terms.side:
        return Judgement(anomaly=Reason.REPORT_CONTRADICTS, numbers=numbers)
    leaves_qty = order.leaves_qty
    trigger = _FILL_PART if fill.last_qty < leaves_qty else _FILL_REST
    if next_state(order.state, trigger) is None:
        return Judgement(anomaly=Reason.FILL_AFTER_END, numbers={**numbers, "state": order.state.value})
    if fill.last_qty > leaves_qty:
        numbers = {**numbers, "leaves_qty": leaves_qty}
        return Judgement(trigger=trigger, anomaly=Reason.FILL_BEYOND_QUANTITY, numbers=numbers)
    if not no_worse(fill.last_px, order.terms.protection_price, fill.side):
        worse: Numbers = {**numbers, "last_px": fill.last_px, "protection_price": order.terms.protection_price}
        return Judgement(trigger=trigger, anomaly=Reason.FILL_BEYOND_PROTECTION, numbers=worse)
    return Judgement(trigger=trigger, numbers=numbers)


def observe_report(state: State, report: ExecutionReport, judgement: Judgement | None = None) -> None:
    """Fold a report in, legal or not. Raises ``InvariantViolated`` only when our own books break.

    ``judgement`` is ``judge(state, report)`` where the caller has it already.
    """
    judgement = judgement or judge(state, report)
    if judgement.ignored is not None:
        return
    order = state.order(report.client_order_id)
    if isinstance(report, OrderFilled):
        _book(state, order, report)
    if order is not None and judgement.trigger is not None:
        _move(state, order, judgement.trigger)


def _book(state: State, order: Order | None, fill: OrderFilled) -> None:
    books = state.portfolio
    books.book(fill.side, fill.last_qty, fill.last_px, fill.fee)
    books.trades[fill.trade_id] = fingerprint(fill)
    # By our clock, not the venue's: one that is late would hide a storm.
    state.execution_times.append(state.ts_init or NEVER)
    if order is None:
        state.foreign_trades[fill.trade_id] = fill.venue_order_id
        if len(state.foreign_trades) > FOREIGN_TRADES_KEPT:
            oldest = next(iter(state.foreign_trades))
            del state.foreign_trades[oldest], books.trades[oldest]
        return
    order.trades[fill.trade_id] = fill.venue_order_id
    if fill.side is order.terms.side:  # a trade on the wrong side is in the books, but fills nothing of this order
        order.cum_qty += fill.last_qty
        order.notional = added_product(fill.last_qty, fill.last_px, order.notional)
        order.fees += fill.fee


def _move(state: State, order: Order, trigger: Trigger) -> None:
    following = TRANSITIONS[order.state][trigger]
    # A cancel refused after a part was filled: the order works on, as partially filled.
    if following is _ACCEPTED and order.cum_qty:
        following = OrderState.PARTIALLY_FILLED
    order.state = following
    client_order_id = order.terms.client_order_id
    if following is not _UNKNOWN:
        state.in_doubt.pop(client_order_id, None)
    else:
        state.in_doubt.setdefault(client_order_id, state.ts_init or NEVER)
    if following not in WORKING and state.working.pop(client_order_id, None) is not None:
        state.ended_orders[client_order_id] = order
        if len(state.ended_orders) > ENDED_ORDERS_KEPT:
            oldest = state.ended_orders.pop(next(iter(state.ended_orders)))
            for trade_id in oldest.trades:
                del state.portfolio.trades[trade_id]


def submitted(state: State, terms: OrderTerms) -> None:
    """An order is about to be sent: from here on it counts against every limit."""
    state.working[terms.client_order_id] = Order(terms=terms, state=_SUBMITTED)
    state.orders_submitted += 1
    (state.entry_times if terms.order_class is ENTRY else state.exit_times).append(terms.ts_init)


def request_cancel(state: State, client_order_id: str) -> None:
    """A cancel is about to be sent."""
    order = state.working.get(client_order_id)
    if order is not None:
        order.cancel_requested = True
        _move(state, order, Trigger.REQUEST_CANCEL)


def cause_of(state: State, report: ExecutionReport) -> str | None:
    """The id of what led to ``report``: our request to cancel where it answers one, else the decision to send the
    order. None for an order that was never ours, or ended long ago."""
    order = state.order(report.client_order_id)
    if order is not None and order.cancel_requested and isinstance(report, OrderCanceled | CancelRejected):
        return cancel_id(report.client_order_id)
    return order.terms.decision_id if order is not None else None
