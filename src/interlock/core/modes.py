"""Run modes: one table, from which checks, messages and the reference page are drawn."""

from enum import StrEnum
from typing import Final

from attrs import frozen


class RunMode(StrEnum):
    """How much of the world a run may touch. Ordered: SIM is the lowest, LIVE the highest."""

    SIM = "SIM"
    PAPER = "PAPER"
    LIVE = "LIVE"

    @property
    def privilege(self) -> int:
        """0 for SIM, 1 for PAPER, 2 for LIVE: a flag or variable may lower a mode, never raise it."""
        return _ORDER.index(self)


_ORDER: Final = (RunMode.SIM, RunMode.PAPER, RunMode.LIVE)


@frozen(kw_only=True)
class ModeRules:
    """What one mode means. Each field is a sentence for people, but for two that the runner obeys: ``starts``, and
    ``credentials_read``, which names the adapters whose secrets may be read at all."""

    market_data: str
    clock: str
    execution: str
    credentials: str
    credentials_read: frozenset[str]
    durability: str
    starts: bool


MODES: Final[dict[RunMode, ModeRules]] = {
    RunMode.SIM: ModeRules(
        market_data="simulated, or a file as fast as it reads; an endless source is paced unless bounded",
        clock="follows the data",
        execution="paper venue",
        credentials="never read",
        credentials_read=frozenset(),
        durability="records are committed in groups: nothing leaves the process",
        starts=True,
    ),
    RunMode.PAPER: ModeRules(
        market_data="a file or the simulator at a stated pace",
        clock="a replay clock that runs by itself",
        execution="paper venue",
        credentials="those of the market data alone",
        credentials_read=frozenset({"market_data"}),
        durability="records are committed before an order is handed to the venue",
        starts=True,
    ),
    RunMode.LIVE: ModeRules(
        market_data="a live feed: none is shipped",
        clock="the system's clock",
        execution="a live adapter behind a gate: none is shipped, a refusing adapter stands there",
        credentials="read once, and only with --live",
        credentials_read=frozenset({"market_data", "execution"}),
        durability="records are committed before an order is handed to the venue",
        starts=False,
    ),
}
