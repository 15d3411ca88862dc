"""What directly led to a record: its order's making and what was said of it since, or what restricted trading."""

from collections.abc import Iterable
from typing import Final

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.decision import NoAction
from interlock.core.moment import Numbered, makes_an_order, orders_of
from interlock.core.observations import RunStopped
from interlock.core.reasons import Reason
from interlock.core.records import EntriesQuarantined, Record, ReleaseRefused, TradingStateReleased
from interlock.core.state import State
from interlock.core.trading_state import TradingState
from interlock.runner.asking.governing import started_at
from interlock.runner.asking.orders import submitted_at
from interlock.runner.asking.stood import Folded

# So many records of one order, and orders of one record, are named; more help nobody.
CAUSES_MAX: Final = 20
_SAID_WITHIN: Final = 2_000
# A quarantine lasts for so many bars as the window is long; that far back and no further it is looked for.
_QUARANTINE_BACK: Final = 5_000
_QUARANTINED: Final = b'"kind":"EntriesQuarantined"'


def causes_of(journal: SearchedJournal, seq: int, record: Record, journal_id: str, was: Folded) -> tuple[Numbered, ...]:
    """The records before ``seq`` that directly led to ``record``, in order; ``was`` is the state right before it."""
    found = set(_of_orders(journal, seq, record, journal_id, was.state))
    is_restricted = was.state.trading_state is not TradingState.ACTIVE
    if was.restricted is not None and is_restricted and _is_about_restriction(record):
        found.add(was.restricted)
    if _denied_in_quarantine(record):
        found |= _quarantine(journal, seq)
    if isinstance(record.observation, RunStopped):
        started = started_at(journal, seq)
        found |= {started} if started is not None else set()
    earlier = sorted(each for each in found if each < seq)[:CAUSES_MAX]
    return tuple(Numbered(seq=each, record=read(journal, each)) for each in earlier)


def read(journal: SearchedJournal, seq: int) -> Record:
    """Record ``seq``, held against the chain. Raises ``JournalUnavailable``."""
    _, kind, body, _ = next(journal.checked(seq, seq))
    return decode(kind, body)


def _of_orders(journal: SearchedJournal, seq: int, record: Record, journal_id: str, state: State) -> Iterable[int]:
    if makes_an_order(record):
        return
    for order in _orders_behind(record, state)[:CAUSES_MAX]:
        made = submitted_at(journal, journal_id, order, seq)
        if made is not None:  # not ours, or of an earlier chapter
            yield made
        if made is not None and order in orders_of(record):
            # What was said of it since, as far as that is near.
            yield from journal.holding(order.encode(), made + 1, min(seq - 1, made + _SAID_WITHIN), CAUSES_MAX)


def _orders_behind(record: Record, state: State) -> tuple[str, ...]:
    wish = record.decision.proposal if record.decision is not None else None
    if isinstance(wish, NoAction) and wish.code == Reason.ORDER_WORKING:
        return tuple(state.working)
    return orders_of(record)


def _is_about_restriction(record: Record) -> bool:
    return any(isinstance(event, TradingStateReleased | ReleaseRefused) for event in record.events) or any(
        finding.denies and finding.rule == "trading_state"
        for finding in (record.decision.findings if record.decision is not None else ())
    )


def _denied_in_quarantine(record: Record) -> bool:
    findings = record.decision.findings if record.decision is not None else ()
    return any(finding.denies and finding.code == Reason.QUARANTINED for finding in findings)


def _quarantine(journal: SearchedJournal, seq: int) -> set[int]:
    at = journal.last_holding((_QUARANTINED,), max(0, seq - _QUARANTINE_BACK), seq - 1)
    if at is None or not any(isinstance(event, EntriesQuarantined) for event in read(journal, at).events):
        return set()
    return {at}
