"""The cycle: one observation taken through decide, record and act.

    MarketDataPort ──▶ Observation ──▶ fold ──▶ watch ──▶ decide ──▶ Record ──▶ Journal ──▶ Effects ──▶ venue

The observation is folded into the state first, so that strategy and rules look at one consistent picture; what
they concluded is folded right after. Nothing may leave before the journal has the record. What the venue answers
is the next observation.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from interlock.core.admission import admitted, admitted_split
from interlock.core.faults import VENUE, Fault, VenueProtocolError
from interlock.core.market import Bar, FeedItem, Split
from interlock.core.modes import MODES
from interlock.core.observations import FaultObserved, JournalOpened, NotedObservation, SessionRolled
from interlock.core.operating import is_shut
from interlock.core.order_states import OrderState
from interlock.core.orders import ApprovedOrder
from interlock.core.ports import Calendar, ExecutionPort, Journal, RiskPolicy, Strategy
from interlock.core.reasons import Reason
from interlock.core.reconciliation import ask_venue
from interlock.core.records import CancelOrder, Effect, Record
from interlock.core.reports import ExecutionReport, OrderAccepted, OrderRejected, OrderUnknown, is_report
from interlock.core.state import State, initial_state
from interlock.core.taking import Taking
from interlock.core.trading_state import ReconciliationCause
from interlock.core.values import ONE, not_negative
from interlock.core.view import MarketView


@frozen(kw_only=True)
class Parts:
    """What a cycle is made of. ``refused_rows_max_share`` is the share of bad rows beyond which trading halts."""

    strategy: Strategy
    policy: RiskPolicy
    execution: ExecutionPort
    journal: Journal
    calendar: Calendar
    refused_rows_max_share: Decimal = field(default=ONE, validator=not_negative)


class Cycle:
    """Takes one observation at a time all the way. Owns the state; everybody else sees the view.

    ``step`` raises ``JournalUnavailable`` when a record could not be kept (nothing was sent), and
    ``InvariantViolated`` or whatever the fold raised when the state can no longer be trusted: stop in both cases.
    Faults of strategy, rules and adapters are observations, not exceptions.
    """

    def __init__(self, parts: Parts, state: State | None = None) -> None:
        self._parts = parts
        self._execution = parts.execution
        self._journal = parts.journal
        self._state = state if state is not None else state_for(parts.strategy, parts.policy)
        self._taking = Taking(self._state, parts.strategy, parts.policy, parts.refused_rows_max_share)
        self._take = self._taking.take
        self._view = self._taking.view
        self._durable_effects = MODES[self._state.mode].durable_effects

    @property
    def view(self) -> MarketView:
        """What can be seen right now."""
        return self._view

    def open(self, opened: JournalOpened, now: datetime) -> Record:
        """Begin a journal: its first record says what it is a journal of."""
        self._durable_effects = MODES[opened.mode].durable_effects
        return self.note(opened, now)

    def resume(self) -> None:
        """Go on with the state handed in: the venue is told which orders were working."""
        self._execution.restore(self._view.working_orders)

    def note(self, observation: NotedObservation, now: datetime) -> Record:
        """``note_together`` for one observation that calls no order back: its record."""
        return self.note_together([observation], now)[0]

    def note_together(self, observations: Sequence[NotedObservation], now: datetime) -> Sequence[Record]:
        """Record what is about the run and not the market, all of it or none, and make it durable. Orders that it calls
        back are called back then. Every record that was made."""
        records = [self._take(observation, now) for observation in observations]
        self._journal.append(records, durable=True)
        self._act(records, now)
        return records

    def keep_snapshot(self, *, always: bool = False) -> None:
        """Spare the next start the fold up to here, when it is time for that, or ``always``. Between two steps only."""
        if always or self._journal.snapshot_due:
            self._journal.snapshot(self._state)

    def step(self, item: FeedItem, now: datetime) -> Sequence[Record]:
        """Take one item of the feed through. ``now`` is the domain clock. Answers every record that was made.

        Fills of the paper venue are folded before the strategy sees the bar that made them, and all of it is one
        batch in the journal.
        """
        records: list[Record] = []
        if isinstance(item, Bar):
            item = admitted(item, self._state, now)
            session = self._state.session
            if isinstance(item, Bar) and (session is None or not session.open < item.ts_event <= session.close):
                self._roll(item, now, records)
        elif isinstance(item, Split):
            item = admitted_split(item, self._state)
        try:
            self._execution.on_market(item)
        except Exception as error:  # noqa: BLE001 - an adapter's fault is an observation: it halts, watching goes on
            records.append(self._faulty(error, VENUE, now))
        self._drain(now, records)
        record = self._take(item, now)
        records.append(record)
        if record.effects or records[0] is not record:
            self._keep(records)
            self._act(records, now)
        else:  # nearly every bar: nothing that has to be on disk before anybody acts
            self._journal.append(records, durable=False)
        return records

    def reconcile(self, cause: ReconciliationCause, now: datetime) -> Sequence[Record]:
        """Have the venue confirm our working orders and our position: what is news is folded, and kept. Between two
        steps only; raises as ``step`` does.

        A venue that cannot be reached is recorded, and halts nothing: entries wait until it answers. One that says
        what no venue should say is a fault, like everywhere.
        """
        records = ask_venue(self._execution, self._state, self._take, cause, now)
        self._journal.append(records, durable=self._durable_effects)
        self._act(records, now)
        return records

    def cancel_unrecorded(self, now: datetime) -> tuple[int, int]:
        """Where no record can be kept any more: ask the venue to cancel whatever works. How many orders it was asked
        about, and how many it could not be.

        The one effect without a record, for it takes risk away: whoever starts again hears of it from the venue.
        """
        failed = 0
        # One that was only SUBMITTED never left: its answer would have moved it on.
        working = [order for order in self._view.working_orders if order.state is not OrderState.SUBMITTED]
        for order in working:
            try:
                self._execution.cancel(order.terms.client_order_id, now)
            except Exception:  # noqa: BLE001 - there is no record to put it in: it is counted, and said
                failed += 1
        return len(working) - failed, failed

    def _keep(self, records: Sequence[Record]) -> None:
        """Durable before visible: whoever acts on these records finds them on disk first."""
        durable = self._durable_effects and any(record.effects or is_report(record.observation) for record in records)
        self._journal.append(records, durable=durable)

    def _act(self, records: list[Record], now: datetime) -> None:
        """Let the effects leave, and take what the venue answers as the next observations, with what follows from it:
        answers submit nothing, and call orders back only where trading tightens, so this ends."""
        for record in records:  # grows: the answers come behind
            if record.effects:
                answers: list[Record] = []
                for effect in record.effects:
                    self._let_go(effect, now, answers)
                self._drain(now, answers)
                if answers:
                    self._keep(answers)
                    records.extend(answers)

    def _let_go(self, effect: Effect, now: datetime, answers: list[Record]) -> None:
        if isinstance(effect, CancelOrder):
            try:
                self._execution.cancel(effect.client_order_id, now)
            except Exception as error:  # noqa: BLE001 - likewise; the order stays PENDING_CANCEL
                answers.append(self._faulty(error, VENUE, now))
            return
        order = effect.order
        if is_shut(self._view, order.terms.order_class):
            # Approved, and overtaken by a halt on the way out: it does not leave.
            name, code = order.terms.client_order_id, Reason.RESTRICTED_BEFORE_SENDING
            answers.append(self._take(OrderRejected(client_order_id=name, ts_event=now, code=code), now))
            return
        try:
            answer = _answer_to(order, self._execution.submit(order, now))
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody can say what became of the order
            answers.append(self._faulty(error, VENUE, now))
            detail = type(error).__name__
            answer = OrderUnknown(client_order_id=order.terms.client_order_id, ts_event=now, detail=detail)
        answers.append(self._take(answer, now))

    def _drain(self, now: datetime, records: list[Record]) -> None:
        try:
            reports: Sequence[object] = tuple(self._execution.reports())
        except Exception as error:  # noqa: BLE001 - likewise; what the venue has to tell it can tell later
            records.append(self._faulty(error, VENUE, now))
            return
        for report in reports:
            if is_report(report):
                records.append(self._take(report, now))
            else:
                records.append(self._faulty(VenueProtocolError("not an execution report"), VENUE, now))

    def _faulty(self, error: Exception, where: str, now: datetime) -> Record:
        return self._take(FaultObserved(fault=Fault.of(error, where=where)), now)

    def _roll(self, bar: Bar, now: datetime, records: list[Record]) -> None:
        try:
            rolled = self._rolled(bar)
        except Exception as error:  # noqa: BLE001 - no calendar, no session to execute in: that denies, and halts
            records.append(self._faulty(error, "calendar", now))
            return
        if rolled is not None:
            records.append(self._take(rolled, now))

    def _rolled(self, bar: Bar) -> SessionRolled | None:
        """The session that ``bar`` opens, when it is not in the one we are in."""
        current = self._state.session
        calendar = self._parts.calendar
        session = calendar.session(bar.ts_event)
        if session is None or session == current:
            return None
        skipped = calendar.sessions_between(current, session) if current is not None else 0
        return SessionRolled(
            session=session, next_session=calendar.next_session(session.close), sessions_skipped=skipped
        )


def state_for(strategy: Strategy, policy: RiskPolicy) -> State:
    """An empty state that keeps as much as this strategy and these rules look back over."""
    return initial_state(
        lookback=max(strategy.lookback, policy.lookback),
        sums=strategy.sums,
        orders_remembered=policy.orders_remembered,
        executions_remembered=policy.executions_remembered,
        peak_remembered=policy.peak_remembered,
    )


def _answer_to(order: ApprovedOrder, answer: object) -> ExecutionReport:
    ours = order.terms.client_order_id
    if isinstance(answer, (OrderAccepted, OrderRejected, OrderUnknown)) and answer.client_order_id == ours:
        return answer
    raise VenueProtocolError("the answer to an order is accepted, rejected or unknown, and about that order")
