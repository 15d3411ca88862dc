"""A journal that goes on where another ended: the state that the next chapter begins with.

Everything is taken over as it was, and what is cut to measure (the window, the sums, the times of submissions) is cut
to the measure of whoever goes on: a strategy or a rule that looks back over more than was kept has its window fill up,
one that looks back over less has the newest part of it.
"""

from copy import deepcopy
from datetime import datetime

from attrs import fields

from interlock.core.faults import InvariantViolated
from interlock.core.observations import JournalOpened
from interlock.core.orders import OrderClass
from interlock.core.state import State
from interlock.core.values import ZERO

# What the strategy and the rules ask for, and what is cut to that; and the clock, which the record itself tells.
_TO_MEASURE = frozenset(
    {"lookback", "sums", "orders_remembered", "window", "entry_times", "exit_times", "execution_times", "peak_equity"}
    | {"ts_init"}
)


def take_over(state: State, opened: JournalOpened, carried: State) -> None:
    """Go on in ``state`` from ``carried``, which stays as it is: the record that holds it is written and read again.

    Raises ``InvariantViolated`` where ``opened`` says that this is a journal of something else.
    """
    books = carried.portfolio
    of = carried.journal_id, carried.mode, carried.account, carried.instrument, carried.interval, books.opening_cash
    says = opened.journal_id, opened.mode, opened.account, opened.instrument, opened.interval, opened.opening_cash
    if of != says:
        raise InvariantViolated("the chapter goes on with a state of another journal than it says")
    books.check()
    books.check_lots()
    copied = deepcopy(carried)
    for each in fields(State):
        if each.name not in _TO_MEASURE:
            setattr(state, each.name, getattr(copied, each.name))
    state.window.extend(copied.window)
    _sum_up(state, copied)
    state.execution_times.extend(copied.execution_times)
    if state.peak_equity is not None:
        # Whoever has not looked so far begins at what there is.
        state.peak_equity = copied.peak_equity if copied.peak_equity is not None else copied.equity
    further = state.orders_remembered > copied.orders_remembered
    for order_class, kept, to in (
        (OrderClass.ENTRY, copied.entry_times, state.entry_times),
        (OrderClass.EXIT, copied.exit_times, state.exit_times),
    ):
        if further:
            to.extend(_before(copied, order_class, len(kept)))
        to.extend(kept)


def _sum_up(state: State, carried: State) -> None:
    # A total that was kept all along is taken as it is: added up anew it may have other zeros at its end.
    kept = {rolling.length: rolling.total for rolling in carried.sums}
    closes = [bar.close for bar in state.window]
    for rolling in state.sums:
        total = kept.get(rolling.length)
        rolling.total = total if total is not None else sum(closes[-rolling.length :], ZERO)


def _before(carried: State, order_class: OrderClass, kept: int) -> list[datetime]:
    """When orders of this class were submitted before the last ``kept`` of them, as far back as is known.

    The orders themselves tell more than was kept for rules that looked back less far: were that forgotten, a rule that
    counts would allow more than its limit.
    """
    orders = (*carried.ended_orders.values(), *carried.working.values())
    told = sorted(order.terms.ts_init for order in orders if order.terms.order_class is order_class)
    return told[: max(0, len(told) - kept)]
