"""Which column is which: from the header's own names, or from names that the configuration states."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

TIME_NAMES: Final = ("timestamp", "datetime", "date", "time")
NUMBER_NAMES: Final = ("open", "high", "low", "close", "volume")
ADJUSTED_NAMES: Final = ("adj close", "adj_close", "adjclose", "adjusted close", "adjusted_close")
IGNORED: Final = "-"
COLUMNS_MAX: Final = 64

_KNOWN: Final = f"{'|'.join(TIME_NAMES)}, {', '.join(NUMBER_NAMES)}"


@frozen(kw_only=True)
class Columns:
    """Where in a row each value stands, counted from 0; ``count`` is how many cells a row has."""

    time: int
    numbers: tuple[int, int, int, int, int]
    count: int
    notes: tuple[str, ...] = ()


def meaning_of(name: str) -> str | None:
    """What a column of that name is: "time" or one of ``NUMBER_NAMES``; None for a word that says nothing to us."""
    known = name.strip().casefold()
    if known in TIME_NAMES:
        return "time"
    return known if known in NUMBER_NAMES else None


def columns_of(names: Sequence[str]) -> Columns | str:
    """Map ``names``, any order and case, to columns; or say what is missing, twice there or unknown."""
    if len(names) > COLUMNS_MAX:
        return f"{len(names)} columns, where at most {COLUMNS_MAX} are read"
    places: dict[str, int] = {}
    notes: list[str] = []
    for place, name in enumerate(names):
        known = name.strip().casefold()
        if known in TIME_NAMES or (place == 0 and not known):
            known = "time"
        elif known in ADJUSTED_NAMES:
            notes.append(f"column {name.strip()!r} is ignored: prices are taken as they were traded")
            continue
        elif known == IGNORED:
            notes.append(f"column {place + 1} is ignored, as stated")
            continue
        elif known not in NUMBER_NAMES:
            return f"column {place + 1} {name.strip()[:40]!r}, which is none of {_KNOWN}"
        if known in places:
            return f"columns {places[known] + 1} and {place + 1} both meaning {known!r}"
        places[known] = place
    missing = [name for name in ("time", *NUMBER_NAMES) if name not in places]
    if missing:
        return f"no column for {', '.join(missing)}"
    first, second, third, fourth, fifth = (places[name] for name in NUMBER_NAMES)
    return Columns(
        time=places["time"], numbers=(first, second, third, fourth, fifth), count=len(names), notes=tuple(notes)
    )
