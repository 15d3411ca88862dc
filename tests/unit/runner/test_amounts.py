"""Amounts and counts as people read them."""

from decimal import Decimal

import pytest

from interlock.runner.amounts import counted, plain


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0.5000000000", "0.50"),
        ("0.4730841120", "0.473084112"),
        ("-0.00", "0"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("99.9", "99.90"),
        ("123456789012345678901234567890.1234567890", "123456789012345678901234567890.123456789"),
    ],
)
def test_an_amount_has_all_its_digits_and_no_needless_zeros(amount: str, told: str) -> None:
    """However many: what is shown is what is booked."""
    assert plain(Decimal(amount)) == told


@pytest.mark.parametrize(("count", "told"), [(0, "0 bars"), (1, "1 bar"), (2, "2 bars"), (1_000, "1,000 bars")])
def test_one_is_one(count: int, told: str) -> None:
    """Everything else is many."""
    assert counted(count, "bar") == told
