"""Price jumps, held to the contract."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decision import Verdict
from interlock.core.ports import Breach
from interlock.core.reasons import Reason
from interlock.core.records import EntriesQuarantined
from interlock.core.risk.rule import RiskRule
from interlock.core.risk.rules.price_jump import PriceJump, PriceJumpLimits
from interlock.core.values import DECIMAL_DIGITS_MAX, ONE, SMALLEST, WHOLE_DIGITS_MAX, divided, minus, plus, times
from interlock.testing.builders import a_bar
from interlock.testing.contracts.risk_rule import Question, RiskRuleContract
from interlock.testing.situations import MINUTE, MONDAY, Situation, closes

LIMITS = {"limit": Decimal("0.20"), "bars": 3}
LARGEST = Decimal(10**WHOLE_DIGITS_MAX) - SMALLEST
prices = st.decimals(SMALLEST, LARGEST, places=DECIMAL_DIGITS_MAX)


def watched(*closing: str, opened: str | None = None, bars: int | None = 3) -> Breach | None:
    """What the rule says to bars that close at ``closing``, the last of which opened at ``opened``."""
    made = closes(*closing)
    if opened is not None:
        made = (*made[:-1], a_bar(closing[-1], open=opened, at=made[-1].ts_event))
    rule = PriceJump(PriceJumpLimits(limit=Decimal("0.20"), bars=bars))
    return rule.watch(Situation(bars=made).view())


@given(
    prices, st.decimals(SMALLEST, ONE, places=DECIMAL_DIGITS_MAX), st.sampled_from((plus, minus)), st.integers(-2, 2)
)
@example(LARGEST, SMALLEST, minus, 0).via("beyond the limit by 1E-20, which 28 digits do not tell")
def test_the_limit_is_exact_for_prices_of_any_size(
    before: Decimal, limit: Decimal, way: Callable[[Decimal, Decimal], Decimal], beyond: int
) -> None:
    """A move of the limit to the smallest digit, where the product has more digits than the ambient context keeps."""
    edge = divided(times(before, way(ONE, limit)), ONE)
    after = max(SMALLEST, min(LARGEST, plus(edge, beyond * SMALLEST)))
    breach = PriceJump(PriceJumpLimits(limit=limit, bars=3)).watch(
        Situation(bars=closes(str(before), str(after))).view()
    )
    assert (breach is not None) is (abs(Fraction(after) - Fraction(before)) > Fraction(before) * Fraction(limit))


class TestPriceJump(RiskRuleContract):
    """No entry while the window is quarantined."""

    subject: ClassVar[type[RiskRule]] = PriceJump
    no_limit_helps = frozenset({Reason.QUARANTINED})

    @override
    def at_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=Situation(quarantine=0))

    @override
    def beyond_the_limit(self) -> Question:
        return Question(limits=LIMITS, situation=Situation(quarantine=1))

    @pytest.mark.parametrize(
        ("close", "jumped"), [("120", False), ("120.0000000001", True), ("80", False), ("79.9999999999", True)]
    )
    def test_a_move_of_the_limit_is_believed_and_a_hair_more_is_not(self, close: str, jumped: bool) -> None:
        """Up and down, to the smallest digit."""
        assert (watched("100", close) is not None) is jumped

    def test_a_jump_at_the_open_counts_when_the_close_came_back(self) -> None:
        """The window has that open in it."""
        breach = watched("100", "100", opened="121")
        assert breach is not None
        assert breach.event == EntriesQuarantined(
            bars=3,
            code="PRICE_JUMP",
            numbers={
                "observed": Decimal("0.21"),
                "limit": Decimal("0.20"),
                "from_price": Decimal(100),
                "to_price": Decimal(121),
                "bars": 3,
            },
        )

    def test_the_wait_is_the_window_where_nothing_is_said(self) -> None:
        """Until every bar of the window came after the jump."""
        breach = watched("100", "150", bars=None)
        assert breach is not None
        assert isinstance(breach.event, EntriesQuarantined)
        assert breach.event.bars == Situation().lookback

    def test_the_first_bar_jumps_from_nowhere(self) -> None:
        """There is nothing to compare it with."""
        assert watched("100") is None

    def test_a_silence_does_not_tell_the_same_jump_again(self) -> None:
        """A bar jumps once, when it is new."""
        from interlock.core.evolve import observe
        from interlock.core.market import Silence
        from interlock.core.view import MarketView

        rule = PriceJump(PriceJumpLimits(limit=Decimal("0.20")))
        state = Situation(bars=closes("100", "150")).state()
        now = MONDAY.open + MINUTE * 3
        assert rule.watch(MarketView(state, now)) is not None
        observe(state, Silence(until=now), now)
        assert rule.watch(MarketView(state, now)) is None

    def test_a_quarantine_says_how_long_it_lasts(self) -> None:
        """The finding counts the bars that are left."""
        finding = self.ask(Question(limits=LIMITS, situation=Situation(quarantine=7)))
        assert (finding.verdict, finding.observed) == (Verdict.DENY, 7)
