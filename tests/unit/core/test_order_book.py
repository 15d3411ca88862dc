"""What each report does to our orders: counted once, booked whatever happens, and never trusted twice."""

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.evolve import happen, observe
from interlock.core.order_book import Judgement, fingerprint, judge
from interlock.core.order_states import WORKING, OrderState, Trigger, next_state
from interlock.core.orders import OrderClass, OrderTerms, Side
from interlock.core.reasons import Reason
from interlock.core.records import CancelRequested, OrderSubmitted
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
)
from interlock.core.state import ENDED_ORDERS_KEPT, FOREIGN_TRADES_KEPT, Order, State, initial_state
from interlock.testing.builders import A_TIME
from interlock.testing.rehearsal import opened
from interlock.testing.situations import a_fill, some_terms

CASH = Decimal(1_000_000)
ONE = some_terms(quantity=Decimal(10), price=Decimal(110))
OTHER = some_terms(ordinal=2)
NOBODYS = replace(ONE, client_order_id="nobody")


def a_state(*orders: OrderTerms) -> State:
    """A state in which these orders were submitted."""
    state = initial_state(lookback=1, orders_remembered=4)
    observe(state, opened(opening_cash=str(CASH)), A_TIME)
    for terms in orders:
        happen(state, OrderSubmitted(terms=terms))
    return state


def told(state: State, *reports: ExecutionReport) -> Judgement:
    """Fold the reports in; what the last one meant when it came."""
    judgements = []
    for report in reports:
        judgements.append(judge(state, report))
        observe(state, report, A_TIME)
    return judgements[-1]


def the_order(state: State, terms: OrderTerms = ONE) -> Order:
    order = state.order(terms.client_order_id)
    assert order is not None
    return order


def fill(quantity: int, *, trade: str = "t1", price: str = "100", terms: OrderTerms = ONE) -> OrderFilled:
    return a_fill(terms, Decimal(quantity), Decimal(price), trade_id=trade, fee="0.10")


def accepted(terms: OrderTerms = ONE) -> OrderAccepted:
    return OrderAccepted(client_order_id=terms.client_order_id, venue_order_id="v", ts_event=A_TIME)


def rejected(terms: OrderTerms = ONE) -> OrderRejected:
    return OrderRejected(client_order_id=terms.client_order_id, ts_event=A_TIME, code="X")


def canceled(terms: OrderTerms = ONE) -> OrderCanceled:
    return OrderCanceled(client_order_id=terms.client_order_id, ts_event=A_TIME)


def cancel_rejected(terms: OrderTerms = ONE) -> CancelRejected:
    return CancelRejected(client_order_id=terms.client_order_id, ts_event=A_TIME, code="X")


def expired(terms: OrderTerms = ONE) -> OrderExpired:
    return OrderExpired(client_order_id=terms.client_order_id, ts_event=A_TIME)


def unknown(terms: OrderTerms = ONE) -> OrderUnknown:
    return OrderUnknown(client_order_id=terms.client_order_id, ts_event=A_TIME)


def ask_back(state: State, terms: OrderTerms = ONE) -> None:
    happen(state, CancelRequested(client_order_id=terms.client_order_id, code="TEST.CANCEL"))


# ------------------------------------------------------------------------------- the legal oddities


def test_a_fill_may_come_before_its_acknowledgement() -> None:
    """It counts at once, and the acknowledgement that follows changes nothing: in part or in whole."""
    state = a_state(ONE)
    assert told(state, fill(4)).anomaly is None
    assert the_order(state).state is OrderState.PARTIALLY_FILLED
    assert told(state, accepted()).anomaly is None
    assert the_order(state).state is OrderState.PARTIALLY_FILLED
    told(state, fill(6, trade="t2"))
    judgement = told(state, accepted())
    assert (judgement.anomaly, the_order(state).state) == (None, OrderState.FILLED)


