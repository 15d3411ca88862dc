"""SIM and PAPER need no network: in a namespace without one, not even a loopback, they do what they always do."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from .conftest import Interlock

UNSHARE: Final = shutil.which("unshare")
STRACE: Final = shutil.which("strace")
ALONE: Final = [UNSHARE or "unshare", "--user", "--map-root-user", "--net"]
# Whether a socket can reach anything: proof that the namespace is empty, and that this test could notice.
REACHES: Final = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"


def available() -> bool:
    """Whether this system lets us have a namespace of our own."""
    return UNSHARE is not None and subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode == 0


pytestmark = [pytest.mark.slow, pytest.mark.skipif(not available(), reason="no network namespace can be had here")]


def test_there_is_nothing_to_reach() -> None:
    """Not even ourselves: the interface is down."""
    ran = subprocess.run([*ALONE, sys.executable, "-c", REACHES], check=False, capture_output=True, text=True)
    assert "Network is unreachable" in ran.stderr


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_a_run_without_a_network_is_a_run(mode: str, interlock: "Interlock") -> None:
    """It trades on paper, stops as it should, and verifies."""
    interlock.configure(
        mode=mode,
        cash="100000",
        strategy="moving_average_cross",
        parameters='fast = 1\nslow = 2\nquantity = "1"',
        interval_seconds="0.01",
    )
    start = "from interlock.runner.main import main; main()"
    command = [*ALONE, sys.executable, "-c", start]
    ran = subprocess.run(
        [*command, "run", "--cycles", "50", "--json"],
        cwd=interlock.folder,
        env=interlock.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["cycles"] == 50
    verified = subprocess.run(
        [*command, "journal", "verify"], cwd=interlock.folder, env=interlock.environ, capture_output=True, check=False
    )
    assert verified.returncode == 0


@pytest.mark.skipif(STRACE is None, reason="there is no strace here")
@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_not_one_socket_is_even_made(mode: str, interlock: "Interlock", tmp_path: Path) -> None:
    """Every system call of the run, and of whatever it starts, is looked at."""
    interlock.configure(mode=mode, interval_seconds="0.01")
    calls = tmp_path / "calls"
    start = "from interlock.runner.main import main; main()"
    traced = [str(STRACE), "-f", "-e", "trace=socket,connect", "-o", str(calls)]
    probed = [*traced, sys.executable, "-c", "import socket; socket.socket()"]
    subprocess.run(probed, check=True, timeout=60)
    assert "AF_INET" in calls.read_text(), "this test would notice nothing"
    ran = subprocess.run(
        [*traced, sys.executable, "-c", start, "run", "--cycles", "20"],
        cwd=interlock.folder,
        env=interlock.environ,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "AF_INET" not in calls.read_text()
