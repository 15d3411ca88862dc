"""What a venue is asked: orders, cancels, questions, the market as the adapter sees it, and a test's commands."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self

from attrs import evolve, field, frozen

from interlock.core.faults import VenueProtocolError
from interlock.core.market import Bar, FeedItem, Silence, Split
from interlock.core.orders import OrderTerms, OrderType, Side, TimeInForce
from interlock.core.values import positive
from interlock.testing.loopback.fields import Fields, amount, count, name, one_of, perhaps, read, text, time
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.protocol import report_of

# How many orders one plan may speak for, and how long a line a venue can be made to say (longer than it may be).
ORDERS_PLANNED_MAX: Final = 1_000
TIMES_MAX: Final = 100_000


@frozen(kw_only=True)
class Asked:
    """An order as a venue is told of it."""

    client_order_id: str
    instrument: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal = field(validator=positive)
    limit_price: Decimal | None
    protection_price: Decimal
    ts_init: datetime
    session_open: datetime
    valid_until: datetime

    @classmethod
    def of(cls, terms: OrderTerms) -> Self:
        """What of an approved order a venue has to know."""
        return cls(**{key: getattr(terms, key) for key in ORDER})

    @classmethod
    def said(cls, said: object) -> Self:
        """An order as it came over the wire. Raises ``ValueError``."""
        return cls(**read(ORDER, said))

    @property
    def wire(self) -> dict[str, object]:
        """As it goes over the wire."""
        return {key: getattr(self, key) for key in ORDER}

    def doubled(self) -> Self:
        """The same order of twice the quantity."""
        return evolve(self, quantity=self.quantity * 2)


ORDER: Final[Fields] = {
    "client_order_id": name,
    "instrument": name,
    "side": one_of(Side),
    "order_type": one_of(OrderType),
    "time_in_force": one_of(TimeInForce),
    "quantity": amount,
    "limit_price": perhaps(amount),
    "protection_price": amount,
    "ts_init": time,
    "session_open": time,
    "valid_until": time,
}


_BAR: Final[Fields] = {
    "instrument": name,
    "ts_event": time,
    **dict.fromkeys(("open", "high", "low", "close", "volume"), amount),
}


def bar_said(bar: Bar) -> dict[str, object]:
    """A bar as it goes over the wire."""
    return {key: getattr(bar, key) for key in _BAR}


def market_said(item: FeedItem) -> dict[str, Any] | None:
    """What a venue is asked to do about an item of the market; None where that concerns no venue."""
    match item:
        case Bar():
            return {"do": "bar", "bar": bar_said(item)}
        case Silence(until=until):
            return {"do": "silence", "until": until}
        case Split():
            return {"do": "split"}
        case _:
            return None


def _bar_of(said: object) -> Bar:
    return Bar(**read(_BAR, said))


def _at_most(limit: int) -> Any:
    def check(said: object) -> int:
        if count(said) > limit:
            raise ValueError(f"must be at most {limit}")
        return count(said)

    return check


REQUESTS: Final[Mapping[str, Fields]] = {
    # A session begins: reports are pushed from here on, the ones after number ``after`` first.
    "hello": {"after": perhaps(count)},
    "submit": {"order": Asked.said, "now": time},
    "cancel": {"client_order_id": name, "now": time},
    "find": {"client_order_id": name},
    # Which orders work, and the position.
    "statement": {},
    "bar": {"bar": _bar_of},
    "silence": {"until": time},
    # It keeps no prices, so it cannot tell what a position becomes: it states none any more.
    "split": {},
    # Whoever traded is gone, and the venue promised to cancel then.
    "gone": {"now": time},
    # Commands of a test. ``order`` counts the orders that reach the wire from 1; 0 means the next one.
    "plan": {"move": one_of(Move), "order": count, "orders": _at_most(ORDERS_PLANNED_MAX)},
    "fill": {"client_order_id": name, "quantity": amount, "price": amount, "now": time},
    "tell": {"report": report_of},
    "say": {"line": text, "times": _at_most(TIMES_MAX)},
}


@frozen(kw_only=True)
class Request:
    """A message to the venue: what to do, and with what."""

    do: str
    id: int
    values: Mapping[str, Any]

    @classmethod
    def of(cls, said: Mapping[str, object]) -> Self:
        """A request as it came over the wire. Raises ``VenueProtocolError``."""
        do = said.get("do")
        fields = REQUESTS.get(do) if isinstance(do, str) else None
        if fields is None:
            raise VenueProtocolError("nothing of that name can be done")
        values = read({"do": name, "id": count, **fields}, said)
        return cls(do=values.pop("do"), id=values.pop("id"), values=values)
