"""How much trading is allowed: a table of three, from loose to tight."""

from enum import StrEnum


class TradingState(StrEnum):
    """ACTIVE trades, REDUCING lets only exits and cancels through, HALTED only cancels."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"
