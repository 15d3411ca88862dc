"""What a venue answers is valid from birth."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from interlock.core.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    OrderUnknown,
    is_report,
)
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.situations import a_fill, some_terms

NAIVE = datetime(2020, 1, 1)  # noqa: DTZ001 - what must be refused
A_FILL = a_fill(some_terms(), Decimal(1), Decimal(100))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("last_qty", Decimal(0)),
        ("last_qty", Decimal(-1)),
        ("last_qty", Decimal("1.00000000001")),
        ("last_qty", 1),
        ("last_px", None),
        ("last_px", Decimal(10) ** 12),
        ("fee", Decimal("NaN")),
        ("fee", Decimal(10) ** 30),
        ("reference_px", Decimal(0)),
        ("last_px", Decimal(0)),
        ("last_px", Decimal("NaN")),
        ("fee", Decimal("-0.01")),
        ("reference_px", Decimal("Infinity")),
        ("slippage", Decimal("NaN")),
        ("slippage", Decimal("-Infinity")),
        ("slippage", 0.5),
        ("ts_event", NAIVE),
    ],
)
def test_a_bad_fill_cannot_exist(field: str, value: Any) -> None:
    """Quantity and price above zero, no fee below it, slippage a number, a time in UTC; the field is named."""
    bad: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match=field):
        replace(A_FILL, **bad)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (OrderAccepted, {"venue_order_id": "v"}),
        (OrderRejected, {"code": "X"}),
        (OrderCanceled, {}),
        (CancelRejected, {"code": "X"}),
        (OrderExpired, {}),
        (OrderUnknown, {}),
    ],
)
def test_every_report_is_about_an_order_at_a_time_in_utc(kind: Any, words: dict[str, str]) -> None:
    """A naive time is refused, and each of them is known as a report."""
    report = kind(client_order_id="c", ts_event=A_TIME, **words)
    assert is_report(report)
    with pytest.raises(ValueError, match="ts_event"):
        kind(client_order_id="c", ts_event=NAIVE, **words)


def test_what_is_no_report_is_told_from_one() -> None:
    """A fill is one, a bar and the word for one are none."""
    assert is_report(A_FILL)
    assert not is_report(a_bar())
    assert not is_report("OrderFilled")


def test_a_fill_may_be_as_large_as_amounts_are() -> None:
    """Its amounts are looked at together, and each of them may be the largest there is."""
    most = Decimal(10) ** 12 - Decimal("1E-10")
    assert replace(A_FILL, last_qty=most, last_px=most, fee=most, reference_px=most).fee == most


@pytest.mark.parametrize("kind", [OrderRejected, OrderExpired])
def test_numbers_of_a_report_are_those_that_a_record_keeps(kind: Any) -> None:
    """A float is the adapter's fault, there and then."""
    with pytest.raises(ValueError, match=r"numbers must be a Decimal, an int or text, and not a float, found "):
        kind(client_order_id="c", ts_event=A_TIME, code="X", numbers={"share": 0.5})
    with pytest.raises(ValueError, match="numbers must have text for names, found None"):
        kind(client_order_id="c", ts_event=A_TIME, code="X", numbers=None)


@pytest.mark.parametrize("bad", [1001, None, "", "x\ny", "\ud800", "x" * 129, OrderRejected])
@pytest.mark.parametrize("name", ["client_order_id", "venue_order_id", "trade_id", "instrument"])
def test_what_names_something_is_printable_text(name: str, bad: Any) -> None:
    """Many venues number their orders: an id that a record cannot keep is the adapter's fault, there and then."""
    with pytest.raises(ValueError, match=f"{name} must be 1 to 128 printable characters, found "):
        replace(A_FILL, **{name: bad})


@pytest.mark.parametrize("bad", [1001, None, "\ud800"])
@pytest.mark.parametrize("name", ["code", "detail"])
def test_what_a_venue_says_is_text(name: str, bad: Any) -> None:
    """It may hold anything that is text, for it is quoted."""
    rejected = OrderRejected(client_order_id="c", ts_event=A_TIME, code="ACME.NO", detail="line\nline")
    with pytest.raises(ValueError, match=f"{name} must be Unicode text, found "):
        replace(rejected, **{name: bad})


@pytest.mark.parametrize(("name", "bad"), [("side", "BUY"), ("basis", "VENUE")])
def test_what_a_fill_is_of_is_a_member(name: str, bad: str) -> None:
    """Text that equals a member is none."""
    with pytest.raises(TypeError, match=f"'{name}' must be "):
        replace(A_FILL, **{name: bad})
