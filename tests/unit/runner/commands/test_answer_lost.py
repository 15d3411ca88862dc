"""Where stdout cannot be written: what was found is told by its exit code, and all was well by another."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.core.decision import Outcome
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

from .test_explain_further import decided

if TYPE_CHECKING:
    from .conftest import Home


def test_a_finding_is_told_apart_from_an_answer_that_is_lost(
    home: "Home", capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every command that finds: a script that was told nothing still knows which it was."""
    home.run(quantity="9", cycles=20)
    (denied, *_) = decided(home.journal, Outcome.DENIED)
    asked = (["explain", str(denied)], ["explain", "data_stale"], ["journal", "verify"], ["status"])

    def codes(*asked: list[str]) -> list[int]:
        return [_ends(words) for each in asked for words in (each, [*each, "--json"])]

    def _ends(words: list[str]) -> int:
        # Anew for each: where writing failed once, what is left goes nowhere and fails no more.
        with Path("/dev/full").open("w") as full, monkeypatch.context() as lost:
            lost.setattr("sys.stdout", full)
            return run(words)

    assert set(codes(*asked, ["journal", "info"])) == {ExitCode.ANSWER_LOST}
    assert capfd.readouterr().err.count("stdout cannot be written (No space left on device)") == 10
    home.journal.with_name("HALT").touch()
    home.change(denied, '"outcome":"DENIED"', '"outcome":"ERROR"')
    found = codes(["explain", str(denied)], ["journal", "verify"], ["status"], ["journal", "info", "--at", "99999"])
    assert set(found) == {ExitCode.FINDING}
    assert capfd.readouterr().err.count("stdout cannot be written (No space left on device)") == 8
