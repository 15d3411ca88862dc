"""How long a start takes to know where it was. Medians of five.

    python bench/recovery.py [--records N]

The start is measured at about 10,000 records and at about N (so many bars, and the orders between them), each with the
snapshot that a clean stop keeps: the journal is opened for writing, and the earlier state is read. With snapshots it
should not matter how long the journal is.
"""

import argparse
import platform
import statistics
import tempfile
import time
from pathlib import Path

from made import journal_of

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.observations import RunStarted
from interlock.core.rederive import Reasoning
from interlock.runner.commands.journal_recorded import recorded
from interlock.runner.resume import read_earlier

RUNS = 5
FEW = 10_000
RATIO_MAX = 1.5


def reasoning_of(path: Path) -> Reasoning:
    """The strategy and the rules of the run that wrote it: its second record says which."""
    with JournalReader(path) as reader:
        started = next(reader.read(1)).observation
    if not isinstance(started, RunStarted):
        raise SystemExit(f"{path}: record 1 is no RunStarted")
    return recorded(started).reasoning


def length_of(path: Path) -> int:
    """How many records it holds."""
    with RawJournal(path) as rows:
        return rows.last_seq() + 1


def start_seconds(path: Path, reasoning: Reasoning) -> float:
    """Open it, and read the earlier state."""
    began = time.perf_counter()
    journal = SqliteJournal(path)
    earlier = read_earlier(journal, reasoning.strategy, reasoning.policy, path)
    took = time.perf_counter() - began
    head = journal.head()
    journal.close()
    if earlier is None or head is None or earlier.seq != head.seq:
        raise SystemExit(f"{path} was not read to its end")
    return took


def main() -> None:
    """Make two journals, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--records", type=int, default=200_000, help="how many bars the long journal holds: somewhat more records"
    )
    asked = parser.parse_args()
    print(f"recovery: medians of {RUNS}; {platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for place, count in enumerate((FEW, asked.records)):
            below = Path(folder) / str(place)
            below.mkdir(mode=0o700)
            path = journal_of(count, below)
            made.append((path, reasoning_of(path)))
        # They take turns, so that a busy moment of the machine touches both.
        rounds = [[start_seconds(path, reasoning) for path, reasoning in made] for _ in range(RUNS)]
        few, many = (statistics.median(side) for side in zip(*rounds, strict=True))
        for (path, _), took in zip(made, (few, many), strict=True):
            print(f"  start at {length_of(path):>9,} records {took * 1_000:8.1f} ms")
        print(f"  ratio {many / few:.2f} (aim: at most {RATIO_MAX})")


if __name__ == "__main__":
    main()
