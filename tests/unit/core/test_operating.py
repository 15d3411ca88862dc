"""A person's word restricts at once and releases only what nothing stands behind; a restriction calls orders back."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.arming import Armed, ArmingRefused, DisarmAsked, Envelope
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.cycle import state_for
from interlock.core.decision import CancelIntent, Outcome
from interlock.core.evolve import evolve
from interlock.core.explain import why
from interlock.core.modes import RunMode
from interlock.core.observations import Observation, RunStarted
from interlock.core.operating import is_shut
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderClass, Side
from interlock.core.ports.risk import Breach
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.records import Disarmed, Record, TradingStateChanged, TradingStateReleased
from interlock.core.risk.policy import RulePolicy
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.view import MarketView
from interlock.testing.builders import A_TIME
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID, MONDAY

ACTIVE, REDUCING, HALTED = TradingState
BUY, SELL = an_intent(Side.BUY, quantity="6"), an_intent(Side.SELL, quantity="6")
FIRST, SECOND = f"{JOURNAL_ID[:12]}-1", f"{JOURNAL_ID[:12]}-2"
STARTED = RunStarted(
    run_id="run", started_at=A_TIME, build="test", config_digest="digest", configuration="{}", feed="memory"
)
SWITCH = KillSwitchSeen(state=HALTED, found="HALT")
ENVELOPE = Envelope(
    instruments=("TEST",), max_quantity=Decimal(10), max_notional=Decimal(5_000), max_orders=3, max_loss=Decimal(100)
)
ARMED = Armed(
    fingerprint="0123456789abcdef",
    by="ann@desk",
    issued_at=A_TIME,
    expires_at=MONDAY.close + timedelta(days=9),
    envelope=ENVELOPE,
)


def rig(*script: object, **told: Any) -> Rig:
    """A core over a journal in memory, whose venue fills nothing."""
    return Rig(*script, journal=MemoryJournal(), **{"venue": ScriptedVenue(fills=False), **told})


BUILD = Cause(code=Reason.ARMING_FOR_ANOTHER, numbers={"what": "build"})


def asks(command: Command, *standing: str) -> OperatorCommand:
    """A person's word."""
    return OperatorCommand(
        command=command, reason="lunch", by="ann@desk", standing=tuple(Cause(code=each) for each in standing)
    )


def told(core: Rig, observation: Any) -> list[Record]:
    """It is noted; every record that was made."""
    made = list(core.cycle.note_together([observation], core.at))
    core.records += made
    return made


def kinds(record: Record) -> list[str]:
    """What happened, by name."""
    return [type(event).__name__ for event in record.events]


def codes(record: Record) -> list[Any]:
    """Why it happened."""
    return [getattr(event, "code", None) for event in record.events]


class Standing(RulePolicy):
    """The real policy, and what is to stand in a release's way."""

    stands: object = ()

    @override
    def standing(self, view: MarketView) -> Sequence[Breach]:
        if isinstance(self.stands, BaseException):
            raise self.stands
        return self.stands  # type: ignore[return-value]


def standing(stands: object) -> RulePolicy:
    """A policy behind which ``stands`` stands."""
    sound = a_policy()
    policy = Standing(sound.rules, fees=sound.fees, limits_version="test")
    policy.stands = stands
    return policy


def breach(state: TradingState) -> Breach:
    """A rule's finding that trading has to be ``state``."""
    return Breach(rule="odd", event=TradingStateChanged(state=state, code="TEST.STANDS"))


# ------------------------------------------------------------------------------------------- restricting


@pytest.mark.parametrize(
    ("observation", "state", "code"),
    [
        (asks(Command.HALT), HALTED, Reason.OPERATOR_HALT),
        (asks(Command.REDUCE), REDUCING, Reason.OPERATOR_REDUCE),
        (SWITCH, HALTED, Reason.KILL_SWITCH),
        (KillSwitchSeen(state=REDUCING, found="REDUCE"), REDUCING, Reason.KILL_SWITCH),
    ],
)
def test_a_person_restricts_trading_at_once_and_why_is_on_record(
    observation: Observation, state: TradingState, code: Reason
) -> None:
    """No rule is asked, and nothing that raises risk passes from there on."""
    core = rig(BUY)
    (record,) = told(core, observation)
    assert (core.view.trading_state, core.view.trading_state_code) == (state, code)
    assert codes(record) == [code]
    assert "ann@desk" in why(record) or "kill switch" in why(record)
    core.bar()
    assert core.decisions[-1].outcome is Outcome.DENIED
    assert core.venue.submitted == []


