"""Snapshots in the journal's file: what is damaged is passed over and told, and an old journal gets the table."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.adapters.journal import schema, snapshot_table
from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.snapshots import digest_of
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.ports.journal import Head, Snapshot
from interlock.testing.contracts.snapshots import HISTORY, empty, folded

KEPT = (3, 6, 9)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed journal with snapshots after the records 2, 5 and 8."""
    path = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(path)
    before = 0
    for length in KEPT:
        journal.append(HISTORY[before:length])
        journal.snapshot(folded(HISTORY[:length]))
        before = length
    journal.append(HISTORY[before:])
    journal.close()
    return path


def change(path: Path, statement: str, *values: object) -> None:
    """Somebody with the sqlite3 program."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def found(path: Path) -> tuple[Snapshot | None, tuple[str, ...]]:
    """What the reader finds and tells; the writer finds and tells the same."""
    with JournalReader(path) as reader:
        snapshot, notes = reader.latest_snapshot(empty()), reader.notes
    journal = SqliteJournal(path)
    assert repr(journal.latest_snapshot(empty())) == repr(snapshot)
    assert journal.notes == notes
    journal.close()
    return snapshot, notes


def test_a_sound_snapshot_is_taken_without_a_word(path: Path) -> None:
    """The newest."""
    snapshot, notes = found(path)
    assert snapshot is not None
    assert snapshot.seq == 8
    assert repr(snapshot.state) == repr(folded(HISTORY[:9]))
    assert notes == ()


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE snapshots SET body = replace(body, '100', '101') WHERE seq = 8", "does not match its digest"),
        ("UPDATE snapshots SET body = CAST(x'ff' || body AS TEXT) WHERE seq = 8", "does not match its digest"),
        ("UPDATE snapshots SET body = substr(body, 1, 99) WHERE seq = 8", "does not match its digest"),
        ("UPDATE snapshots SET body = '' WHERE seq = 8", "does not match its digest"),
        ("UPDATE snapshots SET digest = upper(digest) WHERE seq = 8", "does not match its digest"),
        ("UPDATE snapshots SET digest = CAST(x'ff' AS TEXT) WHERE seq = 8", "cannot be read"),
        ("UPDATE snapshots SET record_hash = upper(record_hash) WHERE seq = 8", "another one, or missing"),
        ("UPDATE records SET hash = upper(hash) WHERE seq = 8", "another one, or missing"),
        ("DELETE FROM records WHERE seq = 8", "another one, or missing"),
        ("UPDATE snapshots SET seq = 7 WHERE seq = 8", "another one, or missing"),
        ("UPDATE snapshots SET seq = -8 WHERE seq = 8", ""),
        ("UPDATE records SET body = replace(body, 'r2', 'r3') WHERE seq = 6", "record 6"),
    ],
)
def test_a_damaged_snapshot_is_passed_over_and_the_one_before_it_taken(path: Path, statement: str, why: str) -> None:
    """And that is told; it keeps nobody from going on."""
    change(path, statement)
    snapshot, notes = found(path)
    assert snapshot is not None
    assert snapshot.seq == 5
    assert repr(snapshot.state) == repr(folded(HISTORY[:6]))
    assert len(notes) == bool(why)
    assert why in " ".join(notes)


def test_a_snapshot_before_the_first_record_is_none(path: Path) -> None:
    """Although a record was put there too."""
    for table in ("records", "snapshots"):
        change(path, f"UPDATE {table} SET seq = -8 WHERE seq = 8")
    snapshot, notes = found(path)
    assert snapshot is not None
    assert (snapshot.seq, notes) == (5, ())
    change(path, "DELETE FROM snapshots WHERE seq > 0")
    snapshot, notes = found(path)
    assert snapshot is None
    assert "does not match its digest" in " ".join(notes)


def test_every_flipped_byte_of_a_snapshot_is_noticed(path: Path) -> None:
    """Wherever in the body it is."""
    connection = sqlite3.connect(path)
    (body,) = connection.execute("SELECT CAST(body AS BLOB) FROM snapshots WHERE seq = 8").fetchone()
    for place in range(0, len(body), 3):
        flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        connection.execute("UPDATE snapshots SET body = CAST(? AS TEXT) WHERE seq = 8", (flipped,))
        snapshot, notes = snapshot_table.newest(connection, empty())
        assert snapshot is not None
        assert snapshot.seq == 5
        assert len(notes) == 1
    connection.close()


def test_a_snapshot_that_was_made_up_with_a_good_digest_still_has_to_be_a_state(path: Path) -> None:
    """A digest is no signature; the shape is strict, and nothing in a body can allow anything."""
    connection = sqlite3.connect(path)
    (hashed,) = connection.execute("SELECT hash FROM records WHERE seq = 10").fetchone()
    for body in (b"{}", b"[" * 10_000, b'{"landmarks":{},"state":{"effects":[]},"version":"0"}'):
        row = 10, hashed, body.decode(), digest_of(10, hashed, body)
        connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", row)
        snapshot, notes = snapshot_table.newest(connection, empty())
        assert snapshot is not None
        assert snapshot.seq == 8
        assert len(notes) == 1
    connection.close()


def test_a_huge_snapshot_is_not_even_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its length is."""
    monkeypatch.setattr(snapshot_table, "BODY_BYTES_MAX", 5)
    snapshot, notes = found(path)
    assert snapshot is None
    assert notes == ("3 snapshots were passed over, and the records read instead: it is larger than any state",)


