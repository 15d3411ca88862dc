"""Putting a kill switch file into a folder by any means, and taking it out again, whatever it is."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.core.faults import JournalUnavailable
from interlock.core.trading_state import TradingState
from interlock.runner import kill_switch_files
from interlock.runner.kill_switch import look, words_in
from interlock.runner.kill_switch_files import Put, identities, put, remove


def failing(monkeypatch: pytest.MonkeyPatch, *names: str, number: int = errno.ENOSPC) -> None:
    """Let these calls of ``os`` fail, as where the disk is full."""

    def fail(*_: object, **__: object) -> Any:
        raise OSError(number, os.strerror(number))

    for name in names:
        monkeypatch.setattr(os, name, fail)


def halted(folder: Path) -> bool:
    """Whether a run would see it."""
    seen = look(folder)
    return seen is not None and seen.state is TradingState.HALTED and seen.found == "HALT"


def test_it_is_private_and_says_who_why_and_when(tmp_path: Path) -> None:
    """For people: nothing else ever reads it."""
    assert put(tmp_path, "HALT", "anna: the feed\n") == Put(place=tmp_path / "HALT")
    assert (tmp_path / "HALT").read_text() == "anna: the feed\n"
    assert stat.S_IMODE((tmp_path / "HALT").stat().st_mode) == 0o600
    assert halted(tmp_path)


def test_the_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    """Private, as a run would make it: a run that begins there is restricted from its start."""
    put(tmp_path / "state" / "paper", "REDUCE", "")
    assert stat.S_IMODE((tmp_path / "state" / "paper").stat().st_mode) == 0o700
    assert look(tmp_path / "state" / "paper") is not None


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda place: place.symlink_to("nowhere")])
def test_one_that_is_there_already_is_fine(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Whatever it is, it is left as it is; only that it is meant anew can be seen of it."""
    make(tmp_path / "HALT")
    before, seen = (tmp_path / "HALT").lstat(), identities(tmp_path)
    # The clock of a disk ticks every few milliseconds.
    assert any(put(tmp_path, "HALT", "x").was_there and identities(tmp_path) != seen for _ in range(100_000))
    after = (tmp_path / "HALT").lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (before.st_ino, before.st_mode, before.st_size)
    assert after.st_mtime_ns == before.st_mtime_ns


def test_one_that_cannot_be_marked_counts_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there, and of another user, say."""
    (tmp_path / "HALT").touch()
    failing(monkeypatch, "utime")
    done = put(tmp_path, "HALT", "x")
    assert done.was_there
    assert done.notes == ("nobody can see that it is meant anew (no space left on device)",)


@pytest.mark.parametrize("name", ["HALT", "REDUCE"])
def test_one_that_came_after_the_look_stays_and_so_does_all_else(tmp_path: Path, name: str) -> None:
    """Whoever looked before it never saw it."""
    put(tmp_path, "REDUCE" if name == "HALT" else "HALT", "x")
    seen = identities(tmp_path)
    put(tmp_path, name, "y")
    removed = remove(tmp_path, seen)
    assert removed.gone == ()
    assert len(removed.standing) == 1
    assert removed.standing[0].endswith(f"{name} was put there after you had looked")
    assert len(identities(tmp_path)) == 2


def test_another_of_the_same_name_is_not_the_one_that_was_seen(tmp_path: Path) -> None:
    """Also where it comes while others are taken away."""
    put(tmp_path, "HALT", "x")
    seen = identities(tmp_path)
    (tmp_path / "HALT").rename(tmp_path / "old")
    put(tmp_path, "HALT", "y")
    assert remove(tmp_path, seen).gone == ()
    assert (tmp_path / "HALT").read_text() == "y"


def test_one_that_is_meant_anew_right_before_it_is_taken_away_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at once more."""
    put(tmp_path, "HALT", "x")
    seen = identities(tmp_path)
    real = words_in

    def said(place: Path) -> str:
        text = real(place)
        place.rename(tmp_path / "old")
        place.touch()
        return text

    monkeypatch.setattr("interlock.runner.kill_switch_files.words_in", said)
    removed = remove(tmp_path, seen)
    assert (removed.gone, len(removed.standing)) == ((), 1)
    assert halted(tmp_path)


