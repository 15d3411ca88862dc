"""What other packages bring: adapters, strategies and rules, through entry points.

A plugin runs with all our rights once it is imported, so none is imported unless the configuration names it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from interlock.core.ports.execution import ExecutionPort
from interlock.core.ports.market_data import MarketDataPort
from interlock.core.ports.strategy import Strategy
from interlock.core.risk.rule import RiskRule
from interlock.runner.components import TAKES_CREDENTIALS, BrokenPlugin, Component, Kind, Plugin

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

_PORTS: Final[dict[Kind, type[Any]]] = {
    Kind.MARKET_DATA: MarketDataPort,
    Kind.EXECUTION: ExecutionPort,
    Kind.STRATEGY: Strategy,
    Kind.RISK_RULE: RiskRule,
}


def names(kind: Kind) -> tuple[str, ...]:
    """The names that installed packages offer."""
    return tuple(sorted({point.name for point in entry_points(group=kind)}))


def find(kind: Kind, name: str) -> Component | None:
    """The plugin of that name, imported; None when nobody offers it. Raises ``BrokenPlugin``."""
    points = tuple(entry_points(group=kind, name=name))
    if not points:
        return None
    if len(points) > 1:
        owners = " and ".join(sorted(str(_owner(point)) for point in points))
        raise BrokenPlugin(f"{owners} both offer {name} in {kind}: uninstall one")
    return Component(kind=kind, name=name, cls=_loaded(kind, points[0]), plugin=_owner(points[0]))


def build(components: Iterable[Component]) -> str:
    """What runs: Interlock and every plugin in use, each with its version. The journal keeps it."""
    from interlock._version import __version__

    used = {str(component.plugin) for component in components if component.plugin is not None}
    return "; ".join((f"interlock {__version__}", *sorted(used)))


def entry_points(*, group: str, name: str | None = None) -> "EntryPoints":
    """As ``importlib.metadata`` has it; whoever names nothing but what ships in the box does not wait for that."""
    from importlib import metadata

    return metadata.entry_points(group=group) if name is None else metadata.entry_points(group=group, name=name)


def _owner(point: "EntryPoint") -> Plugin:
    return Plugin(
        distribution=point.dist.name if point.dist is not None else "unknown",
        version=point.dist.version if point.dist is not None else "unknown",
    )


def _loaded(kind: Kind, point: "EntryPoint") -> type[Any]:
    try:
        cls: object = point.load()
    except Exception as error:
        raise BrokenPlugin(f"{_owner(point)} could not be imported: {_because(error)}") from error
    port = _PORTS[kind]
    if not isinstance(cls, type) or not issubclass(cls, port):
        raise BrokenPlugin(f"{_owner(point)} offers {point.value}, which is not a {port.__name__}")
    settings = getattr(cls, kind.settings, None)
    if not isinstance(settings, type) or not attrs.has(settings):
        raise BrokenPlugin(f"{_owner(point)} offers {point.value}, whose {kind.settings} is not an attrs class")
    if kind in TAKES_CREDENTIALS and not _are_names(getattr(cls, "Credentials", ())):
        raise BrokenPlugin(f"{_owner(point)} offers {point.value}, whose Credentials is not a tuple of names")
    if kind is Kind.RISK_RULE and getattr(cls, "name", None) != point.name:
        # Findings carry the rule's own name: it has to be the one that the operator wrote.
        raise BrokenPlugin(f"{_owner(point)} offers {point.name}, which calls itself {getattr(cls, 'name', None)}")
    return cls


def _because(error: Exception) -> str:
    """Which error it was, and what is not installed where that is it. Nobody can know what another message holds."""
    missing = f": no module named {error.name}" if isinstance(error, ModuleNotFoundError) and error.name else ""
    return f"{type(error).__name__}{missing}"


def _are_names(names: object) -> bool:
    return isinstance(names, tuple) and all(isinstance(name, str) and name.isidentifier() for name in names)