def test_fills_while_a_cancel_is_pending_count_and_leave_it_pending() -> None:
    """In part it stays pending; the rest fills the order; the cancel is then rejected, rightly."""
    state = a_state(ONE)
    told(state, accepted())
    ask_back(state)
    assert told(state, fill(4)).anomaly is None
    assert the_order(state).state is OrderState.PENDING_CANCEL
    assert told(state, fill(6, trade="t2")).anomaly is None
    assert told(state, cancel_rejected()).anomaly is None
    assert the_order(state).state is OrderState.FILLED


@pytest.mark.parametrize(("filled", "back_to"), [(0, OrderState.ACCEPTED), (4, OrderState.PARTIALLY_FILLED)])
def test_a_rejected_cancel_puts_the_order_back_to_work(filled: int, back_to: OrderState) -> None:
    """As accepted, or as partially filled when something was filled; and telling it twice is no contradiction."""
    state = a_state(ONE)
    told(state, accepted(), *((fill(filled),) if filled else ()))
    ask_back(state)
    assert told(state, cancel_rejected()).trigger is Trigger.REJECT_CANCEL
    assert the_order(state).state is back_to
    judgement = told(state, cancel_rejected())
    assert (judgement.ignored, judgement.anomaly) == (Reason.REPORT_REPEATED, None)
    assert the_order(state).state is back_to


def test_a_cancel_may_cross_a_rejection() -> None:
    """The venue refuses the order, then the cancel of it: neither is a contradiction."""
    state = a_state(ONE)
    ask_back(state)
    assert told(state, rejected()).anomaly is None
    assert told(state, cancel_rejected()).anomaly is None
    assert the_order(state).state is OrderState.REJECTED


def test_a_rejected_cancel_that_nobody_asked_for_halts() -> None:
    """An order that was only just sent has no cancel to reject."""
    assert told(a_state(ONE), cancel_rejected()).anomaly is Reason.REPORT_CONTRADICTS


@pytest.mark.parametrize("end", [canceled(), expired(), rejected()], ids=["canceled", "expired", "rejected"])
def test_a_fill_after_the_end_is_booked_and_halts(end: ExecutionReport) -> None:
    """To ignore it would falsify the position; to believe it would be too much trust."""
    state = a_state(ONE)
    told(state, end)
    ended_as = the_order(state).state
    judgement = told(state, fill(3))
    assert judgement.anomaly is Reason.FILL_AFTER_END
    assert judgement.ignored is None
    assert state.portfolio.position == 3
    assert the_order(state).cum_qty == 3
    assert the_order(state).state is ended_as
    assert state.working == {}


def test_a_fill_after_everything_was_filled_is_booked_and_halts() -> None:
    """FILLED is an end like any other."""
    state = a_state(ONE)
    assert told(state, fill(10), fill(1, trade="t2")).anomaly is Reason.FILL_AFTER_END
    assert state.portfolio.position == 11
    assert the_order(state).leaves_qty == 0


def test_a_fill_beyond_the_quantity_is_booked_and_halts() -> None:
    """All of it, not only what was left."""
    state = a_state(ONE)
    judgement = told(state, accepted(), fill(4), fill(7, trade="t2"))
    assert judgement.anomaly is Reason.FILL_BEYOND_QUANTITY
    assert judgement.numbers["leaves_qty"] == 6
    assert state.portfolio.position == 11
    assert the_order(state).state is OrderState.FILLED
    assert the_order(state).leaves_qty == 0


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "110.01"), (Side.SELL, "89.99")])
def test_a_fill_beyond_protection_is_booked_and_halts(side: Side, price: str) -> None:
    """The price at which it may fill at worst was part of the permission; exactly there is still allowed."""
    bound = Decimal("110") if side is Side.BUY else Decimal("90")
    terms = some_terms(side=side, quantity=Decimal(10), price=bound)
    state = a_state(terms)
    assert told(state, fill(2, price=str(bound), terms=terms)).anomaly is None
    judgement = told(state, fill(2, trade="t2", price=price, terms=terms))
    assert judgement.anomaly is Reason.FILL_BEYOND_PROTECTION
    assert abs(state.portfolio.position) == 4
    assert the_order(state, terms).state is OrderState.PARTIALLY_FILLED


