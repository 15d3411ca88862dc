"""pytest over one mutant, in a process that was forked for it: ``harness.verdict`` runs this file with ``GIVEN``."""

import os
import sys
from typing import Any

import pytest

# ``root``: the repository; ``folder``: what holds the copy of the package that stands in our place; ``said``: the file
# for what pytest says; ``arguments``: pytest's; ``verdict``: what is added to its exit code. Whoever collects doctests
# imports this file, and gives nothing.
GIVEN: dict[str, Any] = globals().get("GIVEN", {})

if GIVEN:
    said = os.open(GIVEN["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(said, stream)
    os.chdir(GIVEN["root"])
    # Before the package that is installed; for what a test starts, too.
    sys.path.insert(0, GIVEN["folder"])
    os.environ["PYTHONPATH"] = GIVEN["folder"]
    code = pytest.main(GIVEN["arguments"])
    sys.stdout.flush()
    os._exit(GIVEN["verdict"] + code)
