"""Whether what a plugin brings can be made at all: found while the file is read, and not in the first cycle."""

from collections.abc import Iterator, Sequence
from inspect import isabstract
from typing import Any

from interlock.core.orders import OrderClass
from interlock.core.risk.rule import Horizon
from interlock.runner.components import Component, Kind
from interlock.runner.config.model import Config
from interlock.runner.config.problems import KeyPath, Wrong, describe


def unusable(config: Config, components: Sequence[Component]) -> Iterator[tuple[KeyPath, Wrong]]:
    """Each strategy and rule of a plugin that cannot be made, and where it is named. What we ship is tested."""
    for component in components:
        if component.plugin is None:
            continue
        if component.kind is Kind.STRATEGY:
            path: KeyPath = ("strategy", "name")
            wrong = _wrong_with(component, config.strategy.parameters)
        elif component.kind is Kind.RISK_RULE:
            path = ("risk", component.name)
            wrong = _wrong_with(component, config.risk[component.name])
        else:
            continue
        if wrong is not None:
            place = f"{component.cls.__module__}:{component.cls.__qualname__}"
            who = f"{component.plugin}, {place}: {wrong}"
            yield path, Wrong(describe(component.name), "a plugin that can be used", who)


def _wrong_with(component: Component, settings: Any) -> str | None:
    """What keeps it from being used, without messages: nobody can know what they hold."""
    if isabstract(component.cls):
        missing = ", ".join(sorted(component.cls.__abstractmethods__))
        return f"it cannot be made (TypeError): it has no {missing}"
    try:
        made = component.cls(settings)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and that is what is to be told
        return f"it cannot be made: its __init__ raised {type(error).__name__}"
    try:
        return _wrong_with_strategy(made) if component.kind is Kind.STRATEGY else _wrong_with_rule(made)
    except Exception as error:  # noqa: BLE001 - the same
        return f"what it says of itself cannot be read: {type(error).__name__}"


def _wrong_with_strategy(strategy: Any) -> str | None:
    lookback, sums = strategy.lookback, strategy.sums
    if type(lookback) is not int or lookback < 1:
        return f"its lookback is no whole number of at least 1, but {_shown(lookback)} (TypeError)"
    if not all(type(length) is int and 1 <= length <= lookback for length in tuple(sums)):
        return f"its sums are not whole numbers from 1 to its lookback of {lookback} (TypeError)"
    return None


def _wrong_with_rule(rule: Any) -> str | None:
    horizon = rule.horizon
    numbers = (horizon.bars, horizon.orders, horizon.executions) if isinstance(horizon, Horizon) else (None,)
    if any(type(number) is not int for number in numbers):
        return f"its horizon is no Horizon of whole numbers, but {_shown(horizon)} (TypeError)"
    applies_to = getattr(rule, "applies_to", None)
    # A set that can still be changed is no promise, and a class that is none would never be asked about.
    if not isinstance(applies_to, frozenset):
        return (
            f"its applies_to is no frozenset of order classes, but {_shown(applies_to)}: write "
            "frozenset({OrderClass.ENTRY}), for example (TypeError)"
        )
    if not all(type(each) is OrderClass for each in applies_to):
        return "its applies_to holds what is no OrderClass, so nothing would be asked of it (TypeError)"
    return None


def _shown(value: object) -> str:
    return describe(value) if isinstance(value, int | str) else f"a {type(value).__name__}"
