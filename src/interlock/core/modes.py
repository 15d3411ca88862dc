"""Run modes: one table, which the runner and the cycle obey. What it means is put into words in ``mode_words``."""

from enum import StrEnum
from typing import Final

from interlock.core.values import LightValue


class RunMode(StrEnum):
    """How much of the world a run may touch. Ordered: SIM is the lowest, LIVE the highest."""

    SIM = "SIM"
    PAPER = "PAPER"
    LIVE = "LIVE"

    @property
    def privilege(self) -> int:
        """0 for SIM, 1 for PAPER, 2 for LIVE: a flag or variable may lower a mode, never raise it."""
        return tuple(RunMode).index(self)


class ClockKind(StrEnum):
    """What stamps decisions: a clock that follows the data, one that replays it at a pace, or the system's own."""

    DATA = "DATA"
    REPLAY = "REPLAY"
    SYSTEM = "SYSTEM"


class ModeRules(LightValue, frozen=True, kw_only=True):
    """What one mode may construct, read and touch.

    ``live_adapters``: whether an adapter to a real venue or market may be made at all, and then no other is.
    ``credentials_read``: whose secrets may be read. ``clock_kind``: which clock stamps decisions.
    ``durable_effects``: whether a record is on disk before what it allows may leave.
    """

    live_adapters: bool
    credentials_read: frozenset[str]
    clock_kind: ClockKind
    durable_effects: bool


MODES: Final[dict[RunMode, ModeRules]] = {
    RunMode.SIM: ModeRules(
        live_adapters=False, credentials_read=frozenset(), clock_kind=ClockKind.DATA, durable_effects=False
    ),
    RunMode.PAPER: ModeRules(
        live_adapters=False,
        credentials_read=frozenset({"market_data"}),
        clock_kind=ClockKind.REPLAY,
        durable_effects=True,
    ),
    RunMode.LIVE: ModeRules(
        live_adapters=True,
        credentials_read=frozenset({"market_data", "execution"}),
        clock_kind=ClockKind.SYSTEM,
        durable_effects=True,
    ),
}
