"""The default: watch, and propose nothing."""

from typing import ClassVar

from attrs import frozen
from typing_extensions import override

from interlock.core.decision import NoAction, Proposal
from interlock.core.distance import Distance
from interlock.core.ports.strategy import Strategy
from interlock.core.reasons import Reason
from interlock.core.values import NO_NUMBERS
from interlock.core.view import MarketView


@frozen(kw_only=True)
class ObserverParameters:
    """Nothing to set."""


class Observer(Strategy):
    """Never proposes anything, and says so every time."""

    name: ClassVar[str] = "observer"
    Parameters = ObserverParameters
    _WATCHING: ClassVar = NoAction(code=Reason.OBSERVING)

    def __init__(self, parameters: ObserverParameters) -> None:
        self._parameters = parameters

    @property
    @override
    def lookback(self) -> int:
        return 1

    @override
    def propose(self, view: MarketView) -> Proposal:
        return self._WATCHING

    @override
    def distance(self, no_action: NoAction, view: MarketView) -> Distance:
        return Distance(Reason.NEVER_PROPOSES, NO_NUMBERS)
