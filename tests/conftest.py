"""What holds for every test, and what many need: one small configuration to change."""

import gc
import json
import os
import shutil
import signal
import sqlite3
import stat
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

# Images for containers forbid Python to keep what it has compiled. Every worker, and every process that a test starts,
# would compile everything anew: a third of what the fast suite takes. Said before the imports that it speeds up.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import pytest  # noqa: E402
from hypothesis import Phase, settings  # noqa: E402

from interlock.runner.log_grammar import complaints  # noqa: E402

pytest.register_assert_rewrite("interlock.testing")

# Under nohup, or in the background of a script, these are ignored in every process that the tests start: here they are
# as at a terminal.
for number, usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """A test that leaves a signal ignored leaves it so in every process that later tests start, and Ctrl-C is lost."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    left = {number: signal.getsignal(number) for number in before}
    for number, handler in before.items():
        signal.signal(number, handler)
    assert left == before, "this test has left a signal with another meaning"


@pytest.fixture(autouse=True, scope="session")
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the program leaves among temporary files, the trace of a defect say, goes where the tests' own go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))
        patch.setattr(tempfile, "tempdir", None)
        yield


# `make test` draws every example that a property asks for; `make fast` and `make check` no more than these of any.
QUICK_EXAMPLES = 10
settings.register_profile("interlock", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=QUICK_EXAMPLES)
# For the mutants: the first example that fails is enough, and nobody reads the smallest one.
settings.register_profile(
    "caught",
    deadline=None,
    max_examples=20,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
    database=None,
)
settings.load_profile("interlock")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: Python need not look through it for garbage, ever again."""
    gc.collect()
    gc.freeze()
    # And seldom through what is young: a test leaves little, and is soon over.
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Behind whoever shuffles and sorts."""
    _slow_ones_first(items)
    if settings.get_current_profile_name() == "quick":
        _cap(items)


def _slow_ones_first(items: list[pytest.Item]) -> None:
    """For each worker, which begins with an equal part of the whole: at the end none is left alone with a long one.
    What stood together stays together, for what its module makes once."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    kinds = [[item for item in items if (item.get_closest_marker("slow") is None) is fast] for fast in (False, True)]
    items[:] = [
        item
        for worker in range(workers)
        for kind in kinds
        for item in kind[len(kind) * worker // workers : len(kind) * (worker + 1) // workers]
    ]


def _cap(items: list[pytest.Item]) -> None:
    """In the fast suite no property draws more than ``QUICK_EXAMPLES``, whatever number stands beside it."""
    for item in items:
        # A state machine's settings are its class's. A property's are its function's, by a name of Hypothesis's own.
        for holder, name in (("cls", "settings"), ("function", "_hypothesis_internal_use_settings")):
            holding = getattr(item, holder, None)
            own = getattr(holding, name, None)
            if isinstance(own, settings) and own.max_examples > QUICK_EXAMPLES:
                setattr(holding, name, settings(own, max_examples=QUICK_EXAMPLES))


CONFIGURATION = """
run_mode = "{mode}"
account = "{account}"
opening_cash = "{cash}"
state_dir = "state"
[[instruments]]
symbol = "TEST"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "simulated"
interval = "1m"
replay_speed = "60"
{market_data}
[strategy]
name = "{strategy}"
{parameters}
[execution]
adapter = "paper"
slippage_bps = "1"
fee_bps = "1"
fee_fixed = "0"
participation = "0.1"
[loop]
interval_seconds = "{interval_seconds}"
faults_max = 2
"""


DEFAULTS = {
    "mode": "SIM",
    "account": "demo",
    "cash": "1000",
    "market_data": "",
    "strategy": "observer",
    "parameters": "",
    "interval_seconds": "1",
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Whatever a test lets a run write into its log is what is stated of the log: each line, of every run."""
    answer = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is not None and item.get_closest_marker("other_lines") is None:
        wrong = [each for line in _log_lines(folder) for each in complaints(line)]
        assert not wrong, "the log is not what runner/log_events.py states:\n" + "\n".join(wrong)
    return answer


def _log_lines(folder: Path) -> Iterator[dict[str, Any]]:
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names if name.startswith("interlock.log")):
            if stat.S_ISREG(path.lstat().st_mode) and os.access(path, os.R_OK):
                for line in path.read_bytes().splitlines():
                    try:
                        yield json.loads(line)
                    except ValueError:
                        continue  # half a line, of a run that was killed or of a disk that was full


@pytest.fixture(scope="session")
def forget_snapshots() -> Callable[[Path], None]:
    """Takes the snapshots out of a journal, so that a start has to read every record of it."""

    def forget(journal: Path) -> None:
        with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
            connection.execute("DELETE FROM snapshots")

    return forget


@pytest.fixture(scope="session")
def configuration() -> Callable[..., str]:
    """The text of a configuration that works and says all of itself, with what the test changes of ``DEFAULTS``."""

    def text(**changes: str) -> str:
        assert changes.keys() <= DEFAULTS.keys()
        return CONFIGURATION.format(**DEFAULTS | changes)

    return text


ROOT = Path(__file__).parents[1]
# What is installed beside us where LIVE is tried: the example, and a kit of the tests' own.
LIVE_PLUGINS = (ROOT / "examples" / "live-loopback" / "pyproject.toml", ROOT / "tests" / "live_kit" / "plugins.toml")


@pytest.fixture(scope="session")
def live_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with live adapters in it, as pip would leave it: put it on the path, and they are installed."""
    site = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "tests" / "live_kit" / "live_kit.py", site)
    for file in LIVE_PLUGINS:
        project = tomllib.loads(file.read_text("utf-8"))["project"]
        name, version = project["name"].replace("-", "_"), project["version"]
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        lines = [
            line
            for group, points in project["entry-points"].items()
            for line in (f"[{group}]", *(f"{point} = {place}" for point, place in points.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site
