"""The paper matcher: what it assumes, and that every rounding goes against us."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from interlock.core.fees import FeeSchedule
from interlock.core.market import Bar
from interlock.core.matching import MatchingRules, RestingOrder, available, match, slipped, why_not
from interlock.core.orders import OrderTerms, OrderType, Side
from interlock.core.reasons import Reason, sentence
from interlock.core.reports import FillBasis, OrderFilled
from interlock.testing.approvals import A_SESSION, approve
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument

NEXT = A_TIME + A_MINUTE


def the_rules(
    *, slippage: str = "0", participation: str | None = None, tick: str = "0.01", lot: str = "1", fee: str = "0"
) -> MatchingRules:
    return MatchingRules(
        slippage_bps=Decimal(slippage),
        fees=FeeSchedule(fee_bps=Decimal(fee)),
        participation=None if participation is None else Decimal(participation),
        tick_size=Decimal(tick),
        lot_size=Decimal(lot),
    )


def resting(terms: OrderTerms) -> RestingOrder:
    return RestingOrder(terms=terms, venue_order_id="v1", leaves_qty=terms.quantity)


def filled(terms: OrderTerms, bar: Bar, rules: MatchingRules, units: Decimal | None = None) -> OrderFilled | None:
    """The fill alone."""
    matched = match(resting(terms), bar, rules, units)
    return None if matched is None else matched[0]


@st.composite
def any_bar(draw: st.DrawFn) -> Bar:
    """A bar around 100, of prices with four decimals: off the tick, as real ones are."""
    values = sorted(draw(st.lists(st.integers(500_000, 1_600_000), min_size=4, max_size=4)))
    low, *middle, high = (Decimal(value).scaleb(-4) for value in values)
    opening, close = draw(st.permutations(middle))
    volume = Decimal(draw(st.integers(0, 5_000)))
    return Bar(instrument="TEST", ts_event=NEXT, open=opening, high=high, low=low, close=close, volume=volume)


cents = st.integers(5_000, 15_000).map(lambda value: str(Decimal(value) / 100))
sides = st.sampled_from(Side)
any_rules = st.builds(
    the_rules,
    slippage=st.sampled_from(["0", "1", "2.5", "37", "300"]),
    tick=st.sampled_from(["0.01", "0.05", "1"]),
    fee=st.sampled_from(["0", "3"]),
)


# ---------------------------------------------------------------------------------------- the prices


@given(any_bar(), sides, any_rules, st.sampled_from(["0.5", "0.1", "0.01"]))
def test_a_market_order_fills_at_the_next_open_and_worse(
    bar: Bar, side: Side, rules: MatchingRules, collar: str
) -> None:
    """At the open plus slippage, rounded to the tick against us; not at all where that is beyond protection."""
    terms = approve(side, "10", collar=collar).terms
    sign = 1 if side is Side.BUY else -1
    exact = Fraction(bar.open) * (1 + sign * Fraction(rules.slippage_bps) / 10_000)
    ticks = exact / Fraction(rules.tick_size)
    price = (-(-ticks // 1) if sign > 0 else ticks // 1) * Fraction(rules.tick_size)
    fill = filled(terms, bar, rules)
    if sign * price > sign * Fraction(terms.protection_price):
        assert fill is None
        assert why_not(resting(terms), bar, rules)[0] is Reason.OPEN_BEYOND_PROTECTION
        return
    assert fill is not None
    assert Fraction(fill.last_px) == price
    assert sign * fill.last_px >= sign * bar.open
    assert (fill.reference_px, fill.basis) == (bar.open, FillBasis.NEXT_OPEN)
    assert Fraction(fill.slippage) == 10 * abs(price - Fraction(bar.open))


@given(any_bar(), sides, any_rules, cents)
def test_a_limit_order_fills_only_when_traded_through_and_never_beyond_its_limit(
    bar: Bar, side: Side, rules: MatchingRules, limit: str
) -> None:
    """A touch is not enough; at a better open it fills there (slipped), otherwise at the limit, never better."""
    terms = approve(side, "10", limit_price=limit).terms
    sign = 1 if side is Side.BUY else -1
    bound = Decimal(limit)
    extreme = bar.low if side is Side.BUY else bar.high
    fill = filled(terms, bar, rules)
    assert (fill is not None) is (sign * extreme < sign * bound)
    if fill is None:
        assert why_not(resting(terms), bar, rules)[0] is Reason.NOT_TRADED_THROUGH
        return
    assert sign * fill.last_px <= sign * bound
    assert sign * fill.last_px >= sign * min(sign * bar.open, sign * bound) * sign
    at_open = slipped(bar.open, side, rules)
    better = sign * bar.open < sign * bound and sign * at_open <= sign * bound
    assert fill.basis is (FillBasis.LIMIT_AT_BETTER_OPEN if better else FillBasis.LIMIT_TRADED_THROUGH)
    assert fill.last_px == (at_open if better else bound)


@pytest.mark.parametrize(("side", "low", "high"), [(Side.BUY, "99", "101"), (Side.SELL, "97", "99")])
def test_a_limit_that_is_only_touched_does_not_fill(side: Side, low: str, high: str) -> None:
    """Others were first in the queue. One tick further, it fills at the limit."""
    terms = approve(side, "10", limit_price="99").terms
    middle = "100" if side is Side.BUY else "98"
    assert filled(terms, a_bar(middle, low=low, high=high, at=NEXT), the_rules()) is None
    bar = a_bar(middle, low="98.99" if side is Side.BUY else low, high="99.01" if side is Side.SELL else high, at=NEXT)
    fill = filled(terms, bar, the_rules(slippage="500"))
    assert fill is not None
    assert fill.last_px == 99
    assert fill.slippage == 0


@pytest.mark.parametrize("order_type", [OrderType.MARKET, OrderType.LIMIT])
@given(any_bar(), sides, cents)
def test_nothing_fills_beyond_the_protection_price(order_type: OrderType, bar: Bar, side: Side, limit: str) -> None:
    """Whatever the limit says: a limit beyond the protection price allows nothing."""
    terms = replace(
        approve(side, "10").terms,
        order_type=order_type,
        limit_price=Decimal(limit) if order_type is OrderType.LIMIT else None,
        protection_price=Decimal(100),
    )
    fill = filled(terms, bar, the_rules(slippage="5"))
    sign = 1 if side is Side.BUY else -1
    assert fill is None or sign * fill.last_px <= sign * 100


def test_slippage_that_eats_the_whole_price_fills_nothing() -> None:
    """Nobody sells for nothing: 10,000 basis points below the open there is no price."""
    terms = replace(approve(Side.SELL, "10").terms, protection_price=Decimal("0.01"))
    assert filled(terms, a_bar("100", at=NEXT), the_rules(slippage="10000")) is None
    limited = replace(terms, order_type=OrderType.LIMIT, limit_price=Decimal("0.01"))
    fill = filled(limited, a_bar("100", at=NEXT), the_rules(slippage="10000"))
    assert fill is not None
    assert fill.last_px == Decimal("0.01")


def test_a_limit_order_without_a_limit_never_fills() -> None:
    """Terms read from somewhere else may say so; the matcher does not guess."""
    terms = replace(approve(Side.BUY, "10", limit_price="100").terms, limit_price=None)
    assert filled(terms, a_bar("50", at=NEXT), the_rules()) is None


# ------------------------------------------------------------------------------------------ the time


@pytest.mark.parametrize(
    ("at", "fills"),
    [
        (A_SESSION.open, False),
        (A_TIME - A_MINUTE, False),
        (A_TIME, False),
        (A_TIME + timedelta(microseconds=1), True),
        (A_SESSION.close, True),
        (A_SESSION.close + timedelta(microseconds=1), False),
    ],
)
def test_an_order_fills_in_its_session_behind_its_decision(at: datetime, fills: bool) -> None:
    """Not on the bar it was decided on, nor on one before it, nor after its session's close."""
    terms = approve(Side.BUY, "10").terms
    assert (filled(terms, a_bar("100", at=at), the_rules()) is not None) is fills


