"""One meaning for each exit code, and one exit code for each error of ours."""

import pytest

from interlock.core.faults import (
    AdapterUnavailable,
    ConfigurationError,
    InterlockError,
    InvariantViolated,
    JournalInUse,
    JournalUnavailable,
    VenueProtocolError,
)
from interlock.runner.exit_codes import ExitCode, RefusedToStart, exit_code_of


def test_the_numbers_are_a_promise() -> None:
    """Scripts branch on them: they never change."""
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "FINDING": 1,
        "USAGE": 2,
        "REFUSED": 3,
        "HALTED": 4,
        "JOURNAL": 5,
        "HUNG": 6,
        "INTERNAL": 70,
        "ANSWER_LOST": 74,
    }


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_code_has_a_meaning(code: ExitCode) -> None:
    """The page is drawn from the table, so the table is whole."""
    assert code.meaning


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("x"), ExitCode.USAGE),
        (RefusedToStart("x"), ExitCode.REFUSED),
        (JournalInUse("x"), ExitCode.REFUSED),
        (JournalUnavailable("x"), ExitCode.JOURNAL),
        (InvariantViolated("x"), ExitCode.HALTED),
        (VenueProtocolError("x"), ExitCode.HALTED),
        (AdapterUnavailable("x"), ExitCode.HALTED),
        (InterlockError("x"), ExitCode.INTERNAL),
    ],
)
def test_an_error_says_what_the_caller_must_do(error: InterlockError, code: ExitCode) -> None:
    """The class of an error, and not its words, is its exit code."""
    assert exit_code_of(error) is code
