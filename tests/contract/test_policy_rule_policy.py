"""The shipped policy, held to the contract."""

from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from interlock.core.fees import FeeSchedule
from interlock.core.ports import RiskPolicy
from interlock.core.risk.policy import RulePolicy
from interlock.testing.contracts.risk_policy import RiskPolicyContract
from interlock.testing.controls import every_control


class TestRulePolicy(RiskPolicyContract):
    """With every control that is shipped switched on."""

    subject: ClassVar[type[RiskPolicy]] = RulePolicy

    @override
    def policy(self) -> RiskPolicy:
        return RulePolicy(every_control(), fees=FeeSchedule(fee_bps=Decimal(1)), limits_version="test")
