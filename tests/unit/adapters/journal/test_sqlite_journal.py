"""The journal in an SQLite file: groups, refusals, and what happens when the disk says no."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from interlock.adapters.journal import opening
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.decision import Decision, NoAction, Outcome
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.market import RefusedRow
from interlock.core.records import Record
from interlock.testing.builders import a_bar
from interlock.testing.strategies import records

AT = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)


def record(n: int) -> Record:
    """The ``n``-th of many."""
    return Record(
        ts_init=AT,
        observation=a_bar(str(100 + n)),
        decision=Decision(outcome=Outcome.NO_ACTION, code="OBSERVING", proposal=NoAction(code="OBSERVING")),
        correlation_id=f"c-{n}",
    )


RECORDS = [record(n) for n in range(10)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where nothing is yet, not even the folder."""
    return tmp_path / "state" / "sim" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    """A new journal with groups of four."""
    journal = SqliteJournal(path, group=4)
    yield journal
    journal._failure = journal._failure or "the test is over"
    journal.close()


def on_disk(path: Path) -> int:
    """How many records anybody else can see."""
    with JournalReader(path) as reader:
        head = reader.head()
        return head.seq + 1 if head is not None else 0


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=records())
def test_both_journals_have_the_same_head(path: Path, record: Record) -> None:
    """The chain is over what is written, wherever it is written to."""
    memory, folder = MemoryJournal(), path.parent / os.urandom(8).hex()
    kept = SqliteJournal(folder / "journal.sqlite3")
    for journal in (memory, kept):
        journal.append([*RECORDS, record], durable=False)
    assert memory.head() == kept.head()
    kept.close()


def test_a_durable_append_takes_everything_before_it_along(path: Path, journal: SqliteJournal) -> None:
    """What may wait waits for the group to fill, for a flush, or for something that may not wait."""
    journal.append(RECORDS[:2], durable=False)
    assert on_disk(path) == 0
    journal.append(RECORDS[2:3])
    assert on_disk(path) == 3
    journal.append(RECORDS[3:6], durable=False)
    assert on_disk(path) == 3
    journal.append(RECORDS[6:8], durable=False)
    assert on_disk(path) == 8, "a batch is never divided, so the group of four had five"
    journal.append(RECORDS[8:9], durable=False)
    journal.flush()
    assert on_disk(path) == 9


def test_anybody_can_read_it_with_sqlite(path: Path, journal: SqliteJournal) -> None:
    """The view has in columns what people search by."""
    journal.append(RECORDS)
    with sqlite3.connect(path) as connection:
        found = connection.execute(
            "SELECT seq, ts, kind, outcome, code, instrument FROM journal WHERE correlation_id = 'c-3'"
        ).fetchall()
    connection.close()
    assert found == [(3, "2020-01-02T15:00:00Z", "Bar", "NO_ACTION", "OBSERVING", "TEST")]


def test_files_and_folders_are_ours_alone(path: Path, journal: SqliteJournal) -> None:
    """0600 and 0700, the log and the lock included, and every folder that had to be made."""
    journal.append(RECORDS)
    files = sorted(file.name for file in path.parent.iterdir())
    assert files == [path.name + end for end in ("", "-shm", "-wal", ".head", ".lock")]
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_second_writer_is_refused_and_told_who_is_first(path: Path, journal: SqliteJournal) -> None:
    """By process, host and time; and the first one is none the worse for it."""
    with pytest.raises(JournalUnavailable, match=rf"written by process {os.getpid()} on .+ since 20\d\d-.*\+00:00"):
        SqliteJournal(path)
    journal.append(RECORDS)
    journal.close()
    again = SqliteJournal(path)
    assert again.head() == journal.head()
    again.close()


