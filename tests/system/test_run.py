"""`interlock run` as a user meets it: a process of its own, its exit code, and what goes where."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from interlock.adapters.journal.sqlite import SqliteJournal

ROOT = Path(__file__).parents[2]
# The start of the console script, without asking where pip has put it.
INTERLOCK = [sys.executable, "-c", "from interlock.runner.main import main; main()"]
PROMISED = (
    "run_id, mode, account, config_digest, cycles, bars, refused_rows, decisions, denials, orders, fills, position, "
    "cash, equity, realised_pnl, fees, stop_reason, journal, log, elapsed_seconds, bars_per_second"
)
CONFIG = """
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
"""
PLUGIN = """
from attrs import frozen
from interlock import Strategy

@frozen(kw_only=True)
class Parameters:
    pass

class Raises(Strategy):
    Parameters = Parameters

    def __init__(self, parameters):
        pass

    @property
    def lookback(self):
        return 1

    def propose(self, view):
        raise ValueError("a-secret")
"""


@pytest.fixture
def environ() -> dict[str, str]:
    """This environment, without variables of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples, which a run may write beside."""
    return Path(shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("state")))


def _run(folder: Path, environ: dict[str, str], *args: str, **kwargs: Any) -> "subprocess.CompletedProcess[str]":
    command = [*INTERLOCK, "run", *args]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, **kwargs)


def test_without_a_file_it_watches_and_says_how_to_write_one(tmp_path: Path, environ: dict[str, str]) -> None:
    """A simulated market, an observer, and nothing proposed."""
    ran = _run(tmp_path, environ, "--cycles", "30")
    assert ran.returncode == 0, ran.stderr
    assert "`interlock init` writes a file to start from" in ran.stderr
    assert "NO_ACTION OBSERVING" in ran.stdout
    assert "orders          0, fills 0" in ran.stdout


def test_with_json_stdout_holds_one_object_and_everything_human_is_on_stderr(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """A script reads stdout, a person reads stderr."""
    ran = _run(tmp_path, environ, "--cycles", "30", "--json", "-v")
    assert set(PROMISED.split(", ")) <= set(json.loads(ran.stdout))
    assert ran.stdout.count("\n") == 1
    assert ran.stderr.count("closed at") == 30


@pytest.mark.slow
def test_the_example_runs_and_runs_again(examples: Path, environ: dict[str, str]) -> None:
    """Thirteen years of real bars; the second run keeps the journal of the first and comes to the same."""
    first, second = (_run(examples, environ, "-c", "aapl.toml", "--json") for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    told, again = (json.loads(ran.stdout) for ran in (first, second))
    assert (told["bars"], told["refused_rows"], told["stop_reason"]) == (3270, 0, "END_OF_DATA")
    assert told["orders"] > 0
    assert told["denials"] == {"NOTIONAL_EXCEEDS_MAX_PER_ORDER": 78}
    varies = {"run_id", "elapsed_seconds", "bars_per_second"}
    assert {key: told[key] for key in told.keys() - varies} == {key: again[key] for key in again.keys() - varies}
    assert "it is kept as state/aapl/sim/journal-1.sqlite3" in second.stderr


def test_it_goes_on_where_it_was_stopped(tmp_path: Path, environ: dict[str, str]) -> None:
    """And says what it found."""
    for bars in (7, 14):
        ran = _run(tmp_path, environ, "--cycles", "7", "--json")
        assert json.loads(ran.stdout)["bars"] == 7
        assert ("going on from record" in ran.stderr) is (bars == 14)


def test_a_second_runner_is_refused_and_told_who_runs(tmp_path: Path, environ: dict[str, str]) -> None:
    """Exit 3: nothing is wrong with the journal, somebody else writes it."""
    _run(tmp_path, environ, "--cycles", "3")
    held = SqliteJournal(tmp_path / "state" / "demo" / "sim" / "journal.sqlite3")
    ran = _run(tmp_path, environ, "--cycles", "3")
    held.close()
    assert ran.returncode == 3
    assert f"is being written by process {os.getpid()} on" in ran.stderr


def test_live_is_refused_and_explained(examples: Path, environ: dict[str, str]) -> None:
    """Exit 3, and nothing is made."""
    file = examples / "aapl.toml"
    file.write_text(file.read_text().replace('"SIM"', '"LIVE"'))
    ran = _run(examples, environ, "-c", "aapl.toml")
    assert ran.returncode == 3
    assert "nothing is started" in ran.stderr
    assert not (examples / "state").exists()


@pytest.mark.parametrize("args", [("--cycles", "0"), ("--max-seconds", "0"), ("-c", "none.toml"), ("--mode", "SIMM")])
def test_wrong_usage_is_told(tmp_path: Path, environ: dict[str, str], args: tuple[str, ...]) -> None:
    """Exit 2, and nothing on stdout."""
    ran = _run(tmp_path, environ, *args)
    assert (ran.returncode, ran.stdout) == (2, "")


def _run_plugin(folder: Path, environ: dict[str, str], source: str, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run with a strategy from a package that is installed in ``folder``."""
    (folder / "raises.py").write_text(source)
    info = folder / "raises-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: raises\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[interlock.strategies]\nraises = raises:Raises\n")
    (folder / "interlock.toml").write_text(CONFIG.replace("observer", "raises"))
    path = os.pathsep.join((str(folder), *environ.get("PYTHONPATH", "").split(os.pathsep)))
    return _run(folder, environ | {"PYTHONPATH": path}, *args)


