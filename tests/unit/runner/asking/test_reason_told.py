"""A reason code can be asked, too: what it means, what to check and what to do, without any journal."""

import json
from pathlib import Path

import pytest

from interlock.core.reasons import REASONS, Reason
from interlock.runner.asking.reason_told import as_data, as_text, is_reason
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


@pytest.mark.parametrize("text", ["data_stale", "DATA_STALE ", "MINE.OWN", "205", ""])
def test_what_is_no_code_of_ours_is_none(text: str) -> None:
    """A plugin's, another spelling, a record."""
    assert not is_reason(text)
