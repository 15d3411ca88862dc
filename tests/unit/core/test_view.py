"""The view: everything that strategies and rules need, and no way to change it."""

import inspect
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.evolve import observe
from interlock.core.market import Session, Silence
from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.state import initial_state
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.builders import a_bar
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY, TUESDAY, Situation, Working, closes

FULL = Situation(
    bars=closes("100", "101", "102"),
    position=Decimal(5),
    working=(
        Working(quantity=Decimal(4), filled=Decimal(1), reserved=Decimal(420)),
        Working(side=Side.SELL, quantity=Decimal(2), state=OrderState.UNKNOWN, reserved=Decimal(999)),
    ),
    lookback=2,
    sums=(1, 2),
)


def test_before_anything_happened_there_is_little_to_see() -> None:
    """What is not there is None, zero or a LookupError, and never made up."""
    view = MarketView(initial_state(lookback=3, sums=(2,)), MONDAY.open)
    for name in ("instrument", "bar"):
        with pytest.raises(LookupError):
            getattr(view, name)
    assert not view.has_bar
    assert not view.bar_is_new
    assert view.previous_close is None
    assert view.session is None
    assert view.execution_session is None
    assert view.sum_of_closes(2) is None
    assert (view.bars_seen, view.bars_missed, view.bars_overdue, view.refused_rows) == (0, 0, 0, 0)
    assert (view.bars, view.entry_times, view.exit_times) == ((), (), ())
    assert view.equity == view.portfolio.equity == 0
    assert view.working_orders == ()


def test_it_shows_the_market() -> None:
    """The newest bar, the close before it, the window, its sums."""
    view = FULL.view()
    assert view.instrument.symbol == "TEST"
    assert view.interval == MINUTE
    assert view.has_bar
    assert view.bar_is_new
    assert (view.bar.close, view.previous_close) == (Decimal(102), Decimal(101))
    assert [bar.close for bar in view.bars] == [101, 102]
    assert (view.bars_seen, view.lookback) == (3, 2)
    assert (view.sum_of_closes(1), view.sum_of_closes(2)) == (Decimal(102), Decimal(203))


def test_a_sum_that_nobody_declared_is_not_kept() -> None:
    """Rather than adding one up behind the state's back."""
    with pytest.raises(LookupError, match="over 3 bars"):
        FULL.view().sum_of_closes(3)


def test_it_shows_the_books_at_the_newest_close() -> None:
    """Equity is cash plus the position at 102, with and without a position, and before the first bar."""
    view = FULL.view()
    assert view.position == 5
    assert view.portfolio.cash == 100_000
    assert view.equity == view.portfolio.equity == Decimal(100_000 + 5 * 102)
    assert view.session_open_equity == Decimal(100_000 + 5 * 100)
    assert view.session_loss == -5 * 2
    flat = Situation().view()
    assert flat.equity == flat.portfolio.equity == 100_000
    early = Situation(bars=(), position=Decimal(3)).view()
    assert early.equity == early.portfolio.equity == Decimal(100_300)


def test_it_shows_what_may_still_fill() -> None:
    """Every state that is not surely over; cash is reserved for what is left of the buys."""
    view = FULL.view()
    assert view.has_working_orders
    assert [(order.state, order.leaves_qty) for order in view.working_orders] == [
        (OrderState.PARTIALLY_FILLED, Decimal(3)),
        (OrderState.UNKNOWN, Decimal(2)),
    ]
    assert (view.leaves(Side.BUY), view.leaves(Side.SELL)) == (Decimal(3), Decimal(2))
    assert view.reserved_cash == Decimal(420 - 100)
    assert view.is_working(view.working_orders[0].terms.client_order_id)
    assert not view.is_working("nobody")
    assert (view.journal_id, view.orders_submitted) == (JOURNAL_ID, 3)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (timedelta(0), 0),
        (MINUTE - timedelta(microseconds=1), 0),
        (MINUTE, 1),
        (MINUTE * 5, 5),
        (timedelta(hours=10), 419),  # not beyond the session's close
    ],
)
def test_bars_are_overdue_by_the_clock(at: timedelta, expected: int) -> None:
    """Counted behind the newest bar of the session, as many as should have come by now."""
    bar = a_bar(at=MONDAY.open + MINUTE)
    assert Situation(bars=(bar,), now=bar.ts_event + at).view().bars_overdue == expected


