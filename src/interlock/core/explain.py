"""A record in sentences. Every word is drawn from the record: nothing is remembered, nothing is made up."""

from decimal import Decimal

from interlock.core.decision import CancelIntent, Decision, Finding, NoAction, OrderIntent, Outcome, Verdict
from interlock.core.explain_people import of_people
from interlock.core.explain_runs import of_the_run
from interlock.core.market import Bar, EndOfData, RefusedRow, Split
from interlock.core.observations import FaultObserved, SessionRolled
from interlock.core.orders import OrderTerms, Side
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
from interlock.core.values import Numbers


def explain(record: Record) -> tuple[str, ...]:
    """What happened in ``record`` and why, one sentence an item; empty when it only tells of time passing."""
    parts = _observed(record)
    if record.decision is not None:
        parts = (*parts, decided(record.decision))
    return tuple(part for part in (*parts, *(_happened(event) for event in record.events)) if part)


def did_something(record: Record) -> bool:
    """Whether ``record`` holds more than a bar watched and nothing done about it."""
    if record.events:
        return True
    if record.decision is not None:
        return record.decision.outcome is not Outcome.NO_ACTION
    return not isinstance(record.observation, SessionRolled)


def why(record: Record) -> str:
    """The whole of it on one line."""
    return "; ".join(explain(record))


def finding_sentence(finding: Finding) -> str:
    """What one rule saw, in words: ``observed`` and ``limit`` are among the numbers."""
    return sentence(finding.code, _numbers_of_finding(finding))


def finding_told(finding: Finding) -> str:
    """The finding's code and what the rule saw, in words."""
    return told(finding.code, _numbers_of_finding(finding))


def _numbers_of_finding(finding: Finding) -> Numbers:
    numbers: dict[str, Decimal | int | str] = {"rule": finding.rule, **finding.numbers}
    if finding.observed is not None:
        numbers["observed"] = finding.observed
    if finding.limit is not None:
        numbers["limit"] = finding.limit
    return numbers


def decided(decision: Decision) -> str:
    """What was wanted and why, and what became of it, in one sentence."""
    wish = decision.proposal
    if isinstance(wish, NoAction):
        return f"nothing to do: {sentence(wish.code, wish.numbers)}"
    if isinstance(wish, OrderIntent):
        price = f" at {wish.limit_price} or better" if wish.limit_price is not None else ""
        wanted = f"wants to {_verb(wish.side)} {wish.quantity}{price} because {sentence(wish.code, wish.numbers)}"
    elif isinstance(wish, CancelIntent):
        wanted = f"wants to cancel {wish.client_order_id} because {sentence(wish.code, wish.numbers)}"
    else:
        return f"no decision ({decision.code})"
    return f"{wanted}: {_verdict(decision)}"


def _verdict(decision: Decision) -> str:
    if decision.outcome is Outcome.APPROVED:
        passed = sum(1 for finding in decision.findings if finding.verdict is Verdict.PASS)
        spared = sum(1 for finding in decision.findings if finding.verdict is Verdict.NOT_APPLICABLE)
        return f"approved, {passed} rule{'s' * (passed != 1)} passed" + f", not applicable: {spared}" * bool(spared)
    denials = [finding for finding in decision.findings if finding.denies]
    if not denials:
        return f"{decision.outcome.value.lower()} ({decision.code})"
    missing = [finding.rule for finding in denials if finding.code == Reason.NO_LIMITS_CONFIGURED]
    reasons = [finding_told(finding) for finding in denials if finding.code != Reason.NO_LIMITS_CONFIGURED]
    if missing:
        # One sentence for all of them: a starter without limits lacks six at once.
        reasons.insert(
            0, f"{Reason.NO_LIMITS_CONFIGURED}: these mandatory controls have no limit: {', '.join(missing)}"
        )
    return f"{decision.outcome.value.lower()} by {len(denials)} of {len(decision.findings)} rules: {'; '.join(reasons)}"


def _verb(side: Side) -> str:
    return "buy" if side is Side.BUY else "sell"


def _observed(record: Record) -> tuple[str, ...]:
    match record.observation:
        case Bar() as bar:
            return (f"{bar.instrument} closed at {bar.close}",)
        case RefusedRow() as row:
            place = f"{row.source}:{row.line}" if row.line else row.source
            return (f"row refused at {place}: {row.field} {row.value!r}: {sentence(row.rule, {})}",)
        case Split() as split:
            rest = "; what is then left of a lot is paid out in cash" if split.ratio % 1 else ""
            return (f"{split.instrument} splits: 1 becomes {split.ratio:f}{rest}",)
        case SessionRolled() as rolled:
            return (f"session from {rolled.session.open.isoformat()} to {rolled.session.close.isoformat()}",)
        case EndOfData():
            return ("the data ends here",)
        case FaultObserved(fault=fault):
            return (f"{fault.where} raised {fault.error} at {fault.place}",)
        case observation if is_report(observation):
            return _reported(observation)
        case observation:
            return of_people(observation) or of_the_run(observation)


def _reported(report: ExecutionReport) -> tuple[str, ...]:
    match report:
        case OrderAccepted() as accepted:
            return (f"{accepted.client_order_id} is accepted by the venue as {accepted.venue_order_id}",)
        case OrderRejected(code=Reason.RESTRICTED_BEFORE_SENDING as code) as rejected:
            return (f"{rejected.client_order_id} was not sent: {sentence(code, {})}",)
        case OrderRejected(code=Reason.REFUSED_BEFORE_SENDING as code) as rejected:
            return (f"{rejected.client_order_id} was not sent: {sentence(code, {})}: {rejected.detail}",)
        case OrderRejected(code=Reason.ADAPTER_LATE) as rejected:
            return (f"{rejected.client_order_id} was not sent: {rejected.detail}",)
        case OrderRejected() as rejected:
            return (f"{rejected.client_order_id} is rejected by the venue: {rejected.detail or rejected.code}",)
        case OrderFilled() as fill:
            return (_filled(fill),)
        case OrderCanceled() as canceled:
            return (f"{canceled.client_order_id} is canceled",)
        case CancelRejected() as refused:
            return (f"{refused.client_order_id} could not be canceled: {refused.code}",)
        case OrderExpired() as expired:
            because = f": {told(expired.code, expired.numbers)}" if expired.code else ""
            return (f"{expired.client_order_id} expired at the end of its session{because}",)
        case unknown:
            return (f"nobody can say what became of {unknown.client_order_id}: it counts as filled until settled",)


def _filled(fill: OrderFilled) -> str:
    did = "bought" if fill.side is Side.BUY else "sold"
    return (
        f"{fill.client_order_id} {did} {fill.last_qty} {fill.instrument} at {fill.last_px} "
        f"({fill.basis.value}: reference {fill.reference_px}, slippage {fill.slippage}, fee {fill.fee})"
    )


def _happened(event: Event) -> str:
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
            return f"{fault.where} raised {fault.error} at {fault.place}"
        case _:
            return f"ignored: {told(event.code, event.numbers)}"


def _submitted(terms: OrderTerms) -> str:
    return (
        f"{terms.order_class.value.lower()} order {terms.client_order_id} goes out: {terms.side.value} "
        f"{terms.quantity} {terms.order_type.value}, never worse than {terms.protection_price}, "
        f"until {terms.valid_until.isoformat()}"
    )


def numbers_of(record: Record) -> Numbers:
    """The numbers behind the decision, for machines."""
    proposal = record.decision.proposal if record.decision is not None else None
    return proposal.numbers if proposal is not None else {}
