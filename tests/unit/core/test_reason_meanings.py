"""What each reason means and what to check: written for every code, and for no other."""

import re
from typing import Final

import pytest

from interlock.core.reason_meanings import MEANINGS, decisions, denials, halts, live, operation, venue
from interlock.core.reason_meanings.passes import PASSES
from interlock.core.reason_text import Category
from interlock.core.reasons import REASONS, Reason
from interlock.core.risk.registry import RULES

# One or two sentences, a halt's somewhat more: beyond this it is a page, and belongs on one.
CHARACTERS_MAX: Final = 620
TABLES: Final = (decisions.DECISIONS, denials.DENIALS, halts.HALTS, live.LIVE, operation.OPERATION, venue.VENUE)


@pytest.mark.parametrize("code", list(Reason))
def test_every_reason_says_what_it_means_and_what_to_check(code: Reason) -> None:
    """In whole sentences that a person can read, and not at length."""
    assert code in MEANINGS, f"write into core/reason_meanings/ what {code} means, and what to check"
    text = REASONS[code]
    assert (text.meaning, text.check) == MEANINGS[code]
    for words in (text.meaning, text.check):
        assert words.endswith((".", "?"))
        assert re.match(r"[A-Z`]", words), f"{code}: a sentence begins with a capital: {words!r}"
        assert len(words) <= CHARACTERS_MAX
        assert words.isprintable()
        assert "  " not in words
        assert "{" not in words, f"{code}: numbers stand in the sentence, which is drawn for each record"


def test_no_meaning_is_left_of_a_code_that_is_gone() -> None:
    """Nor is any written twice."""
    assert MEANINGS.keys() == {code.value for code in Reason}
    assert sum(map(len, TABLES)) == len(MEANINGS)


def test_every_control_passes_in_its_own_words() -> None:
    """And no words are left of one that is gone. That each number in them is given is for the contract of rules."""
    assert PASSES.keys() == RULES.keys()
    assert all(words[0] != words[0].upper() or words[0] == "{" for words in PASSES.values())


def test_every_halt_stands_among_the_halts() -> None:
    """Somebody is called for each of them: whoever writes one finds the others beside it."""
    assert halts.HALTS.keys() == {code.value for code in Reason if REASONS[code].category is Category.HALT}
