"""The strategies that are shipped: one that only watches, and one to teach with."""

from typing import Final

from interlock.core.ports.strategy import Strategy
from interlock.core.strategies.moving_average_cross import MovingAverageCross
from interlock.core.strategies.observer import Observer

STRATEGIES: Final[dict[str, type[Strategy]]] = {Observer.name: Observer, MovingAverageCross.name: MovingAverageCross}
