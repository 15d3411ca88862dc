"""What one way through the market came to, held against what a person would add up."""

from decimal import Decimal

import pytest

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.decision import OrderIntent
from interlock.core.market import Split
from interlock.core.orders import Side
from interlock.core.records import Record, ReportIgnored
from interlock.core.reports import OrderExpired, OrderFilled, OrderRejected
from interlock.runner.rehearsal.sums import Sums
from interlock.testing.builders import A_TIME
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import a_fill, some_terms

BUY = OrderIntent(code="TEST.BUY", side=Side.BUY, quantity=Decimal(5))
SELL = OrderIntent(code="TEST.SELL", side=Side.SELL, quantity=Decimal(5))
HUGE = OrderIntent(code="TEST.BUY", side=Side.BUY, quantity=Decimal(5000))


def summed(rig: Rig, *closes: str) -> Sums:
    """Each of these bars, taken one by one."""
    sums = Sums()
    sums.begin(rig.view)
    for close in closes:
        for record in rig.bar(close):
            sums.take(record, rig.view)
    return sums


def test_decisions_orders_and_fills_are_counted() -> None:
    """By outcome and by class."""
    rig = Rig(BUY, HUGE, SELL, ValueError("x"), journal=MemoryJournal(), venue=ScriptedVenue(fills=True))
    data = summed(rig, "100", "100", "100", "100", "100").as_data(rig.view)
    assert (data["bars"], data["approved"], data["denied"], data["errors"], data["no_action"]) == (5, 2, 1, 1, 1)
    assert (data["orders"], data["entries"], data["exits"], data["fills"]) == (2, 1, 1, 2)
    assert (data["trading_state"], data["trading_code"]) == ("HALTED", "FAULT_IN_STRATEGY")


def test_exposure_and_drawdown_are_looked_at_on_each_bar() -> None:
    """Five held from the second bar to the fourth: at 100, 104 and 98; 1,510 over six bars."""
    rig = Rig(BUY, NOTHING_TO_DO, NOTHING_TO_DO, SELL, journal=MemoryJournal(), venue=ScriptedVenue(fills=True))
    data = summed(rig, "100", "100", "104", "98", "98", "120").as_data(rig.view)
    assert (data["exposure_max"], data["exposure_mean"]) == ("520", "251.67")
    assert data["drawdown_max"] == "30"
    assert (data["pnl"], data["equity"], data["position"]) == ("-10", "99990", "0")


def test_a_trade_between_two_bars_counts_though_nothing_is_held_at_either() -> None:
    """Bought and sold again before the next bar is seen: the loss is there."""
    rig = Rig(journal=MemoryJournal())
    sums = summed(rig, "100", "100")
    for record in rig.bar("90"):
        sums.take(record, rig.view)
    books = rig.view._state.portfolio
    for side, price in ((Side.BUY, "100"), (Side.SELL, "98")):
        books.book(side, Decimal(5), Decimal(price), Decimal(1))
        terms = some_terms(side=side, quantity=Decimal(5))
        sums.take(Record(A_TIME, a_fill(terms, Decimal(5), Decimal(price))), rig.view)
    for record in rig.bar("90"):
        sums.take(record, rig.view)
    data = sums.as_data(rig.view)
    assert (data["pnl"], data["fees"], data["drawdown_max"], data["fills"]) == ("-12", "2", "12", 2)


@pytest.mark.parametrize(
    ("report", "key"),
    [
        (OrderRejected(client_order_id="1", ts_event=A_TIME, code="X"), "rejected"),
        (OrderExpired(client_order_id="1", ts_event=A_TIME), "expired"),
        (a_fill(some_terms(), Decimal(1), Decimal(1)), "fills"),
    ],
)
def test_what_the_venue_says_is_counted_once(report: OrderRejected | OrderExpired | OrderFilled, key: str) -> None:
    """A fill that was told before is no other fill."""
    rig = Rig(journal=MemoryJournal())
    sums = Sums()
    sums.take(Record(A_TIME, report), rig.view)
    if isinstance(report, OrderFilled):
        sums.take(Record(A_TIME, report, None, (ReportIgnored(code="FILL_REPEATED"),)), rig.view)
    assert sums.as_data(rig.view)[key] == 1


def test_without_a_bar_there_is_nothing_to_take_a_mean_of() -> None:
    """And nothing raises."""
    rig = Rig(journal=MemoryJournal())
    sums = Sums()
    for record in rig.step(Split(instrument="TEST", ts_event=rig.at, ratio=Decimal(2))):
        sums.take(record, rig.view)
    assert sums.as_data(rig.view)["exposure_mean"] == "0"
