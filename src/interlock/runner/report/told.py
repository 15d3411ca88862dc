"""The full explanation of one record, as sections of sentences: what a row of the table opens to."""

from collections.abc import Iterator

from attrs import frozen

from interlock.core.decision import Finding, OrderIntent, Verdict
from interlock.core.explain import explain, finding_sentence, numbers_of
from interlock.core.records import Record
from interlock.runner.report.rows import Row


@frozen(kw_only=True)
class Section:
    """A heading, and the sentences under it."""

    title: str
    sentences: tuple[str, ...]


def told(row: Row) -> tuple[Section, ...]:
    """What ``row`` opens to, drawn from its record alone. Sections with nothing to say are left out."""
    record = row.record
    return tuple(section for section in _sections(row, record) if section.sentences)


def _sections(row: Row, record: Record) -> Iterator[Section]:
    yield Section(title="What happened, and why", sentences=explain(record))
    if row.count > 1:
        told = f"decided alike {row.count:,} times, from record {row.seq} to record {row.until}: the first stands here"
        yield Section(title="Repeated", sentences=(told,))
    decision = record.decision
    numbers = tuple(f"{name} = {value}" for name, value in sorted(numbers_of(record).items()))
    yield Section(title="The numbers that the strategy compared", sentences=numbers)
    if decision is not None and decision.findings:
        yield Section(title="What each rule saw", sentences=tuple(map(_found, _denials_first(decision.findings))))
    if decision is not None and isinstance(decision.proposal, OrderIntent):
        yield Section(title="What followed", sentences=_followed(record))
    yield Section(title="Where it belongs", sentences=tuple(_chain(record)))


def _denials_first(findings: tuple[Finding, ...]) -> list[Finding]:
    # Stable: within denials, passes and what does not apply they stay in the order in which they were asked.
    return sorted(findings, key=lambda found: (not found.denies, found.verdict is Verdict.NOT_APPLICABLE))


def _found(finding: Finding) -> str:
    said = finding_sentence(finding)
    compared = "" if finding.limit is None else f" (observed {finding.observed}, limit {finding.limit})"
    return f"{finding.rule}: {finding.verdict.value}: {said}{compared}"


def _followed(record: Record) -> tuple[str, ...]:
    if record.events:
        return ()
    return ("no order went out",)


def _chain(record: Record) -> Iterator[str]:
    if record.correlation_id is not None:
        yield f"workflow (correlation_id): {record.correlation_id}"
    if record.causation_id is not None:
        yield f"caused by (causation_id): {record.causation_id}"
