"""A decision, its order, its reports and its fills are one story, and each says what directly led to it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.commands import Command, OperatorCommand
from interlock.core.decision import CancelIntent, NoAction, Proposal
from interlock.core.market import Silence, Split
from interlock.core.orders import Side, cancel_id, decision_id
from interlock.core.records import CancelRequested
from interlock.core.reports import CancelRejected, OrderCanceled, OrderUnknown
from interlock.core.trading_state import ReconciliationCause
from interlock.core.values import ONE
from interlock.core.view import MarketView
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.controls import a_policy
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY, a_fill, some_terms
from interlock.testing.story_ids import StoryIds

BUY, SELL = an_intent(Side.BUY, quantity="2"), an_intent(Side.SELL)
FIRST, SECOND = f"{JOURNAL_ID[:12]}-1", f"{JOURNAL_ID[:12]}-2"


A_SPLIT = Split(instrument="TEST", ts_event=MONDAY.open + MINUTE, ratio=Decimal(2))


def bar_id(number: int) -> str:
    """The id of what was decided at that bar."""
    return decision_id(JOURNAL_ID, number)


def cancel_the_first(view: MarketView) -> Proposal:
    """Take back the order that has worked longest."""
    working = view.working_orders
    return (
        CancelIntent(code="TEST.WISH", client_order_id=working[0].terms.client_order_id) if working else NOTHING_TO_DO
    )


def rig(*script: object, **told: Any) -> Rig:
    """A core whose venue fills nothing, unless another is given."""
    return Rig(*script, journal=MemoryJournal(), **{"venue": ScriptedVenue(fills=False), **told})


def noted(core: Rig, observation: Any) -> None:
    """It is noted, and what follows is kept."""
    core.records += core.cycle.note_together([observation], core.at)


def asks(command: Command) -> OperatorCommand:
    """A person's word."""
    return OperatorCommand(command=command, reason="a test", by="ann@desk")


def ids(core: Rig, kind: str) -> list[tuple[str | None, str | None]]:
    """Story and cause of each record of a kind that has either."""
    found = [(record.correlation_id, record.causation_id) for record in core.records if record.kind == kind]
    return [each for each in found if each != (None, None)]


def test_a_cancel_of_the_strategy_belongs_to_the_story_of_its_order() -> None:
    """The bar at which it was wished leads to it, and it leads to what the venue answers."""
    core = rig(BUY, cancel_the_first)
    core.bars("100", "100")
    assert ids(core, "Bar") == [(FIRST, bar_id(1)), (FIRST, bar_id(2))]
    assert ids(core, "OrderAccepted") == [(FIRST, bar_id(1))]
    assert ids(core, "OrderCanceled") == [(FIRST, cancel_id(FIRST))]


@pytest.mark.parametrize("observation", [asks(Command.HALT), A_SPLIT])
def test_one_order_that_is_called_back_is_told_in_its_story(observation: Any) -> None:
    """What a person said, or a split, is where it begins: nothing of ours led to it."""
    core = rig(BUY)
    core.bar()
    if isinstance(observation, Split):
        core.step(observation)
    else:
        noted(core, observation)
    assert ids(core, type(observation).__name__) == [(FIRST, None)]
    assert ids(core, "OrderCanceled") == [(FIRST, cancel_id(FIRST))]


def test_several_orders_that_are_called_back_together_are_the_story_of_none() -> None:
    """Each answer is of its own order, and names the request."""
    core = rig(BUY, BUY)
    core.bars("100", "100")
    noted(core, asks(Command.HALT))
    assert ids(core, "OperatorCommand") == []
    assert ids(core, "OrderCanceled") == [(FIRST, cancel_id(FIRST)), (SECOND, cancel_id(SECOND))]
    StoryIds(core.records, JOURNAL_ID).check()


def test_an_exit_that_goes_out_while_entries_are_called_back_is_told_in_its_own_story() -> None:
    """What was decided counts, and not what went with it."""
    waits = an_intent(Side.BUY, limit_price="96")
    core = rig(BUY, waits, SELL, venue=ScriptedVenue(), policy=a_policy(daily_loss={"limit": Decimal(5)}))
    core.bars("100", "100", "97")
    third = f"{JOURNAL_ID[:12]}-3"
    (record,) = [record for record in core.records if record.correlation_id == third and record.kind == "Bar"]
    assert record.causation_id == bar_id(3)
    assert [event.client_order_id for event in record.events if isinstance(event, CancelRequested)] == [SECOND]
    assert (SECOND, cancel_id(SECOND)) in ids(core, "OrderCanceled")
    StoryIds(core.records, JOURNAL_ID).check()