def test_where_no_snapshot_is_sound_there_is_none(path: Path) -> None:
    """All of them are told of, in one sentence."""
    change(path, "UPDATE snapshots SET body = 'x'")
    snapshot, notes = found(path)
    assert snapshot is None
    assert notes == (
        "3 snapshots were passed over, and the records read instead: it does not match its digest: it was changed",
    )


def test_a_table_that_cannot_be_read_is_passed_over(path: Path) -> None:
    """Whatever it is that SQLite has to say."""
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE snapshots")
    assert snapshot_table.newest(connection, empty()) == (None, ())
    connection.execute("CREATE TABLE snapshots (other TEXT)")
    assert "cannot be read" in snapshot_table.newest(connection, empty())[1][0]
    connection.close()
    assert "cannot be read" in snapshot_table.newest(connection, empty())[1][0]


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    """It, open, with a snapshot due after every third record."""
    journal = SqliteJournal(path, snapshot_every=3)
    yield journal
    journal._failure = journal._failure or "the test is over"
    journal.close()


def due(journal: SqliteJournal) -> bool:
    """Asked anew."""
    return journal.snapshot_due


def test_a_snapshot_is_due_after_so_many_records(journal: SqliteJournal) -> None:
    """Counted from the last one that can be used, also over a restart."""
    assert not due(journal)
    journal.append(HISTORY[-1:], durable=False)
    assert due(journal)
    journal.snapshot(folded([*HISTORY, HISTORY[-1]]))
    assert not due(journal)


def test_a_snapshot_is_due_at_once_where_none_can_be_used(path: Path) -> None:
    """The next start should not read everything again."""
    change(path, "UPDATE snapshots SET body = 'x'")
    journal = SqliteJournal(path, snapshot_every=11)
    assert not due(journal)
    assert journal.latest_snapshot(empty()) is None
    assert due(journal)
    journal.close()
    with pytest.raises(ValueError, match="at least one record"):
        SqliteJournal(path, snapshot_every=0)


def test_what_waits_is_on_disk_before_its_snapshot(path: Path, journal: SqliteJournal) -> None:
    """A snapshot never follows a record that may still be lost."""
    journal.append(HISTORY[-1:], durable=False)
    journal.snapshot(folded([*HISTORY, HISTORY[-1]]))
    with JournalReader(path) as reader:
        assert reader.head() == journal.head()


def test_a_snapshot_that_cannot_be_kept_ends_the_journal(path: Path, journal: SqliteJournal) -> None:
    """The disk is full: what there was before is there at the next start, and nothing half."""
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    state = folded(HISTORY)
    state.account = "x" * 1_000_000
    with pytest.raises(JournalUnavailable, match="a snapshot could not be kept"):
        journal.snapshot(state)
    with pytest.raises(JournalUnavailable, match="not used any more"):
        journal.append(HISTORY)
    journal.close()
    snapshot, notes = found(path)
    assert snapshot is not None
    assert (snapshot.seq, notes) == (8, ())


