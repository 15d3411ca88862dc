"""``interlock explain``: the whole story of one decision, or of any other record."""

import json
import sys
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec import Struct

from interlock.core.explain_words import span, stamp
from interlock.runner.collecting import no_collecting
from interlock.runner.commands.journal_place import find_journal, must_be_there, of_a_named_journal
from interlock.runner.exit_codes import ExitCode
from interlock.runner.streams import answered

if TYPE_CHECKING:
    from interlock.core.moment import Moment, Standing
    from interlock.runner.asking.journal import AskedJournal

# Numbers of records have at most so many digits; whatever is longer is an order's id that cannot be.
_DIGITS_MAX: Final = 18


@click.command(
    epilog="""\b
Examples:
  interlock explain                            the last decision
  interlock explain 205                        record 205, whatever it is
  interlock explain 0f3c9d2b71aa-12            the decision that made this order
  interlock explain 0f3c9d2b71aa-bar-205       what was decided at that bar, as the log calls it
  interlock explain --at 2000-10-02T20:00:00Z
  interlock explain --at "2000-10-02 16:00 America/New_York"
  interlock explain --last-denied -c examples/aapl.toml
  interlock explain 205 --what-if risk.max_order_notional.limit=5000
  interlock explain data_stale                 what that reason means, and what to do
  interlock explain 205 --journal journal-copy.sqlite3 --json | jq .sections.rules.facts
\b
Exit codes: 0 told; 1 told, and the record is not what follows from those before it; 2 usage
or configuration, no journal there, or nothing in it that was asked for; 3 refused (LIVE, or
a mode above the file's); 5 the journal cannot be read or trusted;
74 only the answer could not be written to stdout."""
)
@click.argument("what", metavar="[SEQ | ID | CODE]", required=False)
@click.option("--at", "at", metavar="TIME", help="The moment of that time: with Z, an offset, or a zone's name.")
@click.option("--last", "last", is_flag=True, help="The last decision; so it is where nothing is asked.")
@click.option("--last-denied", "last_denied", is_flag=True, help="The last decision that was denied.")
@click.option("--last-order", "last_order", is_flag=True, help="The last decision that made an order.")
@click.option(
    "--what-if",
    "what_if",
    metavar="KEY=VALUE",
    multiple=True,
    help="Decide it again with that in the configuration, and show both. May be repeated.",
)
@of_a_named_journal
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, its keys always the same.")
def explain(
    what: str | None,
    at: str | None,
    last: bool,
    last_denied: bool,
    last_order: bool,
    what_if: tuple[str, ...],
    path: Path | None,
    config: Path | None,
    mode: str | None,
    as_json: bool,
) -> int:
    """Tell the whole story of one decision: what was seen, wished and found, and what came of it.

    Any record can be asked for, by its number (SEQ); an order, or a bar, by its ID. Everything is drawn from the
    journal alone, beside whoever writes it; nothing is changed. The decision is made once more from the records before
    it, and held against what was recorded. Amounts are in the journal's currency, times in UTC. A reason's CODE, in any
    case, tells what it means, without any journal.
    """
    if (what is not None) + (at is not None) + last + last_denied + last_order > 1:
        raise click.UsageError(
            "SEQ or ID, --at, --last, --last-denied and --last-order each say which moment is meant: ask in one way"
        )
    if what is not None and not what.strip():
        raise click.UsageError(
            "what is to be explained is empty: give the number of a record (SEQ), the id of an order or of a bar (ID) "
            "or a reason's CODE; without any of them it is the last decision"
        )
    if what is not None and (reason := _reason(what, as_json)):
        if what_if:
            raise click.UsageError(
                f"{what.upper()} is a reason, and --what-if decides a record again: give the number of one, as "
                f"`interlock decisions --reason {what.upper()}` lists them, or leave --what-if out"
            )
        return answered(ExitCode.DONE, lambda: click.echo(reason))
    like = "denied" if last_denied else "order" if last_order else "decision"
    journal = must_be_there(
        find_journal(path, config, mode, called="--journal"), called="--journal", more=lambda: _or_a_reason(what)
    )
    # A plugin's strategy or rule decides once more, and may print: stdout holds what was asked for.
    with redirect_stdout(sys.stderr), no_collecting():
        text, code = _told(journal, what, at, like, what_if, as_json)
    # What was found counts, also where it could not be said.
    return answered(code, lambda: click.echo(text))


