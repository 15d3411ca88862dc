"""What can be known about a key of the file from the attrs field behind it."""

import re
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, get_args, get_origin

import attrs
from attrs import frozen

from interlock.runner.config.parsers import interval_text
from interlock.runner.config.structure import expectation
from interlock.runner.reference.markdown import code, paragraphs

_WORDS: Final[dict[type[Any], str]] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    Decimal: "amount",
    date: "date",
    datetime: "time with its offset",
    timedelta: 'length of time, such as "1m" or "1d"',
}

# Values that some validator refuses. What it then demands is its own word on what is allowed.
_REFUSED: Final[tuple[Any, ...]] = (
    "",
    "\x00",
    Decimal(-1),
    Decimal(2),
    Decimal(10**11),
    -1,
    0,
    10**11,
    timedelta(0),
    (),
    ("x",),
    ("x/y",),
    datetime(2020, 1, 1),  # noqa: DTZ001 - naive on purpose: it is what has to be refused
)


@frozen(kw_only=True)
class Key:
    """One key: how it is called, what may be written, and what it means; each as text for the page."""

    name: str
    type: str
    default: str
    must: str
    meaning: str


def keys_of(cls: type[Any]) -> tuple[Key, ...]:
    """Every key of an attrs class, in the order in which they are declared."""
    attrs.resolve_types(cls)
    return tuple(
        Key(
            name=field.name,
            type=_type(field.type),
            default=_default(field),
            must=_must(field),
            meaning=_meaning(cls, field.name),
        )
        for field in attrs.fields(cls)
        if field.init
    )


def _type(kind: Any) -> str:
    origin, inside = get_origin(kind), [part for part in get_args(kind) if part is not type(None)]
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(part) for part in inside)
    if origin is Mapping:
        return f"table of {_type(inside[-1])}"
    if origin is tuple:
        return f"list of {_type(inside[0])}"
    if origin is typing.Literal:
        return "one of " + ", ".join(code(word) for word in inside)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(code(member.value) for member in kind)
    return _WORDS.get(kind, getattr(kind, "__name__", str(kind)))


def _default(field: "attrs.Attribute[Any]") -> str:
    value = field.default
    if value is attrs.NOTHING:
        return "**required**"
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, timedelta):
        return code(f'"{interval_text(value)}"')
    if isinstance(value, datetime):
        return code(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    if isinstance(value, int):
        return code(value)
    if value is None or value == {}:
        return "none"
    return code("[]") if value == () else code(f'"{value}"')


def _must(field: "attrs.Attribute[Any]") -> str:
    demands = [_demand(validator, field) for validator in _validators(field.validator)]
    return "; ".join(dict.fromkeys(demand for demand in demands if demand))


def _validators(validator: Any) -> Iterable[Any]:
    """The single validators behind one: attrs wraps several into one, and an optional one into another."""
    if validator is None:
        return ()
    several = getattr(validator, "_validators", None)
    inner = several if several is not None else getattr(validator, "validator", None)
    if inner is None:
        return (validator,)
    parts = inner if isinstance(inner, tuple | list) else (inner,)
    return tuple(single for part in parts for single in _validators(part))


def _demand(validator: Any, field: "attrs.Attribute[Any]") -> str:
    for value in _REFUSED:
        if not _fits(value, field.type):
            continue
        try:
            validator(None, field, value)
        except (ValueError, TypeError) as error:
            # Drawn from its message, as `interlock check` does: the page and the problem say the same.
            demand = expectation(error, field.name).removeprefix("a value that ").partition("; found ")[0]
            return demand.replace("must not be ", "not ", 1).removeprefix("must be ")
    return ""


def _fits(value: Any, kind: Any) -> bool:
    options = [kind, *(get_args(kind) if get_origin(kind) in (typing.Union, types.UnionType) else ())]
    return any((get_origin(option) or option) is type(value) for option in options)


def _meaning(cls: type[Any], name: str) -> str:
    """The clause of the class's docstring that begins with the key."""
    clauses = re.split(r"(?<=[.;]) (?=`)", " ".join(paragraphs(cls)))
    for clause in clauses:
        names, colon, said = clause.partition(": ")
        if colon and f"`{name}`" in names and re.fullmatch(r"(`\w+`(, | and )?)+", names):
            return said.rstrip(".;")
    return ""
