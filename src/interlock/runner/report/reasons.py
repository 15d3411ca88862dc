"""How often each reason decided, over time."""

from array import array
from datetime import datetime
from typing import Final

from attrs import Factory, define, frozen

from interlock.core.decision import Decision, Outcome
from interlock.core.explain import finding_sentence
from interlock.core.reasons import sentence
from interlock.core.records import Record
from interlock.core.values import NO_NUMBERS

# So many columns fit beside one another, and so many patterns can be told apart: the rest is drawn as one.
COLUMNS_MAX: Final = 80
DRAWN_MAX: Final = 8

# How it ended, and why.
Reasoned = tuple[Outcome, str]


# mutable: it grows as records are read
@define(kw_only=True)
class Counted:
    """One reason: at which bars it decided, and in which records it did first and last. ``told`` is what it
    said the first time."""

    first: int
    first_at: datetime
    last: int
    last_at: datetime
    told: str
    bars: "array[int]" = Factory(lambda: array("l"))


@frozen(kw_only=True)
class Columns:
    """The reasons over columns of equally many bars, from the ``starts`` on; ``others`` joins what is not drawn."""

    size: int
    starts: list[int]
    drawn: list[tuple[Reasoned, list[int]]]
    others: list[int]


def reason_told(decision: Decision) -> str:
    """The sentence of the reason that counted, with its numbers."""
    for finding in decision.findings:
        if finding.denies and finding.code == decision.code:
            return finding_sentence(finding)
    proposal = decision.proposal
    return sentence(decision.code, proposal.numbers if proposal is not None else NO_NUMBERS)


# mutable: it grows as records are read
@define
class Reasons:
    """Every reason that decided anything."""

    found: dict[Reasoned, Counted] = Factory(dict)

    def take(self, seq: int, record: Record, bar: int) -> None:
        """Record ``seq``, at bar number ``bar`` counted from 0."""
        decision = record.decision
        if decision is None:
            return
        key = decision.outcome, str(decision.code)
        counted = self.found.get(key)
        if counted is None:
            at, said = record.ts_init, reason_told(decision)
            counted = Counted(first=seq, first_at=at, last=seq, last_at=at, told=said)
            self.found[key] = counted
        counted.last, counted.last_at = seq, record.ts_init
        counted.bars.append(max(0, bar))

    def knows(self, code: str) -> bool:
        """Whether ``code`` has been a reason to do nothing before."""
        return (Outcome.NO_ACTION, code) in self.found

    def again(self, code: str, seq: int, at: datetime, bar: int) -> None:
        """Record ``seq`` did nothing for the reason ``code``, which is known."""
        counted = self.found[Outcome.NO_ACTION, code]
        counted.last, counted.last_at = seq, at
        counted.bars.append(max(0, bar))

    @property
    def most_first(self) -> list[tuple[Reasoned, Counted]]:
        """What decided most often first; by name where two did equally often."""
        return sorted(self.found.items(), key=lambda item: (-len(item[1].bars), item[0]))

    def columns(self, bars: int) -> Columns:
        """How often each decided in each column of ``bars`` bars together."""
        size = max(1, -(-bars // COLUMNS_MAX))
        starts = list(range(0, max(1, bars), size))
        drawn: list[tuple[Reasoned, list[int]]] = []
        others = [0] * len(starts)
        for place, (key, counted) in enumerate(self.most_first):
            counts = others if place >= DRAWN_MAX else [0] * len(starts)
            for bar in counted.bars:
                counts[bar // size] += 1
            if place < DRAWN_MAX:
                drawn.append((key, counts))
        return Columns(size=size, starts=starts, drawn=drawn, others=others)
