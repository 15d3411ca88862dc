"""The fold: every observation and every event, and that folding the records gives the state that made them."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.evolve import evolve, happen, observe
from interlock.core.faults import Fault
from interlock.core.market import Bar, EndOfData, RefusedRow, Session, Silence
from interlock.core.observations import (
    ConfigurationChanged,
    CycleOverran,
    FaultObserved,
    JournalResumed,
    LastEnd,
    Observation,
    ReconciliationFailed,
    RunStarted,
    RunStopped,
    SessionRolled,
    StopReason,
    VenueReconciled,
)
from interlock.core.order_states import OrderState
from interlock.core.records import (
    CancelRequested,
    EntriesQuarantined,
    FaultRaised,
    OrderSubmitted,
    Record,
    ReportIgnored,
    TradingStateChanged,
)
from interlock.core.state import NEVER, State, initial_state
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, bars
from interlock.testing.rehearsal import opened
from interlock.testing.situations import some_terms

A_FAULT = Fault(where="strategy", error="ValueError", place="x.py:1 f")
OPEN = A_TIME - A_MINUTE


def a_state(*, lookback: int = 4, sums: tuple[int, ...] = (2, 4), rolled: bool = True) -> State:
    """A journal of minute bars is open, in a session of ten bars (the first closes at ``A_TIME``)."""
    state = initial_state(lookback=lookback, sums=sums)
    observe(state, opened(), A_TIME)
    if rolled:
        observe(state, roll(0), A_TIME)
    return state


def roll(day: int, *, skipped: int = 0, bars_long: int = 10) -> SessionRolled:
    start = OPEN + timedelta(days=day)
    session = Session(open=start, close=start + bars_long * A_MINUTE)
    return SessionRolled(session=session, next_session=None, sessions_skipped=skipped)


def minute(place: int, *, day: int = 0, close: str = "100") -> Bar:
    """The bar that closes ``place`` minutes after the session's first."""
    return a_bar(close, at=A_TIME + timedelta(days=day) + place * A_MINUTE)


def see(state: State, *observations: Observation) -> None:
    for observation in observations:
        observe(state, observation, A_TIME)


# --------------------------------------------------------------------------------------------- bars


@given(st.integers(1, 6), st.integers(0, 30))
def test_window_and_sums_are_those_of_the_last_bars(lookback: int, count: int) -> None:
    """Kept up to date bar by bar, they equal what adding up anew would give."""
    series = bars(count, seed=lookback)
    state = a_state(lookback=lookback, sums=(1, lookback), rolled=False)
    see(state, *series)
    kept = series[-lookback:]
    assert tuple(state.window) == kept
    assert (state.bars_seen, state.items_seen) == (count, count)
    assert state.bar is (series[-1] if series else None)
    assert state.previous_close == (series[-2].close if count > 1 else None)
    assert state.items_ts == (series[-1].ts_event if series else None)
    for rolling in state.sums:
        assert rolling.total == sum(bar.close for bar in series[-rolling.length :])


@pytest.mark.parametrize(("places", "missed"), [((0, 1, 2), 0), ((0, 2), 1), ((0, 5), 4), ((5,), 0), ((0, 3, 4), 0)])
def test_bars_that_did_not_come_are_counted_right_before_the_newest(places: Sequence[int], missed: int) -> None:
    """Within a session; before the first bar of all nothing was expected; a gap is told once."""
    state = a_state()
    see(state, *(minute(place) for place in places))
    assert state.bars_missed == missed


@pytest.mark.parametrize(
    ("last", "day", "skipped", "first", "missed"),
    [(9, 1, 0, 0, 0), (7, 1, 0, 0, 2), (9, 1, 0, 3, 3), (9, 3, 2, 0, 20), (8, 3, 2, 1, 22)],
)
def test_a_roll_owes_what_the_old_session_and_the_skipped_ones_did_not_bring(
    last: int, day: int, skipped: int, first: int, missed: int
) -> None:
    """Ten bars a session: the rest of the old one, whole ones in between, and the start of the new one."""
    state = a_state()
    see(state, *(minute(place) for place in range(last + 1)))
    see(state, roll(day, skipped=skipped), minute(first, day=day))
    assert state.bars_missed == missed
    see(state, minute(first + 1, day=day))
    assert state.bars_missed == 0


