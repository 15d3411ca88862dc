"""The ports: what the core asks of the world. One promise a file."""

from interlock.core.ports.calendar import Calendar as Calendar
from interlock.core.ports.clock import Clock as Clock
from interlock.core.ports.execution import ExecutionPort as ExecutionPort
from interlock.core.ports.journal import Head as Head
from interlock.core.ports.journal import Journal as Journal
from interlock.core.ports.journal import LastWords as LastWords
from interlock.core.ports.journal import Snapshot as Snapshot
from interlock.core.ports.market_data import MarketDataPort as MarketDataPort
from interlock.core.ports.risk import Breach as Breach
from interlock.core.ports.risk import RiskPolicy as RiskPolicy
from interlock.core.ports.strategy import Strategy as Strategy
