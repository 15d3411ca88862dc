"""`interlock run` as a user meets it: a process of its own, its exit code, and what goes where."""

import json
import os
import resource
from typing import TYPE_CHECKING

import pytest

from interlock.adapters.journal.sqlite import SqliteJournal

if TYPE_CHECKING:
    from tests.system.conftest import Interlock

# Each of these starts processes.
pytestmark = pytest.mark.slow

PROMISED = (
    "run_id, mode, account, config_digest, cycles, bars, refused_rows, decisions, denials, orders, fills, position, "
    "cash, equity, realised_pnl, fees, stop_reason, journal, log, elapsed_seconds, bars_per_second"
)
RAISE = 'raise ValueError("a-secret")'


def test_without_a_file_it_watches_and_says_how_to_write_one(interlock: "Interlock") -> None:
    """A simulated market, an observer, and nothing proposed."""
    ran = interlock("run", "--cycles", "30")
    assert ran.returncode == 0, ran.stderr
    assert "`interlock init` writes a file to start from" in ran.stderr
    assert "NO_ACTION OBSERVING" in ran.stdout
    assert "orders          0, fills 0" in ran.stdout


def test_with_json_stdout_holds_one_object_and_everything_human_is_on_stderr(interlock: "Interlock") -> None:
    """A script reads stdout, a person reads stderr."""
    ran = interlock("run", "--cycles", "30", "--json", "-v")
    assert set(PROMISED.split(", ")) <= set(json.loads(ran.stdout))
    assert ran.stdout.count("\n") == 1
    assert ran.stderr.count("closed at") == 30


