"""A recorded moment can be decided again, and what came before it is remembered as far as it has to be."""

import random
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve as changed_of
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.again import fitted, other_limits, unforgetting
from interlock.core.cycle import state_for
from interlock.core.decision import OrderIntent
from interlock.core.evolve import evolve
from interlock.core.market import Split
from interlock.core.orders import OrderClass, Side
from interlock.core.records import Record
from interlock.core.risk.policy import RulePolicy
from interlock.core.state import State
from interlock.core.taking import Taking
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.deciding_again import again_at, limits_of, policy_of
from interlock.testing.fakes import ScriptedStrategy, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import MINUTE

LIMITS = limits_of(without=("drawdown",))


def asking(
    lookback: int, sums: tuple[int, ...], orders: int, executions: int, peak: bool
) -> tuple[ScriptedStrategy, RulePolicy]:
    """Somebody who looks back that far."""
    limits = limits_of(
        without=() if peak else ("drawdown",),
        order_rate={"entries": orders, "exits": 1, "window_seconds": Decimal(900)},
        repeated_executions={"limit": executions, "window_seconds": Decimal(900)},
    )
    return ScriptedStrategy(lookback=lookback, sums=sums), policy_of(limits)


def some_run(seed: int, bars: int = 14) -> list[Record]:
    """Orders on both sides, fills, a split."""
    chance = random.Random(seed)
    script = [an_intent(chance.choice((Side.BUY, Side.BUY, Side.SELL)), chance.choice("12")) for _ in range(bars)]
    generous = limits_of(order_rate={"entries": 99, "exits": 99, "window_seconds": Decimal(1)})
    rig = Rig(
        journal=MemoryJournal(),
        strategy=ScriptedStrategy(*script),
        policy=policy_of(generous),
        venue=ScriptedVenue(*(chance.choice(("accept", "accept", "reject")) for _ in range(bars))),
    )
    for place in range(bars):
        if place == bars // 2:
            rig.step(Split(instrument="TEST", ts_event=rig.at + timedelta(seconds=1), ratio=Decimal(2)))
        rig.bar(str(chance.randint(98, 102)), after=MINUTE)
    return rig.records


def folded(records: list[Record], state: State) -> State:
    """What they add up to in that state."""
    for record in records:
        evolve(state, record)
    return state


@given(
    seed=st.integers(0, 2**16),
    end=st.integers(0, 40),
    lookback=st.integers(1, 9),
    orders=st.integers(1, 6),
    executions=st.integers(1, 6),
    peak=st.booleans(),
)
def test_what_is_cut_to_measure_is_what_was_folded_to_it(
    seed: int, end: int, lookback: int, orders: int, executions: int, peak: bool
) -> None:
    """From a state that forgot nothing, for anybody: the very state that they would have had."""
    records = some_run(seed)[: 1 + end]
    strategy, policy = asking(lookback, (1, lookback), orders, executions, peak)
    stood = folded(records, unforgetting(state_for(strategy, policy), strategy, policy, len(records)))
    wide = deepcopy(stood)
    other, also = asking(lookback, (lookback,), orders, executions, peak)
    assert fitted(stood, other, also) == folded(records, state_for(other, also))
    narrow, rules = asking(1, (1,), 1, 1, False)
    assert fitted(stood, narrow, rules) == folded(records, state_for(narrow, rules))
    assert stood == wide


def test_what_was_forgotten_is_not_made_up() -> None:
    """A longer window, more orders, more executions, a peak that was never kept: then there is none to be had."""
    records = some_run(1)
    have = asking(3, (3,), 2, 2, False)
    stood = folded(records, state_for(*have))
    assert fitted(stood, *have) == stood
    for more in ((4, (3,), 2, 2, False), (3, (3,), 2, 3, False), (3, (3,), 2, 2, True)):
        assert fitted(stood, *asking(*more)) is None, more
    assert fitted(stood, *asking(3, (2,), 2, 2, False)) is not None, "a shorter sum is in the window"


