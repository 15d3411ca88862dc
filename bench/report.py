"""How long ``interlock report`` takes, and how large its page is. Exits with 1 where a limit is missed.

    python bench/report.py [--bars N] [--runs N]

What is timed is the whole command, a process of its own from start to end, by the clock on the wall: once on thirteen
years of daily AAPL bars (the example), once on N bars of one minute.
"""

import argparse
import os
import platform
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


def interlock(*args: str) -> float:
    """Seconds that the command took."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", START, *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def measured(journal: Path, page: Path, runs: int) -> tuple[float, int]:
    """The median of the seconds, and the bytes of the page."""
    took = statistics.median(interlock("report", str(journal), "-o", str(page)) for _ in range(runs))
    return took, page.stat().st_size


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
        took, size = measured(daily, page, asked.runs)
        print(f"  13 years of daily bars  {took:6.2f} s of {SECONDS_MAX:.2f} s, {size / 1e6:5.2f} MB")
        long = journal_of(asked.bars, folder)
        long_took, long_size = measured(long, page, 1)
        print(
            f"  {asked.bars:>9,} minute bars {long_took:8.2f} s, {long_size / 1e6:5.2f} MB of {BYTES_MAX / 1e6:.0f} MB"
        )
    sys.exit(took > SECONDS_MAX or size > BYTES_MAX or long_size > BYTES_MAX)


if __name__ == "__main__":
    main()
