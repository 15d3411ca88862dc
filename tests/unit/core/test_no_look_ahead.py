"""Evidence 1: nothing that is decided, recorded or filled up to a bar depends on any bar after it."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from typing_extensions import override

from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.cycle import Parts
from interlock.core.decision import CancelIntent, NoAction, OrderIntent, Proposal
from interlock.core.market import Bar, Session
from interlock.core.orders import OrderType, Side
from interlock.core.ports import Strategy
from interlock.core.records import OrderSubmitted
from interlock.core.reports import FillBasis, OrderFilled
from interlock.core.risk.rules.daily_loss import DailyLoss, DailyLossLimits
from interlock.core.risk.rules.price_jump import PriceJump, PriceJumpLimits
from interlock.core.strategies.moving_average_cross import MovingAverageCross, MovingAverageCrossParameters
from interlock.core.view import MarketView
from interlock.testing.approvals import permissive_policy
from interlock.testing.builders import A_MINUTE, A_TIME, an_instrument, bars
from interlock.testing.rehearsal import GivenSessions, rehearse

SERIES, CHANGES = 100, 10
BARS = 12
SESSION_BARS = 5


class Busy(Strategy):
    """Market and limit orders and cancels, whatever the bars say: as much as possible that could leak."""

    @property
    @override
    def lookback(self) -> int:
        return 3

    @override
    def propose(self, view: MarketView) -> Proposal:
        close = view.bar.close
        step = view.bars_seen % 4
        if view.has_working_orders:
            if step:
                return NoAction(code="TEST.WAIT")
            return CancelIntent(code="TEST.CANCEL", client_order_id=view.working_orders[0].terms.client_order_id)
        side = Side.BUY if view.position <= 0 else Side.SELL
        quantity = abs(view.position) or Decimal(40)
        if step == 1:
            return OrderIntent(code="TEST.MARKET", side=side, quantity=quantity)
        return OrderIntent(
            code="TEST.LIMIT", side=side, quantity=quantity, order_type=OrderType.LIMIT, limit_price=close
        )


class Peeking(Strategy):
    """A cheat that was handed the whole series: it buys where the next close is higher."""

    def __init__(self, series: Sequence[Bar]) -> None:
        self._series = series

    @property
    @override
    def lookback(self) -> int:
        return 1

    @override
    def propose(self, view: MarketView) -> Proposal:
        following = self._series[min(view.bars_seen, len(self._series) - 1)]
        if following.close > view.bar.close and not view.position and not view.has_working_orders:
            return OrderIntent(code="TEST.KNOWN", side=Side.BUY, quantity=Decimal(1))
        return NoAction(code="TEST.WAIT")


def told(series: Sequence[Bar], strategy: Strategy) -> list[bytes]:
    """For each bar, every record that it made, as the journal's bytes: written down after the last bar was seen."""
    instrument = an_instrument()
    options = PaperOptions(slippage_bps=Decimal(3), fee_bps=Decimal(2), fee_fixed=Decimal("0.10"), participation="0.02")
    venue = PaperVenue.from_options(options, instrument=instrument)
    watchful = (DailyLoss(DailyLossLimits(limit=Decimal(500))), PriceJump(PriceJumpLimits(limit=Decimal("0.2"))))
    first = A_TIME - A_MINUTE
    length = SESSION_BARS * A_MINUTE
    sessions = [Session(open=first + at * length, close=first + (at + 1) * length) for at in range(40)]
    parts = Parts(
        strategy=strategy,
        policy=permissive_policy(fees=venue.fees, more=watchful),
        execution=venue,
        journal=MemoryJournal(),
        calendar=GivenSessions(sessions),
    )
    made = rehearse(series, parts)
    return [b"\n".join(record.kind.encode() + encode(record) for record in records) for records in made]


def changed_after(series: Sequence[Bar], last_kept: int, chance: random.Random) -> list[Bar]:
    """The same bars up to ``last_kept``; behind it at least one is another, and some may be missing."""
    others = bars(len(series), seed=chance.randrange(10**6), start_ticks=chance.choice((1_000, 9_000, 50_000)))
    changed = list(series)
    places = range(last_kept + 1, len(series))
    for place in chance.sample(places, chance.randint(1, len(places))):
        changed[place] = others[place]
    if chance.random() < 0.2:
        del changed[chance.choice(places)]
    return changed


def strategies(series: Sequence[Bar]) -> tuple[Strategy, ...]:
    """What the trials are made with, in turn."""
    parameters = MovingAverageCrossParameters(fast=2, slow=4, quantity=Decimal(25))
    return MovingAverageCross(parameters), Busy()


@pytest.mark.slow
def test_a_changed_future_changes_nothing_that_was() -> None:
    """A thousand trials: change any bars after t, and every record up to t is the same to the last digit."""
    chance = random.Random(20_200_102)
    for number in range(SERIES):
        series = bars(BARS, seed=number)
        strategy = strategies(series)[number % 2]
        as_it_was = told(series, strategy)
        for _ in range(CHANGES):
            last_kept = chance.randrange(BARS - 1)
            now = told(changed_after(series, last_kept, chance), strategy)[: last_kept + 1]
            assert now == as_it_was[: last_kept + 1], f"series {number}: a record up to bar {last_kept} changed"


def test_the_trials_trade() -> None:
    """The runs that are compared hold orders, partial fills and expiries: silence would prove nothing."""
    series = bars(200, seed=7)
    for strategy in strategies(series):
        text = b"".join(told(series, strategy))
        for word in (b"OrderSubmitted", b"OrderFilled", b"OrderExpired"):
            assert word in text


def test_a_strategy_that_peeks_is_caught() -> None:
    """A comparison that cannot fail proves nothing: the cheat's records change with the future."""
    series: Sequence[Bar] = bars(BARS - 1, seed=3)
    last = series[-1]
    # Flat before, so that only the last bar can make it buy.
    series = [evolve(last, ts_event=bar.ts_event) for bar in series]
    higher = [*series[:-1], evolve(last, high=Decimal(10_000), close=Decimal(10_000))]
    lower = [*series[:-1], evolve(last, low=Decimal("0.01"), close=Decimal("0.01"))]
    assert told(higher, Busy())[:-1] == told(lower, Busy())[:-1]
    assert told(higher, Peeking(higher))[:-1] != told(lower, Peeking(lower))[:-1]


def test_the_first_fill_is_priced_behind_its_decision() -> None:
    """A fill's bar is later than the bar that its order was decided on, always."""
    series = bars(200, seed=11)
    instrument = an_instrument()
    options = PaperOptions(slippage_bps=Decimal(0), fee_bps=Decimal(0), fee_fixed=Decimal(0), participation="ignore")
    decided: dict[str, datetime] = {}
    parts = Parts(
        strategy=Busy(),
        policy=permissive_policy(),
        execution=PaperVenue.from_options(options, instrument=instrument),
        journal=MemoryJournal(),
        calendar=GivenSessions([Session(open=A_TIME - A_MINUTE, close=A_TIME + timedelta(hours=10))]),
    )
    at_open = 0
    for records in rehearse(series, parts):
        for record in records:
            decided |= {e.terms.client_order_id: record.ts_init for e in record.events if isinstance(e, OrderSubmitted)}
            fill = record.observation
            if isinstance(fill, OrderFilled):
                assert fill.ts_event > decided[fill.client_order_id]
                at_open += fill.basis is FillBasis.NEXT_OPEN
                bar = series[(fill.ts_event - A_TIME) // A_MINUTE]
                assert fill.reference_px == bar.open or fill.basis is FillBasis.LIMIT_TRADED_THROUGH
    assert at_open > 20
