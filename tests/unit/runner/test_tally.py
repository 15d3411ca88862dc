"""What a run adds up to."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.decision import Decision, NoAction, Outcome
from interlock.core.market import Bar
from interlock.core.observations import CycleOverran, Observation
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderFilled
from interlock.runner.tally import Held, Tally
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar
from interlock.testing.strategies import records


@given(st.lists(records(), max_size=20))
def test_every_record_is_counted_once_under_what_it_is(told: list[Record]) -> None:
    """The counts are those of a plain walk over the records."""
    tally = Tally()
    for record in told:
        tally.count(record)
    decided = [record.decision for record in told if record.decision is not None]
    fills = [record.observation for record in told if isinstance(record.observation, OrderFilled)]
    assert tally.bars == sum(isinstance(record.observation, Bar) for record in told)
    assert tally.fills == len(fills)
    assert tally.slippage == sum((fill.slippage for fill in fills), Decimal(0))
    assert tally.orders == sum(isinstance(event, OrderSubmitted) for record in told for event in record.events)
    assert sum(tally.decisions.values()) == sum(tally.reasons.values()) == len(decided)
    assert sum(tally.denials.values()) == sum(decision.outcome is Outcome.DENIED for decision in decided)
    assert set(tally.decisions) == {outcome.value for outcome in Outcome}


@given(st.lists(st.sampled_from(["A", "B"]), max_size=8))
def test_it_knows_how_long_a_reason_has_held(codes: list[str]) -> None:
    """However often it is asked for the counts in between."""
    tally = Tally()
    for minute, code in enumerate(codes):
        decision = Decision(Outcome.NO_ACTION, code + "", NoAction(code=code))
        tally.count(Record(A_TIME + minute * A_MINUTE, a_bar(), decision))
        tally.count(Record(A_TIME, CycleOverran(missed=1)))
        if minute % 2:
            assert tally.decisions["NO_ACTION"] == minute + 1
    held = tally.held
    if not codes:
        assert held is None
        return
    row = len(codes) - max((at + 1 for at, code in enumerate(codes) if code != codes[-1]), default=0)
    assert held == Held(code=codes[-1], cycles=row, since=A_TIME + (len(codes) - row) * A_MINUTE)


@pytest.mark.parametrize("missed", [(1,), (3, 4)])
def test_cycles_that_were_left_out_are_added_up(missed: tuple[int, ...]) -> None:
    """However many overruns there were."""
    tally = Tally()
    for each in missed:
        overran: Observation = CycleOverran(missed=each)
        tally.count(Record(ts_init=A_TIME, observation=overran))
    assert tally.cycles_missed == sum(missed)
