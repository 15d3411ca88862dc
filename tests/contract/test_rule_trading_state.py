"""The trading state, held to the contract."""

from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.modes import RunMode
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderClass
from interlock.core.reasons import Reason
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.trading_state import TradingStateLimits, TradingStateRule
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.view import MarketView
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract, a_candidate
from interlock.testing.situations import Situation, Working

IN_DOUBT = (Working(state=OrderState.UNKNOWN),)


class TestTradingState(RiskRuleContract):
    """Whether trading is allowed at all."""

    subject: ClassVar[type[RiskRule]] = TradingStateRule
    no_limit_helps = frozenset({Reason.ORDER_IN_DOUBT})

    @override
    def at_the_limit(self) -> Question:
        return Question(limits={}, situation=Situation(working=(Working(),)))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits={}, situation=Situation(working=IN_DOUBT))

    @pytest.mark.parametrize(
        ("state", "order_class", "code"),
        [
            (TradingState.ACTIVE, OrderClass.ENTRY, Reason.PASSED),
            (TradingState.ACTIVE, OrderClass.EXIT, Reason.PASSED),
            (TradingState.REDUCING, OrderClass.ENTRY, Reason.TRADING_STATE_REDUCING),
            (TradingState.REDUCING, OrderClass.EXIT, Reason.PASSED),
            (TradingState.HALTED, OrderClass.ENTRY, Reason.TRADING_HALTED),
            (TradingState.HALTED, OrderClass.EXIT, Reason.TRADING_HALTED),
        ],
    )
    def test_reducing_lets_out_and_halted_lets_nothing(
        self, state: TradingState, order_class: OrderClass, code: Reason
    ) -> None:
        """Loss lets one leave; lost trust lets nobody do anything but cancel."""
        question = Question(
            limits={}, situation=Situation(trading_state=state), candidate=a_candidate(order_class=order_class)
        )
        assert self.ask(question).code == code

    def test_an_order_in_doubt_blocks_new_risk_and_not_the_way_out(self) -> None:
        """Until the venue settles it."""
        for order_class, verdict in ((OrderClass.ENTRY, Verdict.DENY), (OrderClass.EXIT, Verdict.PASS)):
            candidate = a_candidate(order_class=order_class)
            question = Question(limits={}, situation=Situation(working=IN_DOUBT), candidate=candidate)
            assert self.ask(question).verdict is verdict

    @pytest.mark.parametrize(
        ("order_class", "code"), [(OrderClass.ENTRY, Reason.RECONCILIATION_PENDING), (OrderClass.EXIT, Reason.PASSED)]
    )
    def test_a_venue_that_has_yet_to_confirm_blocks_new_risk(self, order_class: OrderClass, code: Reason) -> None:
        """Until it has."""
        situation = Situation()
        state = situation.state()
        state.reconciliation_pending = ReconciliationCause.START
        view = MarketView(state, situation.view().now)
        finding = TradingStateRule(TradingStateLimits()).evaluate(a_candidate(order_class=order_class), view)
        assert finding.code == code

    @pytest.mark.parametrize(
        ("order_class", "code"), [(OrderClass.ENTRY, Reason.LIVE_NOT_ARMED), (OrderClass.EXIT, Reason.PASSED)]
    )
    def test_live_without_an_arming_lets_out_and_not_in(self, order_class: OrderClass, code: Reason) -> None:
        """Here too, whatever other rules are asked."""
        situation = Situation()
        state = situation.state()
        state.mode = RunMode.LIVE
        view = MarketView(state, situation.view().now)
        finding = TradingStateRule(TradingStateLimits()).evaluate(a_candidate(order_class=order_class), view)
        assert finding.code == code
