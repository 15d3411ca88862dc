"""A stale feed, held to the contract."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.core.evolve import observe
from interlock.core.market import Session, Silence
from interlock.core.ports import Breach
from interlock.core.records import TradingStateChanged
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.stale_feed import StaleFeed, StaleFeedLimits
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import MINUTE, MONDAY, TUESDAY, Situation

LIMITS = {"limit_seconds": Decimal(30)}
RULE = StaleFeed(StaleFeedLimits(limit_seconds=Decimal(30)))
LIMIT = timedelta(seconds=30)
INSTANT = timedelta(microseconds=1)
FIRST = MONDAY.open + MINUTE


def late(by: timedelta, **told: object) -> Situation:
    """One bar, and then nothing until so long after the next was due."""
    return Situation(bars=(a_bar(at=FIRST),), now=FIRST + MINUTE + by, **told)  # type: ignore[arg-type]


def after_silence(situation: Situation, *, bar_at: datetime | None = None) -> Breach | None:
    """What the rule says when a silence has been observed; or a bar after it."""
    state = situation.state()
    observe(state, Silence(until=situation.clock), situation.clock)
    if bar_at is not None:
        observe(state, a_bar(at=bar_at), situation.clock)
    return RULE.watch(MarketView(state, situation.clock))


class TestStaleFeed(RiskRuleContract):
    """So long after a bar was due."""

    subject: ClassVar[type[RiskRule]] = StaleFeed
    grows = "limit_seconds"

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=late(LIMIT))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=late(LIMIT + INSTANT))

    def test_a_silence_that_lasts_reduces_by_itself(self) -> None:
        """No bar has to come for that."""
        assert after_silence(late(LIMIT)) is None
        breach = after_silence(late(LIMIT + INSTANT))
        assert breach is not None
        assert breach.event == TradingStateChanged(
            state=TradingState.REDUCING,
            code="FEED_STALE",
            numbers={"observed": Decimal("30.000001"), "limit": Decimal(30)},
        )

    @pytest.mark.parametrize("trading_state", [TradingState.REDUCING, TradingState.HALTED])
    def test_it_says_so_once(self, trading_state: TradingState) -> None:
        """Where trading is restricted already there is nothing to add."""
        assert after_silence(late(MINUTE * 9, trading_state=trading_state)) is None

    def test_a_bar_that_came_is_not_for_this_rule(self) -> None:
        """History that is handed over after a start is as old as it is, and comes; it restricts nothing."""
        assert RULE.watch(late(MINUTE * 9).view()) is None
        assert after_silence(late(MINUTE * 9), bar_at=FIRST + MINUTE) is None

    @pytest.mark.parametrize(
        ("last", "now", "stale"),
        [
            (MONDAY.close, TUESDAY.open, False),  # nothing is due overnight
            (MONDAY.close, TUESDAY.open + MINUTE + LIMIT, False),
            (MONDAY.close, TUESDAY.open + MINUTE + LIMIT + INSTANT, True),
            (MONDAY.close - MINUTE, MONDAY.close + LIMIT, False),
            (MONDAY.close - MINUTE, MONDAY.close + LIMIT + INSTANT, True),  # the last bar of the session never came
        ],
    )
    def test_what_is_due_is_due_by_the_session_calendar(self, last: datetime, now: datetime, stale: bool) -> None:
        """Nobody is called over a night or a weekend."""
        assert (after_silence(Situation(bars=(a_bar(at=last),), now=now)) is not None) is stale

    def test_without_a_session_nobody_knows_what_to_expect(self) -> None:
        """Nor before the first bar, nor after the last session that is known."""
        assert after_silence(Situation(session=None, now=MONDAY.close)) is None
        assert after_silence(Situation(bars=(a_bar(at=MONDAY.close),), now=TUESDAY.close, next_session=None)) is None

    def test_it_stands_until_a_bar_comes(self) -> None:
        """Whatever trading is, and whether a silence or nothing at all was observed since."""
        for trading_state in TradingState:
            assert RULE.standing(late(LIMIT, trading_state=trading_state).view()) is None
            assert RULE.standing(late(LIMIT + INSTANT, trading_state=trading_state).view()) is not None

    def test_a_short_last_bar_is_due_at_the_close(self) -> None:
        """Not where it would have been had it been whole."""
        session = Session(open=MONDAY.open, close=FIRST + timedelta(seconds=20))
        situation = Situation(bars=(a_bar(at=FIRST),), session=session, now=FIRST + timedelta(seconds=51))
        assert after_silence(situation) is not None
