"""What a row of the table of reasons holds, and how a row is written."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from attrs import frozen


class Category(StrEnum):
    """What kind of reason it is."""

    IDLE = "IDLE"
    SIGNAL = "SIGNAL"
    DENIAL = "DENIAL"
    REJECTION = "REJECTION"
    HALT = "HALT"
    REPORT = "REPORT"
    DATA = "DATA"
    OPERATION = "OPERATION"


@frozen(kw_only=True)
class ReasonText:
    """A code's category, its sentence, and what a person should do about it."""

    category: Category
    sentence: str
    remedy: str


TABLE: Final[dict[str, ReasonText]] = {}


def rows_of(category: Category) -> Callable[[str, str, str], str]:
    """A function that writes rows of that category: code, sentence, remedy. It answers the code."""

    def row(code: str, sentence: str, remedy: str) -> str:
        TABLE[code] = ReasonText(category=category, sentence=sentence, remedy=remedy)
        return code

    return row
