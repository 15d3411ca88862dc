"""Situations to judge in: a state brought about by the real fold, and the view onto it.

Nothing is set by hand: a position was bought, a working order was submitted and acknowledged, a halt was an event.
So what a rule sees here is what it would see in a run.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from attrs import field, frozen

from interlock.core.arming import Armed
from interlock.core.evolve import happen, observe
from interlock.core.fees import FeeSchedule
from interlock.core.market import Bar, Instrument, Session
from interlock.core.modes import RunMode
from interlock.core.observations import CycleOverran, JournalOpened, SessionRolled
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderClass, OrderTerms, OrderType, Side, TimeInForce
from interlock.core.records import CancelRequested, EntriesQuarantined, OrderSubmitted, TradingStateChanged
from interlock.core.reports import FillBasis, OrderAccepted, OrderFilled, OrderRejected, OrderUnknown
from interlock.core.state import State, initial_state
from interlock.core.trading_state import TradingState
from interlock.core.values import ZERO, times
from interlock.core.view import MarketView
from interlock.testing.builders import a_bar, an_instrument

MINUTE = timedelta(minutes=1)
# Two whole sessions of a made-up market: Monday and Tuesday, seven hours each.
MONDAY = Session(open=datetime(2024, 1, 8, 14, tzinfo=UTC), close=datetime(2024, 1, 8, 21, tzinfo=UTC))
TUESDAY = Session(open=datetime(2024, 1, 9, 14, tzinfo=UTC), close=datetime(2024, 1, 9, 21, tzinfo=UTC))
JOURNAL_ID = "0123456789abcdef"
NO_FEES = FeeSchedule()
# So long that no rate counts it.
_LONG_AGO = MONDAY.open - timedelta(days=365)
# Where a situation is halted or reducing, this is why: a code of nobody's.
A_CODE = "TEST.STAGED"


def closes(*prices: str, first: datetime = MONDAY.open + MINUTE) -> tuple[Bar, ...]:
    """One bar a minute that opens and closes at each price, from the session's first minute on."""
    return tuple(a_bar(price, at=first + MINUTE * place) for place, price in enumerate(prices))


@frozen(kw_only=True)
class Working:
    """An order that may still fill: ``quantity`` asked for, ``filled`` of it done, ``state`` as the venue told it at
    ``since``; now where nothing is said."""

    side: Side = Side.BUY
    quantity: Decimal = Decimal(1)
    filled: Decimal = ZERO
    state: OrderState = OrderState.ACCEPTED
    reserved: Decimal = ZERO
    price: Decimal = Decimal(100)
    since: datetime | None = None


def some_terms(
    *,
    ordinal: int = 1,
    side: Side = Side.BUY,
    quantity: Decimal = Decimal(1),
    price: Decimal = Decimal(100),
    reserved: Decimal = ZERO,
    order_class: OrderClass = OrderClass.ENTRY,
    ts_init: datetime = MONDAY.open,
    session: Session = MONDAY,
) -> OrderTerms:
    """An order as data: it allows nothing."""
    return OrderTerms(
        client_order_id=f"{JOURNAL_ID[:12]}-{ordinal}",
        decision_id=f"{JOURNAL_ID[:12]}-bar-0",
        instrument=an_instrument().symbol,
        side=side,
        order_type=OrderType.MARKET,
        quantity=quantity,
        limit_price=None,
        protection_price=price,
        reserved=reserved,
        time_in_force=TimeInForce.DAY,
        order_class=order_class,
        ts_init=ts_init,
        session_open=session.open,
        valid_until=session.close,
        limits_version="test",
    )


def a_fill(
    terms: OrderTerms, quantity: Decimal, price: Decimal, *, trade_id: str = "t1", fee: str = "0"
) -> OrderFilled:
    """A fill of ``terms``: ``quantity`` at ``price``, without slippage."""
    return OrderFilled(
        client_order_id=terms.client_order_id,
        venue_order_id=f"venue-{terms.client_order_id}",
        trade_id=trade_id,
        instrument=terms.instrument,
        side=terms.side,
        ts_event=terms.ts_init,
        last_qty=quantity,
        last_px=price,
        fee=Decimal(fee),
        reference_px=price,
        slippage=ZERO,
        basis=FillBasis.VENUE,
    )


