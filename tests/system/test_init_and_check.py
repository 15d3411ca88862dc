"""`interlock init` and `interlock check` as a user meets them: a process of its own, in an empty folder."""

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from interlock import __version__

if TYPE_CHECKING:
    from tests.system.conftest import Interlock

pytestmark = pytest.mark.slow


def test_a_new_user_gets_from_nothing_to_a_checked_configuration(interlock: "Interlock") -> None:
    """init, then check: both fine, and a second init refuses."""
    assert interlock("init").returncode == 0
    checked = interlock("check")
    assert checked.returncode == 0, checked.stderr
    assert "interlock.toml:6" in checked.stdout
    assert "\x1b" not in checked.stdout
    again = interlock("init")
    assert (again.returncode, again.stdout) == (2, "")
    assert "Nothing is ever overwritten" in again.stderr


def test_a_check_after_a_run_is_fine(interlock: "Interlock") -> None:
    """The folder that a run makes is one that a check trusts."""
    assert interlock("run", "--cycles", "2").returncode == 0
    checked = interlock("check")
    assert checked.returncode == 0, checked.stdout
    assert "is private and writable" in checked.stdout


def test_stdout_holds_one_object_whatever_happens(interlock: "Interlock") -> None:
    """Fine, wrong, refused: a script can always read the answer."""
    for args, code in (((), 0), (("--mode", "LIVE"), 3), (("--mode", "X"), 2), (("-c", "none.toml"), 2)):
        answer = interlock("check", "--json", *args)
        assert answer.returncode == code
        assert json.loads(answer.stdout)["exit_code"] == code
        assert "Traceback" not in answer.stderr


def test_an_unknown_variable_stops_a_check(interlock: "Interlock") -> None:
    """The environment holds nothing of risk, and no typing errors."""
    answer = interlock("check", env=interlock.environ | {"INTERLOCK_MODES": "SIM"})
    assert answer.returncode == 2
    assert "did you mean INTERLOCK_MODE?" in answer.stdout


def test_a_reader_that_leaves_ends_it_without_a_word(interlock: "Interlock") -> None:
    """As with `| head -0`: no traceback, and the end that the signal would have made."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        answer = interlock("check", stdout=gone)
    assert answer.returncode == -signal.SIGPIPE
    assert answer.stderr == ""


_HEAVY = """
import sys
from interlock.runner.main import run
code = run(sys.argv[1:])
heavy = {"pandas", "numpy", "exchange_calendars", "rich", "tenacity"} & set(sys.modules)
sys.exit(f"heavy: {sorted(heavy)}" if heavy or code else 0)
"""


@pytest.mark.parametrize("args", [["--version"], ["-h"], ["check", "-h"], ["init", "-h"]])
def test_what_runs_nothing_imports_nothing_heavy(interlock: "Interlock", args: list[str]) -> None:
    """A word about the version must not cost a calendar."""
    answer = interlock(*args, program=_HEAVY)
    assert answer.returncode == 0, answer.stderr
    assert args != ["--version"] or answer.stdout == f"interlock {__version__}\n"


def test_a_market_that_never_closes_loads_no_calendar(interlock: "Interlock") -> None:
    """`check` on 24/7 pays for no exchange's holidays."""
    light = _HEAVY.replace(', "rich", "tenacity"', "")
    answer = interlock("check", program=light)
    assert answer.returncode == 0, answer.stderr
