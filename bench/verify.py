"""How fast a long journal is verified, and in how much memory. Medians of three.

    python bench/verify.py [--records N] [--runs N]

The journal is that of a simulated run over about N bars, orders among them. Every record is held against the chain and
derived once more, and every snapshot held against what the records add up to; the head file comes last. Once with one
process, and once with as many as there are processors for us. The memory is the most that any one process held, and
that of a tenth of the journal stands beside it: it should not matter how long a journal is.
"""

import argparse
import os
import platform
import resource
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from made import journal_of

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.runner.commands.journal_parts import check

SPEED_MIN = 50_000
# getrusage tells kilobytes here, and bytes on a Mac.
_PER_MEGABYTE = 2**20 if platform.system() == "Darwin" else 2**10

Measured = tuple[float, float]


def verify(path: Path, until: int, processes: int | None) -> Measured:
    """Records a second, and megabytes. Called in a process of its own: a peak is never forgotten."""
    began = time.perf_counter()
    checked = check(path, lambda _: None, until, processes=processes)
    took = time.perf_counter() - began
    if checked.finding is not None or checked.rederived != until + 1 or checked.notes:
        raise SystemExit(f"verify found {checked.finding} {checked.notes} after {checked.records} records")
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return checked.records / took, max(peaks) / _PER_MEGABYTE


def measured(path: Path, until: int, processes: int | None, runs: int) -> Measured:
    """The medians."""
    rounds = []
    for _ in range(runs):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            rounds.append(pool.submit(verify, path, until, processes).result())
    speeds, peaks = zip(*rounds, strict=True)
    return statistics.median(speeds), statistics.median(peaks)


def made(count: int, folder: Path) -> Path:
    """The journal, made in a process of its own: what that took in memory would count as its children's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(journal_of, count, folder).result()


def main() -> None:
    """Make a journal, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000, help="how many bars: somewhat more records")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(f"verify: medians of {asked.runs}; {platform.machine()}, Python {platform.python_version()}", end="")
    print(f", {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        path = made(asked.records, Path(folder))
        with RawJournal(path) as rows:
            last = rows.last_seq()
        for name, processes in (("one process", 1), ("shared", None)):
            for until in (last // 10, last):
                speed, peak = measured(path, until, processes, asked.runs)
                print(f"  {name:<12} {until + 1:>9,} records {speed:9,.0f} a second, at most {peak:5.0f} MB a process")
        print(f"  aim: at least {SPEED_MIN:,} a second, shared")


if __name__ == "__main__":
    main()
