"""Evidence 2: an independent oracle of plain integers makes the same fills and the same cash, on three real stocks.

The oracle below was written from the prose of docs/reference/paper-venue.md. It shares no code with the core.
"""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest
from attrs import define, field
from typing_extensions import override

from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.cycle import Parts
from interlock.core.decision import CancelIntent, NoAction, OrderIntent, Proposal
from interlock.core.market import Bar, FeedItem, Session, Split
from interlock.core.orders import OrderType, Side
from interlock.core.ports import Strategy
from interlock.core.reports import OrderFilled
from interlock.core.strategies.moving_average_cross import MovingAverageCross, MovingAverageCrossParameters
from interlock.core.view import MarketView
from interlock.testing.approvals import permissive_policy
from interlock.testing.builders import an_instrument
from interlock.testing.rehearsal import GivenSessions, folded, opened, rehearse

DATA = Path(__file__).parents[3] / "examples" / "data"
SPLITS: dict[str, dict[str, int]] = {"aapl": {"2000-06-21": 2, "2005-02-28": 2}, "msft": {"2003-02-18": 2}, "ibm": {}}
SLIP_BPS, FEE_BPS, FEE_FIXED_CENTS, COLLAR_PERCENT = 7, 3, 35, 10
VOLUME_PER_UNIT = 40_000  # one unit in so many may be ours
FAST, SLOW, QUANTITY = 5, 20, 180
MICRO = 1_000_000  # a dollar in the oracle's unit of price: fine enough for four decimals, halved twice
CENT = MICRO // 100

Row = tuple[str, int, int, int, int, int]
Fill = tuple[int, str, int, int, int]  # row, side, quantity, price in cents, fee in cents


def rows_of(symbol: str) -> list[Row]:
    """Date, then open, high, low and close in millionths of a dollar, then volume in shares."""
    with (DATA / f"{symbol}-daily.csv").open(encoding="utf-8", newline="") as file:
        return [
            (day, *(int(Decimal(price) * MICRO) for price in prices), int(Decimal(volume)))  # type: ignore[misc]
            for day, *prices, volume in list(csv.reader(file))[1:]
        ]


# ----------------------------------------------------------------------------------------- the oracle


@define
class Order:
    """A working order: ``side`` is 1 or -1; ``worst`` and ``limit`` in cents; what it spent and was charged so far."""

    side: int
    left: int
    worst: int
    limit: int | None
    spent: int = 0
    charged: int = 0


@define
class Account:
    """What the oracle remembers. It has one order at a time."""

    cash: int
    position: int = 0
    order: Order | None = None
    closes: list[int] = field(factory=list)


Wish = tuple[int, int, int | None] | str | None  # side, quantity, limit in cents; or "cancel"; or nothing
Plan = Callable[[Account, int], Wish]


