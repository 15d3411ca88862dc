"""The books, held against an account of fractions that knows nothing of lots' rounding."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.faults import InvariantViolated
from interlock.core.orders import Side
from interlock.core.portfolio import Lot, Portfolio
from interlock.core.values import is_multiple, problem_with_amount

OPENING = Decimal(100_000)
TINY = Decimal("1E-10")

prices = st.decimals("0.0001", "99999", places=4)
quantities = st.one_of(st.integers(1, 900).map(Decimal), st.decimals("0.00000001", "50", places=8))
fees = st.decimals("0", "20", places=2)
fills = st.tuples(st.sampled_from(Side), quantities, prices, fees)
ratios = st.sampled_from([Decimal(text) for text in ("2", "3", "1.5", "0.1", "7", "0.25")])
# A fill, or a split, in any order.
stories = st.lists(st.one_of(fills, ratios), max_size=24)

Fill = tuple[Side, Decimal, Decimal, Decimal]


def decimals(*amounts: int) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def a_portfolio() -> Portfolio:
    return Portfolio(opening_cash=OPENING, cash=OPENING)


def played(story: list[Fill | Decimal], *, lot: Decimal = TINY, mark: Decimal | None = None) -> Portfolio:
    """The books after a story of fills and splits, every invariant held after each."""
    books = a_portfolio()
    for event in story:
        if isinstance(event, Decimal):
            books.split(event, lot, mark)
        else:
            books.book(*event)
        books.check_lots()
    return books


@given(stories)
def test_cash_and_position_are_those_of_an_account_of_fractions(story: list[Fill | Decimal]) -> None:
    """Cash plus cost of fills plus fees is the opening cash; position is the signed sum of fills, splits applied."""
    books = played(story)
    cash, position, paid = Fraction(OPENING), Fraction(0), Fraction(0)
    for event in story:
        if isinstance(event, Decimal):
            position *= Fraction(event)
            continue
        side, quantity, price, fee = event
        signed = Fraction(quantity) if side is Side.BUY else -Fraction(quantity)
        cash -= signed * Fraction(price) + Fraction(fee)
        position += signed
        paid += Fraction(fee)
    assert Fraction(books.cash) == cash
    assert Fraction(books.position) == position
    assert Fraction(books.fees) == paid


@given(stories, prices)
def test_the_identity_holds_at_every_price(story: list[Fill | Decimal], mark: Decimal) -> None:
    """Realised plus unrealised minus fees is equity minus opening cash, to the last digit, at any mark."""
    view = played(story).at(mark)
    profit = Fraction(view.realised_pnl) + Fraction(view.unrealised_pnl) - Fraction(view.fees)
    assert profit == Fraction(view.equity) - Fraction(OPENING)
    assert Fraction(view.equity) == Fraction(view.cash) + Fraction(view.position) * Fraction(mark)


@given(st.lists(fills, max_size=24))
def test_realised_profit_is_first_in_first_out(story: list[Fill]) -> None:
    """It is the sum over matched units of what they fetched minus what they had cost, up to each division's dust."""
    books = played(list(story))
    held: deque[tuple[int, Fraction, Fraction]] = deque()
    realised = Fraction(0)
    for side, quantity, price, _ in story:
        sign, left = (1 if side is Side.BUY else -1), Fraction(quantity)
        while left and held and held[0][0] != sign:
            direction, units, cost = held.popleft()
            matched = min(units, left)
            realised += direction * matched * (Fraction(price) - cost)
            left -= matched
            if units > matched:
                held.appendleft((direction, units - matched, cost))
        if left:
            held.append((sign, left, Fraction(price)))
    assert abs(Fraction(books.realised_pnl) - realised) <= len(story) * len(story) * Fraction(TINY)
    assert [Fraction(lot.quantity) for lot in books.lots] == [units for _, units, _ in held]
    assert all(sign * Fraction(books.position) > 0 for sign, _, _ in held)


@given(st.lists(fills, max_size=12))
def test_nothing_is_left_behind_when_everything_is_sold(story: list[Fill]) -> None:
    """Flat means: no lot, no cost, and everything that happened is in realised profit and fees."""
    books = played(list(story))
    if books.position:
        side = Side.SELL if books.position > 0 else Side.BUY
        books.book(side, abs(books.position), Decimal(3), Decimal(0))
    assert not books.position
    assert not books.cost_basis
    assert not books.lots
    assert Fraction(books.realised_pnl) - Fraction(books.fees) == Fraction(books.cash) - Fraction(OPENING)


