"""Questions that have no answer, and what to ask instead."""

from interlock.core.faults import ConfigurationError


class NothingThere(ConfigurationError):
    """The journal does not hold what was asked for: ask for something that it does (exit 2)."""


class UnclearTime(ConfigurationError):
    """The time that was asked for could be more than one, or none: say which (exit 2)."""
