"""Tallies in the journal's file: with their records or not at all, and passed over where they do not fit."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from interlock.adapters.journal import tally_table
from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.decision_codec import tally_of
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.journal.tallies import BODY_BYTES_MAX, Stretch, digest_of
from interlock.core.decision import Decision, Outcome
from interlock.core.faults import JournalUnavailable
from interlock.core.records import Record
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

EVERY = 4
RECORDS = [
    Record(
        A_TIME + place * A_MINUTE, a_bar(at=A_TIME + place * A_MINUTE), Decision(Outcome.NO_ACTION, f"X.{place // 3}")
    )
    for place in range(14)
]
# The stretches of fourteen records: three are whole.
BOUNDS = [(0, 3), (4, 7), (8, 11)]


def journal_at(path: Path) -> SqliteJournal:
    """With short stretches."""
    return SqliteJournal(path, tally_every=EVERY)


def write(path: Path, *batches: int) -> Path:
    """A journal of all records, in a run for each batch."""
    at = 0
    for size in batches:
        with closing(journal_at(path)) as journal:
            journal.append(RECORDS[at : at + size], durable=False)
        at += size
    assert at == len(RECORDS)
    return path


def change(path: Path, statement: str, *values: object) -> None:
    """Somebody with the sqlite3 program."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def found(path: Path, *, newest: bool = False) -> tuple[list[Stretch], list[str]]:
    """The stretches, and what is told of those that were passed over."""
    passed_over: tally_table.PassedOver = {}
    with RawJournal(path) as rows, JournalReader(path) as reader:
        every = list(rows.stretches(rows.last_seq(), newest=newest, passed_over=passed_over))
        assert every == list(reader.stretches(rows.last_seq(), newest=newest))
    return every, [tally_table.told(why, firsts) for why, firsts in passed_over.items()]


def bounds(stretches: list[Stretch]) -> list[tuple[int, int]]:
    """Of those that were counted."""
    return [(stretch.first, stretch.last) for stretch in stretches if stretch.tally is not None]


