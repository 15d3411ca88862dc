"""Lines become bars by a strict grammar, or refusals."""

import string
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.market_data.csv_columns import Columns, columns_of
from interlock.adapters.market_data.csv_lines import BadLine
from interlock.adapters.market_data.csv_rows import RowReader, shown
from interlock.adapters.market_data.csv_times import Stamp, TimeReader
from interlock.core.market import Bar, RefusedRow

TIME = "2020-01-31T21:00:00Z"


def reader(
    delimiter: str = ",", names: tuple[str, ...] = ("time", "open", "high", "low", "close", "volume")
) -> RowReader:
    """A reader of rows with closes in UTC."""
    columns = columns_of(names)
    assert isinstance(columns, Columns)
    times = TimeReader(
        time_format=None, zone=None, stamp=Stamp.CLOSE, interval=timedelta(days=1), calendar=AlwaysOpen()
    )
    return RowReader(source="bars.csv", instrument="TEST", columns=columns, times=times, delimiter=delimiter)


def test_a_row_becomes_a_bar() -> None:
    """Every amount is taken as the decimal that was written."""
    bar = reader().read(2, f"{TIME},10.50,11,9.0000000001,10.25,999999999999".encode())
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low) == (Decimal("10.50"), Decimal(11), Decimal("9.0000000001"))
    assert (bar.close, bar.volume) == (Decimal("10.25"), Decimal(999_999_999_999))
    assert bar.instrument == "TEST"


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        (f' {TIME} , "10" , "11","9", 10.5 ,100 ', ","),
        (f'"{TIME}";"10";"11";"9";"10.5";"100"', ";"),
        (f"{TIME}\t10\t11\t9\t10.5\t100", "\t"),
        (f"{TIME}|10|11|9|10.5|100", "|"),
    ],
)
def test_spaces_and_quotes_around_a_cell_are_no_part_of_it(line: str, delimiter: str) -> None:
    """Any stated delimiter will do."""
    bar = reader(delimiter).read(2, line.encode())
    assert isinstance(bar, Bar)
    assert bar.close == Decimal("10.5")


BAD_AMOUNTS = [
    "",
    " ",
    "1_000",
    "1e400",
    "1e3",
    "1E3",
    "NaN",
    "nan",
    "inf",
    "Infinity",
    "-1",
    "+1",
    "1,5",
    "1.",
    ".5",
    "1..5",
    "1.5.5",
    "0x10",
    "1\x00",
    "\x001",
    "1 000",
    "$10",
    "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}",
    "\N{FULLWIDTH DIGIT ONE}",
    "\N{SUPERSCRIPT TWO}",
    "\N{NO-BREAK SPACE}1",
    "1234567890123",
    "1.12345678901",
    "9" * 3_000,
]


@pytest.mark.parametrize("field", range(5))
@pytest.mark.parametrize("amount", BAD_AMOUNTS, ids=ascii)
def test_what_is_no_plain_amount_is_refused_by_field_and_rule(amount: str, field: int) -> None:
    """Signs, exponents, separators, words, NUL and the digits of other scripts: all refused, all shown."""
    cells = ["10", "11", "9", "10", "100"]
    cells[field] = amount
    refused = reader(";").read(7, ";".join([TIME, *cells]).encode())
    assert isinstance(refused, RefusedRow)
    assert refused.source == "bars.csv"
    assert refused.line == 7
    assert refused.field == ("open", "high", "low", "close", "volume")[field]
    assert refused.value == shown(amount.strip(" "))
    assert "amount" in refused.rule or "empty" in refused.rule


