"""Amounts, written for people and for scripts alike."""

from decimal import Decimal


def plain(amount: Decimal) -> str:
    """An amount without exponent and without needless zeros, cents kept.

    >>> plain(Decimal("1E+2")), plain(Decimal("-34.5700")), plain(Decimal("0.5"))
    ('100', '-34.57', '0.50')
    """
    text = format(amount.normalize(), "f") if amount else "0"
    whole, point, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}" if point else whole
