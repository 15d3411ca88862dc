"""What was decided, read off a body without reading the rest: all that it takes to count and to choose decisions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from interlock.adapters.journal.sqlite_rows import Row
from interlock.adapters.journal.tallies import Counts, Tally
from interlock.core.decision import Outcome, Verdict
from interlock.core.faults import JournalUnavailable
from interlock.core.records import OrderSubmitted, Record

# Cached text of members: this is asked of every finding.
_DENY: Final = frozenset({Verdict.DENY.value, Verdict.CANNOT_EVALUATE.value})
_DENIED: Final = Outcome.DENIED.value
_SUBMITTED: Final = OrderSubmitted.__name__


class _Finding(msgspec.Struct, gc=False):
    rule: str
    verdict: str


class _Decision(msgspec.Struct, gc=False):
    outcome: str
    code: str
    findings: tuple[_Finding, ...] = ()


class _Terms(msgspec.Struct, gc=False):
    client_order_id: str


class _Event(msgspec.Struct, gc=False):
    kind: str
    terms: _Terms | None = None


class Decided(msgspec.Struct, gc=False):
    """When a record was made, what was decided, and what happened with it."""

    ts_init: datetime
    decision: _Decision | None = None
    events: tuple[_Event, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that denied, once for each of their findings; none unless it was DENIED."""
        findings = self.decision.findings if self.decision is not None and self.decision.outcome == _DENIED else ()
        return tuple(finding.rule for finding in findings if finding.verdict in _DENY)

    @property
    def orders(self) -> tuple[str, ...]:
        """The ids of the orders that were submitted."""
        return tuple(
            event.terms.client_order_id for event in self.events if event.kind == _SUBMITTED and event.terms is not None
        )


_decode: Final = msgspec.json.Decoder(Decided).decode


def decode_decided(kind: str, body: bytes) -> Decided:
    """Raises ``JournalUnavailable`` for what no ``encode`` wrote."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnavailable(f"a record of a {kind} cannot be read: {type(error).__name__}: {error}") from error


class RowCounts(Counts):
    """Counts of rows, one after another."""

    __slots__ = ()

    def take(self, kind: str, body: bytes) -> None:
        """One more. Raises ``JournalUnavailable`` as ``decode_decided`` does."""
        decided = decode_decided(kind, body)
        decision = decided.decision
        if decision is None:
            self._take(decided.ts_init, kind, None, "")
        else:
            self._take(decided.ts_init, kind, decision.outcome, decision.code)
            for rule in decided.rules if decision.findings else ():
                self.denied(decision.code, rule)
        for client_order_id in decided.orders if decided.events else ():
            self.submitted(client_order_id)

    def take_record(self, record: Record) -> None:
        """One more, of which ``record`` says the same as its row does: so that need not be read."""
        decision = record.decision
        kind = type(record.observation).__name__
        if decision is None:
            self._take(record.ts_init, kind, None, "")
        else:
            outcome, code = decision.outcome, decision.code
            self._take(record.ts_init, kind, outcome, code)
            if outcome == _DENIED:
                for finding in decision.findings:
                    if finding.denies:
                        self.denied(code, finding.rule)
        for event in record.events:
            if type(event) is OrderSubmitted:
                self.submitted(event.terms.client_order_id)

    def _take(self, ts: datetime, kind: str, outcome: str | None, code: str) -> None:
        if not self.kinds:
            self.earliest = self.latest = ts
        elif ts > self.latest:
            self.latest = ts
        elif ts < self.earliest:
            self.earliest = ts
        self.count(kind, outcome, code, 1)


def tally_of(rows: Iterable[Row]) -> Tally:
    """What ``rows`` come to; there is one at least. Raises ``JournalUnavailable`` for one that cannot be read."""
    counts = RowCounts()
    for _, kind, body, _ in rows:
        counts.take(kind, body)
    return counts.tally
