"""The rows as they are on disk: each held against the chain, and the first that does not fit is named."""

import sqlite3
from pathlib import Path

import pytest

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.raw_rows import BrokenChain, RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.market import EndOfData
from interlock.core.records import Record
from interlock.testing.builders import A_TIME, bars

# More than are fetched at a time.
RECORDS = [*(Record(A_TIME, bar) for bar in bars(2100)), Record(A_TIME, EndOfData())]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The place of a journal that holds ``RECORDS``."""
    path = tmp_path / "journal.sqlite3"
    journal = SqliteJournal(path)
    journal.append(RECORDS)
    journal.close()
    return path


def test_every_row_is_as_it_was_written(path: Path) -> None:
    """The kind, the body to the byte, and the hash."""
    with RawJournal(path) as journal:
        rows = list(journal.checked())
        assert [(seq, kind, body) for seq, kind, body, _ in rows] == [
            (seq, record.kind, encode(record)) for seq, record in enumerate(RECORDS)
        ]
        assert list(journal.checked(until=1000)) == rows[:1001]
        assert journal.at(2000) == rows[2000]
        assert journal.at(2101) is None
        assert list(journal.of_kinds(("EndOfData", "Split"))) == rows[2100:]
        assert journal.last_seq() == 2100


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE records SET body = replace(body, '2020', '2021') WHERE seq = 1234", 1234),
        ("UPDATE records SET kind = 'Silence' WHERE seq = 1234", 1234),
        ("UPDATE records SET hash = upper(hash) WHERE seq = 1234", 1234),
        ("DELETE FROM records WHERE seq = 1234", 1234),
        ("DELETE FROM records WHERE seq < 2100", 0),
    ],
)
def test_the_first_record_that_does_not_fit_is_named(path: Path, statement: str, seq: int) -> None:
    """What came before it is handed over."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    with RawJournal(path) as journal:
        read: list[int] = []
        with pytest.raises(BrokenChain, match=f"record {seq} ") as caught:
            read.extend(row[0] for row in journal.checked())
    assert caught.value.seq == seq


def test_rows_that_go_missing_meanwhile_leave_no_quiet_end(path: Path) -> None:
    """The end is where it was when the reading began."""
    with RawJournal(path) as journal:
        reading = journal.checked()
        next(reading)
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM records WHERE seq > 1500")
        connection.close()
        with pytest.raises(BrokenChain, match="record 1501 "):
            list(reading)


def test_what_is_no_journal_is_refused(tmp_path: Path, path: Path) -> None:
    """As a reader of records would."""
    with pytest.raises(ConfigurationError, match="there is no journal"):
        RawJournal(tmp_path / "none")
    journal = RawJournal(path)
    journal.close()
    journal.close()
    with pytest.raises(JournalUnavailable, match="cannot be read"):
        journal.last_seq()
    (tmp_path / "loop").mkdir()
    with pytest.raises(JournalUnavailable, match="cannot be read"):
        RawJournal(path / "below")
