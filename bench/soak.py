"""Sixty simulated days of PAPER with orders, at top speed: is anything growing, and is any cycle unaccounted for?

    python bench/soak.py [--days N]

One-minute bars of a market that is open around the clock: 1,440 cycles are expected a day. The operational clock jumps
instead of waiting; everything else is as a user runs it. After some of the days, while the run goes on, `interlock
journal verify` holds every record against the chain and derives it once more. Fails when a promise does not hold.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from attrs import define, field, frozen
from rich.console import Console
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.market import Bar, Silence
from interlock.core.observations import CycleOverran
from interlock.core.records import OrderSubmitted
from interlock.runner.config.load import load
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession

DAYS: Final = 60
BARS_A_DAY: Final = 24 * 60
# One wake for each bar: sixty domain seconds pass in one operational second.
CONFIGURATION: Final = """
run_mode = "PAPER"
account = "soak"
opening_cash = "100000"
state_dir = "state"
[[instruments]]
symbol = "SOAK"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "simulated"
interval = "1m"
replay_speed = "60"
bars = {bars}
[strategy]
name = "moving_average_cross"
fast = 5
slow = 20
quantity = "1"
[risk.allowed_instruments]
instruments = ["SOAK"]
[risk.session]
[risk.free_cash]
[risk.data_age]
limit_seconds = "180"
[risk.max_order_quantity]
limit = "1"
[risk.max_order_notional]
limit = "100000"
[risk.max_position]
limit = "1"
[risk.price_collar]
limit = "0.5"
[execution]
adapter = "paper"
slippage_bps = "1"
fee_bps = "1"
fee_fixed = "0"
participation = "ignore"
[loop]
interval_seconds = "1"
"""
# Beyond these it is no longer flat. An interpreter's own allocator gives and takes a few MiB.
RSS_GROWTH_MAX_MIB: Final = 8.0
EXPLAINED_SHARE_MIN: Final = 0.999
# Five files of 10 MiB, each of which may run over by one event.
LOG_BYTES_MAX: Final = 51 * 1024 * 1024
SAMPLES: Final = 40
INTERLOCK: Final = "from interlock.runner.main import main; main()"


@frozen(kw_only=True)
class Sample:
    """What the process held when so many cycles had been."""

    cycles: int
    rss_mib: float
    handles: int
    log_bytes: int


# mutable: it is filled while the run goes on
@define(kw_only=True)
class Soak:
    """What a soak came to."""

    days: int
    samples: list[Sample] = field(factory=list)
    # After which day the journal was verified, and how many records were derived once more.
    nights: list[tuple[int, int]] = field(factory=list)
    bars: int = 0
    orders: int = 0
    silences: int = 0
    overrun: int = 0
    elapsed_seconds: float = 0.0
    error: str | None = None

    @property
    def expected(self) -> int:
        """One cycle for every minute."""
        return self.days * BARS_A_DAY

    @property
    def explained_share(self) -> float:
        """How many of the expected cycles are a bar, a silence or an overrun on record."""
        return min(1.0, (self.bars + self.silences + self.overrun) / self.expected)

    @property
    def first_tenth(self) -> list[Sample]:
        """The beginning; not the very first moments, in which everything is made."""
        return self.samples[1 : max(2, len(self.samples) // 10 + 1)]

    @property
    def rss_growth_mib(self) -> float:
        """From the most that was held in the first tenth to the end."""
        return self.samples[-1].rss_mib - max(sample.rss_mib for sample in self.first_tenth)

    @property
    def handles_growth(self) -> int:
        """From the most that were open in the first tenth to the end."""
        return self.samples[-1].handles - max(sample.handles for sample in self.first_tenth)

    def complaints(self) -> list[str]:
        """Every promise that does not hold."""
        found = [] if self.error is None else [self.error]
        if self.rss_growth_mib > RSS_GROWTH_MAX_MIB:
            found.append(f"memory grew by {self.rss_growth_mib:.1f} MiB")
        if self.handles_growth > 0:
            found.append(f"{self.handles_growth} more files are open than at the beginning")
        if self.samples[-1].log_bytes > LOG_BYTES_MAX:
            found.append(f"the log takes {self.samples[-1].log_bytes:,} bytes")
        if self.explained_share < EXPLAINED_SHARE_MIN:
            found.append(f"only {self.explained_share:.3%} of the expected cycles are explained")
        if self.orders < self.days:
            found.append(f"only {self.orders} orders: nothing was tried")
        return found


class WatchedClock(SimulatedClock):
    """Jumps instead of waiting, and calls ``look`` with the number of seconds that have passed before each jump."""

    def __init__(self) -> None:
        super().__init__(datetime(2026, 1, 1, tzinfo=UTC))
        self.look: Callable[[float], None] = _nothing

    @override
    def sleep_until(self, deadline: float) -> bool:
        self.look(self.monotonic())
        return super().sleep_until(deadline)


def _nothing(_: float) -> None:
    """Before the run there is nothing to look at."""


class Watching:
    """Looks at the process now and then, and has the journal verified at night."""

    def __init__(self, folder: Path, soak: Soak, nights: set[int]) -> None:
        self._folder = folder
        self._soak = soak
        self._nights = sorted(nights)
        self._every = soak.expected // SAMPLES
        self._next = 0

    def look(self, seconds: float) -> None:
        """A cycle takes one second of the operational clock."""
        if seconds >= self._next:
            self._next += self._every
            self._soak.samples.append(sample(self._folder, int(seconds)))
        if self._nights and seconds >= self._nights[0] * BARS_A_DAY:
            self._soak.nights.append((self._nights.pop(0), verified(self._folder)))


def sample(folder: Path, cycles: int) -> Sample:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    logs = folder.glob("state/paper/interlock.log*")
    return Sample(
        cycles=cycles,
        rss_mib=pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        handles=sum(1 for _ in Path("/proc/self/fd").iterdir()),
        log_bytes=sum(log.stat().st_size for log in logs),
    )


def verified(folder: Path) -> int:
    """How many records were derived once more by ``interlock journal verify``, beside the running writer."""
    done = subprocess.run(
        [sys.executable, "-c", INTERLOCK, "journal", "verify", "--mode", "PAPER", "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"the journal does not verify: {done.stdout} {done.stderr}")
    return int(json.loads(done.stdout)["rederived"])


def soak(folder: Path, days: int, nights: set[int]) -> Soak:
    """Run so many days in ``folder``; verify after these."""
    (folder / "interlock.toml").write_text(CONFIGURATION.format(bars=days * BARS_A_DAY))
    made, clock = Soak(days=days), WatchedClock()
    clock.look = Watching(folder, made, nights - {days}).look
    began = time.perf_counter()
    # What is said to people is said to nobody: kept, it would be what grows.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        loaded = load(folder / "interlock.toml", environ={})
        bounds = Bounds(interval_seconds=1, heartbeat_seconds=3600)
        narrator = Narrator(Console(file=nowhere), verbose=False)
        ended = RunSession(loaded, bounds, narrator, verbose=False, clock=clock).run()
    made.error = ended.error
    made.nights.append((days, verified(folder)))
    made.elapsed_seconds = time.perf_counter() - began
    with JournalReader(folder / "state" / "paper" / "journal.sqlite3") as reader:
        for record in reader.read():
            observation = record.observation
            made.bars += isinstance(observation, Bar)
            made.silences += isinstance(observation, Silence)
            made.overrun += observation.missed if isinstance(observation, CycleOverran) else 0
            made.orders += sum(isinstance(event, OrderSubmitted) for event in record.events)
    return made


def main() -> None:
    """Soak, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS, help="how many simulated days")
    days = parser.parse_args().days
    print(f"soak: {days} days of PAPER; {platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        made = soak(Path(folder), days, {night for night in (1, 2, 5, 10, 20, 40) if night < days})
    print(f"  {made.elapsed_seconds:.0f} s; {made.orders:,} orders; verified after days {made.nights}")
    print(
        f"  {made.expected:,} cycles expected: {made.bars:,} bars, {made.silences:,} silences, "
        f"{made.overrun:,} overrun; {made.explained_share:.3%} on record"
    )
    for each in (*made.samples[:: SAMPLES // 10], made.samples[-1]):
        print(
            f"  {each.cycles:>7,} cycles {each.rss_mib:7.1f} MiB {each.handles:3} files {each.log_bytes:>12,} log bytes"
        )
    print(f"  memory {made.rss_growth_mib:+.1f} MiB and files {made.handles_growth:+} from the first tenth to the end")
    if complaints := made.complaints():
        raise SystemExit("; ".join(complaints))


if __name__ == "__main__":
    main()
