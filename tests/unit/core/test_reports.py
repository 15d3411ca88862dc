"""What a venue answers is valid from birth."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

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
        evolve(A_FILL, **bad)


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
