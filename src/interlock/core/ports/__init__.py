"""The ports: what the core asks of the world. One promise a file."""

from interlock.core.ports.calendar import Calendar
from interlock.core.ports.clock import Clock
from interlock.core.ports.execution import ExecutionPort
from interlock.core.ports.journal import Head, Journal, LastWords, Snapshot
from interlock.core.ports.market_data import MarketDataPort
from interlock.core.ports.risk import Breach, RiskPolicy
from interlock.core.ports.strategy import Strategy

__all__ = [
    "Breach",
    "Calendar",
    "Clock",
    "ExecutionPort",
    "Head",
    "Journal",
    "LastWords",
    "MarketDataPort",
    "RiskPolicy",
    "Snapshot",
    "Strategy",
]