def test_a_halt_latches_first_and_then_calls_back_every_working_order() -> None:
    """The record with the latch and the intention to cancel is on disk before the venue hears of it."""
    core = rig(BUY, BUY, mode=RunMode.PAPER)
    core.bars("100", "100")
    core.calls.clear()
    halted, *answers = told(core, asks(Command.HALT))
    assert kinds(halted) == ["TradingStateChanged", "CancelRequested", "CancelRequested"]
    assert core.calls[:3] == ["keep OperatorCommand", f"cancel {FIRST}", f"cancel {SECOND}"]
    assert [record.kind for record in answers] == ["OrderCanceled", "OrderCanceled"]
    assert not core.view.working_orders
    assert "such an order may not work any more" in why(halted)


def test_reducing_calls_entries_back_and_leaves_exits_working() -> None:
    """What takes risk away is what is wanted."""
    venue = ScriptedVenue()
    core = rig(BUY, SELL, BUY, venue=venue)
    core.bar()
    core.bar()
    venue._fills = False
    assert [order.terms.order_class for order in core.view.working_orders] == [OrderClass.EXIT]
    told(core, asks(Command.REDUCE))
    assert [order.terms.client_order_id for order in core.view.working_orders] == [SECOND]
    told(core, SWITCH)
    assert not core.view.working_orders


def test_what_halts_by_itself_calls_back_as_well() -> None:
    """A fault in the strategy is lost trust like any other."""

    def boom(_: object) -> object:
        raise RuntimeError("boom")

    core = rig(BUY, boom)
    core.bars("100", "100")
    assert core.view.trading_state is HALTED
    assert core.calls.count(f"cancel {FIRST}") == 1
    core.bar()
    assert core.calls.count(f"cancel {FIRST}") == 1


def test_a_report_that_halts_calls_the_others_back() -> None:
    """Also one that comes as the answer to something else."""
    core = rig(BUY, NOTHING_TO_DO)
    core.bar()
    core.venue.tell(core.venue.find(FIRST)[0], object())
    core.bar()
    assert core.view.trading_state is HALTED
    assert f"cancel {FIRST}" in core.calls


def test_a_cancel_that_never_left_is_asked_for_again_when_the_venue_has_answered() -> None:
    """kill -9 between the record and the venue: whoever starts again finds the cancel pending, and sends it."""
    core = rig(BUY, CancelIntent(code="TEST.WISH", client_order_id=FIRST))
    core.bar()
    core.venue.cancel = lambda client_order_id, now: None  # type: ignore[method-assign]
    core.bar()
    assert core.view.working_orders[0].state is OrderState.PENDING_CANCEL
    del core.venue.cancel
    made = list(core.cycle.reconcile(ReconciliationCause.START, core.at))
    (request,) = made[0].events
    assert (request.client_order_id, request.code) == (FIRST, Reason.CANCEL_NOT_ANSWERED)  # type: ignore[union-attr]
    assert made[-1].kind == "OrderCanceled"
    assert not core.view.working_orders


def test_an_order_that_was_overtaken_by_a_halt_does_not_leave() -> None:
    """Approved and on record, and then something halts before it is handed over."""
    venue = ScriptedVenue()
    core = rig(BUY, NOTHING_TO_DO, SELL, venue=venue)
    core.bars("100", "100")
    venue._fills = False
    state = core.cycle._state
    original = core.cycle._keep

    def keeping(records: Sequence[Record]) -> None:
        original(records)
        state.trading_state, state.trading_state_code = HALTED, "TEST.STAGED"

    core.cycle._keep = keeping  # type: ignore[method-assign]
    core.bar()
    assert core.venue.submitted == [FIRST]
    rejected = core.records[-1]
    assert rejected.observation.code == Reason.RESTRICTED_BEFORE_SENDING  # type: ignore[union-attr]
    assert "was not sent: RESTRICTED_BEFORE_SENDING: trading was restricted after" in why(rejected)
    assert not core.view.working_orders


@pytest.mark.parametrize(
    ("state", "shut"), [(ACTIVE, set()), (REDUCING, {OrderClass.ENTRY}), (HALTED, set(OrderClass))]
)
def test_which_classes_of_order_a_state_lets_out(state: TradingState, shut: set[OrderClass]) -> None:
    """As the table of the design has it; cancels are no orders and are never asked about."""
    core = rig()
    core.cycle._state.trading_state = state
    assert {each for each in OrderClass if is_shut(core.view, each)} == shut


# --------------------------------------------------------------------------------------------- releasing


