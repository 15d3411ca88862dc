"""A page of decisions, for people and for scripts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from interlock.adapters.journal.codec import decode
from interlock.core.decision import CancelIntent, Outcome
from interlock.core.explain import decided
from interlock.core.records import OrderSubmitted, Record
from interlock.runner.amounts import counted
from interlock.runner.asking.choosing import Entry, Key, Page
from interlock.runner.commands.journal_lines import stamp
from interlock.runner.config.problems import path_text, printable

# A line is read, not scrolled; `interlock explain SEQ` tells all of it.
_LINE_CHARACTERS_MAX = 2_000


def as_data(journal: Path, page: Page, command: str | None) -> dict[str, Any]:
    """The page for scripts; ``command`` is what asks for the next one. The keys are always the same."""
    return {
        "journal": str(journal),
        "counts": {
            "decisions": page.counts.total(),
            "by_outcome": _by_outcome(page),
            "by_reason": [{"outcome": outcome, "code": code, "count": n} for (outcome, code), n in _sorted(page)],
        },
        "before": page.before,
        "decisions": [_entry(entry) for entry in page.entries],
        "next": {"after": page.last_seq, "more": page.more, "command": command} if page.more else None,
    }


def as_text(journal: Path, page: Page, command: str | None, explain: str, *, newest: bool) -> str:
    """The page for people: the counts, the decisions, how one of them is asked about, which is ``explain``, and how the
    next page is."""
    total = page.counts.total()
    if not total:
        return f"no such decision in {path_text(journal)}"
    outcomes = ", ".join(f"{n:,} {outcome}" for outcome, n in _by_outcome(page).items() if n)
    lines = [f"{counted(total, 'decision')}: {outcomes}"]
    widest = max(len(f"{n:,}") for n in page.counts.values())
    longest = max(len(outcome) for outcome, _ in page.counts)
    lines += [f"  {n:>{widest},}  {outcome:<{longest}} {printable(code, 200)}" for (outcome, code), n in _sorted(page)]
    lines.append("")
    if not page.entries:
        return "\n".join([*lines, "nothing comes after that: the list has ended, and without --after it begins anew"])
    digits = max(len(str(entry.row[0])) for entry in page.entries)
    longest = max(len(entry.key[0]) for entry in page.entries)
    for entry in page.entries:
        lines += _lines(entry, newest, digits, longest)
    lines += ["", f"the whole story of one: {explain}"]
    if page.more and command is not None:
        lines.append(f"{page.more:,} more: {command}")
    return "\n".join(lines)


def _by_outcome(page: Page) -> dict[str, int]:
    counts = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    for (outcome, _), count in page.counts.items():
        counts[outcome] = counts.get(outcome, 0) + count
    return counts


def _sorted(page: Page) -> Sequence[tuple[Key, int]]:
    """The most frequent first."""
    return sorted(page.counts.items(), key=lambda each: (-each[1], each[0]))


def _entry(entry: Entry) -> dict[str, Any]:
    seq, record = entry.row[0], _record(entry)
    outcome, code = entry.key
    return {
        "seq": seq,
        "ts_init": stamp(record),
        "outcome": outcome,
        "code": code,
        "why": _sentence(record),
        "rules": sorted(set(entry.decided.rules)),
        "client_order_id": _order_of(record),
    }


def _lines(entry: Entry, newest: bool, digits: int, longest: int) -> list[str]:
    record = _record(entry)
    outcome, code = entry.key
    order = _order_of(record)
    head = f"{entry.row[0]:<{digits}}  {stamp(record)}  {outcome:<{longest}} {code}"
    if order is not None:
        head += f" {order}"
    lines = [printable(f"{head}: {_sentence(record)}", _LINE_CHARACTERS_MAX)]
    if entry.count > 1:
        until = entry.last_ts.isoformat().replace("+00:00", "Z")
        which = "back to" if newest else "until"
        lines.append(f"    the same for {entry.count:,} decisions, {which} record {entry.last_seq} at {until}")
    return lines


def _record(entry: Entry) -> Record:
    return decode(entry.row[1], entry.row[2])


def _sentence(record: Record) -> str:
    return decided(record.decision) if record.decision is not None else ""


def _order_of(record: Record) -> str | None:
    """The order that came of it, or that was to be canceled."""
    for event in record.events:
        if isinstance(event, OrderSubmitted):
            return event.terms.client_order_id
    wish = record.decision.proposal if record.decision is not None else None
    return wish.client_order_id if isinstance(wish, CancelIntent) else None
