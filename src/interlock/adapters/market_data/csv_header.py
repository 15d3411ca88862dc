"""What the first line of a file is: a header, a row, or a header of something else than is stated."""

from collections.abc import Sequence

from interlock.adapters.market_data.csv_columns import NUMBER_NAMES, Columns, meaning_of

_DIGITS = frozenset("0123456789")


def is_header(cells: Sequence[str], columns: Columns) -> bool:
    """Where columns are stated, whether a first line of ``cells`` is a header: its time does not begin with a digit,
    and none of its five amounts holds one. A row whose amounts are all missing has a time, and is refused as a row.
    """
    return cells[columns.time][:1] not in _DIGITS and not any(
        char in _DIGITS for place in columns.numbers for char in cells[place]
    )


def contradiction(cells: Sequence[str], stated: Sequence[str]) -> str | None:
    """What a header says that is not what is ``stated`` of its columns; None where they agree, or its words are none
    that we know. A column that is stated to be ignored is ignored, whatever it is called.
    """
    found = [
        f"column {place} called {cell!r} where columns says {name!r}"
        for place, (cell, name) in enumerate(zip(cells, stated, strict=True), start=1)
        if meaning_of(cell) and meaning_of(name) and meaning_of(cell) != meaning_of(name)
    ]
    return ", ".join(found) or None


def delimiter_meant(cells: Sequence[str]) -> str | None:
    """What to say of a header that is one cell, and would be several with another delimiter."""
    for mark, written in ((";", ";"), ("\t", "\\t"), ("|", "|")):
        if len(cells) == 1 and cells[0].count(mark) >= len(NUMBER_NAMES):
            return f'State delimiter = "{written}".'
    return None


def only_carriage_returns(line: bytes) -> bool:
    """Whether a first line is a whole text of lines that end as they once did on a Mac: with a carriage return."""
    if b"\r" not in line:
        return False
    text = line.decode("utf-8", errors="ignore")  # it may be cut in the middle of a character
    return text.replace("\r", " ").replace("\t", " ").isprintable()