@given(last=st.integers(1, 7), now=st.integers(0, 60 * 40), short=st.integers(1, 60), following=st.booleans())
def test_a_bar_is_overdue_since_it_was_due(last: int, now: int, short: int, following: bool) -> None:
    """There is such a moment just while bars are overdue: from it on, and not an instant before."""
    session = Session(open=MONDAY.open, close=MONDAY.open + MINUTE * 6 + timedelta(seconds=short))
    later = Session(open=session.close + MINUTE * 9, close=session.close + MINUTE * 12)
    bar = a_bar(at=min(MONDAY.open + MINUTE * last, session.close))
    seen = Situation(
        bars=(bar,),
        session=session,
        next_session=later if following else None,
        now=MONDAY.open + timedelta(seconds=now),
    )
    since = seen.view().overdue_since
    assert (since is not None) is (seen.view().bars_overdue > 0)
    if since is not None:
        assert attrs.evolve(seen, now=since).view().bars_overdue == 1
        assert attrs.evolve(seen, now=since - timedelta(microseconds=1)).view().bars_overdue == 0


def test_before_a_session_is_known_nothing_is_overdue() -> None:
    """Nobody knows what to expect."""
    assert Situation(session=None, now=MONDAY.close).view().overdue_since is None


def test_it_looks_back_as_far_as_somebody_asked() -> None:
    """Executions, newest first where one is asked for; the highest equity; the oldest doubt; the furthest step."""
    now = Situation().clock
    at = (now - MINUTE * 2, now - MINUTE, now)
    doubts = tuple(Working(state=OrderState.UNKNOWN, since=now - MINUTE * back) for back in (3, 1))
    view = Situation(
        bars=closes("100", "130", "120"),
        position=Decimal(1),
        executions_at=at,
        executions_remembered=2,
        working=doubts,
        now=now,
    ).view()
    assert view.execution_times == at[1:]
    assert [view.execution_time(back) for back in (0, 1, 2, 3)] == [at[2], at[1], None, None]
    assert view.peak_equity == 100_130
    assert Situation(stepped_back=MINUTE).view().stepped_back == MINUTE
    names = [order.terms.client_order_id for order in view.working_orders]
    assert view.oldest_in_doubt == (names[0], now - MINUTE * 3)
    nothing = MarketView(initial_state(lookback=1), now)
    assert (nothing.execution_times, nothing.execution_time(0), nothing.oldest_in_doubt) == ((), None, None)
    with pytest.raises(LookupError, match="no peak is kept: declare it in the rule's horizon"):
        _ = nothing.peak_equity


def test_it_can_be_seen_as_if_nothing_restricted_trading() -> None:
    """The rest is as it is."""
    halted = attrs.evolve(FULL, trading_state=TradingState.HALTED).view()
    seen = halted.as_if_active
    assert (seen.trading_state, seen.trading_state_code) == (TradingState.ACTIVE, "")
    assert (seen.now, seen.bar, seen.position, seen.equity) == (halted.now, halted.bar, halted.position, halted.equity)
    assert halted.trading_state is TradingState.HALTED


def test_bars_of_the_next_session_are_overdue_once_it_has_begun() -> None:
    """Monday's last bar, an hour into Tuesday, is sixty bars old, however few hours that may be."""
    bar = a_bar(at=MONDAY.close)
    for at, due in ((TUESDAY.open, 0), (TUESDAY.open + MINUTE * 60, 60), (TUESDAY.close + MINUTE, 420)):
        # the newest bar's own session: 420 expected, one seen at its very close
        assert Situation(bars=(bar,), now=at).view().bars_overdue == due
    assert Situation(bars=(bar,), now=TUESDAY.close, next_session=None).view().bars_overdue == 0


