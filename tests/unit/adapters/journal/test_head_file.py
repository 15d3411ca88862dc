"""The head file: a journal that was cut, rolled back or replaced is noticed, and nothing else is refused."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.head_file import SLOT_BYTES, HeadFile, Reached, check_head, head_path, read_head
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.ports.journal import Head
from interlock.core.records import Record
from interlock.testing.builders import bars

AT = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)
RECORDS = [Record(ts_init=AT, observation=bar) for bar in bars(8)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The place of a closed journal whose records were kept one by one."""
    path = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(path)
    for record in RECORDS:
        journal.append([record])
    journal.close()
    return path


def change(path: Path, statement: str) -> None:
    """Somebody with the sqlite3 program."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def the_head(path: Path) -> Head | None:
    """The last record of the journal, by itself."""
    with JournalReader(path) as reader:
        return reader.head()


def refused(path: Path, match: str) -> None:
    """For writing and by the reader, and neither changes a byte."""
    before = {file: file.read_bytes() for file in (path, head_path(path)) if file.exists()}
    for _ in range(2):  # the lock and the files were given back
        with pytest.raises(JournalUnavailable, match=match):
            SqliteJournal(path)
    with JournalReader(path) as reader, pytest.raises(JournalUnavailable, match=match):
        reader.verify_head()
    assert before == {file: file.read_bytes() for file in before}


def test_after_each_commit_it_says_how_far_the_journal_reached(tmp_path: Path) -> None:
    """Not before: what waits for its group is not on disk, and nothing is said of it."""
    path = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(path)
    reached = read_head(path)
    assert reached is not None
    assert reached.seq == -1
    for record in RECORDS[:3]:
        journal.append([record])
        head, reached = journal.head(), read_head(path)
        assert head is not None
        assert reached is not None
        assert (reached.seq, reached.hash.hex()) == (head.seq, head.hash)
    journal.append(RECORDS[3:], durable=False)
    assert read_head(path) == reached
    journal.close()
    with JournalReader(path) as reader:
        assert reader.verify_head() == reader.head() == journal.head()


def test_the_slots_are_written_in_turn(path: Path) -> None:
    """So that a write that is torn leaves what the one before it said."""
    journal = SqliteJournal(path)
    before = head_path(path).read_bytes()
    for expected in (1, 0, 1):
        journal.append(RECORDS[:1])
        after = head_path(path).read_bytes()
        assert len(after) == 2 * SLOT_BYTES
        changed = [
            slot
            for slot in (0, 1)
            if before[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES] != after[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES]
        ]
        assert changed == [expected]
        before = after
    journal.close()


def test_a_journal_ahead_of_its_head_file_is_legal(path: Path) -> None:
    """The last write of it was lost, or the process was killed between the commit and the write."""
    old = head_path(path).read_bytes()
    journal = SqliteJournal(path)
    journal.append(RECORDS)
    journal.close()
    head_path(path).write_bytes(old)
    with JournalReader(path) as reader:
        head = reader.verify_head()
        assert head is not None
        assert head.seq == 7
    again = SqliteJournal(path)
    assert again.notes == ()
    assert len(list(again.read())) == 16
    again.close()


@pytest.mark.parametrize("left", range(8))
def test_a_journal_that_was_cut_is_refused(path: Path, left: int) -> None:
    """However much of it is left, and whatever is said tells where it ends and what to do."""
    change(path, f"DELETE FROM records WHERE seq >= {left}")
    ends = f"ends at record {left - 1}" if left else "holds no record"
    refused(path, rf"{ends}, and its head file says that record 7 was kept.*move .*\.head away")


def test_a_journal_that_was_rolled_back_is_refused(path: Path) -> None:
    """An older copy of the file is a whole journal with a good chain: only the head file knows of the rest."""
    old = path.read_bytes()
    journal = SqliteJournal(path)
    journal.append(RECORDS[:1])
    journal.close()
    path.write_bytes(old)
    refused(path, "ends at record 7, and its head file says that record 8 was kept")


def test_another_journal_of_the_same_length_is_refused(path: Path, tmp_path: Path) -> None:
    """And a longer one as well: at the head's record it has another hash."""
    for count in (8, 12):
        other = tmp_path / str(count) / path.name
        journal = SqliteJournal(other)
        journal.append((RECORDS[::-1] * 2)[:count])
        journal.close()
        shutil.copy(other, path)
        refused(path, "has another record 7 than its head file")


def test_a_hole_where_the_head_file_points_is_refused(path: Path) -> None:
    """There are records behind it, so it is not that the journal ends."""
    journal = SqliteJournal(path)
    head = head_path(path).read_bytes()
    journal.append(RECORDS[:2])
    journal.close()
    head_path(path).write_bytes(head)
    change(path, "DELETE FROM records WHERE seq = 7")
    refused(path, "has another record 7")


