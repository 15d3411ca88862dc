"""``interlock journal``: what was recorded. Nothing here changes a record."""

from types import MappingProxyType
from typing import Final

import click
from typing_extensions import override

from interlock.runner.lazy_group import CommandTable, LazyGroup

_HERE: Final = "interlock.runner.commands.journal_"

COMMANDS: Final[CommandTable] = MappingProxyType(
    {
        "tail": (f"{_HERE}tail:tail", "The last records, one sentence each; --follow goes on."),
        "info": (f"{_HERE}info:info", "What the journal is of, its runs, and how each ended."),
        "export": (f"{_HERE}export:export", "Every record, as JSON lines or CSV."),
        "verify": (f"{_HERE}verify:verify", "Check every record, and make every decision once more."),
        "backup": (f"{_HERE}backup:backup", "A verified copy of one moment."),
        "archive": (f"{_HERE}archive:archive", "Close a chapter; the next one goes on from it."),
    }
)


class _Commands(LazyGroup):
    """What can be done with a journal."""

    @property
    @override
    def table(self) -> CommandTable:
        return COMMANDS


@click.group(
    cls=_Commands,
    epilog="""\b
Examples:
  interlock journal tail -n 20
  interlock journal verify -c examples/aapl.toml
  interlock journal export --format csv -o records.csv
  interlock journal tail state/demo/sim/journal-1.sqlite3     an archive, by its path
\b
Exit codes: 0 done, 1 adverse finding, 2 usage, or no journal there, 3 refused,
5 the journal cannot be read or trusted, 70 internal error, 74 only the answer could not be written.""",
)
def journal() -> None:
    """Read, verify and copy the journal, also while a run is writing it; put it aside.

    The journal is that of the configuration, found as interlock run finds it (-c FILE, --mode), or the file that PATH
    names. Reading changes no record, and holds up nobody who writes.
    """
