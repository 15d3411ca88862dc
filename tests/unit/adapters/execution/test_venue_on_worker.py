"""A venue that hangs keeps nobody: its order is UNKNOWN, it is in quarantine, and what comes late is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import DataObject, booleans, data, sampled_from
from typing_extensions import override

from interlock.adapters.execution.on_worker import ANSWERS_KEPT, OnWorker
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.worker import Worker
from interlock.core.decision import CancelIntent
from interlock.core.faults import AdapterLate, AdapterUnavailable, VenueProtocolError
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, ReconciliationFailed, VenueReconciled
from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged
from interlock.core.reports import (
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
)
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.approvals import approve
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.hanging import HangingVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID

SHORT, LONG = 0.02, 30.0
ORDER, OTHER = approve(ordinal=1), approve(ordinal=2)
NAME = ORDER.terms.client_order_id


class Patient(Worker):
    """Patient, but with the calls that a test holds up: no other is late, however busy the machine is."""

    held = ""

    @override
    def ask(self, name: str, what: Callable[[], Any], *, deadlines: int = 1) -> Any:
        self.seconds = SHORT if name == self.held else LONG
        return super().ask(name, what, deadlines=deadlines)


class Wrapped(OnWorker):
    """A venue on such a worker."""

    def __init__(self, venue: HangingVenue) -> None:
        super().__init__(venue, LONG)
        self.inside = venue
        self._worker = self._quarantine._worker = self.patient = Patient("execution", LONG)

    def late(self, name: str, call: Callable[[], Any]) -> Any:
        """``call``, whose call of ``name`` is held up beyond its deadline; what it answers."""
        self.gate = self.inside.held.hold(name)
        self.patient.held = name
        try:
            return call()
        finally:
            self.patient.held = ""

    def let_go(self) -> None:
        """The late call returns."""
        self.gate.set()
        out = self._worker._out
        assert out is not None
        assert out.wait(LONG)


def wrapped(*moves: object) -> Wrapped:
    """A venue on a worker, that does as its script says."""
    return Wrapped(HangingVenue(*moves, fills=False))


def late_submit(venue: Wrapped) -> OrderUnknown:
    """An order whose answer does not come in time."""
    answer = venue.late("submit", lambda: venue.submit(ORDER, A_TIME))
    assert isinstance(answer, OrderUnknown)
    with pytest.raises(AdapterLate):
        venue.reports()
    return answer


def test_a_late_answer_to_an_order_is_unknown_and_the_order_is_never_sent_again() -> None:
    """Asked again and again, while the call is out and after it: one answer, one order at the venue."""
    venue = wrapped()
    answer = late_submit(venue)
    assert (answer.client_order_id, answer.ts_event) == (NAME, A_TIME)
    assert answer.detail == "execution: submit did not return within 0.02 s"
    assert venue.submit(ORDER, A_TIME) == answer
    venue.let_go()
    venue.reconcile((ORDER.terms,), A_TIME)
    assert isinstance(venue.submit(ORDER, A_TIME), OrderAccepted)
    assert venue.inside.submitted == [NAME]
    venue.close()


@pytest.mark.parametrize(("move", "kind"), [("accept", OrderAccepted), ("reject", OrderRejected)])
def test_an_answer_that_comes_late_is_told_as_a_report_once(move: str, kind: type[ExecutionReport]) -> None:
    """It is news to books in which the order is UNKNOWN."""
    venue = wrapped(move)
    late_submit(venue)
    assert venue.reports() == ()
    venue.let_go()
    (told,) = venue.reports()
    assert isinstance(told, kind)
    assert told.client_order_id == NAME
    assert venue.reports() == ()
    venue.close()


def test_it_is_told_by_a_reconciliation_as_well() -> None:
    """Whoever asks first is told, before what the venue says now."""
    venue = wrapped()
    late_submit(venue)
    venue.let_go()
    told = venue.reconcile((), A_TIME).reports
    assert [type(report) for report in told] == [OrderAccepted, OrderAccepted]
    assert venue.reports() == ()
    venue.close()


def test_unknown_that_comes_late_says_nothing_new() -> None:
    """The order is UNKNOWN already."""
    venue = wrapped("unknown")
    late_submit(venue)
    venue.let_go()
    assert venue.reports() == ()
    venue.close()


def test_what_a_late_call_raised_is_raised_by_the_next_reports() -> None:
    """Nothing is swallowed: it is a fault like any other, and nothing else is lost by it."""
    venue = wrapped("raise")
    late_submit(venue)
    venue.let_go()
    with pytest.raises(AdapterUnavailable, match="did not arrive"):
        venue.reports()
    assert venue.reports() == ()
    venue.close()


@pytest.mark.parametrize("answer", [lambda _: "yes", lambda _: OrderUnknown(client_order_id="x", ts_event=A_TIME)])
def test_a_late_answer_that_is_none_is_a_broken_contract(answer: Callable[[object], object]) -> None:
    """As it would be in time."""
    venue = wrapped(answer)
    late_submit(venue)
    venue.let_go()
    with pytest.raises(VenueProtocolError):
        venue.reports()
    assert venue.reports() == ()
    venue.close()


def test_in_quarantine_no_order_is_sent_and_each_is_told_that_it_was_not() -> None:
    """While the call is out, and after it until the venue has reconciled: rejected, for nothing is in doubt about an
    order that never left. It stays rejected, and canceling it asks nobody."""
    venue = wrapped()
    late_submit(venue)
    refused = venue.submit(OTHER, A_TIME)
    assert isinstance(refused, OrderRejected)
    assert (refused.code, refused.detail) == (Reason.VENUE_IN_QUARANTINE, "")
    venue.let_go()
    third = approve(ordinal=3)
    assert isinstance(venue.submit(third, A_TIME), OrderRejected)
    name = OTHER.terms.client_order_id
    venue.cancel(name, A_TIME)
    assert [type(report).__name__ for report in venue.reports()] == ["OrderAccepted", "CancelRejected"]
    assert venue.reconcile((OTHER.terms,), A_TIME).reports[0] == refused
    assert (venue.find(name), venue.submit(OTHER, A_TIME)) == ((refused,), refused)
    assert isinstance(venue.submit(approve(ordinal=4), A_TIME), OrderAccepted)
    assert venue.inside.submitted == [NAME, approve(ordinal=4).terms.client_order_id]
    venue.close()


def test_a_venue_that_cannot_be_reached_afterwards_has_not_confirmed_anything() -> None:
    """The quarantine lasts until it reconciles, however often it is asked."""
    venue = wrapped()
    late_submit(venue)
    venue.let_go()
    venue.inside.broken = {"reconcile"}
    with pytest.raises(AdapterUnavailable):
        venue.reconcile((), A_TIME)
    assert isinstance(venue.submit(OTHER, A_TIME), OrderRejected)
    venue.close()


def test_what_is_no_statement_confirms_nothing() -> None:
    """A venue that answers nonsense is no more to be trusted than before."""

    class Nonsense(HangingVenue):
        @override
        def reconcile(self, working: Any, now: Any) -> Any:
            return "all is well"

    venue = Wrapped(Nonsense())
    late_submit(venue)
    venue.let_go()
    with pytest.raises(VenueProtocolError):
        venue.reconcile((), A_TIME)
    assert isinstance(venue.submit(OTHER, A_TIME), OrderRejected)
    venue.close()


@pytest.mark.parametrize("name", ["submit", "find", "reconcile", "reports", "on_market", "cancel"])
def test_each_lateness_is_a_fault_once_and_then_watching_goes_on(name: str) -> None:
    """Whichever call was late: exactly one of the calls that every cycle makes raises it, so that it halts with a
    reason; more would only end a run that could watch on. Asking the venue about orders fails each time."""
    venue = wrapped()
    calls: dict[str, Callable[[], object]] = {
        "submit": lambda: venue.submit(ORDER, A_TIME),
        "find": lambda: venue.find(NAME),
        "reconcile": lambda: venue.reconcile((), A_TIME),
        "reports": venue.reports,
        "on_market": lambda: venue.on_market(a_bar()),
        "cancel": lambda: venue.cancel(NAME, A_TIME),
    }
    told = []
    each_cycle = [calls["on_market"], venue.reports, calls["cancel"], calls["on_market"], venue.reports]
    for call in (lambda: venue.late(name, calls[name]), *each_cycle):
        try:
            call()
        except AdapterLate as error:
            told.append(str(error))
    expected = f"execution: {name} did not return within 0.02 s"
    # What raised it first was a question of nobody's cycle: then the cycle is told as well.
    assert told == [expected] * (2 if name in ("find", "reconcile") else 1)
    for ask in (calls["reconcile"], calls["find"]):
        with pytest.raises(AdapterLate):
            ask()
    venue.let_go()
    venue.reports()
    assert not venue.inside.held.overlapped
    venue.close()


def test_a_lateness_that_was_over_at_once_is_a_fault_too() -> None:
    """The answer came while nobody looked any more: the order was called UNKNOWN, so the halt has its reason."""
    venue = wrapped()
    venue.late("submit", lambda: venue.submit(ORDER, A_TIME))
    venue.let_go()
    with pytest.raises(AdapterLate):
        venue.on_market(a_bar())
    assert [type(report) for report in venue.reports()] == [OrderAccepted]
    venue.close()


def test_a_cancel_in_quarantine_is_owed_and_made_as_soon_as_the_worker_is_free() -> None:
    """Never dropped: not by the order of calls, and once for each order."""
    venue = wrapped()
    venue.submit(ORDER, A_TIME)
    venue.submit(OTHER, A_TIME)
    with pytest.raises(AdapterLate):
        venue.late("on_market", lambda: venue.on_market(a_bar()))
    for order in (ORDER, OTHER, ORDER):
        venue.cancel(order.terms.client_order_id, A_TIME)
    venue.let_go()
    told = [(type(report), report.client_order_id) for report in venue.reports()]
    assert told == [(OrderCanceled, NAME), (OrderCanceled, OTHER.terms.client_order_id)]
    assert venue.reports() == ()
    venue.close()


@pytest.mark.parametrize("asked_first", ["reports", "reconcile"])
def test_a_cancel_that_is_late_itself_is_not_made_twice(asked_first: str) -> None:
    """It was heard after all: nothing is owed any more, whatever is asked first."""
    venue = wrapped()
    venue.submit(ORDER, A_TIME)
    with pytest.raises(AdapterLate):
        venue.late("cancel", lambda: venue.cancel(NAME, A_TIME))
    venue.let_go()
    told = venue.reports() if asked_first == "reports" else venue.reconcile((), A_TIME).reports
    assert [type(report) for report in told] == [OrderCanceled]
    assert venue.inside.calls.count(f"cancel {NAME}") == 1
    venue.close()


def test_a_late_cancel_that_failed_is_made_again_and_one_that_fails_in_time_is_not() -> None:
    """Late, nobody had made anything of its failure. In time, it is a fault that whoever asked deals with."""
    venue = wrapped()
    venue.submit(ORDER, A_TIME)
    venue.inside.broken = {"cancel"}
    with pytest.raises(AdapterLate):
        venue.late("cancel", lambda: venue.cancel(NAME, A_TIME))
    venue.let_go()
    venue.inside.broken = set()
    with pytest.raises(AdapterUnavailable, match="cancel is broken"):
        venue.reports()
    assert [type(report) for report in venue.reports()] == [OrderCanceled]
    venue.inside.broken = {"cancel"}
    with pytest.raises(AdapterUnavailable, match="cancel is broken"):
        venue.cancel(NAME, A_TIME)
    venue.inside.broken = set()
    assert venue.reports() == ()
    venue.close()


def test_a_reconciliation_makes_owed_cancels_first() -> None:
    """So that what it states is what came of them."""
    venue = wrapped()
    venue.submit(ORDER, A_TIME)
    with pytest.raises(AdapterLate):
        venue.late("reports", venue.reports)
    venue.cancel(NAME, A_TIME)
    venue.let_go()
    told = venue.reconcile((ORDER.terms,), A_TIME).reports
    assert [type(report) for report in told] == [OrderCanceled, OrderAccepted, OrderCanceled]
    venue.close()


@pytest.mark.parametrize("name", ["reports", "reconcile"])
def test_what_was_drained_by_a_late_call_is_not_lost(name: str) -> None:
    """The venue tells each report once: it told it to a call that nobody waited for."""
    venue = Wrapped(HangingVenue())
    venue.submit(ORDER, A_TIME)
    venue.on_market(a_bar(at=A_TIME + A_MINUTE))
    ask = venue.reports if name == "reports" else lambda: venue.reconcile((OTHER.terms,), A_TIME)
    with pytest.raises(AdapterLate):
        venue.late(name, ask)
    told: list[ExecutionReport] = []
    for turn in range(4):
        if turn == 2:
            venue.let_go()
        try:
            told += venue.reports()
        except AdapterLate as error:
            assert str(error).startswith("execution: reconcile did not")  # noqa: PT017 - the lateness itself, told once
    assert [type(report) for report in told] == [OrderFilled]
    venue.close()


def test_a_venue_that_does_not_watch_the_market_costs_no_call_for_it() -> None:
    """Most do not: each bar would go to another thread and back for nothing."""

    class Blind(HangingVenue):
        from interlock.core.ports import ExecutionPort

        on_market = ExecutionPort.on_market

    venue = Wrapped(Blind())
    venue.on_market(a_bar())
    assert venue.returned == 0
    venue.close()


def test_what_it_says_of_itself_is_asked_once() -> None:
    """Fees and description do not change; nothing is restored that the venue has not asked for."""
    venue = wrapped()
    assert [venue.describe(), venue.describe()] == [venue.inside.describe()] * 2
    assert venue.fees is venue.fees
    venue.restore(())
    assert venue.returned == 3
    venue.close()


def test_what_a_venue_is_shows_through() -> None:
    """A gate that asks whether it is live, and how it protects us, is not deceived by what stands around it."""
    venue = wrapped()
    assert (venue.is_live, venue.protection, venue.is_io) == (False, None, False)

    class Real(HangingVenue):
        is_live = True
        protection = "TIMER"  # type: ignore[assignment]

    assert (Wrapped(Real()).is_live, Wrapped(Real()).protection) == (True, "TIMER")


def test_our_own_answers_are_forgotten_in_the_end() -> None:
    """Months of running stay flat."""
    venue = wrapped()
    late_submit(venue)
    for ordinal in range(2, ANSWERS_KEPT + 10):
        venue.submit(approve(ordinal=ordinal), A_TIME)
    assert len(venue._answers) == ANSWERS_KEPT
    assert len(venue._refused) == ANSWERS_KEPT
    venue.let_go()
    venue.close()


def test_only_approved_orders_are_taken() -> None:
    """Terms allow nothing."""
    with pytest.raises(TypeError, match="approved"):
        wrapped().submit(ORDER.terms, A_TIME)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------ in a cycle


class OnWorkerRig(Rig):
    """A core whose venue is on a worker."""

    def __init__(self, *script: object, mode: RunMode = RunMode.PAPER) -> None:
        super().__init__(*script, journal=MemoryJournal(), venue=HangingVenue(fills=False), mode=mode)
        assert isinstance(self.venue, HangingVenue)
        self.wrapped = Wrapped(self.venue)
        self.cycle._execution = self.wrapped

    def asked(self) -> list[str]:
        """The venue is asked to confirm; what was observed by that."""
        made = self.cycle.reconcile(ReconciliationCause.VENUE_FAULT, self.at)
        self.records += made
        return [record.kind for record in made]

    @property
    def states(self) -> list[OrderState]:
        return [order.state for order in self.view.working_orders]


BUY = an_intent(Side.BUY, quantity="6")
FIRST = f"{JOURNAL_ID[:12]}-1"


def test_a_late_order_halts_with_a_reason_and_is_settled_when_the_venue_is_back() -> None:
    """The whole way: UNKNOWN and HALTED in the batch of the order, its cancel owed, watching on meanwhile; then the
    late answer, the cancel, the confirmation. The halt stays."""
    core = OnWorkerRig(BUY)
    core.wrapped.late("submit", core.bar)
    assert core.states == [OrderState.UNKNOWN]
    assert (core.view.trading_state, core.view.trading_state_code) == (TradingState.HALTED, Reason.ADAPTER_LATE)
    (halt,) = [event for event in core.events if isinstance(event, TradingStateChanged)]
    assert halt.numbers["place"] == "execution: submit did not return within 0.02 s"
    faults = core.observed.count(FaultObserved.__name__)
    for _ in range(20):
        core.bar()
    assert core.observed.count(FaultObserved.__name__) == faults == 1
    assert core.asked() == [ReconciliationFailed.__name__]
    core.wrapped.let_go()
    core.bar()
    assert core.asked()[-1] == VenueReconciled.__name__
    core.bar()
    assert core.states == []
    state = core.cycle._state
    assert state.ended_orders[FIRST].state is OrderState.CANCELED
    assert (state.reconciliation_pending, core.view.trading_state) == (None, TradingState.HALTED)
    assert core.venue.submitted == [FIRST]
    core.wrapped.close()


def test_a_late_reconciliation_halts_in_the_next_cycle() -> None:
    """To be late is no answer that can be waited for: it is a thread that hangs."""
    core = OnWorkerRig()
    core.bar()
    core.wrapped.late("reconcile", core.asked)
    assert core.view.trading_state is TradingState.ACTIVE
    core.bar()
    assert core.view.trading_state_code == Reason.ADAPTER_LATE
    core.wrapped.let_go()
    assert core.asked() == [VenueReconciled.__name__]
    core.wrapped.close()


def test_a_cancel_of_the_strategys_reaches_the_venue_after_all() -> None:
    """It hung when it was asked for; the order is PENDING_CANCEL until the venue has answered."""
    core = OnWorkerRig(BUY, CancelIntent(client_order_id=FIRST, code="TEST.CANCEL"))
    core.bar()
    core.wrapped.late("cancel", core.bar)
    assert core.states == [OrderState.PENDING_CANCEL]
    core.bar()
    core.wrapped.let_go()
    core.bar()
    assert core.states == []
    core.wrapped.close()


def test_how_long_ago_does_not_matter() -> None:
    """A quarantine is no matter of the domain clock."""
    venue = wrapped()
    late_submit(venue)
    assert isinstance(venue.submit(OTHER, A_TIME + timedelta(minutes=300)), OrderRejected)
    venue.let_go()
    venue.close()


# ------------------------------------------------------------------------------- whatever hangs, and when


class AnyCallMayHang(RuleBasedStateMachine):
    """Any call may hang, and return at any later time. Whatever happens in between: the venue is called by one at a
    time, each order is sent once or is told that it was not, nothing that happened there is lost, and every cancel that
    was asked for is made in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = HangingVenue()
        self.venue = Wrapped(self.inside)
        self.answers: dict[str, list[ExecutionReport]] = {}
        self.told: list[ExecutionReport] = []
        self.canceled: set[str] = set()
        self.minutes = 0
        self.is_out = False

    def call(self, name: str, hangs: bool, call: Callable[[], Any]) -> Any:
        """Make ``call``, and hold it up if it is to hang; None where it is late."""
        # Held only if it gets through to the venue: a call that is refused at once leaves no gate behind.
        may_hang = hangs and not self.is_out and not self.venue._owed
        try:
            return self.venue.late(name, call) if may_hang else call()
        except AdapterLate:
            return None
        finally:
            self.inside.held._gates.clear()
            self.is_out = not self.venue._worker.is_free
            if may_hang and not self.is_out:
                self.venue.gate.set()

    @rule(hangs=booleans())
    def submit(self, hangs: bool) -> None:
        order = approve(ordinal=len(self.answers) + 1)
        answer = self.call("submit", hangs, lambda: self.venue.submit(order, A_TIME))
        self.answers[order.terms.client_order_id] = [answer]

    @precondition(lambda self: any(self.doubtful))
    @rule(data=data())
    def submit_again(self, data: DataObject) -> None:
        order = approve(ordinal=data.draw(sampled_from(self.doubtful)))
        self.answers[order.terms.client_order_id].append(self.venue.submit(order, A_TIME))

    @property
    def doubtful(self) -> list[int]:
        """The ordinals of the orders that were not accepted at once."""
        return [
            ordinal for ordinal, answers in enumerate(self.answers.values(), 1) if type(answers[0]) is not OrderAccepted
        ]

    @precondition(lambda self: self.answers)
    @rule(data=data(), hangs=booleans())
    def cancel(self, data: DataObject, hangs: bool) -> None:
        name = data.draw(sampled_from(sorted(self.answers)))
        self.canceled.add(name)
        self.call("cancel", hangs, lambda: self.venue.cancel(name, A_TIME))

    @rule(hangs=booleans())
    def on_market(self, hangs: bool) -> None:
        self.minutes += 1
        bar = a_bar(at=A_TIME + self.minutes * A_MINUTE)
        self.call("on_market", hangs, lambda: self.venue.on_market(bar))

    @rule(hangs=booleans())
    def reports(self, hangs: bool) -> None:
        self.told += self.call("reports", hangs, self.venue.reports) or ()

    @rule(hangs=booleans())
    def reconcile(self, hangs: bool) -> None:
        stated = self.call("reconcile", hangs, lambda: self.venue.reconcile((), A_TIME))
        self.told += stated.reports if stated is not None else ()

    @precondition(lambda self: self.is_out)
    @rule()
    def let_go(self) -> None:
        self.venue.let_go()
        self.is_out = False

    @invariant()
    def one_call_at_a_time_and_no_order_twice(self) -> None:
        assert not self.inside.held.overlapped
        assert len(self.inside.submitted) == len(set(self.inside.submitted))

    @override
    def teardown(self) -> None:
        if self.is_out:
            self.let_go()
        for _ in range(3):
            self.reports(hangs=False)
        self.reconcile(hangs=False)
        self.reports(hangs=False)
        self.venue.close()
        for name, answers in self.answers.items():
            ours = [answer for answer in answers if isinstance(answer, OrderRejected)]
            assert (name in self.inside.submitted) is not bool(ours), "sent, or told that it was not"
            assert len(set(map(type, answers))) <= 2
            happened = self.inside._history.get(name, [])
            known = [*answers, *self.told]
            missing = [report for report in happened if report not in known]
            assert not missing, "what happened there is known here"
            assert name not in self.canceled or name not in self.inside._resting, "a cancel was dropped"


# Each call that hangs takes real time: to shrink one failure would take minutes.
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
TestAnyCallMayHang = AnyCallMayHang.TestCase
TestAnyCallMayHang.settings = settings(deadline=None, max_examples=40, stateful_step_count=25, phases=WITHOUT_SHRINKING)
