"""The page of the log: what a line is, and every event with its fields and a line that was really written."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from interlock.core.observations import Observation
from interlock.runner.log_events import EVENTS, LEVELS, OF_RECORDS, OF_THE_RUN, LogEvent
from interlock.runner.logs import BYTES_MAX, FIELDS, FILES_MAX
from interlock.runner.reference.markdown import code, first_sentence, table

# Written by really running: `make docs` does it first, and a test does it again.
LINES: Final = Path(__file__).with_name("log_lines.jsonl")

# Each field: its type, what it says, and when it is null.
_FIELDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "ts": ("time", "when the line was written, by this machine's clock, to the millisecond", "never"),
    "level": ("text", f"{', '.join(map(code, LEVELS))}: how bad it is", "never"),
    "event": ("text", "one of the events below", "never"),
    "run_id": ("text", "the run that wrote it", "never"),
    "seq": ("whole number", "the journal's number of the record, or of the newest one", "where no record is meant"),
    "cycle": ("whole number", "the batch of records that it came with, counted from 1", "where no batch is meant"),
    "instrument": ("text", "what is traded", "for what is no record"),
    "code": ("text", "why, as a [reason code](reason-codes.md) or a word that is said below", "where there is none"),
    "why": ("text", "what happened and why, in words", "never"),
    "correlation_id": ("text", "the order whose story it is: its `client_order_id`", "where it is the story of none"),
    "causation_id": ("text", "what directly led to it, see below", "where nothing of ours did"),
    "data": ("object", "the numbers behind the words, as is said of each event", "where there are none"),
}  # fmt: skip
_LEVELS: Final = (
    "`DEBUG` is written with `-v` only: what came and led to nothing. Where a record restricts trading its level is "
    "`ERROR` (it may only reduce) or `CRITICAL` (it is halted)."
)
_IDS: Final = (
    "`<journal>-bar-<n>` is the decision at bar `n` of the journal; the bar's own record has that id, too, where it "
    "sent or called back something. `<client_order_id>-cancel` is our newest request before to cancel that order: the "
    "record that calls it back. Where there is none it came from outside: a person's word, a split, a venue's report "
    "about an order that is none of ours."
)


def page() -> str:
    """What a line is, then event by event."""
    lines = _lines()
    kinds = {kind.__name__: kind for kind in get_args(Observation)}
    rotated = ", ".join(code(f".{number}") for number in range(1, FILES_MAX))
    return "\n\n".join(
        [
            "# The log",
            "`interlock.log` in the state folder is for reading: by people with `interlock logs`, by programs as it is."
            " "
            "The journal is what counts; the log tells the same, and what no record can be kept of.",
            f"Each line is one event: a JSON object in ASCII, with exactly these fields in this order. A file of more "
            f"than {BYTES_MAX // 1024**2} MiB is rotated: {rotated} are the earlier ones, {code(f'.{FILES_MAX - 1}')} "
            "the oldest; what is older is gone. Only its owner may read it. What cannot be written, on a full disk "
            "say, is counted in the summary of the run.",
            table(["field", "type", "what it says", "null"], [[code(name), *_FIELDS[name]] for name in FIELDS]),
            _LEVELS,
            f"## Ids\n\n{_IDS}",
            "## Data",
            "A key that has nothing to say is left out, unless it is marked *always*. Amounts are text, to the last "
            "digit; times are ISO 8601 in UTC.",
            "The lines below were written by running what they tell of. What differs from run to run stands there as "
            "if it did not: `ts` is always the same, and where a fault was raised the line of the file is `N`.",
            "## Records",
            "The event of a record is the kind of what was observed ([records and events](events.md)).",
            *(_event(name, stated, first_sentence(kinds[name]), lines) for name, stated in OF_RECORDS.items()),
            "## What only the log tells",
            "These are about the run, and no record is kept of them.",
            *(_event(name, stated, stated.when, lines) for name, stated in OF_THE_RUN.items()),
        ]
    )


def _event(name: str, stated: LogEvent, when: str, lines: Mapping[str, list[str]]) -> str:
    held = [
        f"{code(field)} {presence}" + (f" ({says})" if says else "")
        for field, presence, says in (
            ("seq", stated.seq, ""),
            ("cycle", stated.cycle, ""),
            ("instrument", stated.instrument, ""),
            ("code", stated.code, stated.code_says),
            ("correlation_id", stated.correlation_id, ""),
            ("causation_id", stated.causation_id, ""),
            ("data", stated.has_data, ""),
        )
    ]
    parts = [f"### {name}", when, f"Level: {', '.join(map(code, stated.levels))}. Held: {'; '.join(held)}."]
    if stated.data:
        rows = [[code(f"data.{key.name}"), key.shape.value, "always" * key.always, key.says] for key in stated.data]
        parts.append(table(["key", "type", "", "what it says"], rows))
    parts.append("```json\n" + "\n".join(lines[name]) + "\n```")
    return "\n\n".join(parts)


def _lines() -> dict[str, list[str]]:
    """The lines of each event. Raises ``LookupError`` where one has none, or they are of an event that there is not."""
    found: dict[str, list[str]] = {name: [] for name in EVENTS}
    for line in LINES.read_text("utf-8").splitlines():
        read: dict[str, Any] = json.loads(line)
        found[read["event"]].append(line)
    without = [name for name, lines in found.items() if not lines]
    if without:
        raise LookupError(f"{', '.join(without)}: no line was written of it: add a scene to log_lines.py")
    return found
