"""``interlock journal archive``: put the journal aside, so that the next run begins anew."""

import json
from pathlib import Path

import click

from interlock.adapters.journal.archive import archive as put_aside
from interlock.runner.commands.journal_place import find_journal, must_be_there, of_a_journal
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import ExitCode


@click.command(
    epilog="""\b
Examples:
  interlock journal archive
  interlock journal archive -c examples/aapl.toml --json | jq -r .archive
\b
Exit codes: 0 put aside, 2 usage or configuration, or no journal there, 3 somebody
writes it: who is said, 5 somebody reads it, or the disk fails: it stays where it is."""
)
@of_a_journal
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout: journal, archive.")
def archive(path: Path | None, config: Path | None, mode: str | None, as_json: bool) -> int:
    """Put the journal aside, beside its place: the next run begins anew, without a position.

    It is renamed to the first of journal-1.sqlite3, journal-2.sqlite3, ... that is free, its head file with it. Nothing
    is overwritten and no record is changed: every command here reads an archive by its path. Refused while a run is
    writing. A run itself puts a SIM journal aside that came to its end; a PAPER journal is put aside only by this.
    """
    journal = must_be_there(find_journal(path, config, mode))
    kept = put_aside(journal)
    if as_json:
        click.echo(json.dumps({"journal": str(journal), "archive": str(kept)}))
    else:
        click.echo(f"{path_text(journal)} is kept as {path_text(kept)}: the next run begins anew, without a position")
    return ExitCode.DONE
