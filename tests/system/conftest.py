"""Interlock as a user starts it: a process of its own, in a folder of its own, without variables of ours."""

import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest
from attrs import frozen

ROOT = Path(__file__).parents[2]
# The start of the console script, without asking where pip has put it.
START = "from interlock.runner.main import main; main()"
# What a strategy of a test's own needs beside what it does when it is asked.
STRATEGY = """
{first}
from attrs import frozen
from interlock import Strategy

@frozen(kw_only=True)
class Parameters:
    pass

class Planted(Strategy):
    Parameters = Parameters

    def __init__(self, parameters):
        pass

    @property
    def lookback(self):
        return 1

    def propose(self, view):
        {asked}
"""


class Interlock:
    """``interlock`` in ``folder``. Called with its arguments it runs to its end."""

    def __init__(self, folder: Path, environ: dict[str, str], configuration: Callable[..., str]) -> None:
        self.folder = folder
        self.environ = environ
        self.configuration = configuration

    def __call__(self, *args: str, program: str = START, **kwargs: Any) -> "subprocess.CompletedProcess[str]":
        """Run it, at most a minute; ``program`` is Python that starts it in another way."""
        given: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.environ} | kwargs
        return subprocess.run([sys.executable, "-c", program, *args], cwd=self.folder, text=True, timeout=60, **given)

    @contextmanager
    def started(self, *args: str, until: str) -> Iterator["subprocess.Popen[str]"]:
        """A process that has said ``until`` on stderr. It does not outlive the block."""
        with subprocess.Popen(
            [sys.executable, "-c", START, *args],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stderr is not None
                if not any(until in line for line in process.stderr):
                    pytest.fail(f"it ended with {process.wait()} and never said {until!r}")
                yield process
            finally:
                process.kill()

    def configure(self, **changes: str) -> Path:
        """Write interlock.toml."""
        file = self.folder / "interlock.toml"
        file.write_text(self.configuration(**changes))
        return file

    def plant(self, asked: str, first: str = "", **changes: str) -> None:
        """Install and configure a strategy of a package's own, which does ``asked`` when it is asked."""
        (self.folder / "planted.py").write_text(STRATEGY.format(asked=asked, first=first))
        info = self.folder / "planted-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[interlock.strategies]\nplanted = planted:Planted\n")
        self.configure(strategy="planted", **changes)
        path = os.pathsep.join((str(self.folder), *self.environ.get("PYTHONPATH", "").split(os.pathsep)))
        self.environ = self.environ | {"PYTHONPATH": path}


@pytest.fixture
def environ() -> dict[str, str]:
    """This environment, without variables of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}


@pytest.fixture
def interlock(tmp_path: Path, environ: dict[str, str], configuration: Callable[..., str]) -> Interlock:
    """The command line in an empty folder."""
    return Interlock(tmp_path, environ, configuration)


@pytest.fixture
def examples(interlock: Interlock) -> Interlock:
    """The same in a copy of the examples, which a run may write beside."""
    folder = shutil.copytree(ROOT / "examples", interlock.folder / "examples", ignore=shutil.ignore_patterns("state"))
    return Interlock(folder, interlock.environ, interlock.configuration)


@frozen(kw_only=True)
class Forked:
    """How a forked process ended, what it said on its stderr, and the lines that it told us, in order."""

    ended: int
    stderr: str
    told: list[str]

    def of(self, word: str) -> list[str]:
        """What was told after ``word``."""
        return [line.partition(" ")[2] for line in self.told if line.partition(" ")[0] == word]


Tell = Callable[[str], None]


def fork(run: Callable[[Tell], int]) -> Forked:
    """``run`` in a process of its own, which is there at once: everything is imported already. It tells us a line at a
    time, and what it told is known even if it is killed. What it raises fails the test."""
    (reading, writing), (erring, error) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(error, sys.__stderr__.fileno())  # type: ignore[union-attr]
        _run_forked(run, writing)
    os.close(writing)
    os.close(error)
    with os.fdopen(reading, "rb") as lines, os.fdopen(erring, "rb") as complaints:
        told, stderr = lines.read().decode(), complaints.read().decode()
    _, status = os.waitpid(child, 0)
    assert "Traceback" not in told, told
    ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return Forked(ended=ended, stderr=stderr, told=told.splitlines())


def _run_forked(run: Callable[[Tell], int], writing: int) -> NoReturn:
    """In the child: nothing that belongs to the parent's tests may run on."""
    try:
        # pytest has put something of its own in their place.
        sys.stdout, sys.stderr = open(os.devnull, "w"), open(2, "w", closefd=False)  # noqa: PTH123, SIM115
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        code = run(lambda line: _ignored(os.write(writing, f"{line}\n".encode())))
        sys.setprofile(None)
        sys.stderr.flush()
        os._exit(code)
    except BaseException:  # noqa: BLE001 - told to the parent, which fails
        sys.setprofile(None)
        os.write(writing, traceback.format_exc().encode())
        os._exit(99)


def _ignored(_: object) -> None:
    """Nothing is made of it."""


# What a run imports when it is needed: a forked one finds it.
PRELOADED = (
    "interlock.adapters.execution.paper",
    "interlock.adapters.journal.archive",
    "interlock.adapters.market_data.csv_file",
    "interlock.adapters.market_data.simulated",
    "interlock.core.strategies.moving_average_cross",
    "interlock.core.strategies.observer",
    "interlock.runner.commands.run",
    "interlock.runner.session",
    "interlock.runner.summary",
    "interlock.testing.loopback.adapter",
    "punq",
    "rich.console",
)


@pytest.fixture(scope="session")
def forked() -> Callable[[Callable[[Tell], int]], Forked]:
    """See ``fork``."""
    for module in PRELOADED:
        import_module(module)
    return fork
