"""The port that says no unless everything says yes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from interlock.core.decision import CancelIntent, OrderIntent, Review
from interlock.core.records import Event
from interlock.core.values import LightValue
from interlock.core.view import MarketView


class Breach(LightValue, frozen=True, kw_only=True):
    """Something the policy noticed by itself, intents or not, and what follows from it."""

    rule: str
    event: Event


class RiskPolicy(ABC):
    """Judges every intent and watches every cycle. Pure and total: it raises nothing and touches nothing.

    ``review`` evaluates every rule, without short circuit, and answers with every finding. Anything that is not
    plainly a pass denies: a limit that is not configured, a missing input, a rule that raises.
    """

    @property
    @abstractmethod
    def lookback(self) -> int:
        """How many bars its rules look back over, at least 1."""

    @property
    @abstractmethod
    def orders_remembered(self) -> int:
        """How many submissions, of each class, its rules look back over."""

    @property
    @abstractmethod
    def executions_remembered(self) -> int:
        """How many executions its rules look back over."""

    @property
    @abstractmethod
    def peak_remembered(self) -> bool:
        """Whether its rules measure from the highest equity: where none does, it is not kept."""

    @abstractmethod
    def review(self, intent: OrderIntent | CancelIntent, view: MarketView) -> Review:
        """Approved (the only source of an ``ApprovedOrder``), or denied with every finding."""

    @abstractmethod
    def watch(self, view: MarketView) -> Sequence[Breach]:
        """What has to be restricted now, whether or not anybody wants to trade."""

    @abstractmethod
    def standing(self, view: MarketView) -> Sequence[Breach]:
        """What would restrict trading again if it were released now: each is a ``TradingStateChanged``.

        A release forgives what lies behind (see ``interlock.core.release``); what still is stands in its way.
        """
