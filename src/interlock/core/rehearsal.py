"""Another configuration held against a recorded history: what it would have answered, and what of that differs.

Two answers, never mixed. *Local*, here: the history stays as it was recorded, and each decision is asked again by
itself. *Full*, in ``interlock.runner.rehearsal.rerun``: only the market stays, and everything else is lived through
anew. Neither sends anything, and no permission that is minted on the way leaves them.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen

from interlock.core.cycle import state_for
from interlock.core.decide import consequences, decide, watch
from interlock.core.decision import CancelIntent, Decision, NoAction, OrderIntent, Outcome
from interlock.core.evolve import evolve, happen, observe
from interlock.core.market import Bar, Silence
from interlock.core.orders import OrderTerms
from interlock.core.records import (
    Disarmed,
    EntriesQuarantined,
    OrderSubmitted,
    Record,
    ReleaseRefused,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.rederive import Reasoning
from interlock.core.reports import is_report
from interlock.core.state import NEVER, State
from interlock.core.view import MarketView

_RESTRICTING: Final = (TradingStateChanged, TradingStateReleased, ReleaseRefused, EntriesQuarantined, Disarmed)
# What an approval binds an order to, beside the wish: where one of these is another, it is another order.
_TERMS: Final = ("order_class", "protection_price", "reserved", "valid_until")
# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_NO_ACTION: Final = Outcome.NO_ACTION
# What a rule that watches changes in the state.
_RESTRICTED: Final = (
    "trading_state", "trading_state_code", "quarantine_left", "arming", "faults_in_a_row", "fault_bar",
)  # fmt: skip


class Kind(StrEnum):
    """What of an answer is another: the rules that deny, the strategy's reason, the terms of an order that is approved
    both times, or what restricts trading."""

    RULE = "RULE"
    REASON = "REASON"
    TERMS = "TERMS"
    RESTRICTION = "RESTRICTION"


class How(StrEnum):
    """NOW: only under the other configuration. NO_LONGER: only as recorded. OTHERWISE: both times, and not alike."""

    NOW = "NOW"
    NO_LONGER = "NO_LONGER"
    OTHERWISE = "OTHERWISE"


@frozen(kw_only=True)
class Change:
    """One thing that is another. ``name``: a rule, a reason before and after, a term, or the code of a restriction."""

    kind: Kind
    name: str
    how: How


def changes(recorded: Record, other: Record) -> tuple[Change, ...]:
    """What is another in ``other`` than in ``recorded``, two answers to one observation; empty where nothing is.

    The answer is what counts: outcome, reason, the order and what denies it. The numbers behind an unchanged answer,
    and the limit that a rule was passed under, may well be others.
    """
    before, after = recorded.decision, other.decision
    if (
        before is not None
        and after is not None
        and before.outcome is after.outcome is _NO_ACTION
        and before.code == after.code
        and not (recorded.events or other.events)
    ):
        return ()  # nearly every answer is the same idleness, which is cheaper to see than to take apart
    return (*_decided(before, after), *_terms(recorded, other), *_restricted(recorded, other))


def _decided(before: Decision | None, after: Decision | None) -> Iterator[Change]:
    if before is None or after is None:
        return
    if _wish(before) != _wish(after):
        yield Change(kind=Kind.REASON, name=f"{_reason(before)} -> {_reason(after)}", how=How.OTHERWISE)
    yield from _compared(Kind.RULE, _denials(before), _denials(after))


def _compared(kind: Kind, was: Mapping[str, object], now: Mapping[str, object]) -> Iterator[Change]:
    for name in dict.fromkeys((*was, *now)):
        if was.get(name) != now.get(name):
            how = How.NOW if name not in was else How.NO_LONGER if name not in now else How.OTHERWISE
            yield Change(kind=kind, name=name, how=how)


def _wish(decision: Decision) -> tuple[object, ...]:
    match decision.proposal:
        case OrderIntent() as wish:
            return wish.code, wish.side, wish.quantity, wish.order_type, wish.limit_price, wish.time_in_force
        case NoAction() | CancelIntent() as wish:
            return wish.code, type(wish)
        case _:
            return (decision.code,)


def _reason(decision: Decision) -> str:
    return decision.proposal.code if decision.proposal is not None else decision.code


def _denials(decision: Decision) -> dict[str, str]:
    if decision.outcome is Outcome.ERROR and decision.proposal is not None:
        return {"error": decision.code}  # what raised while judging stops an order too, and is no rule
    return {finding.rule: finding.code for finding in decision.findings if finding.denies}


def _terms(recorded: Record, other: Record) -> Iterator[Change]:
    """Of one wish, approved both times: another wish has terms of its own."""
    was, now = _submitted(recorded), _submitted(other)
    if was is None or now is None or recorded.decision is None or other.decision is None:
        return
    if _wish(recorded.decision) == _wish(other.decision):
        for term in _TERMS:
            if getattr(was, term) != getattr(now, term):
                yield Change(kind=Kind.TERMS, name=term, how=How.OTHERWISE)


def _submitted(record: Record) -> OrderTerms | None:
    return next((event.terms for event in record.events if isinstance(event, OrderSubmitted)), None)


def _restricted(recorded: Record, other: Record) -> Iterator[Change]:
    return _compared(Kind.RESTRICTION, _restrictions(recorded), _restrictions(other))


def _restrictions(record: Record) -> dict[str, tuple[object, ...]]:
    return {
        event.code: (event.kind, getattr(event, "state", None), getattr(event, "bars", None))
        for event in record.events
        if isinstance(event, _RESTRICTING)
    }


class Rejudging:
    """The local answer. Takes the records of one journal, from its first, and asks ``reasoning`` where each stood.

    ``state`` is what the records add up to, with a window as long as this reasoning looks back over: what it would see.
    """

    def __init__(self, reasoning: Reasoning) -> None:
        self._reasoning = reasoning
        self.state: Final[State] = state_for(reasoning.strategy, reasoning.policy)
        self.view: Final = MarketView(self.state, NEVER)

    def take(self, record: Record) -> Record | None:
        """What would stand in the place of ``record``; None for a venue's report, which no configuration answers.

        The state then goes on as it was recorded: position, orders and what restricts trading. What this answer alone
        would restrict is undone again. Raises whatever the fold raises.
        """
        state, reasoning = self.state, self._reasoning
        observation, now = record.observation, record.ts_init
        if is_report(observation):
            evolve(state, record)
            return None
        view = self.view
        view._now = now
        is_bar = isinstance(observation, Bar)
        observe(state, observation, now)
        watched = watch(reasoning.policy, view) if is_bar or isinstance(observation, Silence) else ()
        kept = [getattr(state, name) for name in _RESTRICTED] if watched else []
        for event in watched:
            happen(state, event)
        if is_bar:
            conclusion = decide(reasoning.strategy, reasoning.policy, view)
        else:
            conclusion = consequences(observation, reasoning.policy, view, reasoning.refused_rows_max_share)
        for name, value in zip(_RESTRICTED, kept, strict=False):
            setattr(state, name, value)
        for event in record.events:
            happen(state, event)
        return Record(now, observation, conclusion.decision, watched + conclusion.events)
