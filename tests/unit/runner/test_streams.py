"""What becomes of an answer, a message and a process where a stream fails. With real ones: see the system tests."""

import io
import os
import sys
from pathlib import Path

import pytest
from typing_extensions import override

from interlock.runner import streams
from interlock.runner.exit_codes import ExitCode


class _Failing(io.StringIO):
    """A stream that takes nothing, and is no file."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    @override
    def write(self, text: str) -> int:
        raise self.error

    @override
    def flush(self) -> None:
        raise self.error


FULL = OSError(28, "No space left on device")


@pytest.mark.parametrize(("earned", "code"), [(0, ExitCode.ANSWER_LOST), (1, 1), (4, 4)])
def test_an_answer_that_is_lost_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, earned: int, code: int
) -> None:
    """By a code of its own where all was well: nobody takes it for a finding, and a finding keeps its own."""
    assert streams.answered(earned, lambda: None) == earned
    monkeypatch.setattr(sys, "stdout", _Failing(FULL))
    assert streams.answered(earned, lambda: None) == code
    assert "stdout cannot be written (No space left on device)" in capsys.readouterr().err


def test_a_reader_that_has_gone_is_for_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process ends then as others do."""
    monkeypatch.setattr(sys, "stdout", _Failing(BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        streams.answered(0, lambda: None)


def test_a_message_that_nobody_hears_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is what is left to say it."""
    assert streams.tell("heard")
    monkeypatch.setattr(sys, "stderr", _Failing(FULL))
    assert not streams.tell("not heard")
    streams.settle()


def test_what_a_file_still_holds_goes_nowhere() -> None:
    """Python would try once more at the end, and make 120 of it."""
    with Path("/dev/full").open("w") as full:
        full.write("held")
        assert streams.let_go(full)
    assert not streams.let_go(io.StringIO())


def test_a_missing_stream_is_put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python leaves None where one was closed before it began."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    opened: list[str] = []
    real = os.fstat

    def fstat(number: int) -> os.stat_result:
        if number == 0 and not opened:
            raise OSError(9, "Bad file descriptor")
        return real(number)

    monkeypatch.setattr(os, "fstat", fstat)
    monkeypatch.setattr(os, "open", lambda path, flags: opened.append(path))
    streams.stand_in()
    assert opened == [os.devnull]
    assert (sys.stdout.fileno(), sys.stderr.fileno()) == (1, 2)
