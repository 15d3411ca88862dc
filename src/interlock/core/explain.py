"""A record in sentences. Every word is drawn from the record: nothing is remembered, nothing is made up."""

from interlock.core.decision import CancelIntent, Decision, NoAction, OrderIntent, Outcome, Verdict
from interlock.core.explain_findings import finding_sentence, finding_told
from interlock.core.explain_moment import story
from interlock.core.explain_parts import happened, observed
from interlock.core.explain_story import Section, Sentence, Story
from interlock.core.observations import SessionRolled
from interlock.core.orders import Side
from interlock.core.reasons import Reason, sentence
from interlock.core.records import Record
from interlock.core.values import Numbers

__all__ = [
    "Section",
    "Sentence",
    "Story",
    "decided",
    "did_something",
    "explain",
    "finding_sentence",
    "finding_told",
    "numbers_of",
    "story",
    "why",
]


def explain(record: Record) -> tuple[str, ...]:
    """What happened in ``record`` and why, one sentence an item; empty when it only tells of time passing."""
    parts = [*observed(record)]
    if record.decision is not None:
        parts.append(decided(record.decision))
    return tuple(part for part in (*parts, *map(happened, record.events)) if part)


def did_something(record: Record) -> bool:
    """Whether ``record`` holds more than a bar watched and nothing done about it."""
    if record.events:
        return True
    if record.decision is not None:
        return record.decision.outcome is not Outcome.NO_ACTION
    return not isinstance(record.observation, SessionRolled)


def why(record: Record) -> str:
    """The whole of it on one line."""
    return "; ".join(explain(record))


def decided(decision: Decision) -> str:
    """What was wanted and why, and what became of it, in one sentence."""
    wish = decision.proposal
    if isinstance(wish, NoAction):
        return f"nothing to do: {sentence(wish.code, wish.numbers)}"
    if isinstance(wish, OrderIntent):
        price = f" at {wish.limit_price:f} or better" if wish.limit_price is not None else ""
        wanted = f"wants to {_verb(wish.side)} {wish.quantity:f}{price} because {sentence(wish.code, wish.numbers)}"
    elif isinstance(wish, CancelIntent):
        wanted = f"wants to cancel {wish.client_order_id} because {sentence(wish.code, wish.numbers)}"
    else:
        return f"no decision ({decision.code})"
    return f"{wanted}: {_verdict(decision)}"


def _verdict(decision: Decision) -> str:
    if decision.outcome is Outcome.APPROVED:
        verdicts = [finding.verdict for finding in decision.findings]
        passed, spared = verdicts.count(Verdict.PASS), verdicts.count(Verdict.NOT_APPLICABLE)
        return f"approved, {passed} rule{'s' * (passed != 1)} passed" + f", not applicable: {spared}" * bool(spared)
    denials = [finding for finding in decision.findings if finding.denies]
    if not denials:
        return f"{decision.outcome.value.lower()} ({decision.code})"
    missing = [finding.rule for finding in denials if finding.code == Reason.NO_LIMITS_CONFIGURED]
    reasons = [finding_told(finding) for finding in denials if finding.code != Reason.NO_LIMITS_CONFIGURED]
    if missing:
        # One sentence for all of them: a starter without limits lacks six at once.
        reasons.insert(
            0, f"{Reason.NO_LIMITS_CONFIGURED}: these mandatory controls have no limit: {', '.join(missing)}"
        )
    return f"{decision.outcome.value.lower()} by {len(denials)} of {len(decision.findings)} rules: {'; '.join(reasons)}"


def _verb(side: Side) -> str:
    return "buy" if side is Side.BUY else "sell"


def numbers_of(record: Record) -> Numbers:
    """The numbers behind the decision, for machines."""
    proposal = record.decision.proposal if record.decision is not None else None
    return proposal.numbers if proposal is not None else {}
