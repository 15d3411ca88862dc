"""Numbers behind a code, as a body spells them: where one may be an amount, a whole number or text."""

import re
from decimal import Decimal
from typing import Any, Final, NoReturn

from interlock.core.values import Numbers

# The one definition of what reads as an amount: the decoder reads by it, the encoder escapes by it.
reads_as_amount: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:E[+-][0-9]+)?").fullmatch


def escaped(scalar: object) -> object:
    """A number, spelled. Raises ``TypeError`` for what is none."""
    if isinstance(scalar, str):
        return {"text": scalar} if reads_as_amount(scalar) else scalar
    if scalar is None or isinstance(scalar, Decimal | int):
        return scalar
    raise TypeError(f"a number is a Decimal, an int or text, found a {type(scalar).__name__}")


def all_escaped(numbers: Numbers) -> dict[str, object]:
    """Every number, spelled."""
    return {name: escaped(scalar) for name, scalar in numbers.items()}


def scalar(value: Any, _: object = None) -> Decimal | int | str | None:
    """A number, read. Raises ``ValueError`` for what is none."""
    if isinstance(value, dict):
        text = value.get("text")
        return text if isinstance(text, str) and len(value) == 1 else refused(value, "a number")
    if isinstance(value, str) and reads_as_amount(value):
        return Decimal(value)
    return value if value is None or isinstance(value, int | str) else refused(value, "a number")


def numbers_of(tree: Any, _: object) -> dict[str, Decimal | int | str | None]:
    """Every number, read."""
    return {name: scalar(value) for name, value in tree.items()}


def refused(value: object, wanted: str) -> NoReturn:
    """Raises ``ValueError``: no encoder wrote that."""
    raise ValueError(f"{value!r} is not {wanted}")
