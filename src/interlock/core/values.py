"""Money, quantities and times: how they are checked, and the arithmetic that never rounds by accident.

Everything that counts money is a ``Decimal`` and everything that tells time is an aware UTC ``datetime``.
"""

import decimal
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Clamped, Decimal, Overflow, Rounded
from enum import Enum
from typing import Any, Final

from msgspec import Struct, to_builtins

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
CENT: Final = Decimal("0.01")
BASIS_POINT: Final = Decimal("0.0001")

# The smallest amount that a division may leave behind (part of a lot's cost, a price after a 3-for-1 split).
# Whatever is rounded off stays in the other part, so sums stay exact.
SMALLEST: Final = Decimal("1E-10")

# Amounts are bounded at the edge, so that every product and sum below is exact in EXACT, and every sum of
# closes is exact even in Python's default context of 28 digits.
WHOLE_DIGITS_MAX: Final = 12
DECIMAL_DIGITS_MAX: Final = 10
AMBIENT_PRECISION_MIN: Final = 28

# What a record keeps besides: whole numbers that any reader of JSON takes for one, and ids of any venue's.
WHOLE_BITS_MAX: Final = 64
IDENTIFIER_LENGTH_MAX: Final = 128
_TOLD: Final = frozenset({Decimal, int, str, bool, type(None)})
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]").search

