"""What would have let a denied order pass, and how far a strategy was from a wish. A part of ``explain``."""

import shlex
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec.structs import asdict

from interlock.core.decision import Finding, Outcome
from interlock.core.distance import Distance
from interlock.core.explain_findings import finding_facts, finding_told, numbers_of_finding
from interlock.core.explain_story import Fact, Section, Sentence
from interlock.core.explain_words import plain
from interlock.core.faults import Fault
from interlock.core.reason_text import shown
from interlock.core.reasons import sentence
from interlock.core.why_not import Change, Setting, WhyNot

NO_ADVICE: Final = "That is how far the order lay beyond its limits, and no advice to loosen them."


def why_not_section(found: WhyNot) -> Section:
    """What would have let it pass, and what no limit would have changed."""
    facts: dict[str, Fact] = {
        "passes": found.passes,
        "changes": [{**asdict(change), "what_if": change.what_if} for change in found.changes],
        "obstacles": [finding_facts(finding) for finding in found.obstacles],
        "faults": {rule: _fault_facts(fault) for rule, fault in found.faults.items()},
        "outcome": found.outcome.value,
        "code": str(found.code),
    }
    return Section(key="why_not", sentences=tuple(_told(found)), facts=facts)


def distance_section(distance: Distance | Fault) -> Section:
    """How far it was, as a sentence; or that the strategy failed where it was asked."""
    if isinstance(distance, Fault):
        said = Sentence(text=f"The strategy could not say, for it failed there: {_failed(distance)}.")
        facts: dict[str, Fact] = {"code": None, "numbers": None, "fault": _fault_facts(distance)}
        return Section(key="distance", sentences=(said,), facts=facts)
    text = sentence(distance.code, distance.numbers)
    facts = {"code": str(distance.code), "numbers": dict(distance.numbers), "fault": None}
    said = Sentence(text=f"{text[:1].upper()}{text[1:]}.", code=str(distance.code), numbers=distance.numbers)
    return Section(key="distance", sentences=(said,), facts=facts)


def _failed(fault: Fault) -> str:
    """What it raised and where: its message may hold anything, and is kept nowhere."""
    return f"{shown(fault.error)} ({shown(fault.place)})"


def _fault_facts(fault: Fault) -> Fact:
    return {"where": fault.where, "error": fault.error, "place": fault.place}


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
            return plain(value)
        case _:
            return shown(value)


def _told(found: WhyNot) -> Iterable[Sentence]:
    if found.faults and not found.passes:
        yield Sentence(text="No wider limits are known that would have let it pass.")
    elif not found.changes:
        yield Sentence(text="No wider limit would have let it pass.")
    elif found.obstacles:
        yield Sentence(text="Wider limits alone would not have let it pass.")
    for finding in found.obstacles:
        yield _in_the_way(finding, is_known=finding.rule not in found.faults)
    for rule, fault in found.faults.items():
        text = f"Which limit would have done {shown(rule)} could not say, for it failed there: {_failed(fault)}."
        yield Sentence(text=text)
    if not found.changes:
        return
    if found.obstacles:
        yield Sentence(text="Besides, these limits were too narrow:")
    elif not found.passes:
        yield Sentence(text="No rule would have denied it with all of these together:")
    elif len(found.changes) == 1:
        yield Sentence(text="It would have passed with this:")
    else:
        yield Sentence(text="It would have passed with all of these together:")
    for change in found.changes:
        yield _changed(change)
        if (put_in := change.what_if) is not None:
            yield Sentence(text=f"--what-if {shlex.quote(put_in)}", is_typed=True)
    if found.passes:
        yield from _no_less(found.changes)
        yield Sentence(text=NO_ADVICE)
    elif not found.obstacles and found.outcome is not Outcome.DENIED:
        text = f"But then the strategy would have wanted something else: {found.outcome.value} ({shown(found.code)})."
        yield Sentence(text=text, code=str(found.code))


def _changed(change: Change) -> Sentence:
    text = f"{change.key} = {setting(change.needed)}, where it was {setting(change.was)}."
    return Sentence(text=text, numbers={"needed": setting(change.needed), "was": setting(change.was)})


def _in_the_way(finding: Finding, *, is_known: bool) -> Sentence:
    what = "In its way stands what no wider limit changes" if is_known else "In its way stands"
    text = f"{what}: {finding.rule}: {finding_told(finding)}."
    return Sentence(text=text, code=str(finding.code), numbers=numbers_of_finding(finding))


def _no_less(changes: Sequence[Change]) -> Iterable[Sentence]:
    """That nothing less would have done, as far as that was tried."""
    first = changes[0]
    loose = [change.key for change in changes if not change.is_smallest]
    if loose:
        yield Sentence(text=f"Less might have done, for a rule did not name its smallest: {', '.join(loose)}.")
    elif len(changes) > 1:
        yield Sentence(text="With any of them left out, or one step short, it is denied all the same.")
    elif first.step is None:
        yield Sentence(text="Without that it is denied all the same.")
    else:
        yield Sentence(text=f"One step ({setting(first.step)}) short of that it is denied all the same.")
