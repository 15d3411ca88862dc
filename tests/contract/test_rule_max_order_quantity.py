"""Maximum order quantity, held to the contract."""

from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.max_order_quantity import MaxOrderQuantity
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate

LIMITS = {"limit": Decimal(10)}


class TestMaxOrderQuantity(RiskRuleContract):
    """Quantity against the limit, to the smallest digit."""

    subject: ClassVar[type[RiskRule]] = MaxOrderQuantity
    grows = "limit"

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(quantity="10"))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, candidate=a_candidate(quantity="10.0000000001"))
