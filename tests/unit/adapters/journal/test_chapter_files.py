"""The files of an archiving that was interrupted or failed: undone or completed, and told; never two truths."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from interlock.adapters.journal import archive as archiving
from interlock.adapters.journal.archive import archive, finish
from interlock.adapters.journal.head_file import HeadFile, head_path, next_path
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.records import Record
from interlock.testing.builders import bars

AT = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)
OLD = [Record(ts_init=AT, observation=bar) for bar in bars(5)]
NEW = Record(ts_init=AT, observation=bars(1, seed=9)[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of ``OLD``, closed."""
    return made(tmp_path / "journal.sqlite3")


def made(path: Path) -> Path:
    """The same at ``path``."""
    journal = SqliteJournal(path)
    journal.append(OLD)
    journal.close()
    return path


def names(path: Path) -> set[str]:
    """What lies in the folder, the lock aside, and what SQLite leaves for those that read."""
    found = {file.name for file in path.parent.iterdir()}
    return found - {"journal.sqlite3.lock", "journal.sqlite3-wal", "journal.sqlite3-shm"}


def held(path: Path) -> list[Record]:
    """What is in it; its head file says the same."""
    with JournalReader(path) as reader:
        found = list(reader.read())
        head = reader.verify_head()
        assert head is not None
        assert head == reader.head()
    return found


def the_writer_says(path: Path) -> tuple[str, ...]:
    """What a run would be told at the opening."""
    journal = SqliteJournal(path)
    try:
        return journal.notes
    finally:
        journal.close()


OLD_ONLY = {"journal.sqlite3", "journal.sqlite3.head"}
BOTH = OLD_ONLY | {"journal-1.sqlite3", "journal-1.sqlite3.head"}


def test_the_next_chapter_takes_the_place_of_the_journal(path: Path) -> None:
    """With its head file, and the journal is kept with its own; a writer finds nothing to tell."""
    told: list[str] = []

    def first(name: str) -> Record:
        told.append(name)
        return NEW

    assert archive(path, first) == path.with_name("journal-1.sqlite3")
    assert told == ["journal-1.sqlite3"]
    assert names(path) == BOTH
    assert held(path) == [NEW]
    assert held(path.with_name("journal-1.sqlite3")) == OLD
    assert {file.stat().st_nlink for file in path.parent.iterdir()} == {1}
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert the_writer_says(path) == ()
    journal = SqliteJournal(path)
    journal.append(OLD)
    journal.close()
    assert held(path) == [NEW, *OLD]
    assert held(path.with_name("journal-1.sqlite3")) == OLD


def test_nothing_happens_where_no_next_chapter_can_be_made(path: Path) -> None:
    """Whatever was wrong with it is told."""

    def refuses(_: str) -> Record:
        raise ConfigurationError("because")

    with pytest.raises(ConfigurationError, match="because"):
        archive(path, refuses)
    assert names(path) == OLD_ONLY
    assert the_writer_says(path) == ()


