"""The page of everything that a journal may hold: what came in, what happened, and their fields."""

import types
import typing
from enum import StrEnum
from typing import Any, Final, get_args, get_origin

import attrs
import msgspec

from interlock.core import (
    decision,
    faults,
    market,
    modes,
    observations,
    order_states,
    orders,
    origins,
    records,
    reports,
    trading_state,
)
from interlock.core.values import LightValue
from interlock.runner.reference.markdown import code, first_sentence, table

_PROPOSALS = (decision.NoAction, decision.OrderIntent, decision.CancelIntent)
_PARTS = (
    orders.OrderTerms,
    market.Instrument,
    market.DeclaredSplit,
    market.Session,
    observations.HeldOrder,
    observations.ChangedSetting,
    origins.Origin,
    faults.Fault,
    observations.Chapter,
)
_ENUMS: Final[tuple[type[StrEnum], ...]] = (
    decision.Outcome,
    decision.Verdict,
    trading_state.TradingState,
    orders.Side,
    orders.OrderType,
    orders.TimeInForce,
    orders.OrderClass,
    order_states.OrderState,
    reports.FillBasis,
    observations.StopReason,
    observations.LastEnd,
    origins.OriginSource,
    modes.RunMode,
)
_WORDS: Final = {
    "str": "text",
    "int": "whole number",
    "bool": "true or false",
    "datetime": "time",
    "Decimal": "decimal",
}


def page() -> str:
    """Records, observations, events, and what a decision is made of."""
    return "\n\n".join(
        [
            "# Records, observations and events",
            "A journal is a list of records. Each holds one observation (what came in), the decision if there was one, "
            "and the events that happened with it. In the log and in `--json` output they have these names. Times are "
            "aware UTC; money, prices and quantities are decimal numbers, written as text.",
            "## The record",
            _class(records.Record),
            "## What the market says",
            *(_entry(cls) for cls in get_args(observations.MarketObservation)),
            "## What the venue answers",
            *(_entry(cls) for cls in get_args(reports.ExecutionReport)),
            "## What a run says of itself",
            *(_entry(cls) for cls in get_args(observations.BoundaryObservation)),
            _entry(observations.FaultObserved),
            "## What people say, and their kill switch",
            *(_entry(cls) for cls in get_args(observations.ConsoleObservation)),
            "## What was decided",
            *(_entry(cls) for cls in (decision.Decision, *_PROPOSALS, decision.Finding)),
            "## What happened",
            *(_entry(cls) for cls in get_args(records.Event)),
            "## What these are made of",
            *(_entry(cls) for cls in _PARTS),
            "What only the log tells, and no record is kept of, stands with every line of the log on "
            "[its own page](log.md#what-only-the-log-tells).",
            "## Words that a field may hold",
            table(["type", "words"], [[cls.__name__, ", ".join(code(word.value) for word in cls)] for cls in _ENUMS]),
        ]
    )


def _entry(cls: type[Any]) -> str:
    return f"### {cls.__name__}\n\n{_class(cls)}"


def _class(cls: type[Any]) -> str:
    rows = [[code(name), type_text(kind)] for name, kind in _kept(cls)]
    said = first_sentence(cls)
    return f"{said}\n\n{table(['field', 'type'], rows)}" if rows else said


def _kept(cls: type[Any]) -> list[tuple[str, Any]]:
    """Names and types of the fields that a journal keeps."""
    if issubclass(cls, LightValue):
        # Permission lives in memory only: a record that is read back has none.
        return [(field.name, field.type) for field in msgspec.structs.fields(cls) if field.name != "effects"]
    attrs.resolve_types(cls)
    # What does not count when two are compared is not kept either: a fault's trace.
    return [(field.name, field.type) for field in attrs.fields(cls) if field.init and field.eq is not False]


def type_text(kind: Any) -> str:
    """A type in words: the classes by name, what may be missing said so."""
    if kind is type(None):
        return "nothing"
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_text(part) for part in inside)
    if origin is tuple:
        return f"list of {type_text(inside[0])}"
    if origin is not None:
        return "numbers by name"
    name: str = kind.__name__
    return _WORDS.get(name, name)
