"""A decorator that keeps a venue which hangs from keeping the run: each call on a thread of its own, with a deadline.

An order whose answer is late is UNKNOWN and is never sent again. From then on the venue is in quarantine: asked nothing
while the late call is out, and sent no order until, after that, it has confirmed orders and position.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, Final

from attrs import evolve
from typing_extensions import override

from interlock.adapters.execution.quarantine import Quarantine
from interlock.adapters.worker import Worker
from interlock.core.faults import AdapterLate, VenueProtocolError
from interlock.core.fees import FeeSchedule
from interlock.core.market import FeedItem
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports.execution import ExecutionPort
from interlock.core.reasons import Reason
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderRejected,
    OrderUnknown,
    VenueStatement,
)
from interlock.core.state import WorkingOrder

# Older answers of our own are forgotten, so that months of running stay flat.
ANSWERS_KEPT: Final = 1024


class OnWorker(ExecutionPort):
    """Calls ``venue`` on a worker, each call within ``seconds`` of real time.

    - ``submit``: late is ``OrderUnknown``. In quarantine it is ``OrderRejected`` at once, because nothing was sent.
    - ``cancel``, ``on_market`` and ``reports`` raise ``AdapterLate`` once in a quarantine, which halts; then they are
      silent, so that the run watches on. A cancel stays owed, and is made as soon as that can be. Items are not shown
      again later: a real venue has eyes of its own.
    - ``reconcile`` and ``find`` raise ``AdapterLate`` whenever they cannot be asked.

    What a late call came to is told by the next ``reports`` or ``reconcile``, what it raised by the next ``reports``.
    """

    # Nobody is kept by it, whatever it wraps.
    is_io: ClassVar[bool] = False

    def __init__(self, venue: ExecutionPort, seconds: float) -> None:
        self._venue = venue
        # What it is shows through: whoever asks means the venue.
        self.is_live = venue.is_live  # type: ignore[misc]
        self.protection = venue.protection  # type: ignore[misc]
        self._worker = Worker("execution", seconds)
        self._quarantine = Quarantine(self._worker)
        self._ask = self._quarantine.ask
        # Most venues do nothing here, and no thread has to be asked for that.
        self._sees_market = type(venue).on_market is not ExecutionPort.on_market
        self._fees: FeeSchedule | None = None
        self._line: str | None = None
        self._outbox: list[ExecutionReport] = []
        # What we have answered ourselves: to orders whose answer was late, and to those that were not sent at all.
        self._answers: dict[str, OrderAccepted | OrderRejected | OrderUnknown] = {}
        self._refused: dict[str, OrderRejected] = {}
        # Cancels that have yet to be made.
        self._owed: dict[str, datetime] = {}

    @property
    def returned(self) -> int:
        """How many calls have returned in time."""
        return self._worker.returned

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        if not isinstance(order, ApprovedOrder):
            raise TypeError("a venue takes approved orders")
        name = order.terms.client_order_id
        self._quarantine.settle()
        known = self._answers.get(name)
        if known is not None:
            return known
        if not self._quarantine.is_confirmed:
            refused = OrderRejected(client_order_id=name, ts_event=now, code=Reason.VENUE_IN_QUARANTINE)
            self._refused[name] = refused
            self._remember(refused)
            return refused
        try:
            return self._ask("submit", lambda: self._venue.submit(order, now), partial(self._answered, name))
        except AdapterLate as error:
            unknown = OrderUnknown(client_order_id=name, ts_event=now, detail=str(error))
            self._remember(unknown)
            return unknown

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        if client_order_id in self._refused:
            code = Reason.ORDER_UNKNOWN_TO_US
            self._outbox.append(CancelRejected(client_order_id=client_order_id, ts_event=now, code=code))
            return
        self._owed[client_order_id] = now
        if self._quarantine.can_be_asked():
            self._cancel_what_is_owed(halts=True)

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        refused = self._refused.get(client_order_id)
        if refused is not None:
            return (refused,)
        return self._ask("find", lambda: tuple(self._venue.find(client_order_id)))

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        if self._quarantine.can_be_asked():
            self._cancel_what_is_owed(halts=True)
            told = self._ask("reports", lambda: tuple(self._venue.reports()), self._take, halts=True)
            self._take(told)
        if self._quarantine.raised:
            raise self._quarantine.raised.pop(0)
        return self._untold()

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        self._cancel_what_is_owed(halts=False)
        ours = [self._refused[terms.client_order_id] for terms in working if terms.client_order_id in self._refused]
        theirs = [terms for terms in working if terms.client_order_id not in self._refused]

        def asked() -> VenueStatement:
            stated = self._venue.reconcile(theirs, now)
            if not isinstance(stated, VenueStatement):
                raise VenueProtocolError("not a venue's statement")
            return evolve(stated, reports=tuple(stated.reports))

        stated = self._ask("reconcile", asked, self._stated)
        self._quarantine.is_confirmed = True
        return evolve(stated, reports=(*self._untold(), *ours, *stated.reports))

    @override
    def on_market(self, item: FeedItem) -> None:
        if self._sees_market and self._quarantine.can_be_asked():
            self._ask("on_market", lambda: self._venue.on_market(item), halts=True)

    @override
    def restore(self, working: Sequence[WorkingOrder]) -> None:
        self._ask("restore", lambda: self._venue.restore(working))

    @property
    @override
    def fees(self) -> FeeSchedule:
        if self._fees is None:
            self._fees = self._ask("fees", lambda: self._venue.fees)
        return self._fees

    @override
    def describe(self) -> str:
        if self._line is None:
            self._line = self._ask("describe", self._venue.describe)
        return self._line

    @override
    def close(self) -> None:
        """Bounded, and never an error where it is late: a venue that hangs is let go of when it returns."""
        self._quarantine.end(self._venue.close)

    def _cancel_what_is_owed(self, *, halts: bool) -> None:
        """Each stays owed until a call for it has returned: in time, or late and without an error."""
        self._quarantine.settle()  # first: what a late call came to is owed no more
        for name, now in tuple(self._owed.items()):
            try:
                self._ask("cancel", partial(self._venue.cancel, name, now), partial(self._canceled, name), halts=halts)
            except AdapterLate:
                raise
            except Exception:
                del self._owed[name]
                raise
            del self._owed[name]

    def _canceled(self, name: str, _: None) -> None:
        self._owed.pop(name, None)

    def _answered(self, name: str, answer: object) -> None:
        """To an order that was held for UNKNOWN meanwhile: its answer is news."""
        if not isinstance(answer, OrderAccepted | OrderRejected | OrderUnknown) or answer.client_order_id != name:
            raise VenueProtocolError("the answer to an order is accepted, rejected or unknown, and about that order")
        if not isinstance(answer, OrderUnknown):
            self._remember(answer)
            self._outbox.append(answer)

    def _stated(self, stated: VenueStatement) -> None:
        """What had not been told was told in it, and will not be again. The rest is asked anew: it has aged."""
        self._take([report for report in stated.reports if not isinstance(report, OrderUnknown)])

    def _take(self, reports: Sequence[ExecutionReport]) -> None:
        self._outbox.extend(reports)

    def _remember(self, answer: OrderAccepted | OrderRejected | OrderUnknown) -> None:
        self._answers[answer.client_order_id] = answer
        if len(self._answers) > ANSWERS_KEPT:
            oldest = next(iter(self._answers))
            del self._answers[oldest]
            self._refused.pop(oldest, None)

    def _untold(self) -> tuple[ExecutionReport, ...]:
        untold, self._outbox = tuple(self._outbox), []
        return untold
