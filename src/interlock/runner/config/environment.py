"""The environment: a closed list, in which nothing of risk can be said."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from interlock.runner.config.problems import ConfigurationProblems, Problem, nearest, printable

PREFIX: Final = "INTERLOCK_"
CONFIG: Final = "INTERLOCK_CONFIG"
MODE: Final = "INTERLOCK_MODE"

# The documentation page is drawn from here.
VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        CONFIG: "the configuration file, where -c is not given",
        MODE: "the run mode, where --mode is not given; it may lower the file's mode, never raise it",
    }
)


def _nearest(name: str) -> str:
    # Compared without what all of them have in common, or everything would be near.
    near = nearest(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in VARIABLES])
    return f"did you mean {PREFIX}{near}?" if near is not None else ""


def problems(environ: Mapping[str, str]) -> list[Problem]:
    """Every ``INTERLOCK_`` variable that nobody would read: a typing error there must not pass for a setting."""
    return [
        Problem(
            file="environment",
            line=None,
            key=printable(name),
            # Not its value: whoever thinks that this is where a secret goes has put one there.
            found="a variable that nobody reads",
            expected=f"one of {', '.join(VARIABLES)}",
            remedy=_nearest(name) or "unset it: limits and the like are set in the file alone",
        )
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in VARIABLES
    ]


def must_be_read(environ: Mapping[str, str]) -> None:
    """For whoever loads no configuration. Raises ``ConfigurationProblems`` for a variable that nobody would read."""
    if found := problems(environ):
        raise ConfigurationProblems(found)