def test_a_person_releases_what_nothing_stands_behind() -> None:
    """And entries pass again."""
    core = rig(BUY)
    told(core, asks(Command.HALT))
    (record,) = told(core, asks(Command.RESUME))
    assert kinds(record) == ["TradingStateReleased"]
    assert (core.view.trading_state, core.view.trading_state_code) == (ACTIVE, "")
    assert why(record).endswith("trading is released: OPERATOR_RESUME: ann@desk released trading: lunch")
    core.bar()
    assert core.decisions[-1].outcome is Outcome.APPROVED


def test_where_nothing_is_restricted_there_is_nothing_to_release() -> None:
    """It is on record that somebody asked."""
    core = rig()
    (record,) = told(core, asks(Command.RESUME))
    assert record.events == ()
    assert why(record) == "ann@desk asks for trading to be released: lunch"


@pytest.mark.parametrize("stands", [(breach(HALTED),), (breach(REDUCING), breach(HALTED))])
def test_a_release_is_refused_while_a_rule_would_halt_again(stands: object) -> None:
    """It says which."""
    core = rig(policy=standing(stands))
    told(core, asks(Command.HALT))
    (record,) = told(core, asks(Command.RESUME))
    assert codes(record) == [Reason.RELEASE_CAUSE_STANDS]
    assert "HALTED TEST.STANDS" in why(record)
    assert core.view.trading_state_code == Reason.OPERATOR_HALT


def test_a_release_goes_as_far_as_what_stands_allows() -> None:
    """A halt while a loss stands is released to reducing: a person may want to get out."""
    core = rig(policy=standing((breach(REDUCING),)))
    told(core, asks(Command.HALT))
    (record,) = told(core, asks(Command.RESUME))
    assert kinds(record) == ["TradingStateReleased", "TradingStateChanged"]
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, "TEST.STANDS")
    (record,) = told(core, asks(Command.RESUME))
    assert codes(record) == [Reason.RELEASE_CAUSE_STANDS]
    assert core.view.trading_state is REDUCING


def test_a_release_is_refused_while_something_outside_of_the_books_stands() -> None:
    """A file that cannot be removed."""
    core = rig()
    told(core, SWITCH)
    (record,) = told(core, asks(Command.RESUME, "HALT is still there"))
    assert codes(record) == [Reason.RELEASE_CAUSE_STANDS]
    assert "HALT is still there" in why(record)
    assert core.view.trading_state is HALTED


def test_a_release_is_refused_while_the_venue_holds_another_position() -> None:
    """Until it says the same as our books."""
    core = rig()
    core.venue.position = Decimal(3)
    core.cycle.reconcile(ReconciliationCause.PERIODIC, core.at)
    assert core.view.position_disputed
    (record,) = told(core, asks(Command.RESUME))
    assert "HALTED RECONCILIATION_MISMATCH" in why(record)
    core.venue.position = Decimal(0)
    core.cycle.reconcile(ReconciliationCause.PERIODIC, core.at)
    told(core, asks(Command.RESUME))
    assert core.view.trading_state is ACTIVE


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit()])
def test_a_policy_that_cannot_say_what_stands_releases_nothing(error: BaseException) -> None:
    """It is a fault, and halts like every other."""
    core = rig(policy=standing(error))
    told(core, asks(Command.REDUCE))
    (record,) = told(core, asks(Command.RESUME))
    assert kinds(record) == ["FaultRaised", "TradingStateChanged"]
    assert core.view.trading_state is HALTED


# ------------------------------------------------------------------------------------------------- arming


def live(*script: object, **told_: Any) -> Rig:
    """A core in LIVE whose run has begun and whose venue has answered."""
    core = rig(*script, mode=RunMode.LIVE, **told_)
    told(core, STARTED)
    core.cycle.reconcile(ReconciliationCause.START, core.at)
    return core


def test_live_begins_reducing_for_want_of_an_arming() -> None:
    """Watching, exits and cancels need none."""
    core = live()
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, Reason.LIVE_NOT_ARMED)
    assert core.view.arming is None


def test_an_arming_lifts_the_want_of_one() -> None:
    """It says who armed, and where things stood is kept to count from."""
    core = live(BUY)
    (record,) = told(core, ARMED)
    assert codes(record) == [Reason.LIVE_ARMED]
    assert core.view.trading_state is ACTIVE
    assert core.view.arming is not None
    assert (core.view.arming.entries, core.view.arming.equity_before) == (0, Decimal(100_000))
    assert core.view.last_arming_at == A_TIME
    assert "ann@desk armed LIVE until " in why(record)


