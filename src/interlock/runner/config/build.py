"""From the tree of the file to a ``Config``, or to every problem in it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import attrs
from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError

from interlock.core.faults import ConfigurationError
from interlock.core.market import Instrument
from interlock.runner.components import BrokenPlugin, Component, Kind, UnknownComponent
from interlock.runner.config.credentials import KEY, sources
from interlock.runner.config.instruments import instrument_hook
from interlock.runner.config.making import unusable
from interlock.runner.config.model import FLATTENED, Config, ExecutionConfig, MarketDataConfig, StrategyConfig
from interlock.runner.config.problems import KeyPath, Problem, Under, Wrong, describe, key_text, suggestion
from interlock.runner.config.structure import class_hook, expectation, keys_of, make_converter, noted, table
from interlock.runner.registry import Registry

# These are made of defaults where nothing is said; the keys in them that have none are then found missing.
_OPTIONAL_TABLES = ("strategy", "risk", "execution", "loop", "journal", "alerts", "market_data")


@cache
def _converter() -> Converter:
    """One for every file that this process reads, with what cattrs has written for it."""
    converter = make_converter()
    converter.register_structure_hook(Instrument, instrument_hook(converter))
    return converter


class _Builder:
    """Structures one tree. It remembers which components were named, because each brings keys of its own."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._converter = _converter()
        self.components: dict[tuple[Kind, str], Component] = {}

    def build(self, tree: Mapping[str, Any]) -> Config:
        whole = {**{key: {} for key in _OPTIONAL_TABLES}, **tree}
        hooks = {
            "market_data": self._named_hook(MarketDataConfig, Kind.MARKET_DATA),
            "strategy": self._named_hook(StrategyConfig, Kind.STRATEGY),
            "execution": self._named_hook(ExecutionConfig, Kind.EXECUTION),
            "risk": self._risk,
        }
        config: Config = class_hook(self._converter, Config, **hooks)(whole, Config)
        return config

    def _named_hook(self, cls: type[Any], kind: Kind) -> Any:
        """A table whose keys are those of ``cls`` and those of the component that one of them names."""
        selector, inner = FLATTENED[cls]
        own = [key for key in keys_of(cls) if key != inner]

        def structure(value: object, _: Any) -> Any:
            written = table(value)
            component, unusable = self._named(cls, kind, written.get(selector))
            taken = keys_of(component.settings) if component is not None else ()
            nested = {key: written[key] for key in own if key in written}
            if KEY in own:
                # Also where nothing is written: what the component declares is missed then.
                nested.setdefault(KEY, {})
            nested[inner] = {key: item for key, item in written.items() if key not in own or key in taken}

            def select(name: Any, asked: Any) -> Any:
                parsed = self._converter.structure(name, asked)
                if unusable is not None:
                    raise unusable
                return parsed

            def settle(rest: Any, _: Any) -> Any:
                # Without a component nobody can tell which of the other keys are right.
                return class_hook(self._converter, component.settings)(rest, None) if component else None

            hooks: dict[str, Any] = {selector: select, inner: settle}
            if KEY in own:
                hooks[KEY] = lambda value, _: sources(value, component)
            return class_hook(self._converter, cls, **hooks)(nested, cls)

        return structure

    def _named(self, cls: type[Any], kind: Kind, name: object) -> tuple[Component | None, Wrong | None]:
        if name is None:
            default = getattr(attrs.fields(cls), FLATTENED[cls][0]).default
            name = default if isinstance(default, str) else None
        if not isinstance(name, str):
            return None, None
        try:
            return self.find(kind, name), None
        except UnknownComponent as error:
            expected = f"one of {', '.join(error.known)}"
            return None, Wrong(describe(name), expected, suggestion(name, error.known))
        except BrokenPlugin as error:
            return None, Wrong(describe(name), "a plugin that can be used", str(error))

    def find(self, kind: Kind, name: str) -> Component:
        component = self._registry.find(kind, name)
        self.components[kind, name] = component
        return component

    def _risk(self, value: object, _: Any) -> Mapping[str, Any]:
        limits: dict[str, Any] = {}
        problems: list[Exception] = []
        for name, written in table(value).items():
            try:
                limits[name] = self._limits(name, written)
            except (Wrong, ExceptionGroup) as error:
                problems.append(Under(name, error))
        if problems:
            raise ExceptionGroup("risk", problems)
        return limits

    def _limits(self, name: str, written: object) -> Any:
        try:
            component = self.find(Kind.RISK_RULE, name)
        except UnknownComponent as error:
            known = ", ".join(error.known)
            remedy = suggestion(name, error.known)
            raise Wrong("an unknown control", f"one of {known}", remedy) from error
        except BrokenPlugin as error:
            raise Wrong(describe(name), "a plugin that can be used", str(error)) from error
        return class_hook(self._converter, component.settings)(written, None)


def build(
    tree: Mapping[str, Any], *, lines: Mapping[KeyPath, int], file: str, registry: Registry
) -> tuple[Config | None, tuple[Component, ...], list[Problem]]:
    """The configuration and the components it names; or None and every problem."""
    builder = _Builder(registry)
    try:
        config = builder.build(tree)
    except ExceptionGroup as error:
        found = [_problem(path, wrong, lines, file) for path, wrong in _walk(error, (), ())]
        # A key that two classes share is read twice, and wrong once.
        return None, (), sorted(dict.fromkeys(found), key=_by_line)
    components = tuple(builder.components.values())
    problems = [_problem(path, wrong, lines, file) for path, wrong in unusable(config, components)]
    return (None, (), problems) if problems else (config, components, [])


def _by_line(problem: Problem) -> float:
    return problem.line if problem.line is not None else float("inf")


def _walk(error: BaseException, path: KeyPath, beside: Iterable[str]) -> Iterator[tuple[KeyPath, Wrong]]:
    match error:
        case Under():
            yield from _walk(error.error, (*path, error.name), ())
        case ExceptionGroup():
            cls = getattr(error, "cl", None)
            selector, inner = FLATTENED.get(cls, ("", "")) if cls is not None else ("", "")
            for part in error.exceptions:
                step = next(iter(noted(part)), None)
                if step == inner and selector and cls is not None:
                    yield from _walk(part, path, [key for key in keys_of(cls) if key != inner])
                else:
                    yield from _walk(part, path if step is None else (*path, step), beside if step is None else ())
        case Wrong():
            yield path, error
        case ForbiddenExtraKeysError():
            known = sorted({*keys_of(error.cl), *beside})
            for key in sorted(error.extra_fields):
                expected = f"one of {', '.join(known)}" if known else "no key at all"
                yield (*path, key), Wrong("an unknown key", expected, suggestion(key, known))
        case KeyError():
            yield path, Wrong("nothing", "a value: it has no default")
        case ValueError() | TypeError() | ConfigurationError():
            # A class's own check of several fields together.
            yield path, Wrong("values that do not go together", expectation(error))
        case _:
            raise error


def _problem(path: KeyPath, wrong: Wrong, lines: Mapping[KeyPath, int], file: str) -> Problem:
    # What is missing has no line: the table in which it is missed has.
    line = next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)
    return Problem(
        file=file, line=line, key=key_text(path), found=wrong.found, expected=wrong.expected, remedy=wrong.remedy
    )
