"""What a configuration may name: what ships in the box, then what is installed beside it.

Built-in names win, so nothing that is installed can take the place of something shipped. Adapters are named by
module and class and imported when they are asked for.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from interlock.runner.components import Component, Kind, UnknownComponent

_ADAPTERS: Final[Mapping[Kind, Mapping[str, str]]] = MappingProxyType(
    {
        Kind.MARKET_DATA: {
            "csv": "interlock.adapters.market_data.csv_file:CsvFeed",
            "simulated": "interlock.adapters.market_data.simulated:SimulatedFeed",
        },
        Kind.EXECUTION: {"paper": "interlock.adapters.execution.paper:PaperVenue"},
    }
)


class Registry:
    """Finds components by name. Plugins are looked for only when no built-in has the name."""

    def built_in(self, kind: Kind) -> Mapping[str, type[Any] | str]:
        """The names that are shipped; adapters as ``module:class``, not yet imported."""
        if kind is Kind.STRATEGY:
            from interlock.core.strategies import STRATEGIES

            return dict(STRATEGIES)
        if kind is Kind.RISK_RULE:
            return dict(self.rules())
        return _ADAPTERS[kind]

    def rules(self) -> Mapping[str, type[Any]]:
        """The shipped controls, in the order in which findings are listed."""
        from interlock.core.risk.registry import RULES

        return RULES

    def find(self, kind: Kind, name: str) -> Component:
        """The component of that name. Raises ``UnknownComponent`` or ``BrokenPlugin``."""
        built_in = self.built_in(kind)
        if name in built_in:
            found = built_in[name]
            return Component(kind=kind, name=name, cls=_imported(found) if isinstance(found, str) else found)
        # Costs a look at every installed package, so it is done for names that we do not know.
        from interlock.runner import plugins

        plugin = plugins.find(kind, name)
        if plugin is None:
            raise UnknownComponent(kind, name, tuple(sorted({*built_in, *plugins.names(kind)})))
        return plugin


def _imported(place: str) -> type[Any]:
    module, _, name = place.partition(":")
    cls: type[Any] = getattr(import_module(module), name)
    return cls
