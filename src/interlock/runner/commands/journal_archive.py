"""``interlock journal archive``: close a chapter of the journal, and begin the next, which goes on from it."""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from interlock.adapters.journal.archive import archive as put_aside
from interlock.core.explain import why
from interlock.core.observations import JournalOpened
from interlock.core.records import Record
from interlock.runner.commands.journal_place import find_journal, must_be_there, of_a_journal
from interlock.runner.config.problems import path_text, printable
from interlock.runner.exit_codes import ExitCode

_WORDS_MAX = 2_000


@click.command(
    epilog="""\b
Examples:
  interlock journal archive
  interlock journal archive -c examples/aapl.toml --json | jq -r .archive
  interlock journal archive --anew             forget what is held: a new beginning
\b
Exit codes: 0 put aside, 2 usage or configuration, or no journal there, 3 somebody
writes it: who is said, or what its last run was made with is not installed here,
4 it does not add up, 5 it cannot be read or trusted, somebody reads it, or the disk
fails, 74 put aside, and that could not be said. Whatever it is, what lies in the
journal's place is whole, and no record is lost."""
)
@of_a_journal
@click.option("--anew", is_flag=True, help="Carry nothing over: the next run begins anew, without a position.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def archive(path: Path | None, config: Path | None, mode: str | None, anew: bool, as_json: bool) -> int:
    """Close a chapter of the journal, and begin the next, which goes on from it.

    The journal is renamed to the first of journal-1.sqlite3, journal-2.sqlite3, ... that is free, its head file with
    it, and in its place there is the next chapter. Its first record names the last one of the chapter before, with its
    hash, and carries all that it added up to: position, cash, working and UNKNOWN orders, halts, the window of bars,
    how far the data was read. The next run goes on as if nothing had been cut. A halt stays a halt.

    So in SIM as in PAPER. Nothing is carried over with --anew, where no run ever began, and where a SIM journal came to
    the end of its data: the next run begins anew then, as it would by itself.

    Every record is held against the chain and folded first, whatever is wrong refuses. Nothing is overwritten, no
    record is changed, and every command here reads an archive by its path. Refused while a run is writing. Killed in
    the middle it is completed or undone by the next run or archive. As JSON: journal, archive, chapter (null where
    nothing was carried over), follows (seq and hash of the last record before), position, open_orders, trading_state.
    """
    journal = must_be_there(find_journal(path, config, mode))
    begins: list[Record] = []

    def first_record(name: str) -> Record | None:
        if anew:
            return None
        from interlock.runner.commands.journal_chapter import next_chapter

        record = next_chapter(journal, name)
        begins.extend((record,) if record is not None else ())
        return record

    with redirect_stdout(sys.stderr):
        kept = put_aside(journal, first_record, lambda note: click.echo(note, err=True))
    first = begins[0] if begins else None
    if as_json:
        click.echo(json.dumps({"journal": str(journal), "archive": str(kept)} | as_data(first)))
    else:
        goes_on = "the next run begins anew, without a position" if first is None else f"{why(first)}"
        click.echo(printable(f"{path_text(journal)} is kept as {path_text(kept)}: {goes_on}", _WORDS_MAX))
    return ExitCode.DONE


def as_data(first: Record | None) -> dict[str, Any]:
    """What is carried over by ``first``, for scripts."""
    chapter = first.observation.chapter if first is not None and isinstance(first.observation, JournalOpened) else None
    if chapter is None:
        return dict.fromkeys(("chapter", "follows", "position", "open_orders", "trading_state"))
    return {
        "chapter": chapter.number,
        "follows": {"seq": chapter.seq, "hash": chapter.hash},
        "position": str(chapter.state.portfolio.position),
        "open_orders": sorted(chapter.state.working),
        "trading_state": chapter.state.trading_state.value,
    }
