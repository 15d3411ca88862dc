"""One moment under what was configured and under something else, side by side. The recorded decision stands."""

from collections.abc import Iterator

from attrs import frozen

from interlock.core.decision import CancelIntent, Decision, Finding, OrderIntent, Outcome
from interlock.core.explain import explain, finding_sentence
from interlock.core.reasons import sentence
from interlock.core.records import Record


@frozen(kw_only=True)
class Compared:
    """One line of the comparison: ``name`` of what is compared, how it is recorded, and how it would have been."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether it would have been another."""
        return self.before != self.after


@frozen(kw_only=True)
class WhatIf:
    """``before``: the moment as recorded. ``after``: what it comes to under what was asked."""

    before: Record
    after: Record

    @property
    def lines(self) -> tuple[Compared, ...]:
        """Outcome, reason and wish, what follows, then every rule that says something else."""
        before, after = self.before.decision, self.after.decision
        whole = (
            Compared(name="outcome", before=_outcome(before), after=_outcome(after)),
            Compared(name="code", before=_code(before), after=_code(after)),
            Compared(name="reason", before=_reason(before), after=_reason(after)),
            Compared(name="wish", before=_wish(before), after=_wish(after)),
            Compared(name="follows", before=_followed(self.before), after=_followed(self.after)),
        )
        return (*whole, *(line for line in self._rules() if line.differs))

    @property
    def differs(self) -> bool:
        """Whether anything would have been another."""
        return any(line.differs for line in self.lines)

    def _rules(self) -> Iterator[Compared]:
        before, after = _findings(self.before), _findings(self.after)
        for rule in {**before, **after}:
            yield Compared(name=rule, before=_found(before.get(rule)), after=_found(after.get(rule)))


def _outcome(decision: Decision | None) -> str:
    return decision.outcome.value if decision is not None else "no decision"


def _code(decision: Decision | None) -> str:
    return decision.code if decision is not None else ""


def _reason(decision: Decision | None) -> str:
    if decision is None or decision.outcome is Outcome.ERROR:
        return ""
    denial = next((finding for finding in decision.findings if finding.denies), None)
    if denial is not None:
        return finding_sentence(denial)
    return sentence(decision.code, decision.proposal.numbers if decision.proposal is not None else {})


def _wish(decision: Decision | None) -> str:
    match decision.proposal if decision is not None else None:
        case OrderIntent(side=side, quantity=quantity, order_type=order_type, limit_price=price):
            return f"{side.value} {quantity} {order_type.value}" + (f" {price}" if price is not None else "")
        case CancelIntent(client_order_id=client_order_id):
            return f"cancel {client_order_id}"
        case _:
            return "nothing"


def _followed(record: Record) -> str:
    """What happened with it: what goes out, what is restricted."""
    observed = explain(Record(record.ts_init, record.observation))
    events = explain(Record(record.ts_init, record.observation, None, record.events))
    return "; ".join(events[len(observed) :]) or "nothing"


def _findings(record: Record) -> dict[str, Finding]:
    return {each.rule: each for each in record.decision.findings} if record.decision is not None else {}


def _found(finding: Finding | None) -> str:
    return f"{finding.verdict.value}: {finding_sentence(finding)}" if finding is not None else "not asked"
