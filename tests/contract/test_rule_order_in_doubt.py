"""An order in doubt for too long, held to the contract."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.evolve import happen, observe
from interlock.core.order_states import OrderState
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged, TradingStateReleased
from interlock.core.reports import CancelRejected, OrderAccepted, OrderRejected, OrderUnknown
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.order_in_doubt import OrderInDoubt, OrderInDoubtLimits
from interlock.core.state import State
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import MINUTE, Situation, Working

LIMITS = {"limit_seconds": Decimal(60)}
RULE = OrderInDoubt(OrderInDoubtLimits(limit_seconds=Decimal(60)))
NOW = Situation().clock
INSTANT = timedelta(microseconds=1)


def in_doubt(*ages: timedelta, trading_state: TradingState = TradingState.ACTIVE) -> Situation:
    """Orders that have been UNKNOWN for so long, and one of which all is known."""
    unknown = (Working(state=OrderState.UNKNOWN, since=NOW - age) for age in ages)
    return Situation(working=(Working(), *unknown), trading_state=trading_state)


def name_of(state: State, place: int = 1) -> str:
    """The order in doubt."""
    return list(state.working)[place]


class TestOrderInDoubt(RiskRuleContract):
    """The age of the oldest doubt."""

    subject: ClassVar[type[RiskRule]] = OrderInDoubt
    grows = "limit_seconds"

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=in_doubt(MINUTE))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=in_doubt(MINUTE + INSTANT))

    def test_it_halts_by_itself_and_names_the_order(self) -> None:
        """The one that has been in doubt for longest."""
        assert RULE.watch(in_doubt(MINUTE).view()) is None
        state = in_doubt(MINUTE + INSTANT, INSTANT).state()
        breach = RULE.watch(MarketView(state, NOW))
        assert breach is not None
        assert breach.event == TradingStateChanged(
            state=TradingState.HALTED,
            code="ORDER_IN_DOUBT_TOO_LONG",
            numbers={"observed": Decimal("60.000001"), "limit": Decimal(60), "order": name_of(state)},
        )

    def test_it_halts_where_trading_only_reduces_and_says_so_once(self) -> None:
        """Lost trust is more than a loss."""
        assert RULE.watch(in_doubt(MINUTE * 2, trading_state=TradingState.REDUCING).view()) is not None
        assert RULE.watch(in_doubt(MINUTE * 2, trading_state=TradingState.HALTED).view()) is None

    def test_without_an_order_in_doubt_there_is_nothing_to_say(self) -> None:
        """The other orders may be as old as they like."""
        assert RULE.watch(in_doubt().view()) is None
        assert self.ask(Question(limits=LIMITS, situation=in_doubt())).observed == 0

    @pytest.mark.parametrize("settled", [True, False])
    def test_it_stands_until_the_venue_has_settled_it(self, settled: bool) -> None:
        """A release forgives no doubt; an answer ends it."""
        state = in_doubt(MINUTE * 2, trading_state=TradingState.HALTED).state()
        if settled:
            report = OrderRejected(client_order_id=name_of(state), ts_event=NOW, code="NEVER_ARRIVED", detail="")
            observe(state, report, NOW)
        assert (RULE.standing(MarketView(state, NOW)) is None) is settled
        happen(state, TradingStateReleased(code=Reason.OPERATOR_RESUME))
        assert (RULE.watch(MarketView(state, NOW)) is None) is settled

    def test_a_doubt_lasts_from_its_first_moment_until_it_is_settled(self) -> None:
        """What settles nothing does not make it younger, and a new doubt is a new one."""
        state = in_doubt(MINUTE).state()
        name, began = name_of(state), NOW - MINUTE
        for report in (
            OrderUnknown(client_order_id=name, ts_event=NOW),
            CancelRejected(client_order_id=name, ts_event=NOW, code="TEST"),
        ):
            observe(state, report, NOW)
            assert oldest(state) == (name, began)
        observe(state, OrderAccepted(client_order_id=name, venue_order_id="v", ts_event=NOW), NOW)
        assert oldest(state) is None
        later = NOW + MINUTE
        observe(state, OrderUnknown(client_order_id=name, ts_event=NOW), later)
        assert oldest(state) == (name, later)


def oldest(state: State) -> tuple[str, datetime] | None:
    """What the view says."""
    return MarketView(state, NOW).oldest_in_doubt
