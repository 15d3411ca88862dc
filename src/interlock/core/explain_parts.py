"""What came in and what happened, in sentences. A part of ``explain``."""

from interlock.core.explain_people import of_people
from interlock.core.explain_refusals import rejection
from interlock.core.explain_runs import of_the_run
from interlock.core.explain_words import raised, stamp
from interlock.core.market import Bar, EndOfData, RefusedRow, Split
from interlock.core.observations import FaultObserved, SessionRolled
from interlock.core.orders import OrderTerms, Side
from interlock.core.reason_text import shown
from interlock.core.reasons import Reason, sentence, told
from interlock.core.records import (
    CancelRequested,
    Disarmed,
    EntriesQuarantined,
    Event,
    FaultRaised,
    OrderSubmitted,
    Record,
    ReleaseRefused,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    is_report,
)


def observed(record: Record) -> tuple[str, ...]:
    """What came in, where that says anything by itself."""
    match record.observation:
        case Bar() as bar:
            return (f"{bar.instrument} closed at {bar.close:f}",)
        case observation if is_report(observation):
            return _reported(observation)
        case RefusedRow() as row:
            place = f"{row.source}:{row.line}" if row.line else row.source
            numbers = {"place": place, "field": row.field, "value": repr(row.value), "rule": row.rule}
            return (sentence(Reason.ROW_REFUSED, numbers),)
        case Split() as split:
            rest = "; what is then left of a lot is paid out in cash" if split.ratio % 1 else ""
            return (f"{split.instrument} splits: 1 becomes {split.ratio:f}{rest}",)
        case SessionRolled() as rolled:
            return (f"session from {stamp(rolled.session.open)} to {stamp(rolled.session.close)}",)
        case EndOfData():
            return ("the data ends here",)
        case FaultObserved(fault=fault):
            return (f"{fault.where} raised {raised(fault.error, fault.place)}",)
        case observation:
            return of_people(observation) or of_the_run(observation)


def _reported(report: ExecutionReport) -> tuple[str, ...]:
    match report:
        case OrderAccepted() as accepted:
            return (f"{accepted.client_order_id} is accepted by the venue as {accepted.venue_order_id}",)
        case OrderRejected() as rejected:
            return (rejection(rejected),)
        case OrderFilled() as fill:
            return (_filled(fill),)
        case OrderCanceled() as canceled:
            return (f"{canceled.client_order_id} is canceled",)
        case CancelRejected() as refused:
            because = told(refused.code, {"observed": refused.client_order_id})
            return (f"{refused.client_order_id} could not be canceled: {because}",)
        case OrderExpired() as expired:
            because = f": {told(expired.code, expired.numbers)}" if expired.code else ""
            return (f"{expired.client_order_id} expired at the end of its session{because}",)
        case unknown:
            return (f"nobody can say what became of {unknown.client_order_id}: it counts as filled until settled",)


def _filled(fill: OrderFilled) -> str:
    did = "bought" if fill.side is Side.BUY else "sold"
    return (
        f"{fill.client_order_id} {did} {fill.last_qty:f} {fill.instrument} at {fill.last_px:f} "
        f"({fill.basis.value}: reference {fill.reference_px:f}, slippage {shown(fill.slippage)}, fee {fill.fee:f})"
    )


def happened(event: Event) -> str:
    """What happened, and why."""
    match event:
        case OrderSubmitted(terms=terms):
            return _submitted(terms)
        case CancelRequested(client_order_id=client_order_id, code=code):
            return f"cancel of {client_order_id} requested: {sentence(code, {})}"
        case TradingStateChanged(state=state, code=code, numbers=numbers):
            return f"trading is {state.value}: {told(code, numbers)}"
        case TradingStateReleased(code=code, numbers=numbers):
            return f"trading is released: {told(code, numbers)}"
        case ReleaseRefused(code=code, numbers=numbers):
            return f"trading is not released: {told(code, numbers)}"
        case Disarmed(code=code, numbers=numbers):
            return f"LIVE is disarmed: {told(code, numbers)}"
        case EntriesQuarantined(code=code, numbers=numbers):
            return f"entries are quarantined: {told(code, numbers)}"
        case FaultRaised(fault=fault):
            return f"{fault.where} raised {raised(fault.error, fault.place)}"
        case _:
            return f"ignored: {told(event.code, event.numbers)}"


def _submitted(sent: OrderTerms) -> str:
    return (
        f"{sent.order_class.value.lower()} order {sent.client_order_id} goes out: {sent.side.value} {sent.quantity:f}"
        f" {sent.order_type.value}, never worse than {sent.protection_price:f}, until {stamp(sent.valid_until)}"
    )
