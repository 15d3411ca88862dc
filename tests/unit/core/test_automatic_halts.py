"""What restricts trading by itself, through the whole core: the latch, the orders that it calls back, its release."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.commands import Command, OperatorCommand
from interlock.core.cycle import state_for
from interlock.core.evolve import evolve
from interlock.core.market import Silence
from interlock.core.orders import OrderTerms, Side
from interlock.core.reasons import Reason
from interlock.core.records import Event, ReleaseRefused, TradingStateChanged
from interlock.core.reports import OrderRejected, OrderUnknown
from interlock.core.trading_state import TradingState
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ScriptedStrategy, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import MINUTE, TUESDAY, some_terms

ACTIVE, REDUCING, HALTED = TradingState
BUY, BUY_TEN, SELL = an_intent(), an_intent(quantity="10"), an_intent(Side.SELL)
WAITING = an_intent(limit_price="96")
HOUR = timedelta(hours=1)


def rig(*script: object, venue: ScriptedVenue | None = None, **limits: Any) -> Rig:
    """A core under these limits, with all controls on."""
    return Rig(*script, journal=MemoryJournal(), venue=venue, policy=a_policy(**limits))


def resume(core: Rig) -> Event:
    """A person asks for a release; what came of it first."""
    asked = OperatorCommand(command=Command.RESUME, reason="looked at it", by="ann@desk")
    record = core.cycle.note(asked, core.at)
    core.records.append(record)
    return record.events[0]


def restricted(core: Rig) -> list[tuple[TradingState, str]]:
    """Every restriction so far, in order."""
    return [(event.state, event.code) for event in core.events if isinstance(event, TradingStateChanged)]


def lost(terms: OrderTerms) -> OrderUnknown:
    """The answer to an order of which nobody can say what became."""
    return OrderUnknown(client_order_id=terms.client_order_id, ts_event=terms.ts_init)


def silent_feed() -> Rig:
    core = rig()
    core.bar()
    core.step(Silence(until=core.at + HOUR), core.at + HOUR)
    return core


def lasting_doubt() -> Rig:
    core = rig(BUY, venue=ScriptedVenue(lost, fills=False))
    core.bar()
    core.bar(after=HOUR)
    return core


def clock_back() -> Rig:
    core = rig()
    core.bar()
    core.step(Silence(until=core.at), core.at - HOUR)
    return core


def losing(**limits: Any) -> Rig:
    """Ten are held, and fall from 100 to 90."""
    core = rig(BUY_TEN, **limits)
    core.bars("100", "100", "95", "90")
    return core


def storm() -> Rig:
    core = rig(BUY, BUY, BUY, repeated_executions={"limit": 2, "window_seconds": Decimal(600)})
    core.bars("100", "100", "100", "100")
    return core


def a_bar_comes(core: Rig) -> None:
    core.bar()


def the_next_session(core: Rig) -> None:
    core.step(a_bar("90", at=TUESDAY.open + MINUTE))


def the_venue_answers(core: Rig) -> None:
    core.venue.tell(OrderRejected(client_order_id=some_terms().client_order_id, ts_event=core.at, code="X", detail=""))
    core.bar()


def nothing_more(_: Rig) -> None:
    """It is over as soon as it has happened."""


@pytest.mark.parametrize(
    ("happens", "state", "code", "is_over"),
    [
        (silent_feed, REDUCING, Reason.FEED_STALE, a_bar_comes),
        (lasting_doubt, HALTED, Reason.ORDER_IN_DOUBT_TOO_LONG, the_venue_answers),
        (lambda: losing(daily_loss={"limit": Decimal(60)}), REDUCING, Reason.DAILY_LOSS_EXCEEDED, the_next_session),
        (clock_back, HALTED, Reason.CLOCK_STEPPED_BACK, nothing_more),
        (lambda: losing(drawdown={"limit": Decimal(60)}), REDUCING, Reason.DRAWDOWN_EXCEEDED, nothing_more),
        (storm, REDUCING, Reason.EXECUTIONS_EXCEEDED, nothing_more),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_restricts_calls_back_and_is_released_once_it_is_over(
    happens: Callable[[], Rig], state: TradingState, code: Reason, is_over: Callable[[Rig], None]
) -> None:
    """Not before, and not by waiting alone; released, it does not come again by itself. The records say it all."""
    core = happens()
    assert restricted(core) == [(state, code)]
    if is_over is not nothing_more:
        refused = resume(core)
        assert isinstance(refused, ReleaseRefused)
        assert refused.numbers["causes"] == f"{state} {code}"
        is_over(core)
    assert (core.view.trading_state, core.view.trading_state_code) == (state, code)
    resume(core)
    assert core.view.trading_state is ACTIVE
    core.bar("90" if core.view.bar.close == 90 else "100")
    core.step(Silence(until=core.at), core.at)
    assert restricted(core) == [(state, code)]
    assert core.view.trading_state is ACTIVE
    policy = core.cycle._parts.policy
    state_of_records = state_for(ScriptedStrategy(), policy)
    for record in core.records:
        evolve(state_of_records, record)
    assert state_of_records == core.cycle._state


def test_a_halt_that_hides_a_drawdown_is_released_to_reducing() -> None:
    """And what was lost is forgiven by a release of its own: nobody has looked at it before."""
    core = rig(BUY_TEN, drawdown={"limit": Decimal(60)})
    core.bars("100", "100")
    core.cycle.note(OperatorCommand(command=Command.HALT, reason="lunch", by="ann@desk"), core.at)
    core.bars("90", "90")
    assert core.view.trading_state_code == Reason.OPERATOR_HALT
    resume(core)
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, Reason.DRAWDOWN_EXCEEDED)
    core.bar("90")
    resume(core)
    core.bar("90")
    assert core.view.trading_state is ACTIVE


def test_a_drawdown_that_another_restriction_hides_is_told_after_its_release() -> None:
    """A release forgives what it releases: the next bar restricts trading again, and says why."""
    core = rig(BUY_TEN, drawdown={"limit": Decimal(60)})
    core.bars("100", "100")
    core.cycle.note(OperatorCommand(command=Command.REDUCE, reason="lunch", by="ann@desk"), core.at)
    core.bars("90", "90")
    resume(core)
    core.bar("90")
    assert (core.view.trading_state, core.view.trading_state_code) == (REDUCING, Reason.DRAWDOWN_EXCEEDED)


def test_an_entry_that_works_is_called_back_and_exits_pass() -> None:
    """After a loss: what is held may be left, and nothing is added to it."""
    core = rig(BUY_TEN, WAITING, drawdown={"limit": Decimal(30)}, venue=ScriptedVenue())
    core.bars("100", "100", "98", "96.5")
    assert core.view.trading_state is REDUCING
    assert not core.view.has_working_orders
    assert [call.partition(" ")[0] for call in core.calls if call.startswith("cancel")] == ["cancel"]


def test_a_storm_inside_the_rate_of_orders_is_stopped_all_the_same() -> None:
    """Each order passed every rule; together they are more than was meant, and an entry is denied from then on."""
    core = rig(BUY, SELL, BUY, SELL, BUY, BUY, repeated_executions={"limit": 3, "window_seconds": Decimal(3600)})
    core.bars(*["100"] * 6)
    assert restricted(core) == [(REDUCING, Reason.EXECUTIONS_EXCEEDED)]
    denied = core.decisions[-1]
    assert denied.code == Reason.TRADING_STATE_REDUCING
    assert Reason.EXECUTIONS_EXCEEDED in {finding.code for finding in denied.findings}