def test_a_cancel_that_nobody_asked_for_follows_from_the_order() -> None:
    """Until it is asked for, whatever the venue does with it follows from the decision to send it."""
    core = rig(BUY)
    core.bar()
    core.venue.tell(OrderCanceled(client_order_id=FIRST, ts_event=core.at))
    core.bar()
    assert ids(core, "OrderCanceled") == [(FIRST, bar_id(1))]


def test_what_was_asked_for_is_remembered_while_nobody_knows() -> None:
    """An order in doubt that is called back, and is canceled then, was called back."""
    core = rig(BUY, venue=ScriptedVenue("unknown", fills=False))
    core.bar()
    noted(core, asks(Command.HALT))
    assert ids(core, "OrderUnknown") == [(FIRST, bar_id(1))]
    assert ids(core, "OrderCanceled") == [(FIRST, cancel_id(FIRST))]


def test_a_fill_of_nobody_has_a_name_and_no_cause() -> None:
    """It calls back what works: that is its own doing."""
    core = rig(BUY)
    core.bar()
    core.venue.tell(a_fill(some_terms(ordinal=77), ONE, ONE))
    core.bar()
    assert ids(core, "OrderFilled") == [(f"{JOURNAL_ID[:12]}-77", None)]
    assert any(isinstance(event, CancelRequested) for record in core.records for event in record.events)
    StoryIds(core.records, JOURNAL_ID).check()


Step = Callable[[Rig], object]


def _tells(make: Callable[[str, Rig], object]) -> Step:
    def step(core: Rig) -> None:
        for order in core.view.working_orders[:1]:
            core.venue.tell(make(order.terms.client_order_id, core))
        core.bar()

    return step


def _faulty_bar(core: Rig) -> None:
    core.venue.broken.add("on_market")
    core.bar()
    core.venue.broken.clear()


STEPS: dict[str, Step] = {
    "bar": lambda core: core.bar(),
    "silence": lambda core: core.step(Silence(until=core.at + MINUTE), core.at + MINUTE),
    "split": lambda core: core.step(Split(instrument="TEST", ts_event=core.at, ratio=ONE)),
    "halt": lambda core: noted(core, asks(Command.HALT)),
    "reduce": lambda core: noted(core, asks(Command.REDUCE)),
    "resume": lambda core: noted(core, asks(Command.RESUME)),
    "reconcile": lambda core: core.records.extend(core.cycle.reconcile(ReconciliationCause.PERIODIC, core.at)),
    "unasked": _tells(lambda name, core: OrderCanceled(client_order_id=name, ts_event=core.at)),
    "no": _tells(lambda name, core: CancelRejected(client_order_id=name, ts_event=core.at, code="TEST.NO")),
    "lost": _tells(lambda name, core: OrderUnknown(client_order_id=name, ts_event=core.at)),
    "foreign": _tells(lambda _, core: a_fill(some_terms(ordinal=900), ONE, ONE, trade_id=f"x-{len(core.records)}")),
    "fault": _faulty_bar,
}
WISHES = [NOTHING_TO_DO, BUY, BUY, SELL, cancel_the_first, NoAction(code="TEST.NO"), ZeroDivisionError()]


@given(
    script=st.lists(st.sampled_from(WISHES), max_size=12),
    moves=st.lists(st.sampled_from(["accept", "reject", "unknown", "lose", "raise"]), max_size=4),
    steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=14),
    fills=st.booleans(),
)
def test_whatever_happens_each_report_names_its_order_and_what_led_to_it(
    script: list[object], moves: list[Any], steps: list[str], fills: bool
) -> None:
    """Up to a bar, or to what came from outside; and what is called back, sent or neither has the ids of that."""
    core = rig(BUY, *script, venue=ScriptedVenue(*moves, fills=fills))
    core.bar()
    for step in steps:
        STEPS[step](core)
    StoryIds(core.records, JOURNAL_ID).check()


def test_the_check_finds_what_is_wrong() -> None:
    """Another order, another cause, one that comes later, and none."""
    core = rig(BUY, cancel_the_first)
    core.bars("100", "100")
    at = next(place for place, record in enumerate(core.records) if record.kind == "OrderCanceled")
    for wrong in ({"correlation_id": SECOND}, {"causation_id": bar_id(1)}, {"causation_id": None}):
        records = [*core.records[:at], replace(core.records[at], **wrong)]
        with pytest.raises(AssertionError):
            StoryIds(records, JOURNAL_ID).check()