def test_the_last_bar_of_a_session_may_be_short() -> None:
    """Half a minute after the ninth comes the tenth, and nothing was missed."""
    state = a_state()
    see(state, *(minute(place) for place in range(9)))
    see(state, a_bar(at=A_TIME + 8 * A_MINUTE + A_MINUTE / 2))
    assert (state.session_index, state.bars_missed) == (10, 0)


def test_a_bar_outside_of_its_session_counts_for_no_session() -> None:
    """After hours: it is seen, and the session's own count stays where it was."""
    state = a_state()
    see(state, minute(0), minute(30))
    assert (state.session_index, state.bars_seen) == (1, 2)


def test_a_bar_before_its_session_counts_for_no_session() -> None:
    """The open itself belongs to none: the first bar closes after it."""
    state = a_state()
    observe(state, a_bar(at=OPEN), A_TIME)
    assert (state.session_index, state.slot_start, state.bars_seen) == (0, NEVER, 1)


def test_a_silence_makes_the_newest_bar_an_old_one() -> None:
    """Until the next bar comes."""
    state = a_state()
    new = []
    for observation in (minute(0), Silence(until=A_TIME), minute(1)):
        see(state, observation)
        new.append(state.bar_is_new)
    assert new == [True, False, True]


def test_a_session_begins_with_the_equity_of_the_close_before_it() -> None:
    """At the journal's opening that is the cash."""
    state = a_state()
    assert state.session_open_equity == 1_000_000
    see(state, minute(0))
    state.portfolio.book(some_terms().side, Decimal(2), Decimal(90), Decimal(1))
    see(state, roll(1))
    assert state.session_open_equity == 1_000_000 + 2 * 10 - 1
    assert state.session_index == 0


# ----------------------------------------------------------------------------------- other observations


def test_refused_rows_and_the_end_are_counted_and_kept() -> None:
    """A refused row is an item of the feed; the end is said once and stays."""
    state = a_state()
    see(state, RefusedRow(source="s", line=1, field="f", value="v", rule="r"), EndOfData())
    assert (state.refused_rows, state.items_seen, state.ended, state.bars_seen) == (1, 1, True, 0)


def test_a_journal_says_what_it_is_a_journal_of() -> None:
    """Its opening sets everything that orders are made from."""
    state = initial_state(lookback=1)
    first = opened(opening_cash="500", interval_seconds=90)
    observe(state, first, A_TIME)
    assert (state.journal_id, state.mode, state.account) == (first.journal_id, first.mode, first.account)
    assert (state.instrument, state.interval) == (first.instrument, first.interval)
    assert state.portfolio.cash == state.portfolio.opening_cash == state.session_open_equity == 500


def test_the_bounds_of_a_run_change_nothing_but_the_time() -> None:
    """The state knows nothing of runs: one that was killed and resumed ends in the state of one that was not."""
    state = a_state()
    before = deepcopy(state)
    words: dict[str, Any] = {"run_id": "r", "build": "b", "config_digest": "d", "configuration": "{}", "feed": "f"}
    stopped = RunStopped(run_id="r", stopped_at=A_TIME, reason=StopReason.SIGNAL)
    see(state, RunStarted(started_at=A_TIME, **words))
    assert [state.reconciliation_pending] == [ReconciliationCause.START]
    see(state, ReconciliationFailed(cause=ReconciliationCause.PERIODIC, error="e", place="p"))
    assert [state.reconciliation_pending] == [ReconciliationCause.PERIODIC]
    reconciled = VenueReconciled(cause=ReconciliationCause.START, asked=0, repeats=0, in_doubt=0, position=None)
    resumed = JournalResumed(
        last_seq=3,
        ended=LastEnd.CLEAN,
        detail="",
        trading_state="ACTIVE",
        position=Decimal(1),
        cash=Decimal(1),
        working=0,
        orders=(),
    )
    changed = ConfigurationChanged(changes=())
    see(state, resumed, changed, reconciled, CycleOverran(missed=1), stopped)
    assert state == before


