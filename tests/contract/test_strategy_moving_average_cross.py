"""The teaching strategy, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decision import NoAction, OrderIntent, Proposal
from interlock.core.orders import Side
from interlock.core.ports import Strategy
from interlock.core.strategies.moving_average_cross import MovingAverageCross, MovingAverageCrossParameters
from interlock.testing.contracts.strategy import StrategyContract
from interlock.testing.situations import Situation, Working, closes


class TestMovingAverageCross(StrategyContract):
    """Long while the fast average is above the slow one."""

    subject: ClassVar[type[Strategy]] = MovingAverageCross

    @override
    def strategy(self) -> Strategy:
        return MovingAverageCross(MovingAverageCrossParameters(fast=2, slow=4, quantity=Decimal(5)))

    def propose(self, *prices: str, position: str = "0", working: tuple[Working, ...] = ()) -> Proposal:
        """What it wants after these closes."""
        situation = Situation(bars=closes(*prices), position=Decimal(position), working=working)
        return self.strategy().propose(self.seen(situation).view())

    def test_it_waits_for_the_slow_window(self) -> None:
        """And counts how far it is."""
        expected = NoAction(code="WINDOW_NOT_FULL", numbers={"bars": 3, "needed": 4})
        assert self.propose("1", "2", "3") == expected
        assert self.propose("1", "2", "3", position="5") == expected

    def test_it_buys_its_quantity_while_the_fast_average_is_above(self) -> None:
        """Not only at the moment of crossing: a wish that was denied is uttered again."""
        for prices in (("1", "1", "1", "2"), ("1", "2", "3", "4", "5", "6")):
            wish = self.propose(*prices)
            assert isinstance(wish, OrderIntent)
            assert (wish.code, wish.side, wish.quantity) == ("TREND_TURNED_UP", Side.BUY, Decimal(5))

    def test_it_sells_all_that_is_held_while_the_fast_average_is_below(self) -> None:
        """What is held, not what it once wanted: a partial fill leaves nothing behind."""
        wish = self.propose("4", "3", "2", "1", position="3")
        assert isinstance(wish, OrderIntent)
        assert (wish.code, wish.side, wish.quantity) == ("TREND_TURNED_DOWN", Side.SELL, Decimal(3))

    def test_otherwise_it_does_nothing_and_says_why(self) -> None:
        """Long above, flat below, level, or an order still working."""
        assert self.propose("1", "2", "3", "4", position="5").code == "TREND_UP_AND_LONG"
        assert self.propose("4", "3", "2", "1").code == "TREND_DOWN_AND_FLAT"
        assert self.propose("4", "3", "2", "1", position="-5").code == "TREND_DOWN_AND_FLAT"
        assert self.propose("1", "2", "1", "2").code == "AVERAGES_LEVEL"
        assert self.propose("1", "2", "3", "4", working=(Working(),)).code == "ORDER_WORKING"

    @settings(deadline=None, max_examples=40)
    @given(prices=st.lists(st.decimals("0.01", "9999", places=2), min_size=4, max_size=12))
    def test_it_agrees_with_averages_worked_out_by_hand(self, prices: list[Decimal]) -> None:
        """Rolling sums compared crosswise say the same as the averages in whole hundredths."""
        cents = [int(price * 100) for price in prices]
        fast, slow = sum(cents[-2:]) * 4, sum(cents[-4:]) * 2
        code = "TREND_TURNED_UP" if fast > slow else "AVERAGES_LEVEL" if fast == slow else "TREND_DOWN_AND_FLAT"
        assert self.propose(*[str(price) for price in prices]).code == code

    def test_its_parameters_are_checked_when_they_are_made(self) -> None:
        """Fast below slow, each at least one bar, a quantity above zero."""
        good = {"fast": 2, "slow": 4, "quantity": Decimal(5)}
        for bad in (
            {"fast": 4},
            {"fast": 5},
            {"fast": 0},
            {"slow": 2.5},
            {"fast": True},
            {"quantity": Decimal(0)},
            {"quantity": Decimal("NaN")},
        ):
            told: dict[str, object] = {**good, **bad}
            made: type = MovingAverageCrossParameters
            try:
                made(**told)
            except (ValueError, TypeError):
                continue
            raise AssertionError(f"{bad} was taken")
        assert attrs.has(MovingAverageCrossParameters)
