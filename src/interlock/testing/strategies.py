"""Hypothesis strategies for every record that a journal may hold. Each yields valid values only.

>>> from hypothesis import given
>>> from interlock.testing.strategies import records
>>> @given(records())
... def every_record_tells_what_was_observed(record):
...     assert record.kind == type(record.observation).__name__
>>> every_record_tells_what_was_observed()
"""

from typing import Any

from hypothesis import strategies as st

from interlock.core.decision import CancelIntent, Decision, Finding, NoAction, OrderIntent, Outcome, Proposal, Verdict
from interlock.core.faults import Fault
from interlock.core.market import Bar, EndOfData, RefusedRow, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, JournalOpened, Observation, SessionRolled
from interlock.core.orders import OrderClass, OrderTerms, OrderType, Side, TimeInForce
from interlock.core.records import (
    CancelOrder,
    CancelRequested,
    Disarmed,
    EntriesQuarantined,
    Event,
    FaultRaised,
    OrderSubmitted,
    Record,
    ReleaseRefused,
    ReportIgnored,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.reports import (
    CancelRejected,
    FillBasis,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
)
from interlock.core.trading_state import TradingState
from interlock.testing.boundary_strategies import console_by_class, run_boundaries_by_class
from interlock.testing.market_strategies import (
    amounts,
    awkward_texts,
    bars,
    codes,
    counts,
    identifiers,
    instruments,
    names,
    numbers,
    positive_amounts,
    scalars,
    sessions,
    signed_amounts,
    texts,
    times,
)

# -- what comes in -------------------------------------------------------------------------------------------------

faults = st.builds(Fault, where=texts, error=identifiers, place=texts, trace=texts)
# -- orders -------------------------------------------------------------------------------------------------------

order_terms = st.builds(
    OrderTerms,
    client_order_id=identifiers,
    instrument=names,
    side=st.sampled_from(Side),
    order_type=st.sampled_from(OrderType),
    quantity=positive_amounts,
    limit_price=st.none() | positive_amounts,
    protection_price=positive_amounts,
    reserved=amounts(),
    time_in_force=st.sampled_from(TimeInForce),
    order_class=st.sampled_from(OrderClass),
    ts_init=times,
    session_open=times,
    valid_until=times,
    limits_version=identifiers,
)
# -- decisions and records -----------------------------------------------------------------------------------------


@st.composite
def order_intents(draw: st.DrawFn) -> OrderIntent:
    """Any intent to order; a limit price where, and only where, the type has one."""
    order_type = draw(st.sampled_from(OrderType))
    return OrderIntent(
        code=draw(codes),
        side=draw(st.sampled_from(Side)),
        quantity=draw(positive_amounts),
        order_type=order_type,
        limit_price=draw(positive_amounts) if order_type is OrderType.LIMIT else None,
        time_in_force=draw(st.sampled_from(TimeInForce)),
        numbers=draw(numbers),
    )


proposals: st.SearchStrategy[Proposal] = st.one_of(
    st.builds(NoAction, code=codes, numbers=numbers),
    order_intents(),
    st.builds(CancelIntent, code=codes, client_order_id=identifiers, numbers=numbers),
)
findings = st.builds(
    Finding,
    rule=identifiers,
    verdict=st.sampled_from(Verdict),
    code=codes,
    observed=st.none() | scalars,
    limit=st.none() | scalars,
    numbers=numbers,
)
decisions = st.builds(
    Decision,
    outcome=st.sampled_from(Outcome),
    code=codes,
    proposal=st.none() | proposals,
    findings=st.lists(findings, max_size=3).map(tuple),
)
# One strategy a class, so that a test can see that none is missing.
events_by_class: dict[type[Any], st.SearchStrategy[Any]] = {
    OrderSubmitted: st.builds(OrderSubmitted, terms=order_terms),
    CancelRequested: st.builds(CancelRequested, client_order_id=identifiers, code=codes),
    TradingStateChanged: st.builds(
        TradingStateChanged, state=st.sampled_from(TradingState), code=codes, numbers=numbers
    ),
    TradingStateReleased: st.builds(TradingStateReleased, code=codes, numbers=numbers),
    ReleaseRefused: st.builds(ReleaseRefused, code=codes, numbers=numbers),
    Disarmed: st.builds(Disarmed, code=codes, numbers=numbers),
    EntriesQuarantined: st.builds(EntriesQuarantined, bars=counts, code=codes, numbers=numbers),
    FaultRaised: st.builds(FaultRaised, fault=faults),
    ReportIgnored: st.builds(ReportIgnored, code=codes, numbers=numbers),
}
observations_by_class: dict[type[Any], st.SearchStrategy[Any]] = {
    Bar: bars(),
    RefusedRow: st.builds(RefusedRow, source=texts, line=counts, field=texts, value=texts | awkward_texts, rule=texts),
    Silence: st.builds(Silence, until=times),
    Split: st.builds(Split, instrument=names, ts_event=times, ratio=positive_amounts),
    EndOfData: st.builds(EndOfData, ts_event=st.none() | times),
    SessionRolled: st.builds(
        SessionRolled, session=sessions(), next_session=st.none() | sessions(), sessions_skipped=counts
    ),
    OrderAccepted: st.builds(OrderAccepted, client_order_id=identifiers, venue_order_id=identifiers, ts_event=times),
    OrderRejected: st.builds(
        OrderRejected, client_order_id=identifiers, ts_event=times, code=codes, detail=texts, numbers=numbers
    ),
    OrderFilled: st.builds(
        OrderFilled,
        client_order_id=identifiers,
        venue_order_id=identifiers,
        trade_id=identifiers,
        instrument=names,
        side=st.sampled_from(Side),
        ts_event=times,
        last_qty=positive_amounts,
        last_px=positive_amounts,
        fee=amounts(),
        reference_px=positive_amounts,
        slippage=signed_amounts,
        basis=st.sampled_from(FillBasis),
    ),
    OrderCanceled: st.builds(OrderCanceled, client_order_id=identifiers, ts_event=times),
    CancelRejected: st.builds(CancelRejected, client_order_id=identifiers, ts_event=times, code=codes),
    OrderExpired: st.builds(OrderExpired, client_order_id=identifiers, ts_event=times),
    OrderUnknown: st.builds(OrderUnknown, client_order_id=identifiers, ts_event=times, detail=texts),
    JournalOpened: st.builds(
        JournalOpened,
        journal_id=identifiers,
        mode=st.sampled_from(RunMode),
        account=texts,
        currency=st.just("USD"),
        opening_cash=amounts(),
        instrument=instruments,
        interval_seconds=st.integers(1, 10**6),
    ),
    **run_boundaries_by_class,
    **console_by_class,
    FaultObserved: st.builds(FaultObserved, fault=faults),
}
events: st.SearchStrategy[Event] = st.one_of(*events_by_class.values())
observations: st.SearchStrategy[Observation] = st.one_of(*observations_by_class.values())


def records(observed: st.SearchStrategy[Observation] = observations) -> st.SearchStrategy[Record]:
    """Any record, of any of ``observed``; some carry an effect, which no journal keeps."""
    return st.builds(
        Record,
        ts_init=times,
        observation=observed,
        decision=st.none() | decisions,
        events=st.lists(events, max_size=2).map(tuple),
        correlation_id=st.none() | identifiers,
        causation_id=st.none() | identifiers,
        effects=st.lists(st.builds(CancelOrder, client_order_id=identifiers), max_size=1).map(tuple),
    )
