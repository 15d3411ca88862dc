"""Where a run's values came from, as the run records it. What they are stands in its configuration."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from interlock.core.values import LightValue


class OriginSource(StrEnum):
    """Who said what a value is. Where nobody did, it is the default, and that is not recorded."""

    FILE = "FILE"
    ENVIRONMENT = "ENVIRONMENT"
    COMMAND_LINE = "COMMAND_LINE"


_PLACES: Final = {
    OriginSource.FILE: "the file {}",
    OriginSource.ENVIRONMENT: "the environment ({})",
    OriginSource.COMMAND_LINE: "the command line ({})",
}


class Origin(LightValue, frozen=True, kw_only=True):
    """One place where values were said: the file, a variable of the environment, or a flag of the command line.

    ``name`` is the file's without its folder, the variable's or the flag's. ``keys`` are the paths of the values as
    people write them, each with its line in the file, from 1; None where there are no lines.
    """

    source: OriginSource
    name: str
    keys: Mapping[str, int | None]

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return _PLACES[self.source].format(self.name)