def test_a_fill_on_the_wrong_side_is_booked_and_fills_nothing_of_the_order() -> None:
    """The books follow the trade; the order still has to be watched for all of its quantity."""
    state = a_state(ONE)
    judgement = told(state, accepted(), replace(fill(4), side=Side.SELL))
    assert judgement.anomaly is Reason.REPORT_CONTRADICTS
    assert state.portfolio.position == -4
    assert the_order(state).leaves_qty == 10
    assert told(state, replace(fill(4), side=Side.SELL)).ignored is Reason.FILL_REPEATED


def test_a_fill_in_another_instrument_is_not_booked_and_halts() -> None:
    """These books are of one instrument: other shares would be valued at the wrong price."""
    state = a_state(ONE)
    before = deepcopy(state)
    for _ in range(2):
        judgement = told(state, replace(fill(4), instrument="OTHER"))
        assert judgement.anomaly is Reason.REPORT_CONTRADICTS
    assert state == before


# ------------------------------------------------------------------------------- told more than once


@pytest.mark.parametrize(
    "story",
    [
        (accepted(),),
        (rejected(),),
        (accepted(), fill(4)),
        (accepted(), fill(10)),
        (accepted(), canceled()),
        (accepted(), expired()),
        (unknown(),),
        (canceled(), fill(4)),
        (fill(12),),
    ],
    ids=lambda story: "-".join(type(report).__name__ for report in story),
)
def test_a_report_told_again_leaves_the_whole_state_as_it_was(story: tuple[ExecutionReport, ...]) -> None:
    """However often: each is counted once, and none of them is a contradiction."""
    state = a_state(ONE)
    told(state, *story)
    before = deepcopy(state)
    for _ in range(5):
        for report in story[-1:] if isinstance(story[-1], OrderUnknown) else story:
            judgement = told(state, report)
            assert judgement.anomaly is None
            assert judgement.ignored is not None or judgement.trigger is Trigger.ACCEPT
    assert state == before


@pytest.mark.parametrize("change", [{"last_qty": Decimal(5)}, {"last_px": Decimal(99)}, {"fee": Decimal(1)}])
def test_one_trade_told_in_two_ways_is_counted_once_and_halts(change: dict[str, Decimal]) -> None:
    """The venue contradicts itself: the first telling stays booked."""
    state = a_state(ONE)
    told(state, fill(4))
    before = deepcopy(state)
    again: OrderFilled = replace(fill(4), **change)
    judgement = told(state, again)
    assert judgement.anomaly is Reason.REPORT_CONTRADICTS
    assert judgement.ignored is Reason.FILL_REPEATED
    assert state == before


@pytest.mark.parametrize(("first", "second"), list(permutations((ONE, OTHER, NOBODYS), 2)))
@pytest.mark.parametrize("quantity", [4, 5])
@pytest.mark.parametrize("ended", [False, True])
def test_one_trade_told_under_two_orders_is_counted_once_and_halts(
    first: OrderTerms, second: OrderTerms, quantity: int, ended: bool
) -> None:
    """Alike or not, working or ended, ours or nobody's: a venue gives each trade one id, whatever it is part of."""
    state = a_state(ONE, OTHER)
    told(state, fill(4, terms=first))
    if ended:
        told(state, canceled(), canceled(OTHER))
    before = deepcopy(state)
    judgement = told(state, fill(quantity, terms=second))
    assert (judgement.ignored, judgement.anomaly) == (Reason.FILL_REPEATED, Reason.REPORT_CONTRADICTS)
    assert state == before
    assert state.portfolio.position == 4


def test_a_trade_written_with_other_zeros_is_the_same_trade() -> None:
    """100 and 100.00 are one price."""
    state = a_state(ONE)
    told(state, fill(4, price="100"))
    assert told(state, fill(4, price="100.00")).ignored is Reason.FILL_REPEATED
    assert fingerprint(fill(4, price="1E+2")) == fingerprint(fill(4, price="100.0"))