def test_a_journal_that_is_gone_is_refused_and_none_is_made_in_its_place(path: Path) -> None:
    """Unless the head file is gone too: then somebody means to begin anew."""
    path.unlink()
    with pytest.raises(JournalUnavailable, match="holds no record, and its head file says that record 7 was kept"):
        SqliteJournal(path)
    assert not path.exists()
    head_path(path).unlink()
    journal = SqliteJournal(path)
    assert journal.head() is None
    assert journal.notes == ()
    journal.close()


@pytest.mark.parametrize("blank", [None, b"", bytes(2 * SLOT_BYTES)])
def test_a_journal_without_a_head_file_is_told_of_and_gets_one(path: Path, blank: bytes | None) -> None:
    """A copied journal has none, and a file that was made and never filled says nothing."""
    head_path(path).unlink()
    if blank is not None:
        head_path(path).touch(0o600)
        head_path(path).write_bytes(blank)
    with JournalReader(path) as reader:
        assert reader.verify_head() is None
    journal = SqliteJournal(path)
    found = "had no head file" if blank is None else "had a head file that held nothing"
    assert found in " ".join(journal.notes)
    journal.close()
    with JournalReader(path) as reader:
        assert reader.verify_head() == the_head(path)


def test_every_flipped_byte_is_passed_over_or_harmless(path: Path) -> None:
    """One slot is damaged at most, and the other one is never ahead of the journal."""
    good = head_path(path).read_bytes()
    for place in range(len(good)):
        head_path(path).write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
        reached = read_head(path)
        assert reached is not None
        assert reached.seq in (6, 7), f"byte {place}"


def test_a_slot_is_whole_or_is_passed_over(path: Path) -> None:
    """Its padding and its magic too: another format of the future is no slot of this one."""
    good = head_path(path).read_bytes()
    assert read_head(path) == Reached(
        counter=8, seq=7, hash=bytes.fromhex((the_head(path) or Head(seq=0, hash="")).hash)
    )
    head_path(path).write_bytes(good[: SLOT_BYTES - 1] + b"\1" + good[SLOT_BYTES:])
    reached = read_head(path)
    assert reached is not None
    assert reached.seq == 6
    fields = b"ilkhead2" + good[8:56]
    head_path(path).write_bytes(fields + hashlib.sha256(fields).digest() + good[88:])
    reached = read_head(path)
    assert reached is not None
    assert reached.seq == 6


def test_it_has_its_place_on_the_disk_from_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both slots and its name are synchronised once, when it is made, and nothing ever after."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    path = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(path)
    assert head_path(path).stat().st_size == 2 * SLOT_BYTES
    assert len(synced) == 2
    journal.append(RECORDS)
    journal.close()
    SqliteJournal(path).close()
    assert len(synced) == 2


def test_a_damaged_slot_is_the_next_to_be_written(path: Path) -> None:
    """So that the good one stays until there is another good one."""
    content = bytearray(head_path(path).read_bytes())
    content[20] ^= 1
    head_path(path).write_bytes(content)
    before = read_head(path)
    journal = SqliteJournal(path)
    journal.append(RECORDS[:1])
    journal.close()
    after = read_head(path)
    assert before is not None
    assert after is not None
    assert after.counter == before.counter + 1
    content = bytearray(head_path(path).read_bytes())
    content[20] ^= 1
    content[SLOT_BYTES + 20] ^= 1
    head_path(path).write_bytes(content)
    refused(path, "damaged in both of its slots")


@pytest.mark.parametrize("content", [b"x", b"x" * 4 * SLOT_BYTES, b"\0" * SLOT_BYTES + b"\1", bytes(range(256)) * 4])
def test_a_head_file_without_a_good_slot_is_refused(path: Path, content: bytes) -> None:
    """Nobody can say any more whether the journal was cut."""
    head_path(path).write_bytes(content)
    refused(path, "damaged in both of its slots.*move the head file away")


@pytest.mark.parametrize("length", range(0, 2 * SLOT_BYTES + 1, 64))
def test_wherever_it_was_cut_it_says_less_or_is_refused(path: Path, length: int) -> None:
    """Never more than is true."""
    head_path(path).write_bytes(head_path(path).read_bytes()[:length])
    try:
        reached = read_head(path)
    except JournalUnavailable:
        assert 0 < length < SLOT_BYTES
        return
    assert reached is None if length == 0 else reached is not None
    assert reached is None or reached.seq in (6, 7)