@given(fills, st.integers(1, 6))
def test_parts_of_a_fill_book_what_the_whole_would(fill: Fill, parts: int) -> None:
    """Cash, position and cost basis do not depend on how many fills brought them."""
    side, quantity, price, fee = fill
    whole, pieces = a_portfolio(), a_portfolio()
    whole.book(side, quantity * parts, price, fee * parts)
    for _ in range(parts):
        pieces.book(side, quantity, price, fee)
    assert (pieces.cash, pieces.position, pieces.cost_basis) == (whole.cash, whole.position, whole.cost_basis)


@given(st.lists(fills, max_size=8), ratios, prices)
def test_a_split_keeps_what_was_paid_and_pays_out_what_is_less_than_a_lot(
    story: list[Fill], ratio: Decimal, mark: Decimal
) -> None:
    """Total cost moves only with the odd units that are paid for, to the nearest cent at the restated mark."""
    books = played(list(story))
    before = Fraction(books.position) * Fraction(ratio)
    cash = books.cash
    odd = books.split(ratio, Decimal(1), mark)
    books.check_lots()
    sign = 1 if before > 0 else -1
    assert Fraction(odd) == abs(before) % 1
    assert Fraction(books.position) == before - sign * Fraction(odd)
    assert abs(Fraction(books.cash - cash) - sign * Fraction(odd) * Fraction(mark)) <= Fraction(1, 200)


def test_a_split_without_a_mark_keeps_the_odd_lot() -> None:
    """What nobody can price is not paid out."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal(3), Decimal(10), Decimal(0))
    assert books.split(Decimal("0.5"), Decimal(1), None) == Decimal("0.5")
    assert books.position == Decimal("1.5")


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("ratio", ["0.3333333333", "1.5000000000", "3.0000000003", "0.0000000001"])
def test_what_a_split_leaves_is_an_amount_that_an_exit_may_have(ratio: str, side: Side) -> None:
    """Whole lots, written with no more digits than an amount may have: the position can be closed in one order."""
    books = a_portfolio()
    books.book(side, Decimal("3.5"), Decimal(10), Decimal(0))
    books.split(Decimal(ratio), Decimal("0.1"), Decimal(10))
    assert problem_with_amount(books.position) is None
    assert is_multiple(books.position, Decimal("0.1"))
    assert not str(books.position).startswith("-0.0")


def test_lots_stay_as_fine_as_amounts_however_many_splits_there_are() -> None:
    """A ratio of ten decimals a year, for a lifetime: nothing grows, and nothing is lost of units or cost."""
    books = a_portfolio()
    for quantity in (1, 20, 300):
        books.book(Side.BUY, Decimal(quantity), Decimal("10.07"), Decimal(0))
    for _ in range(30):
        books.split(Decimal("3.0000000003"), Decimal(1), Decimal("1.23"))
        books.split(Decimal("0.3333333333"), Decimal(1), Decimal("3.69"))
        assert all(problem_with_amount(lot.quantity) is None for lot in books.lots)
    assert 250 < books.position <= 321


def test_units_too_few_to_be_counted_leave_with_the_lot_that_they_cost() -> None:
    """A lot of a hundred-millionth unit, one for a thousand: it is nothing, and its cost goes with the next sale."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal("0.00000001"), Decimal(100), Decimal(0))
    books.book(Side.BUY, Decimal("0.99999999"), Decimal(100), Decimal(0))
    books.split(Decimal("0.001"), TINY, Decimal(100_000))
    assert [lot.quantity for lot in books.lots] == [0, Decimal("0.001")]
    books.book(Side.SELL, Decimal("0.001"), Decimal(100_000), Decimal(0))
    assert not books.lots
    assert books.cost_basis == 0


