"""A variable of ours that nobody reads is told by every command that works on something."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.runner import main
from interlock.runner.config.environment import problems
from interlock.runner.exit_codes import ExitCode
from interlock.runner.kill_switch import HALT_NAME

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

MISSPELT = "INTERLOCK_MOED"
ASKING = [
    ["check"],
    ["init", "elsewhere"],
    ["status", "{journal}"],
    ["decisions", "{journal}"],
    ["explain", "--journal", "{journal}"],
    ["report", "{journal}"],
    ["replay", "--journal", "{journal}", "--against", "interlock.toml"],
    ["logs", "{log}"],
    *(["journal", name, "{journal}"] for name in ("info", "tail", "verify", "archive")),
    ["journal", "export", "--format", "csv", "{journal}"],
    ["journal", "backup", "--journal", "{journal}", "copy.sqlite3"],
]


@pytest.mark.parametrize("asking", ASKING, ids=lambda words: "-".join(words[:2]))
def test_a_misspelt_variable_is_an_error_also_where_a_file_is_named(
    home: "Home", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asking: list[str]
) -> None:
    """Somebody thought that it would do something. Nothing is done then."""
    journal = home.run(cycles=3)
    monkeypatch.setenv(MISSPELT, "SIM")
    words = [each.format(journal=journal, log=journal.parent / "interlock.log") for each in asking]
    assert main.run(words) == ExitCode.USAGE
    said = "".join(capsys.readouterr())
    assert f"environment: {MISSPELT}: found a variable that nobody reads" in said
    assert "did you mean INTERLOCK_MODE?" in said
    assert not Path("elsewhere").exists()


def test_what_takes_risk_away_does_not_look(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    """It has to work whatever else is wrong; the page of the environment says so."""
    journal = home.run(cycles=3)
    monkeypatch.setenv(MISSPELT, "SIM")
    assert main.run(["halt", "--reason", "a test"]) == ExitCode.DONE
    assert (journal.parent / HALT_NAME).exists()
    assert main.run(["disarm", "--reason", "a test", "--state-dir", str(journal.parent.parent)]) == ExitCode.DONE


def test_a_variables_name_is_told_on_one_line() -> None:
    """Whoever sets the environment may have put anything there."""
    (problem,) = problems({"INTERLOCK_X\nY\x1b[31m": "x"})
    assert problem.key == r"INTERLOCK_X\nY\x1b[31m"
