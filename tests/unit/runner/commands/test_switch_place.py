"""Which folder a halt goes to: two keys of the file decide, whatever else is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from interlock.runner.commands.switch_place import find_places
from interlock.runner.config.load import load


def folders(config: Path | None = None, mode: str | None = None, state_dir: Path | None = None) -> list[str]:
    """Relative to where we are."""
    return [str(folder) for folder in find_places(config, mode, state_dir).folders]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("INTERLOCK_MODE", "INTERLOCK_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_it_is_the_folder_of_the_run(tmp_path: Path, configuration: Callable[..., str], mode: str) -> None:
    """As a run of the same file finds it, also from another folder."""
    file = tmp_path / "elsewhere" / "mine.toml"
    file.parent.mkdir()
    file.write_text(configuration(mode=mode))
    assert find_places(file, None, None).folders == (load(file, {}).state_folder,)
    assert find_places(file, "SIM", None).folders == (load(file, {}, "SIM").state_folder,)


def test_without_a_file_it_is_that_of_the_defaults() -> None:
    """As a run without one."""
    assert folders() == [str(load(None, {}).state_folder)] == ["state/demo/sim"]


def test_variables_are_heard(configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As a run hears them; a mode that is misspelt there means every folder that there is."""
    Path("mine.toml").write_text(configuration(mode="PAPER"))
    monkeypatch.setenv("INTERLOCK_CONFIG", "mine.toml")
    monkeypatch.setenv("INTERLOCK_MODE", "SIM")
    assert folders() == ["state/sim"]
    monkeypatch.setenv("INTERLOCK_MODE", "SMI")
    for name in ("sim", "paper"):
        Path("state", name).mkdir(parents=True)
    places = find_places(None, None, None)
    assert [str(folder) for folder in places.folders] == ["state/sim", "state/paper"]
    assert places.notes == ("the mode cannot be told, so it is put into the folder of each",)


BROKEN = {
    "a limit that is none": '{}\n[risk.max_position]\nlimit = "a lot"\n',
    "a key that is not known": "nonsense = 1\n{}",
    "a plugin that is not installed": '{}\n[strategy]\nname = "gone"\n',
    "no account": "{}",
    "no TOML any more": "{}\n[[[\n",
    "half of a line": '{}\nopening_cash = "1',
    "a byte-order mark": "\ufeff{}",
    "a NUL": "{}\nx = \0",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_whatever_else_is_wrong_with_the_file_it_is_found(text: str) -> None:
    """A halt is typed when something is broken."""
    Path("interlock.toml").write_text(text.format("run_mode = 'PAPER'  # on paper\nstate_dir = \"here\""))
    assert folders() == ["here/paper"]


def test_bytes_that_are_no_text_are_passed_over() -> None:
    """Two lines are enough."""
    Path("interlock.toml").write_bytes(b'# \xff\xfe\nrun_mode = "PAPER"\nstate_dir = "here"\n')
    assert folders() == ["here/paper"]


def test_said_in_two_ways_it_is_not_told() -> None:
    """Of a file that is no TOML: then it goes to the folder of every mode, or a person has to say where."""
    Path("interlock.toml").write_text('state_dir = "here"\nrun_mode = "PAPER"\nrun_mode = "SIM"\n[[[')
    Path("here", "live").mkdir(parents=True)
    assert folders() == ["here/live"]
    Path("interlock.toml").write_text('state_dir = "here"\nstate_dir = "there"\n[[[')
    with pytest.raises(click.UsageError, match="--state-dir"):
        folders()


def test_keys_of_a_table_are_not_mistaken_for_ours() -> None:
    """Read line by line, too."""
    Path("interlock.toml").write_text('run_mode = "PAPER"\n[mine]\nstate_dir = "wrong"\n[[[')
    assert folders() == ["state/demo/paper"]


def test_a_folder_that_is_named_counts_instead_of_the_file() -> None:
    """The state_dir, of one mode or of each that is there; or the folder of the journal itself."""
    Path("interlock.toml").write_text('state_dir = "wrong"')
    assert folders(mode="paper", state_dir=Path("here")) == ["here/paper"]
    for name in ("sim", "paper"):
        Path("here", name).mkdir(parents=True)
    assert folders(state_dir=Path("here")) == ["here/sim", "here/paper"]
    assert folders(state_dir=Path("here/paper")) == ["here/paper"]


def test_what_cannot_be_told_at_all_is_asked() -> None:
    """Nothing is put anywhere where it would halt nobody."""
    for given, says in (
        ((Path("gone.toml"), None, None), "there is no file gone.toml"),
        ((None, None, Path("empty")), "holds the folder of no run"),
        ((None, "PAPIER", None), "--mode PAPIER is none of SIM, PAPER, LIVE"),
    ):
        with pytest.raises(click.UsageError, match=says):
            find_places(*given)
    Path("interlock.toml").write_text("state_dir = 7")
    with pytest.raises(click.UsageError, match="no state folder can be told"):
        folders()
    Path("pipe.toml").mkdir()
    with pytest.raises(click.UsageError, match="there is no file"):
        folders(Path("pipe.toml"))


def test_a_file_that_may_not_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to name instead."""
    Path("interlock.toml").write_text("")

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(click.UsageError, match=r"cannot be read \(permission denied\)"):
        folders()


def besides(mode: str | None = None, state_dir: Path | None = None) -> list[str]:
    """Relative to where we are."""
    return [str(folder) for folder in find_places(None, mode, state_dir).besides]


def test_the_folders_of_other_modes_are_told_where_they_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the mode was told: no variable and no flag may leave out a run in LIVE."""
    for name in ("sim", "paper", "live", "other"):
        Path("here", name).mkdir(parents=True)
    Path("interlock.toml").write_text('run_mode = "LIVE"\nstate_dir = "here"')
    assert (folders(), besides()) == (["here/live"], ["here/sim", "here/paper"])
    assert (folders(mode="SIM"), besides(mode="SIM")) == (["here/sim"], ["here/paper", "here/live"])
    monkeypatch.setenv("INTERLOCK_MODE", "PAPER")
    assert (folders(), besides()) == (["here/paper"], ["here/sim", "here/live"])
    monkeypatch.setenv("INTERLOCK_MODE", "misspelt")
    assert besides() == []
    Path("here/sim").rmdir()
    Path("here/sim").touch()
    assert besides(mode="PAPER") == ["here/live"]
    # Where nobody can look the rest is not held up: what is meant is tried, and says why it fails.
    assert besides(mode="PAPER", state_dir=Path("x" * 300)) == []


def test_the_folder_of_a_journal_that_was_named_is_meant_whatever_a_variable_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would lead into a folder below it, where nobody runs."""
    for name in ("paper", "live"):
        Path("here", name).mkdir(parents=True)
    monkeypatch.setenv("INTERLOCK_MODE", "PAPER")
    live = Path("here/live")
    assert (folders(state_dir=live), besides(state_dir=live)) == (["here/live"], ["here/paper"])
    # A flag that says otherwise is heard, and leaves nobody out.
    assert folders(mode="PAPER", state_dir=live) == ["here/live/paper"]
    assert besides("PAPER", live) == ["here/paper", "here/live"]
