"""What a run adds up to: counts for the summary, kept as records go by."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import Factory, define, frozen

from interlock.core.decision import Decision, Outcome
from interlock.core.market import Bar, RefusedRow
from interlock.core.observations import CycleOverran
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderFilled

# Bound once: it is asked for at every decision.
_DENIED: Final = Outcome.DENIED


@frozen(kw_only=True)
class Held:
    """A reason that was the same in so many decisions in a row, the first of them at ``since``."""

    code: str
    cycles: int
    since: datetime


# mutable: it counts
@define
class Tally:
    """Counts over the records of one run."""

    bars: int = 0
    refused_rows: int = 0
    orders: int = 0
    fills: int = 0
    cycles_missed: int = 0
    _reasons: Counter[tuple[str, str]] = Factory(Counter)
    _outcome: str = ""
    _code: str = ""
    _row: int = 0
    _settled: int = 0
    _since: datetime | None = None
    denials: Counter[str] = Factory(Counter)
    denials_by_rule: Counter[str] = Factory(Counter)
    slippage: Decimal = Decimal(0)

    def count(self, record: Record) -> None:
        """Count one record in."""
        observation = record.observation
        if type(observation) is Bar:
            self.bars += 1
        elif isinstance(observation, RefusedRow):
            self.refused_rows += 1
        elif isinstance(observation, OrderFilled):
            self.fills += 1
            self.slippage += observation.slippage
        elif isinstance(observation, CycleOverran):
            self.cycles_missed += observation.missed
        decision = record.decision
        if decision is not None:
            # The same reason comes many times in a row, and looking it up costs more than comparing it.
            if decision.outcome is not self._outcome or decision.code is not self._code:
                self._begin(record, decision)
            self._row += 1
            if decision.outcome is _DENIED:
                self.denials[decision.code] += 1
                self.denials_by_rule.update(finding.rule for finding in decision.findings if finding.denies)
        if record.events:
            self.orders += sum(1 for event in record.events if isinstance(event, OrderSubmitted))

    def _begin(self, record: Record, decision: Decision) -> None:
        # By what it says: a strategy may make its code anew each time.
        if (decision.outcome, decision.code) != (self._outcome, self._code):
            self._settle()
            self._settled, self._since = 0, record.ts_init
        self._outcome, self._code = decision.outcome, decision.code

    def _settle(self) -> None:
        if self._row:
            self._reasons[(self._outcome, self._code)] += self._row
            self._settled, self._row = self._settled + self._row, 0

    @property
    def held(self) -> "Held | None":
        """The reason of the newest decision, and how long it has been the same; None before the first."""
        if self._since is None:
            return None
        return Held(code=self._code, cycles=self._settled + self._row, since=self._since)

    @property
    def reasons(self) -> Counter[tuple[str, str]]:
        """Decisions by outcome and reason."""
        self._settle()
        return self._reasons

    @property
    def decisions(self) -> dict[str, int]:
        """Decisions by outcome, every outcome named."""
        counts = dict.fromkeys((outcome.value for outcome in Outcome), 0)
        for (outcome, _), count in self.reasons.items():
            counts[str(outcome)] += count
        return counts
