"""The paper venue beyond the contract: what it refuses by name, how orders share a bar, and what it remembers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.execution.paper import ENDED_ORDERS_KEPT, PaperOptions, PaperVenue
from interlock.core.faults import ConfigurationError
from interlock.core.market import EndOfData, Silence
from interlock.core.order_states import OrderState
from interlock.core.orders import ApprovedOrder, OrderType, Side, TimeInForce
from interlock.core.reasons import Reason, missing
from interlock.core.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from interlock.core.state import WorkingOrder
from interlock.testing.approvals import A_SESSION, approve
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument

CLOSE = A_SESSION.close


def options(
    participation: str = "ignore", *, slippage: str = "0", fee_bps: str = "0", fee_fixed: str = "0"
) -> PaperOptions:
    return PaperOptions(
        slippage_bps=Decimal(slippage),
        fee_bps=Decimal(fee_bps),
        fee_fixed=Decimal(fee_fixed),
        participation=participation,
    )


def a_venue(participation: str = "ignore", *, fee_bps: str = "0") -> PaperVenue:
    return PaperVenue.from_options(options(participation, fee_bps=fee_bps), instrument=an_instrument())


def fills(venue: PaperVenue) -> list[OrderFilled]:
    return [report for report in venue.reports() if isinstance(report, OrderFilled)]


def test_the_assumptions_are_those_of_the_options() -> None:
    """Each option reaches the venue, and its line says all of them."""
    told = options("0.1", slippage="1.5", fee_bps="2", fee_fixed="0.35")
    venue = PaperVenue.from_options(told, instrument=an_instrument())
    assert (venue.fees.fee_bps, venue.fees.fee_fixed) == (Decimal(2), Decimal("0.35"))
    for word in ("1.5 bps", "2 bps", "0.35", "at most 0.1 of volume"):
        assert word in venue.describe()
    assert "any volume" in a_venue().describe()


# What Decimal would read all the same, one of them as the whole of a bar's volume; no other amount may be written so.
ODD_SHARES = ["0_1", "\u0661.1", " 0.1 ", "0.1\n", "1E-1", "+0.1", ".1", "1.", "0." + "0" * 40 + "1"]


@pytest.mark.parametrize("share", ["", "all", "0", "-0.1", "1.1", "NaN", "IGNORE", *ODD_SHARES])
def test_a_share_that_cannot_be_is_refused(share: str) -> None:
    """To ignore volume has to be said in that very word."""
    with pytest.raises(ValueError, match="participation"):
        options(share)


def test_a_share_that_came_past_the_options_is_a_configuration_error() -> None:
    """Whoever builds options without checking them is told what is wrong."""
    bad = options()
    object.__setattr__(bad, "participation", "all")
    with pytest.raises(ConfigurationError, match=r"execution\.participation"):
        PaperVenue.from_options(bad, instrument=an_instrument())


@pytest.mark.parametrize("name", ["slippage_bps", "fee_bps", "fee_fixed"])
def test_no_assumption_is_in_our_favour(name: str) -> None:
    """Below zero, slippage and fees would pay us."""
    given_options = {"slippage_bps": Decimal(0), "fee_bps": Decimal(0), "fee_fixed": Decimal(0), name: Decimal(-1)}
    with pytest.raises(ValueError, match=name):
        PaperOptions(participation="0.1", **given_options)


# ----------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (approve(instrument=an_instrument("OTHER")), Reason.INSTRUMENT_UNKNOWN),
        (approve(order_type=OrderType.STOP), Reason.TYPE_NOT_SUPPORTED),
        (approve(time_in_force=TimeInForce.GTC), Reason.TYPE_NOT_SUPPORTED),
        (approve(time_in_force=TimeInForce.IOC), Reason.TYPE_NOT_SUPPORTED),
        (approve(time_in_force=TimeInForce.FOK), Reason.TYPE_NOT_SUPPORTED),
        (approve(quantity="0.5"), Reason.OFF_LOT),
        (approve(limit_price="99.995"), Reason.OFF_TICK),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_venue_would_refuse_is_rejected_by_name(order: ApprovedOrder, code: Reason) -> None:
    """The sentence says what was wrong, and the order never works."""
    venue = a_venue()
    answer = venue.submit(order, A_TIME)
    assert isinstance(answer, OrderRejected)
    assert answer.code == code
    assert not answer.detail
    assert not missing(answer.code, answer.numbers)
    venue.on_market(a_bar("50", at=A_TIME + A_MINUTE))
    assert venue.reports() == ()


# ------------------------------------------------------------------------------------------- filling


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from(Side)), min_size=1, max_size=6), st.integers(0, 900))
def test_all_orders_together_take_no_more_than_the_share_of_a_bar(wanted: list[tuple[int, Side]], volume: int) -> None:
    """First come, first served: what the first took is not there for the second."""
    venue = a_venue("0.1")
    for ordinal, (quantity, side) in enumerate(wanted, start=1):
        venue.submit(approve(side, str(quantity), ordinal=ordinal), A_TIME)
    for minute in range(1, 4):
        venue.on_market(a_bar("100", volume=str(volume), at=A_TIME + minute * A_MINUTE))
        told = fills(venue)
        assert sum(fill.last_qty for fill in told) <= volume // 10
        assert [fill.client_order_id for fill in told] == sorted(fill.client_order_id for fill in told)
    # Only when the volume is used up does anybody wait.
    whole = sum(quantity for quantity, _ in wanted)
    done = sum(
        report.last_qty
        for ordinal in range(1, len(wanted) + 1)
        for report in venue.find(f"kit000000000-{ordinal}")
        if isinstance(report, OrderFilled)
    )
    assert done == min(whole, 3 * (volume // 10))


def test_the_fees_of_an_order_in_parts_are_those_of_the_whole() -> None:
    """Rounded up once: three parts pay together what one would have paid."""
    parts, whole = a_venue("0.1", fee_bps="3"), a_venue(fee_bps="3")
    for venue in (parts, whole):
        venue.submit(approve(quantity="10"), A_TIME)
        for minute in range(1, 4):
            venue.on_market(a_bar("33.33", volume="40", at=A_TIME + minute * A_MINUTE))
    many, one = fills(parts), fills(whole)
    assert (len(many), len(one)) == (3, 1)
    assert sum(fill.fee for fill in many) == one[0].fee == Decimal("0.10")


# -------------------------------------------------------------------------------------------- ending


def test_an_order_expires_at_its_sessions_close_after_the_closing_bar() -> None:
    """The bar that closes the session still fills it; what is left expires with that bar, and says why."""
    venue = a_venue("0.1")
    venue.submit(approve(quantity="10"), A_TIME)
    venue.on_market(Silence(until=CLOSE))
    assert venue.reports() == ()
    venue.on_market(a_bar("100", volume="40", at=CLOSE))
    filled, expired = venue.reports()
    assert isinstance(filled, OrderFilled)
    assert isinstance(expired, OrderExpired)
    assert (filled.last_qty, expired.ts_event, expired.code) == (Decimal(4), CLOSE, Reason.VOLUME_TOO_SMALL)


@pytest.mark.parametrize("by_silence", [True, False])
def test_a_session_without_bars_ends_its_orders_all_the_same(by_silence: bool) -> None:
    """By the next thing that is heard after its close; a later bar does not fill it first."""
    venue = a_venue()
    venue.submit(approve(), A_TIME)
    after = CLOSE + A_MINUTE
    venue.on_market(Silence(until=after) if by_silence else a_bar("100", at=after))
    (expired,) = venue.reports()
    assert isinstance(expired, OrderExpired)
    assert (expired.ts_event, expired.code) == (CLOSE, Reason.NO_BAR_IN_SESSION)


def test_a_bar_from_before_the_decision_fills_nothing_and_explains_nothing() -> None:
    """A late feed: what had closed when the order was decided is past."""
    venue = a_venue()
    venue.submit(approve(now=A_TIME + 2 * A_MINUTE), A_TIME + 2 * A_MINUTE)
    venue.on_market(a_bar("100", at=A_TIME + A_MINUTE))
    venue.on_market(Silence(until=CLOSE + A_MINUTE))
    (expired,) = venue.reports()
    assert isinstance(expired, OrderExpired)
    assert expired.code == Reason.NO_BAR_IN_SESSION


def test_the_end_of_data_ends_no_order() -> None:
    """It works on in case the data goes on: only its session ends it."""
    venue = a_venue()
    venue.submit(approve(), A_TIME)
    venue.on_market(EndOfData(ts_event=A_TIME))
    assert venue.reports() == ()
    venue.cancel("kit000000000-1", A_TIME)
    assert [type(report) for report in venue.reports()] == [OrderCanceled]


def test_a_rejected_cancel_is_no_part_of_an_orders_story() -> None:
    """Asked again and again, it is answered, and what is remembered of the order does not grow."""
    venue = a_venue()
    venue.submit(approve(), A_TIME)
    venue.on_market(a_bar("100", at=A_TIME + A_MINUTE))
    story = venue.find("kit000000000-1")
    for _ in range(3):
        venue.cancel("kit000000000-1", A_TIME)
    assert [type(report) for report in venue.reports()] == [OrderFilled, CancelRejected, CancelRejected, CancelRejected]
    assert venue.find("kit000000000-1") == story


# ----------------------------------------------------------------------------------------- remembering


def test_what_it_remembers_is_bounded_and_never_a_working_order() -> None:
    """The oldest ended orders are forgotten; one that works is kept however old it is."""
    venue = a_venue()
    venue.submit(approve(limit_price="51"), A_TIME)
    stop = approve(order_type=OrderType.STOP, ordinal=2)
    ids = []
    for ordinal in range(2, ENDED_ORDERS_KEPT + 12):
        order = stop if ordinal == 2 else approve(order_type=OrderType.STOP, ordinal=ordinal)
        ids.append(order.terms.client_order_id)
        venue.submit(order, A_TIME)
    assert len([name for name in ids if venue.find(name)]) == ENDED_ORDERS_KEPT
    assert venue.find(ids[0]) == ()
    assert venue.find(ids[-1])
    assert isinstance(venue.find("kit000000000-1")[0], OrderAccepted)


def test_working_orders_are_restored_with_what_they_had_filled() -> None:
    """After a restart the rest fills, and its fees go on from what was charged."""
    first = a_venue("0.1", fee_bps="3")
    order = approve(quantity="10")
    first.submit(order, A_TIME)
    first.on_market(a_bar("33.33", volume="40", at=A_TIME + A_MINUTE))
    (part,) = fills(first)
    second = a_venue("0.1", fee_bps="3")
    second.restore(
        [
            WorkingOrder(
                terms=order.terms,
                state=OrderState.PARTIALLY_FILLED,
                leaves_qty=10 - part.last_qty,
                notional=part.last_qty * part.last_px,
                fees=part.fee,
            )
        ]
    )
    later = [a_bar("33.33", volume="40", at=A_TIME + timedelta(minutes=minute)) for minute in (2, 3)]
    for bar in later:
        first.on_market(bar)
        second.on_market(bar)
    rest = fills(first)
    assert fills(second) == rest
    assert [fill.last_qty for fill in rest] == [4, 2]
    assert isinstance(second.submit(order, A_TIME), OrderAccepted)
    assert second.reconcile([order.terms], A_TIME).reports[0] == second.find(order.terms.client_order_id)[0]


def a_working(order: ApprovedOrder, state: OrderState) -> WorkingOrder:
    """``order`` as the journal left it, nothing of it filled."""
    quantity = order.terms.quantity
    return WorkingOrder(terms=order.terms, state=state, leaves_qty=quantity, notional=Decimal(0), fees=Decimal(0))


def test_what_was_asked_and_never_answered_is_answered_at_the_restart() -> None:
    """An order that was on its way is accepted or refused, and a cancel that was on its way is carried out."""
    venue = a_venue()
    sent, refused, asked_back = approve(ordinal=1), approve(ordinal=2, quantity="0.5"), approve(ordinal=3)
    venue.restore(
        [
            a_working(sent, OrderState.SUBMITTED),
            a_working(refused, OrderState.SUBMITTED),
            a_working(asked_back, OrderState.PENDING_CANCEL),
        ]
    )
    told = [(type(report), report.client_order_id[-1]) for report in venue.reports()]
    assert told == [(OrderAccepted, "1"), (OrderRejected, "2"), (OrderCanceled, "3")]
    venue.on_market(a_bar("100", at=A_TIME + A_MINUTE))
    assert [fill.client_order_id for fill in fills(venue)] == [sent.terms.client_order_id]


def test_a_restored_order_that_expires_does_not_guess_why() -> None:
    """Bars may have come before the restart: nobody here saw them."""
    venue = a_venue()
    venue.restore([a_working(approve(), OrderState.ACCEPTED)])
    venue.on_market(Silence(until=CLOSE + A_MINUTE))
    (expired,) = venue.reports()
    assert isinstance(expired, OrderExpired)
    assert (expired.code, expired.numbers) == ("", {})
