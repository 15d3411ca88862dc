"""Fees are rounded once an order, up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.fees import FeeSchedule

schedules = st.builds(
    FeeSchedule, fee_bps=st.decimals("0", "500", places=4), fee_fixed=st.decimals("0", "50", places=4)
)
notionals = st.decimals("0", "99999999999", places=10)


@given(schedules, notionals)
def test_a_fee_is_the_exact_one_rounded_up_to_the_cent(fees: FeeSchedule, notional: Decimal) -> None:
    """Against us, and by less than a cent."""
    exact = Fraction(fees.fee_fixed) + Fraction(notional) * Fraction(fees.fee_bps) / 10_000
    fee = Fraction(fees.of(notional))
    assert exact <= fee < exact + Fraction(1, 100)
    assert (fee * 100).denominator == 1


@given(schedules, st.lists(notionals, min_size=1, max_size=12))
def test_any_partition_into_fills_costs_what_the_whole_would(fees: FeeSchedule, parts: list[Decimal]) -> None:
    """Each fill pays what is new of the order's fee: none pays less than nothing, and the sum is the fee of the sum."""
    so_far, charged = Decimal(0), Decimal(0)
    for part in parts:
        so_far += part
        fee = fees.of(so_far) - charged
        assert fee >= 0
        charged += fee
    assert charged == fees.of(so_far)


@given(schedules, notionals, notionals)
def test_what_was_reserved_at_a_worse_price_suffices(fees: FeeSchedule, one: Decimal, other: Decimal) -> None:
    """A fee never falls as the value rises."""
    assert fees.of(min(one, other)) <= fees.of(max(one, other))


def test_nothing_is_free_by_accident_and_nothing_negative() -> None:
    """No fees is what has to be meant; a rebate is not modelled."""
    assert FeeSchedule().of(Decimal(10**11)) == 0
    for bad in (Decimal(-1), Decimal("NaN")):
        with pytest.raises(ValueError, match="fee_bps"):
            FeeSchedule(fee_bps=bad)
        with pytest.raises(ValueError, match="fee_fixed"):
            FeeSchedule(fee_fixed=bad)
