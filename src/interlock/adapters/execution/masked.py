"""A decorator that takes secrets out of whatever a venue's adapter says."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from typing_extensions import override

from interlock.core.fees import FeeSchedule
from interlock.core.market import FeedItem
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports import ExecutionPort
from interlock.core.reports import ExecutionReport, OrderAccepted, OrderRejected, OrderUnknown, VenueStatement
from interlock.core.state import WorkingOrder
from interlock.masking import mask_error, masked_value

_T = TypeVar("_T")


class MaskedVenue(ExecutionPort):
    """``venue``, of which nothing that is recorded or told holds a secret: no report, no description, no error.

    It stands right around the adapter, inside of everything else that wraps it. What it raises is what the adapter
    raised, with other words.
    """

    def __init__(self, venue: ExecutionPort) -> None:
        self._venue = venue
        # What it says of itself it says of this.
        given: Any = self
        given.is_live, given.protection, given.is_io = venue.is_live, venue.protection, venue.is_io

    def _asked(self, ask: Callable[[], _T]) -> _T:
        try:
            return masked_value(ask())
        except Exception as error:
            mask_error(error)
            raise

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        return self._asked(lambda: self._venue.submit(order, now))

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        self._asked(lambda: self._venue.cancel(client_order_id, now))

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        return self._asked(lambda: tuple(self._venue.find(client_order_id)))

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        return self._asked(lambda: tuple(self._venue.reports()))

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        return self._asked(lambda: self._venue.reconcile(working, now))

    @property
    @override
    def fees(self) -> FeeSchedule:
        return self._asked(lambda: self._venue.fees)

    @override
    def describe(self) -> str:
        return self._asked(self._venue.describe)

    @override
    def close(self) -> None:
        self._asked(self._venue.close)

    @override
    def on_market(self, item: FeedItem) -> None:
        self._asked(lambda: self._venue.on_market(item))

    @override
    def restore(self, working: Sequence[WorkingOrder]) -> None:
        self._asked(lambda: self._venue.restore(working))
