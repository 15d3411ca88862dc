"""When the venue is asked again to confirm our orders and our position."""

from typing import Final

from attrs import define

from interlock.core.trading_state import ReconciliationCause
from interlock.core.view import MarketView

# After a venue that did not answer, or could not settle an order: so long, then twice as long, up to the usual pace.
RETRY_SECONDS: Final = 1.0


# mutable: it remembers when it asked
@define(kw_only=True)
class ReconciliationPace:
    """Every ``seconds`` on the operational clock, and sooner while something is open.

    With ``seconds`` None (the data sets the pace, so no time passes) whenever something is open, and else never.
    """

    seconds: float | None
    _due: float = 0.0
    _retry: float = RETRY_SECONDS
    _open: bool = False

    def due(self, view: MarketView, now: float) -> ReconciliationCause | None:
        """Why the venue is to be asked now; None while it is not."""
        cause = _what_is_open(view)
        if self.seconds is None or (cause is not None and not self._open):
            return cause  # what has just come up does not wait
        return (cause or ReconciliationCause.PERIODIC) if now >= self._due else None

    def asked(self, view: MarketView, now: float) -> None:
        """It was asked at ``now``, and what came of it has been folded."""
        if self.seconds is None:
            return
        self._open = _what_is_open(view) is not None
        self._due = now + (min(self._retry, self.seconds) if self._open else self.seconds)
        self._retry = min(self._retry * 2, self.seconds) if self._open else RETRY_SECONDS


def _what_is_open(view: MarketView) -> ReconciliationCause | None:
    if view.reconciliation_pending is not None:
        return view.reconciliation_pending
    return ReconciliationCause.ORDER_IN_DOUBT if view.orders_in_doubt else None
