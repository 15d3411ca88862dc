"""What is another in the configuration that is rehearsed, which way, and in which of the two answers it counts."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from interlock.runner.config.difference import differences

_BOTH: Final = ("risk", "strategy")
_SHARE: Final = "market_data.refused_rows_max_share"
_CASH: Final = "opening_cash"


class Effect(StrEnum):
    """In which answers a key counts. NONE: a rehearsal has nothing that it could change."""

    BOTH = "BOTH"
    FULL = "FULL"
    NONE = "NONE"


class Direction(StrEnum):
    """Whether a limit of risk lets more through, or less. OTHER: neither can be told, or it is no limit."""

    LOOSENS = "LOOSENS"
    TIGHTENS = "TIGHTENS"
    OTHER = "OTHER"


@frozen(kw_only=True)
class Setting:
    """One key that is another; None where it was, or is, not set."""

    key: str
    before: str | None
    after: str | None
    effect: Effect
    direction: Direction


def settings(before: str, after: str, *, goes_on: bool) -> tuple[Setting, ...]:
    """Every key of the canonical text ``after`` that is another in ``before``, what counts first.

    ``goes_on``: the journal is a later chapter, whose books began before it. Raises ``ValueError`` for what is no
    canonical text.
    """
    tightens = {one.key for one in differences(after, before) if one.loosens}
    found = [
        Setting(
            key=one.key,
            before=one.before,
            after=one.after,
            effect=_effect(one.key, goes_on=goes_on),
            direction=_direction(loosens=one.loosens, tightens=one.key in tightens),
        )
        for one in differences(before, after)
    ]
    return tuple(sorted(found, key=lambda one: list(Effect).index(one.effect)))


def _effect(key: str, *, goes_on: bool) -> Effect:
    table = key.partition(".")[0]
    if table in _BOTH or key == _SHARE:
        return Effect.BOTH
    if table == "execution":
        # What a fill is expected to cost is reserved for, and so judged.
        return Effect.BOTH if ".fee" in key else Effect.FULL
    return Effect.FULL if key == _CASH and not goes_on else Effect.NONE


def _direction(*, loosens: bool, tightens: bool) -> Direction:
    if loosens == tightens:
        return Direction.OTHER
    return Direction.LOOSENS if loosens else Direction.TIGHTENS
