"""A venue's adapter that tells a secret wherever it can: nothing of it becomes an observation, or a message."""

import pickle
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from interlock.adapters.execution.masked import MaskedVenue
from interlock.adapters.execution.paper import PaperVenue
from interlock.core.faults import AdapterUnavailable, Fault
from interlock.core.fees import FeeSchedule
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports.execution import ExecutionPort, VenueProtection
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderExpired,
    OrderRejected,
    OrderUnknown,
    VenueStatement,
)
from interlock.secret import Secret
from interlock.testing.approvals import approve
from interlock.testing.builders import A_TIME, a_bar

VALUE = "canary-for-the-venue"


class Leaky(ExecutionPort):
    """Says it in every text, or in every error."""

    is_live: ClassVar[bool] = True
    protection: ClassVar[VenueProtection | None] = VenueProtection.DEAD_MAN_TIMER
    is_io: ClassVar[bool] = False

    def __init__(self, *, raises: bool = False) -> None:
        self._raises = raises

    def _text(self) -> str:
        if self._raises:
            raise AdapterUnavailable(f"401 for {VALUE}")
        return f"said with {VALUE}"

    def _said(self) -> tuple[ExecutionReport, ...]:
        text = self._text()
        return (
            OrderAccepted(client_order_id="x", venue_order_id=text, ts_event=A_TIME),
            OrderRejected(client_order_id="x", ts_event=A_TIME, code=text, detail=text),
            OrderUnknown(client_order_id=text, ts_event=A_TIME, detail=text),
            OrderExpired(client_order_id="x", ts_event=A_TIME, code=text, numbers={"key": text, text: 1}),
            CancelRejected(client_order_id="x", ts_event=A_TIME, code=text),
        )

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        return OrderUnknown(client_order_id=order.terms.client_order_id, ts_event=now, detail=self._text())

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        self._text()

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        return self._said()

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        return list(self._said())

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        return VenueStatement(reports=self._said())

    @property
    @override
    def fees(self) -> FeeSchedule:
        self._text()
        return FeeSchedule()

    @override
    def describe(self) -> str:
        return self._text()

    @override
    def close(self) -> None:
        self._text()

    @override
    def on_market(self, item: Any) -> None:
        self._text()

    @override
    def restore(self, working: Any) -> None:
        self._text()


ASKED: list[Callable[[ExecutionPort], object]] = [
    lambda venue: venue.submit(approve(), A_TIME),
    lambda venue: venue.cancel("x", A_TIME),
    lambda venue: venue.find("x"),
    lambda venue: venue.reports(),
    lambda venue: venue.reconcile((), A_TIME),
    lambda venue: venue.fees,
    lambda venue: venue.describe(),
    lambda venue: venue.close(),
    lambda venue: venue.on_market(a_bar()),
    lambda venue: venue.restore(()),
]


@pytest.mark.parametrize("ask", ASKED)
def test_nothing_that_an_adapter_says_holds_a_secret(ask: Callable[[ExecutionPort], object]) -> None:
    """Whatever it is asked."""
    secret = Secret(VALUE)
    assert VALUE in secret.reveal()
    told = ask(MaskedVenue(Leaky()))
    assert VALUE not in repr(told)
    assert VALUE.encode() not in pickle.dumps(told)


@pytest.mark.parametrize("ask", ASKED)
def test_nothing_that_an_adapter_raises_holds_a_secret(ask: Callable[[ExecutionPort], object]) -> None:
    """The error is the adapter's own, of its class and with its place."""
    secret = Secret(VALUE)
    with pytest.raises(AdapterUnavailable) as caught:
        ask(MaskedVenue(Leaky(raises=True)))
    assert str(caught.value) == "401 for ***"
    fault = Fault.of(caught.value, where="execution")
    assert "test_masked.py" in fault.place
    assert fault.place.endswith("_text")
    assert secret is not None


def test_what_it_says_of_itself_it_says_of_the_adapter() -> None:
    """Whoever asks whether it is live is answered for what is inside."""
    venue = MaskedVenue(Leaky())
    assert (venue.is_live, venue.protection, venue.is_io) == (True, VenueProtection.DEAD_MAN_TIMER, False)
    assert PaperVenue.is_live is MaskedVenue.is_live is False