@pytest.mark.parametrize(
    ("story", "contradiction"),
    [
        ((accepted(),), rejected()),
        ((rejected(),), accepted()),
        ((fill(10),), canceled()),
        ((canceled(),), expired()),
        ((fill(10),), unknown()),
        ((expired(),), unknown()),
    ],
)
def test_a_report_that_contradicts_an_earlier_one_changes_nothing_and_halts(
    story: tuple[ExecutionReport, ...], contradiction: ExecutionReport
) -> None:
    """An accepted order cannot be rejected, an ended one cannot be lost."""
    state = a_state(ONE)
    told(state, *story)
    before = deepcopy(state)
    assert told(state, contradiction).anomaly is Reason.REPORT_CONTRADICTS
    assert state == before


# ------------------------------------------------------------------------------------------ in doubt


@pytest.mark.parametrize(
    ("evidence", "settled"),
    [
        (accepted(), OrderState.ACCEPTED),
        (rejected(), OrderState.REJECTED),
        (canceled(), OrderState.CANCELED),
        (expired(), OrderState.EXPIRED),
        (fill(4), OrderState.PARTIALLY_FILLED),
        (fill(10), OrderState.FILLED),
        (cancel_rejected(), OrderState.UNKNOWN),
    ],
)
def test_an_order_in_doubt_is_settled_by_the_venues_evidence_alone(
    evidence: ExecutionReport, settled: OrderState
) -> None:
    """A cancel that we ask for, or that is rejected, tells nothing of its fate."""
    state = a_state(ONE)
    told(state, unknown())
    ask_back(state)
    assert the_order(state).state is OrderState.UNKNOWN
    assert told(state, evidence).anomaly is None
    assert the_order(state).state is settled
    assert (ONE.client_order_id in state.working) is (settled in WORKING)


def test_an_order_found_after_doubt_is_partially_filled_when_something_was() -> None:
    """Accepted again, with the fills that it had."""
    state = a_state(ONE)
    told(state, fill(4), unknown(), accepted())
    assert the_order(state).state is OrderState.PARTIALLY_FILLED


# ----------------------------------------------------------------------------- orders that are not ours


def test_a_report_on_nobodys_order_changes_nothing_and_halts() -> None:
    """Somebody else trades this account, or the venue mixes up its clients."""
    state = a_state()
    before = deepcopy(state)
    for report in (accepted(), rejected(), canceled(), cancel_rejected(), expired(), unknown()):
        assert told(state, report).anomaly is Reason.REPORT_UNHEARD_OF
    assert state == before


def test_a_fill_of_nobodys_order_is_booked_once_and_halts() -> None:
    """It is our account's position all the same; told again, it is the same trade."""
    state = a_state()
    assert told(state, fill(4)).anomaly is Reason.FILL_UNHEARD_OF
    assert state.portfolio.position == 4
    judgement = told(state, fill(4))
    assert (judgement.ignored, judgement.anomaly) == (Reason.FILL_REPEATED, None)
    assert state.portfolio.position == 4


def test_what_is_remembered_is_bounded() -> None:
    """Ended orders with their trades, and foreign trades: the oldest are forgotten, the newest known."""
    state = a_state()
    for ordinal in range(ENDED_ORDERS_KEPT + 2):
        terms = some_terms(ordinal=ordinal)
        happen(state, OrderSubmitted(terms=terms))
        told(state, fill(1, trade=f"ours{ordinal}", terms=terms), canceled(terms))
    assert len(state.ended_orders) == ENDED_ORDERS_KEPT
    assert state.order(some_terms(ordinal=1).client_order_id) is None
    assert state.order(some_terms(ordinal=2).client_order_id) is not None
    assert list(state.portfolio.trades) == [f"ours{ordinal}" for ordinal in range(2, ENDED_ORDERS_KEPT + 2)]
    for number in range(FOREIGN_TRADES_KEPT + 2):
        told(state, fill(1, trade=f"t{number}", terms=NOBODYS))
    assert len(state.foreign_trades) == FOREIGN_TRADES_KEPT
    assert "t1" not in state.foreign_trades
    assert len(state.portfolio.trades) == ENDED_ORDERS_KEPT + FOREIGN_TRADES_KEPT


