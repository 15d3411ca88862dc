"""What the loopback venue keeps of one order."""

from decimal import Decimal
from enum import Enum, auto

from attrs import define, field

from interlock.core.reports import ExecutionReport, OrderAccepted, OrderRejected
from interlock.testing.loopback.moves import Move
from interlock.testing.loopback.requests import Asked


class Stage(Enum):
    """Where an order stands at the venue."""

    WORKING = auto()
    # Said to be canceled, and filled all the same at the next chance.
    CANCELED_IN_WORD = auto()
    ENDED = auto()


# mutable: the book's own
@define(kw_only=True)
class Kept:
    """An order, what it was answered, and what was told of it since."""

    asked: Asked
    move: Move
    stage: Stage
    leaves_qty: Decimal
    answer: OrderAccepted | OrderRejected
    since: list[ExecutionReport] = field(factory=list)
    fills: int = 0