def oracle(
    rows: list[Row], splits: dict[str, int], session_of: Callable[[str], str], plan: Plan, cash: int
) -> tuple[list[Fill], int]:
    """The fills, and the cash that is left in cents. ``plan`` is asked for a wish after each row."""
    account = Account(cash=cash)
    fills: list[Fill] = []
    for index, (day, opening, high, low, close, volume) in enumerate(rows):
        if day in splits:  # before the bar: holdings and history are restated, a working order is canceled
            account.position *= splits[day]
            account.closes = [old // splits[day] for old in account.closes]
            account.order = None
        order = account.order
        price = fill_price(order, opening, high, low) if order is not None else None
        quantity = min(order.left, volume // VOLUME_PER_UNIT) if order is not None else 0
        if order is not None and price is not None and quantity:
            order.left -= quantity
            order.spent += quantity * price
            # Up to the cent over the whole order; each fill pays what is new of it.
            fee = FEE_FIXED_CENTS + -(-order.spent * FEE_BPS // 10_000) - order.charged
            order.charged += fee
            account.cash -= order.side * quantity * price + fee
            account.position += order.side * quantity
            fills.append((index, "BUY" if order.side > 0 else "SELL", quantity, price, fee))
        session_ends = index + 1 == len(rows) or session_of(rows[index + 1][0]) != session_of(day)
        if session_ends or (order is not None and not order.left):
            account.order = None
        account.closes.append(close)
        wish = plan(account, index)
        if isinstance(wish, tuple):
            side, wanted, limit = wish
            account.order = Order(side, wanted, protection(side, close), limit)
        elif wish == "cancel":
            account.order = None
    return fills, account.cash


def protection(side: int, close: int) -> int:
    """The worst price in cents: a tenth from the last close, rounded inwards."""
    bound = close * (100 + side * COLLAR_PERCENT)
    return bound // (100 * CENT) if side > 0 else -(-bound // (100 * CENT))


def fill_price(order: Order, opening: int, high: int, low: int) -> int | None:
    """The price in cents at which the order fills on a bar; None when it does not."""
    side, slipped = order.side, opening * (10_000 + order.side * SLIP_BPS)
    at_open = -(-slipped // (10_000 * CENT)) if side > 0 else slipped // (10_000 * CENT)
    if order.limit is None:
        return at_open if side * at_open <= side * order.worst else None
    limit = order.limit * CENT
    if side * (low if side > 0 else high) >= side * limit:
        return None  # not traded through: a touch is not enough
    opened_through = side * opening < side * limit
    return at_open if opened_through and side * at_open <= side * order.limit else order.limit


# ------------------------------------------------------------------------------ the plans, told twice


def crossing(account: Account, index: int) -> Wish:
    """The moving averages, for the oracle."""
    closes = account.closes
    if len(closes) < SLOW or account.order is not None:
        return None
    fast, slow = sum(closes[-FAST:]) * SLOW, sum(closes[-SLOW:]) * FAST
    if fast > slow and not account.position:
        return 1, QUANTITY, None
    if fast < slow and account.position:
        return -1, account.position, None
    return None


def scripted(account: Account, index: int) -> Wish:
    """Limit orders by the calendar of rows, for the oracle: the same script as ``Scripted`` below."""
    close = account.closes[-1]
    if account.order is not None:
        return "cancel" if index % 13 == 0 else None
    if index % 5 == 0 and account.position < 3 * QUANTITY:
        return 1, QUANTITY + index % 7, close * 99 // (100 * CENT)
    if index % 3 == 0 and account.position > 0:
        return -1, account.position, -(-close * 101 // (100 * CENT))
    return None


class Scripted(Strategy):
    """The same limit orders, wished for in the words of the core."""

    @property
    @override
    def lookback(self) -> int:
        return 1

    @override
    def propose(self, view: MarketView) -> Proposal:
        index, close = view.bars_seen - 1, int(view.bar.close * MICRO)
        if view.has_working_orders:
            if index % 13 == 0:
                return CancelIntent(code="TEST.CANCEL", client_order_id=view.working_orders[0].terms.client_order_id)
            return NoAction(code="TEST.WAIT")
        if index % 5 == 0 and view.position < 3 * QUANTITY:
            return _limit(Side.BUY, QUANTITY + index % 7, close * 99 // (100 * CENT))
        if index % 3 == 0 and view.position > 0:
            return _limit(Side.SELL, int(view.position), -(-close * 101 // (100 * CENT)))
        return NoAction(code="TEST.WAIT")


def _limit(side: Side, quantity: int, cents: int) -> OrderIntent:
    return OrderIntent(
        code="TEST.WANTED",
        side=side,
        quantity=Decimal(quantity),
        order_type=OrderType.LIMIT,
        limit_price=Decimal(cents) / 100,
    )


# ------------------------------------------------------------------------------------- the real thing


def close_of(day: str) -> datetime:
    """A made-up close: the test's calendar has 21:00 UTC the whole year round."""
    return datetime.fromisoformat(f"{day}T21:00:00+00:00").astimezone(UTC)


def items_of(rows: list[Row], splits: dict[str, int]) -> Iterator[FeedItem]:
    for day, *prices, volume in rows:
        if day in splits:
            at = close_of(day) - timedelta(hours=6)
            yield Split(instrument="TEST", ts_event=at, ratio=Decimal(splits[day]))
        opening, high, low, close = (Decimal(price) / MICRO for price in prices)
        yield Bar(
            instrument="TEST",
            ts_event=close_of(day),
            open=opening,
            high=high,
            low=low,
            close=close,
            volume=Decimal(volume),
        )


def the_cycle(
    rows: list[Row], splits: dict[str, int], session_of: Callable[[str], str], strategy: Strategy, cash: int
) -> tuple[list[Fill], Decimal]:
    """Fills and final cash of the real cycle with the real paper venue, and of the fold over its journal."""
    sessions = [
        Session(open=close_of(days[0]) - timedelta(hours=7), close=close_of(days[-1]))
        for _, group in groupby(rows, key=lambda row: session_of(row[0]))
        if (days := [row[0] for row in group])
    ]
    instrument, journal = an_instrument(), MemoryJournal()
    options = PaperOptions(
        slippage_bps=Decimal(SLIP_BPS),
        fee_bps=Decimal(FEE_BPS),
        fee_fixed=Decimal(FEE_FIXED_CENTS) / 100,
        participation=str(Decimal(1) / VOLUME_PER_UNIT),
    )
    venue = PaperVenue.from_options(options, instrument=instrument)
    policy = permissive_policy(collar=str(Decimal(COLLAR_PERCENT) / 100), fees=venue.fees)
    calendar = GivenSessions(sessions)
    parts = Parts(strategy=strategy, policy=policy, execution=venue, journal=journal, calendar=calendar)
    first = opened(opening_cash=str(Decimal(cash) / 100), interval_seconds=86_400)
    fills: list[Fill] = []
    index_of = {close_of(row[0]): index for index, row in enumerate(rows)}
    for records in rehearse(items_of(rows, splits), parts, first):
        for report in (record.observation for record in records):
            if isinstance(report, OrderFilled):
                price, fee = report.last_px * 100, report.fee * 100
                assert price == int(price)
                assert fee == int(fee)
                fills.append((index_of[report.ts_event], report.side, int(report.last_qty), int(price), int(fee)))
    return fills, folded(journal.read(), parts).portfolio.cash


def by_day(day: str) -> str:
    """One session a row: an order lives for one bar."""
    return day


def by_month(day: str) -> str:
    """One session a month: an order lives for many bars, and fills in many parts."""
    return day[:7]


@pytest.mark.parametrize("symbol", ["aapl", "ibm", "msft"])
def test_market_orders_of_the_moving_averages_are_the_oracles(symbol: str) -> None:
    """Thirteen years of the teaching strategy: each fill's row, side, quantity, price and fee, and the final cash."""
    rows, splits, cash = rows_of(symbol), SPLITS[symbol], 10_000_000
    strategy = MovingAverageCross(MovingAverageCrossParameters(fast=FAST, slow=SLOW, quantity=Decimal(QUANTITY)))
    expected, left = oracle(rows, splits, by_day, crossing, cash)
    fills, cash_left = the_cycle(rows, splits, by_day, strategy, cash)
    assert fills == expected
    assert cash_left * 100 == left
    assert len(fills) > 100


@pytest.mark.parametrize("session_of", [by_day, by_month])
@pytest.mark.parametrize("symbol", ["aapl", "ibm", "msft"])
def test_scripted_limit_orders_are_the_oracles(symbol: str, session_of: Callable[[str], str]) -> None:
    """Limits, parts by share of volume, cancels and expiries: each fill and the final cash."""
    rows, splits, cash = rows_of(symbol), SPLITS[symbol], 10_000_000
    expected, left = oracle(rows, splits, session_of, scripted, cash)
    fills, cash_left = the_cycle(rows, splits, session_of, Scripted(), cash)
    assert fills == expected
    assert cash_left * 100 == left
    assert len(fills) > 200


def test_the_comparison_notices_a_split_that_was_not_declared() -> None:
    """A comparison that cannot fail proves nothing: without the splits, cycle and oracle part ways."""
    rows = rows_of("aapl")
    expected, left = oracle(rows, SPLITS["aapl"], by_day, scripted, 10_000_000)
    fills, cash_left = the_cycle(rows, {}, by_day, Scripted(), 10_000_000)
    assert fills != expected
    assert cash_left * 100 != left
