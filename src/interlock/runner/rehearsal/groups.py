"""Answers that changed, grouped by what is another in them, with the first few of each group."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from attrs import Factory, define, frozen

from interlock.core.decision import Outcome
from interlock.core.explain import why
from interlock.core.explain_words import stamp
from interlock.core.records import Record
from interlock.core.rehearsal import Change, How, Kind, changes
from interlock.runner.config.problems import printable

EXAMPLES_MAX: Final = 3
# Reasons of a plugin may be without number: what comes beyond is counted, and not listed.
GROUPS_MAX: Final = 100
_WORDS_MAX: Final = 2_000


@frozen(kw_only=True)
class Example:
    """One answer that changed: its record, as it was told then and as it would be told."""

    seq: int
    at: str
    recorded: str
    other: str


# mutable: it counts
@define(kw_only=True)
class Group:
    """Everything of which the same thing is another."""

    kind: Kind
    name: str
    how: Counter[How] = Factory(Counter)
    examples: list[Example] = Factory(list)

    @property
    def count(self) -> int:
        """How many answers belong to it."""
        return self.how.total()

    def as_data(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "kind": self.kind.value,
            "name": self.name,
            "count": self.count,
            "now": self.how[How.NOW],
            "no_longer": self.how[How.NO_LONGER],
            "otherwise": self.how[How.OTHERWISE],
            "examples": [
                {"seq": one.seq, "at": one.at, "recorded": one.recorded, "new": one.other} for one in self.examples
            ],
        }


# mutable: it counts
@define
class Groups:
    """Compares answer with answer. An answer of which several things are another belongs to several groups."""

    asked: int = 0
    changed: int = 0
    beyond: int = 0
    # From which outcome to which, of each answer that changed; twice the same where only what is behind it is another.
    # None where nothing was decided.
    outcomes: Counter[tuple[Outcome | None, Outcome | None]] = Factory(Counter)
    _groups: dict[tuple[Kind, str], Group] = Factory(dict)

    def take(self, seq: int, recorded: Record, other: Record, whole: Callable[[], Record]) -> None:
        """Two answers to the observation of record ``seq``; ``whole`` is the recorded one with all its numbers."""
        self.asked += recorded.decision is not None
        found = changes(recorded, other)
        if not found:
            return
        self.changed += 1
        self.outcomes[_outcome(recorded), _outcome(other)] += 1
        told: Example | None = None
        for change in found:
            group = self._group(change)
            if group is None:
                self.beyond += 1
                continue
            group.how[change.how] += 1
            if len(group.examples) < EXAMPLES_MAX:
                told = told or Example(
                    seq=seq,
                    at=stamp(recorded.ts_init),
                    recorded=printable(why(whole()), _WORDS_MAX),
                    other=printable(why(other), _WORDS_MAX),
                )
                group.examples.append(told)

    def _group(self, change: Change) -> Group | None:
        key = change.kind, change.name
        if key not in self._groups:
            if len(self._groups) >= GROUPS_MAX:
                return None
            self._groups[key] = Group(kind=change.kind, name=change.name)
        return self._groups[key]

    @property
    def found(self) -> list[Group]:
        """The groups, by kind, the largest first."""
        kinds = list(Kind)
        return sorted(self._groups.values(), key=lambda one: (kinds.index(one.kind), -one.count, one.name))

    def as_data(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "asked": self.asked,
            "changed": self.changed,
            "outcomes": [
                {"recorded": before, "new": after, "count": count}
                for (before, after), count in sorted(self.outcomes.items(), key=lambda one: [*map(str, one[0])])
            ],
            "groups": [group.as_data() for group in self.found],
            "beyond": self.beyond,
        }


def _outcome(record: Record) -> Outcome | None:
    return record.decision.outcome if record.decision is not None else None
