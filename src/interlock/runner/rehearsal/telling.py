"""A rehearsal told: the same facts as one JSON object and as text."""

import textwrap
from pathlib import Path
from typing import Any, Final

from interlock.core.explain_words import counted, stamp
from interlock.core.modes import RunMode
from interlock.runner.config.problems import path_text, printable
from interlock.runner.rehearsal.through import Rehearsal

WIDTH: Final = 110
_WORDS_MAX: Final = 500

PNL: Final = (
    "P&L is no reason to loosen a limit. A limit is there for the day that is not in these records; what a looser one "
    "would have earned on the days that are says nothing of that day, and whoever takes the limit that did best on the "
    "past has no limit, but a fit."
)
LOCAL: Final = (
    "LOCAL: each recorded decision asked again where it stood. Position, orders, halts and releases are the recorded "
    "ones, and no new answer is carried forward to the next."
)
FULL: Final = (
    "FULL: the run as it would have gone. The recorded market through a fresh account, with the new strategy, the new "
    "limits and the paper venue under the new [execution]; one new answer leads to the next."
)
# What stands before the name of a group, and what becomes of it now, no longer, and otherwise.
_KINDS: Final = {
    "RULE": ("rule", "denies now", "denies no longer", "denies for another reason"),
    "REASON": ("reason", "", "", "answers"),
    "TERMS": ("terms of the order:", "", "", "orders"),
    "RESTRICTION": ("restriction", "comes now", "comes no longer", "comes otherwise"),
}
_ROWS: Final = (
    ("decisions approved", "approved"),
    ("decisions denied", "denied"),
    ("decisions without action", "no_action"),
    ("decisions that raised", "errors"),
    ("orders sent", "orders"),
    ("  entries", "entries"),
    ("  exits", "exits"),
    ("  rejected", "rejected"),
    ("  expired", "expired"),
    ("fills", "fills"),
    ("gross exposure, at most", "exposure_max"),
    ("gross exposure, mean", "exposure_mean"),
    ("fees", "fees"),
    ("P&L, fees paid", "pnl"),
    ("drawdown, at most", "drawdown_max"),
    ("equity at the end", "equity"),
    ("position at the end", "position"),
    ("trading at the end", "trading_state"),
)


def as_data(rehearsal: Rehearsal, journal: Path) -> dict[str, Any]:
    """The result for scripts, its keys always the same. Amounts are text."""
    loaded, opened, window = rehearsal.against.loaded, rehearsal.opened, rehearsal.window
    recorded, full = rehearsal.recorded, rehearsal.full
    rerun = rehearsal.rerun
    return {
        "journal": str(journal),
        "against": str(loaded.path),
        "digest": loaded.digest,
        "instrument": opened.instrument.symbol,
        "mode": opened.mode.value,
        "currency": opened.currency,
        "records": rehearsal.records,
        "from": stamp(window.start) if window.start is not None else None,
        "to": stamp(window.end) if window.end is not None else None,
        "configurations": [_configured(each) for each in rehearsal.configured],
        "configurations_left_out": rehearsal.configurations - len(rehearsal.configured),
        "changed": bool(recorded.groups.changed or full.groups.changed),
        "local": recorded.groups.as_data(),
        "full": {
            **full.groups.as_data(),
            "recorded": recorded.sums.as_data(rehearsal.local.view),
            "new": full.sums.as_data(rerun.view),
            "ended_at": rehearsal.ended[0] if rehearsal.ended is not None else None,
        }
        if rerun is not None
        else None,
        "why_not_full": rehearsal.against.why_not_full or None,
        "notes": list(_notes(rehearsal)),
        "pnl_is_no_reason": PNL,
    }


def _configured(each: Any) -> dict[str, Any]:
    return {
        "first": each.first,
        "last": each.last,
        "digest": each.digest,
        "unreadable": each.unreadable or None,
        "settings": [
            {
                "key": one.key,
                "before": one.before,
                "after": one.after,
                "effect": one.effect.value,
                "direction": one.direction.value,
            }
            for one in each.settings
        ],
    }


def _notes(rehearsal: Rehearsal) -> list[str]:
    """What a reader has to know to read the answers right."""
    notes = []
    if rehearsal.people:
        notes.append(
            f"what people and their kill switch said stands where it stood, in both answers ({rehearsal.people}): "
            "under the new configuration they might have said something else"
        )
    if rehearsal.venue_fills and rehearsal.rerun is not None:
        notes.append(
            f"the recorded fills are those of a venue ({rehearsal.venue_fills}), the full answer's those of the paper "
            "venue: they would differ under the very same limits, too"
        )
    if rehearsal.venue_faults and rehearsal.rerun is not None:
        notes.append(f"faults of the recorded venue are left out of the full answer ({rehearsal.venue_faults})")
    if rehearsal.window_is_short:
        notes.append(
            "the chapter before handed on fewer bars than this configuration looks back over: its first decisions here "
            "see a window that has yet to fill up"
        )
    if rehearsal.faults_exceeded is not None:
        notes.append(
            f"a run would have ended itself at record {rehearsal.faults_exceeded}: more than [loop] faults_max faults "
            "in a row; the full answer goes on"
        )
    if rehearsal.ended is not None:
        seq, fault = rehearsal.ended
        notes.append(f"the full answer ends before record {seq}: {fault.error} at {fault.place}")
    if rehearsal.opened.mode is RunMode.LIVE:
        notes.append("this is a journal of LIVE: nothing of a rehearsal is sent, and no arming is taken by it")
    return notes


