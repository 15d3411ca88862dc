"""What hangs is ended, or left behind: the process says why, ends in time, and the next one goes on."""

import os
import signal
from time import monotonic
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Interlock

pytestmark = pytest.mark.slow

# Bars as fast as they are looked for, and little patience.
IMPATIENT = 'adapter_seconds = "1"\nwatchdog_seconds = "3"\n'
FOR_EVER = "__import__('threading').Event().wait()"
FEED = """
import threading
from interlock.adapters.market_data.simulated import SimulatedFeed

class Stuck(SimulatedFeed):
    is_io = True

    def _take(self, deadline):
        if self._items >= 3 and {in_next}:
            threading.Event().wait()
        return super()._take(deadline)

    def close(self):
        if self._items >= 3 and {in_close}:
            threading.Event().wait()
        super().close()

    if {thread}:
        threading.Thread(target=threading.Event().wait).start()
"""
# Above what a start costs on a busy machine, and far below for ever.
BOUND = 30


def impatient(interlock: "Interlock", **changes: str) -> None:
    """The configuration that is there, with little patience and many changes."""
    file = interlock.folder / "interlock.toml"
    text = file.read_text().replace('replay_speed = "60"', 'replay_speed = "6000"')
    for before, after in changes.items():
        text = text.replace(f'{before} = "simulated"', f'{before} = "{after}"')
    file.write_text(text.replace("faults_max = 2", "faults_max = 1000000") + IMPATIENT)


def plant_feed(interlock: "Interlock", **where: bool) -> None:
    """Install and configure a feed of a package's own, which hangs from its fourth item on."""
    hangs = {"in_next": False, "in_close": False, "thread": False} | where
    (interlock.folder / "stuck.py").write_text(FEED.format(**hangs))
    info = interlock.folder / "stuck-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stuck\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[interlock.market_data]\nstuck = stuck:Stuck\n")
    interlock.configure(mode="PAPER", interval_seconds="0.05")
    path = os.pathsep.join((str(interlock.folder), *interlock.environ.get("PYTHONPATH", "").split(os.pathsep)))
    interlock.environ = interlock.environ | {"PYTHONPATH": path}
    impatient(interlock, adapter="stuck")


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_a_strategy_that_never_answers_is_ended_and_the_next_start_says_so(interlock: "Interlock", mode: str) -> None:
    """Exit 6, with the place on stderr and in the log; no value of the strategy's; then the run goes on."""
    interlock.plant(FOR_EVER, mode=mode, interval_seconds="0.05")
    impatient(interlock)
    ended = interlock("run", "--cycles", "5")
    assert ended.returncode == 6, ended.stderr
    assert "interlock: the cycle has not moved for 3 s, at " in ended.stderr
    assert "planted.py:" in ended.stderr
    assert "the watchdog ends the process (exit 6)" in ended.stderr
    log = (interlock.folder / "state" / mode.lower() / "interlock.log").read_text().splitlines()
    assert '"Hung"' in log[-1]
    assert "planted.py:" in log[-1]

    (interlock.folder / "planted.py").write_text((interlock.folder / "planted.py").read_text().replace(FOR_EVER, "1/0"))
    again = interlock("run", "--cycles", "5")
    assert again.returncode == 4
    assert "crashed: HUNG: the cycle has not moved for 3 s, at " in again.stderr


def test_a_feed_that_never_answers_halts_with_a_reason_and_a_signal_ends_the_run(interlock: "Interlock") -> None:
    """The run goes on, HALTED; one SIGINT ends it, recorded and closed, though the feed's thread hangs for ever."""
    plant_feed(interlock, in_next=True)
    with interlock.started("run", until="ADAPTER_LATE: an adapter was late: market data: next did not return") as run:
        began = monotonic()
        run.send_signal(signal.SIGINT)
        assert run.wait(BOUND) == 4
        assert monotonic() - began < BOUND
    assert "SIGNAL" in interlock("journal", "tail", "-n", "1").stdout


def test_a_feed_that_never_closes_keeps_nobody(interlock: "Interlock") -> None:
    """The stop is as clean as any, and in time."""
    plant_feed(interlock, in_close=True)
    ended = interlock("run", "--cycles", "50")
    assert ended.returncode == 0, ended.stderr


def test_a_thread_that_a_plugin_leaves_running_keeps_nobody(interlock: "Interlock") -> None:
    """Python would wait for it for ever; the exit code is that of the run."""
    plant_feed(interlock, thread=True)
    ended = interlock("run", "--cycles", "5")
    assert ended.returncode == 0, ended.stderr
