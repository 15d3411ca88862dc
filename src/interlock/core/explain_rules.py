"""What every rule found, observed against limit: denials first. A part of ``explain``."""

from collections.abc import Iterable, Sequence

from interlock.core.decision import CancelIntent, Decision, Finding, NoAction, Outcome, Verdict
from interlock.core.explain_findings import finding_facts, finding_sentence, finding_told, numbers_of_finding
from interlock.core.explain_story import Fact, Section, Sentence
from interlock.core.explain_words import counted, listed
from interlock.core.reasons import REASONS, Reason


def rules_section(decision: Decision | None) -> Section | None:
    """What the rules found; None where nothing was decided."""
    if decision is None:
        return None
    facts: dict[str, Fact] = {
        "outcome": decision.outcome.value,
        "code": str(decision.code),
        "findings": [finding_facts(finding) for finding in decision.findings],
    }
    return Section(key="rules", sentences=tuple(_found(decision)), facts=facts)


def _found(decision: Decision) -> Iterable[Sentence]:
    wish = decision.proposal
    if wish is None or isinstance(wish, NoAction):
        yield Sentence(text="No rule was asked, for there was no order to judge.")
        return
    denials = [finding for finding in decision.findings if finding.denies]
    passes = [finding for finding in decision.findings if finding.verdict is Verdict.PASS]
    spared = [finding.rule for finding in decision.findings if finding.verdict is Verdict.NOT_APPLICABLE]
    yield _verdict(decision, denials, passes)
    for finding in denials:
        yield _denied(finding)
    for finding in passes:
        text = f"{finding.rule} passed: {finding_sentence(finding)}."
        yield Sentence(text=text, code=str(finding.code), numbers=numbers_of_finding(finding))
    if isinstance(wish, CancelIntent) and spared:
        yield Sentence(text="Nothing may stand in the way of a cancel, so no rule was asked about it.")
    elif spared:
        yield Sentence(text=f"Not for orders of this kind, so not asked: {listed(spared)}.")


def _verdict(decision: Decision, denials: Sequence[Finding], passes: Sequence[Finding]) -> Sentence:
    asked = len(denials) + len(passes)
    match decision.outcome:
        case Outcome.APPROVED:
            text = f"Approved: no rule denied it (asked: {asked})." if asked else "Approved."
        case Outcome.DENIED:
            text = f"Denied by {counted(len(denials), 'rule')} (asked: {asked})."
        case _:
            text = f"No verdict: {decision.code}."
    return Sentence(text=text, code=str(decision.code))


def _denied(finding: Finding) -> Sentence:
    remedy = REASONS[Reason(finding.code)].remedy if finding.code in REASONS else ""
    remedy = remedy.replace("{rule}", finding.rule)
    text = f"{finding.rule} denied it: {finding_told(finding)}." + f" What to do: {remedy}" * bool(remedy)
    return Sentence(text=text, code=str(finding.code), numbers=numbers_of_finding(finding))
