"""Every byte of a journal's files, flipped or cut off: refused by name, or exactly the records that were acknowledged.

The pages are of 512 bytes instead of 4,096, so that few of the bytes are in nobody's use and there is time for all.
"""

import os
from collections.abc import Callable, Iterator
from itertools import chain, cycle, islice
from pathlib import Path
from typing import NamedTuple

import pytest

from interlock.adapters.journal import opening
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderAccepted
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.contracts.snapshots import HISTORY, empty, folded
from interlock.testing.situations import some_terms

# By what their names end in.
Files = dict[str, bytes]
# What tells which it is, and the files.
Case = tuple[str, Files]

PAGE_BYTES = 512
DATABASE, LOG, HEAD = "", "-wal", ".head"
EVERYTHING = (DATABASE, LOG, "-shm", "-journal", HEAD)
# One bit, another one at each place; all of them; the one here and the other there.
ONE_BIT, ALL_BITS, IN_TURN = 0, 0xFF, -1

TERMS = some_terms()
RECORDS = [
    *HISTORY[:8],
    Record(A_TIME, a_bar(), events=(OrderSubmitted(terms=TERMS),)),
    Record(A_TIME, OrderAccepted(client_order_id=TERMS.client_order_id, venue_order_id="v-1", ts_event=A_TIME)),
    *HISTORY[10:],
]
# How many records there are after each commit. After the first one there is a snapshot.
COMMITS = (3, 8, 11)
STATE = repr(folded(RECORDS[: COMMITS[0]]))


class Journals(NamedTuple):
    """The files of a journal while its writer had them open, as a kill leaves them, and after it closed them."""

    killed: Files
    closed: Files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where each damaged journal is put, one after another."""
    return tmp_path / "journal.sqlite3"


@pytest.fixture(scope="module")
def journals(tmp_path_factory: pytest.TempPathFactory) -> Journals:
    """What a writer leaves."""

    path = tmp_path_factory.mktemp("whole") / "journal.sqlite3"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "PAGE_BYTES", PAGE_BYTES)
        journal = SqliteJournal(path)
    before = 0
    for after in COMMITS:
        journal.append(RECORDS[before:after])
        if not before:
            journal.snapshot(folded(RECORDS[:after]))
        before = after
    killed = taken(path)
    journal.close()
    assert killed.keys() == {DATABASE, LOG, "-shm", HEAD}
    del killed["-shm"]  # it does not outlive the machine, and is made anew
    return Journals(killed, taken(path))


def taken(path: Path) -> Files:
    """The files that there are now."""
    return {end: file.read_bytes() for end in EVERYTHING if (file := beside(path, end)).exists()}


def put(path: Path, files: Files) -> None:
    """These, and no other; new ones, so that nobody takes them for those that were there."""
    for end in EVERYTHING:
        file = beside(path, end)
        file.unlink(missing_ok=True)
        if end in files:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(descriptor, files[end])
            os.close(descriptor)


def beside(path: Path, end: str) -> Path:
    """Where the file lies whose name ends so."""
    return path.with_name(path.name + end)


def flipped(files: Files, end: str, mask: int) -> Iterator[Case]:
    """Each byte of one file in turn."""
    content = bytearray(files[end])
    for place, byte in enumerate(files[end]):
        one_bit = mask == ONE_BIT or (mask == IN_TURN and place % 2)
        content[place] ^= 1 << place % 8 if one_bit else ALL_BITS
        yield f"byte {place} of {end or 'the database'} is {content[place]}", {**files, end: bytes(content)}
        content[place] = byte


def cut(files: Files, end: str) -> Iterator[Case]:
    """Each length that is too short."""
    for length in range(len(files[end])):
        yield f"{length} bytes of {end or 'the database'}", {**files, end: files[end][:length]}


def written(path: Path) -> list[Record]:
    """By the writer, who also looks for a snapshot: it is as it was, or is passed over."""
    journal = SqliteJournal(path)
    try:
        snapshot = journal.latest_snapshot(empty())
        assert snapshot is None or repr(snapshot.state) == STATE
        return list(journal.read())
    finally:
        journal.close()


def read(path: Path) -> list[Record]:
    """By the reader, after it has asked the head file."""
    with JournalReader(path) as reader:
        reader.verify_head()
        return list(reader.read())


def in_turn(cases: Iterator[Case]) -> Iterator[tuple[Callable[[Path], list[Record]], Case]]:
    """The reader takes six of seven, and the writer, who is slower, the next."""
    return zip(cycle((*(read,) * 6, written)), cases, strict=False)


def refusal(path: Path, how: Callable[[Path], list[Record]], case: Case) -> str | None:
    """Why this is refused; None where all records are there. No other error, and no other records, are let by."""
    told, files = case
    put(path, files)
    try:
        found = how(path)
    except (JournalUnavailable, ConfigurationError) as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{told}: {how.__name__} fails with {error!r}") from error
    assert found == RECORDS, f"{told}: {how.__name__} finds {len(found)} records that are not those"
    return None


def test_the_whole_journals_are_read(path: Path, journals: Journals) -> None:
    """Or nothing here would say anything; and nearly nothing of them is in the file before its log is."""
    for files in journals:
        for how in (read, written):
            assert refusal(path, how, ("nothing", files)) is None
    assert len(journals.killed[LOG]) > len(journals.closed[DATABASE])


@pytest.mark.slow
@pytest.mark.parametrize("mask", [ONE_BIT, ALL_BITS])
def test_every_flipped_byte_of_the_database(path: Path, journals: Journals, mask: int) -> None:
    """Is refused, or in nobody's use: what is free, a header that is derived, a snapshot."""
    for how, case in in_turn(flipped(journals.closed, DATABASE, mask)):
        refusal(path, how, case)