def test_a_snapshot_that_was_cut_short_is_not_there(
    path: Path, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever flies through it leaves a journal that refuses, and the snapshot before."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(snapshot_table, "digest_of", interrupted)
        with pytest.raises(KeyboardInterrupt):
            journal.snapshot(folded(HISTORY))
    with pytest.raises(JournalUnavailable, match="a snapshot was cut short"):
        journal.append(HISTORY)
    journal.close()
    assert found(path)[1] == ()


def test_landmarks_are_found_behind_a_snapshot_that_is_not_sound(path: Path) -> None:
    """The records before it are looked at again."""
    change(path, "UPDATE snapshots SET body = 'x' WHERE seq >= 5")
    journal = SqliteJournal(path)
    journal.snapshot(folded(HISTORY))
    snapshot = journal.latest_snapshot(empty())
    assert snapshot is not None
    assert snapshot.landmarks == (HISTORY[6], HISTORY[8], HISTORY[10])
    journal.close()


def test_the_snapshot_before_need_not_be_read_where_it_was_kept_by_the_same_run(path: Path) -> None:
    """What it said is still known, whatever became of it: a start, a stop and what restricts are told on."""
    change(path, "DELETE FROM snapshots")
    journal = SqliteJournal(path)
    journal.snapshot(folded(HISTORY))
    told = journal.latest_snapshot(empty())
    assert told is not None
    journal._connection.execute("DELETE FROM snapshots")
    journal.append(HISTORY[-1:])
    statements: list[str] = []
    journal._connection.set_trace_callback(statements.append)
    journal.snapshot(folded([*HISTORY, HISTORY[-1]]))
    journal._connection.set_trace_callback(None)
    again = journal.latest_snapshot(empty())
    assert again is not None
    assert (again.seq, again.landmarks) == (told.seq + 1, told.landmarks)
    assert not [one for one in statements if "FROM snapshots" in one]
    journal.close()


# -- the version before --------------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A journal as the version before wrote it: no table of snapshots, no head file."""
    whole = tmp_path / "whole.sqlite3"
    journal = SqliteJournal(whole)
    journal.append(HISTORY)
    journal.close()
    path = tmp_path / "journal.sqlite3"
    path.touch(0o600)
    connection = sqlite3.connect(path)
    for statement in schema._SCHEMA:
        if not any(word in statement for word in ("snapshots", "tallies", "INSERT")):
            connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES (1)")
    connection.execute("ATTACH ? AS whole", (str(whole),))
    connection.execute("INSERT INTO records SELECT * FROM whole.records")
    connection.commit()
    connection.close()
    return path


def version(path: Path) -> tuple[int, int]:
    """The version of the schema, and how many tables of snapshots there are."""
    connection = sqlite3.connect(path)
    (number,) = connection.execute("SELECT schema_version FROM meta").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'snapshots'").fetchone()
    connection.close()
    return number, tables


def head_of(path: Path) -> Head | None:
    """Its head, by the reader."""
    with JournalReader(path) as reader:
        assert list(reader.read()) == list(HISTORY)
        return reader.head()


def test_an_old_journal_is_read_as_it_is_and_becomes_this_version_when_it_is_written(old: Path) -> None:
    """Its records and their hashes stay as they were."""
    before = head_of(old)
    with JournalReader(old) as reader:
        assert reader.latest_snapshot(empty()) is None
        assert reader.notes == ()
    assert version(old) == (1, 0)
    journal = SqliteJournal(old)
    assert journal.head() == before
    assert journal.latest_snapshot(empty()) is None
    journal.snapshot(folded(HISTORY))
    journal.close()
    assert version(old) == (3, 1)
    assert head_of(old) == before
    snapshot, notes = found(old)
    assert snapshot is not None
    assert (snapshot.seq, notes) == (10, ())


def test_an_old_journal_can_be_put_aside(old: Path) -> None:
    """As it is."""
    target = archive(old)
    assert version(target) == (1, 0)


@pytest.mark.parametrize("at", ["CREATE", "UPDATE", "COMMIT"])
def test_a_migration_that_was_cut_short_has_not_happened(old: Path, at: str) -> None:
    """One transaction: whole, or as it was; and the next writer does it."""
    connection = sqlite3.connect(old, isolation_level=None)
    real = connection

    class Interrupted:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def execute(self, statement: str) -> object:
            if statement.strip().startswith(at):
                raise KeyboardInterrupt
            return real.execute(statement)

    with pytest.raises(KeyboardInterrupt):
        schema.migrate(Interrupted(), 1)  # type: ignore[arg-type]
    assert not connection.in_transaction
    connection.close()
    assert version(old) == (1, 0)
    SqliteJournal(old).close()
    assert version(old) == (3, 1)


def test_a_journal_that_was_cut_is_refused_before_it_is_changed(old: Path) -> None:
    """Nothing is migrated that is not to be written."""
    journal = SqliteJournal(old)
    journal.close()
    change(old, "UPDATE meta SET schema_version = 1")
    for table in ("snapshots", "tallies"):
        change(old, f"DROP TABLE {table}")
    change(old, "DELETE FROM records WHERE seq = 10")
    with pytest.raises(JournalUnavailable, match="ends at record 9"):
        SqliteJournal(old)
    assert version(old) == (1, 0)


def test_no_version_is_guessed(old: Path) -> None:
    """A number that is none of ours is refused, for writing and for reading."""
    for number in (0, 4, -1):
        change(old, f"UPDATE meta SET schema_version = {number}")
        for way in (SqliteJournal, JournalReader):
            with pytest.raises(ConfigurationError, match=f"schema {number}"):
                way(old)
