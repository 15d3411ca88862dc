"""A copy that was read before anybody relies on it, made beside a writer, and never half."""

import fcntl
import os
import sqlite3
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.adapters.journal import backup as module
from interlock.adapters.journal import sqlite_rows
from interlock.adapters.journal.backup import backup
from interlock.adapters.journal.head_file import head_path
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.records import Record
from interlock.testing.builders import bars
from interlock.testing.contracts.snapshots import HISTORY, empty, folded

AT = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)
RECORDS = [Record(ts_init=AT, observation=bar) for bar in bars(2500)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The place of a closed journal, in a folder of its own."""
    path = tmp_path / "state" / "journal.sqlite3"
    journal = SqliteJournal(path)
    journal.append(RECORDS)
    journal.close()
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the copy goes: a folder in which nothing else is."""
    folder = tmp_path / "kept"
    folder.mkdir(0o755)
    return folder / "copy.sqlite3"


def change(path: Path, statement: str) -> None:
    """Somebody with the sqlite3 program."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def nothing_at(target: Path) -> bool:
    """Whether nothing at all was left behind."""
    return list(target.parent.iterdir()) == []


def test_a_copy_is_one_private_file_with_every_record(path: Path, target: Path) -> None:
    """And the journal is none the wiser."""
    before = path.read_bytes()
    assert backup(path, target) == 2500
    assert list(target.parent.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes()[18:20] == b"\1\1", "no reader puts a log beside it"
    with JournalReader(target) as reader:
        assert list(reader.read()) == RECORDS
        assert reader.verify_head() is None
    assert path.read_bytes() == before


def test_the_one_file_of_a_journal_in_use_lacks_what_was_written_last(path: Path, target: Path) -> None:
    """Which is why a page says how to copy one: it lies in the -wal file, and a backup has it."""
    page = " ".join((Path(__file__).parents[4] / "docs" / "howto" / "ask-why.md").read_text("utf-8").split())
    assert "A journal in use is copied with `interlock journal backup FILE`" in page
    journal = SqliteJournal(path)
    journal.append(RECORDS[:1])
    bare = target.with_name("bare.sqlite3")
    bare.touch(0o600)
    bare.write_bytes(path.read_bytes())
    assert backup(path, target) == 2501
    journal.close()
    with JournalReader(bare) as reader:
        assert list(reader.read()) == RECORDS


def test_a_copy_can_be_gone_on_with(path: Path, target: Path) -> None:
    """With its snapshots; that it has no head file is told."""
    path.unlink()
    head_path(path).unlink()
    journal = SqliteJournal(path)
    journal.append(HISTORY)
    journal.snapshot(folded(HISTORY))
    journal.close()
    assert backup(path, target) == len(HISTORY)
    target.parent.chmod(0o700)
    copy = SqliteJournal(target)
    assert copy.head() == journal.head()
    assert "no head file" in " ".join(copy.notes)
    found = copy.latest_snapshot(empty())
    assert found is not None
    assert found.seq == len(HISTORY) - 1
    copy.append(HISTORY)
    copy.close()


def test_an_older_copy_that_is_put_back_is_noticed(path: Path, target: Path) -> None:
    """That is what the head file is for; whoever means it moves that away."""
    backup(path, target)
    journal = SqliteJournal(path)
    journal.append(RECORDS[:1])
    journal.close()
    path.write_bytes(target.read_bytes())
    with pytest.raises(JournalUnavailable, match="record 2500 was kept"):
        SqliteJournal(path)
    head_path(path).unlink()
    SqliteJournal(path).close()


def test_a_writer_goes_on_while_it_is_copied(path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is of the moment at which it began: it neither waits for the writer nor begins again."""
    monkeypatch.setattr(module, "_PAGES", 5)
    journal = SqliteJournal(path)
    journal.append(RECORDS[:1])
    steps: list[tuple[int, int]] = []

    def look(done: int, of: int) -> None:
        steps.append((done, of))
        journal.append(RECORDS[:10])

    assert backup(path, target, look) == 2501
    journal.close()
    pages = [step for step in steps if step[1] != 2501]
    assert [done for done, _ in pages] == sorted({done for done, _ in pages})
    assert len(pages) > 10
    assert steps[-1] == (2501, 2501)
    with JournalReader(target) as reader:
        assert len(list(reader.read())) == 2501
    with JournalReader(path) as reader:
        assert len(list(reader.read())) == 2501 + 10 * len(steps)


def test_an_empty_journal_has_an_empty_copy(tmp_path: Path, target: Path) -> None:
    """No record is a number of records too."""
    path = tmp_path / "journal.sqlite3"
    SqliteJournal(path).close()
    assert backup(path, target) == 0
    with JournalReader(target) as reader:
        assert reader.head() is None


@pytest.mark.parametrize("taken", ["copy.sqlite3", "copy.sqlite3.partial"])
@pytest.mark.parametrize("link", [True, False])
def test_nothing_is_ever_overwritten(path: Path, target: Path, taken: str, link: bool) -> None:
    """Whatever it is that is there: a file, a link to nowhere, what another backup is making."""
    there = target.parent / taken
    if link:
        there.symlink_to("nowhere")
    else:
        there.write_text("mine")
    with pytest.raises(ConfigurationError, match=r"there is something at .*already"):
        backup(path, target)
    assert list(target.parent.iterdir()) == [there]
    assert link or there.read_text() == "mine"


def test_what_comes_there_meanwhile_is_not_overwritten_either(path: Path, target: Path) -> None:
    """The name is given at the very end, and only where there is none."""

    def quicker(_: int, __: int) -> None:
        target.write_text("mine")

    with pytest.raises(ConfigurationError, match="there is something at"):
        backup(path, target, quicker)
    assert list(target.parent.iterdir()) == [target]
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE records SET body = replace(body, '2020', '2021') WHERE seq = 1234", "record 1234 does not match"),
        ("UPDATE records SET hash = upper(hash) WHERE seq = 1234", "record 1234 does not match"),
        ("DELETE FROM records WHERE seq = 1234", "record 1234 .* is missing: no copy was made. Keep the file"),
        ("DELETE FROM records WHERE seq = 0", "record 0 does not match its hash, or is missing"),
        ("DELETE FROM records WHERE seq > 2000", "ends at record 2000, and its head file says that record 2499"),
        ("DELETE FROM records", "holds no record, and its head file"),
        ("UPDATE records SET hash = 'x' WHERE seq = 2499", "end of the journal cannot be read"),
    ],
)
def test_a_journal_that_is_not_whole_is_not_copied(path: Path, target: Path, statement: str, why: str) -> None:
    """A backup that nobody can use would be found out when it is needed."""
    change(path, statement)
    with pytest.raises(JournalUnavailable, match=why):
        backup(path, target)
    assert nothing_at(target)