def test_a_trade_of_a_forgotten_order_is_booked_again_and_halts() -> None:
    """Memory is bounded: what is told of an order that ended so long ago is unheard of, and a person has to look."""
    state = a_state(ONE)
    told(state, fill(10))
    for ordinal in range(2, ENDED_ORDERS_KEPT + 2):
        happen(state, OrderSubmitted(terms=some_terms(ordinal=ordinal)))
        told(state, rejected(some_terms(ordinal=ordinal)))
    assert told(state, fill(10)).anomaly is Reason.FILL_UNHEARD_OF
    assert state.portfolio.position == 20


def test_submissions_are_counted_by_class() -> None:
    """Each order has its ordinal; entries and exits are remembered apart, as many as the rules look back."""
    state = a_state(*(some_terms(ordinal=number) for number in range(6)))
    happen(state, OrderSubmitted(terms=some_terms(ordinal=6, order_class=OrderClass.EXIT)))
    assert (state.orders_submitted, len(state.entry_times), len(state.exit_times)) == (7, 4, 1)


def test_a_cancel_of_what_does_not_work_is_no_event_for_the_state() -> None:
    """Nothing to ask back."""
    state = a_state(ONE)
    told(state, rejected())
    before = deepcopy(state)
    ask_back(state)
    assert state == before


# --------------------------------------------------------------------------------- whatever the venue says

ORDERS = tuple(
    some_terms(ordinal=number, side=side, quantity=Decimal(quantity), price=Decimal(100))
    for number, (side, quantity) in enumerate([(Side.BUY, 5), (Side.SELL, 8), (Side.BUY, 3)], start=1)
)
TRIGGERS = {
    OrderAccepted: Trigger.ACCEPT,
    OrderRejected: Trigger.REJECT,
    OrderCanceled: Trigger.CANCEL,
    CancelRejected: Trigger.REJECT_CANCEL,
    OrderExpired: Trigger.EXPIRE,
    OrderUnknown: Trigger.LOSE,
}
TOLD = (accepted, rejected, canceled, cancel_rejected, expired, unknown)


@st.composite
def any_report(draw: st.DrawFn) -> ExecutionReport | str:
    """Any report on any of three orders, or on none of ours; or the wish to cancel one."""
    terms = draw(st.sampled_from(ORDERS))
    kind = draw(st.integers(0, 10))
    if kind < len(TOLD):
        return TOLD[kind](terms)
    if kind == len(TOLD):
        return terms.client_order_id
    price = str(draw(st.integers(90, 110)))
    report = fill(draw(st.integers(1, 6)), trade=f"t{draw(st.integers(1, 9))}", price=price, terms=terms)
    return replace(report, client_order_id="nobody") if draw(st.integers(0, 9)) == 0 else report


@given(st.lists(any_report(), max_size=30), st.integers(1, 3))
def test_whatever_a_venue_tells_the_books_and_the_table_hold(story: list[ExecutionReport | str], times: int) -> None:
    """Lies, repeats and races: position and cash are those of the distinct trades, and states follow the table."""
    state = a_state(*ORDERS)
    position, cash = Fraction(0), Fraction(CASH)
    trades: set[str] = set()
    for report in story:
        if isinstance(report, str):
            happen(state, CancelRequested(client_order_id=report, code="TEST.CANCEL"))
            continue
        known = state.order(report.client_order_id)
        before = known.state if known is not None else None
        told(state, report)
        once = deepcopy(state)
        told(state, *[report] * times)
        assert state == once
        if isinstance(report, OrderFilled):
            if report.trade_id not in trades:
                trades.add(report.trade_id)
                signed = Fraction(report.last_qty) * (1 if report.side is Side.BUY else -1)
                position += signed
                cash -= signed * Fraction(report.last_px) + Fraction(report.fee)
        elif known is not None and before is not None:
            expected = next_state(before, TRIGGERS[type(report)]) or before
            assert known.state in (expected, OrderState.PARTIALLY_FILLED)
        assert Fraction(state.portfolio.position) == position
        assert Fraction(state.portfolio.cash) == cash
        for order in state.working.values():
            assert order.state in WORKING
            assert order.cum_qty + order.leaves_qty == order.terms.quantity
        assert not set(state.working) & set(state.ended_orders)
        assert set(state.portfolio.trades) == trades
        state.portfolio.check_lots()
