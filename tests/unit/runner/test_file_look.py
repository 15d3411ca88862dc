"""Who else can change the limits, in the file or by putting another one in its place."""

import os
from pathlib import Path

import pytest

from interlock.runner import file_look as looked
from interlock.runner.file_look import file_look


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration that is ours alone, in a folder of ours."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    path = folder / "interlock.toml"
    path.touch(mode=0o644)
    return path


def belongs_to_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if we were somebody else than who made ``path``, and that one not root: tests run as root too."""
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    monkeypatch.setattr(looked, "ROOT", -1)


@pytest.mark.parametrize("live", [False, True])
def test_a_file_that_is_ours_is_fine(file: Path, live: bool) -> None:
    """That others may read it does no harm."""
    look = file_look(file, live=live)
    assert look.ok
    assert look.detail == f"{file} is not open to everybody's changes"


def test_a_file_that_everybody_can_change_is_a_finding(file: Path) -> None:
    """Limits are worth what their file's permissions are worth."""
    file.chmod(0o646)
    look = file_look(file, live=False)
    assert not look.ok
    assert look.detail == f"{file} can be changed by everybody"
    assert look.remedy == f"chmod o-w {file}"


@pytest.mark.parametrize("linked", [False, True])
def test_a_file_that_everybody_can_replace_is_a_finding(file: Path, tmp_path: Path, linked: bool) -> None:
    """A folder that is open to all lets anybody put another file there, also behind a link."""
    file.parent.chmod(0o777)
    named = file
    if linked:
        named = tmp_path / "link.toml"
        named.symlink_to(file)
    look = file_look(named, live=False)
    assert not look.ok
    assert look.detail == f"{named} can be replaced by everybody"
    assert look.remedy == f"chmod o-w {file.parent}"


def test_in_a_folder_that_all_share_only_the_owner_replaces_a_file(file: Path) -> None:
    """/tmp is open to all, and its sticky bit keeps each file with its owner."""
    file.parent.chmod(0o1777)
    assert file_look(file, live=True).ok


@pytest.mark.parametrize("part", ["file", "folder"])
def test_a_group_is_trusted_below_live(file: Path, part: str) -> None:
    """Most homes have groups of one. Where money is at stake nobody else may write at all."""
    spoiled = file if part == "file" else file.parent
    spoiled.chmod(spoiled.stat().st_mode | 0o020)
    below, above = file_look(file, live=False), file_look(file, live=True)
    assert below.ok
    assert "its group" in below.detail
    assert not above.ok
    assert above.remedy == f"chmod go-w {spoiled}"


def test_somebody_elses_file_is_a_finding(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner may change it whatever its mode is, and what is not ours we cannot close."""
    belongs_to_another(file, monkeypatch)
    look = file_look(file, live=False)
    assert not look.ok
    assert "belongs to another user" in look.detail
    assert "chmod" not in look.remedy


def test_somebody_elses_folder_is_a_finding(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner may take the file away and put another one there."""
    monkeypatch.setattr(looked, "ROOT", -1)
    if os.geteuid() != 0:
        pytest.skip("only root gives a folder away")
    os.chown(file.parent, 65534, -1)
    look = file_look(file, live=False)
    assert look.detail == f"{file} can be replaced: {file.parent} belongs to another user"


def test_what_root_wrote_is_nobody_elses(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator who lays the limits down is the plainest way to keep them; only root closes them then."""
    owner = file.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    monkeypatch.setattr(looked, "ROOT", owner)
    assert file_look(file, live=True).ok
    file.chmod(0o666)
    look = file_look(file, live=True)
    assert "by everybody" in look.detail
    assert "chmod" not in look.remedy
