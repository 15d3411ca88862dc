"""Where two bodies differ first: the place in words, and what stands there in each."""

import json
from typing import Any, Final

from msgspec import Struct

from interlock.runner.config.problems import printable

_SHOWN_CHARACTERS_MAX: Final = 200
_NOTHING: Final = "nothing"


class Difference(Struct, frozen=True, kw_only=True):
    """``where`` is a path into the body, ``decision.findings[2].observed``; the other two are what stands there."""

    where: str
    recorded: str
    derived: str


def first_difference(recorded: bytes, derived: bytes) -> Difference:
    """Between two bodies that are not the same bytes."""
    found = _walk(json.loads(recorded), json.loads(derived), "")
    if found is not None:
        return found
    # The same values, so it is how they are spelt: white space, the order of keys, a key that stands there twice.
    at = next(
        (place for place, (one, other) in enumerate(zip(recorded, derived, strict=False)) if one != other),
        min(len(recorded), len(derived)),
    )
    return Difference(where=f"its spelling, at byte {at}", recorded=_text(recorded[at:]), derived=_text(derived[at:]))


def _walk(recorded: Any, derived: Any, where: str) -> Difference | None:
    if isinstance(recorded, dict) and isinstance(derived, dict):
        keys = dict.fromkeys((*derived, *recorded))
        pairs = [(f"{where}.{key}" if where else key, recorded.get(key, ...), derived.get(key, ...)) for key in keys]
    elif isinstance(recorded, list) and isinstance(derived, list):
        longer = range(max(len(recorded), len(derived)))
        pairs = [(f"{where}[{place}]", _at(recorded, place), _at(derived, place)) for place in longer]
    elif recorded == derived and type(recorded) is type(derived):
        return None
    else:
        return Difference(where=where, recorded=_shown(recorded), derived=_shown(derived))
    return next((found for path, one, other in pairs if (found := _walk(one, other, path)) is not None), None)


def _at(items: list[Any], place: int) -> Any:
    return items[place] if place < len(items) else ...


def _shown(value: Any) -> str:
    if value is ...:
        return _NOTHING
    return printable(value if isinstance(value, str) else json.dumps(value), _SHOWN_CHARACTERS_MAX)


def _text(rest: bytes) -> str:
    return printable(rest.decode(errors="backslashreplace"), _SHOWN_CHARACTERS_MAX) if rest else _NOTHING
