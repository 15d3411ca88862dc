"""One observation through fold, watch and decision: the pure half of a cycle.

The running system comes through here, and so does whoever re-derives what it decided. There is no second way.
"""

from datetime import datetime
from decimal import Decimal

from interlock.core.decide import consequences, decide, judged, watch
from interlock.core.evolve import happen, observe, observe_bar, tell_time
from interlock.core.market import Bar, Silence
from interlock.core.observations import Observation, VenueReconciled
from interlock.core.operating import called_back
from interlock.core.order_book import cause_of, judge, observe_report
from interlock.core.orders import decision_id
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.records import Effect, Event, Record, SubmitOrder
from interlock.core.reports import is_report
from interlock.core.state import NEVER, State
from interlock.core.view import MarketView


class Taking:
    """Folds observations into ``state``, which it owns, and decides on them. Calls no port that acts, and no clock.

    ``refused_rows_max_share`` is the share of bad rows beyond which trading halts.
    """

    def __init__(self, state: State, strategy: Strategy, policy: RiskPolicy, refused_rows_max_share: Decimal) -> None:
        self._state = state
        self._strategy, self._policy = strategy, policy
        self._refused_rows_max_share = refused_rows_max_share
        self.view = MarketView(state, NEVER)

    def take(self, observation: Observation, now: datetime) -> Record:
        """The record of ``observation``, already folded in. ``now`` is the domain clock.

        Raises whatever the fold raises: the state can no longer be trusted then.
        """
        state, view = self._state, self.view
        view._now = now
        before = state.trading_state
        watched: tuple[Event, ...] = ()
        correlation = causation = None
        if isinstance(observation, Bar):
            observe_bar(state, observation, now)
            watched = watch(self._policy, view)
            for event in watched:
                happen(state, event)
            conclusion = decide(self._strategy, self._policy, view)
            if not watched and not conclusion.events:
                return Record(now, observation, conclusion.decision)  # nearly every bar: nothing happened
        elif is_report(observation):
            # Judged by what was known before it: a fill is only a surprise until it has been booked.
            judgement = judge(state, observation)
            tell_time(state, now)
            observe_report(state, observation, judgement)
            correlation, causation = observation.client_order_id, cause_of(state, observation)
            conclusion = judged(judgement)
        else:
            observe(state, observation, now)
            if isinstance(observation, Silence):
                watched = watch(self._policy, view)
                for event in watched:
                    happen(state, event)
            conclusion = consequences(observation, self._policy, view, self._refused_rows_max_share)
        for event in conclusion.events:
            happen(state, event)
        events, effects = watched + conclusion.events, conclusion.effects
        if state.trading_state is not before or isinstance(observation, VenueReconciled):
            # The latch first, then the orders that it calls back: the record holds both before anything leaves.
            requests, cancels = called_back(view)
            for event in requests:
                happen(state, event)
            events, effects = events + requests, effects + cancels
        if effects and correlation is None:
            correlation, causation = _ids(state, observation, conclusion.effects or effects)
        return Record(now, observation, conclusion.decision, events, correlation, causation, effects)


def _ids(state: State, observation: Observation, effects: tuple[Effect, ...]) -> tuple[str | None, str | None]:
    """Whose story it is that something is sent, and at which bar that was decided. What calls several orders back is
    the story of none, and what came from outside (a person's word, a split, a fault) has no parent of ours."""
    first = effects[0]
    order = first.order.terms.client_order_id if isinstance(first, SubmitOrder) else first.client_order_id
    cause = decision_id(state.journal_id, state.bars_seen) if isinstance(observation, Bar) else None
    return order if len(effects) == 1 else None, cause