def test_a_strategy_that_always_raises_halts_and_ends_the_run(tmp_path: Path, environ: dict[str, str]) -> None:
    """Exit 4, the place in the log, the message nowhere."""
    ran = _run_plugin(tmp_path, environ, PLUGIN, "--json", "--cycles", "50")
    assert ran.returncode == 4, ran.stderr
    assert json.loads(ran.stdout)["trading_state"] == "HALTED"
    assert "faults in a row" in ran.stderr
    log = (tmp_path / "state/sim/interlock.log").read_text()
    assert "raises.py:" in log
    assert "a-secret" not in log + ran.stderr + ran.stdout


def test_what_a_plugin_prints_goes_to_stderr(tmp_path: Path, environ: dict[str, str]) -> None:
    """When it is imported and when it is asked: stdout holds one object and nothing else."""
    source = 'print("imported")' + PLUGIN.replace('raise ValueError("a-secret")', 'return print("asked")')
    ran = _run_plugin(tmp_path, environ, source, "--json", "--cycles", "50")
    assert json.loads(ran.stdout)["trading_state"] == "HALTED"
    assert {"imported", "asked"} <= set(ran.stderr.splitlines())


@pytest.mark.parametrize("when", ["asked", "imported"])
def test_a_plugin_that_exits_does_not_end_the_process_without_a_word(
    tmp_path: Path, environ: dict[str, str], when: str
) -> None:
    """Its exit code is not ours, and a run that had begun says how it ended."""
    leave = 'raise SystemExit("a-secret")'
    source = PLUGIN.replace('raise ValueError("a-secret")', leave) if when == "asked" else leave + PLUGIN
    ran = _run_plugin(tmp_path, environ, source, "--json", "--cycles", "50")
    assert ran.returncode == (4 if when == "asked" else 70), ran.stderr
    assert "SystemExit" in ran.stderr
    assert "a-secret" not in ran.stderr
    if when == "asked":
        assert json.loads(ran.stdout)["stop_reason"] == "STATE_UNTRUSTED"


@pytest.mark.parametrize("seconds", ["nan", "inf", "0"])
def test_a_bound_that_never_comes_is_wrong_usage(tmp_path: Path, environ: dict[str, str], seconds: str) -> None:
    """Python reads nan as a number, and nothing is ever later than that."""
    ran = _run(tmp_path, environ, "--max-seconds", seconds)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--max-seconds" in ran.stderr


def test_a_state_folder_that_cannot_be_made_is_a_journal_fault(tmp_path: Path, environ: dict[str, str]) -> None:
    """Exit 5, with the reason."""
    (tmp_path / "state").write_text("")
    ran = _run(tmp_path, environ, "--cycles", "3")
    assert ran.returncode == 5
    assert "cannot be opened: not a directory: make its folder writable, or name another state_dir" in ran.stderr


def test_a_full_disk_ends_it_with_the_reason(tmp_path: Path, environ: dict[str, str]) -> None:
    """Exit 5; what the journal holds is whole, and the next run goes on from there."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))

    ran = _run(tmp_path, environ, "--cycles", "5000", "--json", preexec_fn=small)
    assert ran.returncode == 5, ran.stderr
    assert "a commit failed" in ran.stderr
    assert json.loads(ran.stdout)["stop_reason"] == "JOURNAL_FAULT"
    again = _run(tmp_path, environ, "--cycles", "5", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["bars"] == 5


def test_a_console_that_nobody_reads_ends_no_run(tmp_path: Path, environ: dict[str, str]) -> None:
    """As with `2>&1 | head`: the run comes to its end and the log says that nobody read."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ran = subprocess.run(
            [*INTERLOCK, "run", "--cycles", "9", "--json", "-v"],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=write_end,
            timeout=60,
        )
    finally:
        os.close(write_end)
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["bars"] == 9
    assert "ConsoleLost" in (tmp_path / "state/demo/sim/interlock.log").read_text()
