"""Hypothesis strategies for what a run tells of itself. A part of ``strategies``."""

from typing import Any, Final

from hypothesis import strategies as st

from interlock.core.observations import (
    ChangedSetting,
    ConfigurationChanged,
    CycleOverran,
    HeldOrder,
    JournalResumed,
    LastEnd,
    ReconciliationFailed,
    RunStarted,
    RunStopped,
    StopReason,
    VenueReconciled,
)
from interlock.core.order_states import OrderState
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.market_strategies import counts, identifiers, signed_amounts, texts, times

run_boundaries_by_class: Final[dict[type[Any], st.SearchStrategy[Any]]] = {
    RunStarted: st.builds(
        RunStarted,
        run_id=identifiers,
        started_at=times,
        build=texts,
        config_digest=identifiers,
        configuration=texts,
        feed=texts,
    ),
    RunStopped: st.builds(RunStopped, run_id=identifiers, stopped_at=times, reason=st.sampled_from(StopReason)),
    JournalResumed: st.builds(
        JournalResumed,
        last_seq=counts,
        ended=st.sampled_from(LastEnd),
        detail=texts,
        trading_state=st.sampled_from([state.value for state in TradingState]),
        position=signed_amounts,
        cash=signed_amounts,
        working=counts,
        orders=st.lists(
            st.builds(HeldOrder, client_order_id=identifiers, state=st.sampled_from(OrderState)), max_size=2
        ).map(tuple),
    ),
    ConfigurationChanged: st.builds(
        ConfigurationChanged,
        changes=st.lists(
            st.builds(
                ChangedSetting, key=texts, before=st.none() | texts, after=st.none() | texts, loosens=st.booleans()
            ),
            max_size=2,
        ).map(tuple),
        left_out=counts,
    ),
    CycleOverran: st.builds(CycleOverran, missed=counts),
    VenueReconciled: st.builds(
        VenueReconciled,
        cause=st.sampled_from(ReconciliationCause),
        asked=counts,
        repeats=counts,
        in_doubt=counts,
        position=st.none() | signed_amounts,
    ),
    ReconciliationFailed: st.builds(
        ReconciliationFailed, cause=st.sampled_from(ReconciliationCause), error=texts, place=texts
    ),
}
