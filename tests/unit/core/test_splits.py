"""Evidence 9: a declared split leaves equity where it was; an undeclared one keeps every entry away."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.cycle import Parts
from interlock.core.decision import NoAction, OrderIntent, Outcome, Proposal
from interlock.core.evolve import observe
from interlock.core.faults import InvariantViolated
from interlock.core.market import Bar, FeedItem, Session, Split
from interlock.core.observations import SessionRolled
from interlock.core.orders import OrderType, Side
from interlock.core.ports import Strategy
from interlock.core.records import CancelRequested, EntriesQuarantined, OrderSubmitted, Record
from interlock.core.reports import OrderCanceled, OrderFilled
from interlock.core.risk.rules.price_jump import PriceJump, PriceJumpLimits
from interlock.core.state import State, initial_state
from interlock.core.view import MarketView
from interlock.testing.approvals import A_SESSION, permissive_policy
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument, bars
from interlock.testing.rehearsal import GivenSessions, folded, opened, rehearse

DATA = Path(__file__).parents[3] / "examples" / "data"
LOOKBACK = 10
CENT = Decimal("0.01")
RATIOS = ("2", "3", "1.5", "0.1", "0.05", "7", "1.25")


class Eager(Strategy):
    """Buys one whenever flat and sells it again: it wants something at every bar."""

    @property
    @override
    def lookback(self) -> int:
        return LOOKBACK

    @override
    def propose(self, view: MarketView) -> Proposal:
        if view.has_working_orders:
            return NoAction(code="TEST.WAIT")
        side = Side.SELL if view.position else Side.BUY
        return OrderIntent(code="TEST.WANTED", side=side, quantity=abs(view.position) or Decimal(1))


class Resting(Eager):
    """Buys once at the market, then leaves limit orders that never fill."""

    @override
    def propose(self, view: MarketView) -> Proposal:
        if not view.position or view.has_working_orders:
            return super().propose(view)
        return OrderIntent(
            code="TEST.RESTING", side=Side.BUY, quantity=Decimal(5), order_type=OrderType.LIMIT, limit_price=Decimal(60)
        )


def parts_for(strategy: Strategy, sessions: Sequence[Session], *, jump: str = "0.2", slippage: str = "0") -> Parts:
    instrument = an_instrument()
    options = PaperOptions(
        slippage_bps=Decimal(slippage), fee_bps=Decimal(0), fee_fixed=Decimal(0), participation="ignore"
    )
    return Parts(
        strategy=strategy,
        policy=permissive_policy(more=(PriceJump(PriceJumpLimits(limit=Decimal(jump))),)),
        execution=PaperVenue.from_options(options, instrument=instrument),
        journal=MemoryJournal(),
        calendar=GivenSessions(sessions),
    )


# -------------------------------------------------------------------------------- declared, made up


@pytest.mark.parametrize("ratio", RATIOS)
@given(
    buys=st.lists(st.tuples(st.integers(1, 500), st.integers(5_000, 20_000)), min_size=1, max_size=6),
    short=st.booleans(),
    odd_lot=st.booleans(),
)
def test_equity_is_continuous_to_the_cent(ratio: str, buys: list[tuple[int, int]], short: bool, odd_lot: bool) -> None:
    """Whatever lots are held, long or short: equity before and after a declared split differs by a cent at most."""
    state = a_state(lot_size="100" if odd_lot else "1")
    state_bars(state, bars(12, seed=sum(quantity for quantity, _ in buys)))
    side = Side.SELL if short else Side.BUY
    for quantity, cents in buys:
        lots = Decimal(quantity) * (100 if odd_lot else 1)
        state.portfolio.book(side, lots, Decimal(cents) / 100, Decimal("0.07"))
    before, cost = state.portfolio.at(newest(state).close), state.portfolio.cost_basis
    observe(state, a_split(ratio), A_TIME)
    after = state.portfolio.at(newest(state).close)
    assert abs(after.equity - before.equity) <= CENT
    size, lot = abs(before.position) * Decimal(ratio), state_lot(state)
    assert abs(after.position) == size - size % lot
    assert after.position * before.position >= 0
    if after.position == before.position * Decimal(ratio):
        assert (after.cash, after.cost_basis) == (before.cash, cost)
    state.portfolio.check()
    state.portfolio.check_lots()


def test_an_odd_lot_is_paid_out_in_cash_at_the_restated_price() -> None:
    """15 shares, one for ten: one share stays, half a share is paid for, and its profit is realised."""
    state = a_state()
    state_bars(state, (a_bar("20"),))
    state.portfolio.book(Side.BUY, Decimal(15), Decimal(10), Decimal(0))
    cash = state.portfolio.cash
    observe(state, a_split("0.1"), A_TIME)
    assert newest(state).close == 200
    assert state.portfolio.position == 1
    assert state.portfolio.cash - cash == 100
    # Half a share had cost 50 of the 150: first in, first out.
    assert state.portfolio.realised_pnl == 50
    assert state.portfolio.cost_basis == 100


def test_without_a_price_an_odd_lot_stays() -> None:
    """Before the first bar nobody knows what a fraction is worth: it is kept, not guessed."""
    state = a_state()
    state.portfolio.book(Side.BUY, Decimal(15), Decimal(10), Decimal(0))
    observe(state, a_split("0.1"), A_TIME)
    assert state.portfolio.position == Decimal("1.5")
    state.portfolio.check_lots()


@pytest.mark.parametrize("ratio", RATIOS)
def test_window_sums_and_previous_close_are_restated(ratio: str) -> None:
    """After the split every price in the window is in new units, and the sums are the sums of what is there."""
    state = a_state()
    series = bars(12, seed=5)
    state_bars(state, series)
    observe(state, a_split(ratio), A_TIME)
    for old, new in zip(series[-LOOKBACK:], state.window, strict=True):
        for name in ("open", "high", "low", "close"):
            assert abs(getattr(new, name) * Decimal(ratio) - getattr(old, name)) <= Decimal("1E-8")
        assert new.volume == old.volume * Decimal(ratio)
        assert new.ts_event == old.ts_event
    closes = [bar.close for bar in state.window]
    assert newest(state) is state.window[-1]
    assert [rolling.total for rolling in state.sums] == [sum(closes[-3:]), sum(closes[-LOOKBACK:])]
    assert abs((state.previous_close or 0) * Decimal(ratio) - series[-2].close) <= Decimal("1E-8")
    # And they go on rolling from there.
    state_bars(state, (a_bar("77", at=A_TIME + timedelta(hours=2)),))
    closes = [bar.close for bar in state.window]
    assert [rolling.total for rolling in state.sums] == [sum(closes[-3:]), sum(closes[-LOOKBACK:])]


def test_a_split_before_the_first_bar_restates_nothing() -> None:
    """There is no price, no window and no position yet."""
    state = a_state()
    observe(state, a_split("2"), A_TIME)
    assert (state.bar, state.previous_close, list(state.window), state.items_seen) == (None, None, [], 1)


def test_a_split_without_a_journal_is_a_fault_of_ours() -> None:
    """Nobody knows the lot size of an instrument that was never named."""
    with pytest.raises(InvariantViolated):
        observe(initial_state(lookback=1), a_split("2"), A_TIME)


def test_working_orders_are_canceled_at_a_declared_split() -> None:
    """The intention is on record, the venue is asked, and its answer ends the order before the next bar is seen."""
    series = [a_bar("100", at=A_TIME + place * A_MINUTE) for place in range(5)]
    half = a_bar("50", at=A_TIME + 5 * A_MINUTE)
    split = Split(instrument="TEST", ts_event=series[-1].ts_event, ratio=Decimal(2))
    parts = parts_for(Resting(), [A_SESSION])
    made = rehearse([*series, split, half], parts)
    records = made[len(series)]
    requested = [event for event in records[0].events if isinstance(event, CancelRequested)]
    canceled = [record.observation for record in records if isinstance(record.observation, OrderCanceled)]
    assert [event.code for event in requested] == ["SPLIT_DECLARED"]
    assert [event.client_order_id for event in requested] == [report.client_order_id for report in canceled]
    before_half = [record for record in parts.journal.read() if record.ts_init < half.ts_event]
    assert folded(before_half, parts).working == {}
    # The one share became two, and what the limit of 60 would have bought at 50 was never bought.
    assert folded(parts.journal.read(), parts).portfolio.position == 2


# ------------------------------------------------------------------------------------ on real prices


def real_bars(first: str, last: str) -> list[Bar]:
    """AAPL's rows between two dates, closing at 21:00 UTC."""
    with (DATA / "aapl-daily.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in list(csv.reader(file))[1:] if first <= row[0] <= last]
    return [
        Bar(
            instrument="TEST",
            ts_event=close_of(day),
            open=Decimal(opening),
            high=Decimal(high),
            low=Decimal(low),
            close=Decimal(close),
            volume=Decimal(volume),
        )
        for day, opening, high, low, close, volume in rows
    ]


def close_of(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T21:00:00+00:00").astimezone(UTC)


def run_over(
    series: Sequence[Bar], declared: Sequence[str] = (), strategy: Strategy | None = None
) -> tuple[list[tuple[Record, ...]], Parts]:
    """The cycle over ``series``, one session a row, with two-for-one splits declared on these days."""
    sessions = [Session(open=bar.ts_event - timedelta(hours=7), close=bar.ts_event) for bar in series]
    parts = parts_for(strategy or Eager(), sessions)
    items: list[FeedItem] = []
    for bar in series:
        if f"{bar.ts_event:%Y-%m-%d}" in declared:
            at = bar.ts_event - timedelta(hours=7)
            items.append(Split(instrument="TEST", ts_event=at, ratio=Decimal(2)))
        items.append(bar)
    made = rehearse(items, parts, opened(interval_seconds=86_400))
    return made, parts


def quarantines(made: Sequence[tuple[Record, ...]]) -> list[tuple[str, EntriesQuarantined]]:
    return [
        (f"{record.observation.ts_event:%Y-%m-%d}", event)
        for records in made
        for record in records
        for event in record.events
        if isinstance(event, EntriesQuarantined) and isinstance(record.observation, Bar)
    ]


JUMPS = [("2000-06-21", "2000-05-01", "2000-08-15"), ("2005-02-28", "2005-01-15", "2005-04-30")]


@pytest.mark.parametrize(("day", "first", "last"), JUMPS)
def test_an_undeclared_split_of_aapl_keeps_entries_away_for_the_lookback(day: str, first: str, last: str) -> None:
    """The jump is named, and for ``lookback`` bars every entry is denied as quarantined; then entries pass again."""
    series = real_bars(first, last)
    made, _ = run_over(series)
    ((found, event),) = quarantines(made)
    assert (found, event.code, event.bars) == (day, "PRICE_JUMP", LOOKBACK)
    at = [f"{bar.ts_event:%Y-%m-%d}" for bar in series].index(day)
    verdicts = [decision_of(records) for records in made]
    # Whatever was held at the jump was let go of: an exit passes. From then on nothing is entered.
    entered = [index for index, records in enumerate(made) if entries(records)]
    assert [index for index in entered if at <= index < at + LOOKBACK] == []
    assert at + LOOKBACK in entered or at + LOOKBACK + 1 in entered
    assert any(index < at for index in entered)
    denied = [index for index, (outcome, code) in enumerate(verdicts) if code == "QUARANTINED"]
    assert set(denied) <= set(range(at, at + LOOKBACK))
    assert len(denied) >= LOOKBACK - 2
    assert all(outcome is not Outcome.ERROR for outcome, _ in verdicts)


@pytest.mark.parametrize(("day", "first", "last"), JUMPS)
def test_a_declared_split_of_aapl_is_no_jump(day: str, first: str, last: str) -> None:
    """Declared, the same days quarantine nothing, and equity is continuous across the split."""
    made, parts = run_over(real_bars(first, last), declared=(day,), strategy=Resting())
    assert quarantines(made) == []
    records = list(parts.journal.read())
    (at,) = [index for index, record in enumerate(records) if isinstance(record.observation, Split)]
    before, after = folded(records[:at], parts), folded(records[: at + 1], parts)
    held, restated = before.portfolio.at(newest(before).close), after.portfolio.at(newest(after).close)
    assert held.position == 1
    assert restated.position == 2
    assert restated.equity == held.equity


@pytest.mark.parametrize("declared", [(), ("2000-06-21", "2005-02-28")])
def test_the_crash_of_aapl_is_a_jump_whatever_is_declared(declared: tuple[str, ...]) -> None:
    """2000-09-29: half of it gone overnight, and no split. The believer in declared splits is not fooled either."""
    made, _ = run_over(real_bars("2000-08-20", "2000-11-15"), declared)
    days = [day for day, _ in quarantines(made)]
    assert days[0] == "2000-09-29"
    assert len(days) == 1


def test_an_exit_passes_while_entries_are_quarantined() -> None:
    """Who is in at the jump may leave on that very bar: the approval is on record, and the exit fills."""
    series = [a_bar("100", at=A_TIME + place * A_MINUTE) for place in range(2)]
    series += [a_bar("50", at=A_TIME + place * A_MINUTE) for place in range(2, 6)]
    made = rehearse(series, parts_for(Eager(), [A_SESSION]))
    # Bar 0: buy; bar 1: it filled, sell; bar 2 jumps: flat again, and an entry is denied.
    assert decision_of(made[1])[0] is Outcome.APPROVED
    assert decision_of(made[2]) == (Outcome.DENIED, "QUARANTINED")
    held = [a_bar("100", at=A_TIME), *series[2:]]
    made = rehearse(held, parts_for(Eager(), [A_SESSION]))
    # Bar 0: buy; it fills on the bar that jumps, and at its close the way out is open.
    fills = [
        record.observation for records in made for record in records if isinstance(record.observation, OrderFilled)
    ]
    assert [fill.side for fill in fills] == [Side.BUY, Side.SELL]
    assert decision_of(made[1])[0] is Outcome.APPROVED
    assert decision_of(made[2]) == (Outcome.DENIED, "QUARANTINED")


# -------------------------------------------------------------------------------------------- helpers


def a_state(*, lot_size: str = "1") -> State:
    """A state of which the journal was opened, with two rolling sums."""
    state = initial_state(lookback=LOOKBACK, sums=(3, LOOKBACK))
    observe(state, opened(an_instrument(lot_size=lot_size)), A_TIME)
    observe(state, SessionRolled(session=A_SESSION, next_session=None), A_TIME)
    return state


def state_bars(state: State, series: Sequence[Bar]) -> None:
    for bar in series:
        observe(state, bar, bar.ts_event)


def state_lot(state: State) -> Decimal:
    assert state.instrument is not None
    return state.instrument.lot_size


def newest(state: State) -> Bar:
    assert state.bar is not None
    return state.bar


def a_split(ratio: str) -> Split:
    return Split(instrument="TEST", ts_event=A_TIME, ratio=Decimal(ratio))


def decision_of(records: Sequence[Record]) -> tuple[Outcome, str]:
    """Outcome and code of the one decision that a bar led to."""
    (decision,) = [record.decision for record in records if record.decision is not None]
    return decision.outcome, decision.code


def entries(records: Sequence[Record]) -> bool:
    """Whether an entry was submitted."""
    return any(
        isinstance(event, OrderSubmitted) and event.terms.order_class == "ENTRY"
        for record in records
        for event in record.events
    )
