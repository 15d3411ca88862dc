"""The command line: ``interlock``. A command that is not run costs nothing, and no user sees a traceback."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, NoReturn

import click
from typing_extensions import override

from interlock.masking import masked
from interlock.runner import streams
from interlock.runner.exit_codes import ExitCode
from interlock.runner.lazy_group import CommandTable, LazyGroup
from interlock.runner.leaving import leave, leave_in_time
from interlock.runner.masked_stream import mask_streams

# The command, where it lives, and its line in the list of commands: known without importing any of them.
COMMANDS: Final[CommandTable] = MappingProxyType(
    {
        "init": ("interlock.runner.commands.init:init", "Write a commented interlock.toml to start from."),
        "check": ("interlock.runner.commands.check:check", "Validate the configuration, and look before running."),
        "run": ("interlock.runner.commands.run:run", "Watch the market, decide, and say why."),
        "halt": ("interlock.runner.commands.halt:halt", "Stop all orders, beside a run and whatever else is broken."),
        "reduce": ("interlock.runner.commands.halt:reduce", "Let trading only reduce, likewise."),
        "resume": ("interlock.runner.commands.resume:resume", "Release trading, once its cause is settled."),
        "arm": ("interlock.runner.commands.arm:arm", "Allow entries in LIVE, typed, for a while."),
        "disarm": ("interlock.runner.commands.disarm:disarm", "Take back whatever is armed."),
        "status": ("interlock.runner.commands.status:status", "Whether it runs and may trade, and why."),
        "explain": ("interlock.runner.commands.explain:explain", "Why a decision was made, or any other record."),
        "decisions": ("interlock.runner.commands.decisions:decisions", "What was decided, chosen and counted."),
        "logs": ("interlock.runner.commands.logs:logs", "The log in words; --follow goes on."),
        "replay": ("interlock.runner.commands.replay:replay", "The recorded market through another configuration."),
        "report": ("interlock.runner.commands.report:report", "Draw one page of a run, with every decision's reasons."),
        "journal": ("interlock.runner.commands.journal:journal", "Read and verify what was recorded."),
    }
)

_EXIT_CODES: Final = (
    "Exit codes: 0 done, 1 adverse finding, 2 usage or configuration, 3 refused, 4 halted, 5 journal, 6 hung,\n"
    "70 internal, 74 the answer could not be written to stdout."
)


class _Commands(LazyGroup):
    """What ``interlock`` can do."""

    @property
    @override
    def table(self) -> CommandTable:
        return COMMANDS


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from interlock._version import __version__

        click.echo(f"interlock {__version__}")
        ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"\b\nExamples:\n  interlock init\n  interlock check\n  interlock run --cycles 100\n\n{_EXIT_CODES}",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def cli() -> None:
    """A trading runtime that does nothing unless allowed, and can say why.

    Without a configuration it watches a simulated market and proposes nothing. It trades for real only through an
    adapter that you installed, in LIVE, and only while a person has armed it: no live adapter is shipped.
    """


def entry() -> NoReturn:
    """The entry point of the console script: the process is ours, and nothing comes behind."""
    leave(_whole(None))


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The same by ``SystemExit``, for whoever starts it by hand: Python ends as it does."""
    sys.exit(_whole(args))


def _whole(args: Sequence[str] | None) -> int:
    streams.stand_in()
    mask_streams()
    code = _answer(sys.argv[1:] if args is None else args)
    # A run that was asked to stop has stopped and said so: a late signal must not make a death of its clean end.
    for number, handler in _handlers().items():
        if handler not in (signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler):
            signal.signal(number, signal.SIG_IGN)
    streams.settle()
    leave_in_time(code)
    return code


def run(args: Sequence[str]) -> int:
    """``main`` for a process that goes on afterwards: answers the exit code, and signals mean again what they did."""
    before = _handlers()
    try:
        return _answer(args)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _handlers() -> dict[signal.Signals, "signal._HANDLER"]:
    return {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}


def _answer(args: Sequence[str]) -> int:
    """Run one command and answer its exit code. Errors are one message on stderr, whatever happened; a script that
    asked for JSON finds its object on stdout then, too."""
    # Not what click parsed: wrong usage is an answer as well, and then nothing was parsed.
    as_json = "--json" in args
    # Before a command is imported, which takes a moment: what comes meanwhile, whoever asked has not seen.
    asked_at_ns = time.time_ns()
    try:
        # Not cli.main(), which would end a broken pipe with exit 1: with us that is an adverse finding.
        with cli.make_context("interlock", list(args), obj=asked_at_ns) as context:
            code = cli.invoke(context)
        return streams.answered(int(code or 0), sys.stdout.flush)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        streams.told(error.show)
        return _for_scripts(error, error.exit_code, error.format_message(), as_json)
    except (click.Abort, KeyboardInterrupt):
        _die_of(signal.SIGINT)
    except BrokenPipeError:
        # Whoever read our output has gone, as with `| head`. What is buffered has nowhere to go either.
        streams.let_go(sys.stdout)
        _die_of(signal.SIGPIPE)
    except BaseException as error:  # noqa: BLE001 - the last one who can say anything
        if isinstance(error, OSError) and _is_of_writing(error):
            return streams.unwritable(ExitCode.DONE, error)
        code, text = _in_words(error)
        streams.tell(f"interlock: {text}")
        return _for_scripts(error, code, text, as_json)


def _is_of_writing(error: OSError) -> bool:
    """Whether it was raised while an answer was written, as on a full disk: no defect of anybody's."""
    return any(frame.f_code is click.echo.__code__ for frame, _ in traceback.walk_tb(error.__traceback__))


def _in_words(error: BaseException) -> tuple[int, str]:
    from interlock.core.faults import InterlockError
    from interlock.runner.exit_codes import exit_code_of

    if isinstance(error, InterlockError):
        return exit_code_of(error), masked(str(error))
    return ExitCode.INTERNAL, (
        f"internal error ({type(error).__name__}). This is a defect of Interlock: please report it.\n"
        f"{_keep_trace(error)}"
    )


def _for_scripts(error: BaseException, code: int, text: str, as_json: bool) -> int:
    """The same as one JSON object, where that was asked for: a command says its own when it ends, not before."""
    if as_json:
        import json

        from interlock.runner.config.problems import problems_of

        data = {"exit_code": int(code), "error": text, "problems": problems_of(error)}
        try:
            return streams.answered(code, lambda: click.echo(masked(json.dumps(data))))
        except BrokenPipeError as gone:
            # What it was about counts more than who has stopped reading.
            return streams.unwritable(code, gone)
    return code


def _keep_trace(error: BaseException) -> str:
    """Where the trace went. Messages are left out: nobody can know what they hold."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    text = masked(f"{frames}{type(error).__module__}.{type(error).__qualname__}\n")
    # Only where it is needed: it brings much with it, and a command that answers needs none of it.
    import tempfile

    try:
        # Created 0600, under a name that nobody can have prepared.
        descriptor, name = tempfile.mkstemp(prefix="interlock-", suffix=".trace")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return text
    return f"The trace, without messages, is in {name}"


def _die_of(number: signal.Signals) -> NoReturn:
    """End the way the signal would have ended us, so that a shell sees what happened."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    raise SystemExit(128 + number)
