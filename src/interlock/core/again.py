"""One recorded moment, decided again: as it was, or under other limits. Nothing is sent, and nothing is kept."""

from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from attrs import evolve, frozen

from interlock.core.cycle import state_for
from interlock.core.decision import Finding, Outcome
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.records import Record
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import RiskRule
from interlock.core.state import Order, RollingSum, State, initial_state
from interlock.core.taking import Taking
from interlock.core.values import ZERO
from interlock.core.view import MarketView

_BOUNDED = ("window", "entry_times", "exit_times", "execution_times")


@frozen(kw_only=True)
class Judged:
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


@frozen(kw_only=True)
class Again:
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


def fitted(stood: State, strategy: Strategy, policy: RiskPolicy) -> State | None:
    """A copy of ``stood`` that remembers just what these look back over, as if it had been folded for them.

    None where ``stood`` has forgotten some of that, or never kept it: then it has to be folded anew.
    """
    wanted = state_for(strategy, policy)
    if not all(_is_kept(getattr(stood, name), getattr(wanted, name)) for name in _BOUNDED):
        return None
    if wanted.peak_equity is not None and stood.peak_equity is None:
        return None
    window = deque(stood.window, wanted.window.maxlen)
    return evolve(
        stood,
        lookback=wanted.lookback,
        orders_remembered=wanted.orders_remembered,
        sums=tuple(_summed(rolling.length, stood, window) for rolling in wanted.sums),
        window=window,
        entry_times=deque(stood.entry_times, wanted.entry_times.maxlen),
        exit_times=deque(stood.exit_times, wanted.exit_times.maxlen),
        execution_times=deque(stood.execution_times, wanted.execution_times.maxlen),
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


def _is_kept(stood: deque[Any], wanted: deque[Any]) -> bool:
    # What is not full has forgotten nothing.
    most, asked = stood.maxlen or 0, wanted.maxlen or 0
    return asked <= most or len(stood) < most


def _summed(length: int, stood: State, window: deque[Any]) -> RollingSum:
    # A total that was kept all along is taken as it is: added up anew it may have other zeros at its end.
    kept = next((rolling.total for rolling in stood.sums if rolling.length == length), None)
    closes = [bar.close for bar in window][-length:]
    return RollingSum(length=length, total=kept if kept is not None else sum(closes, ZERO))


def _orders(orders: Mapping[str, Order]) -> dict[str, Order]:
    return {name: evolve(order, trades=dict(order.trades)) for name, order in orders.items()}
