"""From a TOML-shaped tree to frozen attrs classes, by cattrs, with every problem and not only the first.

The classes say it all: their fields are the keys, their types choose the parser, their validators the limits. A
field's validator is run while its key is still known; the constructor would stop at the first that fails.
"""

import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import AttributeValidationNote, IterableValidationError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, override

from interlock.runner.config.parsers import PARSERS, member
from interlock.runner.config.problems import Wrong, describe, suggestion

Hook = Callable[[Any, Any], Any]

ITEMS_MAX: Final = 10_000


class NotSupported(TypeError):
    """A class that asks for a type of field which a TOML table cannot give: its author has to change it."""


def keys_of(cls: type[Any]) -> tuple[str, ...]:
    """The keys of a class, in the order in which they are declared."""
    return tuple(one.name for one in attrs.fields(cls) if one.init)


def table(value: object) -> dict[str, Any]:
    """A TOML table, or a problem that says what stands in its place."""
    if not isinstance(value, dict):
        raise Wrong(describe(value), "a table")
    return value


def make_converter() -> Converter:
    """A converter that takes TOML's own types, forbids unknown keys and collects every problem."""
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    for kind, parse in PARSERS.items():
        converter.register_structure_hook(kind, _exact(parse))
    converter.register_structure_hook_func(_is_enum, _member)
    converter.register_structure_hook_func(_is_literal, _literal)
    converter.register_structure_hook_func(_is_tuple, _tuple_hook(converter))
    converter.register_structure_hook_func(_is_union, _union_hook(converter))
    converter.register_structure_hook_factory(attrs.has, lambda cls: class_hook(converter, cls))
    return converter


def class_hook(converter: Converter, cls: type[Any], **fields: Hook) -> Hook:
    """How a table becomes ``cls``. ``fields`` replaces the hook of single fields."""
    build = _generated(converter, cls)  # type: ignore[arg-type] # every class can be hashed

    def structure(value: object, _: Any) -> Any:
        written = {key: _Hooked(fields[key], item) if key in fields else item for key, item in table(value).items()}
        return build(written, cls)

    return structure


# positional: a pair on its way through code that cattrs wrote
@attrs.frozen
class _Hooked:
    """What was written, and the hook that this one table has for it."""

    hook: Hook
    value: object


@cache
def _generated(converter: Converter, cls: type[Any]) -> Hook:
    """cattrs writes and compiles a function for ``cls``: once, for it takes longer than to read the file."""
    attrs.resolve_types(cls)
    overrides: dict[str, Any] = {
        one.name: override(struct_hook=_validated(one, converter.structure)) for one in attrs.fields(cls) if one.init
    }
    return make_dict_structure_fn(
        cls, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True, **overrides
    )


def _validated(attribute: "attrs.Attribute[Any]", usual: Hook) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        hook, value = (value.hook, value.value) if isinstance(value, _Hooked) else (usual, value)
        parsed = hook(value, kind)
        if attribute.validator is None:
            return parsed
        try:
            # There is no instance yet. A validator looks at its own value; what concerns two fields belongs
            # into __attrs_post_init__.
            attribute.validator(None, attribute, parsed)
        except (ValueError, TypeError) as error:
            raise Wrong(describe(value), expectation(error, attribute.name)) from error
        return parsed

    return structure


def expectation(error: Exception, name: str = "") -> str:
    """What a validator's message demands. Who is meant and what was found is told beside it already."""
    # attrs' own validators carry more arguments than the sentence.
    message = str(error.args[0] if error.args else error).partition(", found ")[0]
    for start in (f"{name} ", f"'{name}' "):
        message = message.removeprefix(start)
    return f"a value that {message}" if message.startswith("must") else message or "another value"


def _exact(parse: Callable[[object], Any]) -> Hook:
    # cattrs finds the hook of str for a StrEnum too, because it is a str.
    return lambda value, kind: member(value, kind) if _is_enum(kind) else parse(value)


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _member(value: object, kind: Any) -> Any:
    return member(value, kind)


def _is_literal(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is Literal


def _literal(value: object, kind: Any) -> Any:
    words = get_args(kind)
    if any(type(value) is type(word) and value == word for word in words):
        return value
    near = suggestion(value, (str(word) for word in words)) if isinstance(value, str) else ""
    raise Wrong(describe(value), f"one of {', '.join(str(word) for word in words)}", near)


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _tuple_hook(converter: Converter) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        of, *rest = get_args(kind)
        if rest != [...]:
            raise NotSupported(f"a TOML array is a tuple[..., ...] of one type, found {kind}")
        if not isinstance(value, list):
            raise Wrong(describe(value), "an array, in [ ]")
        if len(value) > ITEMS_MAX:
            raise Wrong(describe(value), f"at most {ITEMS_MAX} elements")
        items: list[Any] = []
        problems: list[Exception] = []
        for index, item in enumerate(value):
            try:
                items.append(converter.structure(item, of))
            except (Wrong, ExceptionGroup) as error:
                error.__notes__ = [*getattr(error, "__notes__", ()), IterableValidationNote("element", index, of)]
                problems.append(error)
        if problems:
            raise IterableValidationError("array", problems, tuple)
        return tuple(items)

    return structure


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (typing.Union, types.UnionType)


def _union_hook(converter: Converter) -> Hook:
    def structure(value: Any, kind: Any) -> Any:
        # TOML has no null: a key that may be None is left out.
        options = [option for option in get_args(kind) if option is not type(None)]
        refusals: list[Wrong] = []
        for option in options:
            try:
                return converter.structure(value, option)
            except Wrong as wrong:
                refusals.append(wrong)
        raise Wrong(
            refusals[0].found,
            ", or ".join(refusal.expected for refusal in refusals),
            next((refusal.remedy for refusal in refusals if refusal.remedy), ""),
        )

    return structure


def noted(error: BaseException) -> Iterable[str | int]:
    """The part of the key path that cattrs wrote on an error: a field's name or an array's index."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            yield note.name
        elif isinstance(note, IterableValidationNote):
            yield note.index
