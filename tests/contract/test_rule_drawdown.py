"""Drawdown, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.evolve import happen, observe
from interlock.core.market import Split
from interlock.core.observations import SessionRolled
from interlock.core.ports import Breach
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged, TradingStateReleased
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.drawdown import Drawdown, DrawdownLimits
from interlock.core.state import State, initial_state
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import MINUTE, MONDAY, TUESDAY, Situation, closes

LIMITS = {"limit": Decimal(50)}
RULE = Drawdown(DrawdownLimits(limit=Decimal(50)))


def down_to(*prices: str, trading_state: TradingState = TradingState.ACTIVE) -> Situation:
    """Ten units were held at 100, then 120, then at these prices."""
    return Situation(bars=closes("100", "120", *prices), position=Decimal(10), trading_state=trading_state)


def goes_to(state: State, price: str) -> Breach | None:
    """What the rule says to one more bar."""
    at = MONDAY.open + MINUTE * (state.bars_seen + 1)
    observe(state, a_bar(price, at=at), at)
    return RULE.watch(MarketView(state, at))


class TestDrawdown(RiskRuleContract):
    """Lost since the highest point."""

    subject: ClassVar[type[RiskRule]] = Drawdown
    grows = "limit"

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=down_to("115"))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=down_to("114.9999999999"))

    def test_it_reduces_by_itself_a_hair_beyond_the_limit(self) -> None:
        """Although since the session's start, at 100, nothing was lost at all."""
        assert RULE.watch(down_to("115").view()) is None
        breach = RULE.watch(down_to("114.99").view())
        assert breach is not None
        assert breach.event == TradingStateChanged(
            state=TradingState.REDUCING,
            code="DRAWDOWN_EXCEEDED",
            numbers={"observed": Decimal("50.10"), "limit": Decimal(50)},
        )

    @pytest.mark.parametrize("trading_state", [TradingState.REDUCING, TradingState.HALTED])
    def test_it_says_so_once(self, trading_state: TradingState) -> None:
        """Where trading is restricted already there is nothing to add."""
        assert RULE.watch(down_to("50", trading_state=trading_state).view()) is None

    def test_the_peak_is_the_highest_close_and_outlives_the_session(self) -> None:
        """Small losses of many days add up, where each day's own is within its limit."""
        state = down_to("118").state()
        observe(state, SessionRolled(session=TUESDAY, next_session=None), TUESDAY.open)
        at = TUESDAY.open + MINUTE
        observe(state, a_bar("114", at=at), at)
        view = MarketView(state, at)
        assert view.peak_equity - view.equity == 60
        assert view.session_open_equity - view.equity == 40
        assert RULE.watch(view) is not None

    def test_before_the_first_bar_the_peak_is_the_opening_cash(self) -> None:
        """What costs more than it is worth at once is lost from there."""
        view = Situation(bars=()).view()
        assert view.peak_equity == view.equity == 100_000

    def test_a_release_begins_anew_from_what_there_is(self) -> None:
        """Nothing stands in its way, the next bar at that price restricts nothing, and the limit holds from there."""
        state = down_to("110").state()
        view = MarketView(state, MONDAY.open)
        breach = RULE.watch(view)
        assert breach is not None
        happen(state, breach.event)
        assert RULE.standing(view) is None
        happen(state, TradingStateReleased(code=Reason.OPERATOR_RESUME))
        assert state.peak_equity == state.equity
        assert goes_to(state, "110") is None
        assert goes_to(state, "105") is None
        assert goes_to(state, "104.99") is not None

    def test_whoever_releases_a_halt_may_not_have_seen_it_yet(self) -> None:
        """So trading goes from HALTED to REDUCING, and what was lost is forgiven by a release of its own."""
        for trading_state, stands in ((TradingState.HALTED, True), (TradingState.REDUCING, False)):
            assert (RULE.standing(down_to("110", trading_state=trading_state).view()) is not None) is stands
        assert RULE.standing(down_to("115", trading_state=TradingState.HALTED).view()) is None

    def test_a_declared_split_is_no_loss(self) -> None:
        """Twenty units at half the price."""
        state = down_to("120").state()
        at = MONDAY.open + MINUTE * 4
        observe(state, Split(instrument="TEST", ts_event=at, ratio=Decimal(2)), at)
        assert goes_to(state, "60") is None
        assert goes_to(state, "57.50") is None
        assert goes_to(state, "57.49") is not None

    def test_a_state_that_keeps_no_peak_is_a_mistake_that_is_told(self) -> None:
        """Rather than a rule that never finds anything."""
        with pytest.raises(LookupError, match="no peak is kept"):
            RULE.watch(MarketView(initial_state(lookback=1), MONDAY.open))
