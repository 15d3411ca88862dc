"""Interlock: a trading runtime that does nothing unless allowed, and can say why.

The public face of the library. Everything named here is pure; adapters are under ``interlock.adapters``.
Names are imported when they are used, so that ``interlock --version`` does not wait for the core.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from interlock._version import __version__

if TYPE_CHECKING:
    from interlock.core.cycle import Cycle, Parts
    from interlock.core.decision import CancelIntent, Decision, Finding, NoAction, OrderIntent, Outcome, Verdict
    from interlock.core.distance import Distance
    from interlock.core.explain import explain
    from interlock.core.market import Bar, Instrument
    from interlock.core.modes import RunMode
    from interlock.core.observations import JournalOpened
    from interlock.core.orders import ApprovedOrder, OrderClass, OrderType, Side, TimeInForce
    from interlock.core.ports import Calendar, Clock, ExecutionPort, Journal, MarketDataPort, RiskPolicy, Strategy
    from interlock.core.reasons import Reason, sentence
    from interlock.core.records import Record
    from interlock.core.risk.policy import RulePolicy
    from interlock.core.risk.rule import Candidate, RiskRule
    from interlock.core.view import MarketView

_HOMES: Final = {
    "Cycle": "cycle", "Parts": "cycle",
    "CancelIntent": "decision", "Decision": "decision", "Finding": "decision", "NoAction": "decision",
    "OrderIntent": "decision", "Outcome": "decision", "Verdict": "decision",
    "Distance": "distance",
    "explain": "explain",
    "Bar": "market", "Instrument": "market",
    "RunMode": "modes",
    "JournalOpened": "observations",
    "ApprovedOrder": "orders", "OrderClass": "orders", "OrderType": "orders", "Side": "orders",
    "TimeInForce": "orders",
    "Calendar": "ports", "Clock": "ports", "ExecutionPort": "ports", "Journal": "ports", "MarketDataPort": "ports",
    "RiskPolicy": "ports", "Strategy": "ports",
    "Reason": "reasons", "sentence": "reasons",
    "Record": "records",
    "RulePolicy": "risk.policy",
    "Candidate": "risk.rule", "RiskRule": "risk.rule",
    "MarketView": "view",
}  # fmt: skip

__all__ = [
    "__version__", "Cycle", "Parts", "CancelIntent", "Decision", "Finding", "NoAction", "OrderIntent", "Outcome",
    "Verdict", "Distance", "explain", "Bar", "Instrument", "RunMode", "JournalOpened", "ApprovedOrder", "OrderClass",
    "OrderType", "Side", "TimeInForce", "Calendar", "Clock", "ExecutionPort", "Journal", "MarketDataPort", "RiskPolicy",
    "Strategy", "Reason", "sentence", "Record", "RulePolicy", "Candidate", "RiskRule", "MarketView",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"interlock has no {name}")
    return getattr(import_module(f"interlock.core.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
