"""Live adapters and a strategy for tests of LIVE, as a package beside ours would offer them. Nothing of it is real.

Each class counts what is made of it in ``made``: where nothing may be made, nothing is counted.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Self

from attrs import frozen
from typing_extensions import override

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.decision import CancelIntent, NoAction, OrderIntent, Proposal
from interlock.core.market import Bar, FeedItem, Silence
from interlock.core.orders import OrderType, Side
from interlock.core.ports import Clock, Strategy
from interlock.core.ports.execution import VenueProtection
from interlock.core.values import ONE
from interlock.core.view import MarketView
from interlock.testing.scripted_venue import ScriptedVenue


@frozen(kw_only=True)
class Nothing:
    """No keys."""


class KitVenue(ScriptedVenue):
    """A scripted venue that says it is real, and is made as the file asks for it."""

    Options: ClassVar[type[Any]] = Nothing
    is_live = True
    protection: ClassVar[VenueProtection | None] = VenueProtection.CANCEL_ON_DISCONNECT
    made: ClassVar[list[ScriptedVenue]] = []
    # What the next one is made with.
    fills_next: ClassVar[bool] = True

    @classmethod
    def from_options(cls, options: Any, **_: Any) -> Self:
        """A new one."""
        venue = cls(fills=cls.fills_next)
        cls.made.append(venue)
        return venue


class Unprotected(KitVenue):
    """It does nothing for us when we are gone."""

    protection = None


class Forbidden(KitVenue):
    """Whoever makes it is noticed."""

    @classmethod
    @override
    def from_options(cls, options: Any, **_: Any) -> Self:
        raise AssertionError("a live adapter was made")


class KitFeed(MemoryFeed):
    """Bars that come when ``clock`` says that they have closed. ``before`` is done before the bar of that time is."""

    Options: ClassVar[type[Any]] = Nothing
    is_live = True

    def __init__(self, items: Any, clock: Clock, before: dict[datetime, Callable[[], object]] | None = None) -> None:
        super().__init__(items)
        self._clock = clock
        self._before = before or {}
        self._held: FeedItem | None = None

    @override
    def prepare(self, *, lookback: int) -> None:
        """Nothing came before."""

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        item = self._held if self._held is not None else super()._take(deadline)
        self._held = None
        if isinstance(item, Bar):
            now = self._clock.now()
            if item.ts_event > now:
                self._held = item
                return Silence(until=now)
            self._before.pop(item.ts_event, lambda: None)()
        return item

    @override
    def describe(self) -> str:
        return "the kit's feed"

    @classmethod
    def from_options(cls, options: Any, **_: Any) -> Self:
        """Whoever makes it is noticed: tests hand theirs in."""
        raise AssertionError("a live feed was made")


@frozen(kw_only=True)
class Script:
    """What to wish for, a letter a bar."""

    script: str


class Typed(Strategy):
    """The n-th letter at the n-th bar: B and S for one unit at the market, L for one far below it, C for a cancel."""

    Parameters: ClassVar[type[Any]] = Script

    def __init__(self, parameters: Script) -> None:
        self._script = parameters.script

    @property
    @override
    def lookback(self) -> int:
        return 1

    @property
    @override
    def sums(self) -> tuple[int, ...]:
        return ()

    @override
    def propose(self, view: MarketView) -> Proposal:
        letter = self._script[view.bars_seen - 1 : view.bars_seen]
        match letter:
            case "B":
                return OrderIntent(code="KIT.BUY", side=Side.BUY, quantity=ONE)
            case "S":
                return OrderIntent(code="KIT.SELL", side=Side.SELL, quantity=ONE)
            case "L":
                return OrderIntent(
                    code="KIT.BUY", side=Side.BUY, quantity=ONE, order_type=OrderType.LIMIT, limit_price=view.bar.close
                )
            case "C" if view.has_working_orders:
                return CancelIntent(code="KIT.CANCEL", client_order_id=view.working_orders[-1].terms.client_order_id)
            case _:
                return NoAction(code="KIT.NOTHING")


class Restless(Strategy):
    """One unit in, one unit out, as often as it is let."""

    Parameters: ClassVar[type[Any]] = Nothing

    def __init__(self, parameters: Nothing) -> None:
        self._parameters = parameters

    @property
    @override
    def lookback(self) -> int:
        return 1

    @property
    @override
    def sums(self) -> tuple[int, ...]:
        return ()

    @override
    def propose(self, view: MarketView) -> Proposal:
        if view.has_working_orders:
            return NoAction(code="KIT.NOTHING")
        side = Side.SELL if view.position else Side.BUY
        return OrderIntent(code="KIT.RESTLESS", side=side, quantity=ONE)
