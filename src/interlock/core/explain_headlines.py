"""A record in a few words: what it is about. A part of ``explain``."""

from typing import Final

from interlock.core.commands import Command, OperatorCommand
from interlock.core.decision import CancelIntent, Decision, OrderIntent, Outcome
from interlock.core.explain_refusals import rejection_headline
from interlock.core.explain_words import plain
from interlock.core.orders import Side
from interlock.core.records import (
    EntriesQuarantined,
    Record,
    ReleaseRefused,
    ReportIgnored,
    TradingStateChanged,
    TradingStateReleased,
)
from interlock.core.reports import OrderRejected

# What came in, by its name.
HEADLINES: Final = {
    "Bar": "a bar closed",
    "RefusedRow": "a row of the data was refused",
    "Silence": "no bar came",
    "Split": "a split took effect",
    "EndOfData": "the data ended",
    "SessionRolled": "a session began",
    "OrderAccepted": "the venue accepted an order",
    "OrderRejected": "an order was rejected",
    "OrderFilled": "an order was filled",
    "OrderCanceled": "an order was canceled",
    "CancelRejected": "a cancel was rejected",
    "OrderExpired": "an order expired",
    "OrderUnknown": "nobody could say what became of an order",
    "JournalOpened": "the journal began",
    "JournalResumed": "a run went on with the journal",
    "ConfigurationChanged": "the configuration had changed",
    "RunStarted": "a run started",
    "RunStopped": "a run stopped",
    "CycleOverran": "a cycle took too long",
    "VenueReconciled": "the venue told of orders and position",
    "ReconciliationFailed": "the venue could not be asked",
    "OperatorCommand": "a person gave a command",
    "KillSwitchSeen": "the kill switch was seen",
    "Armed": "a person armed LIVE",
    "ArmingRefused": "an arming was refused",
    "DisarmAsked": "a person disarmed LIVE",
    "FaultObserved": "something raised an error",
}
_COMMANDS: Final = {
    Command.HALT: "a person halted trading",
    Command.REDUCE: "a person let trading only reduce",
    Command.RESUME: "a person asked for a release",
}
_OUTCOMES: Final = {
    Outcome.NO_ACTION: "the strategy wished for nothing",
    Outcome.APPROVED: "it was approved",
    Outcome.DENIED: "it was denied",
    Outcome.ERROR: "the decision failed",
}


def headline(record: Record) -> str:
    """What ``record`` is about, without a capital or a full stop."""
    observation = record.observation
    said = HEADLINES[record.kind]
    if isinstance(observation, OperatorCommand):
        said = _COMMANDS[observation.command]
    elif isinstance(observation, OrderRejected):
        said = rejection_headline(observation)
    if record.decision is not None:
        said = _decided(record.decision) if record.kind == "Bar" else said
    return said + "".join(f", and {word}" for word in _consequences(record))


def _decided(decision: Decision) -> str:
    wish, outcome = decision.proposal, _OUTCOMES[decision.outcome]
    if isinstance(wish, OrderIntent):
        verb = "buy" if wish.side is Side.BUY else "sell"
        return f"the strategy wished to {verb} {plain(wish.quantity)}, and {outcome}"
    if isinstance(wish, CancelIntent):
        return f"the strategy wished to cancel an order, and {outcome}"
    return outcome


def _consequences(record: Record) -> list[str]:
    found = []
    for event in record.events:
        match event:
            case TradingStateChanged(state=state):
                found.append(f"trading became {state.value}")
            case TradingStateReleased():
                found.append("trading was released")
            case ReleaseRefused():
                found.append("the release was refused")
            case EntriesQuarantined():
                found.append("entries were quarantined")
            case ReportIgnored():
                found.append("it changed nothing")
            case _:
                continue
    return list(dict.fromkeys(found))
