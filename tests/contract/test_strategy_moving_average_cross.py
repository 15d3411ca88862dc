"""The teaching strategy, held to the contract."""

from decimal import Decimal
from typing import ClassVar

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.decision import NoAction, OrderIntent, Proposal
from interlock.core.distance import Distance, of_window
from interlock.core.orders import Side
from interlock.core.ports import Strategy
from interlock.core.reasons import sentence
from interlock.core.strategies.moving_average_cross import MovingAverageCross, MovingAverageCrossParameters
from interlock.core.view import MarketView
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

    def distance(self, *prices: str, position: str = "0", working: tuple[Working, ...] = ()) -> Distance | None:
        """How far it was from a wish after these closes."""
        situation = self.seen(Situation(bars=closes(*prices), position=Decimal(position), working=working))
        strategy, view = self.strategy(), situation.view()
        wish = strategy.propose(view)
        assert isinstance(wish, NoAction)
        return strategy.distance(wish, view)

    def test_flat_below_it_says_above_which_close_it_would_have_bought(self) -> None:
        """To the tick: with 5 in place of 1.4 both averages are 4."""
        found = self.distance("4", "4", "3", "1.4")
        assert found is not None
        assert (found.code, found.numbers["needed"], found.numbers["close"]) == (
            "BUYS_ABOVE",
            Decimal(5),
            Decimal("1.4"),
        )
        assert sentence(found.code, found.numbers) == (
            "it would have asked to buy had the newest close been above 5; it was 1.4"
        )

    def test_long_above_it_says_below_which_close_it_would_have_sold(self) -> None:
        """And of a close that would have to be no price at all it says nothing."""
        found = self.distance("4", "4", "5", "9", position="5")
        assert found is not None
        assert (found.code, found.numbers["needed"]) == ("SELLS_BELOW", Decimal(3))
        assert self.distance("1", "1", "1.99", "3", position="5") is None, "it would sell below 0.01"
        assert self.distance("1", "1", "1.98", "3", position="5") is not None

    def test_where_no_close_would_have_made_the_difference_it_says_so(self) -> None:
        """Bars that are still to come, an order that works, a position that it does not leave."""
        found = self.distance("4", "4", "3")
        assert found is not None
        assert (found.code, dict(found.numbers)) == ("BARS_STILL_NEEDED", {"bars": 1, "needed": 4})
        assert self.distance("4", "3", "2", "1", working=(Working(),)) is None
        assert self.distance("4", "3", "2", "1", position="-5") is None
        assert of_window(NoAction("TEST.OTHER")) is None

    @settings(deadline=None, max_examples=60)
    @given(
        prices=st.lists(st.decimals("0.01", "99", places=2), min_size=7, max_size=9),
        held=st.booleans(),
        fast=st.integers(1, 3),
        more=st.integers(1, 4),
    )
    def test_one_tick_further_it_proposes_and_at_the_close_that_it_names_it_does_not(
        self, prices: list[Decimal], held: bool, fast: int, more: int
    ) -> None:
        """Exactly there, whatever came before, and also where the averages would be level between two ticks."""
        slow, tick = fast + more, Decimal("0.01")
        strategy = MovingAverageCross(MovingAverageCrossParameters(fast=fast, slow=slow, quantity=Decimal(5)))

        def seen(close: Decimal) -> MarketView:
            bars = closes(*[str(price) for price in (*prices[:-1], close)])
            held_now = Decimal(5) if held else Decimal(0)
            return Situation(bars=bars, position=held_now, lookback=slow, sums=(fast, slow)).view()

        wish, view = strategy.propose(seen(prices[-1])), seen(prices[-1])
        if not isinstance(wish, NoAction):
            return
        found = strategy.distance(wish, view)
        if found is None:
            # No price above zero would do, so the lowest one does not.
            assert isinstance(strategy.propose(seen(tick)), NoAction)
            return
        needed = found.numbers["needed"]
        assert isinstance(needed, Decimal)
        further = needed + tick if found.code == "BUYS_ABOVE" else needed - tick
        assert isinstance(strategy.propose(seen(further)), OrderIntent)
        assert isinstance(strategy.propose(seen(needed)), NoAction)