def interrupted(path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, *, goes_on: bool) -> None:
    """An archiving that is cut short after so many changes of names, with nobody there to clean up."""
    real, count = archiving._step, 0

    def step(change: Callable[..., object], *args: Path, folder: Path) -> None:
        nonlocal count
        if count == steps:
            raise KeyboardInterrupt
        count += 1
        real(change, *args, folder=folder)

    with monkeypatch.context() as patched:
        patched.setattr(archiving, "_step", step)
        patched.setattr(archiving, "finish", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            archive(path, lambda _: NEW if goes_on else None)


@pytest.mark.parametrize(
    ("steps", "says", "holds"),
    [
        (0, "was to be put aside, and that was interrupted: it is whole, and goes on", OLD),
        (1, "was to be put aside, and that was interrupted: it is whole, and goes on", OLD),
        (2, "was to be put aside, and that was interrupted: it is whole, and goes on", OLD),
        (3, "is a chapter whose beginning was interrupted: its head file was put in its place", [NEW]),
    ],
)
def test_a_chapter_that_was_interrupted(
    path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, says: str, holds: list[Record]
) -> None:
    """Readers find it whole before anybody has cleaned up; the next writer does, once, and says so."""
    interrupted(path, monkeypatch, steps, goes_on=True)
    assert held(path) == holds
    if steps:
        assert held(path.with_name("journal-1.sqlite3")) == OLD if steps > 1 else True
    (note,) = the_writer_says(path)
    assert says in note
    assert names(path) == (OLD_ONLY if holds is OLD else BOTH)
    assert held(path) == holds
    assert the_writer_says(path) == ()
    assert archive(path, lambda _: NEW).name == ("journal-1.sqlite3" if holds is OLD else "journal-2.sqlite3")


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_new_beginning_that_was_interrupted(path: Path, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Until its old name is gone the journal is whole; then the next one is begun, and no head file hinders it."""
    interrupted(path, monkeypatch, steps, goes_on=False)
    if steps < 3:
        assert held(path) == OLD
        assert "whole" in the_writer_says(path)[0]
        assert names(path) == OLD_ONLY
        return
    assert not path.exists()
    assert held(path.with_name("journal-1.sqlite3")) == OLD
    (note,) = the_writer_says(path)
    assert "its head file is journal-1.sqlite3.head now" in note
    assert held_or_empty(path) == []
    assert held(path.with_name("journal-1.sqlite3")) == OLD


def held_or_empty(path: Path) -> list[Record]:
    """What is in it, which may be nothing."""
    with JournalReader(path) as reader:
        return list(reader.read())


def test_the_next_archiving_completes_the_one_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a run in between."""
    interrupted(path, monkeypatch, 3, goes_on=True)
    assert archive(path, lambda _: NEW).name == "journal-2.sqlite3"
    assert held(path.with_name("journal-2.sqlite3")) == [NEW]
    assert held(path.with_name("journal-1.sqlite3")) == OLD


def test_what_was_left_is_told_by_the_next_archiving(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like any note: it keeps nobody from going on."""
    told: list[str] = []
    interrupted(path, monkeypatch, 2, goes_on=True)
    archive(path, lambda _: NEW, told.append)
    assert ["whole, and goes on" in note for note in told] == [True]
    archive(path, lambda _: NEW, told.append)
    assert len(told) == 1


@pytest.mark.parametrize("seq", [0, 3])
def test_a_head_file_of_something_else_does_not_take_the_place_of_its_own(path: Path, seq: int) -> None:
    """It is not one that an archiving left: nothing is changed, and what to do is said."""
    stray = head_path(next_path(path))
    HeadFile(next_path(path), seq, b"x" * 32, None).close()
    own = head_path(path).read_bytes()
    with pytest.raises(JournalUnavailable, match=r"is not the head file of .* move it away"):
        SqliteJournal(path)
    assert head_path(path).read_bytes() == own
    stray.unlink()
    assert held(path) == OLD


def test_a_half_written_chapter_is_thrown_away(path: Path) -> None:
    """It was nobody's yet; what SQLite left beside it too."""
    for name in ("", "-journal", "-wal"):
        (path.parent / f"{next_path(path).name}{name}").write_bytes(b"half")
    assert "goes on" in (finish(path) or "")
    assert names(path) == OLD_ONLY
    assert finish(path) is None


def test_somebody_elses_links_are_left_alone(path: Path) -> None:
    """Only a name that an archive has is one; copies of another file are no twins."""
    (path.parent / "mine.sqlite3").hardlink_to(path)
    (path.parent / "journal-old.sqlite3").hardlink_to(path)
    (path.parent / "journal-1.sqlite3").write_bytes(path.read_bytes())
    before = names(path)
    assert finish(path) is None
    assert names(path) == before


@pytest.mark.parametrize("goes_on", [True, False])
@pytest.mark.parametrize("call", ["link", "replace", "unlink", "fsync"])
def test_a_disk_that_fails_leaves_one_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, goes_on: bool
) -> None:
    """Whichever call fails, once: the error says so, and what is there is whole."""
    failed = 0
    while archived(made(tmp_path / str(failed) / "journal.sqlite3"), monkeypatch, call, failed + 1, goes_on=goes_on):
        failed += 1
    assert failed >= {"link": 2, "replace": 2 * goes_on, "unlink": 2 * (not goes_on), "fsync": 4}[call]


def archived(path: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int, *, goes_on: bool) -> bool:
    """Archive the journal at ``path`` where the disk fails at the ``at``-th such call; whether it came to that."""
    real, count = getattr(os, call), 0

    def failing(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            raise OSError(5, "Input/output error")
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        try:
            archive(path, lambda _: NEW if goes_on else None)
        except JournalUnavailable as error:
            assert "cannot be archived: [Errno 5]" in str(error)  # noqa: PT017 - the last time it does not fail
    if path.exists():
        found = held(path)
        assert found in (OLD, [NEW])
        assert names(path) == (OLD_ONLY if found == OLD else BOTH)
        assert the_writer_says(path) == ()
        assert held(path) == found
        assert names(path) == (OLD_ONLY if found == OLD else BOTH)
    else:
        assert not goes_on
        assert held(path.with_name("journal-1.sqlite3")) == OLD
        assert head_path(path.with_name("journal-1.sqlite3")).exists()
        SqliteJournal(path).close()
    return count >= at


def test_a_log_that_is_left_keeps_it_from_being_put_aside(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file alone is not the whole journal then, and the next one would take the log for its own."""
    path.with_name("journal.sqlite3-wal").write_bytes(b"x" * 100)
    monkeypatch.setattr(archiving, "_fold_in_the_log", lambda _: None)
    with pytest.raises(JournalUnavailable, match=r"journal\.sqlite3-wal is still beside it"):
        archive(path)
    assert names(path) == OLD_ONLY
