"""`make test-browser` opens a browser or fails: it never skips."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _pytest(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-x", *args, "tests/browser"]
    environ = os.environ | {"PATH": str(folder)}
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_without_a_browser_the_tests_fail_and_say_what_to_do(tmp_path: Path) -> None:
    """Asked for by name. In a run of everything they are left out, as a number and not as a success."""
    asked = _pytest(tmp_path, "-m", "browser")
    assert asked.returncode == 1
    assert "chromium and chromedriver are not on PATH: `make test-browser` installs Debian's" in asked.stdout
    whole = _pytest(tmp_path)
    assert whole.returncode == 5
    assert "deselected" in whole.stdout
    assert "passed" not in whole.stdout


def test_where_nothing_can_be_installed_it_is_said(tmp_path: Path) -> None:
    """On a system without apt-get, with the names of what is missing."""
    said = subprocess.run(
        ["/bin/sh", str(ROOT / "tests" / "browser" / "chromium.sh")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1
    assert "chromium and chromedriver are not on PATH, and there is no apt-get here" in said.stderr


def test_ci_asks_for_the_browser_by_name() -> None:
    """So that a machine without one does not pass for one where the page works."""
    assert "\nmake test-browser\n" in (ROOT / ".ci" / "run").read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "pytest -m browser tests/browser" in makefile
