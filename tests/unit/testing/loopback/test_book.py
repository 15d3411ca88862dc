"""The loopback venue's book: what each move does to an order, and that the same messages make the same book."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.orders import OrderType, Side, TimeInForce
from interlock.core.reasons import Reason
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from interlock.testing.approvals import A_SESSION, approve
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar
from interlock.testing.loopback import book as loopback_book
from interlock.testing.loopback.book import (
    AS_TOLD,
    FILLS_MAX,
    NOBODY,
    ORDERS_RETOLD,
    QUANTITY_MAX,
    TOO_LARGE,
    Answer,
    Book,
)
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.requests import Asked, Request

# These work the order as ACCEPT does: what they change is what becomes of the answer.
ONLY_THE_ANSWER = {Move.ACCEPT, Move.DELAY, Move.LOSE_ANSWER, Move.HANG_UP, Move.GARBLE, Move.DUPLICATE}


def asked(ordinal: int = 1, **terms: Any) -> Asked:
    """An order as the venue is told of it."""
    return Asked.of(approve(ordinal=ordinal, **terms).terms)


def do(book: Book, what: str, **values: Any) -> Answer:
    """One request."""
    return book.take(Request(do=what, id=1, values=values))


def submit(book: Book, order: Asked, now: datetime = A_TIME) -> Answer:
    return do(book, "submit", order=order, now=now)


def bar(book: Book, close: str = "100", *, minute: int = 1, **prices: Any) -> None:
    do(book, "bar", bar=a_bar(close, at=A_TIME + minute * A_MINUTE, **prices))


def kinds(book: Book) -> list[str]:
    return [type(report).__name__ for report in book.told]


def fills(book: Book) -> list[OrderFilled]:
    return [report for report in book.told if isinstance(report, OrderFilled)]


def planned(move: Move, order: Asked | None = None) -> tuple[Book, Answer]:
    """A book with one order, on which ``move`` was told."""
    book = Book()
    assert do(book, "plan", move=move, order=0, orders=1) == Answer()
    return book, submit(book, order or asked())


@pytest.mark.parametrize("move", sorted(ONLY_THE_ANSWER))
def test_what_becomes_of_the_answer_changes_nothing_in_the_book(move: Move) -> None:
    """The order works, and fills whole at the next open."""
    book, answer = planned(move)
    (accepted,) = answer.told
    assert isinstance(accepted, OrderAccepted)
    assert (answer.move, answer.order) == (move, asked())
    bar(book, "101", open="99")
    (fill,) = fills(book)
    assert (fill.last_qty, fill.last_px, fill.side) == (Decimal(10), Decimal(99), Side.BUY)
    assert fill.fee == fill.slippage == 0
    assert list(do(book, "find", client_order_id=fill.client_order_id).told) == [accepted, fill]
    assert not book.works
    assert book.is_doubled(fill) is (move is Move.DUPLICATE)


def test_a_rejected_order_never_works() -> None:
    """The answer says that it was told to."""
    book, answer = planned(Move.REJECT)
    (rejected,) = answer.told
    assert isinstance(rejected, OrderRejected)
    assert rejected.code == AS_TOLD
    assert not book.works


def test_an_order_that_is_lost_was_never_heard_of() -> None:
    """No answer, nothing found, nothing to cancel; sent again it would be another order to come."""
    book, answer = planned(Move.LOSE_ORDER)
    assert (answer.told, answer.move, book.works) == ((), Move.LOSE_ORDER, False)
    assert do(book, "find", client_order_id=asked().client_order_id) == Answer()
    assert isinstance(submit(book, asked()).told[0], OrderAccepted)


def test_an_order_may_fill_after_it_was_said_to_be_canceled() -> None:
    """Once, and a second cancel is refused as if it had ended."""
    book, _ = planned(Move.FILL_AFTER_CANCEL)
    for _ in range(2):
        do(book, "cancel", client_order_id=asked().client_order_id, now=A_TIME)
    assert kinds(book) == ["OrderCanceled", "CancelRejected"]
    for minute in (1, 2):
        bar(book, minute=minute)
    assert kinds(book)[2:] == ["OrderFilled"]


def test_an_order_that_was_canceled_in_word_ends_in_silence() -> None:
    """With its session, when no bar came to fill it."""
    book, _ = planned(Move.FILL_AFTER_CANCEL)
    do(book, "cancel", client_order_id=asked().client_order_id, now=A_TIME)
    do(book, "silence", until=A_SESSION.close + A_MINUTE)
    assert kinds(book) == ["OrderCanceled"]
    assert not book.works


def test_other_quantity_works_twice_as_much() -> None:
    """And says so to whoever asks what is worked."""
    book, answer = planned(Move.OTHER_QUANTITY)
    assert answer.order is not None
    assert answer.order.quantity == 20
    bar(book)
    assert fills(book)[0].last_qty == 20


def test_other_side_tells_the_fill_with_the_other_side() -> None:
    """The order itself is as it was sent."""
    book, answer = planned(Move.OTHER_SIDE)
    assert answer.order == asked()
    bar(book)
    assert fills(book)[0].side is Side.SELL


def test_a_trade_of_nobody_stands_beside_the_own_fill() -> None:
    """With a trade id of its own, on an order that nobody sent."""
    book, _ = planned(Move.TRADE_OF_NOBODY)
    bar(book)
    own, other = fills(book)
    assert (own.client_order_id, other.client_order_id) == (asked().client_order_id, NOBODY)
    assert own.trade_id != other.trade_id


def test_a_plan_is_for_an_order_by_its_number_or_for_the_next() -> None:
    """Counted as they reach the wire; an order that comes twice is one order."""
    book = Book()
    do(book, "plan", move=Move.REJECT, order=2, orders=1)
    submit(book, asked(1))
    submit(book, asked(1))
    do(book, "plan", move=Move.REJECT, order=4, orders=2)
    answers = [submit(book, asked(ordinal)).told[0] for ordinal in range(2, 7)]
    assert [isinstance(answer, OrderRejected) for answer in answers] == [True, False, True, True, False]
    do(book, "plan", move=Move.REJECT, order=0, orders=1)
    assert isinstance(submit(book, asked(7)).told[0], OrderRejected)


def test_the_same_order_is_answered_the_same() -> None:
    """It works once, whatever became of it since."""
    book = Book()
    first = submit(book, asked())
    bar(book)
    assert submit(book, asked(), A_TIME + A_MINUTE).told == first.told
    bar(book, minute=2)
    assert len(fills(book)) == 1


@pytest.mark.parametrize(
    ("order", "now", "code"),
    [
        (asked(order_type=OrderType.STOP), A_TIME, Reason.TYPE_NOT_SUPPORTED),
        (asked(time_in_force=TimeInForce.GTC), A_TIME, Reason.TYPE_NOT_SUPPORTED),
        (asked(), A_SESSION.close, Reason.APPROVAL_EXPIRED),
        (evolve(asked(), quantity=QUANTITY_MAX + 1), A_TIME, TOO_LARGE),
    ],
)
def test_what_it_does_not_take_is_rejected(order: Asked, now: datetime, code: str) -> None:
    """By name, and nothing works."""
    book = Book()
    (answer,) = submit(book, order, now).told
    assert isinstance(answer, OrderRejected)
    assert answer.code == code
    assert not book.works


@pytest.mark.parametrize(
    ("terms", "prices", "expected"),
    [
        ({}, {"open": "100"}, "100"),
        ({}, {"open": "151", "high": "152", "low": "90"}, None),
        ({"side": Side.SELL}, {"open": "49", "high": "152", "low": "48"}, None),
        ({"limit_price": "99"}, {"open": "98"}, "98"),
        ({"limit_price": "99"}, {"open": "100", "low": "98.99"}, "99"),
        ({"limit_price": "99"}, {"open": "100", "low": "99"}, None),
        ({"limit_price": "101", "side": Side.SELL}, {"open": "102"}, "102"),
        ({"limit_price": "101", "side": Side.SELL}, {"open": "100", "high": "101.01"}, "101"),
        ({"limit_price": "101", "side": Side.SELL}, {"open": "100", "high": "101"}, None),
    ],
)
def test_at_what_an_order_fills(terms: dict[str, Any], prices: dict[str, Any], expected: str | None) -> None:
    """At the open where that is no worse than allowed, at the limit where it was traded through, or not at all."""
    book = Book()
    submit(book, asked(**terms))
    bar(book, **prices)
    assert [fill.last_px for fill in fills(book)] == ([] if expected is None else [Decimal(expected)])


def test_a_bar_of_another_instrument_or_of_before_fills_nothing() -> None:
    """Nor does one that had closed when the order was decided."""
    book = Book()
    submit(book, asked())
    do(book, "bar", bar=a_bar(at=A_TIME + A_MINUTE, instrument="OTHER"))
    do(book, "bar", bar=a_bar(at=A_TIME))
    assert book.told == []


def test_an_order_ends_with_its_session() -> None:
    """On the bar of the close it may still fill; what did not has expired then, and is told of once."""
    book = Book()
    submit(book, asked(1, limit_price="60"))
    submit(book, asked(2))
    do(book, "bar", bar=a_bar(at=A_SESSION.close))
    do(book, "silence", until=A_SESSION.close + A_MINUTE)
    assert kinds(book) == ["OrderFilled", "OrderExpired"]


def test_a_test_can_fill_an_order_at_any_time_and_with_any_amount() -> None:
    """In parts, beyond its quantity, after its end; not one that was never sent, and not for ever."""
    book = Book()
    name = asked().client_order_id
    fill: dict[str, Any] = {"client_order_id": name, "quantity": Decimal(4), "price": Decimal(100), "now": A_TIME}
    assert do(book, "fill", **fill).error
    submit(book, asked())
    assert [do(book, "fill", **fill).error for _ in range(FILLS_MAX)] == [""] * FILLS_MAX
    assert not book.works
    assert do(book, "fill", **fill).error
    assert do(book, "fill", **{**fill, "quantity": Decimal(0)}).error
    assert len({each.trade_id for each in fills(book)}) == FILLS_MAX


def test_a_test_can_have_anything_told() -> None:
    """True or not; it is no part of any order's history."""
    book = Book()
    submit(book, asked())
    report = OrderCanceled(client_order_id=asked().client_order_id, ts_event=A_TIME)
    do(book, "tell", report=report)
    assert book.told == [report]
    assert len(do(book, "find", client_order_id=asked().client_order_id).told) == 1


