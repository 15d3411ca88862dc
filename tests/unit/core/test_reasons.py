"""Why: every code has its sentence, and every sentence its numbers."""

import string
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import interlock.core
from interlock.core import reason_text
from interlock.core.reason_text import Category
from interlock.core.reasons import REASONS, Reason, missing, sentence, told

CORE = Path(interlock.core.__file__).parent


def fields_of(code: Reason) -> set[str]:
    """The numbers that a sentence asks for."""
    return {name for _, name, _, _ in string.Formatter().parse(REASONS[code].sentence) if name}


@pytest.mark.parametrize("code", list(Reason))
def test_every_reason_has_a_sentence_and_a_remedy(code: Reason) -> None:
    """No code without words, and every one says what a person should do."""
    text = REASONS[code]
    assert code.value == code.name
    assert text.sentence.strip()
    assert text.remedy.endswith((".", "?"))
    assert isinstance(text.category, Category)
    # A sentence is a template over names alone: no index, no attribute, no format that could raise.
    assert all(name.isidentifier() for name in fields_of(code))


@pytest.mark.parametrize("code", list(Reason))
def test_with_its_numbers_a_sentence_is_whole(code: Reason) -> None:
    """Every field is filled in, whatever kind of number it is."""
    for value in (Decimal("1.50"), 7, "text"):
        shown = sentence(code, dict.fromkeys(fields_of(code), value))
        assert "{" not in shown
        assert not shown.startswith(f"{code} (")


@pytest.mark.parametrize("code", [code for code in Reason if fields_of(code)])
def test_without_its_numbers_it_shows_what_there_is(code: Reason) -> None:
    """Nothing is made up, and nothing is raised."""
    assert sentence(code, {}) == f"{code} ()"
    assert sentence(code, {"other": 1}) == f"{code} (other=1)"


def test_every_code_is_used_somewhere() -> None:
    """A code that nothing can say is a page that nobody needs."""
    sources = "\n".join(path.read_text("utf-8") for path in CORE.parent.rglob("*.py") if path.name != "reasons.py")
    unused = [code.name for code in Reason if f"Reason.{code.name}" not in sources]
    assert not unused, f"take out of core/reasons.py, or use: {unused}"


def test_a_sum_over_a_length_is_shown_as_an_average() -> None:
    """People think in averages; what is recorded is the exact sum."""
    numbers: dict[str, Any] = {"fast": 3, "fast_sum": Decimal(100), "slow": 4, "slow_sum": Decimal(400)}
    shown = sentence(Reason.TREND_TURNED_DOWN, {**numbers, "position": Decimal("1E+2")})
    assert shown == "the 3-bar average 33.3333 is below the 4-bar average 100 and 100 is held"


@pytest.mark.parametrize(
    "numbers",
    [
        {"x_sum": Decimal("1E+999999"), "x": 3},
        {"x_sum": Decimal("NaN"), "x": 3},
        {"x_sum": Decimal("sNaN"), "x": 3},
        {"x_sum": Decimal("-Infinity"), "x": 3},
        {"x_sum": Decimal(1), "x": 0},
        {"x_sum": Decimal(1), "x": "3"},
        {"x_sum": 1, "x": 3},
        {"x_sum": Decimal(1)},
        {"_sum": Decimal(1), "": 1},
        {"x": Decimal("1E-999999")},
        {"x": Decimal("1E+999999999")},
    ],
)
def test_a_plugins_numbers_cannot_make_a_sentence_fail(numbers: dict[str, Any]) -> None:
    """Codes of a plugin have no sentence: they are shown with their numbers, whatever those are, and not at length."""
    shown = sentence("PLUGIN.CODE", numbers)
    assert shown.startswith("PLUGIN.CODE (")
    assert len(shown) < 500


def test_a_code_without_numbers_is_shown_as_it_is() -> None:
    """There is nothing to add."""
    assert sentence("PLUGIN.CODE", {}) == "PLUGIN.CODE"


