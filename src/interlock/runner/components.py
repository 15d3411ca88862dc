"""What a configuration may name: the kinds of component, and one that was found."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from typing_extensions import override

from interlock.core.faults import ConfigurationError


class Kind(StrEnum):
    """What can be named. The value is the entry-point group in which plugins offer theirs."""

    MARKET_DATA = "interlock.market_data"
    EXECUTION = "interlock.execution"
    STRATEGY = "interlock.strategies"
    RISK_RULE = "interlock.risk_rules"

    @property
    def settings(self) -> str:
        """The attribute under which a class of this kind keeps the attrs class of its own keys."""
        return _SETTINGS[self]


_SETTINGS: Final[Mapping[Kind, str]] = MappingProxyType(
    {Kind.MARKET_DATA: "Options", Kind.EXECUTION: "Options", Kind.STRATEGY: "Parameters", Kind.RISK_RULE: "Limits"}
)

# Who may be given secrets: what talks to somebody outside. A strategy and a rule talk to nobody.
TAKES_CREDENTIALS: Final = frozenset({Kind.MARKET_DATA, Kind.EXECUTION})


class Plugin(Struct, frozen=True, kw_only=True):
    """Who brought a component that is not ours: it goes into the build string, and so into the journal."""

    distribution: str
    version: str

    @override
    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


class Component(Struct, frozen=True, kw_only=True):
    """A class that a configuration named. ``plugin`` is None for what ships in the box."""

    kind: Kind
    name: str
    cls: type[Any]
    plugin: Plugin | None = None

    @property
    def settings(self) -> type[Any]:
        """The attrs class of its own keys."""
        settings: type[Any] = getattr(self.cls, self.kind.settings)
        return settings

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of the secrets that it declares to need; most adapters need none, and nothing else is given any."""
        names: tuple[str, ...] = getattr(self.cls, "Credentials", ()) if self.kind in TAKES_CREDENTIALS else ()
        return names


class UnknownComponent(ConfigurationError):
    """Nothing of that kind has this name. ``known`` lists what there is."""

    def __init__(self, kind: Kind, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"nothing in {kind} is called {name}")
        self.known = known


class BrokenPlugin(ConfigurationError):
    """A plugin is installed under that name and cannot be used: the message tells why."""
