"""Every reason that a record gives, and what is lacking of it: nothing, in a record of the core's own."""

from collections.abc import Iterator

from interlock.core.arming import ArmingRefused
from interlock.core.commands import OperatorCommand
from interlock.core.explain_findings import numbers_of_finding
from interlock.core.market import RefusedRow
from interlock.core.reason_text import Cause, missing
from interlock.core.reasons import REASONS, Reason
from interlock.core.records import CancelRequested, FaultRaised, OrderSubmitted, Record
from interlock.core.reports import BECAUSE, CancelRejected, OrderExpired, OrderRejected

# A plugin's codes are its own: NAMESPACE.CODE.
_NAMESPACE = "."


def causes_in(record: Record) -> Iterator[Cause]:
    """Each reason in ``record`` with the numbers of its sentence: in what came in, in what happened, in the decision
    and its findings."""
    yield from _observed(record)
    for event in record.events:
        if isinstance(event, CancelRequested):
            yield Cause(code=event.code)
        elif not isinstance(event, OrderSubmitted | FaultRaised):
            yield Cause(code=event.code, numbers=event.numbers)
    decision = record.decision
    if decision is None:
        return
    if decision.proposal is not None:
        yield Cause(code=decision.proposal.code, numbers=decision.proposal.numbers)
    for finding in decision.findings:
        yield Cause(code=finding.code, numbers=numbers_of_finding(finding))


def _observed(record: Record) -> Iterator[Cause]:
    match record.observation:
        case OrderRejected(code=code, detail="", numbers=numbers):
            yield Cause(code=code, numbers=numbers)
            if BECAUSE in numbers:
                yield Cause(code=str(numbers[BECAUSE]), numbers=numbers)
        case CancelRejected(code=code, client_order_id=client_order_id):
            yield Cause(code=code, numbers={"observed": client_order_id})
        case OrderExpired(code=code, numbers=numbers) if code:
            yield Cause(code=code, numbers=numbers)
        case ArmingRefused(reasons=causes) | OperatorCommand(standing=causes):
            yield from causes
        case RefusedRow(source=source, field=field, value=value, rule=rule):
            numbers = {"place": source, "field": field, "value": value, "rule": rule}
            yield Cause(code=Reason.ROW_REFUSED, numbers=numbers)
        case _:
            pass


def untold(record: Record) -> tuple[str, ...]:
    """What keeps a reason in ``record`` from being told whole, in words; empty where nothing does."""
    found = []
    for cause in causes_in(record):
        if cause.code not in REASONS and _NAMESPACE not in cause.code:
            found.append(f"{cause.code} in a {record.kind} is no reason of ours, and in no namespace")
        elif lacks := missing(cause.code, cause.numbers):
            found.append(f"{cause.code} in a {record.kind} lacks {', '.join(lacks)}")
    return tuple(found)
