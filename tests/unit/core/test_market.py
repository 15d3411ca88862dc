"""A market value that exists is a good one."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from typing import Any

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.market import Bar, Cursor, DeclaredSplit, EndOfData, Instrument, Session, Silence, Split
from interlock.core.values import problem_with_amount
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument

NAIVE = datetime(2020, 1, 1)  # noqa: DTZ001 - what must be refused
PRICES = ("open", "high", "low", "close")
SESSION = Session(open=A_TIME, close=A_TIME + timedelta(hours=6))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("open", "0"),
        ("open", "-1"),
        ("high", "NaN"),
        ("low", "Infinity"),
        ("close", "1E+400"),
        ("volume", "-1"),
        ("volume", "NaN"),
        ("open", "110.01"),
        ("open", "89.99"),
        ("close", "110.01"),
        ("close", "89.99"),
        ("high", "99"),
        ("low", "101"),
    ],
)
def test_a_bad_bar_cannot_exist(field: str, value: str) -> None:
    """Prices above zero and in their order, volume not below zero, everything finite; the field is named."""
    good = a_bar("100", high="110", low="90")
    bad: dict[str, Any] = {field: Decimal(value)}
    with pytest.raises(ValueError, match=field):
        evolve(good, **bad)


_ODD: list[Any] = [
    Decimal("1E+400"), Decimal("NaN"), Decimal("-Infinity"), Decimal("1e-11"), Decimal(10) ** 12, Decimal(0),
    Decimal("-0"), Decimal(-1), Decimal("99"), Decimal("101"), 100, 100.0, "100", None, True,
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(["open", "high", "low", "close", "volume"]), st.sampled_from(_ODD)))
def test_a_bar_exists_exactly_when_each_of_its_fields_is_good(changes: dict[str, Any]) -> None:
    """Seen in one look or field by field, it is the same."""
    values = {"open": Decimal(100), "high": Decimal(100), "low": Decimal(100), "close": Decimal(100)}
    values |= {"volume": Decimal(5)} | changes
    amounts = all(problem_with_amount(value) is None for value in values.values())
    good = amounts and all(
        (
            0 < values["low"] <= min(values["open"], values["close"]),
            max(values["open"], values["close"]) <= values["high"],
            values["volume"] >= 0,
        )
    )
    try:
        made = Bar(instrument="TEST", ts_event=A_TIME, **values)
    except (ValueError, TypeError):
        made = None
    assert (made is not None) == good


@pytest.mark.parametrize("digits", [9, 28, 100])
def test_a_bar_is_as_good_whatever_the_context(digits: int) -> None:
    """Nothing is rounded away before it is looked at; nor is a bar refused whose parts only together are too much."""
    with localcontext(prec=digits):
        assert a_bar("999999999999.9999999999", volume="999999999999").close > 10**11
        for bad in ("1.00000000001", "1000000000000", "1." + "0" * 40):
            with pytest.raises(ValueError, match="digits"):
                a_bar(bad)
            with pytest.raises(ValueError, match="volume must have"):
                a_bar("1", volume=bad)


class _Price(Decimal):
    """A Decimal all the same."""


def test_a_bar_may_come_of_other_classes_that_are_the_same() -> None:
    """Another name for UTC, another class of Decimal: nothing is wrong with them."""
    at = A_TIME.astimezone(timezone(timedelta(0), "Z"))
    assert Bar(instrument="T", ts_event=at, **dict.fromkeys(PRICES, Decimal(1)), volume=Decimal(1)).ts_event == A_TIME
    assert Bar(instrument="T", ts_event=A_TIME, **dict.fromkeys(PRICES, _Price(1)), volume=_Price(1)).close == 1
    for wrong in (NAIVE, A_TIME.astimezone(timezone(timedelta(hours=1)))):
        with pytest.raises(ValueError, match="ts_event"):
            evolve(a_bar(), ts_event=wrong)


def test_a_bar_may_touch_its_bounds_and_have_no_volume() -> None:
    """One price for everything, and nothing traded, is a bar."""
    assert a_bar("100", volume="0").high == 100


def test_values_are_frozen() -> None:
    """What was seen cannot be changed afterwards."""
    with pytest.raises(FrozenInstanceError):
        a_bar().close = Decimal(1)  # type: ignore[misc]


@pytest.mark.parametrize("symbol", ["", "x" * 65, "A\nB", "A\x00"])
def test_an_instruments_names_are_short_and_printable(symbol: str) -> None:
    """A symbol goes into ids, logs and sentences."""
    with pytest.raises(ValueError, match="symbol"):
        an_instrument(symbol)
    with pytest.raises(ValueError, match="calendar"):
        an_instrument(calendar=symbol)
    assert an_instrument("x" * 64).symbol == "x" * 64


@pytest.mark.parametrize("name", ["tick_size", "lot_size"])
@pytest.mark.parametrize("size", ["0", "-1", "NaN"])
def test_tick_and_lot_are_above_zero(name: str, size: str) -> None:
    """There is no grid of nothing."""
    sizes: dict[str, Any] = {"tick_size": Decimal(1), "lot_size": Decimal(1), name: Decimal(size)}
    with pytest.raises(ValueError, match=name):
        Instrument(symbol="X", calendar="24/7", **sizes)


def test_a_split_has_a_ratio_above_zero_and_a_time_in_utc() -> None:
    """Declared or in effect."""
    for ratio in (Decimal(0), Decimal(-2), Decimal("NaN")):
        with pytest.raises(ValueError, match="ratio"):
            DeclaredSplit(ex_date=date(2020, 1, 1), ratio=ratio)
        with pytest.raises(ValueError, match="ratio"):
            Split(instrument="X", ts_event=A_TIME, ratio=ratio)
    with pytest.raises(ValueError, match="ts_event"):
        Split(instrument="X", ts_event=NAIVE, ratio=Decimal(2))
    with pytest.raises(ValueError, match="until"):
        Silence(until=NAIVE)


def test_a_session_is_open_at_its_start_and_closed_at_its_end() -> None:
    """Half open: the bar that closes at the close belongs to it, the one that closes at the open does not."""
    assert SESSION.open not in SESSION
    assert SESSION.open + timedelta(microseconds=1) in SESSION
    assert SESSION.close in SESSION
    assert SESSION.close + timedelta(microseconds=1) not in SESSION


@pytest.mark.parametrize("length", [timedelta(0), -A_MINUTE])
def test_a_session_opens_before_it_closes(length: timedelta) -> None:
    """Nor does it close as it opens."""
    with pytest.raises(ValueError, match="must open before it closes"):
        Session(open=A_TIME, close=A_TIME + length)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_session_expects_a_bar_for_every_interval_begun(length: int, interval: int) -> None:
    """Rounded up, because the last bar may be short; and always at least one."""
    session = Session(open=A_TIME, close=A_TIME + timedelta(seconds=length))
    assert session.bars(timedelta(seconds=interval)) == max(1, -(-length // interval))


def test_what_has_nothing_to_say_says_nothing() -> None:
    """An end without a time, and a cursor at the beginning."""
    assert EndOfData().ts_event is None
    assert (Cursor().items, Cursor().ts_event) == (0, None)
