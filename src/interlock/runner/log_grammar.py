"""A line of the log held against what is stated of it in ``log_events``."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from interlock.runner.log_events import EVENTS, Key, LogEvent, Presence, Shape
from interlock.runner.logs import FIELDS

# Our own clock, to the millisecond; a record's, to the microsecond where it has any.
_TS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00")
_FINDING: Final = ("rule", "code", "observed", "limit")


def complaints(line: Mapping[str, Any]) -> list[str]:
    """Everything in which ``line``, one event as it was read, is not what is stated; empty where it is."""
    if tuple(line) != FIELDS:
        return [f"the fields are {', '.join(map(str, line))}, and not {', '.join(FIELDS)}"]
    stated = EVENTS.get(line["event"])
    if stated is None:
        return [f"no event is called {line['event']!r}"]
    return [f"{line['event']}: {each}" for each in _of_the_fields(line, stated)]


def _of_the_fields(line: Mapping[str, Any], stated: LogEvent) -> Iterator[str]:
    if not isinstance(line["ts"], str) or not _TS.fullmatch(line["ts"]):
        yield f"ts is {line['ts']!r}"
    if line["level"] not in stated.levels:
        yield f"the level is {line['level']!r}, and not one of {', '.join(stated.levels)}"
    for name, kind, presence in (
        ("run_id", str, Presence.ALWAYS),
        ("seq", int, stated.seq),
        ("cycle", int, stated.cycle),
        ("instrument", str, stated.instrument),
        ("code", str, stated.code),
        ("why", str, Presence.ALWAYS),
        ("correlation_id", str, stated.correlation_id),
        ("causation_id", str, stated.causation_id),
        ("data", dict, stated.has_data),
    ):
        yield from _of_one(name, line[name], kind, presence)
    yield from _of_data(line["data"] or {}, {key.name: key for key in stated.data})


def _of_one(name: str, value: object, kind: type, presence: Presence) -> Iterator[str]:
    if value is None:
        if presence is Presence.ALWAYS:
            yield f"{name} is null"
    elif presence is Presence.NEVER:
        yield f"{name} is {value!r}, and is said to be null"
    elif type(value) is not kind or (value == "" and name != "why"):
        yield f"{name} is {value!r}"


def _of_data(data: Mapping[str, Any], keys: Mapping[str, Key]) -> Iterator[str]:
    for name in keys:
        if keys[name].always and name not in data:
            yield f"data.{name} is missing"
    for name, value in data.items():
        if name not in keys:
            yield f"data.{name} is not stated"
        elif not _SHAPES[keys[name].shape](value):
            yield f"data.{name} is {value!r}, and not a {keys[name].shape}"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_finding(value: object) -> bool:
    return (
        isinstance(value, dict)
        and tuple(value) == _FINDING
        and _is_text(value["rule"])
        and _is_text(value["code"])
        and all(value[name] is None or _is_text(value[name]) for name in ("observed", "limit"))
    )


_SHAPES: Final[Mapping[Shape, Callable[[Any], bool]]] = MappingProxyType(
    {
        Shape.TEXT: _is_text,
        Shape.TIME: lambda value: _is_text(value) and _TIME.fullmatch(value) is not None,
        Shape.COUNT: lambda value: type(value) is int and value >= 0,
        Shape.TEXTS: lambda value: isinstance(value, list) and all(map(_is_text, value)),
        Shape.NUMBERS: lambda value: (
            isinstance(value, dict) and all(each is None or _is_text(each) for each in value.values())
        ),
        Shape.FINDINGS: lambda value: isinstance(value, list) and all(map(_is_finding, value)),
    }
)
