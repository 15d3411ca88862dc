"""The state before the first record, and what it refuses to begin with."""

from decimal import localcontext

import pytest

from interlock.core.faults import ConfigurationError
from interlock.core.order_states import OrderState
from interlock.core.state import Order, initial_state
from interlock.testing.situations import some_terms


def test_it_keeps_what_was_asked_for_and_nothing_twice() -> None:
    """One rolling sum a length, in order; window and times of submission bounded."""
    state = initial_state(lookback=9, sums=(9, 3, 3), orders_remembered=2)
    assert [rolling.length for rolling in state.sums] == [3, 9]
    assert (state.window.maxlen, state.entry_times.maxlen, state.exit_times.maxlen) == (9, 2, 2)
    assert state.execution_times.maxlen == 0
    assert state.peak_equity is None
    assert state.ts_init is None
    asked = initial_state(lookback=1, executions_remembered=3, peak_remembered=True)
    assert asked.execution_times.maxlen == 3
    assert asked.peak_equity == 0


@pytest.mark.parametrize(("lookback", "sums"), [(0, ()), (-1, ()), (5, (6,)), (5, (0,)), (5, (3, -1))])
def test_lengths_that_cannot_be_are_refused(lookback: int, sums: tuple[int, ...]) -> None:
    """A window of nothing, or a sum over more bars than are kept."""
    with pytest.raises(ConfigurationError, match="lookback"):
        initial_state(lookback=lookback, sums=sums)


def test_a_thread_that_would_round_sums_of_prices_is_refused() -> None:
    """27 digits are too few; the default of 28 is enough."""
    with localcontext(prec=27), pytest.raises(ConfigurationError, match="27 digits"):
        initial_state(lookback=1)
    with localcontext(prec=28):
        assert initial_state(lookback=1).lookback == 1


def test_an_order_is_found_while_it_works_and_after_it_ended() -> None:
    """And an order that was never ours is not."""
    state, terms = initial_state(lookback=1), some_terms()
    order = Order(terms=terms, state=OrderState.ACCEPTED)
    assert state.order(terms.client_order_id) is None
    state.working[terms.client_order_id] = order
    assert state.order(terms.client_order_id) is order
    state.ended_orders[terms.client_order_id] = state.working.pop(terms.client_order_id)
    assert state.order(terms.client_order_id) is order