def test_a_last_bar_that_is_shorter_is_due_at_the_close() -> None:
    """Three and a half minutes of session have four bars, the last of them at the very close."""
    session = Session(open=MONDAY.open, close=MONDAY.open + timedelta(seconds=210))
    bars = closes("100", "100", "100")
    for at, due in ((209, 0), (210, 1)):
        situation = Situation(bars=bars, session=session, now=MONDAY.open + timedelta(seconds=at))
        assert situation.view().bars_overdue == due


def test_the_session_is_the_newest_bars() -> None:
    """A bar after hours is in none, though the last session is still known."""
    assert Situation().view().session == MONDAY
    assert Situation(bars=(a_bar(at=MONDAY.close + MINUTE),)).view().session is None
    assert Situation(session=None).view().session is None


@pytest.mark.parametrize(
    ("bar_at", "now", "following", "expected"),
    [
        (MONDAY.open + MINUTE, MONDAY.open + MINUTE, TUESDAY, MONDAY),
        (MONDAY.open + MINUTE, MONDAY.close, TUESDAY, TUESDAY),
        (MONDAY.close, MONDAY.close, TUESDAY, TUESDAY),
        (MONDAY.close, TUESDAY.close, TUESDAY, None),
        (MONDAY.close, MONDAY.close, None, None),
        (MONDAY.close + MINUTE, MONDAY.close + MINUTE, TUESDAY, None),
    ],
)
def test_an_order_executes_in_a_session_that_is_still_open(
    bar_at: Any, now: Any, following: Session | None, expected: Session | None
) -> None:
    """This one while it lasts, the next one at its close, none that is over or unknown."""
    situation = Situation(bars=(a_bar(at=bar_at),), now=now, next_session=following)
    assert situation.view().execution_session == expected


def test_after_a_silence_the_bar_is_the_same_and_not_new() -> None:
    """Nothing came: nothing is told again."""
    state = Situation().state()
    observe(state, Silence(until=MONDAY.open + MINUTE * 2), MONDAY.open + MINUTE * 2)
    view = MarketView(state, MONDAY.open + MINUTE * 2)
    assert view.has_bar
    assert not view.bar_is_new


def test_nothing_can_be_changed_through_it() -> None:
    """No attribute can be set, the clock least of all; what it hands out is frozen or a copy."""
    view: Any = FULL.view()
    names = [name for name, _ in inspect.getmembers(MarketView, lambda each: isinstance(each, property))]
    assert {"now", "bar", "position", "trading_state"} <= set(names)
    for name in (*names, "anything"):
        with pytest.raises(AttributeError):
            setattr(view, name, None)
    for value in (view.bar, view.instrument, view.portfolio, view.working_orders[0], view.working_orders[0].terms):
        with pytest.raises(AttributeError):
            value.anything = 1
    for several in (view.bars, view.working_orders, view.entry_times, view.exit_times):
        assert isinstance(several, tuple)


def test_every_property_says_what_it_is() -> None:
    """A strategy's author reads these and nothing else."""
    for name, member in inspect.getmembers(MarketView):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name


def test_it_shows_restrictions() -> None:
    """Trading state with its reason, quarantine, times of submission, faults."""
    at = (MONDAY.open, MONDAY.open + MINUTE)
    view = Situation(
        trading_state=TradingState.REDUCING, quarantine=4, entries_at=at, exits_at=at[:1], now=MONDAY.close
    ).view()
    assert (view.trading_state, view.trading_state_code) == (TradingState.REDUCING, "TEST.STAGED")
    assert (view.quarantine_left, view.faults_in_a_row) == (4, 0)
    assert (view.entry_times, view.exit_times) == (at, at[:1])
    assert view.now == MONDAY.close
