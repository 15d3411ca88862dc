"""The port through which wishes come in."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from interlock.core.decision import NoAction, Proposal
from interlock.core.distance import Distance
from interlock.core.view import MarketView


class Strategy(ABC):
    """A pure function from what is seen to what is wished. It has no memory of its own.

    It is made with one argument, an instance of ``Parameters``.

    The state keeps the last ``lookback`` bars, and for each length in ``sums`` a rolling sum of closes; so
    recovery and replay need nothing from the strategy. It is asked once a bar. A raised exception is recorded as
    a fault and halts trading.
    """

    # What the operator may set, as a frozen attrs class; read from the [strategy] table.
    Parameters: ClassVar[type[Any]]

    @property
    @abstractmethod
    def lookback(self) -> int:
        """How many bars it needs to see, at least 1."""

    @property
    def sums(self) -> tuple[int, ...]:
        """Lengths, in bars, of the rolling sums of closes it wants kept; each at most ``lookback``."""
        return ()

    @abstractmethod
    def propose(self, view: MarketView) -> Proposal:
        """What to do about ``view.bar``. Every answer carries a code and the numbers behind it."""

    def distance(self, no_action: NoAction, view: MarketView) -> Distance | None:
        """How far its condition was from true when it answered ``no_action`` to ``view``; None where it cannot say.

        Asked by whoever explains, and like ``propose`` a pure function. A raised exception is told as a fault.
        """
        return None