@frozen(kw_only=True)
class Situation:
    """What the world looks like when somebody asks. ``cash`` and ``position`` are what there is after everything
    that was bought to get there, at the first bar's close; equity at the session's start is what they were worth then.
    """

    bars: tuple[Bar, ...] = field(factory=lambda: closes("100"))
    position: Decimal = ZERO
    cash: Decimal = Decimal(100_000)
    working: tuple[Working, ...] = ()
    trading_state: TradingState = TradingState.ACTIVE
    quarantine: int = 0
    entries_at: tuple[datetime, ...] = ()
    exits_at: tuple[datetime, ...] = ()
    executions_at: tuple[datetime, ...] = ()
    stepped_back: timedelta = timedelta(0)
    now: datetime | None = None
    session: Session | None = MONDAY
    next_session: Session | None = TUESDAY
    instrument: Instrument = field(factory=an_instrument)
    lookback: int = 8
    sums: tuple[int, ...] = ()
    orders_remembered: int = 8
    mode: RunMode = RunMode.SIM
    # What was armed at the first bar: every working order, and ``entries_at``, came after it.
    armed: Armed | None = None
    executions_remembered: int = 16

    @property
    def clock(self) -> datetime:
        """The domain clock: the newest bar's time unless ``now`` says otherwise."""
        if self.now is not None:
            return self.now
        return self.bars[-1].ts_event if self.bars else MONDAY.open

    def state(self) -> State:
        """The state, folded together from records."""
        state = initial_state(
            lookback=self.lookback,
            sums=self.sums,
            orders_remembered=self.orders_remembered,
            executions_remembered=self.executions_remembered,
            peak_remembered=True,
        )
        price = self.bars[0].close if self.bars else Decimal(100)
        observe(state, self._opened(price), _LONG_AGO)
        self._hold(state, price)
        self._trade(state, price)
        # The clock of the fold goes forwards, unless it is to have stepped back.
        at = min([self.clock, *(order.since for order in self.working if order.since is not None)])
        if self.stepped_back:
            observe(state, CycleOverran(missed=1), at + self.stepped_back)
        if self.session is not None:
            observe(state, SessionRolled(session=self.session, next_session=self.next_session), at)
        for place, bar in enumerate(self.bars):
            observe(state, bar, at)
            if place == 0 and self.armed is not None:
                observe(state, self.armed, at)
        for order in self.working:
            self._work(state, order)
        self._spend_rate(state)
        if self.quarantine:
            happen(state, EntriesQuarantined(bars=self.quarantine, code=A_CODE))
        if self.trading_state is not TradingState.ACTIVE:
            happen(state, TradingStateChanged(state=self.trading_state, code=A_CODE))
        state.ts_init = at
        return state

    def view(self) -> MarketView:
        """What strategy and rules see of it."""
        return MarketView(self.state(), self.clock)

    def _opened(self, price: Decimal) -> JournalOpened:
        held = times(self._bought, price)
        filled = sum((_signed(order.side, times(order.filled, order.price)) for order in self.working), ZERO)
        return JournalOpened(
            journal_id=JOURNAL_ID,
            mode=self.mode,
            account="test",
            currency="USD",
            opening_cash=self.cash + held + filled + times(self._kept, price),
            instrument=self.instrument,
            interval_seconds=60,
        )

    @property
    def _bought(self) -> Decimal:
        """What was held before the working orders filled in part, and before what was traded at ``executions_at``."""
        return self.position - sum((_signed(order.side, order.filled) for order in self.working), self._kept)

    @property
    def _kept(self) -> Decimal:
        """What is left of that: bought and sold in turns, one each."""
        return Decimal(len(self.executions_at) % 2)

    def _hold(self, state: State, price: Decimal) -> None:
        bought = self._bought
        if bought:
            side = Side.BUY if bought > 0 else Side.SELL
            terms = some_terms(ordinal=1, side=side, quantity=abs(bought), price=price, ts_init=_LONG_AGO)
            happen(state, OrderSubmitted(terms=terms))
            observe(state, a_fill(terms, abs(bought), price), _LONG_AGO)

    def _trade(self, state: State, price: Decimal) -> None:
        for place, at in enumerate(self.executions_at):
            side = Side.SELL if place % 2 else Side.BUY
            terms = some_terms(ordinal=state.orders_submitted + 1, side=side, price=price, ts_init=_LONG_AGO)
            happen(state, OrderSubmitted(terms=terms))
            observe(state, a_fill(terms, Decimal(1), price, trade_id=f"x-{place}"), at)

    def _work(self, state: State, order: Working) -> None:
        terms = some_terms(
            ordinal=state.orders_submitted + 1,
            side=order.side,
            quantity=order.quantity,
            price=order.price,
            reserved=order.reserved,
            ts_init=_LONG_AGO,
        )
        happen(state, OrderSubmitted(terms=terms))
        name, at = terms.client_order_id, order.since or self.clock
        if order.state is not OrderState.SUBMITTED:
            observe(state, OrderAccepted(client_order_id=name, venue_order_id=f"venue-{name}", ts_event=at), at)
        if order.filled:
            observe(state, a_fill(terms, order.filled, order.price, trade_id=f"t-{name}"), at)
        if order.state is OrderState.UNKNOWN:
            observe(state, OrderUnknown(client_order_id=name, ts_event=at), at)
        if order.state is OrderState.PENDING_CANCEL:
            happen(state, CancelRequested(client_order_id=name, code=A_CODE))

    def _spend_rate(self, state: State) -> None:
        """Orders that were sent at the given times, and refused: they count for the rate and for nothing else."""
        asked = [(at, OrderClass.ENTRY) for at in self.entries_at] + [(at, OrderClass.EXIT) for at in self.exits_at]
        for at, order_class in asked:
            terms = some_terms(ordinal=state.orders_submitted + 1, order_class=order_class, ts_init=at)
            happen(state, OrderSubmitted(terms=terms))
            observe(state, OrderRejected(client_order_id=terms.client_order_id, ts_event=at, code=A_CODE), self.clock)


def _signed(side: Side, amount: Decimal) -> Decimal:
    return amount if side is Side.BUY else -amount
