"""Before a run: is there an alert command, and would it be found? Told, and never a refusal."""

import json
from pathlib import Path

import pytest

from interlock.runner.alert_look import alert_looks
from interlock.runner.commands.init import write_starter
from interlock.runner.config import ConfigurationProblems, Loaded, load
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty, current, and on PATH in front of everything."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("INTERLOCK_CONFIG", "INTERLOCK_MODE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _loaded(*command: str, seconds: str = '"5"') -> Loaded:
    path = Path("interlock.toml")
    path.unlink(missing_ok=True)
    write_starter(Path())
    with path.open("a") as file:
        file.write(f"\n[alerts]\ncommand = {json.dumps(command)}\nseconds = {seconds}\n")
    return load(path, {}, None)


def test_no_command_is_nothing_to_say() -> None:
    """Console and log are told all the same."""
    assert alert_looks(load(None, {}, None)) == ()


def test_a_command_that_is_there_is_named_and_not_started(folder: Path) -> None:
    """By its path, or found by its name."""
    program = folder / "bin" / "page"
    program.write_text("#!/bin/sh\ntouch started\n")
    program.chmod(0o700)
    (look,) = alert_looks(_loaded("page", "--me"))
    assert (look.ok, look.detail) == (True, f"an alert is given to page ({program}) and may take 5 s")
    assert not Path("started").exists()


def test_a_command_that_is_not_there_is_a_finding_of_check_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A run starts: an alert that is lost lets nothing through."""
    (look,) = alert_looks(_loaded("page"))
    assert (look.ok, look.detail) == (False, "an alert would be given to page, and it is not on PATH")
    assert run(["check"]) == ExitCode.FINDING
    assert "alerts: an alert would be given to page" in capsys.readouterr().out
    assert run(["run", "--cycles", "3"]) == ExitCode.DONE


@pytest.mark.parametrize("seconds", ['"0"', '"0.5"', '"61"', '"-1"'])
def test_what_a_call_may_take_is_bounded(seconds: str) -> None:
    """From a second to a minute."""
    with pytest.raises(ConfigurationProblems, match=r"alerts\.seconds.*from 1 to 60 seconds"):
        _loaded("page", seconds=seconds)