def test_the_highest_equity_is_kept_where_it_was_asked_for() -> None:
    """At the closes of bars, from the opening cash on; a session that begins changes nothing about it."""
    state = initial_state(lookback=1, peak_remembered=True)
    assert state.peak_equity == 0
    see(state, opened(opening_cash="1000"), roll(0))
    assert state.peak_equity == 1000
    state.portfolio.book(some_terms().side, Decimal(2), Decimal(100), Decimal(1))
    peaks = []
    for place, close in enumerate(("99", "104", "90")):
        see(state, minute(place, close=close))
        peaks.append(state.peak_equity)
    see(state, roll(1))
    assert [*peaks, state.peak_equity] == [1000, 1007, 1007, 1007]
    unasked = initial_state(lookback=1)
    see(unasked, opened(opening_cash="1000"), roll(0), minute(0))
    assert unasked.peak_equity is None


def test_every_observation_sets_the_domain_clock() -> None:
    """The stamp of the record is the time of the state."""
    state = a_state()
    observe(state, Silence(until=A_TIME), A_TIME + A_MINUTE)
    assert state.ts_init == A_TIME + A_MINUTE


def test_faults_are_in_a_row_while_no_bar_in_between_went_well() -> None:
    """Observed or raised, they count alike; a good bar starts the count anew."""
    state = a_state()
    see(state, FaultObserved(fault=A_FAULT), FaultObserved(fault=A_FAULT))
    assert state.faults_in_a_row == 2
    see(state, minute(0))
    happen(state, FaultRaised(fault=A_FAULT))
    assert state.faults_in_a_row == 3
    see(state, minute(1), minute(2))
    happen(state, FaultRaised(fault=A_FAULT))
    assert state.faults_in_a_row == 1


# -------------------------------------------------------------------------------------------- events


def test_trading_is_only_ever_restricted_further() -> None:
    """From ACTIVE to REDUCING to HALTED; the first reason for a state stays its reason."""
    state = a_state()
    steps = [
        (TradingState.REDUCING, "A", TradingState.REDUCING, "A"),
        (TradingState.REDUCING, "B", TradingState.REDUCING, "A"),
        (TradingState.ACTIVE, "C", TradingState.REDUCING, "A"),
        (TradingState.HALTED, "D", TradingState.HALTED, "D"),
        (TradingState.REDUCING, "E", TradingState.HALTED, "D"),
        (TradingState.ACTIVE, "F", TradingState.HALTED, "D"),
    ]
    for wanted, code, state_after, code_after in steps:
        happen(state, TradingStateChanged(state=wanted, code=code))
        assert (state.trading_state, state.trading_state_code) == (state_after, code_after)


def test_a_quarantine_counts_bars_down_and_the_longer_one_holds() -> None:
    """A shorter one does not end a longer one; at zero it is over and stays so."""
    state = a_state()
    happen(state, EntriesQuarantined(bars=3, code="J"))
    happen(state, EntriesQuarantined(bars=1, code="J"))
    left = []
    for place in range(5):
        left.append(state.quarantine_left)
        see(state, minute(place))
    assert left == [3, 2, 1, 0, 0]


def test_an_ignored_report_is_an_event_that_changes_nothing() -> None:
    """That is the point of it."""
    state = a_state()
    before = deepcopy(state)
    happen(state, ReportIgnored(code="X"))
    assert state == before


def test_an_order_is_working_from_its_submission_on() -> None:
    """And a cancel that was asked for is pending, before any venue said a word."""
    state, terms = a_state(), some_terms()
    happen(state, OrderSubmitted(terms=terms))
    assert state.working[terms.client_order_id].state is OrderState.SUBMITTED
    happen(state, CancelRequested(client_order_id=terms.client_order_id, code="C"))
    assert state.working[terms.client_order_id].state is OrderState.PENDING_CANCEL


def test_a_record_is_what_was_observed_and_then_what_happened() -> None:
    """Folding a record is folding its two halves, in that order."""
    state, by_hand = a_state(), a_state()
    events = (EntriesQuarantined(bars=2, code="J"), OrderSubmitted(terms=some_terms()))
    at: datetime = A_TIME + A_MINUTE
    evolve(state, Record(ts_init=at, observation=minute(0), events=events))
    observe(by_hand, minute(0), at)
    for event in events:
        happen(by_hand, event)
    assert state == by_hand
    # The bar came first, or it would have taken one off the quarantine.
    assert state.quarantine_left == 2
