"""One recorded moment, decided again: as it was, or under other limits. Nothing is sent, and nothing is kept."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from attrs import evolve

from interlock.core.cycle import state_for
from interlock.core.decision import Finding, Outcome
from interlock.core.orders import OrderClass
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.records import Record
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import RiskRule
from interlock.core.state import Order, RollingSum, State, initial_state
from interlock.core.taking import Taking
from interlock.core.values import ZERO, LightValue
from interlock.core.view import MarketView

T = TypeVar("T")


class Judged(LightValue, frozen=True, kw_only=True):
    """What a moment came to under a policy, and the view that was decided on."""

    record: Record
    policy: RulePolicy
    view: MarketView

    @property
    def is_denied(self) -> bool:
        """Whether that was a denial."""
        return self.record.decision is not None and self.record.decision.outcome is Outcome.DENIED

    @property
    def denials(self) -> tuple[Finding, ...]:
        """Every finding that stopped the order; none where none was stopped."""
        decision = self.record.decision
        return tuple(each for each in decision.findings if each.denies) if decision is not None else ()


class Again(LightValue, frozen=True, kw_only=True):
    """A recorded moment that can be decided as often as one likes.

    ``limits`` are those that were in force, by the names of their rules, and ``policy`` makes a policy of such limits.
    ``before`` answers with the state as it was right before ``record``, a fresh one at every call, which remembers
    just what the two look back over.
    """

    record: Record
    strategy: Strategy
    refused_rows_max_share: Decimal
    limits: Mapping[str, Any]
    policy: Callable[[Mapping[str, Any]], RulePolicy]
    before: Callable[[Strategy, RiskPolicy], State]

    def under(self, limits: Mapping[str, Any]) -> Judged:
        """The same moment under ``limits``."""
        policy = self.policy(limits)
        taking = Taking(self.before(self.strategy, policy), self.strategy, policy, self.refused_rows_max_share)
        return Judged(record=taking.take(self.record.observation, self.record.ts_init), policy=policy, view=taking.view)


def other_limits(policy: RulePolicy, limits: Mapping[str, Any]) -> RulePolicy:
    """``policy`` with the rules that ``limits`` names made anew under those."""
    rules: list[RiskRule] = []
    for rule in policy.rules:
        cls: Any = type(rule)
        rules.append(cls(limits[rule.name]) if rule.name in limits else rule)
    return RulePolicy(rules, fees=policy.fees, limits_version=policy.limits_version)


def fitted(stood: State, strategy: Strategy, policy: RiskPolicy, *, exactly: bool = True) -> State | None:
    """A copy of ``stood`` that remembers just what these look back over, as if it had been folded for them.

    None where ``stood`` has forgotten some of that, or never kept it: then it has to be folded anew. Not ``exactly``:
    it keeps all times of orders and executions that are known, so that whoever counts them counts every one.
    """
    wanted = state_for(strategy, policy)
    window = _kept(stood.window, wanted.window)
    executions = _kept(stood.execution_times, wanted.execution_times)
    entries = _submissions(stood, OrderClass.ENTRY, stood.entry_times, wanted.entry_times)
    exits = _submissions(stood, OrderClass.EXIT, stood.exit_times, wanted.exit_times)
    if window is None or executions is None or entries is None or exits is None:
        return None
    if wanted.peak_equity is not None and stood.peak_equity is None:
        return None
    return evolve(
        stood,
        lookback=wanted.lookback,
        orders_remembered=wanted.orders_remembered,
        sums=tuple(_summed(rolling.length, stood, window) for rolling in wanted.sums),
        window=deque(window, wanted.window.maxlen),
        entry_times=_cut(entries, wanted.entry_times, exactly),
        exit_times=_cut(exits, wanted.exit_times, exactly),
        execution_times=_cut(executions, wanted.execution_times, exactly),
        peak_equity=stood.peak_equity if wanted.peak_equity is not None else None,
        portfolio=evolve(
            stood.portfolio,
            lots=deque(evolve(lot) for lot in stood.portfolio.lots),
            trades=dict(stood.portfolio.trades),
        ),
        working=_orders(stood.working),
        ended_orders=_orders(stood.ended_orders),
        foreign_trades=dict(stood.foreign_trades),
        in_doubt=dict(stood.in_doubt),
    )


def unforgetting(stood: State, strategy: Strategy, policy: RiskPolicy, records: int) -> State:
    """An empty state to fold at most so many ``records`` with, so that nothing is forgotten that these look back over,
    nor any order or execution: whatever their limits are then made, it is fit for them."""
    wanted = state_for(strategy, policy)
    return initial_state(
        lookback=max(stood.lookback, wanted.lookback),
        sums=tuple(rolling.length for rolling in (*stood.sums, *wanted.sums)),
        orders_remembered=max(records, wanted.orders_remembered),
        executions_remembered=records + 1,
        peak_remembered=True,
    )


def _kept(stood: deque[T], wanted: deque[T]) -> deque[T] | None:
    """What is kept, where that is enough; None where some of it is forgotten. What is not full has forgotten none."""
    most, asked = stood.maxlen or 0, wanted.maxlen or 0
    return stood if asked <= most or len(stood) < most else None


def _cut(known: deque[T], wanted: deque[T], exactly: bool) -> deque[T]:
    """The newest of it, to measure, or all."""
    return deque(known, wanted.maxlen if exactly else max(len(known), wanted.maxlen or 0))


def _submissions(
    stood: State, order_class: OrderClass, kept: deque[datetime], wanted: deque[datetime]
) -> deque[datetime] | None:
    """When the newest orders of that class were submitted. Beyond what is kept for the rules, the orders that are
    remembered tell it, as far back as none of them is missing."""
    times = _kept(kept, wanted)
    if times is not None:
        return times
    orders, name = {**stood.ended_orders, **stood.working}, stood.journal_id[:12]
    told = deque[datetime]()
    ordinal = stood.orders_submitted
    while ordinal and (order := orders.get(f"{name}-{ordinal}")) is not None:
        if order.terms.order_class is order_class:
            told.appendleft(order.terms.ts_init)
        ordinal -= 1
    return told if not ordinal or len(told) >= (wanted.maxlen or 0) else None


def _summed(length: int, stood: State, window: deque[Any]) -> RollingSum:
    # A total that was kept all along is taken as it is: added up anew it may have other zeros at its end.
    kept = next((rolling.total for rolling in stood.sums if rolling.length == length), None)
    closes = [bar.close for bar in window]
    return RollingSum(length=length, total=kept if kept is not None else sum(closes[-length:], ZERO))


def _orders(orders: Mapping[str, Order]) -> dict[str, Order]:
    return {name: evolve(order, trades=dict(order.trades)) for name, order in orders.items()}
