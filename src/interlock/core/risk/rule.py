"""What a risk rule is: one file, one limit, one question."""

from abc import ABC, abstractmethod
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

from interlock.core.decision import Finding, OrderIntent, Verdict
from interlock.core.orders import OrderClass
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged
from interlock.core.trading_state import TradingState
from interlock.core.values import NO_NUMBERS, LightValue, Numbers
from interlock.core.view import MarketView

Amount = Decimal | int | str

ENTRIES = frozenset({OrderClass.ENTRY})
ENTRIES_AND_EXITS = frozenset({OrderClass.ENTRY, OrderClass.EXIT})

# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_PASS, _PASSED, _DENY = Verdict.PASS, Reason.PASSED, Verdict.DENY


class Candidate(LightValue, frozen=True):
    """An intent with everything the policy worked out about it, before any rule is asked.

    ``reference`` is the last valid close. ``worst_price`` is the worst price at which it may fill: the limit of a
    LIMIT order, otherwise the protection price; None where no collar is configured. ``cost`` is what a buy could cost
    at ``worst_price``, fees included; None for a sale.
    """

    intent: OrderIntent
    instrument: str
    order_class: OrderClass
    reference: Decimal
    worst_price: Decimal | None
    cost: Decimal | None
    reducible: Decimal


class Horizon(LightValue, frozen=True, kw_only=True):
    """How far back a rule looks: bars of prices, submissions of each class, executions, and whether to the highest
    equity since the journal began or was last released."""

    bars: int = 1
    orders: int = 0
    executions: int = 0
    peak: bool = False


class RiskRule(ABC):
    """One control. It holds its own limits, horizon and applicability.

    ``evaluate`` is pure: the same candidate and view give the same finding. A raised exception is recorded and
    denies; ``MissingInput`` denies without being a fault. ``name`` is also the name of its table under ``[risk]``.
    """

    name: ClassVar[str]
    applies_to: ClassVar[frozenset[OrderClass]]
    mandatory: ClassVar[bool] = False
    # Which rule of which regulator or guide it follows (public names of documents, for the reference page).
    source: ClassVar[str]
    Limits: ClassVar[type[Any]]

    @property
    def horizon(self) -> Horizon:
        """How far back it looks."""
        return Horizon()

    @abstractmethod
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        """Pass or deny, with what was observed and the limit. Raises ``MissingInput`` when it cannot tell."""

    def relaxed(self, finding: Finding, candidate: Candidate, view: MarketView) -> Any | None:
        """The ``Limits`` closest to its own under which this very denial of ``candidate`` would not be; None where none
        of its limits does it. Asked by whoever explains the denial: nothing is decided by it. A raised exception is
        told as a fault."""
        return None

    def watch(self, view: MarketView) -> Breach | None:
        """What has to be restricted now, although nobody asked. Called every cycle: keep it cheap."""
        return None

    def standing(self, view: MarketView) -> Breach | None:
        """What would have to be restricted again after a release, which is refused for it: what ``watch`` says where
        nothing is restricted, unless a release forgives it."""
        return self.watch(view.as_if_active)

    def breach(self, state: TradingState, code: str, observed: Amount, limit: Amount, **more: Amount) -> Breach:
        """Trading is to be ``state`` from here on, because of ``code``."""
        numbers: Numbers = {"observed": observed, "limit": limit, **more}
        return Breach(rule=self.name, event=TradingStateChanged(state=state, code=code, numbers=numbers))

    def passed(self, observed: Amount, limit: Amount, numbers: Numbers = NO_NUMBERS) -> Finding:
        """A finding that lets the order on, as far as this rule is concerned."""
        return Finding(self.name, _PASS, _PASSED, observed, limit, numbers)

    def denied(self, code: str, observed: Amount, limit: Amount, numbers: Numbers = NO_NUMBERS) -> Finding:
        """A finding that stops the order."""
        return Finding(self.name, _DENY, code, observed, limit, numbers)


class MissingInput(LookupError):
    """A rule needs something that is not there yet. Not knowing denies."""


@lru_cache(maxsize=64)  # ages repeat: nearly always a bar is as old as the one before was
def seconds(span: timedelta) -> Decimal:
    """A span as exact seconds."""
    return Decimal(span // timedelta(microseconds=1)).scaleb(-6)