def test_orders_that_are_remembered_tell_when_they_were_submitted() -> None:
    """So a rule that counts further back can be asked, as far as none of them is missing."""
    records = some_run(1)
    have, more, all_of_them = (asking(1, (), orders, 2, False) for orders in (1, 3, 99))
    stood = folded(records, state_for(*have))
    assert fitted(stood, *more) == folded(records, state_for(*more))
    assert fitted(stood, *all_of_them) == folded(records, state_for(*all_of_them))
    of_class = [order for order in stood.ended_orders.values() if order.terms.order_class is OrderClass.ENTRY]
    assert len(of_class) > 4
    gone = deepcopy(stood)
    del gone.ended_orders[of_class[-4].terms.client_order_id]
    assert fitted(gone, *more) is not None, "three are there in a row"
    assert fitted(gone, *asking(1, (), 4, 2, False)) is None, "the fourth is not"


def test_whoever_counts_may_have_all_that_is_known() -> None:
    """However few the rule that is asked looks back over."""
    records = some_run(1)
    wide, narrow = asking(1, (), 99, 99, False), asking(1, (), 1, 1, False)
    stood = folded(records, state_for(*wide))
    state = fitted(stood, *narrow, exactly=False)
    assert state is not None
    assert (state.entry_times, state.execution_times) == (stood.entry_times, stood.execution_times)
    assert len(state.entry_times) > 4


def test_what_is_not_full_has_forgotten_nothing() -> None:
    """So a wider one of it is the same."""
    records = some_run(1)[:6]
    have, more = asking(9, (9,), 9, 9, True), asking(20, (20,), 30, 30, True)
    stood = folded(records, state_for(*have))
    assert fitted(stood, *more) == folded(records, state_for(*more))


def test_a_fitted_state_shares_nothing_that_changes() -> None:
    """A moment that is decided leaves the state that it was decided from as it was, however often."""
    records = some_run(3)
    strategy, policy = asking(3, (3,), 5, 5, True)
    stood = folded(records[:-1], state_for(strategy, policy))
    before = deepcopy(stood)
    first = [encode(_taken(stood, records[-1], strategy, policy)) for _ in range(2)]
    assert first[0] == first[1]
    assert stood == before
    copied = fitted(stood, strategy, policy)
    assert copied is not None
    # Whatever a fold may change is another object: a report on an old order as much as the newest bar.
    folded(records, copied)
    assert stood == before


def _taken(stood: State, record: Record, strategy: ScriptedStrategy, policy: RulePolicy) -> Record:
    state = fitted(stood, strategy, policy)
    assert state is not None
    return Taking(state, strategy, policy, Decimal(1)).take(record.observation, record.ts_init)


def test_other_limits_make_another_policy_of_the_same_rules() -> None:
    """Those that are not named stay as they are; the one that is always asked is there once."""
    policy = policy_of(LIMITS)
    wider = changed_of(LIMITS["max_order_quantity"], limit=Decimal(99))
    made = other_limits(policy, {"max_order_quantity": wider})
    assert [rule.name for rule in made.rules] == [rule.name for rule in policy.rules]
    kept = {rule.name: rule for rule in policy.rules}
    assert [rule.name for rule in made.rules if rule is not kept[rule.name]] == ["trading_state", "max_order_quantity"]
    assert (made.fees, made.limits_version) == (policy.fees, policy.limits_version)


def test_a_moment_is_decided_as_it_was() -> None:
    """Under the limits that were in force: the record to the byte, and the view that was decided on."""
    script = [an_intent(quantity="1"), an_intent(quantity="99")]
    rig = Rig(journal=MemoryJournal(), strategy=ScriptedStrategy(*script), policy=policy_of(LIMITS))
    rig.bars("100", "101")
    strategy, policy = ScriptedStrategy(*script), policy_of(LIMITS)
    stood = unforgetting(state_for(strategy, policy), strategy, policy, len(rig.records))
    for record in rig.records:
        again = again_at(stood, record, strategy, LIMITS).under(LIMITS)
        assert encode(again.record) == encode(record)
        assert again.view.now == record.ts_init
        decision = record.decision
        wish = decision.proposal if decision is not None else None
        assert bool(again.denials) == again.is_denied == (isinstance(wish, OrderIntent) and wish.quantity == 99)
        evolve(stood, record)


def test_the_kit_says_when_something_is_forgotten() -> None:
    """It does not decide from half of what there was."""
    records = some_run(2)
    strategy, policy = asking(1, (), 1, 1, False)
    stood = folded(records, state_for(strategy, policy))
    with pytest.raises(LookupError, match="forgotten"):
        again_at(stood, records[-1], ScriptedStrategy(lookback=9), LIMITS).under(LIMITS)
