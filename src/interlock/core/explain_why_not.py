"""The smallest changes that would have let an order pass, in sentences, and how far a strategy was from wanting one."""

from decimal import Decimal
from typing import Final

from interlock.core.decision import Finding, Outcome
from interlock.core.distance import Distance
from interlock.core.explain import finding_told
from interlock.core.reasons import sentence
from interlock.core.why_not import Change, Setting, WhyNot

NO_ADVICE: Final = "That is how far the order lay beyond its limits, and no advice to loosen them."


def why_not_told(found: WhyNot) -> tuple[str, ...]:
    """What would have let it pass, or what no limit would have changed; one sentence an item."""
    changes = tuple(map(_changed, found.changes))
    in_the_way = tuple(map(_in_the_way, found.obstacles))
    if not changes:
        return ("No other limit would have let it pass.", *in_the_way)
    if in_the_way:
        return (
            "Other limits alone would not have let it pass. They would have had to be these:",
            *changes,
            *in_the_way,
        )
    if found.outcome is not Outcome.APPROVED:
        return (
            "No rule would have denied it with all of these together:",
            *changes,
            f"But then the strategy would have wanted something else: {found.outcome.value} ({found.code}).",
        )
    one = len(changes) == 1
    first = "It would have passed with this:" if one else "It would have passed with all of these together:"
    short = "One step short of it" if one else "With any of them left out, or one step short,"
    return (first, *changes, f"{short} it is denied all the same.", NO_ADVICE)


def distance_told(distance: Distance) -> str:
    """How far it was, as a sentence."""
    return sentence(distance.code, distance.numbers)


def setting(value: Setting) -> str:
    """A value of the configuration as people write it."""
    match value:
        case None:
            return "not set"
        case bool():
            return "true" if value else "false"
        case tuple():
            return f"[{', '.join(map(setting, value))}]"
        case Decimal():
            whole, _, decimals = format(value, "f").partition(".")
            return f"{whole}.{decimals.rstrip('0')}".removesuffix(".")
        case _:
            text = str(value)
            return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def _changed(change: Change) -> str:
    step = f" (one step is {setting(change.step)})" if change.step is not None else ""
    return f"{change.key} = {setting(change.needed)}, where it was {setting(change.was)}{step}"


def _in_the_way(finding: Finding) -> str:
    return f"No limit changes this: {finding.rule}: {finding_told(finding)}"
