"""Evidence 5: whatever is wished and whatever the venue does, no order takes a position through zero."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.decision import CancelIntent, OrderIntent, Outcome, Proposal
from interlock.core.market import Bar, Session, Silence
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderType, Side
from interlock.core.records import Record
from interlock.core.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
)
from interlock.core.state import WorkingOrder
from interlock.core.view import MarketView
from interlock.testing.builders import a_bar
from interlock.testing.controls import a_policy
from interlock.testing.fakes import NOTHING_TO_DO, ListedSessions, ScriptedStrategy, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import MONDAY, a_fill

LIMIT = Decimal(6)
FOREVER = Session(open=MONDAY.open, close=MONDAY.open + timedelta(days=9000))


class Whim(ScriptedStrategy):
    """Wants anything at all: seeded, so that a failure can be had again."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    @override
    def propose(self, view: MarketView) -> Proposal:
        chance = self._chance
        working = view.working_orders
        if working and chance.random() < 0.2:
            return CancelIntent(code="TEST.WISH", client_order_id=chance.choice(working).terms.client_order_id)
        if chance.random() < 0.1:
            return NOTHING_TO_DO
        limit = chance.random() < 0.3
        side, quantity = chance.choice(list(Side)), Decimal(chance.choice((1, 1, 2, 3, 5, 8)))
        if view.position and chance.random() < 0.5:
            # Often flat: that is where two orders can cross.
            side, quantity = (Side.SELL if view.position > 0 else Side.BUY), abs(view.position)
        return OrderIntent(
            code="TEST.WISH",
            side=side,
            quantity=quantity,
            order_type=OrderType.LIMIT if limit else OrderType.MARKET,
            limit_price=Decimal(chance.randint(97, 103)) if limit else None,
        )


class Storm:
    """A venue that is scripted by chance, within what a venue may legally do."""

    def __init__(self, seed: int, allow_short: bool) -> None:
        self.chance = random.Random(seed)
        policy = a_policy(
            without=(
                *("order_rate", "price_jump", "daily_loss", "drawdown", "repeated_executions", "order_in_doubt"),
                *("stale_feed", "clock"),
            ),
            max_position={"limit": LIMIT, "allow_short": allow_short},
            max_order_notional={"limit": Decimal(10**6)},
            data_age={"limit_seconds": Decimal(10**6), "bars_missed": 100},
        )
        self.venue = ScriptedVenue(fills=False)
        self.rig = Rig(
            journal=MemoryJournal(),
            strategy=Whim(self.chance),
            policy=policy,
            venue=self.venue,
            calendar=ListedSessions(sessions=(FOREVER,)),
        )
        self.trades = 0
        self.flips: list[Record] = []
        self.approved = 0

    def _move(self, terms: object) -> object:
        name = getattr(terms, "client_order_id")  # noqa: B009
        at = self.rig.at
        return self.chance.choice(
            [
                *[OrderAccepted(client_order_id=name, venue_order_id="v", ts_event=at)] * 6,
                OrderRejected(client_order_id=name, ts_event=at, code="TEST.NO"),
                OrderUnknown(client_order_id=name, ts_event=at),
            ]
        )

    def step(self) -> None:
        """Something happens at the venue, then a bar comes."""
        self.venue._moves = [self._move]
        for order in self.rig.view.working_orders:
            self._happen(order)
        before = self.rig.view.position
        at = self.rig.at + timedelta(minutes=1)
        item = a_bar(str(self.chance.randint(98, 102)), at=at) if self.chance.random() < 0.9 else Silence(until=at)
        self.rig.records.clear()
        made = self.rig.step(item, at)
        self._check(before, made)

    def _happen(self, order: WorkingOrder) -> None:
        name, at = order.terms.client_order_id, self.rig.at
        dice = self.chance.random()
        if dice < 0.35:
            self.trades += 1
            part = Decimal(self.chance.randint(1, int(order.leaves_qty)))
            self.venue.tell(a_fill(order.terms, part, order.terms.protection_price, trade_id=f"t{self.trades}"))
        elif dice < 0.40:
            self.venue.tell(OrderCanceled(client_order_id=name, ts_event=at))
        elif dice < 0.45:
            self.venue.tell(OrderExpired(client_order_id=name, ts_event=at))
        elif dice < 0.48 and order.state is not OrderState.UNKNOWN:
            self.venue.tell(OrderUnknown(client_order_id=name, ts_event=at))
        elif dice < 0.65 and order.state is OrderState.PENDING_CANCEL:
            self.venue.tell(CancelRejected(client_order_id=name, ts_event=at, code="TEST.NO"))

    def _check(self, position: Decimal, made: object) -> None:
        assert isinstance(made, list)
        for record in made:
            if isinstance(record.observation, OrderFilled):
                fill = record.observation
                after = position + (fill.last_qty if fill.side is Side.BUY else -fill.last_qty)
                if position * after < 0:
                    self.flips.append(record)
                position = after
            if record.decision is not None and record.decision.outcome is Outcome.APPROVED:
                self.approved += 1
        view = self.rig.view
        assert view.position == position
        # Invariant 8: with every working order filled, on the worst side, within the limit.
        assert view.position + view.leaves(Side.BUY) <= LIMIT
        assert view.position - view.leaves(Side.SELL) >= -LIMIT
        # What is on its way out is never more than what is held.
        if view.position > 0:
            assert view.leaves(Side.SELL) <= view.position
        if view.position < 0:
            assert view.leaves(Side.BUY) <= -view.position


def run(seed: int, steps: int, allow_short: bool) -> Storm:
    """So many steps of one storm."""
    storm = Storm(seed, allow_short)
    for _ in range(steps):
        storm.step()
    return storm


@pytest.mark.parametrize("allow_short", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_position_never_flips(seed: int, allow_short: bool) -> None:
    """Partials, UNKNOWN, rejected cancels, lost orders: each fill leads to zero at most, never through it."""
    storm = run(seed, 600, allow_short)
    assert storm.flips == []
    assert storm.approved > 50
    assert storm.trades > 50
    assert storm.rig.view.trading_state.value == "ACTIVE", "nothing illegal happened, so nothing halted"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_position_never_flips_in_a_million_steps(seed: int) -> None:
    """Twenty storms of fifty thousand steps each, half of them allowed to be short."""
    assert run(seed, 50_000, allow_short=seed % 2 == 0).flips == []


def test_the_storm_would_see_a_flip() -> None:
    """A fill beyond what is held is counted as one: the check can fail."""
    storm = Storm(1, allow_short=True)
    bar = a_bar(at=storm.rig.at + timedelta(minutes=1))
    assert isinstance(bar, Bar)
    storm.rig.step(bar)
    record = next(iter(storm.rig.records))
    from msgspec.structs import replace

    from interlock.testing.situations import some_terms

    sold = replace(record, observation=a_fill(some_terms(side=Side.SELL), Decimal(3), Decimal(100)), decision=None)
    with pytest.raises(AssertionError):
        storm._check(Decimal(2), [sold])
    assert storm.flips == [sold]
