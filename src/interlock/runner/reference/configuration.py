"""The page of the configuration file: every key of every table, from the classes that read it."""

from typing import Any, Final

from interlock.core.market import DeclaredSplit, Instrument
from interlock.core.risk.registry import RULES
from interlock.runner.components import Component, Kind
from interlock.runner.config import model
from interlock.runner.reference.keys import keys_of
from interlock.runner.reference.markdown import code, paragraphs, table
from interlock.runner.registry import Registry

# Each has a part of its own further down.
_TABLES: Final = ("instruments", "market_data", "strategy", "risk", "execution", "loop", "journal", "alerts")
_HEADS: Final = ("key", "type", "default", "limits", "meaning")


def page() -> str:
    """The top of the file, then table by table."""
    registry = Registry()
    parts = [
        "# Configuration",
        "One TOML file, read once, never written. `interlock init` writes a commented one, `interlock check` shows "
        'every value with its origin. Amounts stand in quotes (`"0.20"`) or are whole numbers: a float is refused. An '
        "unknown key is an error. A key without a default is required, and nothing of risk has a default.",
        "## The top of the file",
        _table(model.Config, omit=_TABLES),
        "## `[[instruments]]`",
        _table(Instrument, omit=("splits",)),
        "## `[[instruments.splits]]`",
        _table(DeclaredSplit),
        *_flattened("market_data", model.MarketDataConfig, Kind.MARKET_DATA, registry),
        *_flattened("strategy", model.StrategyConfig, Kind.STRATEGY, registry),
        *_flattened("execution", model.ExecutionConfig, Kind.EXECUTION, registry),
        "## `[loop]`",
        _table(model.LoopConfig),
        "## `[journal]`",
        _table(model.JournalConfig),
        "## `[alerts]`",
        _table(model.AlertsConfig),
        "## `[risk.*]`",
        "A table for each control that is on. Which are mandatory, and what each looks at, is in "
        "[controls](controls.md).",
    ]
    for name, rule in RULES.items():
        parts += [f"### `[risk.{name}]`", _table(rule.Limits)]
    return "\n\n".join(parts)


def _flattened(name: str, cls: type[Any], kind: Kind, registry: Registry) -> list[str]:
    """A table that holds the keys of a component beside its own."""
    selector, inner = model.FLATTENED[cls]
    parts = [f"## `[{name}]`", _table(cls, omit=(inner,))]
    for component in (registry.find(kind, each) for each in registry.built_in(kind)):
        parts += [f'### With `{selector} = "{component.name}"`', _component(component)]
    return parts


def _component(component: Component) -> str:
    return f"{paragraphs(component.cls)[0]}\n\n{_table(component.settings)}"


def _table(cls: type[Any], omit: tuple[str, ...] = ()) -> str:
    keys = [key for key in keys_of(cls) if key.name not in omit]
    if not keys:
        return f"No keys. {' '.join(paragraphs(cls))}"
    rows = [[code(key.name), key.type, key.default, key.must, key.meaning] for key in keys]
    if all(key.meaning for key in keys):
        return table(_HEADS, rows)
    # What the class says stands above the table then, and not in it.
    return "\n\n".join([*paragraphs(cls), table(_HEADS[:-1], [row[:-1] for row in rows])])
