"""Run modes: one table, from which checks, messages and the reference page are drawn."""

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
    """What one mode may construct, read and touch. The sentences are for people; the runner obeys the other fields.

    ``live_adapters``: whether an adapter to a real venue or market may be made at all, and then no other is.
    ``credentials_read``: whose secrets may be read. ``clock_kind``: which clock stamps decisions.
    ``durable_effects``: whether a record is on disk before what it allows may leave.
    """

    market_data: str
    clock: str
    execution: str
    credentials: str
    durability: str
    starts: str
    live_adapters: bool
    credentials_read: frozenset[str]
    clock_kind: ClockKind
    durable_effects: bool


MODES: Final[dict[RunMode, ModeRules]] = {
    RunMode.SIM: ModeRules(
        market_data="simulated, or a file as fast as it reads; an endless source is paced unless bounded",
        clock="follows the data",
        execution="paper venue",
        credentials="never read",
        durability="records are committed in groups: nothing leaves the process",
        starts="whenever it is asked for; a configuration that names a live adapter is refused",
        live_adapters=False,
        credentials_read=frozenset(),
        clock_kind=ClockKind.DATA,
        durable_effects=False,
    ),
    RunMode.PAPER: ModeRules(
        market_data="a file or the simulator at a stated pace",
        clock="a replay clock that runs by itself",
        execution="paper venue",
        credentials="those of the market data alone",
        durability="records are committed before an order is handed to the venue",
        starts="where the file says so; a configuration that names a live adapter is refused",
        live_adapters=False,
        credentials_read=frozenset({"market_data"}),
        clock_kind=ClockKind.REPLAY,
        durable_effects=True,
    ),
    RunMode.LIVE: ModeRules(
        market_data="a live feed that is installed: none is shipped",
        clock="the system's clock",
        execution="a live adapter that is installed, behind a gate: none is shipped",
        credentials="read once, and only with --live",
        durability="records are committed before an order is handed to the venue",
        starts="where the file says so and --live is given, to watch and to reduce; entries need an arming",
        live_adapters=True,
        credentials_read=frozenset({"market_data", "execution"}),
        clock_kind=ClockKind.SYSTEM,
        durable_effects=True,
    ),
}
