"""The venue confirms our orders and our position: what is news is booked, what differs halts, and no answer waits."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.cycle import state_for
from interlock.core.decision import CancelIntent, Outcome
from interlock.core.evolve import evolve
from interlock.core.explain import why
from interlock.core.faults import AdapterUnavailable
from interlock.core.modes import RunMode
from interlock.core.observations import ReconciliationFailed, RunStarted, VenueReconciled
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderTerms, Side
from interlock.core.reasons import Reason
from interlock.core.records import Record, TradingStateChanged
from interlock.core.reports import OrderAccepted, OrderFilled, OrderRejected, VenueStatement
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.builders import A_TIME
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID, a_fill

BUY, SELL = an_intent(Side.BUY, quantity="6"), an_intent(Side.SELL, quantity="6")
FIRST = f"{JOURNAL_ID[:12]}-1"
START, PERIODIC = ReconciliationCause.START, ReconciliationCause.PERIODIC
STARTED = RunStarted(
    run_id="run", started_at=A_TIME, build="test", config_digest="digest", configuration="{}", feed="memory"
)


def rig(*script: object, **told: Any) -> Rig:
    """A core over a journal in memory."""
    return Rig(*script, journal=MemoryJournal(), **told)


def asked(core: Rig, cause: ReconciliationCause = PERIODIC) -> list[Record]:
    """The venue is asked; what that made."""
    made = list(core.cycle.reconcile(cause, core.at))
    core.records += made
    return made


def part_of(terms: OrderTerms, quantity: int = 3, trade_id: str = "t1") -> OrderFilled:
    """A fill of a part of the order."""
    return a_fill(terms, Decimal(quantity), Decimal(100), trade_id=trade_id)


def kinds(made: list[Record]) -> list[str]:
    """What was observed."""
    return [record.kind for record in made]


def last_code(core: Rig) -> str:
    """The code of what was decided last."""
    return core.decisions[-1].code


# ------------------------------------------------------------------------------------------------- the gate


def test_after_a_start_no_entry_passes_until_the_venue_has_answered() -> None:
    """The gate clears itself: nobody has to release it."""
    core = rig(BUY, BUY)
    core.cycle.note(STARTED, core.at)
    core.bar()
    assert (core.decisions[-1].outcome, last_code(core)) == (Outcome.DENIED, Reason.RECONCILIATION_PENDING)
    (finding,) = [each for each in core.decisions[-1].findings if each.code == Reason.RECONCILIATION_PENDING]
    assert (finding.observed, finding.limit) == ("START", "confirmed")
    (record,) = asked(core, START)
    assert record.observation == VenueReconciled(cause=START, asked=0, repeats=0, in_doubt=0, position=None)
    core.bar()
    assert core.decisions[-1].outcome is Outcome.APPROVED


def test_exits_and_cancels_pass_while_the_venue_is_silent() -> None:
    """What takes risk away never waits."""
    second = f"{JOURNAL_ID[:12]}-2"
    core = rig(BUY, NOTHING_TO_DO, SELL, CancelIntent(code="TEST.WISH", client_order_id=second))
    core.bars("100", "100")
    core.cycle.note(STARTED, core.at)
    core.bar()
    assert core.view.is_working(second)
    core.venue._fills = False
    core.bar()
    assert [decision.outcome for decision in core.decisions[2:]] == [Outcome.APPROVED] * 2
    assert core.view.reconciliation_pending is START


def test_a_venue_that_cannot_be_reached_halts_nothing_and_keeps_entries_waiting() -> None:
    """It is a record with its place, and the next answer opens the gate."""
    core = rig(BUY, BUY)
    core.venue.broken.add("reconcile")
    (record,) = asked(core)
    assert isinstance(record.observation, ReconciliationFailed)
    assert (record.observation.cause, record.observation.error) == (PERIODIC, "AdapterUnavailable")
    assert "scripted_venue" in record.observation.place
    assert why(record).startswith("the venue could not be asked about orders and position (AdapterUnavailable at ")
    assert core.view.trading_state is TradingState.ACTIVE
    core.bar()
    assert last_code(core) == Reason.RECONCILIATION_PENDING
    core.venue.broken.clear()
    asked(core)
    core.bar()
    assert core.decisions[-1].outcome is Outcome.APPROVED


def test_after_a_fault_of_the_venue_it_has_to_confirm() -> None:
    """It halts as every fault of an adapter does; and nobody knows what the venue made of it."""
    core = rig(NOTHING_TO_DO)
    core.venue.broken.add("on_market")
    core.bar()
    pending = core.view.reconciliation_pending
    assert pending is ReconciliationCause.VENUE_FAULT
    core.venue.broken.clear()
    asked(core)
    assert not core.view.reconciliation_pending
    assert core.view.trading_state is TradingState.HALTED


# ---------------------------------------------------------------------------------------------- what is told


def test_a_fill_that_was_never_reported_is_booked_once() -> None:
    """What we know already makes no record: it is counted."""
    core = rig(BUY)
    core.bar()
    terms = core.view.working_orders[0].terms
    core.venue.know(part_of(terms))
    made = asked(core)
    assert kinds(made) == ["OrderFilled", "VenueReconciled"]
    assert core.view.position == 3
    reconciled = made[-1].observation
    assert isinstance(reconciled, VenueReconciled)
    assert (reconciled.asked, reconciled.repeats) == (1, 1)
    assert made[0].correlation_id == FIRST
    assert kinds(asked(core)) == ["VenueReconciled"]
    assert core.view.position == 3


def test_an_order_in_doubt_is_settled_by_what_the_venue_knows() -> None:
    """Asked about, it is accepted, and was never sent again."""
    core = rig(BUY, venue=ScriptedVenue("unknown"))
    core.bar()
    assert core.view.orders_in_doubt == 1
    made = asked(core, ReconciliationCause.ORDER_IN_DOUBT)
    assert kinds(made) == ["OrderAccepted", "VenueReconciled"]
    assert core.view.orders_in_doubt == 0
    assert core.venue.submitted == [FIRST]


def test_an_order_that_the_venue_does_not_know_stays_in_doubt() -> None:
    """Not found need not mean never arrived. It is counted, and said again by nothing new."""
    core = rig(BUY, venue=ScriptedVenue("raise"))
    core.bar()
    asked(core)
    record, refused = asked(core)
    assert isinstance(record.observation, VenueReconciled)
    assert (record.observation.in_doubt, record.observation.repeats) == (1, 1)
    # Trading is halted, so it is called back each time, and the venue does not know what to cancel.
    assert refused.kind == "CancelRejected"
    assert [order.state for order in core.view.working_orders] == [OrderState.UNKNOWN]
    assert "working orders: 1, of which nobody can say what became: 1" in why(record)


def test_a_venue_whose_rule_says_so_settles_what_it_does_not_know() -> None:
    """By a rejection of its own, which is evidence like any other."""
    core = rig(BUY, venue=(venue := Odd(None, "raise")))
    core.bar()
    venue.statement = _statement(OrderRejected(client_order_id=FIRST, ts_event=core.at, code=Reason.NEVER_ARRIVED))
    assert kinds(asked(core)) == ["OrderRejected", "VenueReconciled"]
    assert core.view.working_orders == ()


def test_an_order_that_it_has_forgotten_is_in_doubt_again() -> None:
    """It was accepted, and now nobody knows it: counted as filled against every limit."""
    core = rig(BUY, venue=ScriptedVenue(fills=False))
    core.bar()
    core.venue.forget(FIRST)
    assert kinds(asked(core)) == ["OrderUnknown", "VenueReconciled"]
    assert core.view.orders_in_doubt == 1
    assert core.view.leaves(Side.BUY) == core.view.working_orders[0].terms.quantity


def test_an_order_at_the_venue_that_is_not_ours_halts() -> None:
    """Somebody else trades this account, or our books forgot one."""
    core = rig(NOTHING_TO_DO)
    core.venue.tell(OrderAccepted(client_order_id="theirs-1", venue_order_id="1", ts_event=core.at))
    asked(core)
    assert core.view.trading_state_code == Reason.REPORT_UNHEARD_OF


# --------------------------------------------------------------------------------------------- the position


@pytest.mark.parametrize(("position", "code"), [("0", ""), (None, ""), ("1", Reason.RECONCILIATION_MISMATCH)])
def test_another_position_than_ours_halts(position: str | None, code: str) -> None:
    """A venue that keeps none is believed; both numbers stand in the record."""
    core = rig(NOTHING_TO_DO)
    core.venue.position = None if position is None else Decimal(position)
    (record,) = asked(core)
    assert core.view.trading_state_code == code
    if code:
        (event,) = record.events
        assert isinstance(event, TradingStateChanged)
        assert event.numbers == {"venue": Decimal(1), "ours": Decimal(0)}
        assert "the venue holds a position of 1 and our books say 0" in why(record)


def test_the_position_is_compared_after_what_was_told_with_it() -> None:
    """Only together they are one picture."""
    core = rig(BUY)
    core.bar()
    core.venue.tell(part_of(core.view.working_orders[0].terms))
    core.venue.position = Decimal(3)
    asked(core)
    assert core.view.trading_state is TradingState.ACTIVE
    assert core.view.position == 3


# ------------------------------------------------------------------------------------------------- nonsense


class Odd(ScriptedVenue):
    """States whatever the test says, or raises it."""

    def __init__(self, statement: object, *moves: Any) -> None:
        super().__init__(*moves)
        self.statement: Any = statement

    @override
    def reconcile(self, working: object, now: object) -> VenueStatement:
        if isinstance(self.statement, Exception):
            raise self.statement
        stated: VenueStatement = self.statement
        return stated


def _statement(*reports: Any) -> VenueStatement:
    return VenueStatement(reports=reports)


@pytest.mark.parametrize("odd", [None, (), _statement("filled"), RuntimeError("a secret")], ids=repr)
def test_what_is_no_statement_halts_and_confirms_nothing(odd: object) -> None:
    """Not one of its reports is believed, and the gate stays shut."""
    core = rig(NOTHING_TO_DO, venue=Odd(odd))
    assert kinds(asked(core)) == ["FaultObserved"]
    assert core.view.trading_state_code == Reason.FAULT_IN_ADAPTER
    assert core.view.reconciliation_pending is ReconciliationCause.VENUE_FAULT
    assert not any("secret" in why(record) for record in core.records)


def test_unreachable_is_told_apart_from_broken() -> None:
    """Only what trying again may help is tried again without a halt."""
    core = rig(NOTHING_TO_DO, venue=Odd(AdapterUnavailable("gone")))
    assert kinds(asked(core)) == ["ReconciliationFailed"]


# ------------------------------------------------------------------------------------------ journal and fold


@pytest.mark.parametrize(("mode", "synced"), [(RunMode.PAPER, True), (RunMode.SIM, False)])
def test_what_the_venue_said_is_kept_as_its_other_answers_are(mode: RunMode, synced: bool) -> None:
    """Where effects can leave, on disk before anybody acts on it."""
    core = rig(NOTHING_TO_DO, mode=mode)
    core.calls.clear()
    asked(core)
    assert core.calls == ["reconcile ", f"{'keep' if synced else 'note'} VenueReconciled"]


@given(lost=st.lists(st.booleans(), max_size=6), move=st.sampled_from(["accept", "unknown"]))
def test_whatever_was_lost_on_the_way_ends_in_the_same_books(lost: list[bool], move: Any) -> None:
    """A venue whose reports are lost and that is asked at last: the books are those of one that lost nothing."""
    lossy, sound = (rig(BUY, venue=ScriptedVenue(move, fills=False)) for _ in range(2))
    for core in (lossy, sound):
        core.bar()
        terms = core.view.working_orders[0].terms
        for n, is_lost in enumerate(lost):
            fill = part_of(terms, 1, f"trade-{n}")
            core.venue.know(fill)
            if core is sound or not is_lost:
                core.venue.tell(fill)
                core.bar()
        asked(core)
    assert lossy.view.position == len(lost)
    assert lossy.view.portfolio == sound.view.portfolio
    assert lossy.view.working_orders == sound.view.working_orders


def test_folding_the_records_gives_the_same_gate() -> None:
    """Whoever starts again finds what was open."""
    core = rig(BUY, venue=ScriptedVenue("lose"))
    core.cycle.note(STARTED, core.at)
    core.bar()
    asked(core, START)
    core.venue.broken.add("reconcile")
    asked(core)
    state = state_for(core.cycle._parts.strategy, core.cycle._parts.policy)
    for record in core.journal.read():
        evolve(state, record)
    assert state == core.cycle._state
    assert state.reconciliation_pending is PERIODIC


def test_it_tells_of_the_run_and_not_of_the_market() -> None:
    """When the venue is asked is our choice: two runs of one configuration may differ in it. What it told may not."""
    core = rig(BUY)
    core.bar()
    core.venue.tell(part_of(core.view.working_orders[0].terms))
    made = asked(core)
    core.venue.broken.add("reconcile")
    made += asked(core)
    assert [isinstance(record.observation, OrderFilled) for record in made] == [True, False, False]
    assert [record.is_run_boundary for record in made] == [False, True, True]