@pytest.mark.parametrize("before", [asks(Command.HALT), asks(Command.REDUCE)])
def test_an_arming_lifts_nothing_else(before: OperatorCommand) -> None:
    """A halt needs its own release, and a person's word to reduce as well."""
    core = live()
    told(core, ARMED)
    told(core, before)
    was = core.view.trading_state_code
    (record,) = told(core, ARMED)
    assert record.events == ()
    assert core.view.trading_state_code == was


@pytest.mark.parametrize("word", [asks(Command.REDUCE), KillSwitchSeen(state=REDUCING, found="REDUCE")])
def test_a_word_to_reduce_while_unarmed_is_not_lifted_by_an_arming(word: Observation) -> None:
    """LIVE reduces already for want of an arming: what a person asks for takes its place, and needs a release."""
    core = live(BUY)
    told(core, word)
    said = core.view.trading_state_code
    assert said in (Reason.OPERATOR_REDUCE, Reason.KILL_SWITCH)
    told(core, ARMED)
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, said)
    core.bar()
    assert core.decisions[-1].outcome is Outcome.DENIED
    told(core, STARTED)
    assert core.view.trading_state_code == said
    told(core, asks(Command.RESUME))
    assert core.view.trading_state_code == Reason.LIVE_NOT_ARMED


def test_an_arming_goes_as_far_as_what_stands_allows() -> None:
    """A loss that came while unarmed still stands."""
    core = live(policy=standing((breach(REDUCING),)))
    told(core, ARMED)
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, "TEST.STANDS")


def test_a_release_does_not_arm() -> None:
    """LIVE is released to what it begins with."""
    core = live()
    told(core, asks(Command.HALT))
    told(core, asks(Command.RESUME))
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, Reason.LIVE_NOT_ARMED)


def test_disarming_ends_entries_and_calls_them_back() -> None:
    """And once more changes nothing."""
    core = live(BUY)
    told(core, ARMED)
    core.bar()
    asked = DisarmAsked(reason="lunch", by="ann@desk")
    record, *_ = told(core, asked)
    assert kinds(record) == ["Disarmed", "TradingStateChanged", "CancelRequested"]
    assert core.view.arming is None
    assert core.view.trading_state_code == Reason.LIVE_DISARMED
    assert not core.view.working_orders
    (record,) = told(core, asked)
    assert record.events == ()
    told(core, ARMED)
    assert core.view.trading_state is ACTIVE


def test_a_run_never_inherits_an_arming() -> None:
    """A restart never raises privilege."""
    core = live()
    told(core, ARMED)
    told(core, STARTED)
    assert core.view.arming is None
    assert core.view.trading_state_code == Reason.LIVE_NOT_ARMED


def test_a_refused_arming_changes_nothing_and_is_on_record() -> None:
    """With each of its reasons."""
    core = live()
    (record,) = told(core, ArmingRefused(reasons=(BUILD, Cause(code=Reason.ARMING_CHANGED))))
    assert record.events == ()
    assert why(record) == (
        "an arming is refused and gone: ARMING_FOR_ANOTHER: it was typed for another build; "
        "ARMING_CHANGED: it was changed after it was typed"
    )


def test_a_rule_that_disarms_reduces() -> None:
    """The event alone would leave trading ACTIVE."""

    class Disarms(RulePolicy):
        @override
        def watch(self, view: MarketView) -> Sequence[Breach]:
            return [Breach(rule="odd", event=Disarmed(code="TEST.OVER"))] if view.arming is not None else ()

    sound = a_policy()
    core = live(policy=Disarms(sound.rules, fees=sound.fees, limits_version="test"))
    told(core, ARMED)
    core.bar()
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, "TEST.OVER")
    assert core.view.arming is None


def test_folding_the_records_gives_the_same_state() -> None:
    """Commands, releases and armings are found again by whoever starts."""
    core = live(BUY)
    for each in (ARMED, asks(Command.HALT), asks(Command.RESUME), DisarmAsked(reason="r", by="b"), SWITCH):
        told(core, each)
    core.bar()
    state = state_for(core.cycle._parts.strategy, core.cycle._parts.policy)
    for record in core.cycle._journal.read():
        evolve(state, record)
    assert state == core.cycle._state


def test_a_release_and_what_still_stands_are_told_apart() -> None:
    """By their names, for whoever searches a journal."""
    assert TradingStateReleased(code="X").kind == "TradingStateReleased"
    assert TradingStateChanged(state=REDUCING, code="X").kind == "TradingStateChanged"