def test_the_example_runs_and_runs_again(examples: "Interlock") -> None:
    """Thirteen years of real bars; the second run keeps the journal of the first and comes to the same."""
    first, second = (examples("run", "-c", "aapl.toml", "--json") for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    told, again = (json.loads(ran.stdout) for ran in (first, second))
    assert (told["bars"], told["refused_rows"], told["stop_reason"]) == (3270, 0, "END_OF_DATA")
    assert told["orders"] > 0
    assert told["denials"] == {"NOTIONAL_EXCEEDS_MAX_PER_ORDER": 78}
    varies = {"run_id", "elapsed_seconds", "bars_per_second"}
    assert {key: told[key] for key in told.keys() - varies} == {key: again[key] for key in again.keys() - varies}
    assert "it is kept as state/aapl/sim/journal-1.sqlite3" in second.stderr


def test_it_goes_on_where_it_was_stopped(interlock: "Interlock") -> None:
    """And says what it found."""
    for bars in (7, 14):
        ran = interlock("run", "--cycles", "7", "--json")
        assert json.loads(ran.stdout)["bars"] == 7
        assert ("going on from record" in ran.stderr) is (bars == 14)


def test_a_second_runner_is_refused_and_told_who_runs(interlock: "Interlock") -> None:
    """Exit 3: nothing is wrong with the journal, somebody else writes it."""
    interlock("run", "--cycles", "3")
    held = SqliteJournal(interlock.folder / "state" / "demo" / "sim" / "journal.sqlite3")
    ran = interlock("run", "--cycles", "3")
    held.close()
    assert ran.returncode == 3
    assert f"is being written by process {os.getpid()} on" in ran.stderr


def test_live_is_refused_and_explained(examples: "Interlock") -> None:
    """Exit 3, and nothing is made."""
    file = examples.folder / "aapl.toml"
    file.write_text(file.read_text().replace('"SIM"', '"LIVE"'))
    ran = examples("run", "-c", "aapl.toml")
    assert ran.returncode == 3
    assert "nothing is started" in ran.stderr
    assert not (examples.folder / "state").exists()


@pytest.mark.parametrize("args", [("--cycles", "0"), ("--max-seconds", "0"), ("-c", "none.toml"), ("--mode", "SIMM")])
def test_wrong_usage_is_told(interlock: "Interlock", args: tuple[str, ...]) -> None:
    """Exit 2, and nothing on stdout."""
    ran = interlock("run", *args)
    assert (ran.returncode, ran.stdout) == (2, "")


def test_a_script_finds_one_object_whatever_keeps_a_run_from_starting(interlock: "Interlock") -> None:
    """Usage, configuration, refusal, journal and a defect: exit code and words, and the problems that `check` lists."""

    def answered(*args: str) -> tuple[int, str, list[dict[str, object]]]:
        ran = interlock("run", "--json", *args)
        assert ran.stdout.count("\n") == 1, ran.stderr
        data = json.loads(ran.stdout)
        assert list(data) == ["exit_code", "error", "problems"]
        assert data["exit_code"] == ran.returncode
        assert str(data["error"]).splitlines()[0] in ran.stderr
        return data["exit_code"], data["error"], data["problems"]

    assert answered("--cycles", "0")[0] == 2
    assert answered("--nonsense")[0] == 2
    interlock.configure(cash="much", mode="SIMM")
    code, error, problems = answered()
    assert (code, len(problems)) == (2, 2)
    assert problems == json.loads(interlock("check", "--json").stdout)["problems"]
    assert "the configuration has 2 problems" in error
    interlock.configure(mode="LIVE")
    assert answered()[::2] == (3, [])
    (interlock.folder / "state").write_text("")
    interlock.configure()
    assert answered()[::2] == (5, [])
    interlock.plant(RAISE, first='raise SystemExit("a-secret")')
    assert answered()[::2] == (70, [])


def test_a_strategy_that_always_raises_halts_and_ends_the_run(interlock: "Interlock") -> None:
    """Exit 4, the place in the log, the message nowhere."""
    interlock.plant(RAISE)
    ran = interlock("run", "--json", "--cycles", "50")
    assert ran.returncode == 4, ran.stderr
    assert json.loads(ran.stdout)["trading_state"] == "HALTED"
    assert "faults in a row" in ran.stderr
    log = (interlock.folder / "state/sim/interlock.log").read_text()
    assert "planted.py:" in log
    assert "a-secret" not in log + ran.stderr + ran.stdout


def test_a_run_that_ends_halted_does_not_end_with_0(interlock: "Interlock") -> None:
    """One fault does not end a run, and a script learns of it all the same; so does one that goes on from there."""
    interlock.plant(
        "if view.bars_seen == 3: raise ValueError\n        return NoAction('TEST.NOTHING')",
        first="from interlock import NoAction",
    )
    ran = interlock("run", "--cycles", "9")
    assert ran.returncode == 4, ran.stderr
    halted = "ended HALTED: FAULT_IN_STRATEGY: the strategy failed: ValueError ("
    assert f"\ntrading         {halted}" in ran.stdout
    assert "what to do: Fix the strategy; the log holds the trace." in ran.stdout
    assert ran.stderr.count("    what to do: Fix the strategy") == 1
    again = interlock("run", "--cycles", "9", "--json")
    assert again.returncode == 4
    assert json.loads(again.stdout)["trading_state"] == "HALTED"
    assert f"interlock: trading {halted}" in again.stderr


def test_what_a_plugin_prints_goes_to_stderr(interlock: "Interlock") -> None:
    """When it is imported and when it is asked: stdout holds one object and nothing else."""
    interlock.plant('return print("asked")', first='print("imported")')
    ran = interlock("run", "--json", "--cycles", "50")
    assert json.loads(ran.stdout)["trading_state"] == "HALTED"
    assert {"imported", "asked"} <= set(ran.stderr.splitlines())


@pytest.mark.parametrize("when", ["asked", "imported"])
def test_a_plugin_that_exits_does_not_end_the_process_without_a_word(interlock: "Interlock", when: str) -> None:
    """Its exit code is not ours: a run that had begun goes on watching, and the plugin is told as what it is."""
    leave = 'raise SystemExit("a-secret")'
    interlock.plant(leave if when == "asked" else RAISE, first=leave if when == "imported" else "")
    ran = interlock("run", "--json", "--cycles", "50")
    assert ran.returncode == (4 if when == "asked" else 70), ran.stderr
    assert "SystemExit" in ran.stderr
    assert "a-secret" not in ran.stderr
    if when == "asked":
        assert json.loads(ran.stdout)["stop_reason"] == "FAULTS_EXCEEDED"
        assert "trading is HALTED: FAULT_IN_STRATEGY" in ran.stderr


@pytest.mark.parametrize("error", ["GeneratorExit", "KeyboardInterrupt", "type('Unheard', (BaseException,), {})"])
def test_whatever_a_plugin_raises_is_told_without_its_message(interlock: "Interlock", error: str) -> None:
    """While a run listens to signals, even what looks like Ctrl-C is the plugin's, and no traceback shows it."""
    interlock.plant(f"raise {error}('a-secret')")
    ran = interlock("run", "--json", "--cycles", "50")
    assert ran.returncode == 4, ran.stderr
    assert json.loads(ran.stdout)["stop_reason"] in ("FAULTS_EXCEEDED", "STATE_UNTRUSTED")
    assert "Traceback" not in ran.stderr
    assert "a-secret" not in ran.stderr


@pytest.mark.parametrize("seconds", ["nan", "inf", "0"])
def test_a_bound_that_never_comes_is_wrong_usage(interlock: "Interlock", seconds: str) -> None:
    """Python reads nan as a number, and nothing is ever later than that."""
    ran = interlock("run", "--max-seconds", seconds)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--max-seconds" in ran.stderr


def test_a_state_folder_that_cannot_be_made_is_a_journal_fault(interlock: "Interlock") -> None:
    """Exit 5, with the reason."""
    (interlock.folder / "state").write_text("")
    ran = interlock("run", "--cycles", "3")
    assert ran.returncode == 5
    assert "cannot be opened: not a directory: make its folder writable, or name another state_dir" in ran.stderr


def test_a_full_disk_ends_it_with_the_reason(interlock: "Interlock") -> None:
    """Exit 5; what the journal holds is whole, and the next run goes on from there."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))

    ran = interlock("run", "--cycles", "5000", "--json", preexec_fn=small)
    assert ran.returncode == 5, ran.stderr
    assert "a commit failed" in ran.stderr
    assert "What to do: " in ran.stderr
    assert json.loads(ran.stdout)["stop_reason"] == "JOURNAL_FAULT"
    again = interlock("run", "--cycles", "5", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["bars"] == 5


def test_a_console_that_nobody_reads_ends_no_run(interlock: "Interlock") -> None:
    """As with `2>&1 | head`: the run comes to its end and the log says that nobody read."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ran = interlock("run", "--cycles", "9", "--json", "-v", stderr=write_end)
    finally:
        os.close(write_end)
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["bars"] == 9
    assert "ConsoleLost" in (interlock.folder / "state/demo/sim/interlock.log").read_text()
