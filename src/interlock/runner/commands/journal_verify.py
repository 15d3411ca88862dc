"""``interlock journal verify``: whether the journal is what was written, and whether it follows."""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.runner.amounts import counted
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_finding import Finding
from interlock.runner.commands.journal_parts import check
from interlock.runner.commands.journal_place import find_journal, must_be_there, of_a_journal
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.config.problems import path_text, printable
from interlock.runner.exit_codes import ExitCode
from interlock.runner.streams import answered

_WORDS_MAX = 2_000


@click.command(
    epilog="""\b
Examples:
  interlock journal verify
  interlock journal verify -c examples/aapl.toml --json | jq .finding
  interlock journal verify state/demo/sim/journal-1.sqlite3
\b
Exit codes: 0 every record holds, 1 something does not: the first such record is named,
2 usage or configuration, or no journal there, 3 the chain holds, and decisions could
not be made once more: what their configuration names is not installed here; or
refused (LIVE, or a mode above the file's), 5 the journal cannot be read,
74 only the answer could not be written."""
)
@of_a_journal
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def verify(path: Path | None, config: Path | None, mode: str | None, as_json: bool) -> int:
    """Check every record, and make every decision once more.

    The chain of hashes, the numbers without a gap, the head file, and that each record can be read. Each recorded
    observation goes through fold, rules and strategy again, under the configuration that its run recorded: decision,
    findings, events and ids have to come out the same, to the byte. What was observed is taken as it is recorded.
    Every snapshot has to be what they add up to. Nothing is sent, and nothing is changed. A long journal is shared
    among the processors.

    A chapter is derived from what its first record carries over, and where the chapter before lies beside, that has to
    end where this one says; it is checked by a verify of its own.

    The first record that does not hold is named, with what it says and what follows. Strategies and rules are those
    that are installed here: a build that decides otherwise is told of beside a finding.
    """
    journal = must_be_there(find_journal(path, config, mode))
    with RawJournal(journal) as rows:
        until = rows.last_seq()
    with redirect_stdout(sys.stderr), Progress(until + 1, "verify") as look:
        checked = check(journal, look, until)
    said = json.dumps(as_data(journal, checked)) if as_json else as_text(journal, checked)
    return answered(exit_code_of(checked), lambda: click.echo(said))


def exit_code_of(checked: Checked) -> ExitCode:
    """What the check came to."""
    if checked.finding is not None:
        return ExitCode.FINDING
    return ExitCode.REFUSED if checked.chain_only else ExitCode.DONE


def as_data(journal: Path, checked: Checked) -> dict[str, Any]:
    """The result for scripts."""
    code = exit_code_of(checked)
    return {"ok": code is ExitCode.DONE, "exit_code": int(code), "journal": str(journal), **checked.as_data()}


def as_text(journal: Path, checked: Checked) -> str:
    """The result for people."""
    finding = checked.finding
    lines = [
        f"{path_text(journal)}: {counted(checked.records, 'record')} checked against the chain, "
        f"{counted(checked.rederived, 'record')} derived once more"
    ]
    for seq, why in checked.chain_only.items():
        lines.append(
            f"from record {seq} on only the chain was checked: {why}. Install what is missing, and verify again."
        )
    lines += checked.notes
    if finding is None:
        lines.append(_verdict(checked))
    else:
        lines += _told(finding)
        lines += [f"some of it was made by {build}, and that may be why" for build in checked.builds]
        lines.append("Keep a copy of the file as it is, and do not go on with it before you know why.")
    return "\n".join(printable(line, _WORDS_MAX) for line in lines)


def _verdict(checked: Checked) -> str:
    """Of a check that found nothing wrong. What was passed over may well have been changed: it is not everything."""
    if checked.chain_only:
        return "the chain holds"
    if checked.passed_over or checked.tallies_passed_over:
        return "every record holds; what was passed over only spares reading them"
    return "everything holds"


def _told(finding: Finding) -> list[str]:
    record = f"record {finding.seq}: " if finding.seq is not None else ""
    lines = [f"does not hold: {record}{finding.what}"]
    if finding.recorded or finding.derived:
        lines += [f"  recorded: {finding.recorded}", f"  derived:  {finding.derived}"]
    return lines