# Money is multiplied in this context. It traps Inexact: a result that would have to be rounded raises.
EXACT: Final = decimal.Context(
    prec=80, traps=[decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
)
# Quotients and rounding happen here: half-even, or by a rule named at the call.
ROUNDING: Final = decimal.Context(
    prec=80, rounding=ROUND_HALF_EVEN, traps=[decimal.InvalidOperation, decimal.DivisionByZero]
)
# An amount times 1E-11 is just what such a context holds: below ten, of at most 21 decimals. Whatever has more digits,
# zeros included, is signalled. So one multiplication counts them, in a fifth of the time of as_tuple().
_fits: Final = decimal.Context(prec=22, Emin=0, Emax=0, traps=[Clamped, Overflow, Rounded]).multiply
_TO_BELOW_TEN: Final = Decimal("1E-11")


class LightValue(Struct, frozen=True, gc=False):
    """A value as frozen as an attrs class, made in a quarter of its time, imported in a tenth.

    The garbage collector passes it by, for values made bottom-up form no circle (ADR 0003, ADR 0040). One that has
    something to check asks the validators below in its ``__post_init__``.
    """


# Numbers behind a code: what a sentence is drawn from. Never prose.
Numbers = Mapping[str, Decimal | int | str]
NO_NUMBERS: Final[Numbers] = {}


# The exact product, sum and difference. Products have more digits than the ambient context keeps.
times: Final = EXACT.multiply
plus: Final = EXACT.add
minus: Final = EXACT.subtract
# ``times(one, two)`` and ``plus`` the third, in one go.
added_product: Final = EXACT.fma
_whole_steps: Final = ROUNDING.divide_int
_upwards: Final = decimal.Context(prec=80, rounding=ROUND_CEILING, traps=[decimal.InvalidOperation]).quantize


def divided(left: Decimal, right: Decimal) -> Decimal:
    """The quotient rounded half-even to ``SMALLEST``. Callers give the remainder a home."""
    return ROUNDING.quantize(ROUNDING.divide(left, right), SMALLEST)


def down_to(amount: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of ``step`` that is not above ``amount``."""
    towards_zero = times(_whole_steps(amount, step), step)
    return towards_zero if towards_zero <= amount else minus(towards_zero, step)


def up_to(amount: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of ``step`` that is not below ``amount``."""
    towards_zero = times(_whole_steps(amount, step), step)
    return towards_zero if towards_zero >= amount else plus(towards_zero, step)


def up_to_the_cent(amount: Decimal) -> Decimal:
    """``up_to`` of a cent, which is a number of places: so it is one step."""
    return _upwards(amount, CENT)


def iso(at: datetime) -> str:
    """``at.isoformat()``, for a time in UTC, in a quarter of its time."""
    return str(to_builtins(at)).replace("Z", "+00:00")


def is_multiple(amount: Decimal, step: Decimal) -> bool:
    """Whether ``amount`` lies on the grid of ``step`` (a price on its tick, a quantity on its lot)."""
    return ROUNDING.remainder(amount, step) == 0


def problem_with_amount(amount: object) -> str | None:
    """Say what keeps ``amount`` from being usable as money, price or quantity; None when nothing does."""
    if not isinstance(amount, Decimal):
        return f"must be a Decimal, found {type(amount).__name__}"
    if not amount.is_finite():
        return "must be finite"
    try:
        _fits(amount, _TO_BELOW_TEN)
    except decimal.DecimalException:
        return f"must have at most {WHOLE_DIGITS_MAX} whole and {DECIMAL_DIGITS_MAX} decimal digits"
    return None


def problem_with_told(value: object) -> str | None:
    """Say what keeps ``value``, a number or text, from being kept by a record; None when nothing does."""
    if type(value) not in _TOLD and not isinstance(value, Enum):
        return f"must be a Decimal, an int or text, and not a {type(value).__name__}"
    if isinstance(value, int) and value.bit_length() > WHOLE_BITS_MAX:
        return f"must have at most {WHOLE_BITS_MAX} bits where it is a whole number"
    return "must be Unicode text" if isinstance(value, str) and _LONE_SURROGATE(value) else None


def problem_with_numbers(numbers: Numbers) -> str | None:
    """The same for all of ``numbers``, names and values."""
    try:
        problem = problem_with_told("".join(numbers))
    except TypeError:
        return "must have text for names"
    for value in numbers.values():
        problem = problem or (problem_with_told(value) if type(value) is not Decimal else None)
    return problem


def add_up_to_an_amount(total: Decimal) -> bool:
    """Whether ``total``, a sum of what is not below zero, is an amount: it has the places of each part and is as large,
    so each part is one as well. May say no where only the sum is too large. Raises ``DecimalException``."""
    # What a context rounded has all its digits, more than any amount; a smaller one might hide that.
    return decimal.getcontext().prec >= AMBIENT_PRECISION_MIN and _fits(total, _TO_BELOW_TEN).is_finite()


# -- validators: attrs asks them with an attribute of its own, and what asks by itself with the name of a field --------
def _check(attribute: Any, problem: str | None, value: object) -> None:
    if problem is not None:
        raise ValueError(f"{getattr(attribute, 'name', attribute)} {problem}, found {value}")


def of_kind(kind: type, name: str, value: object) -> None:
    """Hold ``value`` to be of ``kind`` itself: the string "BUY" equals a side and is none. Raises ``TypeError``."""
    if type(value) is not kind:
        raise TypeError(f"'{name}' must be {kind!r} (got {value!r} that is a {type(value)!r}).")


def amount(_: object, attribute: Any, value: Decimal) -> None:
    """Validator: any finite amount within the digit limits."""
    _check(attribute, problem_with_amount(value), value)


def positive(_: object, attribute: Any, value: Decimal) -> None:
    """Validator: an amount above zero."""
    problem = problem_with_amount(value)
    if problem is not None or value <= ZERO:
        _check(attribute, problem or "must be above zero", value)


def not_negative(_: object, attribute: Any, value: Decimal) -> None:
    """Validator: an amount of zero or more."""
    problem = problem_with_amount(value)
    if problem is not None or value < ZERO:
        _check(attribute, problem or "must not be negative", value)


def finite(_: object, attribute: Any, value: object) -> None:
    """Validator: a number, of however many digits: the product of two amounts has more than an amount."""
    if not isinstance(value, Decimal) or not value.is_finite():
        _check(attribute, "must be a finite Decimal", value)


def fraction(_: object, attribute: Any, value: Decimal) -> None:
    """Validator: above zero, at most one (0.20 means 20 %)."""
    problem = problem_with_amount(value) or (None if ZERO < value <= ONE else "must be above 0 and at most 1")
    _check(attribute, problem, value)


def _is_whole(value: object) -> bool:
    # A float NaN compares false with everything, and would pass for a limit.
    return isinstance(value, int) and not isinstance(value, bool)


def at_least_one(_: object, attribute: Any, value: int) -> None:
    """Validator: a whole number of one or more."""
    _check(attribute, None if _is_whole(value) and value >= 1 else "must be a whole number, 1 or more", value)


def zero_or_more(_: object, attribute: Any, value: int) -> None:
    """Validator: a whole number of zero or more."""
    _check(attribute, None if _is_whole(value) and value >= 0 else "must be a whole number, 0 or more", value)


def words(_: object, attribute: Any, value: object) -> None:
    """Validator: text that a record can keep, or none of it."""
    if not isinstance(value, str) or problem_with_told(value) is not None:
        _check(attribute, "must be Unicode text", ascii(value))


def identifier(_: object, attribute: Any, value: str) -> None:
    """Validator: what names something, and stands within a sentence: a line's end in it would begin another."""
    if type(value) is not str or not 0 < len(value) <= IDENTIFIER_LENGTH_MAX or not value.isprintable():
        _check(attribute, f"must be 1 to {IDENTIFIER_LENGTH_MAX} printable characters", ascii(value)[:200])


def tellable(_: object, attribute: Any, value: Numbers) -> None:
    """Validator: numbers that a record can keep. An adapter that says a float is at fault there and then."""
    _check(attribute, problem_with_numbers(value), ascii(value)[:200])


def utc(_: object, attribute: Any, value: datetime) -> None:
    """Validator: an aware time in UTC. A naive time means nothing until somebody guesses a zone."""
    if value.tzinfo is not UTC and value.utcoffset() != timedelta(0):
        _check(attribute, "must be aware UTC", value)