def test_the_oldest_lot_goes_first_and_keeps_its_remainder() -> None:
    """A third of a lot that cost 100: what cannot be divided stays with the rest, and nothing is lost."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal(3), Decimal("33.3333333333"), Decimal(0))
    books.book(Side.BUY, Decimal(1), Decimal(50), Decimal(0))
    books.book(Side.SELL, Decimal(1), Decimal(40), Decimal(0))
    assert books.lots == deque([Lot(Decimal(2), Decimal("66.6666666666")), Lot(Decimal(1), Decimal(50))])
    books.book(Side.SELL, Decimal(3), Decimal(40), Decimal(0))
    assert books.cost_basis == 0
    assert books.realised_pnl == Decimal("10.0000000001")


def test_a_fill_may_turn_the_position_over() -> None:
    """The part that closes realises, the part that opens starts a lot on the other side at its own price."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal(2), Decimal(10), Decimal(1))
    books.book(Side.SELL, Decimal(5), Decimal(12), Decimal(1))
    assert [books.position, books.realised_pnl, books.cost_basis] == decimals(-3, 4, -36)
    books.book(Side.BUY, Decimal(3), Decimal(11), Decimal(1))
    assert [books.position, books.realised_pnl, books.cost_basis, books.fees] == decimals(0, 7, 0, 3)


def test_books_are_exact_where_the_ambient_context_would_round() -> None:
    """Twenty decimals beside twelve whole digits: more than 28, and nothing is rounded."""
    with localcontext(prec=28):
        books = Portfolio(opening_cash=Decimal("999999999999"), cash=Decimal("999999999999"))
        books.book(Side.BUY, Decimal("0.0000000001"), Decimal("0.0000000001"), Decimal(0))
        view = books.at(Decimal("0.0000000003"))
    assert Fraction(books.cash) == 999_999_999_999 - Fraction(1, 10**20)
    assert Fraction(view.equity) == 999_999_999_999 + Fraction(2, 10**20)


def test_without_a_price_the_position_is_worth_what_it_cost() -> None:
    """There is no better guess before the first bar."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal(2), Decimal(10), Decimal(1))
    assert [books.at(None).equity, books.at(None).unrealised_pnl] == [OPENING - 1, Decimal(0)]


@pytest.mark.parametrize("amount", ["cash", "fees", "realised_pnl", "cost_basis", "opening_cash", "adjustments"])
def test_books_that_do_not_add_up_are_never_used_again(amount: str) -> None:
    """One digit off in any of them, and the next fill stops the run."""
    books = a_portfolio()
    setattr(books, amount, getattr(books, amount) + TINY)
    with pytest.raises(InvariantViolated):
        books.book(Side.BUY, Decimal(1), Decimal(1), Decimal(0))


def _another_lot(books: Portfolio) -> None:
    books.lots.append(Lot(Decimal(1), Decimal(0)))


def _another_cost(books: Portfolio) -> None:
    books.lots[0].cost += TINY


@pytest.mark.parametrize("spoil", [_another_lot, _another_cost])
def test_lots_that_do_not_add_up_are_noticed(spoil: Callable[[Portfolio], None]) -> None:
    """Units against the position, costs against the cost basis."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal(1), Decimal(1), Decimal(0))
    spoil(books)
    with pytest.raises(InvariantViolated):
        books.check_lots()


@pytest.mark.parametrize("spoil", [_another_lot, _another_cost])
@pytest.mark.parametrize(
    "next_event",
    [
        lambda books: books.book(Side.SELL, Decimal(1), Decimal(1), Decimal(0)),
        lambda books: books.split(Decimal(2), Decimal(1), Decimal(1)),
    ],
    ids=["closed", "split"],
)
def test_lots_are_held_to_account_when_the_position_is_closed_and_after_a_split(
    spoil: Callable[[Portfolio], None], next_event: Callable[[Portfolio], None]
) -> None:
    """A run whose lots went wrong stops there, and not only in a test."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal(1), Decimal(1), Decimal(0))
    spoil(books)
    with pytest.raises(InvariantViolated):
        next_event(books)


def test_a_position_without_a_lot_is_noticed_at_once() -> None:
    """There is nothing that it could have cost."""
    books = a_portfolio()
    books.position = Decimal(1)
    with pytest.raises(InvariantViolated):
        books.check()


def test_lots_of_more_digits_than_the_ambient_context_keeps_add_up() -> None:
    """32 digits of cost: what is compared is not rounded on the way."""
    books = a_portfolio()
    books.book(Side.BUY, Decimal("1234567.1234567891"), Decimal("12345.1234567891"), Decimal(0))
    books.check_lots()
