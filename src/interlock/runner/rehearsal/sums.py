"""What one way through the recorded market came to: decisions, orders, fills, exposure, and what it cost or earned."""

from collections import Counter
from decimal import Decimal
from typing import Any

from attrs import Factory, define

from interlock.core.decision import Outcome
from interlock.core.explain_words import plain
from interlock.core.market import Bar
from interlock.core.orders import OrderClass
from interlock.core.records import OrderSubmitted, Record, ReportIgnored
from interlock.core.reports import OrderExpired, OrderFilled, OrderRejected
from interlock.core.values import CENT, ROUNDING, ZERO, divided, minus, plus, times
from interlock.core.view import MarketView


# mutable: it adds up
@define(kw_only=True)
class Sums:
    """Counted from ``begin`` on. Exposure and equity are looked at on each bar, at its close; gross exposure is what
    the position is worth there, long or short."""

    bars: int = 0
    outcomes: Counter[Outcome] = Factory(Counter)
    entries: int = 0
    exits: int = 0
    fills: int = 0
    rejected: int = 0
    expired: int = 0
    exposure_max: Decimal = ZERO
    exposure_sum: Decimal = ZERO
    drawdown_max: Decimal = ZERO
    equity_first: Decimal = ZERO
    fees_first: Decimal = ZERO
    peak: Decimal = ZERO
    # Whether nothing was held at the bar before, and nothing was traded since: then its worth is known.
    flat: bool = False

    def begin(self, view: MarketView) -> None:
        """From here on it counts."""
        books = view.portfolio
        self.equity_first = self.peak = books.equity
        self.fees_first = books.fees

    def take(self, record: Record, view: MarketView) -> None:
        """The next record, and what can be seen after it."""
        if record.decision is not None:
            self.outcomes[record.decision.outcome] += 1
        if record.events:
            self._happened(record)
        observation = record.observation
        if isinstance(observation, Bar):
            self._bar(observation, view)
        elif isinstance(observation, OrderFilled):
            self.fills += not any(isinstance(event, ReportIgnored) for event in record.events)
            self.flat = False
        elif isinstance(observation, OrderRejected):
            self.rejected += 1
        elif isinstance(observation, OrderExpired):
            self.expired += 1

    def _happened(self, record: Record) -> None:
        for event in record.events:
            if isinstance(event, OrderSubmitted):
                is_entry = event.terms.order_class is OrderClass.ENTRY
                self.entries += is_entry
                self.exits += not is_entry

    def _bar(self, bar: Bar, view: MarketView) -> None:
        self.bars += 1
        position = view.position
        if not position and self.flat:
            return  # what is not held does not change its worth
        equity = view.equity
        self.flat = not position
        if position:
            exposure = abs(times(position, bar.close))
            self.exposure_sum = plus(self.exposure_sum, exposure)
            self.exposure_max = max(self.exposure_max, exposure)
        if equity >= self.peak:
            self.peak = equity
        else:
            self.drawdown_max = max(self.drawdown_max, minus(self.peak, equity))

    def as_data(self, view: MarketView) -> dict[str, Any]:
        """For scripts; ``view`` is what can be seen at the end. Amounts are text, in the journal's currency."""
        books = view.portfolio
        mean = ROUNDING.quantize(divided(self.exposure_sum, Decimal(self.bars or 1)), CENT)
        return {
            "bars": self.bars,
            "no_action": self.outcomes[Outcome.NO_ACTION],
            "approved": self.outcomes[Outcome.APPROVED],
            "denied": self.outcomes[Outcome.DENIED],
            "errors": self.outcomes[Outcome.ERROR],
            "orders": self.entries + self.exits,
            "entries": self.entries,
            "exits": self.exits,
            "rejected": self.rejected,
            "expired": self.expired,
            "fills": self.fills,
            "exposure_max": plain(self.exposure_max),
            "exposure_mean": plain(mean),
            "fees": plain(minus(books.fees, self.fees_first)),
            "pnl": plain(minus(books.equity, self.equity_first)),
            "drawdown_max": plain(self.drawdown_max),
            "equity": plain(books.equity),
            "position": plain(books.position),
            "trading_state": view.trading_state.value,
            "trading_code": view.trading_state_code,
        }
