"""A release: what it releases is forgiven, and nothing else is changed."""

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

import pytest

from interlock.core.evolve import happen
from interlock.core.order_states import OrderState
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged, TradingStateReleased
from interlock.core.release import release
from interlock.core.state import State, initial_state
from interlock.core.trading_state import TradingState
from interlock.testing.situations import MINUTE, Situation, Working, closes

NOW = Situation().clock


def everything_at_once(code: str) -> State:
    """A loss, a storm, a step of the clock and a doubt; the code says which of them is in force."""
    situation = Situation(
        bars=closes("100", "120", "90"),
        position=Decimal(10),
        working=(Working(state=OrderState.UNKNOWN, since=NOW),),
        executions_at=(NOW, NOW),
        stepped_back=MINUTE,
    )
    state = situation.state()
    happen(state, TradingStateChanged(state=TradingState.REDUCING, code=code))
    return state


@pytest.mark.parametrize(
    ("code", "forgiven"),
    [
        (Reason.DRAWDOWN_EXCEEDED, {"peak_equity": Decimal(100_900)}),
        (Reason.EXECUTIONS_EXCEEDED, {"execution_times": []}),
        (Reason.CLOCK_STEPPED_BACK, {"stepped_back": timedelta(0)}),
        (Reason.ORDER_IN_DOUBT_TOO_LONG, {}),
        ("PLUGIN.ENOUGH", {}),
    ],
)
def test_what_is_released_is_forgiven_and_nothing_else(code: str, forgiven: dict[str, object]) -> None:
    """What else went wrong meanwhile, hidden behind it, restricts trading next."""
    state = everything_at_once(code)
    before = deepcopy(state)
    happen(state, TradingStateReleased(code=Reason.OPERATOR_RESUME))
    for name in ("peak_equity", "stepped_back", "in_doubt", "portfolio", "working", "window"):
        assert getattr(state, name) == forgiven.get(name, getattr(before, name)), name
    assert list(state.execution_times) == forgiven.get("execution_times", list(before.execution_times))
    assert state.execution_times.maxlen == before.execution_times.maxlen
    assert (state.trading_state, state.trading_state_code) == (TradingState.ACTIVE, "")


def test_a_peak_that_nobody_asked_for_is_not_begun() -> None:
    """The rule that measured from it may have been turned off since."""
    state = initial_state(lookback=1)
    state.trading_state_code = Reason.DRAWDOWN_EXCEEDED
    before = deepcopy(state)
    release(state)
    assert state == before
