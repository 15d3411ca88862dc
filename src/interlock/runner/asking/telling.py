"""A story as text for people, and as data for scripts. Both say the same."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from interlock.core.explain_story import SECTIONS, Section, Sentence, Story
from interlock.core.explain_words import stamp
from interlock.runner.config.problems import printable

COLUMNS: Final = 110
# A sentence is read, not scrolled; the whole record is in the journal.
_SENTENCE_CHARACTERS_MAX: Final = 4_000


def as_text(story: Story) -> str:
    """Short paragraphs under a heading each, lines of at most ``COLUMNS``, nothing that a terminal would obey. Only
    what is to be copied is never broken."""
    return "\n".join(_lines(story))


def opening(story: Story) -> str:
    """Which record it is, and the whole of it in a few words."""
    return printable(
        f"Record {story.seq} of {story.last_seq}, {stamp(story.ts_init)}: {story.headline}.", _SENTENCE_CHARACTERS_MAX
    )


def words(sentence: Sentence) -> str:
    """A sentence as it is shown, wherever that is: on one line, and not without end."""
    return printable(sentence.text, _SENTENCE_CHARACTERS_MAX)


def as_lines(sentence: Sentence) -> str:
    """One sentence that stands by itself."""
    return "\n".join(_wrapped(words(sentence), "", ""))


def _lines(story: Story) -> Iterator[str]:
    yield from _wrapped(opening(story), "", "")
    for section in story.sections:
        yield ""
        yield section.title
        for sentence in section.sentences:
            if sentence.is_typed:
                yield "    " + words(sentence)
                continue
            yield from _wrapped(words(sentence), "  ", "    ")


def _wrapped(text: str, first: str, rest: str) -> Iterator[str]:
    # A name that is longer than a line stays whole: it is to be copied.
    yield from textwrap.wrap(
        text, COLUMNS, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def as_data(story: Story) -> dict[str, Any]:
    """The same for scripts. Every section has its key, null where the story has none; amounts are strings."""
    return {
        "seq": story.seq,
        "last_seq": story.last_seq,
        "ts_init": stamp(story.ts_init),
        "kind": story.kind,
        "outcome": story.outcome or None,
        "code": story.code or None,
        "headline": story.headline,
        "sections": {key: _section(story.section(key)) for key in SECTIONS},
    }


def _section(section: Section | None) -> dict[str, Any] | None:
    if section is None:
        return None
    sentences = [
        {"text": each.text, "code": each.code or None, "numbers": spelt(each.numbers)} for each in section.sentences
    ]
    return {"title": section.title, "sentences": sentences, "facts": spelt(section.facts)}


def spelt(value: Any) -> Any:
    """As JSON has it: amounts as strings of plain digits."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(name): spelt(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [spelt(each) for each in value]
    return str(value) if isinstance(value, str) else value