def test_an_order_of_the_next_session_waits_for_it() -> None:
    """Decided at a close, it belongs to the session after: a bar before that session's open does not fill it."""
    terms = replace(approve(Side.BUY, "10").terms, session_open=A_TIME + timedelta(hours=2))
    assert filled(terms, a_bar("100", at=A_TIME + timedelta(hours=2)), the_rules()) is None
    assert filled(terms, a_bar("100", at=A_TIME + timedelta(hours=2, minutes=1)), the_rules()) is not None


def test_another_instruments_bar_fills_nothing() -> None:
    """Prices are of something."""
    assert filled(approve().terms, a_bar("100", at=NEXT, instrument="OTHER"), the_rules()) is None


def test_the_same_bar_told_twice_is_the_same_trade() -> None:
    """``trade_id`` is a function of order and bar."""
    terms, other = approve(ordinal=1).terms, approve(ordinal=2).terms
    later = a_bar("100", at=NEXT + timedelta(microseconds=1))
    fills = [filled(terms, a_bar("100", at=NEXT), the_rules()) for _ in range(2)]
    fills += [filled(other, a_bar("100", at=NEXT), the_rules()), filled(terms, later, the_rules())]
    names = [fill.trade_id for fill in fills if fill is not None]
    assert names[0] == names[1]
    assert len(set(names)) == 3