def assert_whole(stretches: list[Stretch]) -> None:
    """Each record is in one of them, and what was counted is so."""
    at = 0
    for stretch in stretches:
        assert stretch.first == at
        at = stretch.last + 1
        if stretch.tally is not None:
            rows = [(0, each.kind, encode(each), "") for each in RECORDS[stretch.first : at]]
            assert stretch.tally == tally_of(rows)
    assert at == len(RECORDS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal lies."""
    return tmp_path / "journal.sqlite3"


@pytest.mark.parametrize("batches", [(14,), (1,) * 14, (3, 3, 3, 3, 2), (4, 4, 4, 2), (5, 9), (13, 1)])
def test_each_stretch_has_its_tally_whoever_wrote_its_records(path: Path, batches: tuple[int, ...]) -> None:
    """In one run, or in many: what another one began is counted from its rows."""
    stretches, told = found(write(path, *batches))
    assert (bounds(stretches), told) == (BOUNDS, [])
    assert_whole(stretches)
    assert found(path, newest=True) == (stretches[::-1], [])


def test_a_tally_is_there_when_its_records_are(path: Path) -> None:
    """They are committed together, not before."""
    with closing(journal_at(path)) as journal:
        journal.append(RECORDS[:6], durable=False)
        assert found(path)[0] == []
        journal.flush()
        assert bounds(found(path)[0]) == [(0, 3)]
        journal.append(RECORDS[6:8])
        assert bounds(found(path)[0]) == [(0, 3), (4, 7)]


def test_a_tally_that_cannot_be_kept_ends_the_journal(path: Path) -> None:
    """As any commit that failed: nobody can say what is on disk."""
    with closing(journal_at(path)) as journal:
        journal._connection.execute("DROP TABLE tallies")
        journal.append(RECORDS[:3])
        with pytest.raises(JournalUnavailable, match="a commit failed"):
            journal.append(RECORDS[3:])
        with pytest.raises(JournalUnavailable, match="not used any more"):
            journal.append(RECORDS[3:])


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE tallies SET body = replace(body, 'X.1', 'X.9') WHERE first = 4", "does not match its digest"),
        ("UPDATE tallies SET body = CAST(x'ff' || body AS TEXT) WHERE first = 4", "does not match its digest"),
        ("UPDATE tallies SET digest = upper(digest) WHERE first = 4", "does not match its digest"),
        ("UPDATE tallies SET last = 6 WHERE first = 4", "another one, or missing"),
        ("UPDATE tallies SET record_hash = upper(record_hash) WHERE first = 4", "another one, or missing"),
        ("UPDATE records SET hash = upper(hash) WHERE seq = 7", "another one, or missing"),
        ("UPDATE tallies SET first = 5 WHERE first = 4", "does not match its digest"),
        ("DELETE FROM tallies WHERE first = 4", ""),
    ],
)
def test_a_tally_that_is_damaged_or_missing_is_passed_over(path: Path, statement: str, why: str) -> None:
    """Its rows are to be read; the others are used, and it is told."""
    write(path, 14)
    change(path, statement)
    for newest in (False, True):
        stretches, told = found(path, newest=newest)
        assert_whole(stretches[::-1] if newest else stretches)
        assert sorted(bounds(stretches)) == [(0, 3), (8, 11)]
        assert len(told) == bool(why)
        assert why in " ".join(told)


def test_a_tally_that_was_made_up_is_passed_over_where_it_cannot_be(path: Path) -> None:
    """Over another one, before the first record, of another number of records, or larger than any."""
    write(path, 14)
    with RawJournal(path) as rows:
        row = rows.at(9)
    assert row is not None
    kept = "SELECT CAST(body AS TEXT) FROM tallies WHERE first = 4"
    with closing(sqlite3.connect(path)) as connection:
        (body,) = connection.execute(kept).fetchone()
    for first, text in ((6, body), (-3, body), (2**62, body), (12, "x" * (BODY_BYTES_MAX + 1))):
        digest = digest_of(first, 9, row[3], text.encode()) if first > 0 else "x"
        change(path, "INSERT OR REPLACE INTO tallies VALUES (?, 9, ?, ?, ?)", first, row[3], text, digest)
    stretches, told = found(path)
    assert_whole(stretches)
    assert bounds(stretches) == BOUNDS
    assert [text.partition(": ")[2] for text in told]


def test_a_table_that_cannot_be_read_is_passed_over(path: Path) -> None:
    """All rows are to be read then; a journal of an earlier schema has none."""
    write(path, 14)
    change(path, "DROP TABLE tallies")
    assert (bounds(found(path)[0]), found(path)[1]) == ([], [])
    change(path, "CREATE TABLE tallies (other TEXT)")
    stretches, told = found(path)
    assert_whole(stretches)
    assert "the table of tallies cannot be read" in told[0]
    with RawJournal(path) as rows:
        passed_over: tally_table.PassedOver = {}
        assert list(rows.tallied(0, 13, passed_over)) == []
        assert len(passed_over) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET body = replace(body, 'X.1', 'X.9') WHERE seq = 4",
        "UPDATE records SET hash = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "UPDATE records SET kind = CAST(x'ff' AS TEXT) WHERE seq = 4",
        "DELETE FROM records WHERE seq = 3",
        "DELETE FROM records WHERE seq = 4",
    ],
)
def test_of_rows_that_were_changed_no_tally_is_made(path: Path, statement: str) -> None:
    """Nothing is said of them, and the run goes on: whoever reads them is told."""
    with closing(journal_at(path)) as journal:
        journal.append(RECORDS[:6])
    change(path, statement)
    with closing(journal_at(path)) as journal:
        journal.append(RECORDS[6:])
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT first FROM tallies ORDER BY first").fetchall() == [(0,), (8,)]


def test_many_stretches_are_read_in_batches(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In either direction each of them once."""
    monkeypatch.setattr(tally_table, "_BATCH", 1)
    write(path, 14)
    assert bounds(found(path)[0]) == BOUNDS
    assert bounds(found(path, newest=True)[0]) == BOUNDS[::-1]


@pytest.mark.parametrize(
    ("first", "until", "expected"),
    [
        (0, 13, BOUNDS),
        (2, 13, BOUNDS),
        (4, 13, BOUNDS[1:]),
        (5, 10, [(4, 7)]),
        (7, 11, BOUNDS[1:]),
        (12, 13, []),
        (8, 10, []),
    ],
)
def test_a_part_has_the_tallies_that_end_in_it(
    path: Path, first: int, until: int, expected: list[tuple[int, int]]
) -> None:
    """Also one that began before; one that is damaged is told of by the part where it begins."""
    write(path, 14)
    with RawJournal(path) as rows:
        assert bounds(list(rows.tallied(first, until, {}))) == expected
    change(path, "UPDATE tallies SET digest = 'x' WHERE first = 4")
    passed_over: tally_table.PassedOver = {}
    with RawJournal(path) as rows:
        assert bounds(list(rows.tallied(first, until, passed_over))) == [each for each in expected if each[0] != 4]
    assert bool(passed_over) == (first <= 4 <= until)


def test_a_stretch_is_of_one_record_at_least(path: Path) -> None:
    """Or it could never end."""
    with pytest.raises(ValueError, match="a tally is of at least one record, found 0"):
        SqliteJournal(path, tally_every=0)


@pytest.fixture
def old(path: Path) -> Path:
    """A journal of the schema before this."""
    write(path, 14)
    change(path, "DROP TABLE tallies")
    change(path, "UPDATE meta SET schema_version = 2")
    return path


def test_a_journal_of_the_version_before_gets_the_table_and_counts_on(old: Path) -> None:
    """It is read as it is until somebody writes it; from then on each stretch that ends has its tally."""
    stretches, told = found(old)
    assert (bounds(stretches), told) == ([], [])
    assert_whole(stretches)
    with closing(journal_at(old)) as journal:
        journal.append(RECORDS[:2])
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT schema_version FROM meta").fetchone() == (3,)
    assert bounds(found(old)[0]) == [(12, 15)]