def test_another_process_is_refused_too(path: Path, journal: SqliteJournal) -> None:
    """And a lock whose holder has not signed it yet is a lock all the same."""
    path.with_name(path.name + ".lock").write_bytes(b"")
    program = f"""
from pathlib import Path
from interlock.adapters.journal.sqlite import SqliteJournal
SqliteJournal(Path({str(path)!r}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "JournalInUse" in done.stderr
    assert "another process that has not signed its lock" in done.stderr


def test_a_full_disk_ends_the_journal(path: Path, journal: SqliteJournal) -> None:
    """The batch is not there, nothing is tried again, and what was there before is read at the next start."""
    journal.append(RECORDS[:1])
    (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    huge = replace(RECORDS[1], observation=RefusedRow(source="s", line=1, field="f", value="x" * 100_000, rule="r"))
    with pytest.raises(JournalUnavailable, match="nobody can say whether it is on disk"):
        journal.append([RECORDS[2], huge])
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    for attempt in (lambda: journal.append(RECORDS[3:]), journal.flush, lambda: list(journal.read())):
        with pytest.raises(JournalUnavailable, match="not used any more"):
            attempt()
    journal.close()
    again = SqliteJournal(path)
    assert list(again.read()) == RECORDS[:1]
    again.close()


def test_a_record_that_cannot_be_written_takes_its_batch_along(path: Path, journal: SqliteJournal) -> None:
    """Whole or not at all: the good record before the bad one is not kept."""
    bad = replace(RECORDS[0], ts_init=AT.replace(tzinfo=None))
    with pytest.raises(JournalUnavailable, match="cannot be written down"):
        journal.append([RECORDS[0], bad])
    with pytest.raises(JournalUnavailable, match="not used any more"):
        journal.append(RECORDS)
    journal.close()
    assert on_disk(path) == 0


def test_a_commit_that_was_cut_short_is_not_believed(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever flies through the commit, be it Ctrl-C, leaves a journal that refuses."""

    class Interrupted:
        def execute(self, _: str) -> None:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_connection", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            journal.append(RECORDS)
    with pytest.raises(JournalUnavailable, match="cut short"):
        journal.append(RECORDS)


def test_a_journal_that_cannot_be_closed_keeps_nobody_out(path: Path, journal: SqliteJournal) -> None:
    """It is a fault of the journal, said in words; the lock is given back, and everything is there."""
    journal.append(RECORDS)
    os.close(journal._head_file._descriptor)
    with pytest.raises(JournalUnavailable, match=r"could not be closed: .*Bad file descriptor"):
        journal.close()
    journal.close()
    again = SqliteJournal(path)
    assert again.head() == journal.head()
    again.close()


def test_a_group_holds_at_least_one() -> None:
    """Zero would mean that nothing is ever committed."""
    with pytest.raises(ValueError, match="at least one"):
        SqliteJournal(Path("never made"), group=0)


# -- what is refused -----------------------------------------------------------------------------------------------


def spoil(path: Path, how: str) -> None:
    """Put something else where the journal would be."""
    path.parent.mkdir(parents=True, mode=0o700)
    elsewhere = path.parent / "elsewhere"
    match how:
        case "link":
            path.symlink_to(elsewhere)
        case "pipe":
            os.mkfifo(path, 0o600)
        case "folder":
            path.mkdir(0o700)
        case "open to others":
            path.touch(0o600)
            path.chmod(0o644)
        case "open folder":
            path.parent.chmod(0o755)
        case "linked folder":
            path.parent.rename(path.parent.parent / "real")
            path.parent.symlink_to(path.parent.parent / "real")
        case "linked lock":
            path.with_name(path.name + ".lock").symlink_to(elsewhere)
        case "text":
            path.touch(0o600)
            path.write_text("this was never a database, and it is long enough to be looked at" * 20)
        case "other database":
            path.touch(0o600)
            with sqlite3.connect(path) as connection:
                connection.execute("CREATE TABLE mine (x)")
            connection.close()
        case _:
            raise ValueError(how)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("link", "not a plain file"),
        ("pipe", "not a plain file"),
        ("folder", "not a plain file"),
        ("open to others", "chmod 600"),
        ("open folder", "chmod 700"),
        ("linked folder", "not a folder"),
        ("linked lock", "not a plain file"),
        ("text", "not a journal"),
        ("other database", "not a journal"),
    ],
)
def test_what_is_not_our_journal_is_refused_and_left_alone(path: Path, how: str, message: str) -> None:
    """Nothing is followed, repaired or overwritten; the message says what to do."""
    spoil(path, how)
    for _ in range(2):  # the lock was given back
        with pytest.raises(ConfigurationError, match=message):
            SqliteJournal(path)
    assert not (path.parent / "elsewhere").exists()
    if how not in ("open folder", "linked folder", "linked lock"):
        with pytest.raises(ConfigurationError, match=message):
            JournalReader(path)


