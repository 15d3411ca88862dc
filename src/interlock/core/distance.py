"""How far a strategy's condition was from true, where it wanted nothing. Nothing is decided by it."""

from decimal import Decimal

from interlock.core.decision import NoAction
from interlock.core.reasons import Reason
from interlock.core.values import LightValue, Numbers, divided, down_to, minus, plus, times, up_to
from interlock.core.view import MarketView


class Distance(LightValue, frozen=True):
    """What would have had to be another for the strategy to propose something: a code, and the numbers of its
    sentence."""

    code: str
    numbers: Numbers


def of_window(no_action: NoAction) -> Distance | None:
    """How many bars a window that is not full still needs, from the numbers of ``WINDOW_NOT_FULL``."""
    seen, needed = no_action.numbers.get("bars"), no_action.numbers.get("needed")
    if not isinstance(seen, int) or not isinstance(needed, int):
        return None
    return Distance(Reason.BARS_STILL_NEEDED, {"bars": needed - seen, "needed": needed})


def of_cross(view: MarketView, fast: int, slow: int) -> Distance | None:
    """Which newest close would have put the average of ``fast`` bars on the other side of that of ``slow``: above it
    while nothing is held, below it while long. Told to the tick, as the last close that does not do it yet.

    None where there are no averages yet, where it is short, and where no price above zero would do it.
    """
    fast_sum, slow_sum = view.sum_of_closes(fast), view.sum_of_closes(slow)
    if fast_sum is None or slow_sum is None or view.position < 0:
        return None
    close, tick = view.bar.close, view.instrument.tick_size
    # Raising the newest close by d raises fast_sum * slow by d * slow and slow_sum * fast by d * fast.
    weight = Decimal(slow - fast)
    short_of_level = minus(times(slow_sum, Decimal(fast)), times(fast_sum, Decimal(slow)))
    level, step = plus(times(close, weight), short_of_level), times(tick, weight)
    numbers: dict[str, Decimal | int | str] = {"close": close, "fast": fast, "slow": slow}
    if not view.position:
        needed = divided(down_to(level, step), weight)
        return Distance(Reason.BUYS_ABOVE, {**numbers, "needed": needed})
    needed = divided(up_to(level, step), weight)
    return Distance(Reason.SELLS_BELOW, {**numbers, "needed": needed}) if needed > tick else None
