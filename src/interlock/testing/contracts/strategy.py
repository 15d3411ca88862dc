"""What every strategy promises, as tests. See ``interlock.core.ports.strategy``."""

from abc import ABC, abstractmethod
from copy import deepcopy
from decimal import Decimal
from typing import ClassVar

import attrs
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.decision import CancelIntent, NoAction, OrderIntent, Proposal, check_tellable
from interlock.core.distance import Distance
from interlock.core.ports import Strategy
from interlock.core.reason_text import Category
from interlock.core.reasons import REASONS, Reason, sentence
from interlock.core.state import initial_state
from interlock.core.view import MarketView
from interlock.testing.any_situation import any_situation
from interlock.testing.builders import bars
from interlock.testing.contracts.inherited import inherited
from interlock.testing.situations import MINUTE, MONDAY, TUESDAY, Situation

_shared = inherited(30)

_situations = any_situation(bars_min=1, bars_max=40)


class StrategyContract(ABC):
    """Subclass it, name the class ``Test...``, name the strategy and say how to make one. A ``lookback`` of at most
    20 bars keeps the tests quick; every test here then runs on your strategy.
    """

    subject: ClassVar[type[Strategy]]

    @abstractmethod
    def strategy(self) -> Strategy:
        """A new strategy: the same at every call."""

    def seen(self, situation: Situation) -> Situation:
        """``situation`` with the window and the sums that this strategy asks for."""
        strategy = self.strategy()
        return attrs.evolve(situation, lookback=strategy.lookback, sums=strategy.sums)

    def test_what_is_proved_is_what_is_named(self) -> None:
        """What is under test is of the class that ``subject`` names."""
        assert type(self.strategy()) is self.subject

    def test_it_says_what_may_be_set(self) -> None:
        """Its parameters are an attrs class, so that a configuration can be held against them."""
        assert attrs.has(self.subject.Parameters)
        assert self.subject.__doc__

    def test_what_it_looks_back_over_is_bounded(self) -> None:
        """At least one bar, and no sum reaches further back than the window."""
        strategy = self.strategy()
        assert strategy.lookback >= 1
        assert all(1 <= length <= strategy.lookback for length in strategy.sums)
        initial_state(lookback=strategy.lookback, sums=strategy.sums)

    @given(situation=_situations)
    @_shared
    def test_it_answers_everything_it_may_meet(self, situation: Situation) -> None:
        """Whatever the view: a proposal with a code, and the numbers of its sentence."""
        proposal = self.strategy().propose(self.seen(situation).view())
        assert isinstance(proposal, NoAction | OrderIntent | CancelIntent)
        self._has_reasons(proposal)

    @given(situation=_situations)
    @_shared
    def test_it_is_a_function_of_what_it_sees(self, situation: Situation) -> None:
        """Asked twice, or as a new one that saw nothing before: the same proposal. And nothing has changed."""
        state = self.seen(situation).state()
        before = deepcopy(state)
        view, strategy = MarketView(state, situation.clock), self.strategy()
        first = strategy.propose(view)
        assert strategy.propose(view) == first
        assert self.strategy().propose(view) == first
        assert state == before

    @given(seed=st.integers(0, 2**32), seen=st.integers(1, 30), other=st.integers(0, 2**32))
    @_shared
    def test_what_comes_later_cannot_change_what_it_proposed(self, seed: int, seen: int, other: int) -> None:
        """Two futures behind one past: until they part, the proposals are the same."""
        past = bars(seen, seed=seed, first=MONDAY.open + MINUTE)
        future = bars(10, seed=other, first=past[-1].ts_event + (TUESDAY.open - MONDAY.open))
        asked = self.strategy()
        alone = [asked.propose(self.seen(Situation(bars=past[:end])).view()) for end in range(1, seen + 1)]
        # The same strategy has now seen the other future, too: were there a memory, it would show.
        asked.propose(self.seen(Situation(bars=future)).view())
        again = [asked.propose(self.seen(Situation(bars=(*past, *future)[:end])).view()) for end in range(1, seen + 1)]
        assert again == alone

    def test_before_its_window_is_full_it_waits_and_says_so(self) -> None:
        """With fewer bars than it needs it wants nothing, whatever is held."""
        strategy = self.strategy()
        made = bars(strategy.lookback, first=MONDAY.open + MINUTE)
        for end in range(1, strategy.lookback):
            for position in (Decimal(0), Decimal(2)):
                proposal = strategy.propose(self.seen(Situation(bars=made[:end], position=position)).view())
                assert isinstance(proposal, NoAction)
                self._has_reasons(proposal)

    @staticmethod
    def _has_reasons(proposal: Proposal) -> None:
        assert proposal.code
        if "." in proposal.code:
            return  # a plugin's own
        text = REASONS[Reason(proposal.code)]
        wanted = (Category.IDLE,) if isinstance(proposal, NoAction) else (Category.SIGNAL,)
        assert text.category in wanted
        assert not sentence(proposal.code, proposal.numbers).startswith(proposal.code), "a number is missing"

    @given(situation=_situations)
    @_shared
    def test_how_far_it_was_can_be_told(self, situation: Situation) -> None:
        """Where it wants nothing: a distance that says in a sentence what would have had to be another, or none."""
        state = self.seen(situation).state()
        before = deepcopy(state)
        view, strategy = MarketView(state, situation.clock), self.strategy()
        wish = strategy.propose(view)
        if not isinstance(wish, NoAction):
            return
        distance = strategy.distance(wish, view)
        assert state == before
        if distance is None:
            return
        assert isinstance(distance, Distance)
        check_tellable(distance.code, distance.numbers)
        assert strategy.distance(wish, view) == distance
        self._has_reasons(NoAction(distance.code, distance.numbers))
