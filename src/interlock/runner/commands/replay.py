"""``interlock replay --against NEW.toml``: the recorded market through another configuration."""

import json
import sys
import time
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path

import click

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.runner.amounts import counted
from interlock.runner.commands.journal_place import find_journal, must_be_there
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.exit_codes import ExitCode
from interlock.runner.rehearsal.telling import as_data, as_text
from interlock.runner.rehearsal.through import Window, rehearse


@click.command(
    epilog="""\b
Examples:
  interlock replay --against new.toml
  interlock replay -c examples/aapl.toml --against new.toml --json | jq .local.groups
  interlock replay --journal archive.sqlite3 --against new.toml --from 2005-01-01T00:00Z
\b
Exit codes: 0 done, whatever changes; 2 usage or configuration, a NEW that is about another
market, or no journal there; 3 NEW names no simulated venue, so that there is no full
answer; or refused (a mode above the file's); 5 the journal cannot be read or trusted."""
)
@click.option(
    "--against", "new", metavar="NEW.toml", required=True, type=click.Path(path_type=Path),
    help="The configuration to rehearse.",
)  # fmt: skip
@click.option(
    "-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="The configuration file of the journal."
)
@click.option("--mode", metavar="MODE", help="SIM or PAPER: the journal of a lower mode than that file says.")
@click.option("--journal", "path", metavar="PATH", type=click.Path(path_type=Path), help="The journal itself.")
@click.option("--from", "start", metavar="TIME", help="Count from this time on, such as 2005-01-01T00:00Z.")
@click.option("--to", "end", metavar="TIME", help="Count up to this time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def replay(
    new: Path,
    config: Path | None,
    mode: str | None,
    path: Path | None,
    start: str | None,
    end: str | None,
    as_json: bool,
) -> int:
    """Say what another configuration would have made of the recorded market.

    Two answers, told apart. Local: each recorded decision is asked again where it stood; the history stays as it was,
    and no new answer is carried forward. Full: the recorded market through a fresh account, under the new strategy,
    limits and [execution], from the journal's beginning, in memory. Both rest on the records alone: no data file and
    no calendar is read, nothing is written, and nothing is sent.

    What NEW.toml may not be is about another market: instrument, interval and currency are the recorded ones. Keys that
    change nothing here are told as such.
    """
    window = Window(start=_time("--from", start), end=_time("--to", end))
    if window.start is not None and window.end is not None and window.start > window.end:
        raise click.UsageError("--from is later than --to: there is nothing in between")
    journal = must_be_there(find_journal(path, config, mode))
    with RawJournal(journal) as rows:
        until = rows.last_seq()
    began = time.monotonic()
    with redirect_stdout(sys.stderr), Progress(until + 1, "replay") as look:
        rehearsal = rehearse(journal, new, window, look)
    took = max(time.monotonic() - began, 0.001)
    # Not a part of the answer, which is the same whatever the machine is.
    click.echo(f"{counted(rehearsal.records, 'record')}, {rehearsal.records / took:,.0f} a second", err=True)
    data = as_data(rehearsal, journal)
    click.echo(json.dumps(data) if as_json else as_text(data))
    return ExitCode.DONE if data["full"] is not None else ExitCode.REFUSED


def _time(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{option} {text!r} is no time: write one such as 2005-01-01T00:00Z") from error
    if at.tzinfo is None:
        raise click.UsageError(f"{option} {text!r} says no zone: write {at.isoformat()}Z if UTC is meant, or an offset")
    return at