@settings(deadline=None)
@given(
    code=st.sampled_from(Reason) | st.text(max_size=20).map(lambda text: f"PLUGIN.{text}"),
    numbers=st.dictionaries(
        st.sampled_from(["observed", "limit", "rule", "order", "fast", "fast_sum", "slow", "slow_sum", "why"]),
        st.decimals(allow_nan=True, allow_infinity=True) | st.integers() | st.text(max_size=300),
    ),
)
def test_whatever_was_recorded_can_be_said(code: str, numbers: dict[str, Any]) -> None:
    """On one line, for any code and any numbers."""
    assert isinstance(sentence(code, numbers), str)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31mred", "tab\there", "nul\x00", "\u202eevil", "bell\x07", "\ud800"])
def test_what_comes_from_outside_stays_on_one_printable_line(text: str) -> None:
    """Control characters cannot draw on anybody's terminal, or forge a second line."""
    shown = sentence(Reason.TRADING_HALTED, {"observed": text})
    assert shown.isprintable()
    assert "?" in shown


def test_what_comes_from_outside_is_kept_short() -> None:
    """A megabyte of symbol is not a sentence."""
    assert len(sentence(Reason.TRADING_HALTED, {"observed": "x" * 10**6})) < 300


def test_what_a_sentence_names_and_what_it_lacks_can_be_asked() -> None:
    """An average is given by its sum and its length, hundredths by their share; a plugin's code names nothing."""
    assert reason_text.fields_of(Reason.PRICE_COLLAR_BREACHED) == {"observed_percent", "limit_percent"}
    assert missing(Reason.PRICE_COLLAR_BREACHED, {"observed": Decimal("0.1")}) == ("limit_percent",)
    assert missing(Reason.PRICE_COLLAR_BREACHED, {"observed": Decimal("0.1"), "limit": Decimal("0.05")}) == ()
    assert missing(Reason.AVERAGES_LEVEL, {"fast": 2}) == ("slow",)
    assert missing("PLUGIN.CODE", {}) == ()


def test_a_share_is_told_in_hundredths() -> None:
    """To four places, without needless zeros."""
    numbers = {"observed": Decimal("0.1650485437"), "limit": Decimal("0.05")}
    assert sentence(Reason.PRICE_COLLAR_BREACHED, numbers) == (
        "the order's price lies 16.5049 % from the last close, more than the collar of 5 %"
    )


def test_a_time_is_told_as_everywhere_else() -> None:
    """With Z; what only looks alike is left as it is."""
    at = {"expires_at": "2024-01-08T21:00:00+00:00"}
    assert sentence(Reason.LIVE_ARMING_EXPIRED, at) == "the arming ended at 2024-01-08T21:00:00Z"
    at = {"expires_at": "2024-01-08T21:00:00.250000+00:00 or +00:00"}
    assert sentence(Reason.LIVE_ARMING_EXPIRED, at) == "the arming ended at 2024-01-08T21:00:00.250000Z or +00:00"


def test_words_that_are_not_ours_are_quoted() -> None:
    """On one line, printable and short."""
    assert reason_text.quoting("VENUE.NO", "not\ntoday") == 'VENUE.NO: "not?today"'
    assert reason_text.Cause(code=Reason.KILL_SWITCH, numbers={"found": "HALT"}).told == (
        "KILL_SWITCH: the kill switch is on (HALT)"
    )


def test_a_number_is_written_out() -> None:
    """No exponent, no trailing form that nobody reads."""
    assert sentence(Reason.DATA_STALE, {"observed": Decimal("1E+3"), "limit": Decimal("0.0000001")}) == (
        "the newest bar is 1000 seconds old, more than the allowed 0.0000001"
    )


def test_a_plugins_code_stays_on_one_printable_line() -> None:
    """A code is words from outside, too."""
    assert sentence("MINE.X\n\x1b[2J", {}) == "MINE.X??[2J"
    assert sentence("MINE.X\n", {"a": 1}) == "MINE.X? (a=1)"
    assert told("MINE.X\n", {"a": 1}) == "MINE.X? (a=1)"
