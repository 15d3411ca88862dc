"""The gate before the venue: a decorator that asks its guards right before an order leaves.

An order was approved a moment ago, by what was known then. A guard looks once more, at what may have changed since.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import evolve, frozen
from typing_extensions import override

from interlock.core.fees import FeeSchedule
from interlock.core.market import FeedItem
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports.execution import ExecutionPort
from interlock.core.reasons import Reason
from interlock.core.reports import BECAUSE, ExecutionReport, OrderAccepted, OrderRejected, OrderUnknown, VenueStatement
from interlock.core.state import WorkingOrder
from interlock.core.values import NO_NUMBERS, Numbers

# Older answers are forgotten, so that months of running stay flat.
ANSWERS_KEPT: Final = 1024


@frozen(kw_only=True)
class Refusal:
    """Why a guard lets an order not out: a reason code, and the numbers of its sentence."""

    code: str
    numbers: Numbers = NO_NUMBERS


Guard = Callable[[ApprovedOrder, datetime], Refusal | None]
"""Asked for each order, with the domain clock: None lets it pass. Whatever else it answers, or raises, refuses."""


class GatedVenue(ExecutionPort):
    """``venue``, to which an order goes only where every one of ``guards`` lets it pass, asked in their order.

    An order that is refused was not sent: it is answered ``OrderRejected`` with ``REFUSED_BEFORE_SENDING``, and stays
    refused. Nothing else is gated: cancels, reports and questions go through, whatever the guards say.
    """

    def __init__(self, venue: ExecutionPort, guards: Sequence[Guard]) -> None:
        self._venue = venue
        self._guards = tuple(guards)
        # What was refused here, and None for what was let out: the venue is asked about that, and not the guards.
        self._answers: dict[str, OrderRejected | None] = {}
        # What the venue says of itself it says of this.
        given: Any = self
        given.is_live, given.protection, given.is_io = venue.is_live, venue.protection, venue.is_io

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        if not isinstance(order, ApprovedOrder):
            raise TypeError("a venue takes approved orders")
        name = order.terms.client_order_id
        if name not in self._answers:
            self._answers[name] = self._asked(order, now)
            if len(self._answers) > ANSWERS_KEPT:
                del self._answers[next(iter(self._answers))]
        refused = self._answers[name]
        return refused if refused is not None else self._venue.submit(order, now)

    def _asked(self, order: ApprovedOrder, now: datetime) -> OrderRejected | None:
        for guard in self._guards:
            refusal = _answer_of(guard, order, now)
            if refusal is not None:
                return OrderRejected(
                    client_order_id=order.terms.client_order_id,
                    ts_event=now,
                    code=Reason.REFUSED_BEFORE_SENDING,
                    # The gate's own code says that it was not sent; the guard's is a number behind it, with its own.
                    numbers={**refusal.numbers, BECAUSE: refusal.code},
                )
        return None

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        self._venue.cancel(client_order_id, now)

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        refused = self._answers.get(client_order_id)
        return (refused,) if refused is not None else self._venue.find(client_order_id)

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        return self._venue.reports()

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        ours = [refused for terms in working if (refused := self._answers.get(terms.client_order_id)) is not None]
        if not ours:
            return self._venue.reconcile(working, now)
        names = {each.client_order_id for each in ours}
        statement = self._venue.reconcile([each for each in working if each.client_order_id not in names], now)
        return evolve(statement, reports=(*ours, *statement.reports))

    @property
    @override
    def fees(self) -> FeeSchedule:
        return self._venue.fees

    @override
    def describe(self) -> str:
        return self._venue.describe()

    @override
    def close(self) -> None:
        self._venue.close()

    @override
    def on_market(self, item: FeedItem) -> None:
        self._venue.on_market(item)

    @override
    def restore(self, working: Sequence[WorkingOrder]) -> None:
        self._venue.restore(working)


def _answer_of(guard: Guard, order: ApprovedOrder, now: datetime) -> Refusal | None:
    """What ``guard`` says. One that cannot say lets nothing out."""
    try:
        answer: object = guard(order, now)
    except Exception as error:  # noqa: BLE001 - a guard may raise anything, and then nobody knows: that refuses
        return _unable(type(error).__name__)
    if answer is None or isinstance(answer, Refusal):
        return answer
    return _unable(type(answer).__name__)


def _unable(why: str) -> Refusal:
    return Refusal(code=Reason.CHECK_NOT_EVALUABLE, numbers={"rule": "gate", "why": why})
