"""A venue that does as its script says, the bad things included."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from typing_extensions import override

from interlock.core.faults import AdapterUnavailable
from interlock.core.fees import FeeSchedule
from interlock.core.market import Bar, FeedItem, Silence
from interlock.core.matching import MatchingRules, RestingOrder, match
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports import ExecutionPort
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    OrderUnknown,
    VenueStatement,
)
from interlock.core.values import ONE, ZERO

# A code of nobody's: what a fake wishes or refuses needs no better reason.
SCRIPTED: Final = "TEST.SCRIPTED"

Move = Literal["accept", "reject", "unknown", "lose", "raise"] | Callable[[OrderTerms], object]


class ScriptedVenue(ExecutionPort):
    """A venue that fills whatever it works at the next bar's price, as ``core.matching`` has it, unless told otherwise.

    ``moves`` says what becomes of the n-th order that is submitted (accepted beyond its end): accepted, rejected,
    answered UNKNOWN, worked although ``submit`` raised ("lose": the acknowledgement was lost), not worked and
    raised, or answered with whatever a function of its terms returns. ``broken`` names methods that raise.
    ``tell`` hands in reports for the next ``reports()``, true or not; what it is made to ``know`` it tells only when
    asked, as it does its ``position``.
    """

    def __init__(self, *moves: Move, fills: bool = True, calls: list[str] | None = None) -> None:
        self._moves = list(moves)
        self._fills = fills
        self.calls: list[str] = calls if calls is not None else []
        self.broken: set[str] = set()
        self.position: Decimal | None = None
        self._resting: dict[str, RestingOrder] = {}
        self._history: dict[str, list[ExecutionReport]] = {}
        self._outbox: list[Any] = []

    def tell(self, *reports: object) -> None:
        """Hand these over at the next ``reports()``."""
        self._outbox.extend(reports)

    def know(self, report: ExecutionReport) -> None:
        """It happened to an order that arrived, and is told only to whoever asks."""
        self._history[report.client_order_id].append(report)

    def forget(self, client_order_id: str) -> None:
        """Never heard of it."""
        self._history.pop(client_order_id, None)
        self._resting.pop(client_order_id, None)

    @property
    def submitted(self) -> list[str]:
        """Every ``client_order_id`` that was ever handed over, as often as it was."""
        return [call.removeprefix("submit ") for call in self.calls if call.startswith("submit ")]

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        if not isinstance(order, ApprovedOrder):
            raise TypeError("a venue takes approved orders")
        terms = order.terms
        self._called("submit", terms.client_order_id)
        known = self._history.get(terms.client_order_id)
        if known is not None:
            first: Any = known[0]
            answered: OrderAccepted | OrderRejected | OrderUnknown = first
            return answered
        move = self._moves.pop(0) if self._moves else "accept"
        if callable(move):
            odd: Any = move(terms)
            strange: OrderAccepted | OrderRejected | OrderUnknown = odd
            return strange
        if move == "raise":
            raise AdapterUnavailable("scripted: the order did not arrive")
        answer = self._answer("reject" if now >= terms.valid_until else move, terms, now)
        self._history[terms.client_order_id] = [self._known(answer)]
        if move == "lose":
            raise AdapterUnavailable("scripted: the acknowledgement was lost")
        return answer

    def _known(self, answer: ExecutionReport) -> ExecutionReport:
        """What it says of the order when it is asked: it knows what it works, whatever it answered."""
        resting = self._resting.get(answer.client_order_id)
        if resting is None or not isinstance(answer, OrderUnknown):
            return answer
        name, venue_order_id = answer.client_order_id, resting.venue_order_id
        return OrderAccepted(client_order_id=name, venue_order_id=venue_order_id, ts_event=answer.ts_event)

    def _answer(self, move: str, terms: OrderTerms, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        name = terms.client_order_id
        if move == "reject":
            return OrderRejected(client_order_id=name, ts_event=now, code=SCRIPTED, detail="as the script says")
        self._resting[name] = RestingOrder(
            terms=terms, venue_order_id=f"venue-{name}", leaves_qty=terms.quantity, notional=ZERO, fees=ZERO
        )
        if move == "unknown":
            return OrderUnknown(client_order_id=name, ts_event=now)
        return OrderAccepted(client_order_id=name, venue_order_id=f"venue-{name}", ts_event=now)

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        self._called("cancel", client_order_id)
        if self._resting.pop(client_order_id, None) is not None:
            self._report(OrderCanceled(client_order_id=client_order_id, ts_event=now))
        else:
            self.tell(CancelRejected(client_order_id=client_order_id, ts_event=now, code=SCRIPTED))

    @override
    def on_market(self, item: FeedItem) -> None:
        if "on_market" in self.broken:
            raise AdapterUnavailable("scripted: on_market is broken")
        if not isinstance(item, Bar | Silence):
            return
        now = item.ts_event if isinstance(item, Bar) else item.until
        for name, order in list(self._resting.items()):
            if now > order.terms.valid_until:
                del self._resting[name]
                self._report(OrderExpired(client_order_id=name, ts_event=order.terms.valid_until))
            elif isinstance(item, Bar) and self._fills:
                self._fill(name, order, item)

    def _fill(self, name: str, order: RestingOrder, bar: Bar) -> None:
        tick = Decimal("0.01")
        rules = MatchingRules(slippage_bps=ZERO, fees=self.fees, participation=None, tick_size=tick, lot_size=ONE)
        matched = match(order, bar, rules, None)
        if matched is not None:
            del self._resting[name]
            self._report(matched[0])

    def _report(self, report: ExecutionReport) -> None:
        self._outbox.append(report)
        self._history[report.client_order_id].append(report)

    def _called(self, name: str, what: str) -> None:
        self.calls.append(f"{name} {what}")
        if name in self.broken:
            raise AdapterUnavailable(f"scripted: {name} is broken")

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        return tuple(self._history.get(client_order_id, ()))

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        if "reports" in self.broken:
            raise AdapterUnavailable("scripted: reports is broken")
        told, self._outbox = tuple(self._outbox), []
        return told

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        names = [terms.client_order_id for terms in working]
        self._called("reconcile", " ".join(names))
        told: list[Any] = list(self.reports())
        for name in names:
            told.extend(self._history.get(name, [OrderUnknown(client_order_id=name, ts_event=now)]))
        told.extend(self._history[name][0] for name in self._resting if name not in names)
        return VenueStatement(reports=tuple(told), position=self.position)

    @property
    @override
    def fees(self) -> FeeSchedule:
        return FeeSchedule()

    @override
    def describe(self) -> str:
        return "a venue that does as its script says"

    @override
    def close(self) -> None:
        """Nothing is held open."""
