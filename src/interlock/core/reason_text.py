"""What a row of the table of reasons holds, how a row is written, and what it says with its numbers."""

import re
from collections.abc import Callable, Set
from decimal import Decimal
from enum import StrEnum
from functools import cache
from string import Formatter
from typing import Final, TypeGuard

from msgspec.structs import replace

from interlock.core.values import NO_NUMBERS, LightValue, Numbers

_SHOWN: Final = Decimal("0.0001")
_DIGITS_MAX: Final = 20
_parsed: Final = Formatter().parse
# As times are written everywhere else.
_in_utc: Final = re.compile(r"(?<=\d\d:\d\d:\d\d)\+00:00|(?<=\.\d{6})\+00:00").sub


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


class ReasonText(LightValue, frozen=True, kw_only=True):
    """Everything about a code: its category, its sentence, what to do about it, what it means, and what to check."""

    category: Category
    sentence: str
    remedy: str
    meaning: str = ""
    check: str = ""

    def explained(self, meaning: str, check: str) -> "ReasonText":
        """The same, with what it means and what to check."""
        return replace(self, meaning=meaning, check=check)


class Cause(LightValue, frozen=True, kw_only=True):
    """A reason as a value: a code, and the numbers of its sentence."""

    code: str
    numbers: Numbers = NO_NUMBERS

    @property
    def told(self) -> str:
        """The code and its sentence."""
        return told(self.code, self.numbers)


TABLE: Final[dict[str, ReasonText]] = {}


def rows_of(category: Category) -> Callable[[str, str, str], str]:
    """A function that writes rows of that category: code, sentence, remedy. It answers the code."""

    def row(code: str, sentence: str, remedy: str) -> str:
        TABLE[code] = ReasonText(category=category, sentence=sentence, remedy=remedy)
        return code

    return row


def fields_of(code: str) -> frozenset[str]:
    """The numbers that the sentence behind ``code`` names; none for a plugin's code."""
    text = TABLE.get(code)
    return frozenset() if text is None else _named_in(text.sentence)


@cache
def _named_in(template: str) -> frozenset[str]:
    """There are as many templates as the tables have rows, and each is filled again and again."""
    return frozenset(name for _, name, _, _ in _parsed(template) if name)


def missing(code: str, numbers: Numbers) -> tuple[str, ...]:
    """The numbers that the sentence behind ``code`` names and ``numbers`` do not hold."""
    return tuple(sorted(fields_of(code) - _for_people(numbers, fields_of(code)).keys()))


def sentence(code: str, numbers: Numbers) -> str:
    """The sentence behind ``code``. A plugin's code, or one whose numbers are missing, shows what there is."""
    text = TABLE.get(code)
    told = filled(text.sentence, numbers) if text is not None else None
    if told is not None:
        return told
    shown = {name: _plain(value) for name, value in _with_averages(numbers).items()}
    return f"{_plain(code)} ({_listed(shown)})" if shown or text is not None else _plain(code)


def filled(template: str, numbers: Numbers) -> str | None:
    """``template`` with its numbers in it; None where one of them is missing."""
    names = _named_in(template)
    shown = _for_people(numbers, names)
    return template.format_map({name: _plain(shown[name]) for name in names}) if names <= shown.keys() else None


def quoting(code: str, words: str) -> str:
    """A code that came with words which are not ours: these are quoted, on one line, printable and short."""
    return f'{_plain(code)}: "{_plain(words)}"'


def told(code: str, numbers: Numbers) -> str:
    """The code and its sentence; a plugin's code, which has none, once."""
    told = sentence(code, numbers)
    return told if told.startswith(_plain(code)) else f"{code}: {told}"


def _with_averages(numbers: Numbers) -> dict[str, Decimal | int | str]:
    """Add ``x_average`` wherever a sum ``x_sum`` over ``x`` bars was recorded: people think in averages."""
    shown = dict(numbers)
    for name, total in numbers.items():
        length = numbers.get(name.removesuffix("_sum")) if name.endswith("_sum") else None
        if isinstance(length, int) and length and _is_readable(total):
            shown[name.removesuffix("_sum") + "_average"] = (total / length).quantize(_SHOWN).normalize()
    return shown


def _for_people(numbers: Numbers, names: Set[str]) -> dict[str, Decimal | int | str]:
    """The same, and each ``x_percent`` of ``names``, where ``x`` may be a share: some sentences speak in hundredths."""
    shares = {name: numbers.get(name.removesuffix("_percent")) for name in names if name.endswith("_percent")}
    percents = {name: (share * 100).quantize(_SHOWN) for name, share in shares.items() if _is_readable(share)}
    return {**_with_averages(numbers), **percents}


def _is_readable(value: object) -> TypeGuard[Decimal]:
    # A plugin may record anything. Written out, 1E+999999999 would fill the memory.
    return isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= _DIGITS_MAX


def _listed(shown: dict[str, str]) -> str:
    return ", ".join(f"{_plain(name)}={value}" for name, value in sorted(shown.items()))


def shown(value: object) -> str:
    """One number or text, as a sentence shows it."""
    return _plain(value)


def _plain(value: object) -> str:
    """Text from outside may hold anything: keep it on one line, printable and short."""
    text = format(value.normalize(), "f") if _is_readable(value) else _in_utc("Z", str(value))
    return (text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text))[:200]
