"""How much trading is allowed: a table of three, from loose to tight; and why the venue has to confirm first."""

from enum import StrEnum


class TradingState(StrEnum):
    """ACTIVE trades, REDUCING lets only exits and cancels through, HALTED only cancels."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"

    @property
    def severity(self) -> int:
        """0 for ACTIVE, 1 for REDUCING, 2 for HALTED."""
        return tuple(TradingState).index(self)


class ReconciliationCause(StrEnum):
    """Why the venue was asked to confirm our orders and position."""

    START = "START"
    VENUE_FAULT = "VENUE_FAULT"
    ORDER_IN_DOUBT = "ORDER_IN_DOUBT"
    PERIODIC = "PERIODIC"
