"""One moment under what was configured and under something else, side by side. The recorded decision stands."""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import asdict

from interlock.core.decision import CancelIntent, Decision, Finding, OrderIntent, Outcome
from interlock.core.explain_findings import finding_facts, finding_sentence
from interlock.core.explain_parts import happened
from interlock.core.explain_story import Fact, Section, Sentence
from interlock.core.explain_words import plain
from interlock.core.observations import ChangedSetting
from interlock.core.reason_text import shown
from interlock.core.reasons import sentence
from interlock.core.records import Record
from interlock.core.values import LightValue

_ALL_THE_SAME: Final = "Everything would have been the same."
_NOTHING_DECIDED: Final = (
    "Nothing is decided at such a record, and what follows from it by itself would have been the same. A decision is "
    "changed where it was made: under Cause and consequence stands which record that was, if there was one."
)


class Compared(LightValue, frozen=True, kw_only=True):
    """One line of the comparison: ``name`` of what is compared, how it is recorded, and how it would have been."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether it would have been another."""
        return self.before != self.after


class WhatIf(LightValue, frozen=True, kw_only=True):
    """``before``: the moment as recorded. ``after``: what it comes to under ``changes`` of the configuration."""

    changes: tuple[ChangedSetting, ...]
    before: Record
    after: Record

    @property
    def lines(self) -> tuple[Compared, ...]:
        """Outcome, reason, wish and what follows; then every rule that would have said something else."""
        before, after = self.before.decision, self.after.decision
        whole = (
            Compared(name="outcome", before=_outcome(before), after=_outcome(after)),
            Compared(name="reason", before=_reason(before), after=_reason(after)),
            Compared(name="wish", before=_wish(before), after=_wish(after)),
            Compared(name="what follows", before=_followed(self.before), after=_followed(self.after)),
        )
        return (*whole, *(line for line in self._rules() if line.differs))

    def _rules(self) -> Iterator[Compared]:
        before, after = _findings(self.before.decision), _findings(self.after.decision)
        for rule in {**before, **after}:
            yield Compared(name=rule, before=_found(before.get(rule)), after=_found(after.get(rule)))


def what_if_section(asked: WhatIf) -> Section:
    """Before and after, and that the recorded decision stands."""
    facts: dict[str, Fact] = {
        "changes": [asdict(change) for change in asked.changes],
        "lines": [{**asdict(line), "differs": line.differs} for line in asked.lines],
        "before": _facts(asked.before.decision),
        "after": _facts(asked.after.decision),
        "differs": any(line.differs for line in asked.lines),
    }
    return Section(key="what_if", sentences=tuple(_told(asked)), facts=facts)


def _told(asked: WhatIf) -> Iterable[Sentence]:
    yield Sentence(text="With these changes:" if asked.changes else "That is what was configured:")
    for change in asked.changes:
        yield Sentence(text=f"{change.key} = {_setting(change.after)}, where it was {_setting(change.before)}.")
    differing = [line for line in asked.lines if line.differs]
    for line in differing:
        yield Sentence(text=_line(line))
    if not differing:
        yield Sentence(text=_ALL_THE_SAME if asked.before.decision is not None else _NOTHING_DECIDED)
    loosened = [change.key for change in asked.changes if change.loosens]
    if loosened:
        yield Sentence(text=f"This asks for less protection than was configured: {', '.join(loosened)}.")
    stands = _outcome(asked.before.decision)
    yield Sentence(text=f"What was recorded stands: {stands}. Nothing was changed, and nothing was sent.")


def _line(line: Compared) -> str:
    if line.name == "outcome":
        return f"outcome: on record {line.before}; with this it would have been {line.after}."
    # A reason is a whole sentence: in quotes one sees where it ends.
    quote = '"' if line.name == "reason" else ""
    return f"{line.name}: on record {quote}{line.before}{quote}; with this {quote}{line.after}{quote}."


def _setting(value: str | None) -> str:
    """As ``ChangedSetting`` has it; a table with nothing in it turns its control on."""
    return "not set" if value is None else "on" if value == "{}" else value


def _outcome(decision: Decision | None) -> str:
    return f"{decision.outcome.value} ({shown(decision.code)})" if decision is not None else "no decision"


def _reason(decision: Decision | None) -> str:
    if decision is None or decision.outcome is Outcome.ERROR:
        return "none that can be told"
    denial = next((finding for finding in decision.findings if finding.denies), None)
    if denial is not None:
        return finding_sentence(denial)
    return sentence(decision.code, decision.proposal.numbers if decision.proposal is not None else {})


def _wish(decision: Decision | None) -> str:
    """What the strategy wanted, and why where that is not the reason already."""
    match decision.proposal if decision is not None else None:
        case OrderIntent() as order:
            price = f"at {plain(order.limit_price)} or better" if order.limit_price is not None else "at the market"
            told = f"{order.side.value} {plain(order.quantity)} {price}"
            return f"{told}, because {sentence(order.code, order.numbers)}"
        case CancelIntent() as cancel:
            return f"to cancel {shown(cancel.client_order_id)}, because {sentence(cancel.code, cancel.numbers)}"
        case _:
            return "nothing"


def _followed(record: Record) -> str:
    """What happened with it: what goes out, what is restricted."""
    return "; ".join(happened(event) for event in record.events) or "nothing"


def _findings(decision: Decision | None) -> dict[str, Finding]:
    return {finding.rule: finding for finding in decision.findings} if decision is not None else {}


def _found(finding: Finding | None) -> str:
    return f"{finding.verdict.value} ({finding_sentence(finding)})" if finding is not None else "not asked"


def _facts(decision: Decision | None) -> Fact:
    if decision is None:
        return None
    findings = [finding_facts(finding) for finding in decision.findings]
    return {"outcome": decision.outcome.value, "code": str(decision.code), "findings": findings}
