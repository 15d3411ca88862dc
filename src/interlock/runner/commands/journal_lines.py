"""One record as one line, for people and for scripts."""

import json
from typing import Any

from interlock.core.explain import why
from interlock.core.records import Record
from interlock.runner.config.problems import printable

# A line is read, not scrolled; the whole record is in the journal.
_LINE_CHARACTERS_MAX = 10_000


def as_line(seq: int, record: Record) -> str:
    """Number, time, and what happened and why, without anything that a terminal would obey."""
    return printable(f"{seq}  {stamp(record)}  {why(record) or record.kind}", _LINE_CHARACTERS_MAX)


def as_data(seq: int, record: Record) -> dict[str, Any]:
    """The same for scripts; the keys are always the same."""
    decision = record.decision
    return {
        "seq": seq,
        "ts_init": stamp(record),
        "kind": record.kind,
        "outcome": decision.outcome.value if decision is not None else None,
        "code": str(decision.code) if decision is not None else None,
        "why": why(record) or record.kind,
        "correlation_id": record.correlation_id,
        "causation_id": record.causation_id,
    }


def as_json(seq: int, record: Record) -> str:
    """``as_data`` on one line."""
    return json.dumps(as_data(seq, record))


def stamp(record: Record) -> str:
    """The record's time as the journal spells it."""
    return record.ts_init.isoformat().replace("+00:00", "Z")
