"""The page of the command line: what click knows of every command, and the exit codes."""

import inspect
import re
from typing import Final

import click

from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import cli
from interlock.runner.reference.markdown import code, table

_PAGES: Final = "What each message means, what to check and what to do: [halts and refusals](halts/README.md)."
# No code of ours: what a shell says of a process that a signal ended.
_SIGNALS: Final = (
    "A process that a signal ended has no code of its own: a shell says 128 and the signal's number. 141 (SIGPIPE) "
    "means that whoever read stdout has stopped reading, as in `interlock run -v 2>&1 | head -2`. A run has ended by "
    "then and its journal is closed: only its summary is lost. Where nobody reads stderr, it goes on, and its code is "
    "its own."
)


def page() -> str:
    """The group, every command, every option, and what an exit code means."""
    context = click.Context(cli, info_name="interlock", **cli.context_settings)
    parts = ["# Command line", _prose(cli.help), _parameters(cli, context), _epilog(cli)]
    parts += _commands(cli, context, "interlock")
    rows = [[code(int(each)), each.name, each.meaning] for each in ExitCode]
    parts += ["## Exit codes", table(["code", "name", "meaning"], rows), _PAGES, _SIGNALS]
    return "\n\n".join(part for part in parts if part)


def _commands(group: click.Group, context: click.Context, path: str) -> list[str]:
    """Every command of ``group``, and behind a group its own."""
    parts: list[str] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            within = click.Context(command, info_name=name, parent=context)
            usage = " ".join([path, name, *command.collect_usage_pieces(within)])
            parts += [f"## {path} {name}", code(usage), _prose(command.help)]
            parts += [_parameters(command, within), _epilog(command)]
            if isinstance(command, click.Group):
                parts += _commands(command, within, f"{path} {name}")
    return parts


def _prose(text: str | None) -> str:
    return "\n\n".join(re.sub(r"\s+", " ", part) for part in inspect.cleandoc(text or "").split("\n\n"))


def _parameters(command: click.Command, context: click.Context) -> str:
    rows = [list(record) for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    return table(["option", "what it does"], [[code(name), says] for name, says in rows]) if rows else ""


def _epilog(command: click.Command) -> str:
    text = inspect.cleandoc((command.epilog or "").removeprefix("\b\n").replace("\n\b\n", "\n\n"))
    return f"```text\n{text}\n```" if text else ""