def test_a_copy_that_is_not_what_was_there_is_not_kept(
    path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is held against the end of the journal as it was when the copy began."""
    asked: list[object] = []

    def last(connection: sqlite3.Connection) -> tuple[int, bytes]:
        asked.append(connection)
        seq, digest = sqlite_rows.last(connection)
        return (seq - 1, digest) if len(asked) == 1 else (seq, digest)

    monkeypatch.setattr(module, "last", last)
    with pytest.raises(JournalUnavailable, match=r"and the journal at 2498: no copy was made. Keep the file"):
        backup(path, target)
    assert nothing_at(target)


def test_a_damaged_page_is_not_copied(path: Path, target: Path) -> None:
    """What SQLite finds in the copy is told of both."""
    content = bytearray(path.read_bytes())
    content[40_960:45_056] = b"\x55" * 4096
    path.write_bytes(content)
    with pytest.raises(JournalUnavailable, match=r"(?i)keep (a copy of )?the file as it is"):
        backup(path, target)
    assert nothing_at(target)


@pytest.mark.parametrize("at", [1, 2, 3, 5, 99])
def test_an_interruption_leaves_nothing_behind(
    path: Path, target: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it comes, in copying or in reading."""
    monkeypatch.setattr(module, "_PAGES", 20)
    looks = []

    def look(done: int, of: int) -> None:
        looks.append(done)
        if len(looks) == at or done == of == 2500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(path, target, look)
    assert nothing_at(target)
    assert backup(path, target) == 2500


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failing_sync_leaves_nothing_behind(
    path: Path, target: Path, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may not be on the disk, its name included, is no backup."""
    synced: list[int] = []

    def fails(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == failing:
            raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(JournalUnavailable, match="Input/output error"):
            backup(path, target)
    assert len(synced) == failing
    assert nothing_at(target)


def a_missing_journal(path: Path, target: Path) -> None:
    """Nothing to copy, and nothing that tells of anything."""
    path.unlink()
    head_path(path).unlink()


def a_link(path: Path, target: Path) -> None:
    """To somewhere else."""
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def something_else(path: Path, target: Path) -> None:
    """Not a journal, and nothing says that it was one."""
    head_path(path).unlink()
    path.write_text("this was never a database, and it is long enough to be looked at" * 20)


def another_version(path: Path, target: Path) -> None:
    """Of the schema."""
    change(path, "UPDATE meta SET schema_version = 9")


@pytest.mark.parametrize("spoil", [a_missing_journal, a_link, something_else, another_version])
def test_what_is_not_our_journal_is_not_copied(path: Path, target: Path, spoil: Callable[[Path, Path], None]) -> None:
    """And nothing is made."""
    spoil(path, target)
    with pytest.raises(ConfigurationError):
        backup(path, target)
    assert nothing_at(target)


def test_what_was_a_journal_is_told_as_that(path: Path, target: Path) -> None:
    """Its head file says so."""
    path.write_bytes(b"X" + path.read_bytes()[1:])
    with pytest.raises(JournalUnavailable, match="file is not a database: keep a copy of the file"):
        backup(path, target)
    assert nothing_at(target)


def test_a_folder_that_is_not_there_is_told(path: Path, tmp_path: Path) -> None:
    """None is made: a backup belongs where somebody has thought of."""
    with pytest.raises(JournalUnavailable, match=r"cannot be copied.*: make that folder, or name another$"):
        backup(path, tmp_path / "nowhere" / "copy.sqlite3")
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_head_file_is_told_before_anything_is_copied(path: Path, target: Path) -> None:
    """Nobody can say whether the journal is whole."""
    head_path(path).write_bytes(b"x" * 100)
    with pytest.raises(JournalUnavailable, match="damaged in both"):
        backup(path, target)
    assert nothing_at(target)


@pytest.mark.parametrize("begun", [b"", b"SQLite format 3\0 and so on"])
def test_what_a_killed_backup_left_is_taken_away(path: Path, target: Path, begun: bytes) -> None:
    """Nobody holds its lock any more: the next one of that name goes on as if nothing had been there."""
    for end in ("", "-journal"):
        left = target.with_name(f"{target.name}.partial{end}")
        left.write_bytes(begun)
        left.chmod(0o600)
    assert backup(path, target) > 0
    assert list(target.parent.iterdir()) == [target]


def test_what_another_backup_is_making_is_left_to_it(path: Path, target: Path) -> None:
    """It is told from what a kill left by its lock."""

    def look(*_: int) -> None:
        with pytest.raises(ConfigurationError, match="another backup is making"):
            backup(path, target)

    assert backup(path, target, look) > 0
    assert list(target.parent.iterdir()) == [target]


def test_what_another_backup_took_away_first_is_no_longer_ours(
    path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that find the same leavings: the later one does not take away what the earlier one makes."""
    partial = target.with_name(f"{target.name}.partial")
    partial.touch(mode=0o600)
    locks = fcntl.flock

    def quicker(descriptor: int, how: int) -> None:
        locks(descriptor, how)
        partial.rename(partial.with_name("gone"))
        partial.touch(mode=0o600)

    monkeypatch.setattr(fcntl, "flock", quicker)
    with pytest.raises(ConfigurationError, match="another backup is making"):
        backup(path, target)
    assert partial.exists()
