"""Reading a journal beside its writer, finding what was changed in it, and putting it aside."""

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.adapters.journal import sqlite_rows
from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.raw_rows import BrokenChain, RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.records import Record
from interlock.testing.builders import bars

AT = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)
# More than are fetched at a time.
RECORDS = [Record(ts_init=AT, observation=bar) for bar in bars(2500)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The place of a journal that holds ``RECORDS`` and was closed."""
    path = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(path)
    journal.append(RECORDS)
    journal.close()
    return path


def change(path: Path, statement: str) -> None:
    """Somebody with the sqlite3 program."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_a_reader_sees_what_the_writer_has_committed(path: Path) -> None:
    """While it is writing, and without stopping it."""
    journal = SqliteJournal(path)
    with JournalReader(path) as reader:
        journal.append(RECORDS[:1])
        journal.append(RECORDS[:1], durable=False)
        assert list(reader.read(2499)) == [RECORDS[2499], RECORDS[0]]
        head = reader.head()
        assert head is not None
        assert head.seq == 2500
        journal.flush()
        assert len(list(reader.read(2500))) == 2
        assert reader.head() == journal.head()
    journal.close()


def test_a_number_that_is_out_of_this_world_ends_the_reading(path: Path) -> None:
    """A damaged row may say that it is the last of four quintillion: nobody looks for the others one by one."""
    change(path, f"INSERT INTO records SELECT {2**62}, kind, body, hash FROM records WHERE seq = 2499")
    with JournalReader(path) as reader, pytest.raises(JournalUnavailable, match="record 2500 is missing"):
        list(reader.read())
    with RawJournal(path) as rows, pytest.raises(BrokenChain, match="2500"):
        list(rows.checked())


@pytest.mark.parametrize("from_seq", [0, 1, 999, 1000, 1001, 2000, 2001, 2499, 2500, 9999])
def test_reading_may_begin_anywhere(path: Path, from_seq: int) -> None:
    """At either side of what is fetched at a time, at the end, and beyond it."""
    with JournalReader(path) as reader:
        assert list(reader.read(from_seq)) == RECORDS[from_seq:]


def test_a_reader_that_was_closed_says_so(path: Path) -> None:
    """In the middle of reading too."""
    reader = JournalReader(path)
    reading = reader.read()
    assert next(reading) == RECORDS[0]
    reader.close()
    reader.close()
    with pytest.raises(JournalUnavailable):
        list(reading)
    with pytest.raises(JournalUnavailable):
        reader.head()


def test_a_reader_needs_a_journal(tmp_path: Path) -> None:
    """Looking for one makes none."""
    with pytest.raises(ConfigurationError, match="there is no journal"):
        JournalReader(tmp_path / "journal.sqlite3")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET body = replace(body, '2020', '2021') WHERE seq = 1234",
        "UPDATE records SET body = CAST(x'ff' || body AS TEXT) WHERE seq = 1234",
        "UPDATE records SET kind = 'Silence' WHERE seq = 1234",
        "UPDATE records SET hash = upper(hash) WHERE seq = 1234",
        "DELETE FROM records WHERE seq = 1234",
        "UPDATE records SET seq = -1 WHERE seq = 1234",
    ],
)
def test_a_change_is_found_and_the_record_is_named(path: Path, statement: str) -> None:
    """What came before it is still handed over, and nothing after it."""
    change(path, statement)
    with JournalReader(path) as reader:
        reading = reader.read()
        read = [next(reading) for _ in range(1234)]
        with pytest.raises(JournalUnavailable, match="record 1234"):
            next(reading)
    assert read == RECORDS[:1234]


def test_a_missing_tail_of_a_chunk_is_found(path: Path) -> None:
    """Rows that go missing while somebody reads leave no quiet end."""
    with JournalReader(path) as reader:
        reading = reader.read()
        next(reading)
        change(path, "DELETE FROM records WHERE seq >= 2000")
        with pytest.raises(JournalUnavailable, match="record 2000 is missing"):
            list(reading)


def test_a_record_without_a_hash_has_nothing_after_it(path: Path) -> None:
    """Whoever begins to read behind it is told."""
    change(path, "UPDATE records SET hash = 'not a hash' WHERE seq = 9")
    with JournalReader(path) as reader, pytest.raises(JournalUnavailable, match="record 9 has no hash"):
        list(reader.read(10))


def test_an_end_without_a_hash_is_refused(path: Path) -> None:
    """Nothing can be appended to a chain whose end cannot be read."""
    change(path, "UPDATE records SET hash = 'not a hash' WHERE seq = 2499")
    with pytest.raises(JournalUnavailable, match="end of the journal"):
        SqliteJournal(path)


# -- archiving -----------------------------------------------------------------------------------------------------


