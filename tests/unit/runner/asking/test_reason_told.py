"""A reason code can be asked, too: what it means, what to check and what to do, without any journal."""

import json
from pathlib import Path

import pytest

from interlock.core.reasons import REASONS, Reason
from interlock.runner.asking.reason_told import as_data, as_text, reason_called
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder without configuration and journal."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("code", list(Reason))
def test_every_reason_is_told_with_all_five(code: Reason) -> None:
    """In lines that a terminal shows; each word stands there, and no number is left in braces."""
    told, text = as_text(code), REASONS[code]
    flat = " ".join(told.split())
    for words in (code, text.category, text.meaning, text.check):
        assert words in flat
    assert "{" not in told
    assert max(map(len, told.splitlines())) <= 110
    assert set(as_data(code)) == {"code", "category", "sentence", "meaning", "check", "remedy"}


def test_the_command_tells_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """For people, and for scripts."""
    assert run(["explain", "DATA_STALE"]) == 0
    assert capsys.readouterr().out == (
        "DATA_STALE, a reason of the kind DENIAL\n\n"
        "What it says\n"
        "  the newest bar is <observed> seconds old, more than the allowed <limit>\n\n"
        "What it means\n"
        "  The newest bar is older than an order may be decided on. Exits are denied too: nobody should sell "
        "blindly.\n\n"
        "What to check\n"
        "  Whether the feed still brings bars, and when the last one closed; whether the machine's clock is right.\n\n"
        "What to do\n"
        "  Look at the feed. The limit stands in [risk.data_age].\n"
    )
    assert run(["explain", "DATA_STALE", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == as_data("DATA_STALE")


@pytest.mark.parametrize("typed", ["data_stale", "Data_Stale"])
def test_a_reason_is_known_in_any_case(capsys: pytest.CaptureFixture[str], typed: str) -> None:
    """As it is to ``interlock decisions --reason``; it is told as it is spelt."""
    assert run(["explain", typed]) == 0
    assert capsys.readouterr().out.startswith("DATA_STALE, a reason of the kind DENIAL\n")
    assert run(["explain", typed, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == as_data("DATA_STALE")


@pytest.mark.parametrize("text", ["DATA_STALE ", "DATA-STALE", "MINE.OWN", "205", ""])
def test_what_is_no_code_of_ours_is_none(text: str) -> None:
    """A plugin's, another spelling, a record."""
    assert not reason_called(text)


def test_a_reason_is_not_decided_again(capsys: pytest.CaptureFixture[str]) -> None:
    """A what-if that nothing heeded would look as if it changed nothing."""
    assert run(["explain", "data_stale", "--what-if", "risk.a=1"]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert "DATA_STALE is a reason, and --what-if decides a record again: give the number of one" in said.err
    assert not said.out


@pytest.mark.parametrize("text", ["", " "])
def test_nothing_to_explain_is_answered_with_what_can_be_given(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """A script's variable was empty: no order has such an id, and the last decision is not what was meant."""
    assert run(["explain", text]) == ExitCode.USAGE
    assert "is empty: give the number of a record (SEQ), the id of an order" in capsys.readouterr().err
