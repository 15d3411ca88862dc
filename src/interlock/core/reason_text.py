"""What a row of the table of reasons holds, and how a row is written."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from attrs import frozen

from interlock.core.halt_texts import HALT_TEXTS


class Category(StrEnum):
    """What kind of reason it is."""

    IDLE = "IDLE"
    SIGNAL = "SIGNAL"
    DENIAL = "DENIAL"
    REJECTION = "REJECTION"
    HALT = "HALT"
    REPORT = "REPORT"
    DATA = "DATA"


@frozen(kw_only=True)
class ReasonText:
    """A code's category, its sentence, and what a person should do about it.

    A halt has an operator's page, and for it ``meaning`` (what happened, and what was made of it) and ``check``.
    """

    category: Category
    sentence: str
    remedy: str
    meaning: str = ""
    check: str = ""


TABLE: Final[dict[str, ReasonText]] = {}


def rows_of(category: Category) -> Callable[[str, str, str], str]:
    """A function that writes rows of that category: code, sentence, remedy. It answers the code."""

    def row(code: str, sentence: str, remedy: str) -> str:
        meaning, check = HALT_TEXTS.get(code, ("", ""))
        TABLE[code] = ReasonText(category=category, sentence=sentence, remedy=remedy, meaning=meaning, check=check)
        return code

    return row
