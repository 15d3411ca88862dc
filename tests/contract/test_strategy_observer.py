"""The observer, held to the contract."""

from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decision import NoAction
from interlock.core.distance import Distance
from interlock.core.ports import Strategy
from interlock.core.strategies.observer import Observer, ObserverParameters
from interlock.testing.contracts.risk_policy import situations
from interlock.testing.contracts.strategy import StrategyContract
from interlock.testing.situations import Situation


class TestObserver(StrategyContract):
    """It watches."""

    subject: ClassVar[type[Strategy]] = Observer

    @override
    def strategy(self) -> Strategy:
        return Observer(ObserverParameters())

    @settings(deadline=None, max_examples=25)
    @given(data=st.data())
    def test_it_never_wants_anything(self, data: st.DataObject) -> None:
        """Whatever there is to see, even before the first bar."""
        view = data.draw(situations).view()
        assert self.strategy().propose(view) == NoAction(code="OBSERVING")

    def test_no_price_would_have_made_it_want_anything(self) -> None:
        """And it says so."""
        strategy, view = self.strategy(), Situation().view()
        distance = strategy.distance(NoAction(code="OBSERVING"), view)
        assert distance == Distance("NEVER_PROPOSES", {})
