"""A group of commands that imports the one that is run, and no other."""

from abc import abstractmethod
from collections.abc import Mapping
from importlib import import_module

import click
from typing_extensions import override

from interlock.runner.collecting import no_collecting

# The command, where it lives (``module:name``), and its line in the list of commands.
CommandTable = Mapping[str, tuple[str, str]]


class LazyGroup(click.Group):
    """Knows its commands by name: what is not run costs nothing."""

    @property
    @abstractmethod
    def table(self) -> CommandTable:
        """The commands, in the order in which they are listed."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        place, _ = self.table[cmd_name]
        module, _, name = place.partition(":")
        with no_collecting():
            command: object = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{place} is not a command")
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.table:
            from interlock.runner.config.problems import printable, suggestion

            near = suggestion(args[0], self.table) or f"there are {', '.join(self.table)}"
            ctx.fail(f"no command is called {printable(args[0])}: {near}")
        return super().resolve_command(ctx, args)
