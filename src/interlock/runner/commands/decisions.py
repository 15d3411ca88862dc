"""``interlock decisions``: what was decided, chosen, counted and listed."""

import json
import shlex
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.tally_table import PassedOver, told
from interlock.core.decision import Outcome
from interlock.core.faults import ConfigurationError
from interlock.core.reasons import Reason
from interlock.runner.asking.choosing import Page, Wanted, names_in, page_of
from interlock.runner.asking.errors import UnclearTime
from interlock.runner.commands.decision_lines import as_data, as_text
from interlock.runner.commands.journal_info import SEQ_MAX
from interlock.runner.commands.journal_place import find_journal, must_be_there, of_a_journal
from interlock.runner.config.problems import nearest, path_text, printable
from interlock.runner.exit_codes import ExitCode

LIMIT: Final = 20
LIMIT_MAX: Final = 10_000


@click.command(
    epilog="""\b
Examples:
  interlock decisions                          the first of ./interlock.toml's journal, and how many
  interlock decisions --newest --limit 5
  interlock decisions --outcome denied         what was refused, counted by reason
  interlock decisions --reason price_collar_breached --from 2000-09-29T00:00:00Z
  interlock decisions --rule max_position --json | jq .counts
  interlock decisions state/demo/sim/journal-1.sqlite3     an archive, by its path
\b
Exit codes: 0 done, also where there is none, 2 usage or configuration, no journal
there, or no such outcome, reason or rule, 3 refused (LIVE, or a mode above the file's),
5 the journal cannot be read or trusted, 74 only the answer could not be written."""
)
@of_a_journal
@click.option("--from", "since", metavar="TIME", help="Not before TIME: with Z, an offset, or a zone's name.")
@click.option("--to", "until", metavar="TIME", help="Not after TIME.")
@click.option("--outcome", metavar="OUTCOME", help="NO_ACTION, APPROVED, DENIED or ERROR, in any case.")
@click.option("--reason", metavar="CODE", help="With that reason code: the one that counts, as it is listed.")
@click.option("--rule", metavar="NAME", help="Denied by that rule, whichever other rules denied it too.")
@click.option(
    "--limit",
    type=click.IntRange(1, LIMIT_MAX),
    default=LIMIT,
    show_default=True,
    help="How many are listed: what repeats itself is one; with --json each decision is.",
)
@click.option(
    "--after", metavar="SEQ", type=click.IntRange(0, SEQ_MAX), help="Those that come after record SEQ in the list."
)
@click.option("--newest", is_flag=True, help="The newest first; --after then goes back in time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def decisions(
    path: Path | None,
    config: Path | None,
    mode: str | None,
    since: str | None,
    until: str | None,
    outcome: str | None,
    reason: str | None,
    rule: str | None,
    limit: int,
    after: int | None,
    newest: bool,
    as_json: bool,
) -> int:
    """List what was decided, NO_ACTION included: number, time, outcome, reason, one sentence, the order.

    Counted by outcome and reason over everything that was chosen, and listed a page at a time. What repeats itself is
    told once, and how often; as JSON each decision is there. `interlock explain SEQ` tells the whole story of one.

    Also while a run is writing, which commits in groups in SIM. What is listed is held against the chain of hashes;
    what is only counted is taken from tallies that the writer kept: `interlock journal verify` holds those against
    the records.
    """
    journal = must_be_there(find_journal(path, config, mode))
    span = _span(journal, since, until)
    passed_over: PassedOver = {}
    with RawJournal(journal) as rows:
        wanted = Wanted(
            since=span[0], until=span[1], outcome=_outcome(outcome), code=_code(reason, rows), rule=_rule(rule, rows)
        )
        page = page_of(
            rows, wanted, limit=limit, after=after, newest=newest, together=not as_json, passed_over=passed_over
        )
    for why, firsts in passed_over.items():
        click.echo(printable(told(why, firsts), 2_000), err=True)
    command = _command(page) if page.more else None
    if as_json:
        click.echo(json.dumps(as_data(journal, page, command)))
    else:
        click.echo(as_text(journal, page, command, _explain(), newest=newest))
    return ExitCode.DONE


def _span(journal: Path, since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    first, last = (_time(journal, text) if text is not None else None for text in (since, until))
    if first is not None and last is not None and first > last:
        raise ConfigurationError(f"--from {since} is after --to {until}: no time lies between them")
    return first, last


def _time(journal: Path, text: str) -> datetime:
    from interlock.runner.asking.asked_time import asked_time

    try:
        return asked_time(text, None)
    except UnclearTime:
        # Whoever is refused is told the market's own reading too, which takes a moment to find out.
        from interlock.runner.asking.journal import AskedJournal

        with AskedJournal(journal) as asked:
            zone = asked.market_zone
        return asked_time(text, zone)


def _outcome(text: str | None) -> str | None:
    outcomes = [outcome.value for outcome in Outcome]
    return None if text is None else _known("outcome", text, outcomes, f"one of {', '.join(outcomes)}")


def _code(text: str | None, rows: RawJournal) -> str | None:
    if text is None:
        return None
    ours = [code.value for code in Reason]
    if (code := _same(text, ours)) is not None:
        return code
    # A plugin has codes of its own, which nobody knows but the journal.
    codes, _ = names_in(rows)
    return _known("reason", text, [*ours, *codes], "a code of docs/reference/reason-codes.md, or one of the journal's")


def _rule(text: str | None, rows: RawJournal) -> str | None:
    if text is None:
        return None
    from interlock.core.risk.registry import RULES

    _, rules = names_in(rows)
    return _known("rule", text, [*RULES, *rules], "a rule of docs/reference/controls.md, or one that denied")


def _known(what: str, text: str, names: Iterable[str], expected: str) -> str:
    found = _same(text, names)
    if found is None:
        near = nearest(text, names)
        meant = f": did you mean {printable(near)}?" if near is not None else ""
        raise ConfigurationError(f"no decision has the {what} {printable(text)}: expected {expected}{meant}")
    return found


def _same(text: str, names: Iterable[str]) -> str | None:
    """``text`` as it is written, or else as it is written in another case."""
    found = {name for name in names if name.casefold() == text.casefold()}
    return text if text in found else min(found, default=None)


def _explain() -> str:
    """What asks about one decision of the same journal, but for its number."""
    asked = click.get_current_context().params
    words = ["interlock", "explain", "SEQ"]
    for option, name in (("--journal", "path"), ("-c", "config"), ("--mode", "mode")):
        if asked[name] is not None:
            words += [option, path_text(asked[name]) if name == "path" else str(asked[name])]
    return shlex.join(words)


def _command(page: Page) -> str:
    """What asks for the page after this one: the same as was asked, to be pasted."""
    asked = click.get_current_context().params
    words = ["interlock", "decisions"]
    if asked["path"] is not None:
        words.append(path_text(asked["path"]))
    for option, name in (
        ("-c", "config"), ("--mode", "mode"), ("--from", "since"), ("--to", "until"), ("--outcome", "outcome"),
        ("--reason", "reason"), ("--rule", "rule"),
    ):  # fmt: skip
        if asked[name] is not None:
            words += [option, str(asked[name])]
    if asked["limit"] != LIMIT:
        words += ["--limit", str(asked["limit"])]
    words += ["--newest"] * asked["newest"] + ["--json"] * asked["as_json"]
    return shlex.join([*words, "--after", str(page.last_seq)])
