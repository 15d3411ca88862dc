"""The starter: works as it is, and never replaces anything."""

import os
import re
import stat
from pathlib import Path

import pytest

from interlock.core.modes import RunMode
from interlock.core.risk.registry import MANDATORY, RULES
from interlock.runner.commands.init import starter, write_starter
from interlock.runner.config import load
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run


def test_the_starter_works_as_it_is_and_only_watches(tmp_path: Path) -> None:
    """SIM, the simulated market, the observer, and no control, so that no order could pass."""
    config = load(write_starter(tmp_path), {}, None).config
    assert config.run_mode is RunMode.SIM
    assert (config.market_data.adapter, config.strategy.name) == ("simulated", "observer")
    assert config.risk == {}


def test_the_starter_means_what_no_file_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` writes down the defaults, so that a person can change them."""
    monkeypatch.chdir(tmp_path)
    before = load(None, {}, None)
    assert load(write_starter(Path()), {}, None).digest == before.digest


def test_the_starters_examples_work_when_their_marks_are_taken_away(tmp_path: Path) -> None:
    """Every control is there, mandatory ones said to be, and each example is a configuration."""
    path = write_starter(tmp_path)
    head, controls = starter().split("# The controls. ")
    path.write_text(head + "# " + re.sub(r"^# (?=\[|\w+ = )", "", controls, flags=re.MULTILINE), "utf-8")
    loaded = load(path, {}, None)
    # The state of trading is asked always, and in LIVE what was armed: they have no limit to write.
    assert set(loaded.config.risk) == set(RULES) - {"trading_state", "live_arming"}
    for name in MANDATORY:
        assert re.search(rf"\[risk\.{name}\] +# mandatory", controls)


def test_a_folder_is_made_and_the_file_is_0644(tmp_path: Path) -> None:
    """Read by everybody, changed by its owner."""
    umask = os.umask(0)
    try:
        path = write_starter(tmp_path / "a" / "b")
    finally:
        os.umask(umask)
    assert path == tmp_path / "a" / "b" / "interlock.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in path.parent.iterdir()] == ["interlock.toml"]


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_nothing_is_ever_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """Whatever is there stays as it is, and no draft is left beside it."""
    target = tmp_path / "interlock.toml"
    if kind == "file":
        target.write_text("mine", "utf-8")
    elif kind == "folder":
        target.mkdir()
    else:
        target.symlink_to("nowhere")
    assert run(["init", str(tmp_path)]) == ExitCode.USAGE
    assert "Nothing is ever overwritten" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [target]
    assert kind != "file" or target.read_text("utf-8") == "mine"


def test_a_file_in_the_folders_place_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`interlock init FILE` is a misunderstanding, not a crash."""
    (tmp_path / "x").touch()
    assert run(["init", str(tmp_path / "x")]) == ExitCode.USAGE
    assert "is not a folder" in capsys.readouterr().err
    assert run(["init", str(tmp_path / "x" / "y")]) == ExitCode.USAGE


def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A half-written configuration would be worse than none."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(["init", str(tmp_path)]) == ExitCode.USAGE
    assert "no space left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
