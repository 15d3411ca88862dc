"""A line to a bar, by a strict grammar; or to a refused row that names the field and the rule."""

import csv
import re
from decimal import Decimal
from typing import Final

from interlock.adapters.market_data.csv_columns import NUMBER_NAMES, Columns
from interlock.adapters.market_data.csv_lines import BadLine
from interlock.adapters.market_data.csv_times import TimeReader, Unstated
from interlock.core.market import Bar, RefusedRow
from interlock.core.values import DECIMAL_DIGITS_MAX, WHOLE_DIGITS_MAX

SHOWN_CHARACTERS_MAX: Final = 80

# Decimal() itself would also take 1_000, other scripts' digits, 1e400 and NaN. This does not.
_AMOUNT: Final = re.compile(rf"[0-9]{{1,{WHOLE_DIGITS_MAX}}}(?:\.[0-9]{{1,{DECIMAL_DIGITS_MAX}}})?").fullmatch
_TOO_LONG: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?").fullmatch
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search

_AMOUNT_RULE: Final = "an amount must be ASCII digits with at most one point: no sign, exponent, separator or word"
_DIGITS_RULE: Final = f"an amount must have at most {WHOLE_DIGITS_MAX} whole and {DECIMAL_DIGITS_MAX} decimal digits"


class RowReader:
    """Reads the rows of one file, named ``source`` in every refusal. It never raises for what a row holds."""

    def __init__(self, *, source: str, instrument: str, columns: Columns, times: TimeReader, delimiter: str) -> None:
        self._source = source
        self._instrument = instrument
        self._columns = columns
        self._times = times
        self._delimiter = delimiter

    def read(self, number: int, line: bytes | BadLine) -> Bar | RefusedRow:
        """The bar that stands in line ``number``, or why there is none."""
        if isinstance(line, BadLine):
            return self._refused(number, "line", text_of(line.value), line.rule)
        text = text_of(line)
        cells = cells_of(text, self._delimiter)
        if len(cells) != self._columns.count:
            return self._refused(number, "line", text, self._count_rule(text, len(cells)))
        stamp = cells[self._columns.time]
        closed = self._times.close_of(stamp)
        if isinstance(closed, Unstated):
            closed = f"{closed.rule}: state {closed.key}"
        if isinstance(closed, str):
            return self._refused(number, "time", stamp, closed)
        amounts = [cells[place] for place in self._columns.numbers]
        for name, cell in zip(NUMBER_NAMES, amounts, strict=True):
            if problem := amount_problem(cell):
                return self._refused(number, name, cell, problem)
        if _CONTROL(text):
            return self._refused(number, "line", text, "a line must hold no control characters")
        opened, high, low, close, volume = map(Decimal, amounts)
        try:
            return Bar(
                instrument=self._instrument,
                ts_event=closed,
                open=opened,
                high=high,
                low=low,
                close=close,
                volume=volume,
            )
        except ValueError as error:
            return self._refused_bar(number, amounts, str(error))

    def time_of(self, line: bytes | BadLine) -> str | None:
        """The cell that holds the time; None when the line is no row."""
        if isinstance(line, BadLine):
            return None
        cells = cells_of(text_of(line), self._delimiter)
        return cells[self._columns.time] if len(cells) == self._columns.count else None

    def refused_time(self, number: int, value: str, rule: str) -> RefusedRow:
        """The refusal of a row whose time cannot stand where it stands."""
        return self._refused(number, "time", value, rule)

    def _refused_bar(self, number: int, amounts: list[str], why: str) -> RefusedRow:
        """A bar says which of its fields is wrong in the first word, and repeats its value at the end."""
        name = why.partition(" ")[0]
        value = amounts[NUMBER_NAMES.index(name)] if name in NUMBER_NAMES else ""
        return self._refused(number, name, value, why.rpartition(", found ")[0] or why)

    def _refused(self, number: int, name: str, value: str, rule: str) -> RefusedRow:
        return RefusedRow(source=self._source, line=number, field=name, value=shown(value), rule=rule)

    def _count_rule(self, text: str, count: int) -> str:
        if not text.strip():
            return "the line is empty"
        if text.count('"') % 2:
            return "a quote is opened and never closed"
        return f"a row must have {self._columns.count} cells, found {count}"


def text_of(line: bytes) -> str:
    """The line as text. Bytes that are not UTF-8 are kept visible as escapes; no cell of ours accepts them."""
    return line.decode("utf-8", errors="backslashreplace")


def cells_of(text: str, delimiter: str) -> list[str]:
    """The cells of a line, without the spaces and quotes around them; no cells where a quote is left open."""
    if '"' not in text:
        return [cell.strip(" \t") for cell in text.split(delimiter)]
    if text.count('"') % 2:
        return []
    try:
        rows = list(csv.reader([text], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:  # a carriage return in the middle: no cells, so the row is refused by its count
        return []
    return [cell.strip(" \t") for row in rows for cell in row]


def shown(value: str) -> str:
    """``value`` fit for a journal and a console: printable ASCII, 80 characters at most."""
    escaped = value[:SHOWN_CHARACTERS_MAX].encode("unicode_escape").decode("ascii")
    if len(escaped) <= SHOWN_CHARACTERS_MAX and len(value) <= SHOWN_CHARACTERS_MAX:
        return escaped
    return escaped[: SHOWN_CHARACTERS_MAX - 3] + "..."


def amount_problem(cell: str) -> str | None:
    """The rule that ``cell`` breaks as an amount; None when ``Decimal(cell)`` may be trusted with it."""
    if _AMOUNT(cell):
        return None
    if not cell:
        return "the cell is empty"
    return _DIGITS_RULE if _TOO_LONG(cell) else _AMOUNT_RULE
