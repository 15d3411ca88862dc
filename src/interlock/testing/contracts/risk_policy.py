"""What every risk policy promises, as tests. See ``interlock.core.ports.risk``."""

from abc import ABC, abstractmethod
from copy import deepcopy
from decimal import Decimal
from typing import ClassVar

import attrs
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.decision import Approved, CancelApproved, CancelIntent, Denied, OrderIntent, Verdict
from interlock.core.orders import ApprovedOrder, OrderType, Side, TimeInForce
from interlock.core.ports import Breach, RiskPolicy
from interlock.core.records import TradingStateChanged
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.any_situation import any_situation
from interlock.testing.contracts.inherited import inherited
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.situations import MONDAY, Situation

_shared = inherited(40)

_amounts = st.decimals("0.01", "1000", places=2)
intents = st.builds(
    OrderIntent,
    code=st.just("TEST.WISH"),
    side=st.sampled_from(Side),
    quantity=st.one_of(st.integers(1, 20).map(Decimal), _amounts),
    time_in_force=st.sampled_from(TimeInForce),
    order_type=st.sampled_from([OrderType.MARKET, OrderType.STOP]),
) | st.builds(
    OrderIntent,
    code=st.just("TEST.WISH"),
    side=st.sampled_from(Side),
    quantity=st.integers(1, 20).map(Decimal),
    order_type=st.just(OrderType.LIMIT),
    limit_price=_amounts,
)
situations = any_situation()


class RiskPolicyContract(ABC):
    """Subclass it, name the class ``Test...``, and say how to make a policy that lets a small order through."""

    subject: ClassVar[type[RiskPolicy]]

    @abstractmethod
    def policy(self) -> RiskPolicy:
        """A policy that approves buying one unit at 100 when 100,000 is at hand and nothing is held."""

    def test_what_is_proved_is_what_is_named(self) -> None:
        """What is under test is of the class that ``subject`` names."""
        assert type(self.policy()) is self.subject

    def test_what_it_looks_back_over_is_bounded(self) -> None:
        """At least one bar, and a whole number of orders."""
        assert self.policy().lookback >= 1
        assert self.policy().orders_remembered >= 0
        assert self.policy().executions_remembered >= 0
        assert isinstance(self.policy().peak_remembered, bool)

    def test_a_small_wish_is_approved_with_the_terms_that_were_asked_for(self) -> None:
        """An approval is a minted order for exactly what was wished, alive in the session it would execute in."""
        situation, intent = Situation(), an_intent()
        review = self.policy().review(intent, situation.view())
        assert isinstance(review, Approved)
        assert type(review.order) is ApprovedOrder
        terms = review.terms
        assert (terms.side, terms.quantity, terms.order_type) == (intent.side, intent.quantity, intent.order_type)
        assert (terms.session_open, terms.valid_until) == (MONDAY.open, MONDAY.close)
        assert terms.ts_init == situation.clock

    @given(intent=intents, situation=situations)
    @_shared
    def test_every_wish_is_approved_or_denied_with_reasons(self, intent: OrderIntent, situation: Situation) -> None:
        """It never raises; an approval has no finding that denies, a denial has one, and its code is that one's."""
        review = self.policy().review(intent, situation.view())
        assert isinstance(review, Approved | Denied)
        denials = [finding.code for finding in review.findings if finding.denies]
        if isinstance(review, Approved):
            assert not denials
            assert {f.verdict for f in review.findings} <= {Verdict.PASS, Verdict.NOT_APPLICABLE}
        else:
            assert review.code == denials[0]

    @given(intent=intents, situation=situations)
    @_shared
    def test_it_is_a_function_and_touches_nothing(self, intent: OrderIntent, situation: Situation) -> None:
        """Reviewed twice, watched twice: the same findings, the same terms, the same breaches, the same state."""
        state = situation.state()
        before = deepcopy(state)
        view, policy = MarketView(state, situation.clock), self.policy()
        first, second = policy.review(intent, view), self.policy().review(intent, view)
        assert first.findings == second.findings
        if isinstance(first, Approved):
            assert isinstance(second, Approved)
            assert first.terms == second.terms
        assert list(policy.watch(view)) == list(self.policy().watch(view))
        assert list(policy.standing(view)) == list(self.policy().standing(view))
        assert state == before

    @given(situation=situations)
    @_shared
    def test_a_cancel_is_approved_whatever_the_situation(self, situation: Situation) -> None:
        """No limit, rate, halt or silence stands in the way of taking an order back."""
        intent = CancelIntent(code="TEST.WISH", client_order_id="any")
        for state in TradingState:
            told = attrs.evolve(situation, trading_state=state)
            review = self.policy().review(intent, told.view())
            assert isinstance(review, CancelApproved)
            assert review.client_order_id == "any"
            assert not any(finding.denies for finding in review.findings)

    @given(situation=situations)
    @_shared
    def test_watching_never_raises(self, situation: Situation) -> None:
        """Whatever there is to see, it answers breaches, most often none."""
        assert all(isinstance(breach, Breach) for breach in self.policy().watch(situation.view()))

    @given(situation=situations)
    @_shared
    def test_what_stands_in_the_way_of_a_release_is_told_in_every_state(self, situation: Situation) -> None:
        """It never raises, and names changes of the trading state alone."""
        for state in TradingState:
            told = self.policy().standing(attrs.evolve(situation, trading_state=state).view())
            assert all(isinstance(breach.event, TradingStateChanged) for breach in told)
