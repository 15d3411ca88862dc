"""What is another in one configuration than in an earlier one, key by key, and what must not be."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from interlock.core.observations import ChangedSetting, ConfigurationChanged
from interlock.core.risk.registry import MANDATORY, RULES
from interlock.runner.config.origins import leaves
from interlock.runner.config.problems import KeyPath, key_text, printable
from interlock.runner.exit_codes import RefusedToStart

# What one record lists at most; the whole configuration stands in the next.
CHANGES_MAX: Final = 100
VALUE_CHARACTERS_MAX: Final = 200

# What a journal is of, and what its books rest on: whatever is another there is another journal.
_OF_THE_JOURNAL: Final = frozenset({("run_mode",), ("account",), ("currency",), ("opening_cash",)})
_INTERVAL: Final = ("market_data", "interval")
_INSTRUMENTS: Final = "instruments"
_SPLITS: Final = "splits"

# Of the shipped controls: with which of their numbers, when larger, they let more through, and with which when smaller.
_LOOSER_WHEN_LARGER: Final = frozenset({"limit", "limit_seconds", "bars_missed", "entries", "exits"})
_LOOSER_WHEN_SMALLER: Final = frozenset({"window_seconds", "bars"})

# From the last bar on, in days of UTC: a session may open on the evening before its day.
_SPLIT_AHEAD: Final = timedelta(days=1)


def differences(before: str, after: str) -> tuple[ChangedSetting, ...]:
    """Every key that is another in the canonical text ``after`` than in ``before``, in the order of the keys.

    Raises ``ValueError`` for what is no canonical text.
    """
    old, new = _leaves(before), _leaves(after)
    gone = _controls(old) - _controls(new)
    found = []
    for path in sorted(old.keys() | new.keys(), key=key_text):
        was, now = old.get(path), new.get(path)
        if was != now:
            loosens = len(path) > 1 and path[0] == "risk" and (path[1] in gone or _loosens(path, was, now))
            found.append(ChangedSetting(key=_key(path), before=_shown(was), after=_shown(now), loosens=loosens))
    return tuple(found)


def changed(before: str, after: str, read_until: datetime | None, path: Path) -> tuple[ChangedSetting, ...]:
    """The differences, where the journal at ``path`` may be gone on with. ``read_until`` is the time of the newest data
    that was read, None where none was.

    Raises ``RefusedToStart`` for what would make it another journal: its books rest on that.
    """
    if before == after:
        return ()
    try:
        changes = differences(before, after)
        held = must_not_change(before, after, read_until.date() if read_until is not None else None)
    except ValueError as error:
        raise RefusedToStart(
            f"{path} was written under another configuration, which cannot be read: {error}.\n"
            f"Run the version that wrote it, or begin anew: interlock journal archive --anew {path}, which keeps it."
        ) from error
    if held:
        told = "; ".join(f"{one.key} was {one.before or 'not set'}, would be {one.after or 'not set'}" for one in held)
        raise RefusedToStart(
            f"{path} was written under another configuration, and its books rest on it: {told}.\n"
            "Put that back, name another state_dir, or begin anew: "
            f"interlock journal archive --anew {path}, which keeps it."
        )
    return changes


def must_not_change(before: str, after: str, read_until: date | None) -> tuple[ChangedSetting, ...]:
    """Those differences that make it another journal. A split may be declared, changed or taken back as long as it is
    ahead of ``read_until``, the day of the newest data that was read; None where none was."""
    old, new = _leaves(before), _leaves(after)
    keys = {_key(path) for path in old.keys() | new.keys() if _held(path, read_until)}
    return tuple(change for change in differences(before, after) if change.key in keys)


def as_observation(changes: tuple[ChangedSetting, ...]) -> ConfigurationChanged:
    """The changes as a journal keeps them: not more of them than a record should hold, and how many are left out."""
    return ConfigurationChanged(changes=changes[:CHANGES_MAX], left_out=max(0, len(changes) - CHANGES_MAX))


def splits_differ(changes: Iterable[ChangedSetting]) -> bool:
    """Whether a declared split is among them."""
    return any(change.key.startswith(f"{_INSTRUMENTS}[") and f".{_SPLITS}." in change.key for change in changes)


def _held(path: KeyPath, read_until: date | None) -> bool:
    if path in _OF_THE_JOURNAL or path == _INTERVAL:
        return True
    if path[0] != _INSTRUMENTS:
        return False
    if len(path) < 4 or path[2] != _SPLITS:
        return True
    try:
        return read_until is not None and date.fromisoformat(str(path[3])) <= read_until + _SPLIT_AHEAD
    except ValueError:
        return True


def _leaves(text: str) -> dict[KeyPath, Any]:
    """The values by their keys. What is not set is not there, and a split has the key of its day."""
    try:
        tree = json.loads(text)
        for instrument in tree.get(_INSTRUMENTS, ()):
            splits = instrument.pop(_SPLITS, None)
            if splits:
                instrument[_SPLITS] = {split["ex_date"]: split["ratio"] for split in splits}
    except (AttributeError, LookupError, TypeError, RecursionError) as error:
        raise ValueError("not the text of a configuration") from error
    # An empty table turns a control on, and says nothing anywhere else.
    return {
        path: value
        for path, value in leaves(tree).items()
        if path and value is not None and (value != {} or len(path) > 1)
    }


def _controls(leaves_of_it: Mapping[KeyPath, Any]) -> set[str | int]:
    """The controls that are on and may be off: without a mandatory one every order is denied."""
    return {path[1] for path in leaves_of_it if path[0] == "risk" and len(path) > 1 and path[1] not in MANDATORY}


def _loosens(path: KeyPath, was: Any, now: Any) -> bool:
    if len(path) != 3 or path[1] not in RULES:
        return False
    if isinstance(was, list) and isinstance(now, list):
        return any(item not in was for item in now)
    if path[2] == "allow_short":
        return now is True
    try:
        more = Decimal(str(now)) - Decimal(str(was))
    except ArithmeticError:
        return False
    return (path[2] in _LOOSER_WHEN_LARGER and more > 0) or (path[2] in _LOOSER_WHEN_SMALLER and more < 0)


def _key(path: KeyPath) -> str:
    return printable(key_text(path), VALUE_CHARACTERS_MAX)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return printable(text, VALUE_CHARACTERS_MAX)
