"""A journal is checked in parts as it is in one pass: the verdict is the same, whatever was done to it."""

import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interlock.adapters.journal.codec import GENESIS, chain
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.snapshots import digest_of
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.cycle import Cycle, Parts
from interlock.core.market import Bar
from interlock.core.observations import RunStarted
from interlock.runner.commands.journal_check import Part, check_part
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_parts import check, even_length, parts
from interlock.runner.config.canonical import canonical
from interlock.runner.container import Wiring
from interlock.testing.rehearsal import folded

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home


def _long(home: "Home") -> Path:
    """Runs that end with snapshots, the last of them under another configuration."""
    for cycles in (12, 9, 20, 3):
        home.run(cycles=cycles)
    bars = [item for item in home.feed if isinstance(item, Bar)]
    loaded = home.loaded(quantity="4", slow="7")
    made: Parts = Wiring(loaded, MemoryFeed(bars)).container().resolve(Parts)
    cycle = Cycle(made, folded(made.journal.read(), made))
    cycle.resume()
    now = bars[43].ts_event
    started = RunStarted(
        run_id="r", started_at=now, build="other", config_digest=loaded.digest,
        configuration=canonical(loaded.config), feed="memory",
    )  # fmt: skip
    cycle.note(started, now)
    for place, bar in enumerate(bars[44:70]):
        cycle.step(bar, bar.ts_event)
        cycle.keep_snapshot(always=place % 9 == 0)
    made.journal.close()
    return home.journal


def _last(journal: Path) -> int:
    with RawJournal(journal) as rows:
        return rows.last_seq()


def _cut(journal: Path, length_min: int) -> list[Part]:
    with JournalReader(journal) as reader:
        until = _last(journal)
        return list(parts(journal, until, [seq for seq in reader.snapshots() if 0 <= seq <= until], length_min))


def _together(journal: Path, length_min: int) -> Checked:
    """What the parts come to, one after the other in this process."""
    checked = Checked()
    for part in _cut(journal, length_min):
        checked.go_on(check_part(journal, part))
        if checked.finding is not None:
            break
    return checked


def _seal(connection: sqlite3.Connection) -> None:
    """Make every hash, and every snapshot's digest, fit what is there: what somebody does who knows how."""
    digest = GENESIS
    for seq, kind, body in connection.execute("SELECT seq, kind, body FROM records ORDER BY seq").fetchall():
        digest = chain(digest, seq, kind, body.encode())
        connection.execute("UPDATE records SET hash = ? WHERE seq = ?", (digest.hex(), seq))
    for seq, body, at in connection.execute(
        "SELECT seq, snapshots.body, records.hash FROM snapshots JOIN records USING (seq)"
    ).fetchall():
        values = at, digest_of(seq, at, body.encode()), seq
        connection.execute("UPDATE snapshots SET record_hash = ?, digest = ? WHERE seq = ?", values)


# In a record, in a snapshot's state, in its landmarks; some that change no value, and some that are not there.
CHANGES = (
    ("records", '"outcome":"', '"outcome":"NOT_'),
    ("records", '"close":"1', '"close":"2'),
    ("records", '"ts_init":"', '"ts_init": "'),
    ("records", '"run_id":"', '"run_id":"x'),
    ("records", '"config_digest":"', '"config_digest":"x'),
    ("records", "{", ""),
    ("snapshots", '"bars_seen":', '"bars_seen":1'),
    ("snapshots", '"started":', '"started":1'),
    ("snapshots", '"stopped":', '"stopped":1'),
    ("snapshots", '"version":"', '"version":"9'),
    ("snapshots", "{", ""),
)


@pytest.mark.slow
def test_parts_and_one_pass_agree(home: "Home") -> None:
    """On what holds and on what does not: the same finding, notes and counts, wherever the journal is cut."""
    journal = _long(home)
    sound = journal.with_name("sound")
    shutil.copyfile(journal, sound)
    last = _last(journal)
    seqs = st.integers(0, last)
    change = st.tuples(st.sampled_from(CHANGES), seqs)

    @example(changes=[], gone=None, sealed=True, length_min=1)
    @given(
        changes=st.lists(change, max_size=3), gone=st.none() | seqs, sealed=st.booleans(), length_min=st.integers(1, 30)
    )
    def agree(changes: list[tuple[tuple[str, str, str], int]], gone: int | None, sealed: bool, length_min: int) -> None:
        shutil.copyfile(sound, journal)
        with sqlite3.connect(journal) as connection:
            for (table, old, new), seq in changes:
                # The first at or after ``seq`` in which it stands.
                connection.execute(
                    f"UPDATE {table} SET body = replace(body, ?1, ?2) WHERE seq = "
                    f"(SELECT min(seq) FROM {table} WHERE seq >= ?3 AND instr(body, ?1))",
                    (old, new, seq),
                )
            if gone is not None:
                connection.execute("DELETE FROM records WHERE seq = ?", (gone,))
            if sealed:
                _seal(connection)
        connection.close()
        with JournalReader(journal) as reader:
            every = tuple(seq for seq in reader.snapshots() if seq <= last)
        one_pass = check_part(journal, Part(first=0, until=_last(journal), snapshots=every))
        assert _together(journal, length_min).as_data() == one_pass.as_data()
        if not changes and gone is None:
            assert (one_pass.finding, one_pass.records, one_pass.rederived) == (None, last + 1, last + 1)
            assert len(every) > 5

    agree()


