"""Small things that every page needs: a table, a paragraph out of a docstring, a value as it is written."""

import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Final

_BLANK: Final = re.compile(r"\s+")
_NUMBER: Final = re.compile(r"\{(\w+)\}")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def code(text: object) -> str:
    """As it is written in a file or on a command line; an empty text stays empty."""
    return f"`{text}`" if f"{text}" else ""


def placeholders(sentence: str) -> str:
    """A reason's sentence, its numbers shown by their names."""
    return _NUMBER.sub(r"&lt;\1&gt;", sentence)


def paragraphs(described: object) -> tuple[str, ...]:
    """The paragraphs of a docstring, each on one line, in Markdown's quotes. Empty where there is none."""
    text = inspect.cleandoc(described.__doc__ or "")
    return tuple(_BLANK.sub(" ", part).strip().replace("``", "`") for part in text.split("\n\n") if part.strip())


def first_paragraph(described: object) -> str:
    """What a docstring says first; empty where there is none."""
    return next(iter(paragraphs(described)), "")


def first_sentence(described: object) -> str:
    """The first sentence of a docstring."""
    return re.split(r"(?<=[.!?]) (?=[A-Z`])", first_paragraph(described), maxsplit=1)[0]


def _cell(text: str) -> str:
    return _BLANK.sub(" ", text).strip().replace("|", "\\|")
