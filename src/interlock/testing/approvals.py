"""Approved orders for tests, made as every approved order is made: a real policy reviews an intent over a real state.

The limits are generous, so that what a test is about decides, and not the limits.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from interlock.core.decision import Approved, OrderIntent
from interlock.core.evolve import observe
from interlock.core.fees import FeeSchedule
from interlock.core.market import Bar, Instrument, Session
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened, SessionRolled
from interlock.core.orders import ApprovedOrder, OrderType, Side, TimeInForce
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.allowed_instruments import AllowedInstruments, AllowedInstrumentsLimits
from interlock.core.risk.rules.data_age import DataAge, DataAgeLimits
from interlock.core.risk.rules.max_order_notional import MaxOrderNotional, MaxOrderNotionalLimits
from interlock.core.risk.rules.max_order_quantity import MaxOrderQuantity, MaxOrderQuantityLimits
from interlock.core.risk.rules.max_position import MaxPosition, MaxPositionLimits
from interlock.core.risk.rules.price_collar import PriceCollar, PriceCollarLimits
from interlock.core.state import initial_state
from interlock.core.view import MarketView
from interlock.testing.builders import A_TIME, a_bar, an_instrument

PLENTY = Decimal(10**11)
# The session that approved orders belong to, unless told otherwise: `A_TIME` lies one hour into it.
A_SESSION = Session(open=A_TIME - timedelta(hours=1), close=A_TIME + timedelta(hours=6))


def permissive_policy(
    symbols: Iterable[str] = ("TEST",),
    *,
    collar: str = "0.5",
    fees: FeeSchedule | None = None,
    more: Iterable[RiskRule] = (),
) -> RulePolicy:
    """A real policy: each mandatory control with a limit that hardly ever binds, and the rules in ``more``."""
    rules: tuple[RiskRule, ...] = (
        AllowedInstruments(AllowedInstrumentsLimits(instruments=tuple(symbols))),
        DataAge(DataAgeLimits(limit_seconds=PLENTY, bars_missed=10**9)),
        MaxOrderQuantity(MaxOrderQuantityLimits(limit=PLENTY)),
        MaxOrderNotional(MaxOrderNotionalLimits(limit=PLENTY)),
        PriceCollar(PriceCollarLimits(limit=Decimal(collar))),
        MaxPosition(MaxPositionLimits(limit=PLENTY, allow_short=True)),
    )
    return RulePolicy((*rules, *more), fees=fees or FeeSchedule(), limits_version="permissive")


def approve(
    side: Side = Side.BUY,
    quantity: str = "10",
    *,
    limit_price: str | None = None,
    order_type: OrderType | None = None,
    time_in_force: TimeInForce = TimeInForce.DAY,
    instrument: Instrument | None = None,
    bar: Bar | None = None,
    session: Session = A_SESSION,
    ordinal: int = 1,
    collar: str = "0.5",
    fees: FeeSchedule | None = None,
    now: datetime | None = None,
) -> ApprovedOrder:
    """An approved order, decided on ``bar`` (its close is the reference) inside ``session``.

    LIMIT where a ``limit_price`` is given, otherwise MARKET. Orders with the same ``ordinal`` have the same
    ``client_order_id``. Raises ``AssertionError`` with the findings when the policy denies.
    """
    traded = instrument or an_instrument()
    seen = bar or a_bar(instrument=traded.symbol)
    policy = permissive_policy((traded.symbol,), collar=collar, fees=fees)
    state = initial_state(lookback=policy.lookback, orders_remembered=policy.orders_remembered)
    opened = JournalOpened(
        journal_id="kit000000000",
        mode=RunMode.SIM,
        account="kit",
        currency="USD",
        opening_cash=PLENTY,
        instrument=traded,
        interval_seconds=60,
    )
    at = now or seen.ts_event
    for observation in (opened, SessionRolled(session=session, next_session=None), seen):
        observe(state, observation, at)
    state.orders_submitted = ordinal - 1
    kind = order_type or (OrderType.MARKET if limit_price is None else OrderType.LIMIT)
    intent = OrderIntent(
        code="KIT.WANTED",
        side=side,
        quantity=Decimal(quantity),
        order_type=kind,
        limit_price=None if limit_price is None else Decimal(limit_price),
        time_in_force=time_in_force,
    )
    review = policy.review(intent, MarketView(state, at))
    assert isinstance(review, Approved), f"the permissive policy denied {intent}: {review}"
    return review.order
