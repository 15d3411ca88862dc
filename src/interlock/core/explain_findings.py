"""What one rule saw, in words. A part of ``explain``."""

from decimal import Decimal

from interlock.core.decision import Finding
from interlock.core.reasons import sentence, told
from interlock.core.values import Numbers


def finding_sentence(finding: Finding) -> str:
    """What one rule saw, in words: ``observed`` and ``limit`` are among the numbers."""
    return sentence(finding.code, numbers_of_finding(finding))


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
