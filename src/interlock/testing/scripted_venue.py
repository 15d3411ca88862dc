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
    ``tell`` hands in reports for the next ``reports()``, true or not.
    """

    def __init__(self, *moves: Move, fills: bool = True, calls: list[str] | None = None) -> None:
        self._moves = list(moves)
        self._fills = fills
        self.calls: list[str] = calls if calls is not None else []
        self.broken: set[str] = set()
        self._resting: dict[str, RestingOrder] = {}
        self._history: dict[str, list[ExecutionReport]] = {}
        self._outbox: list[Any] = []

    def tell(self, *reports: object) -> None:
        """Hand these over at the next ``reports()``."""
        self._outbox.extend(reports)

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
        self._history[terms.client_order_id] = [answer]
        if move == "lose":
            raise AdapterUnavailable("scripted: the acknowledgement was lost")
        return answer

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
    def reconcile(self, working: Sequence[OrderTerms]) -> Sequence[ExecutionReport]:
        told: list[ExecutionReport] = []
        for terms in working:
            lost = OrderUnknown(client_order_id=terms.client_order_id, ts_event=terms.valid_until)
            told.extend(self._history.get(terms.client_order_id, [lost]))
        return tuple(told)

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
