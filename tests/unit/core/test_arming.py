"""Armings, through the whole core: what they let out, and how they end."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.arming import Armed, ArmingRefused, DisarmAsked
from interlock.core.commands import Command, OperatorCommand
from interlock.core.decision import Outcome
from interlock.core.evolve import evolve
from interlock.core.modes import RunMode
from interlock.core.observations import RunStarted
from interlock.core.orders import Side
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.records import Disarmed, TradingStateChanged, TradingStateReleased
from interlock.core.state import initial_state
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.armings import an_arming
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import MONDAY

BUY, SELL = an_intent(Side.BUY), an_intent(Side.SELL)
STARTED = RunStarted(
    run_id="r", started_at=MONDAY.open, build="b", config_digest="d", configuration="{}", feed="scripted"
)
DISARM = DisarmAsked(reason="enough", by="trader@desk")


def live(*script: object, **told: Any) -> Rig:
    """A run that has begun in LIVE, and that the venue has confirmed."""
    rig = Rig(*script, journal=MemoryJournal(), mode=RunMode.LIVE, **told)
    rig.cycle.note(STARTED, rig.at)
    rig.cycle.reconcile(ReconciliationCause.START, rig.at)
    return rig


def arm(rig: Rig, armed: Armed | None = None) -> None:
    rig.records.append(rig.cycle.note(armed or an_arming(), rig.at))


def test_unarmed_it_watches_and_enters_nothing() -> None:
    """Whatever the strategy wishes."""
    rig = live(BUY, BUY, BUY)
    rig.bars("100", "101", "102")
    assert {decision.code for decision in rig.decisions} == {Reason.LIVE_NOT_ARMED}
    assert rig.view.trading_state is TradingState.REDUCING
    assert not [call for call in rig.calls if call.startswith("submit")]


def test_armed_it_enters_and_is_counted() -> None:
    """Entries are, and exits are not."""
    rig = live(BUY, SELL, BUY)
    arm(rig)
    assert rig.view.trading_state is TradingState.ACTIVE
    rig.bars("100", "100")
    assert [decision.outcome for decision in rig.decisions] == [Outcome.APPROVED, Outcome.APPROVED]
    assert rig.view.arming is not None
    assert (rig.view.orders_submitted, rig.view.arming.entries) == (2, 1)


ENDINGS: dict[str, Callable[[Rig], None]] = {
    Reason.LIVE_ARMING_EXPIRED: lambda _: None,
    Reason.LIVE_DISARMED: lambda rig: rig.records.append(rig.cycle.note(DISARM, rig.at)),
}


@pytest.mark.parametrize("code", ENDINGS)
def test_an_arming_ends_once_and_leaves_the_way_out_open(code: str) -> None:
    """Disarmed and REDUCING in one record; no bar after it says so again; an exit passes, an entry does not."""
    rig = live(BUY, NOTHING_TO_DO, SELL, BUY)
    arm(rig, an_arming(expires_at=MONDAY.open + timedelta(minutes=3)))
    rig.bars("100", "100")
    ENDINGS[code](rig)
    rig.bars("100", "100", "100")
    ends = [event for event in rig.events if isinstance(event, Disarmed)]
    assert [event.code for event in ends] == [code]
    changes = [event for event in rig.events if isinstance(event, TradingStateChanged)]
    assert [event.code for event in changes] == [code]
    leaving, entering = [decision for decision in rig.decisions if decision.proposal in (SELL, BUY)][-2:]
    assert leaving.outcome is Outcome.APPROVED
    assert entering.code == Reason.LIVE_NOT_ARMED
    assert rig.view.arming is None


def test_the_end_of_an_arming_calls_entries_back() -> None:
    """A working entry could still fill: it is canceled, in the same record."""
    rig = live(BUY, venue=ScriptedVenue(fills=False))
    arm(rig)
    rig.bar("100")
    assert rig.view.has_working_orders
    record = rig.cycle.note(DISARM, rig.at)
    assert [event.kind for event in record.events] == ["Disarmed", "TradingStateChanged", "CancelRequested"]
    assert [call for call in rig.calls if call.startswith("cancel")]
    assert not rig.view.has_working_orders


def test_a_restart_is_unarmed() -> None:
    """A restart never raises privilege, and the arming that was is not one to go back to."""
    rig = live()
    arm(rig)
    rig.cycle.note(STARTED, rig.at)
    assert rig.view.arming is None
    assert (rig.view.trading_state, rig.view.trading_state_code) == (TradingState.REDUCING, Reason.LIVE_NOT_ARMED)
    assert rig.view.last_arming_at == an_arming().issued_at


@pytest.mark.parametrize("command", [Command.HALT, Command.REDUCE])
def test_an_arming_releases_nothing_that_a_person_restricted(command: Command) -> None:
    """It lifts the want of an arming, and nothing else."""
    rig = live()
    arm(rig)
    asked = OperatorCommand(command=command, reason="look at this", by="trader@desk")
    rig.cycle.note(asked, rig.at)
    state = rig.view.trading_state
    arm(rig)
    assert rig.view.trading_state is state is not TradingState.ACTIVE
    assert not [event for event in rig.records[-1].events if isinstance(event, TradingStateReleased)]


def test_a_refused_arming_changes_nothing() -> None:
    """It is told, and that is all."""
    rig = live()
    record = rig.cycle.note(ArmingRefused(reasons=(Cause(code=Reason.ARMING_CHANGED),)), rig.at)
    assert record.events == ()
    assert rig.view.arming is None


def test_the_fold_counts_what_was_entered() -> None:
    """Read again from its records, an arming has the same entries under it."""
    rig = live(BUY, SELL, BUY)
    arm(rig)
    rig.bars("100", "100", "100")
    state = initial_state(lookback=8)
    for record in rig.journal.read():
        evolve(state, record)
    assert state.arming == rig.view.arming
    assert state.arming is not None
    assert state.arming.entries == 2
    assert state.arming.equity_before == Decimal(100_000)


def test_used_up_is_lifted_by_the_next_arming() -> None:
    """Every end of an arming is one that arming anew lifts."""
    rig = live(BUY, SELL, BUY)
    arm(rig, an_arming(max_orders=1))
    rig.bars("100", "100", "100")
    changed = [event for event in rig.events if isinstance(event, TradingStateChanged)]
    assert changed[-1].code == Reason.ENVELOPE_USED_UP
    arm(rig)
    assert rig.view.trading_state is TradingState.ACTIVE
