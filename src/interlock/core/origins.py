"""Where a run's values came from, as the run records it. What they are stands in its configuration."""

from collections.abc import Mapping
from enum import StrEnum

from interlock.core.values import LightValue


class OriginSource(StrEnum):
    """Who said what a value is. Where nobody did, it is the default, and that is not recorded."""

    FILE = "FILE"
    ENVIRONMENT = "ENVIRONMENT"
    COMMAND_LINE = "COMMAND_LINE"


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
        match self.source:
            case OriginSource.FILE:
                return f"the file {self.name}"
            case OriginSource.ENVIRONMENT:
                return f"the environment ({self.name})"
            case OriginSource.COMMAND_LINE:
                return f"the command line ({self.name})"
