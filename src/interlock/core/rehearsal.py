"""Another configuration held against a recorded history: what it would have answered, and what of that differs.

Two answers, never mixed. *Local*, here: the history stays as it was recorded, and each decision is asked again by
itself. *Full*, in ``interlock.core.rerun``: only the market stays, and everything else is lived through anew. Neither
sends anything, and no permission that is minted on the way leaves them.
"""

from collections.abc import Iterator
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
    return (*_decided(recorded, other), *_restricted(recorded, other))


def _decided(recorded: Record, other: Record) -> Iterator[Change]:
    before, after = recorded.decision, other.decision
    if before is None or after is None:
        return
    same_wish = _wish(before) == _wish(after)
    if not same_wish:
        yield Change(kind=Kind.REASON, name=f"{_reason(before)} -> {_reason(after)}", how=How.OTHERWISE)
    if isinstance(before.proposal, OrderIntent) and isinstance(after.proposal, OrderIntent):
        was, now = _denials(before), _denials(after)
        for rule in dict.fromkeys((*was, *now)):
            if was.get(rule) != now.get(rule):
                how = How.NOW if rule not in was else How.NO_LONGER if rule not in now else How.OTHERWISE
                yield Change(kind=Kind.RULE, name=rule, how=how)
        if same_wish:
            yield from _bound(recorded, other)


def _wish(decision: Decision) -> tuple[object, ...]:
    match decision.proposal:
        case OrderIntent() as wish:
            return wish.code, wish.side, wish.quantity, wish.order_type, wish.limit_price, wish.time_in_force
        case NoAction() | CancelIntent() as wish:
            return wish.code, type(wish)
        case None:
            return (decision.code,)


def _reason(decision: Decision) -> str:
    return decision.proposal.code if decision.proposal is not None else decision.code


def _denials(decision: Decision) -> dict[str, str]:
    denials = {finding.rule: finding.code for finding in decision.findings if finding.denies}
    # What raised, or had nobody to ask, denies as well, and no rule says so.
    stopped = decision.outcome is not Outcome.APPROVED and not denials
    return {decision.outcome.value.lower(): decision.code} if stopped else denials


def _bound(recorded: Record, other: Record) -> Iterator[Change]:
    was, now = _submitted(recorded), _submitted(other)
    if was is not None and now is not None:
        for term in _TERMS:
            if getattr(was, term) != getattr(now, term):
                yield Change(kind=Kind.TERMS, name=term, how=How.OTHERWISE)


def _submitted(record: Record) -> OrderTerms | None:
    return next((event.terms for event in record.events if isinstance(event, OrderSubmitted)), None)


def _restricted(recorded: Record, other: Record) -> Iterator[Change]:
    if recorded.events or other.events:
        was, now = _restrictions(recorded), _restrictions(other)
        for code in dict.fromkeys((*was, *now)):
            if was.get(code) != now.get(code):
                how = How.NOW if code not in was else How.NO_LONGER if code not in now else How.OTHERWISE
                yield Change(kind=Kind.RESTRICTION, name=code, how=how)


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
        observe(state, observation, now)
        is_bar = isinstance(observation, Bar)
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
