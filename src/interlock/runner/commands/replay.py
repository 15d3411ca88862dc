"""``interlock replay --against NEW.toml``: the recorded market through another configuration."""

import json
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import click

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.core.explain_words import counted
from interlock.runner.asking.asked_time import asked_time
from interlock.runner.commands.journal_place import find_journal, must_be_there, of_a_named_journal
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.exit_codes import ExitCode
from interlock.runner.rehearsal.telling import as_data, as_text
from interlock.runner.rehearsal.through import Window, market_zone, rehearse


@click.command(
    epilog="""\b
Examples:
  interlock replay --against new.toml
  interlock replay -c examples/aapl.toml --against new.toml --json | jq .local.groups
  interlock replay --journal archive.sqlite3 --against new.toml --from 2005-01-01T00:00Z
\b
Exit codes: 0 done, whatever changes; 2 usage or configuration, a NEW that is about another
market, or no journal there; 3 NEW names no simulated venue, so that there is no full
answer; or refused (a mode above the file's); 5 the journal cannot be read or trusted;
74 only the answer could not be written."""
)
@click.option(
    "--against", "new", metavar="NEW.toml", required=True, type=click.Path(path_type=Path),
    help="The configuration to rehearse.",
)  # fmt: skip
@of_a_named_journal
@click.option("--from", "start", metavar="TIME", help="Count from this time on: with Z, an offset, or a zone's name.")
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
    journal = must_be_there(find_journal(path, config, mode, called="--journal"), called="--journal")
    with RawJournal(journal) as rows:
        until = rows.last_seq()
        zone = market_zone(rows)
    window = Window(
        start=asked_time(start, zone) if start is not None else None,
        end=asked_time(end, zone) if end is not None else None,
    )
    if window.start is not None and window.end is not None and window.start > window.end:
        raise click.UsageError("--from is later than --to: there is nothing in between")
    began = time.monotonic()
    with redirect_stdout(sys.stderr), Progress(until + 1, "replay") as look:
        rehearsal = rehearse(journal, new, window, look)
    took = max(time.monotonic() - began, 0.001)
    # Not a part of the answer, which is the same whatever the machine is.
    click.echo(f"{counted(rehearsal.records, 'record')}, {rehearsal.records / took:,.0f} a second", err=True)
    data = as_data(rehearsal, journal)
    click.echo(json.dumps(data) if as_json else as_text(data))
    return ExitCode.DONE if data["full"] is not None else ExitCode.REFUSED
