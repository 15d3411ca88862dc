"""One moment of a journal: a record, what stood before and after it, and what led there and came of it.

Whoever reads a journal puts a moment together; ``explain.story`` tells it. Everything in it was recorded, or follows
from what was recorded.
"""

from datetime import timedelta
from decimal import Decimal

from interlock.core.decision import CancelIntent
from interlock.core.market import Bar, Instrument, Session
from interlock.core.modes import RunMode
from interlock.core.records import CancelRequested, OrderSubmitted, Record
from interlock.core.reports import is_report
from interlock.core.trading_state import TradingState
from interlock.core.values import LightValue
from interlock.core.view import MarketView


class Standing(LightValue, frozen=True, kw_only=True):
    """Where one stands: units held, money in the journal's currency, and how much trading is allowed.

    ``equity`` and ``unrealised_pnl`` are at the newest close. ``working`` counts the orders that may still fill.
    """

    position: Decimal
    cash: Decimal
    equity: Decimal
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    fees: Decimal
    trading_state: TradingState
    trading_state_code: str
    working: int


def standing(view: MarketView) -> Standing:
    """Where ``view`` stands right now."""
    books = view.portfolio
    return Standing(
        position=books.position,
        cash=books.cash,
        equity=books.equity,
        realised_pnl=books.realised_pnl,
        unrealised_pnl=books.unrealised_pnl,
        fees=books.fees,
        trading_state=view.trading_state,
        trading_state_code=str(view.trading_state_code),
        working=len(view.working_orders),
    )


class Numbered(LightValue, frozen=True, kw_only=True):
    """A record and its place in the journal."""

    seq: int
    record: Record


class Settled(LightValue, frozen=True, kw_only=True):
    """Where one stood after record ``seq``, the last that followed from the moment."""

    seq: int
    standing: Standing


class Rederived(LightValue, frozen=True, kw_only=True):
    """What came of making the record once more, from the records before it and the configuration that was recorded.

    ``matches`` is None where that could not be done: ``what`` then says why. Where it is False, ``what`` names the
    place in the record that differs first, ``recorded`` and ``derived`` what stands there. ``made_by`` and ``here`` are
    the builds that recorded it and that made it once more.
    """

    matches: bool | None
    what: str = ""
    recorded: str = ""
    derived: str = ""
    made_by: str = ""
    here: str = ""


class Moment(LightValue, frozen=True, kw_only=True):
    """Record ``seq`` of a journal whose last one, as it was read, is ``last_seq``.

    ``bar`` is the newest that had been seen, the record's own included, and ``age`` how long before the record it had
    closed. ``session`` is the one that the bar belongs to, ``execution_session`` the one that an order decided then is
    for. ``bars_missed`` counts expected bars that did not come before the newest, ``bars_overdue`` those after it.
    ``causes`` directly led to the record, ``followed`` came of it. ``ended`` is False where more may follow: an order
    still works, or not all was looked at (``looked_until`` is the last record that was).
    """

    seq: int
    last_seq: int
    record: Record
    mode: RunMode
    account: str
    instrument: Instrument
    currency: str
    before: Standing
    after: Standing
    settled: Settled | None
    bar: Bar | None
    age: timedelta | None
    session: Session | None
    execution_session: Session | None
    bars_missed: int
    bars_overdue: int
    causes: tuple[Numbered, ...]
    followed: tuple[Numbered, ...]
    ended: bool
    looked_until: int
    rederived: Rederived


def orders_of(record: Record) -> tuple[str, ...]:
    """The orders that ``record`` is about, by their ids: made, canceled or reported on in it."""
    found = [
        event.terms.client_order_id if isinstance(event, OrderSubmitted) else event.client_order_id
        for event in record.events
        if isinstance(event, OrderSubmitted | CancelRequested)
    ]
    if is_report(record.observation):
        found.append(record.observation.client_order_id)
    proposal = record.decision.proposal if record.decision is not None else None
    if isinstance(proposal, CancelIntent):
        found.append(proposal.client_order_id)
    return tuple(dict.fromkeys(found))


def makes_an_order(record: Record) -> bool:
    """Whether an order came into being in ``record``."""
    return any(isinstance(event, OrderSubmitted) for event in record.events)
