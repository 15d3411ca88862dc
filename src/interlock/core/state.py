"""What all the records add up to. Only the fold in ``evolve`` changes it; everybody else sees a ``MarketView``."""

import decimal
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import Factory, define

from interlock.core.arming import Arming
from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, Instrument, Session
from interlock.core.modes import RunMode
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderTerms
from interlock.core.portfolio import Portfolio
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.values import AMBIENT_PRECISION_MIN, ZERO, LightValue, added_product, plus

# Ended orders that are remembered, so that a late report about one is recognised. A later one is unheard of,
# which is booked and halts just the same.
ENDED_ORDERS_KEPT: Final = 256
FOREIGN_TRADES_KEPT: Final = 256

# Before the first observation there is no now.
NEVER: Final = datetime.min.replace(tzinfo=UTC)


class WorkingOrder(LightValue, frozen=True, kw_only=True):
    """An order that may still fill, UNKNOWN and PENDING_CANCEL included."""

    terms: OrderTerms
    state: OrderState
    leaves_qty: Decimal
    notional: Decimal
    fees: Decimal


# mutable: the fold owns it
@define(kw_only=True)
class Order:
    """One order as it stands: FIX's quantities, and the trades that made them."""

    terms: OrderTerms
    state: OrderState
    cum_qty: Decimal = ZERO
    notional: Decimal = ZERO
    fees: Decimal = ZERO
    trades: dict[str, str] = Factory(dict)
    # Whether we ever asked for it back: what then ends it was asked for. It is spelt only where we did, so that what
    # was written before there was such a word is what it was.
    cancel_requested: bool = False

    @property
    def leaves_qty(self) -> Decimal:
        """What may still fill (LeavesQty 151)."""
        leaves_qty = self.terms.quantity - self.cum_qty
        return leaves_qty if leaves_qty > ZERO else ZERO

    @property
    def seen(self) -> WorkingOrder:
        """As strategies, rules and venues see it."""
        return WorkingOrder(
            terms=self.terms, state=self.state, leaves_qty=self.leaves_qty, notional=self.notional, fees=self.fees
        )


# mutable: the fold owns it
@define(kw_only=True)
class RollingSum:
    """The sum of the last ``length`` closes, kept up to date instead of being added up anew."""

    length: int
    total: Decimal = ZERO


# mutable: the fold owns it; copying it every cycle would be slow
@define(kw_only=True)
class State:
    """Everything that decisions rest on, and nothing of any one run (no run id, no ``seq``, no hash).

    Bounded in every direction: the window by the strategy's and the rules' lookback, the times of submissions and
    executions by what the rules remember, ended orders by ``ENDED_ORDERS_KEPT``.
    """

    lookback: int
    sums: tuple[RollingSum, ...]
    orders_remembered: int

    journal_id: str = ""
    mode: RunMode = RunMode.SIM
    account: str = ""
    instrument: Instrument | None = None
    interval: timedelta = timedelta(0)
    portfolio: Portfolio = Factory(lambda: Portfolio(opening_cash=ZERO, cash=ZERO))

    ts_init: datetime | None = None
    bar: Bar | None = None
    previous_close: Decimal | None = None
    window: deque[Bar] = Factory(deque)
    bar_is_new: bool = False
    bars_seen: int = 0
    refused_rows: int = 0
    items_seen: int = 0
    items_ts: datetime | None = None
    ended: bool = False

    session: Session | None = None
    next_session: Session | None = None
    session_index: int = 0
    slot_start: datetime = NEVER
    bars_missed: int = 0
    bars_missed_pending: int = 0
    session_open_equity: Decimal = ZERO

    # Why the venue has yet to confirm orders and position; None once it has.
    reconciliation_pending: ReconciliationCause | None = None
    trading_state: TradingState = TradingState.ACTIVE
    trading_state_code: str = ""
    # Whether the venue's position was another than ours when it was asked last.
    position_disputed: bool = False
    # In LIVE: what a person armed, while it is in force. No run inherits it.
    arming: Arming | None = None
    # When the newest arming that was ever taken had been issued: an older one is not taken.
    last_arming_at: datetime | None = None
    quarantine_left: int = 0
    faults_in_a_row: int = 0
    fault_bar: int = -2

    orders_submitted: int = 0
    working: dict[str, Order] = Factory(dict)
    ended_orders: dict[str, Order] = Factory(dict)
    foreign_trades: dict[str, str] = Factory(dict)
    entry_times: deque[datetime] = Factory(deque)
    exit_times: deque[datetime] = Factory(deque)
    # As many executions as a rule asked for, none where no rule did; the highest equity likewise, None where none did.
    execution_times: deque[datetime] = Factory(lambda: deque(maxlen=0))
    peak_equity: Decimal | None = None
    # Which orders are UNKNOWN and since when, the longest first.
    in_doubt: dict[str, datetime] = Factory(dict)
    # The furthest that a record's clock lay before that of the record before.
    stepped_back: timedelta = timedelta(0)

    @property
    def equity(self) -> Decimal:
        """Cash plus the position at the newest close; at cost while there is none."""
        books, bar = self.portfolio, self.bar
        if bar is None or not books.position:
            return plus(books.cash, books.cost_basis)
        return added_product(books.position, bar.close, books.cash)

    def order(self, client_order_id: str) -> Order | None:
        """A working or remembered order; None when it was never ours, or ended long ago."""
        return self.working.get(client_order_id) or self.ended_orders.get(client_order_id)


def initial_state(
    *,
    lookback: int,
    sums: tuple[int, ...] = (),
    orders_remembered: int = 0,
    executions_remembered: int = 0,
    peak_remembered: bool = False,
) -> State:
    """The state before the first record. All lengths are in bars; each of ``sums`` is at most ``lookback``.

    Raises ``ConfigurationError`` for lengths that cannot be, and when this thread's decimal context would round
    sums of prices.
    """
    if lookback < 1 or any(not 1 <= length <= lookback for length in sums):
        raise ConfigurationError(f"lookback must be at least 1 and cover every sum, found {lookback} and {sums}")
    if decimal.getcontext().prec < AMBIENT_PRECISION_MIN:
        raise ConfigurationError(
            f"this thread's decimal precision is {decimal.getcontext().prec} digits: sums of prices would round; "
            f"leave it at {AMBIENT_PRECISION_MIN} or more"
        )
    return State(
        lookback=lookback,
        sums=tuple(RollingSum(length=length) for length in sorted(set(sums))),
        orders_remembered=orders_remembered,
        window=deque(maxlen=lookback),
        entry_times=deque(maxlen=orders_remembered),
        exit_times=deque(maxlen=orders_remembered),
        execution_times=deque(maxlen=executions_remembered),
        peak_equity=ZERO if peak_remembered else None,
    )
