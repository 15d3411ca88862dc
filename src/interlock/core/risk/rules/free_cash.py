"""Nothing that could not be paid for."""

from typing import ClassVar

from attrs import frozen
from typing_extensions import override

from interlock.core.decision import Finding
from interlock.core.orders import SELL
from interlock.core.reasons import Reason
from interlock.core.risk.rule import ENTRIES, Candidate, MissingInput, RiskRule
from interlock.core.values import ZERO, minus
from interlock.core.view import MarketView


@frozen(kw_only=True)
class FreeCashLimits:
    """Nothing to set: the limit is the cash that is not reserved for working orders."""


class FreeCash(RiskRule):
    """What a buy could cost, at its protection price and with fees, is at most the free cash.

    A short sale is no purchase: it is bounded by position, quantity and notional instead. An exit is not asked, and
    nothing is held back for it: one that fetches less than its fee, or a costly way out of a short position, may
    leave cash below zero. Then nothing can be bought until there is cash again.
    """

    name: ClassVar[str] = "free_cash"
    applies_to = ENTRIES
    source: ClassVar[str] = "SEC 15c3-5(c)(1)(i)"
    Limits = FreeCashLimits

    def __init__(self, limits: FreeCashLimits) -> None:
        self._limits = limits

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Finding:
        free = minus(view.cash, view.reserved_cash)
        if candidate.intent.side is SELL:
            return self.passed(ZERO, free)
        if candidate.cost is None:
            raise MissingInput("no protection price")
        if candidate.cost <= free:
            return self.passed(candidate.cost, free)
        return self.denied(Reason.NOTIONAL_EXCEEDS_FREE_BALANCE, candidate.cost, free)