@pytest.mark.slow
def test_every_flipped_byte_of_a_database_without_a_head_file(path: Path, journals: Journals) -> None:
    """Nobody knows how many records there were; but whoever reads the rows finds the first of them, in order."""
    bare = {DATABASE: journals.closed[DATABASE]}
    for told, files in flipped(bare, DATABASE, ALL_BITS):
        put(path, files)
        try:
            with RawJournal(path) as raw:
                rows = [(seq, kind) for seq, kind, _, _ in raw.checked()]
        except (JournalUnavailable, ConfigurationError):
            continue
        assert rows == [(seq, record.kind) for seq, record in enumerate(RECORDS[: len(rows)])], told


@pytest.mark.slow
def test_every_flipped_byte_of_the_log_is_refused(path: Path, journals: Journals) -> None:
    """SQLite drops what follows it without a word; the head file tells. And the log stays, for who can repair it."""
    for how, case in in_turn(flipped(journals.killed, LOG, IN_TURN)):
        assert refusal(path, how, case), case[0]
        assert {end: taken(path)[end] for end in case[1]} == case[1], f"{case[0]}: {how.__name__} changes the files"


@pytest.mark.slow
def test_every_flipped_byte_of_the_database_under_a_log(path: Path, journals: Journals) -> None:
    """As much of it as the log does not replace; what is refused at the opening is left as it is."""
    for how, case in in_turn(flipped(journals.killed, DATABASE, ALL_BITS)):
        refusal(path, how, case)


@pytest.mark.slow
@pytest.mark.parametrize("mask", [ONE_BIT, ALL_BITS])
def test_no_flipped_byte_of_the_head_file_matters(path: Path, journals: Journals, mask: int) -> None:
    """The other slot is good, and is never ahead of the journal."""
    for how, case in in_turn(flipped(journals.closed, HEAD, mask)):
        assert refusal(path, how, case) is None, case[0]


@pytest.mark.slow
def test_wherever_the_database_was_cut(path: Path, journals: Journals) -> None:
    """Nothing is missing without a word, and an empty file is not begun anew."""
    # The first few by the writer too, who makes a database of what is empty.
    few = ((written, case) for case in islice(cut(journals.closed, DATABASE), 20))
    for how, case in chain(few, in_turn(cut(journals.closed, DATABASE))):
        if refusal(path, how, case):
            assert taken(path)[DATABASE] == case[1][DATABASE], f"{case[0]}: {how.__name__} changes the file"


@pytest.mark.slow
def test_wherever_the_log_was_cut_it_is_refused(path: Path, journals: Journals) -> None:
    """At the end of a transaction too. And what is left of it stays."""
    for how, case in in_turn(cut(journals.killed, LOG)):
        assert refusal(path, how, case), case[0]
        left = taken(path)
        assert left[DATABASE] == case[1][DATABASE], case[0]
        assert left.get(LOG, b"") == case[1][LOG], f"{case[0]}: {how.__name__} changes the log"
