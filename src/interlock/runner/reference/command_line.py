"""The page of the command line: what click knows of every command, and the exit codes."""

import inspect
import re

import click

from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import cli
from interlock.runner.reference.markdown import code, table


def page() -> str:
    """The group, every command, every option, and what an exit code means."""
    context = click.Context(cli, info_name="interlock", **cli.context_settings)
    parts = ["# Command line", _prose(cli.help), _parameters(cli, context), _epilog(cli)]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            within = click.Context(command, info_name=name, parent=context)
            usage = " ".join(["interlock", name, *command.collect_usage_pieces(within)])
            parts += [f"## interlock {name}", code(usage), _prose(command.help)]
            parts += [_parameters(command, within), _epilog(command)]
    rows = [[code(int(each)), each.name, each.meaning] for each in ExitCode]
    parts += ["## Exit codes", table(["code", "name", "meaning"], rows)]
    return "\n\n".join(part for part in parts if part)


def _prose(text: str | None) -> str:
    return "\n\n".join(re.sub(r"\s+", " ", part) for part in inspect.cleandoc(text or "").split("\n\n"))


def _parameters(command: click.Command, context: click.Context) -> str:
    rows = [list(record) for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    return table(["option", "what it does"], [[code(name), says] for name, says in rows]) if rows else ""


def _epilog(command: click.Command) -> str:
    text = inspect.cleandoc((command.epilog or "").removeprefix("\b\n").replace("\n\b\n", "\n\n"))
    return f"```text\n{text}\n```" if text else ""
