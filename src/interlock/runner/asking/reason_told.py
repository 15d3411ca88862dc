"""One reason code, told: what it says, what it means, what to check and what to do. No journal is needed for that."""

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from interlock.core.reasons import REASONS, Reason
from interlock.runner.asking.telling import COLUMNS
from interlock.runner.config.problems import nearest

_INDENT: Final = "  "
_NUMBER: Final = re.compile(r"\{(\w+)\}")


def reason_called(text: str) -> str:
    """The code of Interlock's own that is meant, in whatever case it was typed; empty where it is none."""
    code = text.upper()
    return code if code in Reason.__members__ else ""


def or_a_reason(text: str) -> str:
    """Whoever asked in words that are nearly a reason's code probably meant that; empty where none is near."""
    near = nearest(text, Reason)
    return f". Did you mean the reason {near}?" if near is not None else ""


def as_text(code: str) -> str:
    """For people. What stands in angle brackets is a number that is recorded with the code."""
    text = REASONS[Reason(code)]
    lines = [f"{code}, a reason of the kind {text.category}", ""]
    for title, words in _parts(code):
        lines += [title, textwrap.fill(words, COLUMNS, initial_indent=_INDENT, subsequent_indent=_INDENT), ""]
    return "\n".join(lines).rstrip()


def as_data(code: str) -> dict[str, str]:
    """The same for scripts; the sentence is the template, its numbers in braces."""
    text = REASONS[Reason(code)]
    return {
        "code": code,
        "category": text.category.value,
        "sentence": text.sentence,
        "meaning": text.meaning,
        "check": text.check,
        "remedy": text.remedy,
    }


def _parts(code: str) -> Iterator[tuple[str, str]]:
    text = REASONS[Reason(code)]
    yield "What it says", _bracketed(text.sentence)
    yield "What it means", text.meaning
    yield "What to check", text.check
    yield "What to do", _bracketed(text.remedy)


def _bracketed(template: str) -> str:
    return _NUMBER.sub(r"<\1>", template)
