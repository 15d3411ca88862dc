"""Hypothesis strategies for what a run tells of itself, and what people tell it. A part of ``strategies``."""

from typing import Any, Final

from hypothesis import strategies as st

from interlock.core.arming import Armed, ArmingRefused, DisarmAsked, Envelope
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
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
from interlock.core.origins import Origin, OriginSource
from interlock.core.reason_text import Cause
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.market_strategies import (
    counts,
    identifiers,
    numbers,
    positive_amounts,
    signed_amounts,
    texts,
    times,
)

run_boundaries_by_class: Final[dict[type[Any], st.SearchStrategy[Any]]] = {
    RunStarted: st.builds(
        RunStarted,
        run_id=identifiers,
        started_at=times,
        build=texts,
        config_digest=identifiers,
        configuration=texts,
        feed=texts,
        origins=st.none()
        | st.lists(
            st.builds(
                Origin,
                source=st.sampled_from(OriginSource),
                name=texts,
                keys=st.dictionaries(texts, st.none() | st.integers(1, 20_000), max_size=3),
            ),
            max_size=2,
        ).map(tuple),
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

envelopes: Final = st.builds(
    Envelope,
    instruments=st.lists(identifiers, max_size=2).map(tuple),
    max_quantity=positive_amounts,
    max_notional=positive_amounts,
    max_orders=st.integers(1, 1000),
    max_loss=positive_amounts,
)
causes: Final = st.builds(Cause, code=identifiers, numbers=numbers)
console_by_class: Final[dict[type[Any], st.SearchStrategy[Any]]] = {
    OperatorCommand: st.builds(
        OperatorCommand,
        command=st.sampled_from(Command),
        reason=texts,
        by=texts,
        standing=st.lists(causes, max_size=2).map(tuple),
    ),
    KillSwitchSeen: st.builds(KillSwitchSeen, state=st.sampled_from(TradingState), found=texts),
    Armed: st.builds(Armed, fingerprint=identifiers, by=texts, issued_at=times, expires_at=times, envelope=envelopes),
    ArmingRefused: st.builds(ArmingRefused, reasons=st.lists(causes, max_size=2).map(tuple)),
    DisarmAsked: st.builds(DisarmAsked, reason=texts, by=texts),
}
