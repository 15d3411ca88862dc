"""The venue's own word on our orders and our position, taken into the books.

After RTS 6 article 17(3): an algorithm's own record is held against that of the venue, at start and regularly.
"""

from collections.abc import Callable
from datetime import datetime

from interlock.core.faults import VENUE, AdapterUnavailable, Fault, VenueProtocolError
from interlock.core.observations import FaultObserved, Observation, ReconciliationFailed, VenueReconciled
from interlock.core.order_book import is_news
from interlock.core.order_states import OrderState
from interlock.core.ports import ExecutionPort
from interlock.core.records import Record
from interlock.core.reports import VenueStatement, is_report
from interlock.core.state import State
from interlock.core.trading_state import ReconciliationCause

Take = Callable[[Observation, datetime], Record]


def ask_venue(
    execution: ExecutionPort, state: State, take: Take, cause: ReconciliationCause, now: datetime
) -> list[Record]:
    """Ask about every working order and the position; what is news is folded into ``state`` by ``take``.

    A record for each report that is news, and a last one that says how it went: ``VenueReconciled``, or
    ``ReconciliationFailed`` where the venue could not be reached, or ``FaultObserved`` for what no venue should say.
    """
    records: list[Record] = []
    working = tuple(order.terms for order in state.working.values())
    last: Observation
    try:
        statement: object = execution.reconcile(working, now)
        if not isinstance(statement, VenueStatement) or not all(map(is_report, reports := tuple(statement.reports))):
            raise VenueProtocolError("not a venue's statement, or not of execution reports")
    except AdapterUnavailable as error:
        fault = Fault.of(error, where=VENUE)
        last = ReconciliationFailed(cause=cause, error=fault.error, place=fault.place)
    except Exception as error:  # noqa: BLE001 - an adapter's fault is an observation: it halts, watching goes on
        last = FaultObserved(fault=Fault.of(error, where=VENUE))
    else:
        # Each is judged after the one before it was folded.
        records.extend(take(report, now) for report in reports if is_news(state, report))
        last = VenueReconciled(
            cause=cause,
            asked=len(working),
            repeats=len(reports) - len(records),
            in_doubt=sum(order.state is OrderState.UNKNOWN for order in state.working.values()),
            position=statement.position,
        )
    records.append(take(last, now))
    return records
