"""``interlock report``: one page that shows a run, for keeping, sending and printing."""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import click

from interlock.runner.amounts import counted
from interlock.runner.commands.journal_place import NewFile, find_journal, must_be_there, of_a_journal
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import ExitCode

DEFAULT: Final = Path("report.html")


@click.command(
    epilog="""\b
Examples:
  interlock report                             ./report.html, of ./interlock.toml's journal
  interlock report -c examples/aapl.toml -o aapl.html --open
  interlock report state/demo/sim/journal-1.sqlite3 -o last-year.html
  interlock report --json | jq .file
\b
Exit codes: 0 done; 1 done, and a record that is told is not what follows from those before
it; 2 usage or configuration, no journal there, the package that draws is
not installed, or FILE is something else, 3 refused (LIVE, or a mode above the file's),
5 the journal cannot be read, or a record was changed: it is named,
74 only the answer could not be written."""
)
@of_a_journal
@click.option(
    "-o", "--output", metavar="FILE", type=NewFile(), default=DEFAULT, show_default=True, help="The page to write."
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser of this desktop.")
@click.option("--force", is_flag=True, help="Replace FILE though it is no report of Interlock's. A database never is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def report(
    path: Path | None, config: Path | None, mode: str | None, output: Path, show: bool, force: bool, as_json: bool
) -> int:
    """Draw one page of a journal: price with what was done on it, equity, states, and every decision with its reasons.

    The page holds all that it shows and fetches nothing. Each row opens to what `interlock explain` tells of it. All is
    drawn from the records alone, beside whoever writes them: a copied journal gives the same page. Many bars are drawn
    as fewer points that lose no extreme, and the page says so. FILE is for you alone to read, and takes the place of an
    earlier report.
    """
    from interlock.adapters.journal.searched import SearchedJournal
    from interlock.runner.report.file import may_be_written, write
    from interlock.runner.report.library import check_installed
    from interlock.runner.report.page import BEGINS, page_of
    from interlock.runner.report.reading import read

    journal = must_be_there(find_journal(path, config, mode))
    # Before the journal is read, which takes a while.
    check_installed()
    may_be_written(output, BEGINS, force=force)
    # A plugin's strategy or rule decides once more, and may print: stdout holds what was asked for.
    with SearchedJournal(journal) as rows, redirect_stdout(sys.stderr):
        reading = read(rows)
        page = page_of(reading, rows)
    size = write(output, page.html, BEGINS, force=force)
    data: dict[str, Any] = {
        "file": str(output),
        "bytes": size,
        "journal": str(journal),
        "head": {"seq": reading.head.seq, "hash": reading.head.hash},
        "bars": len(reading.series),
        "points": page.drawn,
        "rows": page.rows,
        "rows_left_out": reading.rows.left_out,
        "explained": page.explained,
        "contradicted": list(page.contradicted),
        "opened": _open(output) if show else None,
    }
    click.echo(json.dumps(data) if as_json else _as_text(data))
    return ExitCode.FINDING if page.contradicted else ExitCode.DONE


def _open(page: Path) -> bool:
    """Whether a browser took it."""
    import webbrowser

    return webbrowser.open(page.absolute().as_uri())


def _as_text(data: dict[str, Any]) -> str:
    said = [
        f"wrote {path_text(Path(data['file']))}: {data['bytes']:,} bytes, "
        f"{counted(data['head']['seq'] + 1, 'record')}, {counted(data['bars'], 'bar')}"
    ]
    if data["points"] < data["bars"]:
        said.append(f"down-sampled to {data['points']:,} points, without losing an extreme")
    if data["rows_left_out"]:
        said.append(f"the newest {data['rows']:,} rows of decisions are on it, {data['rows_left_out']:,} are not")
    if data["explained"] < data["rows"]:
        said.append(
            f"{data['explained']:,} of the rows open to their explanation, the others name the command that tells it"
        )
    if data["contradicted"]:
        said.append(
            f"NOT what follows from the records before: {counted(len(data['contradicted']), 'record')}, "
            f"{data['contradicted'][0]} first; the page names them, and `interlock journal verify` looks at all"
        )
    if data["opened"] is False:
        said.append("no browser could be opened here: open the file yourself")
    return "\n".join(said)
