"""The teaching example: hold a fixed quantity while a fast average of closes is above a slow one."""

from decimal import Decimal
from typing import ClassVar, Final

from attrs import field, frozen
from typing_extensions import override

from interlock.core.decision import NoAction, OrderIntent, Proposal
from interlock.core.distance import Distance, of_cross, of_window
from interlock.core.orders import Side
from interlock.core.ports.strategy import Strategy
from interlock.core.reasons import Reason
from interlock.core.values import at_least_one, positive
from interlock.core.view import MarketView

# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_UP_AND_LONG: Final = Reason.TREND_UP_AND_LONG
_DOWN_AND_FLAT: Final = Reason.TREND_DOWN_AND_FLAT


@frozen(kw_only=True)
class MovingAverageCrossParameters:
    """``fast`` and ``slow``: lengths of the averages in bars, fast below slow. ``quantity``: units to hold."""

    fast: int = field(validator=at_least_one)
    slow: int = field(validator=at_least_one)
    quantity: Decimal = field(validator=positive)

    def __attrs_post_init__(self) -> None:
        if self.fast >= self.slow:
            raise ValueError(f"fast must be below slow, found {self.fast} and {self.slow}")


class MovingAverageCross(Strategy):
    """Long while the fast average is above the slow one, otherwise flat. Never short, always one quantity.

    It looks at where the averages are, not at the moment of crossing: a wish that was denied is uttered again at
    the next bar, so an exit is never forgotten. It teaches; it is not meant to earn.
    """

    name: ClassVar[str] = "moving_average_cross"
    Parameters = MovingAverageCrossParameters

    def __init__(self, parameters: MovingAverageCrossParameters) -> None:
        self._fast = parameters.fast
        self._slow = parameters.slow
        # What sums are multiplied by: an int would be made a Decimal at every bar.
        self._fast_times, self._slow_times = Decimal(self._fast), Decimal(self._slow)
        self._quantity = parameters.quantity

    @property
    @override
    def lookback(self) -> int:
        return self._slow

    @property
    @override
    def sums(self) -> tuple[int, ...]:
        return (self._fast, self._slow)

    @override
    def propose(self, view: MarketView) -> Proposal:
        fast_sum = view.sum_of_closes(self._fast)
        slow_sum = view.sum_of_closes(self._slow)
        if fast_sum is None or slow_sum is None:
            return NoAction(code=Reason.WINDOW_NOT_FULL, numbers={"bars": view.bars_seen, "needed": self._slow})
        if view.has_working_orders:
            return NoAction(code=Reason.ORDER_WORKING, numbers={"working": len(view.working_orders)})
        numbers: dict[str, Decimal | int | str] = {
            "fast": self._fast,
            "slow": self._slow,
            "fast_sum": fast_sum,
            "slow_sum": slow_sum,
        }
        # fast_sum / fast > slow_sum / slow, without a division that could round.
        left, right = fast_sum * self._slow_times, slow_sum * self._fast_times
        position = view.position
        if position:
            numbers["position"] = position
        if left > right:
            if position:
                return NoAction(_UP_AND_LONG, numbers)
            return OrderIntent(code=Reason.TREND_TURNED_UP, side=Side.BUY, quantity=self._quantity, numbers=numbers)
        if left == right:
            return NoAction(Reason.AVERAGES_LEVEL, numbers)
        if position > 0:
            return OrderIntent(code=Reason.TREND_TURNED_DOWN, side=Side.SELL, quantity=position, numbers=numbers)
        return NoAction(_DOWN_AND_FLAT, numbers)

    @override
    def distance(self, no_action: NoAction, view: MarketView) -> Distance | None:
        if view.has_working_orders:
            return None
        return of_cross(view, self._fast, self._slow) or of_window(no_action)
