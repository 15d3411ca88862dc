"""How long ``interlock report`` takes, and how large its page is. Exits with 1 where a limit is missed.

    python bench/report.py [--bars N] [--runs N]

What is timed is the whole command, a process of its own from start to end: once on thirteen years of daily AAPL bars
(the example), once on N bars of one minute. The limit is on CPU seconds, which another program on the machine does not
change much; by the clock on the wall it takes as long where nothing else runs.
"""

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made import journal_of

ROOT = Path(__file__).parents[1]
START = "from interlock.runner.main import main; main()"
SECONDS_MAX = 3.0
BYTES_MAX = 20_000_000


def interlock(*args: str) -> tuple[float, float]:
    """Seconds that the command took, by the processor and by the wall."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", START, *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - began


def measured(name: str, journal: Path, page: Path, runs: int) -> tuple[float, int]:
    """Print the medians; CPU seconds, and the bytes of the page."""
    rounds = [interlock("report", str(journal), "-o", str(page)) for _ in range(runs)]
    used, took = (statistics.median(column) for column in zip(*rounds, strict=True))
    size = page.stat().st_size
    print(f"  {name:<26} {used:6.2f} s of CPU, {took:6.2f} s, a page of {size / 1e6:5.2f} MB")
    return used, size


def main() -> None:
    """Make the journals, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=500_000, help="how many bars of one minute")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(f"report: medians of {asked.runs}; {platform.machine()}, Python {platform.python_version()}", end="")
    print(f", {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        examples = shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("state"))
        interlock("run", "-c", str(examples / "aapl.toml"))
        (daily,) = examples.rglob("journal.sqlite3")
        page = folder / "page.html"
        took, size = measured("13 years of daily bars", daily, page, asked.runs)
        long = journal_of(asked.bars, folder)
        _, long_size = measured(f"{asked.bars:,} minute bars", long, page, 1)
    print(f"  limits: {SECONDS_MAX:.0f} s of CPU for the daily bars, {BYTES_MAX / 1e6:.0f} MB for either page")
    sys.exit(took > SECONDS_MAX or size > BYTES_MAX or long_size > BYTES_MAX)


if __name__ == "__main__":
    main()
