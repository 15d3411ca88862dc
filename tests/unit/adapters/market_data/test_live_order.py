"""Whatever a live source repeats, turns round or takes back: what is handed over ascends, and the rest is told."""

import random

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.market_data import live_order
from interlock.adapters.market_data.live_order import LiveOrder
from interlock.adapters.market_data.ordering import OrderProblem
from interlock.core.market import Bar
from interlock.testing.builders import a_bar, bars


def rule(verdict: object) -> str:
    assert isinstance(verdict, OrderProblem)
    return verdict.rule


@given(seed=st.integers(0, 2**32), count=st.integers(1, 30))
def test_streamed_in_any_order_every_row_is_a_bar_or_a_refusal(seed: int, count: int) -> None:
    """Where nothing was known before, nothing is passed over."""
    chance = random.Random(seed)
    rows = list(bars(count, seed=seed))
    rows += chance.choices(rows, k=count // 2)
    chance.shuffle(rows)
    order, last = LiveOrder(None), None
    for row in rows:
        verdict = order.judge(row, streamed=True)
        if last is None or row.ts_event > last.ts_event:
            assert verdict == row
            last = row
        else:
            assert isinstance(verdict, OrderProblem)
        assert last is not None
        assert order.last_ts == last.ts_event


@given(seed=st.integers(0, 2**32), cuts=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6))
def test_over_any_connections_each_bar_is_handed_over_once(seed: int, cuts: list[tuple[int, int]]) -> None:
    """Each connection begins anywhere in what was told, and goes on: no bar twice, none refused, none lost."""
    every = bars(21, seed=seed)
    order = LiveOrder(None)
    got: list[Bar] = []
    ends = 0
    for wished, length in [*cuts, (0, 21)]:
        begins = min(wished, ends)
        ends = max(ends, begins + length)
        order.joined()
        for bar in every[begins : begins + length]:
            verdict = order.judge(bar, streamed=True)
            assert not isinstance(verdict, OrderProblem)
            got += [verdict] if verdict is not None else []
    assert got == list(every)


def test_a_repetition_is_passed_over_until_the_source_has_caught_up() -> None:
    """Afterwards it is a repetition of the source's own."""
    first, second, third = bars(3)
    order = LiveOrder(None)
    for bar in (first, second):
        assert order.judge(bar, streamed=True) == bar
    order.joined()
    assert order.judge(second, streamed=True) is None
    assert order.judge(third, streamed=True) == third
    assert rule(order.judge(third, streamed=True)).startswith("a duplicate")
    assert rule(order.judge(second, streamed=True)).startswith("a duplicate")


def test_another_value_for_a_time_that_was_told_is_refused_even_when_catching_up() -> None:
    """The first one stands: it was decided on. That goes for older ones, too."""
    first, second = bars(2)
    order = LiveOrder(None)
    order.judge(first, streamed=False)
    order.judge(second, streamed=False)
    order.joined()
    for bar in (first, second):
        other = evolve(bar, high=bar.high + 1)
        assert rule(order.judge(other, streamed=True)) == "two bars of one time that differ: the first one stands"


def test_a_bar_that_was_never_told_and_comes_late_is_refused_even_when_catching_up() -> None:
    """It lies among those that we know of, so we know that it is none of them."""
    first, second, third = bars(3)
    order = LiveOrder(None)
    order.judge(first, streamed=False)
    order.judge(third, streamed=False)
    order.joined()
    assert rule(order.judge(second, streamed=True)).startswith("out of order")


def test_of_what_an_earlier_run_was_told_only_the_time_is_known() -> None:
    """Up to the cursor everything is passed over, whatever its values."""
    first, second, third = bars(3)
    order = LiveOrder(second.ts_event)
    assert order.judge(first, streamed=False) is None
    assert order.judge(evolve(second, high=second.high + 1), streamed=False) is None
    assert order.judge(third, streamed=False) == third


def test_no_more_bars_are_remembered_than_its_bound() -> None:
    """What is older than all of them is passed over after a new connection, and refused otherwise."""
    every = bars(live_order.RECENT_BARS + 5)
    order = LiveOrder(None)
    for bar in every:
        order.judge(bar, streamed=True)
    assert len(order._recent) == live_order.RECENT_BARS
    assert rule(order.judge(a_bar(at=every[0].ts_event), streamed=True)).startswith("out of order")
    order.joined()
    assert order.judge(a_bar(at=every[0].ts_event), streamed=True) is None
