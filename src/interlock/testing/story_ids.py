"""Who belongs to which order's story, and what led to what: held for the records of one journal, from its first on."""

from collections.abc import Sequence

from interlock.core.decision import CancelIntent, Outcome
from interlock.core.explain import why
from interlock.core.market import Bar
from interlock.core.orders import cancel_id, decision_id
from interlock.core.records import CancelRequested, OrderSubmitted, Record
from interlock.core.reports import CancelRejected, ExecutionReport, OrderCanceled, is_report


class StoryIds:
    """Checks the ids of ``records``; whatever they name stands earlier, or is the bar's own record."""

    def __init__(self, records: Sequence[Record], journal_id: str) -> None:
        self._records = records
        self._journal_id = journal_id
        # Where each bar's decision stands, where each order was submitted, and where it was last asked back.
        self._decisions: dict[str, int] = {}
        self._submitted: dict[str, int] = {}
        self._asked: dict[str, int] = {}

    def check(self) -> None:
        """Every record, in order."""
        for at, record in enumerate(self._records):
            if isinstance(record.observation, Bar):
                self._decisions[decision_id(self._journal_id, len(self._decisions) + 1)] = at
            if is_report(record.observation):
                self._check_report(at, record, record.observation)
            else:
                self._check_other(record)
            if record.correlation_id is not None:
                assert record.correlation_id in why(record), "the console shows whose story a line belongs to"
            for event in record.events:
                if isinstance(event, OrderSubmitted):
                    self._submitted[event.terms.client_order_id] = at
                elif isinstance(event, CancelRequested):
                    self._asked[event.client_order_id] = at

    def _check_report(self, at: int, record: Record, report: ExecutionReport) -> None:
        order = report.client_order_id
        assert record.correlation_id == order
        if order not in self._submitted:
            assert record.causation_id is None
            return
        asked = order in self._asked and isinstance(report, OrderCanceled | CancelRejected)
        assert record.causation_id is not None
        led = self._place(record.causation_id)
        assert led == (self._asked if asked else self._submitted)[order] < at
        # And so on, up to a bar, or to what came from outside.
        while is_report(self._records[led].observation):
            before = self._records[led].causation_id
            if before is None:
                return  # a report about no order of ours
            assert self._place(before) < led
            led = self._place(before)
        first = self._records[led]
        assert (first.causation_id is None) is not isinstance(first.observation, Bar)

    def _check_other(self, record: Record) -> None:
        decision = record.decision
        submitted = {event.terms.client_order_id for event in record.events if isinstance(event, OrderSubmitted)}
        called = {event.client_order_id for event in record.events if isinstance(event, CancelRequested)}
        orders = submitted or called
        if (
            decision is not None
            and decision.outcome is Outcome.APPROVED
            and isinstance(decision.proposal, CancelIntent)
        ):
            orders = {decision.proposal.client_order_id}
        assert record.correlation_id == (next(iter(orders)) if len(orders) == 1 else None)
        own = isinstance(record.observation, Bar) and orders
        assert record.causation_id == (list(self._decisions)[-1] if own else None)
        assert all(
            event.terms.decision_id == record.causation_id
            for event in record.events
            if isinstance(event, OrderSubmitted)
        )

    def _place(self, name: str) -> int:
        asked = {cancel_id(order): at for order, at in self._asked.items()}
        return self._decisions[name] if name in self._decisions else asked[name]
