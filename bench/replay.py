"""How fast 500,000 one-minute bars are replayed: the core, the whole run, backtrader, and a bare integer loop.

    python bench/replay.py [--bars N] [--runs N] [--profile]

Correctness first: (a) and (b) must make the fills and end with the equity of the integer loop, or this fails.
"""

import argparse
import cProfile
import gc
import platform
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

from market import FAST, INSTRUMENT, OPENING_CENTS, SLOW, START, Row, as_bars, right_answer, rows

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.cycle import Cycle, Parts
from interlock.core.market import Bar
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened
from interlock.core.records import Record
from interlock.core.reports import OrderFilled
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.registry import RULES
from interlock.core.strategies.moving_average_cross import MovingAverageCross, MovingAverageCrossParameters

Answer = tuple[int, int]
# A run that has ended: asked, it says what it came to. What it kept lives until then.
Ended = Callable[[], Answer]

# Every control is on, with limits that this run never reaches: the work is done, and nothing is denied.
LIMITS: dict[str, dict[str, object]] = {
    "allowed_instruments": {"instruments": ("SIM",)},
    "session": {},
    "data_age": {"limit_seconds": Decimal(60)},
    "price_jump": {"limit": Decimal("0.20")},
    "max_order_quantity": {"limit": Decimal(1)},
    "max_order_notional": {"limit": Decimal(100_000)},
    "price_collar": {"limit": Decimal("0.05")},
    "free_cash": {},
    "max_position": {"limit": Decimal(1)},
    "order_rate": {"entries": 60, "exits": 60, "window_seconds": Decimal(3600)},
    "daily_loss": {"limit": Decimal(50_000)},
}


def core_records(bars: list[Bar]) -> list[Record]:
    """What (a) keeps, for whoever measures journals."""
    return list(core(bars)[1].read())


def core_answer(ended: tuple[Cycle, MemoryJournal]) -> Answer:
    """What a run of (a) came to, as its journal tells it."""
    cycle, journal = ended
    fills = sum(1 for record in journal.read() if isinstance(record.observation, OrderFilled))
    return fills, int(cycle.view.equity.scaleb(2))


def core(bars: list[Bar]) -> tuple[Cycle, MemoryJournal]:
    """(a) The core with a memory journal."""
    options = PaperOptions(slippage_bps=Decimal(0), fee_bps=Decimal(0), fee_fixed=Decimal(0), participation="ignore")
    venue = PaperVenue.from_options(options, instrument=INSTRUMENT)
    journal = MemoryJournal()
    parts = Parts(
        strategy=MovingAverageCross(MovingAverageCrossParameters(fast=FAST, slow=SLOW, quantity=Decimal(1))),
        policy=RulePolicy(
            [RULES[name](RULES[name].Limits(**limits)) for name, limits in LIMITS.items()],  # type: ignore[call-arg]
            fees=venue.fees,
            limits_version="bench",
        ),
        execution=venue,
        journal=journal,
        calendar=AlwaysOpen(),
    )
    cycle = Cycle(parts)
    opened = JournalOpened(
        journal_id="bench0000000",
        mode=RunMode.SIM,
        account="bench",
        currency="USD",
        opening_cash=Decimal(OPENING_CENTS).scaleb(-2),
        instrument=INSTRUMENT,
        interval_seconds=60,
    )
    cycle.open(opened, START)
    for bar in bars:
        cycle.step(bar, bar.ts_event)
    return cycle, journal


def whole(feed: MemoryFeed, folder: Path, limits: dict[str, dict[str, object]] = LIMITS) -> Answer:
    """(b) The whole run: configuration, wiring, loop, SQLite journal, log and summary, in SIM."""
    from rich.console import Console

    from interlock.runner.config.load import load
    from interlock.runner.loop import Bounds
    from interlock.runner.narrator import Narrator
    from interlock.runner.session import RunSession

    file = folder / "bench.toml"
    file.write_text(_toml(limits), encoding="utf-8")
    with (folder / "console.txt").open("w", encoding="utf-8") as text:
        narrator = Narrator(Console(file=text), verbose=False)
        ended = RunSession(load(file, environ={}), Bounds(), narrator, verbose=False, feed=feed).run()
    return ended.tally.fills, int(ended.view.equity.scaleb(2))