def test_on_a_full_disk_an_empty_file_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written into it is told."""
    failing(monkeypatch, "write")
    (note,) = put(tmp_path, "HALT", "anna: the feed\n").notes
    assert note == "nothing could be written into it (no space left on device): it counts all the same"
    assert (tmp_path / "HALT").read_bytes() == b""
    assert halted(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.EIO])
def test_where_no_file_can_be_made_a_folder_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """It is told that it is one."""
    failing(monkeypatch, "open", number=number)
    (note,) = put(tmp_path, "HALT", "x").notes
    assert "it is no file of its own" in note
    assert (tmp_path / "HALT").is_dir()
    assert halted(tmp_path)


def test_where_nothing_can_be_made_another_name_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that is there already: that takes no room."""
    (tmp_path / "journal.sqlite3").write_text("a journal")
    failing(monkeypatch, "open", "mkdir")
    put(tmp_path, "HALT", "x")
    assert (tmp_path / "HALT").samefile(tmp_path / "journal.sqlite3")
    assert halted(tmp_path)
    monkeypatch.undo()
    assert remove(tmp_path, identities(tmp_path)).standing == ()
    assert (tmp_path / "journal.sqlite3").read_text() == "a journal"


def test_last_comes_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nobody may even list the folder."""
    failing(monkeypatch, "open", "mkdir", "scandir")
    put(tmp_path, "HALT", "x")
    assert (tmp_path / "HALT").is_symlink()
    assert halted(tmp_path)


def test_where_nothing_helps_it_is_said_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the first reason, and what to do instead."""
    failing(monkeypatch, "open", number=errno.EROFS)
    failing(monkeypatch, "mkdir", "link", "symlink")
    with pytest.raises(
        JournalUnavailable, match=r"could NOT be put there \(read-only file system\)(?s:.*)Stop the run"
    ):
        put(tmp_path, "HALT", "x")


def test_a_folder_that_cannot_be_made_is_said_loudly(tmp_path: Path) -> None:
    """Something else lies where it would be."""
    (tmp_path / "state").touch()
    with pytest.raises(JournalUnavailable, match="could NOT be put there"):
        put(tmp_path / "state" / "paper", "HALT", "x")


def test_it_is_looked_whether_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the very look of a run."""
    monkeypatch.setattr(kill_switch_files, "look", lambda _: None)
    with pytest.raises(JournalUnavailable, match="was put there and is not there"):
        put(tmp_path, "HALT", "x")


def test_a_folder_that_cannot_be_synchronised_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts now, and nobody can say whether after a power failure."""

    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(kill_switch_files, "sync_folder", fail)
    assert put(tmp_path, "HALT", "x").notes == ("it may not outlast a power failure (input/output error)",)
    assert remove(tmp_path, identities(tmp_path)).gone == (
        "HALT (x)",
        "(which may not outlast a power failure: input/output error)",
    )


# --------------------------------------------------------------------------------------------- taking it out


def test_both_are_taken_out_and_what_they_said_is_told(tmp_path: Path) -> None:
    """On one line, and nothing of it obeyed by a terminal."""
    put(tmp_path, "HALT", "anna: the feed\n")
    (tmp_path / "REDUCE").write_bytes(b"\x1b[2J\xff")
    removed = remove(tmp_path, identities(tmp_path))
    assert removed.gone == ("HALT (anna: the feed)", "REDUCE (\\x1b[2J\ufffd)")
    assert removed.standing == ()
    assert look(tmp_path) is None
    assert remove(tmp_path, identities(tmp_path)).gone == ()


ODD: dict[str, Callable[[Path], object]] = {
    "an empty file": Path.touch,
    "a file that nobody may read": lambda place: place.touch(mode=0),
    "a link that leads nowhere": lambda place: place.symlink_to("nowhere"),
    "a link to a folder": lambda place: place.symlink_to("."),
    "an empty folder": Path.mkdir,
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_whatever_it_is_it_is_taken_out(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """And nothing that it leads to."""
    make(tmp_path / "HALT")
    removed = remove(tmp_path, identities(tmp_path))
    assert (removed.gone, removed.standing) == (("HALT",), ())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_stands(tmp_path: Path) -> None:
    """It may be somebody's; what could be taken out was."""
    (tmp_path / "HALT").mkdir()
    (tmp_path / "HALT" / "notes").touch()
    put(tmp_path, "REDUCE", "")
    removed = remove(tmp_path, identities(tmp_path))
    assert removed.gone == ("REDUCE",)
    (standing,) = removed.standing
    assert standing.endswith("HALT cannot be removed: directory not empty")
    assert halted(tmp_path)


def test_what_cannot_be_read_is_taken_out_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words are for people, and these are lost."""
    put(tmp_path, "HALT", "anna: the feed\n")
    failing(monkeypatch, "read")
    assert remove(tmp_path, identities(tmp_path)).gone == ("HALT",)


def test_not_knowing_stands(tmp_path: Path) -> None:
    """Nothing could be taken out, and nobody can look."""
    (tmp_path / "state").touch()
    (standing,) = remove(tmp_path / "state", {}).standing
    assert standing.endswith("is on (unreadable: NotADirectoryError)")
