"""Maximum order value, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.orders import Side
from interlock.core.risk.rule import MissingInput, RiskRule
from interlock.core.risk.rules.max_order_notional import MaxOrderNotional
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate

LIMITS = {"limit": Decimal(1000)}


class TestMaxOrderNotional(RiskRuleContract):
    """Value at the worst price against the limit."""

    subject: ClassVar[type[RiskRule]] = MaxOrderNotional
    grows = "limit"
    amounts = RiskRuleContract.amounts.map(lambda amount: amount + 500)

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(quantity="8", worst_price="125"))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(quantity="8", worst_price="125.01"))

    def test_a_sale_counts_at_the_reference_where_that_is_higher(self) -> None:
        """The lowest price of a sale is not its value."""
        sale = a_candidate(side=Side.SELL, quantity="10", worst_price="95", reference="100.01")
        assert self.ask(Question(limits=LIMITS, candidate=sale)).verdict is Verdict.DENY

    def test_without_a_worst_price_it_cannot_tell(self) -> None:
        """No collar, no protection price: not knowing denies."""
        with pytest.raises(MissingInput):
            self.ask(Question(limits=LIMITS, candidate=a_candidate(worst_price=None)))
