"""What a venue answers. ``client_order_id`` names the order, ``ts_event`` is the venue's time (aware UTC)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeGuard, get_args

from attrs import field, frozen
from attrs.validators import optional
from typing_extensions import override

from interlock.core.orders import Side
from interlock.core.values import (
    NO_NUMBERS,
    LightValue,
    Numbers,
    amount,
    finite,
    identifier,
    not_negative,
    of_kind,
    positive,
    tellable,
    utc,
    words,
)


class FillBasis(StrEnum):
    """On which stated assumption a simulated fill rests; a real venue says VENUE."""

    NEXT_OPEN = "NEXT_OPEN"
    LIMIT_TRADED_THROUGH = "LIMIT_TRADED_THROUGH"
    LIMIT_AT_BETTER_OPEN = "LIMIT_AT_BETTER_OPEN"
    VENUE = "VENUE"


# Under this name the code of a guard stands among the numbers of REFUSED_BEFORE_SENDING.
BECAUSE: Final = "because"


# How each field of a report is checked, by its name. A venue's mistake is found at its birth, not by the journal.
_CHECKS: Final[dict[str, Callable[[object, str, Any], None]]] = {
    **dict.fromkeys(("client_order_id", "venue_order_id", "trade_id", "instrument"), identifier),
    "ts_event": utc,
    "code": words,
    "detail": words,
    "numbers": tellable,
}


class Report(LightValue, frozen=True, kw_only=True):
    """What every report says."""

    client_order_id: str
    ts_event: datetime

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if name in _CHECKS:
                _CHECKS[name](self, name, getattr(self, name))


class OrderAccepted(Report, frozen=True, kw_only=True):
    """The venue works the order (FIX ExecType NEW)."""

    venue_order_id: str


class OrderRejected(Report, frozen=True, kw_only=True):
    """The venue refused the order: it never worked. ``numbers`` are those behind a ``code`` of ours; ``detail`` is what
    the venue said in words of its own, to be quoted as such."""

    code: str
    detail: str = ""
    numbers: Numbers = NO_NUMBERS


class OrderFilled(Report, frozen=True, kw_only=True):
    """A fill (FIX ExecType TRADE): ``last_qty`` at ``last_px``, ``fee`` in currency, ``trade_id`` unique forever.

    ``reference_px`` is the price before slippage, ``slippage`` what was added against us in total.
    """

    venue_order_id: str
    trade_id: str
    instrument: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    reference_px: Decimal
    slippage: Decimal
    basis: FillBasis

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        of_kind(Side, "side", self.side)
        of_kind(FillBasis, "basis", self.basis)
        positive(self, "last_qty", self.last_qty)
        positive(self, "last_px", self.last_px)
        not_negative(self, "fee", self.fee)
        positive(self, "reference_px", self.reference_px)
        finite(self, "slippage", self.slippage)


class OrderCanceled(Report, frozen=True, kw_only=True):
    """The order no longer works; what was filled stays filled."""


class CancelRejected(Report, frozen=True, kw_only=True):
    """The venue would not cancel: the order goes on working unless another report says otherwise."""

    code: str


class OrderExpired(Report, frozen=True, kw_only=True):
    """Its time in force ran out (a DAY order at its session's close). ``code`` says why it had not filled, if the
    venue can tell."""

    code: str = ""
    numbers: Numbers = NO_NUMBERS


class OrderUnknown(Report, frozen=True, kw_only=True):
    """Sent, and nobody can say what became of it. Not a no: counted as filled until the venue settles it. ``detail``:
    the name of the error, or what the adapter said of it in words of its own."""

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


ExecutionReport = (
    OrderAccepted | OrderRejected | OrderFilled | OrderCanceled | CancelRejected | OrderExpired | OrderUnknown
)
_REPORTS: Final = frozenset(get_args(ExecutionReport))


def is_report(observation: object) -> TypeGuard[ExecutionReport]:
    """Whether it came from a venue. Looked up by class: isinstance against so many would cost at every bar."""
    return type(observation) in _REPORTS