def test_of_a_huge_head_file_only_the_slots_are_read(path: Path) -> None:
    """What stands behind them is nobody's."""
    os.truncate(head_path(path), 2**40)
    with JournalReader(path) as reader:
        assert reader.verify_head() == reader.head()


@pytest.mark.parametrize("seq", [-2, -1, 2**62])
def test_a_slot_that_cannot_be_true_is_not_believed(path: Path, seq: int) -> None:
    """With a good checksum too; a record that no journal has yet is one that was lost."""
    head_path(path).unlink()
    HeadFile(path, seq, b"\1" * 32, None).close()
    refused(path, f"record {seq} was kept" if seq > 0 else "damaged in both")


def a_link(head: Path) -> None:
    """To a head file elsewhere."""
    head.rename(head.with_name("elsewhere"))
    head.symlink_to("elsewhere")


def a_pipe(head: Path) -> None:
    """Whose reader would wait for ever."""
    head.unlink()
    os.mkfifo(head, 0o600)


def open_to_others(head: Path) -> None:
    """Who could write it."""
    head.chmod(0o666)


@pytest.mark.parametrize("spoil", [a_link, a_pipe, open_to_others])
def test_what_is_not_our_head_file_is_refused(path: Path, spoil: Callable[[Path], None]) -> None:
    """Like a journal that is not ours."""
    spoil(head_path(path))
    with pytest.raises(ConfigurationError, match=r"\.head"):
        SqliteJournal(path)
    with JournalReader(path) as reader, pytest.raises(ConfigurationError, match=r"\.head"):
        reader.verify_head()


def test_a_head_file_that_cannot_be_written_ends_the_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is on disk; but nothing more is taken, for a cut could no longer be told."""
    journal = SqliteJournal(path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda *_: 3)
        with pytest.raises(JournalUnavailable, match="its head file cannot be written: the head file was written in"):
            journal.append(RECORDS[:1])
    with pytest.raises(JournalUnavailable, match="not used any more: its head file"):
        journal.append(RECORDS[:1])
    journal.close()
    again = SqliteJournal(path)
    assert len(list(again.read())) == 9
    again.close()


def test_a_head_file_that_cannot_be_made_keeps_a_journal_from_being_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the lock is given back."""
    head_path(path).unlink()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda *_: 3)
        with pytest.raises(JournalUnavailable, match="cannot be opened"):
            SqliteJournal(path)
    head_path(path).unlink()
    SqliteJournal(path).close()


def test_a_torn_read_beside_a_writer_is_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not without end."""
    real, torn = os.pread, [2]

    def pread(descriptor: int, length: int, at: int) -> bytes:
        found = real(descriptor, length, at)
        if torn[0] > 0:
            torn[0] -= 1
            return b"\1" + found[1:]
        return found

    monkeypatch.setattr(os, "pread", pread)
    assert read_head(path) is not None
    assert torn == [0]


def test_a_journal_that_cannot_be_asked_is_told_by_name(path: Path) -> None:
    """Its connection is gone."""
    connection = sqlite3.connect(path)
    connection.close()
    with pytest.raises(JournalUnavailable, match="held against its head file"):
        check_head(connection, path, Reached(counter=0, seq=1, hash=b""))


def test_an_archive_takes_its_head_file_along(path: Path) -> None:
    """It speaks for the archive from then on, and the next journal begins with one of its own."""
    head = the_head(path)
    target = archive(path)
    assert not head_path(path).exists()
    with JournalReader(target) as reader:
        assert reader.verify_head() == head
    SqliteJournal(path).close()
    second = archive(path)
    assert second.name == "journal-2.sqlite3"
    change(target, "DELETE FROM records WHERE seq = 7")
    with JournalReader(target) as reader, pytest.raises(JournalUnavailable, match="ends at record 6"):
        reader.verify_head()


def test_an_archive_that_has_no_head_file_gets_nobody_elses(path: Path) -> None:
    """A number whose head file is there is not free, and one journal may have none."""
    head_path(path).unlink()
    head_path(path.with_name("journal-1.sqlite3")).write_bytes(b"mine")
    assert archive(path).name == "journal-2.sqlite3"
    assert not head_path(path.with_name("journal-2.sqlite3")).exists()


def test_an_archiving_that_was_interrupted_keeps_nobody_from_going_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stopped: the journal is there under its name, or is put aside."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("hardlink_to", "unlink"):
        with monkeypatch.context() as patched:
            patched.setattr(Path, name, stop)
            with pytest.raises(KeyboardInterrupt):
                archive(path)
        journal = SqliteJournal(path)
        assert len(list(journal.read())) == len(RECORDS)
        journal.close()
