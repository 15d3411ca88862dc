"""Interlock as a user starts it: a process of its own, in a folder of its own, without variables of ours."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

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