def test_an_archive_is_one_file_that_can_be_read(path: Path) -> None:
    """Nothing of it stays behind under the old name but the lock, and a new journal can be begun there."""
    target = archive(path)
    assert target.name == "journal-1.sqlite3"
    assert sorted(file.name for file in path.parent.iterdir()) == [
        target.name,
        target.name + ".head",
        path.name + ".lock",
    ]
    with JournalReader(target) as reader:
        assert list(reader.read()) == RECORDS
    journal = SqliteJournal(path)
    assert journal.head() is None
    journal.close()


def test_archives_are_numbered_and_never_overwritten(path: Path) -> None:
    """The first free number is taken, whatever it is that stands at the others."""
    path.with_name("journal-1.sqlite3").symlink_to("nowhere")
    path.with_name("journal-2.sqlite3").write_text("mine")
    assert archive(path).name == "journal-3.sqlite3"
    SqliteJournal(path).close()
    assert archive(path).name == "journal-4.sqlite3"
    assert path.with_name("journal-2.sqlite3").read_text() == "mine"


def test_what_was_still_in_the_log_is_in_the_archive(path: Path) -> None:
    """A writer that was killed left a write-ahead log; its records belong to the journal."""
    journal = SqliteJournal(path)
    journal.append(RECORDS[:1])
    copy = path.parent / "copy"
    copy.mkdir(0o700)
    for file in path.parent.glob("journal.sqlite3*"):  # as a killed process leaves them: the log is not folded in
        (copy / file.name).touch(0o600)
        (copy / file.name).write_bytes(file.read_bytes())
    journal.close()
    assert (copy / "journal.sqlite3-wal").stat().st_size
    with JournalReader(archive(copy / "journal.sqlite3")) as reader:
        assert len(list(reader.read())) == len(RECORDS) + 1


def the_writer(path: Path) -> Callable[[], None]:
    """Somebody who writes it."""
    return SqliteJournal(path).close


def a_reader(path: Path) -> Callable[[], None]:
    """Somebody who reads it."""
    return JournalReader(path).close


@pytest.mark.parametrize("somebody", [the_writer, a_reader])
def test_a_journal_in_use_is_not_archived(path: Path, somebody: Callable[[Path], Callable[[], None]]) -> None:
    """Whoever has it open under its old name would go on with the log of the next journal."""
    let_go = somebody(path)
    with pytest.raises(JournalUnavailable):
        archive(path)
    assert path.exists()
    let_go()
    assert archive(path).name == "journal-1.sqlite3"


def test_what_is_not_a_journal_is_not_archived(tmp_path: Path) -> None:
    """A missing one has nothing to archive."""
    with pytest.raises(ConfigurationError, match="there is no journal"):
        archive(tmp_path / "journal.sqlite3")
    with pytest.raises(ConfigurationError, match="there is no journal"):
        archive(tmp_path / "no folder" / "journal.sqlite3")


def test_a_folder_that_nobody_may_write_in_is_read_as_it_stands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite would leave files beside the journal for a mere reader, and fails where it may not."""
    before = sorted(path.parent.iterdir())
    monkeypatch.setattr(os, "access", lambda *_: False)
    with JournalReader(path) as reader, RawJournal(path) as rows:
        assert len(list(reader.read())) == rows.last_seq() + 1
        assert sorted(path.parent.iterdir()) == before


def test_a_log_is_read_also_where_nobody_may_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed last is in it, and a writer that was there before may go on."""
    journal = SqliteJournal(path)
    journal.append(RECORDS[:1])
    monkeypatch.setattr(os, "access", lambda *_: False)
    with RawJournal(path) as rows:
        assert rows.last_seq() == len(RECORDS)
    journal.close()


@pytest.mark.parametrize("opened", [JournalReader, RawJournal])
def test_a_damaged_image_says_what_to_do(path: Path, opened: type[JournalReader | RawJournal]) -> None:
    """Whoever only reads is told as well."""
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)
    with pytest.raises(JournalUnavailable, match="malformed: keep a copy of the file as it is, and put a backup back"):
        opened(path)


def test_who_keeps_a_journal_from_being_put_aside_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that was stopped, mostly."""
    monkeypatch.setattr(sqlite_rows, "_BUSY_SECONDS", 0)
    with RawJournal(path) as rows:
        assert rows.last_seq() > 0
        with pytest.raises(JournalUnavailable, match=r"somebody reads it \(.*\): end that, and archive again"):
            archive(path)


def test_a_folder_where_the_next_chapter_is_made_is_told(path: Path) -> None:
    """And not as a disk that cannot be written."""
    path.with_name("journal.sqlite3.next").mkdir()
    for opened in (SqliteJournal, archive):
        with pytest.raises(ConfigurationError, match=r"journal\.sqlite3\.next is not a plain file.*move it away"):
            opened(path)
