"""Before a run: is there an anchor, and would it be found? Told, and never a refusal."""

import json
from pathlib import Path

import pytest

from interlock.runner.anchor_look import anchor_looks
from interlock.runner.commands.init import write_starter
from interlock.runner.config import Loaded, load
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


def _loaded(*command: str) -> Loaded:
    path = Path("interlock.toml")
    path.unlink(missing_ok=True)
    write_starter(Path())
    with path.open("a") as file:
        file.write(f"\n[journal]\nanchor_command = {json.dumps(command)}\n")
    return load(path, {}, None)


def _program(path: Path) -> Path:
    path.write_text("#!/bin/sh\ntouch started\n")
    path.chmod(0o700)
    return path


def test_no_anchor_is_nothing_to_say() -> None:
    """Nobody has to have one."""
    assert anchor_looks(load(None, {}, None)) == ()


def test_a_command_that_is_there_is_named_and_not_started(folder: Path) -> None:
    """By its path, or found by its name."""
    program = _program(folder / "bin" / "stamp")
    (look,) = anchor_looks(_loaded("stamp", "--queue"))
    assert (look.ok, look.detail) == (True, f"the head is given to stamp ({program}) every 3600 s and at the stop")
    (look,) = anchor_looks(_loaded(str(program)))
    assert (look.ok, look.detail) == (True, f"the head is given to {program} every 3600 s and at the stop")
    assert not Path("started").exists()


def test_a_command_that_is_not_there_is_a_finding_of_check_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run starts, for an anchor that is lost never stops trading."""
    (look,) = anchor_looks(_loaded("stamp"))
    assert (look.ok, look.detail) == (False, "the head would be given to stamp, and it is not on PATH")
    plain = folder / "bin" / "plain"
    plain.touch(mode=0o600)
    for path in (plain, folder / "gone", folder):
        (look,) = anchor_looks(_loaded(str(path)))
        assert not look.ok
        assert look.detail.endswith("there is no program there that this user may run")
    assert run(["check"]) == ExitCode.FINDING
    assert "problem" in capsys.readouterr().out
    assert run(["run", "--cycles", "3"]) == ExitCode.DONE