def _toml(limits: dict[str, dict[str, object]]) -> str:
    tables = []
    for name, keys in limits.items():
        tables.append(f"[risk.{name}]")
        for key, value in keys.items():
            shown = list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Decimal) else value
            tables.append(f"{key} = {shown!r}".replace("'", '"'))
    return "\n".join(
        (
            f'account = "bench"\nopening_cash = "{OPENING_CENTS // 100}"\nstate_dir = "state"',
            '[[instruments]]\nsymbol = "SIM"\ntick_size = "0.01"\nlot_size = "1"\ncalendar = "24/7"',
            '[market_data]\nadapter = "simulated"\ninterval = "1m"',
            f'[strategy]\nname = "moving_average_cross"\nfast = {FAST}\nslow = {SLOW}\nquantity = "1"',
            *tables,
            '[execution]\nslippage_bps = "0"\nfee_bps = "0"\nfee_fixed = "0"\nparticipation = "ignore"\n',
        )
    )


def backtrader(made: list[Row]) -> Callable[[], Ended]:
    """The rival, on the same bars: same averages, same rule, one unit, market orders at the next open."""
    from rival import answer, loaded, run

    bars = loaded(made)
    return lambda: partial(answer, run(bars))


def timed(work: Callable[[], Ended], expected: Answer | None) -> float:
    """Seconds for one run, from loaded bars to the last bar's end; leaves when the answer is not the right one.

    Whoever runs, what it came to is counted, and what it kept is let go, after the clock has stopped.
    """
    gc.collect()
    began = time.perf_counter()
    ended = work()
    took = time.perf_counter() - began
    answer = ended()
    if expected is not None and answer != expected:
        sys.exit(f"wrong answer: fills and equity are {answer}, the integer loop says {expected}")
    return took


def main() -> None:
    """Measure, check, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="show where the time of (a) goes, and measure nothing")
    parser.add_argument("--without-rival", action="store_true")
    asked = parser.parse_args()
    made = rows(asked.bars)
    bars = as_bars(made)
    expected = right_answer(made)
    if asked.profile:
        profiler = cProfile.Profile()
        profiler.runcall(core, bars)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
        return

    feed = MemoryFeed(bars)
    # The digest that identifies the data: a file's is taken when it is opened, that of preloaded bars beforehand.
    feed.describe()

    def whole_run() -> Ended:
        with tempfile.TemporaryDirectory() as folder:
            answer = whole(feed, Path(folder))
        return lambda: answer

    def integer_loop() -> Ended:
        answer = right_answer(made)
        return lambda: answer

    contestants: dict[str, tuple[Callable[[], Ended], Answer | None]] = {
        "integer loop": (integer_loop, expected),
        "(a) core, memory journal": (lambda: partial(core_answer, core(bars)), expected),
        "(b) whole run, SQLite": (whole_run, expected),
    }
    if not asked.without_rival:
        contestants["backtrader"] = (backtrader(made), None)
    # What is loaded stays: the collector need not look at it again and again, whoever is being measured.
    gc.collect()
    gc.freeze()
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    print(f"{asked.bars:,} bars, median of {asked.runs}; the right answer: {expected[0]} fills, equity {expected[1]}")
    # One round after another, so that a busy moment of the machine touches everybody.
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(asked.runs):
        for name, (work, right) in contestants.items():
            seconds[name].append(timed(work, right))
    speeds = {name: asked.bars / statistics.median(each) for name, each in seconds.items()}
    rival = speeds.get("backtrader")
    for name, speed in speeds.items():
        ratio = f"  {speed / rival:6.2f} times backtrader" if rival else ""
        print(f"{name:<26}{speed:>12,.0f} bars/s{ratio}")


if __name__ == "__main__":
    main()