def test_who_begins_anew_is_told_of_the_newest_orders() -> None:
    """As many as the core remembers for certain; and of what belongs to no order."""
    book = Book()
    names = [f"order-{number}" for number in range(ORDERS_RETOLD + 1)]
    for client_order_id in [NOBODY, *names]:
        do(book, "tell", report=OrderCanceled(client_order_id=client_order_id, ts_event=A_TIME))
    assert len(book.retold()) == ORDERS_RETOLD + 2
    for ordinal in range(1, ORDERS_RETOLD + 2):
        submit(book, asked(ordinal))
        do(book, "cancel", client_order_id=asked(ordinal).client_order_id, now=A_TIME)
    assert list(book.retold()) == [n for n in range(1, len(book.told) + 1) if n != ORDERS_RETOLD + 3]


def test_the_book_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders, plans and reports: beyond the limit it refuses, and says so."""
    monkeypatch.setattr(loopback_book, "ORDERS_MAX", 1)
    monkeypatch.setattr(loopback_book, "PLANNED_MAX", 1)
    book = Book()
    submit(book, asked(1))
    (refused,) = submit(book, asked(2)).told
    assert isinstance(refused, OrderRejected)
    assert refused.code == loopback_book.FULL
    assert do(book, "plan", move=Move.REJECT, order=0, orders=2).error
    monkeypatch.setattr(loopback_book, "REPORTS_MAX", 0)
    assert do(book, "find", client_order_id="x").error == "the book is full"


# ---------------------------------------------------------------------------------------- any messages

minutes = st.integers(1, 400)
prices = st.sampled_from(["60", "99", "100", "101", "140"])
requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(
        lambda ordinal, side, limit, minute: ("submit", {"order": (ordinal, side, limit), "now": minute}),
        st.integers(1, 4),
        st.sampled_from(Side),
        st.none() | prices,
        minutes,
    ),
    st.builds(lambda ordinal, minute: ("cancel", {"order": ordinal, "now": minute}), st.integers(1, 5), minutes),
    st.builds(lambda price, minute: ("bar", {"price": price, "now": minute}), prices, minutes),
    st.builds(lambda minute: ("silence", {"now": minute}), minutes),
    st.builds(lambda move: ("plan", {"move": move}), st.sampled_from(Move)),
).map(lambda drawn: a_request(*drawn))
TRUE_MOVES = {*ONLY_THE_ANSWER, Move.REJECT, Move.LOSE_ORDER}


def a_request(what: str, drawn: dict[str, Any]) -> Request:
    """What was drawn, as a request."""
    at = A_TIME + drawn["now"] * A_MINUTE if "now" in drawn else A_TIME
    values: dict[str, Any] = {}
    if what == "submit":
        ordinal, side, limit = drawn["order"]
        values = {"order": asked(ordinal, side=side, limit_price=limit), "now": at}
    elif what == "cancel":
        values = {"client_order_id": asked(drawn["order"]).client_order_id, "now": at}
    elif what == "bar":
        values = {"bar": a_bar(drawn["price"], at=at)}
    elif what == "silence":
        values = {"until": at}
    else:
        values = {"move": drawn["move"], "order": 0, "orders": 1}
    return Request(do=what, id=1, values=values)


@given(st.lists(requests, max_size=25))
def test_the_same_messages_make_the_same_book(messages: list[Request]) -> None:
    """That is what a restart rests on: answers, reports and what is known of each order are equal."""
    one, other = Book(), Book()
    assert [one.take(each) for each in messages] == [other.take(each) for each in messages]
    assert one.told == other.told
    for ordinal in range(1, 6):
        name = asked(ordinal).client_order_id
        assert do(one, "find", client_order_id=name) == do(other, "find", client_order_id=name)


@given(st.lists(requests, max_size=25))
def test_as_long_as_it_tells_the_truth_every_order_ends_once(messages: list[Request]) -> None:
    """Whatever comes in which order: at most one end, filled whole or not at all, nothing told after the end."""
    book = Book()
    for each in messages:
        if each.values.get("move", Move.ACCEPT) in TRUE_MOVES:
            book.take(each)
    told: dict[str, list[ExecutionReport]] = {}
    for report in book.told:
        if not isinstance(report, CancelRejected):
            told.setdefault(report.client_order_id, []).append(report)
    for name, own in told.items():
        (end,) = own
        assert isinstance(end, OrderFilled | OrderCanceled | OrderExpired)
        if isinstance(end, OrderFilled):
            assert end.last_qty == 10
        assert list(do(book, "find", client_order_id=name).told)[1:] == own
    assert len({fill.trade_id for fill in fills(book)}) == len(fills(book))