def test_a_journal_is_cut_at_its_snapshots(home: "Home") -> None:
    """Nothing is left out and nothing is checked twice; each part holds the snapshot that the next begins with."""
    journal = _long(home)
    cut = _cut(journal, 1)
    assert len(cut) > 5
    assert cut[0].first == 0
    assert cut[-1].until == _last(journal)
    for part, after in pairwise(cut):
        assert after.first == part.until + 1
        assert part.until in part.snapshots
    assert [(part.first, part.until) for part in _cut(journal, 10_000)] == [(0, _last(journal))]


@pytest.mark.parametrize(
    ("records", "processes", "length"),
    [(1_000_000, 2, 38_462), (200_000, 2, 33_334), (80_001, 2, 20_001), (90_000, 8, 20_000)],
)
def test_each_process_has_as_many_parts_as_the_others(records: int, processes: int, length: int) -> None:
    """And none so short that its beginning counts."""
    assert even_length(records, 40_000, processes) == length


def test_no_part_begins_behind_a_snapshot_that_a_start_would_pass_over(home: "Home") -> None:
    """It belongs to a longer part then, which tells of it."""
    journal = _long(home)
    whole = _cut(journal, 1)
    with sqlite3.connect(journal) as connection:
        connection.execute("UPDATE snapshots SET digest = 'x' WHERE seq = ?", (whole[1].until,))
    connection.close()
    cut = _cut(journal, 1)
    assert [part.first for part in cut] == [part.first for part in whole if part != whole[2]]
    (note,) = _together(journal, 1).notes
    assert f"the snapshot at record {whole[1].until} was passed over" in note


@pytest.mark.parametrize("landmark", ["started", "stopped"])
def test_a_snapshot_that_names_another_run_is_a_finding(home: "Home", landmark: str) -> None:
    """Though its state is right and its digest fits: a start would ask for the wrong configuration."""
    home.run(cycles=9)
    journal = home.run(cycles=9)
    with sqlite3.connect(journal) as connection:
        (seq,) = connection.execute("SELECT max(seq) FROM snapshots").fetchone()
        (earlier,) = connection.execute(
            "SELECT min(seq) FROM records WHERE kind = ?", (f"Run{landmark.capitalize()}",)
        ).fetchone()
        connection.execute(
            f"UPDATE snapshots SET body = json_set(body, '$.landmarks.{landmark}', ?) WHERE seq = ?", (earlier, seq)
        )
        _seal(connection)
    connection.close()
    finding = check(journal, lambda _: None, _last(journal)).finding
    assert finding is not None
    what = f"the snapshot after it holds another state: landmarks.{landmark} is not what follows"
    assert (finding.seq, finding.what, finding.recorded) == (seq, what, str(earlier))


def _told(path: Path, change: Callable[[sqlite3.Connection], object]) -> list[str]:
    with sqlite3.connect(path) as connection:
        change(connection)
    connection.close()
    checked = check(path, lambda _: None, _last(path))
    assert checked.finding is None
    return checked.notes


def test_snapshots_that_belong_to_no_record_are_told_of(home: "Home") -> None:
    """They say that there was more; the records are held against the head file, not against them."""
    journal = home.run(cycles=9)
    (note,) = _told(journal, lambda to: to.execute("INSERT INTO snapshots VALUES (9999, 'a', 'b', 'c')"))
    assert "the snapshot at record 9999 was passed over" in note


def test_a_table_of_snapshots_that_cannot_be_read_is_told_of(home: "Home") -> None:
    """The records do not need it."""
    journal = home.run(cycles=9)
    (note,) = _told(journal, lambda to: to.execute("ALTER TABLE snapshots RENAME COLUMN seq TO place"))
    assert "the table of snapshots cannot be read" in note


@pytest.mark.slow
def test_processes_share_the_check(home: "Home") -> None:
    """And come to what one comes to; how far it is comes part by part."""
    journal = _long(home)
    until = _last(journal)
    looks: list[int] = []
    shared = check(journal, looks.append, until, processes=2, part_records=8)
    assert shared.as_data() == check(journal, lambda _: None, until, processes=1).as_data()
    assert looks[-1] == until + 1
    assert 3 < len(looks) < until
    home.change(20, '"ts_init":"', '"ts_init": "')
    found = check(journal, lambda _: None, until, processes=2, part_records=8).finding
    assert found is not None
    assert found.seq == 20


# Begins a process as a check does, tells which, gives it work without end, and is killed.
KILLED = """
import os, signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from interlock.runner.commands.journal_parts import begin_process
pool = ProcessPoolExecutor(1, get_context("spawn"), begin_process)
print(pool.submit(os.getpid).result(), flush=True)
pool.submit(signal.pause)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="nothing tells of the end of a process that is not a child")
def test_a_process_ends_with_its_parent() -> None:
    """A check that is killed leaves nothing behind that waits for more work."""
    # Not through a pipe's end: whoever is left behind would hold it open.
    with tempfile.TemporaryFile() as told:
        ended = subprocess.run([sys.executable, "-c", KILLED], stdout=told, timeout=60, check=False)
        assert ended.returncode == -signal.SIGKILL
        told.seek(0)
        left = int(told.read())
    try:
        watched = os.pidfd_open(left)
    except ProcessLookupError:
        return  # gone already
    try:
        gone, _, _ = select.select([watched], [], [], 60)
    finally:
        os.close(watched)
    assert gone
