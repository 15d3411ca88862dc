"""How far a limit would have had to reach. Nothing is decided here: it is asked once an order has been denied."""

from decimal import Decimal
from typing import Any, TypeVar

from attrs import evolve

from interlock.core.values import ROUNDING, SMALLEST, divided, plus, times, up_to

L = TypeVar("L")


def reaching(limits: L, **to: Any) -> L | None:
    """``limits`` with these of them, each as far as its amount and no further; None where no such limits can be made.

    Limits are inclusive, so what was observed is what would do: rounded up to what a configuration can say.
    """
    # Whichever class of limits it is.
    given: Any = limits
    try:
        made: L = evolve(given, **{name: _written(value) for name, value in to.items()})
    except (ValueError, TypeError):
        return None
    return made


def share(part: Decimal, whole: Decimal) -> Decimal:
    """The smallest share of ``whole`` that can be written and that ``part`` is within."""
    near = divided(part, whole)
    return near if part <= times(near, whole) else plus(near, SMALLEST)


def _written(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    needed = ROUNDING.normalize(up_to(value, SMALLEST))
    # As people write it: 5000, and not 5E+3.
    return needed if needed.as_tuple().exponent <= 0 else needed.quantize(Decimal(1))  # type: ignore[operator]
