"""A copy of the package with one guard taken out, and the tests that are to notice."""

import importlib.util
import multiprocessing
import runpy
import shutil
from pathlib import Path
from typing import Final

from attrs import frozen

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "interlock"
SECONDS_MAX: Final = 240
PLANTED: Final = Path(__file__).with_name("planted.py")
# What another worker writes at this moment is gone the next.
BEING_COMPILED: Final = "*.pyc.*"
# Each verdict has a process to itself, forked from one that has imported what all of them need, and nothing of ours.
_FORKED: Final = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(
    ["attrs", "cattrs", "hypothesis.stateful", "msgspec", "numpy", "pytest", "pytest_cov.plugin", "rich.console"]
)
# What pytest says: every test passed, and at least one did not. Anything else is no verdict.
PASSED, FAILED = 0, 1
# Added to it on its way here: a process that breaks ends with 1, too, and has said nothing about the mutant.
VERDICT: Final = 100


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
    # With what was compiled before: of the copy, the one module that is changed is compiled anew.
    shutil.copytree(PACKAGE, folder / "interlock", ignore=shutil.ignore_patterns(BEING_COMPILED))
    changed = folder / "interlock" / mutant.file
    Path(importlib.util.cache_from_source(str(changed))).unlink(missing_ok=True)
    changed.write_text(mutant.source(), "utf-8")
    said = folder / "said"
    given = {
        "root": str(ROOT),
        "folder": str(folder),
        "said": str(said),
        "verdict": VERDICT,
        "arguments": [
            *("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly"),
            # Hypothesis, which is imported already, can be used as it is.
            *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
            *("-m", "not slow", "--hypothesis-profile=caught", "--no-header", *mutant.tests),
        ],
    }
    judging = _FORKED.Process(target=runpy.run_path, args=(str(PLANTED), {"GIVEN": given}))
    judging.start()
    judging.join(SECONDS_MAX)
    if judging.exitcode is None:
        judging.kill()
        judging.join()
        raise TimeoutError(f"{mutant.name}: no verdict after {SECONDS_MAX} s\n{said.read_text('utf-8')}")
    code = judging.exitcode - VERDICT
    judging.close()
    return code, said.read_text("utf-8") if said.exists() else "nothing"
