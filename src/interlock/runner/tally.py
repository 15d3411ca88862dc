"""What a run adds up to: counts for the summary, kept as records go by."""

from collections import Counter
from decimal import Decimal

from attrs import Factory, define

from interlock.core.decision import Outcome
from interlock.core.market import Bar, RefusedRow
from interlock.core.observations import CycleOverran
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderFilled


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
            self._reason(decision.outcome, decision.code)
            if decision.outcome is Outcome.DENIED:
                self.denials[decision.code] += 1
                self.denials_by_rule.update(finding.rule for finding in decision.findings if finding.denies)
        if record.events:
            self.orders += sum(1 for event in record.events if isinstance(event, OrderSubmitted))

    def _reason(self, outcome: str, code: str) -> None:
        # The same reason comes many times in a row, and looking it up costs more than comparing it.
        if outcome is not self._outcome or code is not self._code:
            self._settle()
            self._outcome, self._code = outcome, code
        self._row += 1

    def _settle(self) -> None:
        if self._row:
            self._reasons[(self._outcome, self._code)] += self._row
            self._row = 0

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