@pytest.mark.parametrize(
    ("amounts", "field", "rule"),
    [
        ("0,11,9,10,100", "open", "must be above zero"),
        ("10,11,0,10,100", "low", "must be above zero"),
        ("12,11,9,10,100", "open", "must lie between"),
        ("10,11,9,8,100", "close", "must lie between"),
        ("10,9,11,10,100", "open", "must lie between"),
    ],
)
def test_a_bar_that_cannot_be_names_its_field(amounts: str, field: str, rule: str) -> None:
    """Zero prices, and an open or close outside of high and low."""
    refused = reader().read(3, f"{TIME},{amounts}".encode())
    assert isinstance(refused, RefusedRow)
    assert refused.field == field
    assert rule in refused.rule
    assert refused.value == amounts.split(",")[["open", "high", "low", "close"].index(field)]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"", "the line is empty"),
        (b"   ", "the line is empty"),
        (f"{TIME},1,1,1,1".encode(), "a row must have 6 cells, found 5"),
        (f"{TIME},1,1,1,1,1,1".encode(), "a row must have 6 cells, found 7"),
        (f'{TIME},"1,1,1,1,1'.encode(), "a quote is opened and never closed"),
        (f'"{TIME}",1,1,1\r1,1,1'.encode(), "a row must have 6 cells, found 0"),
        (f'{TIME},"1,000",1,1,1,1'.encode(), "an amount must be ASCII digits"),
        (b"\xff\xfe\x00\x01", "a row must have 6 cells, found 1"),
    ],
)
def test_a_line_that_is_no_row_is_refused(line: bytes, rule: str) -> None:
    """Too few or too many cells, an open quote, binary junk."""
    refused = reader().read(3, line)
    assert isinstance(refused, RefusedRow)
    assert refused.rule.startswith(rule)


def test_a_control_character_in_a_column_that_is_ignored_is_refused_too() -> None:
    """A file with NUL in it is damaged, wherever the NUL stands."""
    rows = reader(names=("time", "open", "high", "low", "close", "volume", "-"))
    assert isinstance(rows.read(2, f"{TIME},1,1,1,1,1,caf\N{LATIN SMALL LETTER E WITH ACUTE}".encode()), Bar)
    refused = rows.read(2, f"{TIME},1,1,1,1,1,\x00".encode())
    assert isinstance(refused, RefusedRow)
    assert refused.field == "line"


def test_a_bad_line_is_refused_by_its_own_rule() -> None:
    """What the line reader could not make a line of."""
    refused = reader().read(9, BadLine(value=b"x" * 5_000, rule="too long"))
    assert refused == RefusedRow(source="bars.csv", line=9, field="line", value="x" * 77 + "...", rule="too long")


@given(line=st.binary(max_size=200))
@example(line=b'"\r"')
@example(line=b'2020-01-31T21:00:00Z,"1\r",1,1,1,"')
def test_a_row_reader_never_raises(line: bytes) -> None:
    """Any bytes make a bar or a refusal that is fit to be shown."""
    found = reader().read(1, line)
    assert isinstance(found, Bar | RefusedRow)
    if isinstance(found, RefusedRow):
        assert found.value.isascii()
        assert found.value.isprintable() or not found.value
        assert len(found.value) <= 80


@given(cell=st.text(alphabet=string.digits + ".eE+-_, \x00\u0661\uff11naif", max_size=16))
def test_only_plain_digits_are_an_amount(cell: str) -> None:
    """A bar comes out exactly for what a plain decimal of our size looks like."""
    found = reader(";").read(1, f"{TIME};{cell};999999999999.9999999999;0.0000000001;1;1".encode())
    plain = cell.strip(" ")
    whole, point, rest = plain.partition(".")
    is_plain = (
        bool(whole)
        and set(whole + rest) <= set(string.digits)
        and len(whole) <= 12
        and len(rest) <= 10
        and bool(point) == bool(rest)
        and set(whole + rest) != {"0"}
    )
    assert isinstance(found, Bar) == is_plain
    if isinstance(found, Bar):
        assert found.open == Decimal(plain)


@given(st.text(max_size=300))
def test_what_is_shown_is_short_printable_ascii(text: str) -> None:
    """Whatever stood in the file, it can do nothing to a console."""
    assert len(shown(text)) <= 80
    assert shown(text).isascii()
    assert all(char.isprintable() for char in shown(text))
