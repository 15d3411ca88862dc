"""Free cash, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.reasons import Reason
from interlock.core.risk.rule import MissingInput, RiskRule
from interlock.core.risk.rules.free_cash import FreeCash
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate
from interlock.testing.situations import Situation, Working

# 1,000 in cash, 300 of which a working order may still cost: it was filled for 100 of the 400 reserved.
SITUATION = Situation(
    cash=Decimal(1000), working=(Working(quantity=Decimal(4), filled=Decimal(1), reserved=Decimal(400)),)
)


class TestFreeCash(RiskRuleContract):
    """What a buy could cost against what is not reserved."""

    subject: ClassVar[type[RiskRule]] = FreeCash
    no_limit_helps = frozenset({Reason.NOTIONAL_EXCEEDS_FREE_BALANCE})

    @override
    def at_the_limit(self) -> Question:
        return Question(limits={}, situation=SITUATION, candidate=a_candidate(cost="700"))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits={}, situation=SITUATION, candidate=a_candidate(cost="700.01"))

    def test_an_order_in_doubt_stays_reserved_for(self) -> None:
        """UNKNOWN and PENDING_CANCEL hold their cash as long as they may still fill."""
        for state in (OrderState.UNKNOWN, OrderState.PENDING_CANCEL, OrderState.SUBMITTED):
            working = (Working(quantity=Decimal(4), reserved=Decimal(400), state=state),)
            situation = Situation(cash=Decimal(1000), working=working)
            for cost, verdict in (("600", Verdict.PASS), ("600.01", Verdict.DENY)):
                question = Question(limits={}, situation=situation, candidate=a_candidate(cost=cost))
                assert self.ask(question).verdict is verdict

    def test_a_working_sale_reserves_nothing_and_a_short_sale_is_no_purchase(self) -> None:
        """Selling is bounded by position, quantity and value instead."""
        situation = Situation(cash=Decimal(10), working=(Working(side=Side.SELL, reserved=Decimal(400)),))
        buy = Question(limits={}, situation=situation, candidate=a_candidate(cost="10"))
        sell = Question(limits={}, situation=situation, candidate=a_candidate(side=Side.SELL, cost="5000"))
        assert self.ask(buy).verdict is Verdict.PASS
        assert self.ask(sell).verdict is Verdict.PASS

    def test_without_a_cost_it_cannot_tell(self) -> None:
        """No protection price, no cost: not knowing denies."""
        with pytest.raises(MissingInput):
            self.ask(Question(limits={}, candidate=a_candidate(worst_price=None)))
