"""What one rule saw, in words. A part of ``explain``."""

from decimal import Decimal

from interlock.core.decision import Finding
from interlock.core.explain_story import Fact
from interlock.core.reason_meanings.passes import PASSES
from interlock.core.reason_text import filled
from interlock.core.reasons import Reason, sentence, told
from interlock.core.values import Numbers


def finding_sentence(finding: Finding) -> str:
    """What one rule saw, in words: ``observed`` and ``limit`` are among the numbers."""
    numbers = numbers_of_finding(finding)
    if finding.code == Reason.PASSED and finding.rule in PASSES:
        # In the control's own words and units; a plugin's rule has none.
        return filled(PASSES[finding.rule], numbers) or sentence(finding.code, numbers)
    return sentence(finding.code, numbers)


def finding_told(finding: Finding) -> str:
    """The finding's code and what the rule saw, in words."""
    return told(finding.code, numbers_of_finding(finding))


def numbers_of_finding(finding: Finding) -> Numbers:
    """Everything that its sentence may name."""
    numbers: dict[str, Decimal | int | str] = {"rule": finding.rule, **finding.numbers}
    if finding.observed is not None:
        numbers["observed"] = finding.observed
    if finding.limit is not None:
        numbers["limit"] = finding.limit
    return numbers


def finding_facts(finding: Finding) -> dict[str, Fact]:
    """The same for machines."""
    return {
        "rule": finding.rule,
        "verdict": finding.verdict.value,
        "code": str(finding.code),
        "observed": finding.observed,
        "limit": finding.limit,
        "numbers": dict(finding.numbers),
        "sentence": finding_sentence(finding),
    }
