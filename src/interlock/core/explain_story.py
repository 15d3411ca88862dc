"""What a story is made of: sentences with their numbers, in sections. Text and data are both drawn from it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from interlock.core.values import NO_NUMBERS, LightValue, Numbers

# What a section says for machines: made of these, under names that are always the same.
Fact = Decimal | int | str | bool | None | Sequence["Fact"] | Mapping[str, "Fact"]
NO_FACTS: Final[Mapping[str, Fact]] = {}

# Every section that a story can have, in the order in which it is told.
SECTIONS: Final = {
    "seen": "What was seen",
    "wish": "What the strategy wished",
    "rules": "What the rules found",
    "happened": "What happened",
    "why_not": "What would have let it pass",
    "distance": "How far it was from a wish",
    "what_if": "What if",
    "followed": "What followed",
    "chain": "Cause and consequence",
    "books": "The books",
    "checked": "Made once more",
}


class Sentence(LightValue, frozen=True, kw_only=True):
    """A sentence, the reason code behind it, if one is, and the numbers that it was drawn from. One that ``is_typed``
    is words for a shell, to be copied as they are."""

    text: str
    code: str = ""
    numbers: Numbers = NO_NUMBERS
    is_typed: bool = False


class Section(LightValue, frozen=True, kw_only=True):
    """One part of a story. ``key`` is one of ``SECTIONS``; ``facts`` say the same as the sentences, for machines."""

    key: str
    sentences: tuple[Sentence, ...]
    facts: Mapping[str, Fact] = NO_FACTS

    @property
    def title(self) -> str:
        """What stands above it."""
        return SECTIONS[self.key]


class Story(LightValue, frozen=True, kw_only=True):
    """One moment, told. ``headline`` is the whole of it in a few words; ``outcome`` is empty where nothing was decided,
    ``code`` is the decision's."""

    seq: int
    last_seq: int
    ts_init: datetime
    kind: str
    outcome: str
    code: str
    headline: str
    sections: tuple[Section, ...]

    def section(self, key: str) -> Section | None:
        """The section of that name; None where the story has none."""
        return next((section for section in self.sections if section.key == key), None)
