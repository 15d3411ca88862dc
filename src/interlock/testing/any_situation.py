"""Any situation that a strategy, a rule or a policy may meet, for Hypothesis to draw from."""

from decimal import Decimal

from hypothesis import strategies as st

from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.trading_state import TradingState
from interlock.testing.builders import bars
from interlock.testing.situations import MINUTE, MONDAY, Situation, Working

_working = st.builds(
    Working,
    side=st.sampled_from(Side),
    quantity=st.integers(2, 10).map(Decimal),
    filled=st.integers(0, 1).map(Decimal),
    state=st.sampled_from([OrderState.SUBMITTED, OrderState.ACCEPTED, OrderState.PENDING_CANCEL, OrderState.UNKNOWN]),
)


def any_situation(*, bars_min: int = 0, bars_max: int = 5) -> st.SearchStrategy[Situation]:
    """Any prices, position, cash and working orders, in any state of trading, inside a session or outside of one."""
    return st.builds(
        Situation,
        bars=st.builds(
            bars, st.integers(bars_min, bars_max), seed=st.integers(0, 2**32), first=st.just(MONDAY.open + MINUTE)
        ),
        position=st.integers(-10, 10).map(Decimal),
        cash=st.integers(2_000, 10_000).map(Decimal),
        working=st.lists(_working, max_size=3).map(tuple),
        trading_state=st.sampled_from(TradingState),
        quarantine=st.integers(0, 2),
        session=st.sampled_from([MONDAY, None]),
    )
