"""What stands where a live venue would be: it refuses everything, by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from typing_extensions import override

from interlock.core.fees import FeeSchedule
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports.execution import ExecutionPort
from interlock.core.reasons import Reason
from interlock.core.reports import CancelRejected, ExecutionReport, OrderRejected, OrderUnknown, VenueStatement

# Older answers are forgotten, so that months of running stay flat.
ANSWERS_KEPT: Final = 1024


class RefusingVenue(ExecutionPort):
    """Rejects every order with LIVE_NOT_AVAILABLE. Interlock ships no live venue, on purpose.

    It keeps the words of the contract (an order is answered, a cancel is answered), so that whatever is wired to
    it behaves, and nothing ever leaves.
    """

    is_io: ClassVar[bool] = False

    def __init__(self) -> None:
        self._outbox: list[ExecutionReport] = []
        self._answers: dict[str, OrderRejected] = {}

    @property
    @override
    def fees(self) -> FeeSchedule:
        return FeeSchedule()

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderRejected:
        if not isinstance(order, ApprovedOrder):
            raise TypeError("a venue takes approved orders")
        client_order_id = order.terms.client_order_id
        code = Reason.LIVE_NOT_AVAILABLE
        answer = OrderRejected(client_order_id=client_order_id, ts_event=now, code=code)
        told = self._answers.setdefault(client_order_id, answer)
        if len(self._answers) > ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        return told

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        code = Reason.LIVE_NOT_AVAILABLE
        self._outbox.append(CancelRejected(client_order_id=client_order_id, ts_event=now, code=code))

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        answer = self._answers.get(client_order_id)
        return () if answer is None else (answer,)

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        told, self._outbox = tuple(self._outbox), []
        return told

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        names = [terms.client_order_id for terms in working]
        known = [self._answers.get(name) or OrderUnknown(client_order_id=name, ts_event=now) for name in names]
        return VenueStatement(reports=(*self.reports(), *known))

    @override
    def describe(self) -> str:
        return "no live venue: every order is refused"

    @override
    def close(self) -> None:
        """Nothing is held open."""
