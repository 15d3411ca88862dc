"""Guards that a mutant of theirs got past, or a review found open: each is held here by the case that showed it."""

from decimal import Decimal

import pytest

from interlock.core.evolve import happen, observe
from interlock.core.fees import FeeSchedule
from interlock.core.orders import Side
from interlock.core.records import OrderSubmitted
from interlock.core.values import CENT, DECIMAL_DIGITS_MAX, EXACT, ZERO, plus, times
from interlock.core.view import MarketView
from interlock.testing.approvals import approve
from interlock.testing.builders import a_bar, an_instrument
from interlock.testing.situations import MONDAY, Situation, a_fill, some_terms


@pytest.mark.parametrize(
    ("lot", "tick", "quantity", "price"),
    [
        ("0.00000001", "0.001", "0.12345679", "67891.237"),
        ("0.0000000001", "0.0000000001", "99999.9999999999", "99999.9999999999"),
        ("1", "0.01", "10", "100"),
    ],
)
def test_what_is_reserved_suffices_and_is_an_amount(lot: str, tick: str, quantity: str, price: str) -> None:
    """The product of a fine lot and a fine tick has more digits than an amount may have: rounded up, never refused."""
    fees = FeeSchedule(fee_bps=Decimal(3))
    terms = approve(
        Side.BUY,
        quantity,
        limit_price=price,
        instrument=an_instrument(lot_size=lot, tick_size=tick),
        bar=a_bar(price),
        fees=fees,
    ).terms
    notional = times(Decimal(quantity), Decimal(price))
    over = EXACT.subtract(terms.reserved, plus(notional, fees.of(notional)))
    assert 0 <= over < CENT
    assert -int(terms.reserved.as_tuple().exponent) <= DECIMAL_DIGITS_MAX


@pytest.mark.parametrize(
    ("price", "fee", "left"),
    [
        pytest.param("100", "3", "207", id="the fees that were charged are not reserved a second time"),
        pytest.param("400", "3", "0", id="a fill worse than allowed frees no cash that another order holds"),
    ],
)
def test_a_part_that_filled_is_not_reserved_for(price: str, fee: str, left: str) -> None:
    """What is left of the reservation, and never less than nothing."""
    state = Situation().state()
    parts, other = (
        some_terms(ordinal=7, quantity=Decimal(3), reserved=Decimal(310)),
        some_terms(ordinal=8, quantity=Decimal(1), reserved=Decimal(100)),
    )
    for terms in (parts, other):
        happen(state, OrderSubmitted(terms=terms))
    observe(state, a_fill(parts, Decimal(1), Decimal(price), fee=fee), MONDAY.open)
    view = MarketView(state, MONDAY.open)
    assert len(view.working_orders) == 2
    assert view.reserved_cash == Decimal(left) + Decimal(100) > ZERO
