"""What is checked of an ``[[instruments]]`` table beyond its types, while file and line are still known."""

from collections.abc import Sequence
from typing import Any

from cattrs import Converter
from cattrs.errors import IterableValidationError, IterableValidationNote

from interlock.core.market import DeclaredSplit, Instrument
from interlock.runner.config.problems import Under, Wrong, describe
from interlock.runner.config.structure import Hook, class_hook


def instrument_hook(converter: Converter) -> Hook:
    """How such a table becomes an ``Instrument``."""

    def calendar(value: object, kind: Any) -> Any:
        # Here, because a journal that is read needs no calendar.
        from interlock.adapters.calendar.by_code import is_known
        from interlock.adapters.calendar.codes import advice

        code: str = converter.structure(value, kind)
        if code and not is_known(code):
            raise Wrong(describe(value), "the code of a calendar: 24/7, or an exchange's such as XNYS", advice(code))
        return code

    def splits(value: object, kind: Any) -> Any:
        declared: tuple[DeclaredSplit, ...] = converter.structure(value, kind)
        if problems := _out_of_order(declared):
            raise IterableValidationError("splits", problems, tuple)
        return declared

    return class_hook(converter, Instrument, calendar=calendar, splits=splits)


def _out_of_order(declared: Sequence[DeclaredSplit]) -> list[Exception]:
    problems: list[Exception] = []
    for index in range(1, len(declared)):
        before, day = declared[index - 1].ex_date, declared[index].ex_date
        if day > before:
            continue
        remedy = (
            "two splits on one day are one, with the product of both ratios" if day == before else "put them in order"
        )
        wrong = Under("ex_date", Wrong(describe(day), f"a day after {before}, that of the split before it", remedy))
        wrong.__notes__ = [IterableValidationNote("element", index, DeclaredSplit)]
        problems.append(wrong)
    return problems