def test_somebody_elses_file_is_refused(path: Path, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """We pretend to be somebody else: to change an owner takes privileges."""
    journal.close()
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(ConfigurationError, match=f"belongs to user {me}"):
        SqliteJournal(path)


@pytest.mark.parametrize(
    "change", ["UPDATE meta SET schema_version = 0", "UPDATE meta SET schema_version = 4", "DELETE FROM meta"]
)
def test_another_version_of_the_schema_is_refused(path: Path, journal: SqliteJournal, change: str) -> None:
    """By number, and for reading as well: nobody guesses what another version meant."""
    journal.close()
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    connection.close()
    for way in (SqliteJournal, JournalReader):
        with pytest.raises(ConfigurationError, match="schema"):
            way(path)


def test_a_file_that_was_made_and_not_filled_becomes_a_journal(path: Path) -> None:
    """Its maker was stopped between the two."""
    path.parent.mkdir(parents=True, mode=0o700)
    path.touch(0o600)
    journal = SqliteJournal(path)
    journal.append(RECORDS)
    assert len(list(journal.read())) == len(RECORDS)
    journal.close()


def test_an_old_sqlite_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 3.37 there were no strict tables."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(ConfigurationError, match="too old"):
        SqliteJournal(path)


def test_a_folder_that_cannot_be_made_is_a_journal_fault(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "state").touch()
    with pytest.raises((JournalUnavailable, ConfigurationError), match="state"):
        SqliteJournal(tmp_path / "state" / "sim" / "journal.sqlite3")


def test_amounts_survive_to_the_last_digit(journal: SqliteJournal) -> None:
    """Nothing on the way takes a price for a float."""
    bar = a_bar("100.0000000001")
    journal.append([replace(RECORDS[0], observation=bar)])
    (found,) = journal.read()
    assert found.observation == bar
    assert Decimal("100.0000000001") == bar.close


@pytest.mark.parametrize("gone", ["moved", "removed", "replaced"])
def test_a_journal_that_was_taken_away_takes_no_more_records(gone: str, tmp_path: Path) -> None:
    """What is written into a file that has no name any more nobody will ever read: no write, no send."""
    folder = tmp_path / "state"
    journal = SqliteJournal(folder / "journal.sqlite3")
    journal.append(RECORDS[:1])
    folder.rename(tmp_path / "elsewhere")
    if gone == "removed":
        shutil.rmtree(tmp_path / "elsewhere")
    elif gone == "replaced":
        SqliteJournal(folder / "journal.sqlite3").close()
    with pytest.raises(JournalUnavailable, match="it is not where it was opened"):
        journal.append(RECORDS[1:2])
    with pytest.raises(JournalUnavailable, match="not used any more"):
        journal.append(RECORDS[1:2])
    journal.close()


@pytest.mark.parametrize(("began_with", "pages_in_the_log"), [(8_192, 500), (4_096, 1_000)])
def test_pages_are_those_that_a_journal_began_with(
    began_with: int, pages_in_the_log: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of an earlier version goes on with its smaller ones; the log is folded in at the same size either way."""
    with monkeypatch.context() as earlier:
        earlier.setattr(opening, "PAGE_BYTES", began_with)
        SqliteJournal(path).close()
    journal = SqliteJournal(path)
    journal.append(RECORDS)
    assert journal._connection.execute("PRAGMA page_size").fetchone() == (began_with,)
    assert journal._connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (pages_in_the_log,)
    assert len(list(journal.read())) == len(RECORDS)
    journal.close()
