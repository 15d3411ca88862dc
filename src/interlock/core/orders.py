"""Orders: the words of FIX, and the one value that is permission."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NoReturn

from typing_extensions import override

from interlock.core.values import LightValue, not_negative, positive, utc


class Side(StrEnum):
    """FIX Side (54)."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """FIX OrdType (40). STOP exists so that it can be refused by name: it is not approximated."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"


class TimeInForce(StrEnum):
    """FIX TimeInForce (59)."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderClass(StrEnum):
    """Which door an order goes through: ENTRY raises risk, EXIT strictly reduces it, CANCEL takes it back."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"
    CANCEL = "CANCEL"


# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
BUY, SELL, MARKET, LIMIT = Side.BUY, Side.SELL, OrderType.MARKET, OrderType.LIMIT
ENTRY, EXIT = OrderClass.ENTRY, OrderClass.EXIT


def decision_id(journal_id: str, bars_seen: int) -> str:
    """The id of what was decided at bar ``bars_seen`` of a journal, counted from 1 and on through its chapters."""
    return f"{journal_id[:12]}-bar-{bars_seen}"


def cancel_id(client_order_id: str) -> str:
    """The id of our newest request to cancel an order: the record before that holds its ``CancelRequested``."""
    return f"{client_order_id}-cancel"


def opposite(side: Side) -> Side:
    """The side that undoes ``side``."""
    return SELL if side is BUY else BUY


class OrderTerms(LightValue, frozen=True, kw_only=True):
    """Everything there is to know about an approved order, as data. It says what was allowed; it allows nothing.

    ``decision_id`` names the bar whose decision it was. ``protection_price`` is the worst price at which it may
    fill. The order belongs to the session from ``session_open`` to ``valid_until`` and is dead after it.
    Raises ``ValueError`` naming the field for an amount or a time that cannot be.
    """

    client_order_id: str
    decision_id: str
    instrument: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    limit_price: Decimal | None
    protection_price: Decimal
    reserved: Decimal
    time_in_force: TimeInForce
    order_class: OrderClass
    ts_init: datetime
    session_open: datetime
    valid_until: datetime
    limits_version: str

    def __post_init__(self) -> None:
        positive(self, "quantity", self.quantity)
        positive(self, "protection_price", self.protection_price)
        not_negative(self, "reserved", self.reserved)
        if not self.ts_init.tzinfo is self.session_open.tzinfo is self.valid_until.tzinfo is UTC:
            utc(self, "ts_init", self.ts_init)
            utc(self, "session_open", self.session_open)
            utc(self, "valid_until", self.valid_until)


# Whoever holds this may mint. Only the risk policy imports it, and a house rule (a test) keeps it so.
_PERMISSION: Final = object()


class ApprovedOrder:
    """Permission to send one order once. Minted by the risk policy alone; never copied, pickled or read from disk.

    A journal gives back ``OrderTerms``, data about an order; so no restart, replay or file can send anything.
    Raises ``PermissionError`` when anybody but the policy constructs one.
    """

    __slots__ = ("terms",)
    terms: OrderTerms

    def __init__(self, terms: OrderTerms, permission: object) -> None:
        if permission is not _PERMISSION:
            raise PermissionError("only the risk policy mints an ApprovedOrder: ask it with review()")
        object.__setattr__(self, "terms", terms)

    @override
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("an ApprovedOrder cannot be changed: a new wish needs a new review")

    @override
    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("an ApprovedOrder cannot be changed: a new wish needs a new review")

    @override
    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("an ApprovedOrder is never copied or serialised: permission does not travel")

    @classmethod
    @override
    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("an ApprovedOrder has no subclasses: permission has one shape")

    @override
    def __repr__(self) -> str:
        return f"ApprovedOrder({self.terms.client_order_id})"
