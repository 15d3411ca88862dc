"""Amounts and times: what is let in, and arithmetic that is exact or says how it rounds."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.values import (
    CENT,
    DECIMAL_DIGITS_MAX,
    SMALLEST,
    WHOLE_DIGITS_MAX,
    added_product,
    amount,
    at_least_one,
    divided,
    down_to,
    fraction,
    is_multiple,
    iso,
    not_negative,
    plus,
    positive,
    problem_with_amount,
    times,
    up_to,
    up_to_the_cent,
    utc,
    zero_or_more,
)

LARGEST = Decimal(10**WHOLE_DIGITS_MAX) - SMALLEST
amounts = st.decimals(-LARGEST, LARGEST, places=DECIMAL_DIGITS_MAX)
steps = st.sampled_from([Decimal(text) for text in ("0.01", "1", "0.05", "100", "0.0000000001", "0.25", "0.03")])


@frozen(kw_only=True)
class Sample:
    """One field for each validator."""

    any_amount: Any = field(default=Decimal(0), validator=amount)
    positive: Any = field(default=Decimal(1), validator=positive)
    not_negative: Any = field(default=Decimal(0), validator=not_negative)
    fraction: Any = field(default=Decimal(1), validator=fraction)
    at_least_one: Any = field(default=1, validator=at_least_one)
    zero_or_more: Any = field(default=0, validator=zero_or_more)
    utc: Any = field(default=datetime(2020, 1, 1, tzinfo=UTC), validator=utc)


NO_AMOUNTS = [
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Decimal("-Infinity"),
    Decimal("1E+12"),
    Decimal("1E-11"),
    Decimal("0E-11"),
    1,
    0.5,
    "1",
    None,
    True,
]


@pytest.mark.parametrize("name", ["any_amount", "positive", "not_negative", "fraction"])
@pytest.mark.parametrize("value", NO_AMOUNTS, ids=repr)
def test_what_is_no_amount_is_refused_by_every_validator_of_amounts(name: str, value: object) -> None:
    """NaN, infinity, too many digits and other types are refused with a ValueError that names the field."""
    with pytest.raises(ValueError, match=name):
        Sample(**{name: value})


@given(
    st.booleans(),
    st.one_of(st.just(0), st.integers(0, 10**30), st.integers(0, 40).map(lambda power: 10**power - 1)),
    st.one_of(st.integers(-25, 25), st.sampled_from([-(10**6), 10**6, -(10**17), 10**17])),
)
def test_digits_are_counted_as_they_are_written(negative: bool, digits: int, exponent: int) -> None:
    """At most so many before the point and so many behind it, whatever they are: zeros count."""
    value = Decimal((int(negative), tuple(map(int, str(digits))), exponent))
    fits = len(str(digits)) + exponent <= WHOLE_DIGITS_MAX and -exponent <= DECIMAL_DIGITS_MAX
    assert (problem_with_amount(value) is None) is fits


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("any_amount", ["-1", "0", "999999999999.9999999999"], []),
        ("positive", ["0.0000000001", "1"], ["0", "-0", "-1"]),
        ("not_negative", ["0", "-0", "2"], ["-0.01"]),
        ("fraction", ["0.0000000001", "0.2", "1"], ["0", "-0.2", "1.0000000001"]),
    ],
)
def test_each_validator_of_amounts_has_its_bounds(name: str, good: list[str], bad: list[str]) -> None:
    """What lies on the bound is in where the docstring says so, and just beyond it is out."""
    for text in good:
        assert getattr(Sample(**{name: Decimal(text)}), name) == Decimal(text)
    for text in bad:
        with pytest.raises(ValueError, match=name):
            Sample(**{name: Decimal(text)})


@pytest.mark.parametrize(("name", "lowest"), [("at_least_one", 1), ("zero_or_more", 0)])
def test_counts_are_whole_numbers_from_their_bound_on(name: str, lowest: int) -> None:
    """Below the bound, a bool, a float and a Decimal are refused."""
    assert getattr(Sample(**{name: lowest}), name) == lowest
    for bad in (lowest - 1, True, 1.0, float("nan"), Decimal(1), "1"):
        with pytest.raises(ValueError, match=name):
            Sample(**{name: bad})


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(0)), ZoneInfo("UTC")])
def test_a_time_in_utc_is_let_in_whatever_its_zone_is_called(zone: Any) -> None:
    """An offset of zero is UTC."""
    assert Sample(utc=datetime(2020, 6, 1, tzinfo=zone)).utc.utcoffset() == timedelta(0)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1)), ZoneInfo("America/New_York")])
def test_a_naive_time_and_another_zone_are_refused(zone: Any) -> None:
    """A naive time means nothing until somebody guesses a zone."""
    with pytest.raises(ValueError, match="utc must be aware UTC"):
        Sample(utc=datetime(2020, 6, 1, tzinfo=zone))


@given(amounts, amounts)
def test_products_and_sums_are_exact_whatever_the_ambient_context(left: Decimal, right: Decimal) -> None:
    """The largest amounts with the most digits multiply and add without rounding, even where prec is 28."""
    assert problem_with_amount(left) is None
    with localcontext(prec=28):
        product, total = times(left, right), plus(times(left, right), right)
        in_one = added_product(left, right, right)
    assert Fraction(product) == Fraction(left) * Fraction(right)
    assert Fraction(total) == Fraction(left) * Fraction(right) + Fraction(right)
    assert in_one.as_tuple() == total.as_tuple()


def test_a_product_that_would_have_to_be_rounded_raises() -> None:
    """Nothing is rounded in silence."""
    with pytest.raises(Inexact):
        times(Decimal("1." + "1" * 79), Decimal("1.1"))


@given(amounts, amounts.filter(bool))
def test_a_quotient_is_the_nearest_multiple_of_the_smallest_amount(left: Decimal, right: Decimal) -> None:
    """It is at most half of the smallest amount away."""
    assert abs(Fraction(divided(left, right)) - Fraction(left) / Fraction(right)) <= Fraction(SMALLEST) / 2


@given(amounts, amounts)
def test_the_cent_above_is_spelt_as_any_step_above(one: Decimal, other: Decimal) -> None:
    """To the last zero and the sign of it, also for the product of two amounts: journals are compared byte for byte."""
    for value in (one, -one, times(one, other)):
        assert str(up_to_the_cent(value)) == str(up_to(value, CENT))


@given(amounts, steps)
def test_rounding_to_a_step_brackets_the_amount(value: Decimal, step: Decimal) -> None:
    """Down is the largest multiple not above, up the smallest not below; on the grid both are the amount."""
    low, high = down_to(value, step), up_to(value, step)
    assert low <= value <= high
    assert Fraction(low) / Fraction(step) == Fraction(value) // Fraction(step)
    assert Fraction(high) / Fraction(step) == -(-Fraction(value) // Fraction(step))
    assert is_multiple(low, step)
    assert is_multiple(high, step)
    assert is_multiple(value, step) is (low == high)


@given(
    st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(0)), timezone(timedelta(0), "zulu"), ZoneInfo("UTC")])
    )
)
def test_a_time_in_utc_is_spelt_as_isoformat_spells_it(at: datetime) -> None:
    """Whatever its zone is called, with and without parts of a second."""
    assert iso(at) == at.isoformat()
    assert iso(at.replace(microsecond=0)) == at.replace(microsecond=0).isoformat()
