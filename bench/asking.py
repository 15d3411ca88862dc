"""How long a question takes, as a person types it: whole commands in processes of their own. Medians.

    python bench/asking.py [--records N] [--runs N] [--keep FOLDER]

The journal holds about N records (so many bars, and the orders between them; now and then an entry is denied, for there
may be few an hour). It is made in FOLDER and left there, and used again where it is there already. Each figure is the
time that passed, with the start of the interpreter; beside it the time that the processor worked, which says more on a
busy machine.
"""

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from attrs import frozen
from made import journal_of

from interlock.adapters.journal.decision_codec import decode_decided
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite_reader import JournalReader

RUNS = 5
EXPLAIN_MAX = 0.3
DECISIONS_MAX = 0.5
# A bar, and what comes between bars, in records.
RECORDS_A_BAR = 1.0585
FEW_ENTRIES = {"entries": 3, "exits": 60, "window_seconds": Decimal(3600)}
SEED = 5


@frozen(kw_only=True)
class Question:
    """A command, and within how many seconds it should have answered."""

    name: str
    words: tuple[str, ...]
    aim: float


def journal_in(folder: Path, records: int) -> Path:
    """The journal there, made if it is not."""
    path = folder / "state" / "sim" / "journal.sqlite3"
    if path.exists():
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return journal_of(int(records / RECORDS_A_BAR), folder, order_rate=FEW_ENTRIES)


def questions(path: Path) -> list[Question]:
    """What is asked of it, at places that are the same each time."""
    chance = random.Random(SEED)
    with JournalReader(path) as reader, RawJournal(path) as rows:
        last = rows.last_seq()
        snapshots = reader.snapshots()
        middle = next(stretch for stretch in rows.stretches(last) if stretch.first >= last // 2 and stretch.tally)
        seq = chance.randrange(last // 4, last)
        at = next(rows.checked(seq, seq))
        # Behind the longest way that there is to fold.
        worst = max(pairwise(snapshots), key=lambda pair: pair[1] - pair[0])[1] - 1
    orders = middle.tally.orders if middle.tally is not None else None
    when = decode_decided(at[1], at[2]).ts_init.isoformat().replace("+00:00", "Z")
    journal, order = str(path), orders.first if orders is not None else ""
    explain = ("explain", "--journal", journal)
    decisions = ("decisions", journal)
    asked = [
        Question(name=f"explain {seq} (any record)", words=(*explain, str(seq)), aim=EXPLAIN_MAX),
        Question(name=f"explain {worst} (just before a snapshot)", words=(*explain, str(worst)), aim=EXPLAIN_MAX),
        Question(name=f"explain {order}", words=(*explain, order), aim=EXPLAIN_MAX),
        Question(name=f"explain --at {when}", words=(*explain, "--at", when), aim=EXPLAIN_MAX),
    ]
    asked += [
        Question(name=f"explain {way}", words=(*explain, way), aim=EXPLAIN_MAX)
        for way in ("--last", "--last-order", "--last-denied")
    ]
    for words in (
        (),
        ("--newest",),
        ("--json",),
        ("--after", str(seq)),
        ("--outcome", "denied"),
        ("--reason", "order_working"),
        ("--reason", "window_not_full", "--newest"),
        ("--rule", "max_position"),
        ("--from", when, "--outcome", "approved"),
    ):
        name = " ".join(("decisions", *words))
        asked.append(Question(name=name, words=(*decisions, *words), aim=DECISIONS_MAX))
    return asked


def timed(words: tuple[str, ...]) -> tuple[float, float]:
    """Seconds that passed, and seconds of processor time, for one command in a process of its own."""
    began, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [Path(sys.executable).with_name("interlock"), *words], capture_output=True, text=True, check=False
    )
    took, after = time.perf_counter() - began, os.times()
    if done.returncode:
        raise SystemExit(f"interlock {' '.join(words)} ended with {done.returncode}: {done.stderr}")
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return took, worked


def main() -> None:
    """Make a journal, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="about how many records the journal holds")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each question is asked")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the journal is made, stays, and is found")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as below:
        path = journal_in(asked.keep or Path(below), asked.records)
        with RawJournal(path) as rows:
            length = rows.last_seq() + 1
        size = path.stat().st_size / 2**20
        machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
        print(f"asking: {length:,} records, {size:,.0f} MiB; medians of {asked.runs}; {machine}")
        for question in questions(path):
            rounds = [timed(question.words) for _ in range(asked.runs)]
            took, worked = (statistics.median(side) for side in zip(*rounds, strict=True))
            met = "" if took <= question.aim else "  MISSED"
            print(f"  {question.name:<60} {took:6.3f} s, processor {worked:6.3f} s (aim: {question.aim} s){met}")


if __name__ == "__main__":
    main()
