"""A copy of the package with one guard taken out, and the tests that are to notice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from attrs import frozen

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "interlock"
SECONDS_MAX: Final = 240
# What pytest says: every test passed, and at least one did not. Anything else is no verdict.
PASSED, FAILED = 0, 1


@frozen(kw_only=True)
class Mutant:
    """Where ``guard`` stands in ``file`` (the ``nth`` time), it is replaced by ``gone``; ``tests`` have to fail."""

    name: str
    file: str
    guard: str
    gone: str
    tests: tuple[str, ...]
    nth: int = 0

    def source(self) -> str:
        """The module without its guard. Raises ``LookupError`` where the guard is no longer there to be removed."""
        text = (PACKAGE / self.file).read_text("utf-8")
        parts = text.split(self.guard)
        if self.nth + 1 >= len(parts):
            raise LookupError(f"{self.name}: {self.file} holds no {self.guard!r} any more: say where the guard is now")
        return self.guard.join(parts[: self.nth + 1]) + self.gone + self.guard.join(parts[self.nth + 1 :])


def verdict(mutant: Mutant, folder: Path) -> tuple[int, str]:
    """pytest's exit code over the tests of ``mutant``, and what it said, with the copy in ``folder`` in our place."""
    shutil.copytree(PACKAGE, folder / "interlock", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "interlock" / mutant.file).write_text(mutant.source(), "utf-8")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("-m", "not slow", "--hypothesis-profile=quick", "--no-header", *mutant.tests),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return ran.returncode, ran.stdout