def _or_a_reason(what: str | None) -> str:
    """Where no journal is: whoever typed nearly a reason's code needs none."""
    from interlock.runner.asking.reason_told import or_a_reason

    return or_a_reason(what or "")


def _reason(what: str, as_json: bool) -> str:
    """What the reason of that name means; empty where it is none."""
    from interlock.runner.asking import reason_told

    code = reason_told.reason_called(what)
    if not code:
        return ""
    return json.dumps(reason_told.as_data(code)) if as_json else reason_told.as_text(code)


def _told(
    path: Path, what: str | None, at: str | None, like: str, what_if: tuple[str, ...], as_json: bool
) -> tuple[str, ExitCode]:
    from interlock.core.explain import story
    from interlock.runner.asking.further import further
    from interlock.runner.asking.journal import AskedJournal
    from interlock.runner.asking.telling import as_data, as_text

    with AskedJournal(path) as journal:
        asked = _at(journal, at) if at is not None else _named(journal, what, like)
        moment = journal.moment(asked.seq)
        told = story(moment, further(journal, moment, what_if))
        stood = _stood_by_then(journal, asked, moment)
    code = ExitCode.FINDING if moment.rederived.matches is False else ExitCode.DONE
    if as_json:
        return json.dumps({**as_data(told), "asked": asked.as_data(stood)}), code
    return "\n\n".join(part for part in (asked.told, _by_then(asked, stood, moment), as_text(told)) if part), code


def _stood_by_then(journal: "AskedJournal", asked: "_Asked", moment: "Moment") -> "Standing | None":
    """Where one stood at the time that was asked for, where the story itself does not tell: what a person did at the
    time of a decision, or a run that began then, stands behind it and belongs to no decision."""
    if asked.until is None or asked.until == asked.seq:
        return None
    stood = journal.stood_after(asked.until)
    return stood if stood not in (moment.after, moment.settled and moment.settled.standing) else None


def _by_then(asked: "_Asked", stood: "Standing | None", moment: "Moment") -> str:
    if stood is None:
        return ""
    from interlock.core.explain_standing import stood_sentence
    from interlock.runner.asking.telling import as_lines

    return as_lines(stood_sentence(f"More came behind it by that time; after record {asked.until}", stood, moment))


class _Asked(Struct, frozen=True, kw_only=True):
    """The record that was meant, and the time that was asked for, where one was. ``until`` is the very last record by
    then."""

    seq: int
    time: datetime | None = None
    own: datetime | None = None
    until: int | None = None
    is_beyond: bool = False

    def as_data(self, stood: "Standing | None") -> dict[str, Any] | None:
        """For scripts; None where no time was asked for."""
        if self.time is None or self.own is None:
            return None
        from interlock.core.explain_standing import standing_facts
        from interlock.runner.asking.telling import spelt

        after = spelt(standing_facts(stood)) if stood is not None else None
        return {"time": stamp(self.time), "before": span(self.time - self.own), "until": self.until, "standing": after}

    @property
    def told(self) -> str:
        """What a person should know of a time that is no record's own."""
        if self.time is None or self.own is None or self.time == self.own:
            return ""
        rest = "; the journal ends before that time" * self.is_beyond
        before = span(self.time - self.own)
        return f"Nothing is on record at {stamp(self.time)}. What held then was decided {before} before{rest}:"


def _named(journal: "AskedJournal", what: str | None, like: str) -> _Asked:
    if what is None:
        return _Asked(seq=journal.last(like))
    if what.isascii() and what.isdecimal() and len(what) <= _DIGITS_MAX:
        return _Asked(seq=int(what))
    return _Asked(seq=journal.seq_of(what))


def _at(journal: "AskedJournal", at: str) -> _Asked:
    from interlock.runner.asking.asked_time import asked_time
    from interlock.runner.asking.finding import decided_then

    time = asked_time(at, journal.market_zone)
    until = journal.last_at(time)
    seq = decided_then(journal.rows, until)
    is_beyond = time > journal.rows.ts_init(journal.last_seq)
    return _Asked(seq=seq, time=time, own=journal.rows.ts_init(seq), until=until, is_beyond=is_beyond)
