"""The fold: how a record changes the state. Recovery, replay and the running system all come through here.

``evolve`` = ``observe`` what came in, then ``happen`` each event. The cycle calls the two halves itself, because
the decision stands between them.
"""

from datetime import datetime
from decimal import Decimal

from interlock.core.arming import Armed, Arming, ArmingRefused, DisarmAsked, prevails
from interlock.core.chapters import take_over
from interlock.core.commands import KillSwitchSeen, OperatorCommand
from interlock.core.faults import VENUE, InvariantViolated
from interlock.core.market import Bar, EndOfData, RefusedRow, Silence, Split, restated
from interlock.core.observations import (
    ConfigurationChanged,
    CycleOverran,
    FaultObserved,
    JournalOpened,
    JournalResumed,
    Observation,
    ReconciliationFailed,
    RunStarted,
    RunStopped,
    SessionRolled,
    VenueReconciled,
)
from interlock.core.order_book import observe_report, request_cancel, submitted
from interlock.core.orders import OrderClass
from interlock.core.portfolio import Portfolio
from interlock.core.records import (
    CancelRequested,
    Disarmed,
    EntriesQuarantined,
    Event,
    FaultRaised,
    OrderSubmitted,
    Record,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.release import release
from interlock.core.state import State
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.values import ZERO, divided


def evolve(state: State, record: Record) -> None:
    """Fold one record in. The state may be changed in place: nobody else can reach it.

    Raises ``InvariantViolated`` when the books do not add up; the state is then not to be used any more.
    """
    observe(state, record.observation, record.ts_init)
    for event in record.events:
        happen(state, event)


def observe(state: State, observation: Observation, now: datetime) -> None:
    """Fold in what came from outside. ``now`` is the domain clock that the record is stamped with."""
    if isinstance(observation, Bar):
        observe_bar(state, observation, now)
        return
    tell_time(state, now)
    match observation:
        case RefusedRow():
            state.refused_rows += 1
            state.items_seen += 1
        case SessionRolled():
            _observe_session(state, observation)
        case Silence():
            state.bar_is_new = False
        case Split(ratio=ratio):
            state.items_seen += 1
            _observe_split(state, ratio)
        case EndOfData():
            state.ended = True
        case JournalOpened():
            _open(state, observation)
        case RunStarted():
            # Nobody knows what happened while no run was there to hear of it: the venue has to tell.
            state.reconciliation_pending = ReconciliationCause.START
            # A restart never raises privilege.
            state.arming = None
        case VenueReconciled(position=position):
            state.reconciliation_pending = None
            state.position_disputed = position is not None and position != state.portfolio.position
        case Armed(issued_at=issued_at):
            books = state.portfolio.at(state.bar.close if state.bar is not None else None)
            state.arming = Arming(armed=observation, equity_before=books.equity)
            state.last_arming_at = issued_at
        case ReconciliationFailed(cause=cause):
            state.reconciliation_pending = cause
        case JournalResumed() | ConfigurationChanged() | RunStopped() | CycleOverran():
            pass  # these tell of a run, and the state knows nothing of runs
        case OperatorCommand() | KillSwitchSeen() | ArmingRefused() | DisarmAsked():
            pass  # what follows from a person's word are events
        case FaultObserved(fault=fault):
            _count_fault(state)
            if fault.where == VENUE:
                state.reconciliation_pending = ReconciliationCause.VENUE_FAULT
        case _:
            observe_report(state, observation)


def happen(state: State, event: Event) -> None:
    """Fold in one event of the record."""
    match event:
        case OrderSubmitted(terms=terms):
            submitted(state, terms)
            if state.arming is not None and terms.order_class is OrderClass.ENTRY:
                state.arming = state.arming.after_an_entry
        case CancelRequested(client_order_id=client_order_id):
            request_cancel(state, client_order_id)
        case TradingStateChanged(state=trading_state, code=code):
            if prevails(trading_state, code, state.trading_state, state.trading_state_code):
                state.trading_state, state.trading_state_code = trading_state, code
        case TradingStateReleased():
            release(state)
            state.trading_state, state.trading_state_code = TradingState.ACTIVE, ""
        case Disarmed():
            state.arming = None
        case EntriesQuarantined(bars=bars):
            state.quarantine_left = max(state.quarantine_left, bars)
        case FaultRaised():
            _count_fault(state)
        case _:
            pass  # ReportIgnored, ReleaseRefused: the point of them is that nothing changes


def tell_time(state: State, now: datetime) -> None:
    """It is ``now``. A step back is remembered until a release: ages are measured with this clock."""
    if state.ts_init is not None and now < state.ts_init:
        state.stepped_back = max(state.stepped_back, state.ts_init - now)
    state.ts_init = now


def _count_fault(state: State) -> None:
    # In a row means: no bar in between went well.
    in_a_row = state.bars_seen - state.fault_bar <= 1
    state.faults_in_a_row = state.faults_in_a_row + 1 if in_a_row else 1
    state.fault_bar = state.bars_seen


def observe_bar(state: State, bar: Bar, now: datetime) -> None:
    """Fold in a bar: window, rolling sums, what was missed before it."""
    before = state.ts_init
    if before is None or now < before:  # looked at here: a call at every bar costs more than the look
        tell_time(state, now)
    state.ts_init = now
    last, window, session = state.bar, state.window, state.session
    if last is not None:
        state.previous_close = last.close
    ts_event, interval = bar.ts_event, state.interval
    if session is not None and ts_event <= session.close:
        if state.session_index and interval < ts_event - state.slot_start <= interval + interval:
            # Nearly every bar is the next one, which is cheaper to see than to work out.
            state.bars_missed = 0
            state.session_index += 1
            state.slot_start += interval
        elif session.open < ts_event:
            index = -((session.open - ts_event) // interval)  # rounded up: the last bar may be short
            state.bars_missed = max(0, state.bars_missed_pending + index - state.session_index - 1) if last else 0
            state.session_index = index
            state.slot_start = session.open + (index - 1) * interval
            state.bars_missed_pending = 0
    close, seen = bar.close, len(window)
    for rolling in state.sums:
        length = rolling.length
        rolling.total += close if seen < length else close - window[-length].close
    window.append(bar)
    state.bar = bar
    state.bar_is_new = True
    state.bars_seen += 1
    state.items_seen += 1
    state.items_ts = ts_event
    if state.quarantine_left:
        state.quarantine_left -= 1
    if state.peak_equity is not None:
        state.peak_equity = max(state.peak_equity, state.equity)


def _observe_session(state: State, rolled: SessionRolled) -> None:
    old = state.session
    if old is not None:
        # What the old session still owed us, and every session in between.
        expected = old.bars(state.interval)
        state.bars_missed_pending += expected - state.session_index + expected * rolled.sessions_skipped
    state.session, state.next_session = rolled.session, rolled.next_session
    state.session_index = 0
    state.session_open_equity = state.portfolio.at(state.bar.close if state.bar is not None else None).equity


def _observe_split(state: State, ratio: Decimal) -> None:
    bars = [restated(bar, ratio) for bar in state.window]
    state.window.clear()
    state.window.extend(bars)
    if bars:
        state.bar = bars[-1]
    if state.previous_close is not None:
        state.previous_close = divided(state.previous_close, ratio)
    for rolling in state.sums:
        rolling.total = sum((bar.close for bar in bars[-rolling.length :]), ZERO)
    if state.instrument is None:
        raise InvariantViolated("a split was observed before the journal was opened")
    state.portfolio.split(ratio, state.instrument.lot_size, state.bar.close if state.bar is not None else None)


def _open(state: State, opened: JournalOpened) -> None:
    if opened.chapter is not None:
        take_over(state, opened, opened.chapter.state)
        return
    state.journal_id = opened.journal_id
    state.mode = opened.mode
    state.account = opened.account
    state.instrument = opened.instrument
    state.interval = opened.interval
    state.portfolio = Portfolio(opening_cash=opened.opening_cash, cash=opened.opening_cash)
    state.session_open_equity = opened.opening_cash
    if state.peak_equity is not None:
        state.peak_equity = opened.opening_cash
