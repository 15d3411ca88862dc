"""``interlock journal backup``: a copy of one moment, verified before anybody relies on it."""

import json
from pathlib import Path

import click

from interlock.adapters.journal.backup import backup as copy
from interlock.runner.amounts import counted
from interlock.runner.commands.journal_place import NewFile, find_journal, must_be_there
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import ExitCode


@click.command(
    epilog="""\b
Examples:
  interlock journal backup /mnt/other/aapl.sqlite3 -c examples/aapl.toml
  interlock journal backup today.sqlite3 --journal state/paper/journal.sqlite3
  interlock journal verify today.sqlite3        at any time later
\b
Exit codes: 0 copied and verified, 2 usage or configuration, no journal there, or
FILE exists, 3 refused (LIVE, or a mode above the file's), 5 the journal cannot be
read or trusted, or the copy cannot be made, 74 copied and verified, and that could
not be said."""
)
@click.argument("target", metavar="FILE", type=NewFile())
@click.option("--journal", "path", metavar="PATH", type=click.Path(path_type=Path), help="The journal itself.")
@click.option("-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file (TOML).")
@click.option("--mode", metavar="MODE", help="SIM or PAPER: the journal of a lower mode than the file says.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout: journal, backup, records.")
def backup(target: Path, path: Path | None, config: Path | None, mode: str | None, as_json: bool) -> int:
    """Copy the journal to FILE, for you alone to read, also while a run is writing it.

    The copy is of one moment. Its chain is read from the first record to the last before it gets its name; FILE is
    never overwritten, and nothing half-made stays behind. It has no head file, for it is older than the journal soon.
    """
    journal = must_be_there(find_journal(path, config, mode, called="--journal"), called="--journal")
    with Progress(1, "backup") as look:
        records = copy(journal, target, look.share)
    if as_json:
        click.echo(json.dumps({"journal": str(journal), "backup": str(target), "records": records}))
    else:
        click.echo(
            f"{path_text(target)} holds {counted(records, 'record')} of {path_text(journal)}: its chain is whole"
        )
    return ExitCode.DONE
