"""What the journal costs beside bare SQLite: synced appends, and appends in groups. Medians of five.

    python bench/journal.py [--synced N] [--grouped N]

The rival is a table of the same four columns that is given the same rows, ready made: same write-ahead log, same
synchronous=FULL. What is measured on our side is encoding, hash chain, insert, commit and head file. Grouped: a
thousand records handed over and committed; gathered: handed over one by one, as a run does in SIM, and committed alike.
"""

import argparse
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from made import records_of

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.records import Record

RUNS = 5
GROUP = 1_000
SYNCED_RATIO_MAX = 1.3
GROUPED_SHARE_MIN = 0.4

BareRow = tuple[int, str, str, str]


def bare(path: Path) -> sqlite3.Connection:
    """SQLite as the journal uses it, and nothing else."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE records (seq INTEGER PRIMARY KEY, kind TEXT, body TEXT, hash TEXT)")
    return connection


def insert(connection: sqlite3.Connection, rows: Sequence[BareRow]) -> None:
    """One transaction."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
    connection.execute("COMMIT")


def synced(folder: Path, records: Sequence[Record], rows: Sequence[BareRow]) -> tuple[float, float]:
    """Seconds of the journal and of bare SQLite, each record on disk before the next. They take turns at every
    record, so that a busy moment of the disk touches both."""
    connection, journal = bare(folder / "bare.sqlite3"), SqliteJournal(folder / "ours.sqlite3")
    ours = theirs = 0.0
    for record, row in zip(records, rows, strict=True):
        began = time.perf_counter()
        insert(connection, (row,))
        between = time.perf_counter()
        journal.append((record,), durable=True)
        theirs += between - began
        ours += time.perf_counter() - between
    journal.close()
    connection.close()
    return ours, theirs


def grouped(
    folder: Path, records: Sequence[Record], rows: Sequence[BareRow], at_once: int = GROUP
) -> tuple[float, float]:
    """Seconds of the journal and of bare SQLite, one commit for a thousand records. They take turns at every group.

    ``at_once`` is how many records the journal is handed at a time: a run hands over few.
    """
    connection, journal = bare(folder / "bare.sqlite3"), SqliteJournal(folder / "ours.sqlite3", group=GROUP)
    ours = theirs = 0.0
    for first in range(0, len(rows), GROUP):
        began = time.perf_counter()
        insert(connection, rows[first : first + GROUP])
        between = time.perf_counter()
        for begin in range(first, first + GROUP, at_once):
            journal.append(records[begin : begin + at_once], durable=False)
        journal.flush()
        theirs += between - began
        ours += time.perf_counter() - between
    journal.close()
    connection.close()
    return ours, theirs


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synced", type=int, default=500, help="records in a round of synced appends")
    parser.add_argument("--grouped", type=int, default=20_000, help="records in a round of grouped appends")
    asked = parser.parse_args()
    records = records_of(max(asked.synced, asked.grouped))
    rows = [(seq, record.kind, encode(record).decode(), "0" * 64) for seq, record in enumerate(records)]
    print(f"journal: medians of {RUNS}; {platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    one_by_one = partial(grouped, at_once=1)
    measured = (
        ("synced", synced, asked.synced),
        ("grouped", grouped, asked.grouped),
        ("gathered", one_by_one, asked.grouped),
    )
    for name, measure, count in measured:
        rounds = []
        for _ in range(RUNS):
            with tempfile.TemporaryDirectory() as folder:
                rounds.append(measure(Path(folder), records[:count], rows[:count]))
        ours, theirs = (statistics.median(side) / count * 1_000_000 for side in zip(*rounds, strict=True))
        print(f"  {name:<8} {ours:9.1f} us a record, bare SQLite {theirs:9.1f} us", end="")
        if name == "synced":
            print(f"; {ours / theirs:.2f} times as long (aim: at most {SYNCED_RATIO_MAX})")
        else:
            print(f"; {theirs / ours:.0%} of its speed (aim: at least {GROUPED_SHARE_MIN:.0%})")


if __name__ == "__main__":
    main()
