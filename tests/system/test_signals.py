"""Signals to a real process: one stops it politely, any number is harmless, a second one a moment later forces."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

INTERLOCK = [sys.executable, "-c", "from interlock.runner.main import main; main()"]
# No test waits for time to pass: it waits for output, or for the end of the process, at most this long.
PATIENCE = 30
READY = "Ctrl-C ends it"
HOURLY = """
run_mode = "SIM"
account = "demo"
opening_cash = "1000"
state_dir = "state"
[[instruments]]
symbol = "TEST"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "simulated"
interval = "1m"
[strategy]
name = "observer"
[execution]
adapter = "paper"
slippage_bps = "1"
fee_bps = "1"
fee_fixed = "0"
participation = "0.1"
[loop]
interval_seconds = "3600"
"""
STUCK = """
import sys
from attrs import frozen
from interlock import Strategy

@frozen(kw_only=True)
class Parameters:
    pass

class Stuck(Strategy):
    Parameters = Parameters

    def __init__(self, parameters):
        pass

    @property
    def lookback(self):
        return 1

    def propose(self, view):
        print("stuck now", file=sys.stderr, flush=True)
        while True:
            pass
"""


@contextmanager
def _running(folder: Path, until: str = READY, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    """A run that has said ``until``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
    with subprocess.Popen(
        [*INTERLOCK, "run", "--json"],
        cwd=folder,
        env=clean | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if until in line:
                    break
            else:
                pytest.fail(f"it ended with {process.wait()} and never said {until!r}")
            yield process
        finally:
            process.kill()


def _ended(process: "subprocess.Popen[str]") -> tuple[str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert json.loads(out)["stop_reason"] == "SIGNAL"
    return out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_finishes_the_cycle_and_says_the_summary(tmp_path: Path, number: signal.Signals) -> None:
    """At once on stderr, then on record; exit 0."""
    with _running(tmp_path) as process:
        process.send_signal(number)
        _, err = _ended(process)
    assert f"interlock: {number.name}: stopping after this cycle" in err
    assert "the run stops: SIGNAL" in err


def test_a_wait_of_an_hour_is_interrupted_at_once(tmp_path: Path) -> None:
    """Nobody waits for the next cycle."""
    (tmp_path / "interlock.toml").write_text(HOURLY)
    with _running(tmp_path) as process:
        began = monotonic()
        process.send_signal(signal.SIGTERM)
        _ended(process)
        assert monotonic() - began < 5


def test_five_hundred_signals_are_one_stop(tmp_path: Path) -> None:
    """Both kinds, mixed, until the process is gone: its end stays a clean one."""
    with _running(tmp_path) as process:
        for nth in range(500):
            process.send_signal(signal.SIGINT if nth % 2 else signal.SIGTERM)
        _, err = _ended(process)
    assert err.count("stopping after this cycle") == 1


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    """The stop lost nothing."""
    for _ in range(2):
        with _running(tmp_path) as process:
            process.send_signal(signal.SIGTERM)
            _ended(process)
    with _running(tmp_path, until="going on from record") as process:
        process.send_signal(signal.SIGTERM)
        _ended(process)


def test_a_second_signal_ends_a_run_that_hangs(tmp_path: Path) -> None:
    """At once and safely: exit 4, and the next run goes on with what was committed."""
    (tmp_path / "stuck.py").write_text(STUCK)
    info = tmp_path / "stuck-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stuck\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[interlock.strategies]\nstuck = stuck:Stuck\n")
    (tmp_path / "interlock.toml").write_text(HOURLY.replace("observer", "stuck"))
    path = os.pathsep.join((str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    with _running(tmp_path, until="stuck now", PYTHONPATH=path) as process:
        code = None
        for _ in range(PATIENCE * 10):  # ends: at the first signal that comes half a second after the first
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        assert code == 4
        assert process.stderr is not None
        assert "forced to stop at once" in process.stderr.read()
    with _running(tmp_path, until="going on from record", PYTHONPATH=path):
        pass