def as_text(data: dict[str, Any]) -> str:
    """The same for people."""
    window = " ".join(f"{word} {data[word]}" for word in ("from", "to") if data[word] is not None)
    lines = [
        f"{path_text(Path(data['journal']))}: {data['instrument']} in {data['mode']}, "
        f"{counted(data['records'], 'record')}{', ' * bool(window)}{window}",
        f"against {path_text(Path(data['against']))}",
        "",
        *_differences(data),
        "",
        *_wrapped(LOCAL),
        *_groups(data["local"]),
        "",
        *_wrapped(FULL),
    ]
    full = data["full"]
    if full is None:
        lines += _wrapped(printable(f"not given: {data['why_not_full']}", _WORDS_MAX), "  ")
    else:
        lines += [*_groups(full), "", *_table(full, data["currency"])]
    for note in data["notes"]:
        lines += ["", *_wrapped(printable(f"note: {note}", _WORDS_MAX))]
    if not data["changed"]:
        lines += ["", "Nothing changes: every recorded decision would have been the same."]
    lines += ["", *_wrapped(PNL)]
    return "\n".join(lines)


def _differences(data: dict[str, Any]) -> list[str]:
    lines = []
    for each in data["configurations"]:
        lines.append(f"records {each['first']} to {each['last']} were made under {printable(each['digest'], 18)}")
        if each["unreadable"]:
            lines.append(f"  it cannot be held against the new one: {printable(each['unreadable'])}")
        elif not each["settings"]:
            lines.append("  the new configuration is the same")
        for one in each["settings"]:
            before, after = ("not set" if one[side] is None else one[side] for side in ("before", "after"))
            counts = {"BOTH": "", "FULL": " (counts in the full answer alone)", "NONE": " (without effect here)"}
            way = f", {one['direction'].lower()}" if one["direction"] != "OTHER" else ""
            told = f"{one['key']}: {before} -> {after}{way}{counts[one['effect']]}"
            lines += _wrapped(printable(told, _WORDS_MAX), "  ")
    if data["configurations_left_out"]:
        lines.append(f"and {counted(data['configurations_left_out'], 'more configuration')}")
    return lines or ["no run ever began in it: no configuration was recorded"]


def _groups(answer: dict[str, Any]) -> list[str]:
    total = counted(answer["asked"], "decision")
    if not answer["changed"]:
        return [f"  nothing changes, in {total}"]
    lines = [f"  {counted(answer['changed'], 'answer')} changed, of {total}"]
    lines += [f"    {outcomes_told(one['recorded'], one['new'])}: {one['count']:,}" for one in answer["outcomes"]]
    for group in answer["groups"]:
        what, *words = _KINDS[group["kind"]]
        counts = zip(words, (group["now"], group["no_longer"], group["otherwise"]), strict=True)
        told = ", ".join(f"{word} {count:,}" for word, count in counts if count)
        lines.append(f"  {what} {printable(group['name'], 200)}: {told}")
        for example in group["examples"]:
            lines.append(f"    record {example['seq']} at {example['at']}")
            lines += _wrapped(f"recorded: {printable(example['recorded'], _WORDS_MAX)}", "      ")
            lines += _wrapped(f"new:      {printable(example['new'], _WORDS_MAX)}", "      ")
    if answer["beyond"]:
        lines.append(f"  and more reasons than are listed: {answer['beyond']:,} times")
    return lines


def outcomes_told(recorded: str | None, new: str | None) -> str:
    """From which outcome to which; None where nothing was decided."""
    was, now = recorded or "no decision", new or "no decision"
    return f"{was} -> {now}" if was != now else f"{was} both times, and not alike"


def _table(full: dict[str, Any], currency: str) -> list[str]:
    recorded, new = full["recorded"], full["new"]
    rows = [("", "recorded", "full"), *((words, str(recorded[key]), str(new[key])) for words, key in _ROWS)]
    return [
        *(f"  {words:<26}{one:>20}{other:>20}" for words, one, other in rows),
        f"  amounts in {currency}; exposure and drawdown at the close of each bar",
    ]


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  " if indent else "", break_on_hyphens=False
    )
