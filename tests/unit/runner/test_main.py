"""The command line as a whole: exit codes, messages, and never a traceback."""

import gc
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import click
import pytest
from attrs import asdict

from interlock import __version__
from interlock.core.faults import JournalUnavailable
from interlock.masking import remember
from interlock.runner import main as command_line
from interlock.runner.collecting import no_collecting
from interlock.runner.config.problems import ConfigurationProblems, Problem
from interlock.runner.exit_codes import ExitCode, RefusedToStart
from interlock.runner.main import COMMANDS, main, run


@pytest.fixture
def _command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        command_line, "COMMANDS", {"burst": (f"{__name__}:burst", "Burst."), "nothing": (f"{__name__}:main", "No.")}
    )
    monkeypatch.setitem(sys.modules, __name__, sys.modules[test_the_version_is_one_line.__module__])


raised: list[BaseException] = []
PROBLEM = Problem(file="a.toml", line=1, key="account", found="nothing", expected="a value")


@click.command()
@click.option("--json", is_flag=True)
def burst(json: bool) -> None:
    """Raise what the test wants."""
    raise raised.pop()


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """And costs no command."""
    assert run(["--version"]) == ExitCode.DONE
    assert capsys.readouterr().out == f"interlock {__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_the_commands_and_the_exit_codes(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    """What there is, an example of each, and how it ends."""
    assert run([flag]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert all(f"  {name}" in out for name in COMMANDS)
    assert "Examples:" in out
    assert "3 refused" in out


@pytest.mark.parametrize("command", ["init", "check"])
def test_every_command_has_help_with_examples_and_exit_codes(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Enough to use it without a page."""
    assert run([command, "-h"]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert "Exit codes:" in out


@pytest.mark.parametrize("args", [["chekc"], ["check", "--nonsense"], ["--nonsense"], ["check", "surplus"], []])
def test_wrong_usage_is_exit_2(capsys: pytest.CaptureFixture[str], args: list[str]) -> None:
    """A word on stderr, nothing on stdout."""
    assert run(args) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage:" in captured.err


def test_a_misspelt_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """As a misspelt key would be."""
    run(["chekc"])
    assert "did you mean check?" in capsys.readouterr().err


@pytest.mark.usefixtures("_command")
def test_an_error_of_ours_is_a_message_and_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads it is told what is wrong, and not where in the code."""
    raised.append(JournalUnavailable("the disk is full"))
    assert run(["burst"]) == ExitCode.JOURNAL
    assert capsys.readouterr().err == "interlock: the disk is full\n"


class Unheard(BaseException):
    """What no ``except Exception`` takes."""


@pytest.mark.usefixtures("_command")
@pytest.mark.parametrize("kind", [KeyError, GeneratorExit, Unheard])
def test_an_internal_error_is_short_and_says_where_its_trace_went(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]
) -> None:
    """No traceback on the console; a private file with the frames, and without the message."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    raised.append(kind("a secret"))
    assert run(["burst"]) == ExitCode.INTERNAL
    err = capsys.readouterr().err
    assert f"internal error ({kind.__name__})" in err
    assert "Traceback" not in err
    (trace,) = tmp_path.iterdir()
    assert str(trace) in err
    assert trace.stat().st_mode & 0o777 == 0o600
    text = trace.read_text("utf-8")
    assert "raise raised.pop()" in text
    assert "a secret" not in text + err


@pytest.mark.usefixtures("_command")
def test_a_secret_that_stands_in_the_code_is_masked_in_its_trace(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace shows lines of source: a plugin's may hold what it should have asked the credentials for."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    owner = Credential()
    remember(owner, "canary-7d1f")
    try:
        open("/nowhere/canary-7d1f")  # noqa: PTH123, SIM115 - a line of source that a trace shows
    except OSError as error:
        raised.append(RuntimeError())
        raised[-1].__traceback__ = error.__traceback__
    assert run(["burst"]) == ExitCode.INTERNAL
    (trace,) = tmp_path.iterdir()
    text = trace.read_text("utf-8")
    assert 'open("/nowhere/***")' in text
    assert "canary-7d1f" not in text + capsys.readouterr().err


class Credential:
    """Whoever holds a secret, for as long as it lives."""


@pytest.mark.usefixtures("_command")
def test_where_no_file_can_be_written_the_trace_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Better a long message than none."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    raised.append(KeyError("a secret"))
    assert run(["burst"]) == ExitCode.INTERNAL
    assert "raise raised.pop()" in capsys.readouterr().err


@pytest.mark.usefixtures("_command")
def test_a_name_that_is_no_command_is_our_own_defect(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of commands is checked when one is used."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run(["nothing"]) == ExitCode.INTERNAL


@pytest.mark.usefixtures("_command")
def test_an_interrupt_ends_as_the_signal_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell sees what happened, and a loop in a script stops."""
    died: list[signal.Signals] = []

    def die(number: signal.Signals) -> NoReturn:
        died.append(number)
        raise SystemExit(128 + number)

    monkeypatch.setattr(command_line, "_die_of", die)
    for error in (KeyboardInterrupt(), click.Abort()):
        raised.append(error)
        with pytest.raises(SystemExit):
            run(["burst"])
    assert died == [signal.SIGINT, signal.SIGINT]


def test_main_exits_with_the_code() -> None:
    """The console script ends the process, and on its way leaves whatever signal somebody handles ignored."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with pytest.raises(SystemExit) as caught:
            main(["--nonsense"])
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert caught.value.code == ExitCode.USAGE


@pytest.mark.usefixtures("_command")
@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (click.UsageError("no such thing"), ExitCode.USAGE, "no such thing"),
        (RefusedToStart("not now"), ExitCode.REFUSED, "not now"),
        (KeyError("a secret"), ExitCode.INTERNAL, "internal error (KeyError)"),
        (ConfigurationProblems([PROBLEM]), ExitCode.USAGE, "the configuration has 1 problem:"),
    ],
)
def test_a_script_that_asked_for_json_gets_an_object_for_every_error(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    code: ExitCode,
    says: str,
) -> None:
    """The words are those of stderr; without --json stdout stays empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for args in (["burst"], ["burst", "--json"]):
        raised.append(error)
        assert run(args) == code
        said = capsys.readouterr()
        assert says in said.err
        if args == ["burst"]:
            assert said.out == ""
            continue
        data = json.loads(said.out)
        assert data["exit_code"] == code
        assert data["error"].startswith(says)
        assert data["problems"] == ([asdict(PROBLEM)] if isinstance(error, ConfigurationProblems) else [])
        assert "a secret" not in said.out


@pytest.mark.usefixtures("_command")
def test_a_stdout_that_cannot_be_written_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code stays that of the first thing that went wrong."""

    def full(message: object = None, *, err: bool = False) -> None:
        if not err:
            raise OSError(28, "No space left on device")
        sys.stderr.write(f"{message}\n")

    monkeypatch.setattr("interlock.runner.main.click.echo", full)
    raised.append(RefusedToStart("not now"))
    assert run(["burst", "--json"]) == ExitCode.REFUSED
    assert "stdout cannot be written (No space left on device)" in capsys.readouterr().err


def test_while_a_command_is_imported_nobody_looks_for_garbage() -> None:
    """And afterwards somebody does again, if somebody did before, whatever happened meanwhile."""
    assert gc.isenabled()
    with no_collecting():
        with no_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    with pytest.raises(KeyError), no_collecting():
        raise KeyError
    assert gc.isenabled()
