"""``interlock journal verify`` holds each tally against the records that it is of, in one pass and in parts."""

import sqlite3
from contextlib import closing
from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.journal.tallies import digest_of
from interlock.core.records import Record
from interlock.core.rederive import Rederivation
from interlock.runner.commands.journal_check import check_part
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_parts import check, parts
from interlock.runner.commands.journal_verify import as_text

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

EVERY = 7


# Made once: four runs take longer than a check of what they leave.
_MADE: list[tuple[str, bytes]] = []


@pytest.fixture
def journal(home: "Home", monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of several runs, each with a snapshot at its end, in short stretches."""
    folder = home.journal.parent
    if not _MADE:
        monkeypatch.setattr(SqliteJournal, "__init__", partialmethod(SqliteJournal.__init__, tally_every=EVERY))
        for cycles in (12, 9, 20, None):
            home.run(cycles=cycles)
        _MADE.extend((file.name, file.read_bytes()) for file in sorted(folder.glob("journal.sqlite3*")))
    home.loaded()
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    for name, content in _MADE:
        (folder / name).touch(0o600)
        (folder / name).write_bytes(content)
    return home.journal


def verified(path: Path) -> Checked:
    """What a check comes to, the same in parts and in one pass."""
    with JournalReader(path) as reader, RawJournal(path) as rows:
        until, snapshots = rows.last_seq(), [seq for seq in reader.snapshots() if seq <= rows.last_seq()]
    whole = check(path, lambda _: None, until, processes=1)
    in_parts = Checked()
    for part in parts(path, until, snapshots, 10):
        if in_parts.finding is None:
            in_parts.go_on(check_part(path, part))
    assert in_parts.tallies_passed_over == whole.tallies_passed_over
    assert in_parts.finding is None or in_parts.finding == whole.finding
    return whole


def sealed(path: Path, first: int, old: str, new: str) -> None:
    """A tally that says something else, with a digest that fits: what somebody does who knows how it works."""
    with closing(sqlite3.connect(path)) as connection:
        last, record_hash, body = connection.execute(
            "SELECT last, record_hash, body FROM tallies WHERE first = ?", (first,)
        ).fetchone()
        assert old in body
        body = body.replace(old, new, 1)
        digest = digest_of(first, last, record_hash, body.encode())
        connection.execute("UPDATE tallies SET body = ?, digest = ? WHERE first = ?", (body, digest, first))
        connection.commit()


def test_every_tally_holds(journal: Path) -> None:
    """Of all runs, also where a part begins in the middle of a stretch."""
    with closing(sqlite3.connect(journal)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM tallies").fetchone()
        (records,) = connection.execute("SELECT count(*) FROM records").fetchone()
    assert count == records // EVERY > 8
    checked = verified(journal)
    assert (checked.finding, checked.tallies_passed_over) == (None, {})


@pytest.mark.parametrize("first", [0, 7, 14, 42, 77])
def test_a_tally_that_says_something_else_is_a_finding(journal: Path, first: int) -> None:
    """Named by the last of its records, and by what differs."""
    sealed(journal, first, '"NO_ACTION","', '"NO_ACTION","X')
    finding = verified(journal).finding
    assert finding is not None
    assert finding.seq == first + EVERY - 1
    assert (
        f"the tally of the records {first} to {finding.seq} says something else than they do: decisions" in finding.what
    )
    assert (finding.recorded[:1], finding.recorded[1:]) == ("X", finding.derived)


def test_a_record_is_found_before_the_tally_that_it_is_in(journal: Path, home: "Home") -> None:
    """What was changed comes first, whatever its stretch says."""
    home.change(16, "2020-01-02T", "2020-01-03T", chained=False)
    sealed(journal, 14, '"Bar":', '"Bat":')
    finding = verified(journal).finding
    assert finding is not None
    assert finding.seq == 16


def test_a_tally_is_found_before_a_record_behind_it(
    journal: Path, home: "Home", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though records are read, and derived, some at a time."""
    sealed(journal, 14, '"Bar":', '"Bat":')
    derive, taken = Rederivation.derive, iter(range(22))

    def breaking(self: Rederivation, *observed: Any) -> Record:
        next(taken)
        return derive(self, *observed)

    monkeypatch.setattr(Rederivation, "derive", breaking)
    checked = check(journal, lambda _: None, len(home.rows()) - 1, processes=1)
    assert checked.finding is not None
    assert (checked.finding.seq, checked.records, checked.rederived) == (20, 20, 21)


def test_damaged_tallies_are_told_of_and_are_no_finding(journal: Path) -> None:
    """They only spare reading; each is told of once."""
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("UPDATE tallies SET body = 'x' WHERE first IN (7, 42)")
        connection.execute("UPDATE tallies SET record_hash = 'x' WHERE first = 14")
        connection.commit()
    checked = verified(journal)
    assert checked.finding is None
    assert sorted(checked.notes[-2:]) == [
        "2 tallies were passed over, and the records read instead: it does not match its digest: it was changed",
        "the tally from record 14 on was passed over, and the records read instead: the last of its records is another "
        "one, or missing",
    ]
    assert checked.as_data()["notes"] == checked.notes
    assert as_text(journal, checked).endswith("\nevery record holds; what was passed over only spares reading them")


def test_a_tally_of_records_that_are_not_there_tells_of_a_cut(journal: Path) -> None:
    """Where no head file and no snapshot does; one that is damaged tells nothing."""
    with RawJournal(journal) as rows:
        last = rows.last_seq()
    counted = last - (last + 1) % EVERY
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("DELETE FROM records WHERE seq >= ?", (counted - 2,))
        connection.execute("DELETE FROM snapshots WHERE seq >= ?", (counted - 2,))
        connection.commit()
    journal.with_name(f"{journal.name}.head").unlink()
    finding = verified(journal).finding
    assert finding is not None
    assert finding.what == f"a tally was kept after record {counted}, which is not there: the journal was cut"
    assert finding.derived == f"record {counted - 3} is the last"
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("UPDATE tallies SET digest = 'x' WHERE last = ?", (counted,))
        connection.commit()
    assert verified(journal).finding is None


def test_a_record_that_cannot_be_counted_is_named(journal: Path, home: "Home") -> None:
    """Where its decision is none, though it fits into the chain."""
    rows = home.rows()
    at = next(seq for seq, _, body in rows if seq > 20 and '"NO_ACTION"' in body)
    home.change(at, '"outcome":"NO_ACTION"', '"outcome":7')
    finding = verified(journal).finding
    assert finding is not None
    assert finding.seq == at
