"""What can be seen of our own orders and of how much trading is allowed. A part of ``view``."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from interlock.core.arming import Arming
from interlock.core.modes import RunMode
from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.state import State, WorkingOrder
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.values import ZERO, minus, plus


class TradingView:
    """The half of a ``MarketView`` that is about ourselves."""

    __slots__ = ("_now", "_state", "_sums")

    def __init__(self, state: State, now: datetime) -> None:
        self._state = state
        self._now = now
        self._sums = {rolling.length: rolling for rolling in state.sums}

    @property
    def has_working_orders(self) -> bool:
        """Whether any order may still fill."""
        return bool(self._state.working)

    @property
    def working_orders(self) -> tuple[WorkingOrder, ...]:
        """Every order that may still fill, oldest first."""
        return tuple(order.seen for order in self._state.working.values())

    @property
    def orders_in_doubt(self) -> int:
        """Working orders of which nobody can say what became."""
        return sum(order.state is OrderState.UNKNOWN for order in self._state.working.values())

    def leaves(self, side: Side) -> Decimal:
        """What may still fill on ``side``, over all working orders."""
        working = self._state.working
        return sum((each.leaves_qty for each in working.values() if each.terms.side is side), ZERO) if working else ZERO

    @property
    def cash(self) -> Decimal:
        """Currency in the books, what is reserved for working orders included."""
        return self._state.portfolio.cash

    @property
    def reserved_cash(self) -> Decimal:
        """What the working buys may still cost, at their protection prices and with fees."""
        reserved = ZERO
        for order in self._state.working.values():
            if order.terms.side is Side.BUY:
                spent = plus(order.notional, order.fees)
                reserved = plus(reserved, max(ZERO, minus(order.terms.reserved, spent)))
        return reserved

    @property
    def trading_state(self) -> TradingState:
        """ACTIVE, REDUCING or HALTED."""
        return self._state.trading_state

    @property
    def trading_state_code(self) -> str:
        """Why trading is restricted; empty while it is not."""
        return self._state.trading_state_code

    @property
    def position_disputed(self) -> bool:
        """Whether the venue's position was another than ours when it was asked last."""
        return self._state.position_disputed

    @property
    def arming(self) -> Arming | None:
        """What a person armed in LIVE, while it is in force."""
        return self._state.arming

    @property
    def last_arming_at(self) -> datetime | None:
        """When the newest arming that was ever taken had been issued."""
        return self._state.last_arming_at

    @property
    def reconciliation_pending(self) -> ReconciliationCause | None:
        """Why the venue has yet to confirm our orders and position; None once it has."""
        return self._state.reconciliation_pending

    @property
    def quarantine_left(self) -> int:
        """For how many bars, this one included, entries are still quarantined."""
        return self._state.quarantine_left

    @property
    def entry_times(self) -> Sequence[datetime]:
        """When the remembered entries were submitted, oldest first."""
        return tuple(self._state.entry_times)

    @property
    def exit_times(self) -> Sequence[datetime]:
        """When the remembered exits were submitted, oldest first."""
        return tuple(self._state.exit_times)

    @property
    def execution_times(self) -> Sequence[datetime]:
        """When the remembered executions were booked since the last release, oldest first."""
        return tuple(self._state.execution_times)

    def execution_time(self, back: int) -> datetime | None:
        """When the execution was booked that lies ``back`` before the newest, which is 0; None for one that is not
        remembered. It costs the same however many there are."""
        times = self._state.execution_times
        return times[-1 - back] if back < len(times) else None

    @property
    def peak_equity(self) -> Decimal:
        """The highest equity at a bar's close since the journal began or was last released.

        Raises ``LookupError`` where no rule declared in its horizon that it measures from there.
        """
        if self._state.peak_equity is None:
            raise LookupError("no peak is kept: declare it in the rule's horizon")
        return self._state.peak_equity

    @property
    def oldest_in_doubt(self) -> tuple[str, datetime] | None:
        """The order that has been UNKNOWN for longest, and since when; None while none is."""
        return next(iter(self._state.in_doubt.items()), None)

    @property
    def stepped_back(self) -> timedelta:
        """The furthest that the domain clock stepped back between two records since the last release."""
        return self._state.stepped_back

    @property
    def refused_rows(self) -> int:
        """Rows that could not become bars, in this journal."""
        return self._state.refused_rows

    @property
    def faults_in_a_row(self) -> int:
        """Faults with no good bar in between."""
        return self._state.faults_in_a_row

    def is_working(self, client_order_id: str) -> bool:
        """Whether that order may still fill."""
        return client_order_id in self._state.working

    @property
    def mode(self) -> RunMode:
        """The run mode that the journal is of."""
        return self._state.mode

    @property
    def journal_id(self) -> str:
        """What client order ids are made from."""
        return self._state.journal_id

    @property
    def orders_submitted(self) -> int:
        """How many orders were ever submitted: the next one's ordinal."""
        return self._state.orders_submitted
