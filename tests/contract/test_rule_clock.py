"""A clock that steps back, held to the contract."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.evolve import happen, observe
from interlock.core.market import Bar, RefusedRow
from interlock.core.observations import CycleOverran, Observation
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged, TradingStateReleased
from interlock.core.reports import OrderExpired
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.clock import ClockLimits, ClockRule
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import MINUTE, Situation

LIMITS = {"limit_seconds": Decimal(1)}
RULE = ClockRule(ClockLimits(limit_seconds=Decimal(1)))
NOW = Situation().clock
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


def stepped(back: timedelta, trading_state: TradingState = TradingState.ACTIVE) -> Situation:
    """The clock went back by so much, and then on."""
    return Situation(stepped_back=back, trading_state=trading_state)


class TestClock(RiskRuleContract):
    """The furthest step back."""

    subject: ClassVar[type[RiskRule]] = ClockRule
    grows = "limit_seconds"
    zero_is_a_limit = frozenset({"limit_seconds"})

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=stepped(SECOND))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=stepped(SECOND + INSTANT))

    def test_a_step_back_halts_by_itself(self) -> None:
        """With how far it went."""
        assert RULE.watch(stepped(SECOND).view()) is None
        breach = RULE.watch(stepped(SECOND + INSTANT).view())
        assert breach is not None
        assert breach.event == TradingStateChanged(
            state=TradingState.HALTED,
            code="CLOCK_STEPPED_BACK",
            numbers={"observed": Decimal("1.000001"), "limit": Decimal(1)},
        )

    def test_it_halts_where_trading_only_reduces_and_says_so_once(self) -> None:
        """Lost trust is more than a loss."""
        assert RULE.watch(stepped(MINUTE, TradingState.REDUCING).view()) is not None
        assert RULE.watch(stepped(MINUTE, TradingState.HALTED).view()) is None

    def test_with_a_limit_of_zero_no_step_is_let_pass(self) -> None:
        """And a clock that stands still, or goes on, is no step."""
        strict = ClockRule(ClockLimits(limit_seconds=Decimal(0)))
        assert strict.watch(Situation().view()) is None
        assert strict.watch(stepped(INSTANT).view()) is not None

    @pytest.mark.parametrize(
        "observation",
        [
            a_bar(at=NOW + MINUTE),
            CycleOverran(missed=1),
            RefusedRow(source="t", line=1, field="close", value="x", rule="a number"),
            OrderExpired(client_order_id="nobody", ts_event=NOW),
        ],
        ids=lambda each: type(each).__name__,
    )
    def test_whatever_is_observed_tells_the_time(self, observation: Observation) -> None:
        """A record of any kind may be the first after the step."""
        state = Situation().state()
        observe(state, observation, NOW - MINUTE)
        assert MarketView(state, NOW).stepped_back == MINUTE
        assert state.ts_init == NOW - MINUTE

    def test_a_step_counts_after_the_clock_has_gone_on(self) -> None:
        """The furthest of them, whatever came since."""
        state = Situation().state()
        for at in (NOW - MINUTE, NOW + MINUTE, NOW + MINUTE - SECOND, NOW + MINUTE * 9):
            observe(state, CycleOverran(missed=1), at)
        assert state.stepped_back == MINUTE
        bar: Bar = a_bar(at=NOW + MINUTE * 10)
        observe(state, bar, bar.ts_event)
        assert RULE.watch(MarketView(state, bar.ts_event)) is not None

    def test_a_release_forgets_the_step(self) -> None:
        """It lies behind: nothing stands in the way, and the next step counts again."""
        state = stepped(MINUTE).state()
        view = MarketView(state, NOW)
        breach = RULE.watch(view)
        assert breach is not None
        happen(state, breach.event)
        assert RULE.standing(view) is None
        happen(state, TradingStateReleased(code=Reason.OPERATOR_RESUME))
        assert RULE.watch(view) is None
        observe(state, CycleOverran(missed=1), NOW - SECOND * 2)
        assert RULE.watch(view) is not None
