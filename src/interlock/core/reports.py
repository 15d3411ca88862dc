"""What a venue answers. ``client_order_id`` names the order, ``ts_event`` is the venue's time (aware UTC)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeGuard

from attrs import field, frozen
from attrs.validators import optional

from interlock.core.orders import Side
from interlock.core.values import NO_NUMBERS, Numbers, amount, finite, not_negative, positive, tellable, utc


class FillBasis(StrEnum):
    """On which stated assumption a simulated fill rests; a real venue says VENUE."""

    NEXT_OPEN = "NEXT_OPEN"
    LIMIT_TRADED_THROUGH = "LIMIT_TRADED_THROUGH"
    LIMIT_AT_BETTER_OPEN = "LIMIT_AT_BETTER_OPEN"
    VENUE = "VENUE"


# Under this name the code of a guard stands among the numbers of REFUSED_BEFORE_SENDING.
BECAUSE: Final = "because"


@frozen(kw_only=True)
class OrderAccepted:
    """The venue works the order (FIX ExecType NEW)."""

    client_order_id: str
    venue_order_id: str
    ts_event: datetime = field(validator=utc)


@frozen(kw_only=True)
class OrderRejected:
    """The venue refused the order: it never worked. ``numbers`` are those behind a ``code`` of ours; ``detail`` is what
    the venue said in words of its own, to be quoted as such."""

    client_order_id: str
    ts_event: datetime = field(validator=utc)
    code: str
    detail: str = ""
    numbers: Numbers = field(default=NO_NUMBERS, validator=tellable)


@frozen(kw_only=True)
class OrderFilled:
    """A fill (FIX ExecType TRADE): ``last_qty`` at ``last_px``, ``fee`` in currency, ``trade_id`` unique forever.

    ``reference_px`` is the price before slippage, ``slippage`` what was added against us in total.
    """

    client_order_id: str
    venue_order_id: str
    trade_id: str
    instrument: str
    side: Side
    ts_event: datetime = field(validator=utc)
    last_qty: Decimal = field(validator=positive)
    last_px: Decimal = field(validator=positive)
    fee: Decimal = field(validator=not_negative)
    reference_px: Decimal = field(validator=positive)
    slippage: Decimal = field(validator=finite)
    basis: FillBasis


@frozen(kw_only=True)
class OrderCanceled:
    """The order no longer works; what was filled stays filled."""

    client_order_id: str
    ts_event: datetime = field(validator=utc)


@frozen(kw_only=True)
class CancelRejected:
    """The venue would not cancel: the order goes on working unless another report says otherwise."""

    client_order_id: str
    ts_event: datetime = field(validator=utc)
    code: str


@frozen(kw_only=True)
class OrderExpired:
    """Its time in force ran out (a DAY order at its session's close). ``code`` says why it had not filled, if the
    venue can tell."""

    client_order_id: str
    ts_event: datetime = field(validator=utc)
    code: str = ""
    numbers: Numbers = field(default=NO_NUMBERS, validator=tellable)


@frozen(kw_only=True)
class OrderUnknown:
    """Sent, and nobody can say what became of it. Not a no: counted as filled until the venue settles it. ``detail``:
    the name of the error, or what the adapter said of it in words of its own."""

    client_order_id: str
    ts_event: datetime = field(validator=utc)
    detail: str = ""


@frozen(kw_only=True)
class VenueStatement:
    """What a venue says when it is asked about everything at once.

    ``reports`` is all that it has not told yet, then all that it knows of each order that it was asked about, then
    the acceptance of every other order that it works. ``position`` is what it holds for us after just these, in
    units, negative when short; None where it keeps none.
    """

    reports: Sequence["ExecutionReport"]
    position: Decimal | None = field(default=None, validator=optional(amount))


_REPORTS: Final = frozenset(
    {OrderAccepted, OrderRejected, OrderFilled, OrderCanceled, CancelRejected, OrderExpired, OrderUnknown}
)
ExecutionReport = (
    OrderAccepted | OrderRejected | OrderFilled | OrderCanceled | CancelRejected | OrderExpired | OrderUnknown
)


def is_report(observation: object) -> TypeGuard[ExecutionReport]:
    """Whether it came from a venue. Looked up by class: isinstance against so many would cost at every bar."""
    return type(observation) in _REPORTS
