"""Daily loss, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.ports import Breach
from interlock.core.records import TradingStateChanged
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.daily_loss import DailyLoss, DailyLossLimits
from interlock.core.trading_state import TradingState
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import Situation, closes

LIMITS = {"limit": Decimal(50)}


def down_to(price: str, trading_state: TradingState = TradingState.ACTIVE) -> Situation:
    """Ten units were held at 100 when the session began."""
    return Situation(bars=closes("100", price), position=Decimal(10), trading_state=trading_state)


def watched(situation: Situation) -> Breach | None:
    """What the rule restricts by itself."""
    return DailyLoss(DailyLossLimits(limit=Decimal(50))).watch(situation.view())


class TestDailyLoss(RiskRuleContract):
    """Lost since the session began."""

    subject: ClassVar[type[RiskRule]] = DailyLoss
    grows = "limit"

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=down_to("95"))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=down_to("94.9999999999"))

    def test_it_reduces_by_itself_a_hair_beyond_the_limit(self) -> None:
        """Whether or not anybody wants to trade."""
        assert watched(down_to("95")) is None
        breach = watched(down_to("94.99"))
        assert breach is not None
        assert breach.event == TradingStateChanged(
            state=TradingState.REDUCING,
            code="DAILY_LOSS_EXCEEDED",
            numbers={"observed": Decimal("50.10"), "limit": Decimal(50)},
        )

    @pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
    def test_it_says_so_once(self, state: TradingState) -> None:
        """Where trading is restricted already there is nothing to add."""
        assert watched(down_to("50", state)) is None

    def test_a_gain_is_no_loss(self) -> None:
        """What is observed is never negative."""
        finding = self.ask(Question(limits=LIMITS, situation=down_to("200")))
        assert finding.observed == 0
