"""The execution adapter to the loopback venue: what an adapter to a real one would have to be like.

An order is sent once. When the connection breaks, or no answer comes in time, nobody knows what became of it: that is
what is answered, and nothing is sent again. Whatever the venue tells later settles it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Self

from typing_extensions import override

from interlock.core.faults import AdapterUnavailable, VenueProtocolError
from interlock.core.fees import FeeSchedule
from interlock.core.market import Bar, FeedItem, Instrument, Silence
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports.execution import ExecutionPort, VenueProtection
from interlock.core.reasons import Reason
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderRejected,
    OrderUnknown,
    VenueStatement,
)
from interlock.testing.loopback.connection import AnswerLate, ConnectionBroken
from interlock.testing.loopback.dialogue import Dialogue, Told
from interlock.testing.loopback.options import LoopbackOptions
from interlock.testing.loopback.requests import Asked, market_said

# A connection that broke is made anew at the next call, so often in one call.
ATTEMPTS: Final = 3  # times ``timeout_seconds``, that stays below ``[loop] adapter_seconds``
# Older answers are forgotten here, so that months of running stay flat; the venue remembers them.
ANSWERS_KEPT: Final = 1024


class LoopbackVenue(ExecutionPort):
    """Trades with the venue process on 127.0.0.1. Nothing is connected before the first call that needs it.

    Raises ``AdapterUnavailable`` where the venue cannot be reached, and ``VenueProtocolError`` for what it should not
    have said. A new adapter is told again what the venue told before: the fold counts each report once.
    """

    Options: ClassVar[type[Any]] = LoopbackOptions

    def __init__(self, options: LoopbackOptions) -> None:
        self._options = options
        self._dialogue: Dialogue | None = None
        # The number of the last report that we were told.
        self._last: int | None = None
        self._outbox: list[ExecutionReport] = []
        self._answers: dict[str, OrderAccepted | OrderRejected | OrderUnknown] = {}
        # What we refused ourselves: the venue never heard of it.
        self._refused: dict[str, OrderRejected] = {}
        # How far the venue has seen the market through us.
        self._shown: datetime | None = None

    @classmethod
    def from_options(cls, options: LoopbackOptions, *, instrument: Instrument) -> Self:  # noqa: ARG003 - it takes any
        """Build it from the ``[execution]`` table. The venue takes orders in any instrument."""
        return cls(options)

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        if not isinstance(order, ApprovedOrder):
            raise TypeError("a venue takes approved orders")
        terms, name = order.terms, order.terms.client_order_id
        known = self._answers.get(name)
        if known is not None:
            return known
        if now >= terms.valid_until:
            numbers = {"valid_until": terms.valid_until.isoformat(), "now": now.isoformat()}
            refused = OrderRejected(client_order_id=name, ts_event=now, code=Reason.APPROVAL_EXPIRED, numbers=numbers)
            self._refused[name] = refused
            self._remember(refused)
            return refused
        # Whatever happens from here on, it has an answer: it will not be sent again.
        self._remember(OrderUnknown(client_order_id=name, ts_event=now, detail="sent, and not answered yet"))
        answer = self._sent(terms, now)
        self._remember(answer)
        return answer

    def _sent(self, terms: OrderTerms, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        name = terms.client_order_id
        try:
            dialogue = self._connected()
            return dialogue.submit(Asked.of(terms), now, float(self._options.submit_timeout_seconds))
        except AnswerLate as error:
            # The connection stays: an answer that comes late is told as a report.
            return OrderUnknown(client_order_id=name, ts_event=now, detail=str(error))
        except AdapterUnavailable as error:
            self._drop()
            return OrderUnknown(client_order_id=name, ts_event=now, detail=str(error))
        except VenueProtocolError:
            self._drop()
            raise

    def _remember(self, answer: OrderAccepted | OrderRejected | OrderUnknown) -> None:
        self._answers[answer.client_order_id] = answer
        if len(self._answers) > ANSWERS_KEPT:
            oldest = next(iter(self._answers))
            del self._answers[oldest]
            self._refused.pop(oldest, None)

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        if client_order_id in self._refused:
            code = Reason.ORDER_UNKNOWN_TO_US
            self._outbox.append(CancelRejected(client_order_id=client_order_id, ts_event=now, code=code))
            return
        # Once: whether a cancel that broke off was heard, the reports will show.
        self._ask("cancel", attempts=1, client_order_id=client_order_id, now=now)

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        refused = self._refused.get(client_order_id)
        return (refused,) if refused is not None else self._found(client_order_id).reports

    def _found(self, client_order_id: str) -> Told:
        found = self._ask("find", client_order_id=client_order_id)
        if any(report.client_order_id != client_order_id for report in found.reports):
            self._drop()
            raise VenueProtocolError("asked about one order, the venue told of another")
        return found

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        known: list[ExecutionReport] = []
        for terms in working:
            known.extend(self._settled(terms, now))
        # Asked last: whatever happened before it was stated has been told by then.
        stated = self._ask("statement")
        names = {terms.client_order_id for terms in working}
        others = [report for report in stated.reports if report.client_order_id not in names]
        untold, self._outbox = self._outbox, []
        return VenueStatement(reports=(*untold, *known, *others), position=stated.position)

    def _settled(self, terms: OrderTerms, now: datetime) -> Sequence[ExecutionReport]:
        """What the venue tells of an order of ours. Raises ``VenueProtocolError`` when it works another."""
        name = terms.client_order_id
        found = self._found(name)
        if not found.reports:
            return (self._refused.get(name) or self._not_found(terms, now),)
        if found.order != Asked.of(terms):
            raise VenueProtocolError("the venue works another order than it was sent")
        return found.reports

    def _not_found(self, terms: OrderTerms, now: datetime) -> OrderUnknown | OrderRejected:
        # It may still be on its way. This venue's rule: once it has seen the market behind the order's session, what
        # arrives expires before it could fill.
        name = terms.client_order_id
        if self._shown is not None and self._shown > terms.valid_until:
            return OrderRejected(client_order_id=name, ts_event=now, code=Reason.NEVER_ARRIVED)
        return OrderUnknown(client_order_id=name, ts_event=now)

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        if self._dialogue is not None:
            try:
                self._dialogue.listen()
                self._collect()
            except ConnectionBroken:
                # Nothing is lost: the next call connects, or raises, and what was missed is told then.
                self._drop()
            except VenueProtocolError:
                self._drop()
                raise
        told, self._outbox = tuple(self._outbox), []
        return told

    @override
    def on_market(self, item: FeedItem) -> None:
        if (said := market_said(item)) is not None:
            self._ask(**said)
        if isinstance(item, Bar | Silence):
            self._shown = item.ts_event if isinstance(item, Bar) else item.until

    def _ask(self, do: str, *, attempts: int = ATTEMPTS, **values: object) -> Told:
        """Ask, and ask again where the connection breaks: only what may be asked twice is asked with more attempts."""
        seconds = float(self._options.timeout_seconds)
        for left in reversed(range(attempts)):
            try:
                answer = self._connected().ask({"do": do, **values}, seconds)
                self._collect()
                return answer
            except ConnectionBroken:
                self._drop()
                if not left:
                    raise
            except (AdapterUnavailable, VenueProtocolError):
                self._drop()
                raise
        raise AdapterUnavailable("no attempt was made")

    def _connected(self) -> Dialogue:
        """The connection that there is, if it is whole; otherwise a new one. Raises as ``Dialogue`` does."""
        if self._dialogue is not None:
            try:
                self._dialogue.listen()
                self._collect()
                return self._dialogue
            except ConnectionBroken:
                self._drop()
        seconds = float(self._options.timeout_seconds)
        self._dialogue = Dialogue(self._options.port, seconds, after=self._last)
        self._dialogue.greet(seconds)
        self._collect()
        return self._dialogue

    def _collect(self) -> None:
        """Take over what the venue told meanwhile."""
        if self._dialogue is not None:
            told, self._last = self._dialogue.collect()
            for report in told:
                if isinstance(report, OrderAccepted | OrderRejected) and report.client_order_id in self._answers:
                    self._remember(report)
            self._outbox.extend(told)

    def _drop(self) -> None:
        if self._dialogue is not None:
            self._collect()
            self._dialogue.close()
            self._dialogue = None

    @property
    @override
    def fees(self) -> FeeSchedule:
        return FeeSchedule()

    @override
    def describe(self) -> str:
        return (
            f"loopback venue on 127.0.0.1:{self._options.port}: market orders at the next open, limit orders on "
            "trade-through, all that is left at once, no slippage, no fees"
        )

    @override
    def close(self) -> None:
        self._drop()


class LiveLoopbackVenue(LoopbackVenue):
    """The same as a live adapter, for lessons and tests of LIVE: it says that it is real, and nothing of it is.

    The venue process has to be started with ``--cancel-on-disconnect``.
    """

    is_live = True
    protection = VenueProtection.CANCEL_ON_DISCONNECT