# ---------------------------------------------------------------------------------- parts and volume


@given(st.integers(0, 10**6), st.sampled_from(["0.0001", "0.1", "0.33", "1"]), st.sampled_from(["1", "10", "0.001"]))
def test_what_may_be_ours_is_a_share_of_the_volume_in_whole_lots(volume: int, share: str, lot: str) -> None:
    """Rounded down: never more than the share."""
    units = available(a_bar(volume=str(volume)), the_rules(participation=share, lot=lot))
    assert units is not None
    assert units <= Decimal(share) * volume < units + Decimal(lot)
    assert units % Decimal(lot) == 0


def test_volume_is_ignored_only_where_that_is_said() -> None:
    """None, and not zero or a large number, means any volume."""
    assert available(a_bar(volume="0"), the_rules(participation=None)) is None


@given(st.integers(1, 200), st.lists(st.integers(0, 60), max_size=12), st.sampled_from(["0", "3", "12.5"]))
def test_parts_add_up_to_the_order_and_to_its_fee(quantity: int, offers: list[int], fee: str) -> None:
    """Never more than is offered, never more than is left; the fees of all parts are the fee of the whole."""
    rules = the_rules(fee=fee)
    order = resting(approve(Side.BUY, str(quantity)).terms)
    done, spent, charged = Decimal(0), Decimal(0), Decimal(0)
    for place, offer in enumerate(offers, start=1):
        bar = a_bar(str(100 + place % 3), at=A_TIME + place * A_MINUTE)
        matched = match(order, bar, rules, Decimal(offer))
        if matched is None:
            assert offer == 0 or order.leaves_qty == 0
            continue
        fill, order = matched
        assert fill.last_qty == min(Decimal(offer), quantity - done)
        done += fill.last_qty
        spent += fill.last_qty * fill.last_px
        charged += fill.fee
        assert order.leaves_qty + done == quantity
        assert (order.notional, order.fees) == (spent, charged)
    assert charged == (rules.fees.of(spent) if done else 0)


# --------------------------------------------------------------------------------------- why it did not


def test_fine_lots_and_fine_ticks_can_be_traded() -> None:
    """Eight decimals of quantity by four of price: what is reserved is rounded up to the cent, and suffices."""
    fine = an_instrument(tick_size="0.0001", lot_size="0.00000001")
    bar = a_bar("0.5123")
    terms = approve(quantity="0.12345678", instrument=fine, bar=bar, fees=FeeSchedule(fee_bps=Decimal(30))).terms
    fill = filled(terms, evolve(bar, ts_event=NEXT), the_rules(tick="0.0001", lot="0.00000001", fee="30"))
    assert fill is not None
    assert terms.reserved == Decimal("0.11")
    assert fill.last_qty * fill.last_px + fill.fee <= terms.reserved


def test_an_order_that_did_not_fill_can_say_why() -> None:
    """Each cause by its code, with the numbers that its sentence needs."""
    market, limit = resting(approve(collar="0.01").terms), resting(approve(limit_price="99").terms)
    bar, away = a_bar("100", volume="1", at=NEXT), a_bar("105", at=NEXT)
    strict = the_rules(participation="0.1")
    told = [
        why_not(market, None, strict),
        why_not(market, bar, strict),
        why_not(market, away, strict),
        why_not(limit, bar, strict),
        why_not(resting(approve(Side.SELL, limit_price="106").terms), away, strict),
    ]
    assert [code for code, _ in told] == [
        Reason.NO_BAR_IN_SESSION,
        Reason.VOLUME_TOO_SMALL,
        Reason.OPEN_BEYOND_PROTECTION,
        Reason.NOT_TRADED_THROUGH,
        Reason.NOT_TRADED_THROUGH,
    ]
    assert all(sentence(code, numbers) and "=" not in sentence(code, numbers) for code, numbers in told)


def test_assumptions_that_cannot_be_are_refused() -> None:
    """A share above one, below zero or of no number; a tick or a lot of nothing; slippage in our favour."""
    for share in ("0", "1.01", "-0.1", "NaN"):
        with pytest.raises(ValueError, match="participation"):
            the_rules(participation=share)
    with pytest.raises(ValueError, match="slippage_bps"):
        the_rules(slippage="-1")
    with pytest.raises(ValueError, match="tick_size"):
        the_rules(tick="0")
    with pytest.raises(ValueError, match="lot_size"):
        the_rules(lot="0")
