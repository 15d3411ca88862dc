"""The clock that stamps decisions, by run mode: one that follows the data, one that replays it, or the system's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import frozen

from interlock.adapters.clock.replay import ReplayClock
from interlock.adapters.clock.simulated import SimulatedClock
from interlock.core.market import Bar, EndOfData
from interlock.core.modes import MODES, ClockKind
from interlock.core.ports import Clock, MarketDataPort
from interlock.runner.config.load import Loaded

# Where the data holds no bar the clock has nothing to begin at. Nobody is told this time: see the reporter.
NO_BAR_AT: Final = datetime.fromtimestamp(0, UTC)
# Looked through for the first bar's time, to start the replay clock there.
ITEMS_BEFORE_FIRST_BAR_MAX: Final = 10_000


@frozen(kw_only=True)
class DomainClock:
    """The clock that stamps decisions, and how data moves it (not at all where it runs by itself). Where it ``replays``
    recorded data, that has to wait for it."""

    clock: Clock
    advance: Callable[[datetime], None]
    runs: bool
    replays: bool = False


def domain_clock(
    loaded: Loaded, operational: Clock, make_feed: Callable[[], MarketDataPort], resumed_at: datetime | None
) -> DomainClock:
    """In SIM a clock that follows the data, in PAPER one that runs by itself from the first bar on, in LIVE the
    system's."""
    settings = loaded.config.market_data
    kind = MODES[loaded.config.run_mode].clock_kind
    if kind is ClockKind.SYSTEM:
        return DomainClock(clock=operational, advance=_stand_aside, runs=True)
    start = resumed_at or _first_bar_at(make_feed(), settings.interval)
    if kind is ClockKind.DATA:
        simulated = SimulatedClock(start)
        return DomainClock(clock=simulated, advance=simulated.advance_to, runs=False)
    replay = ReplayClock(operational, start, settings.replay_speed)
    return DomainClock(clock=replay, advance=_stand_aside, runs=True, replays=True)


def _first_bar_at(feed: MarketDataPort, interval: timedelta) -> datetime:
    """When the data begins: one interval before the first bar's close. ``NO_BAR_AT`` where there is none."""
    feed.open()
    try:
        for _ in range(ITEMS_BEFORE_FIRST_BAR_MAX):
            item = feed.next()
            if isinstance(item, Bar):
                return item.ts_event - interval
            if isinstance(item, EndOfData):
                break
    finally:
        feed.close()
    return NO_BAR_AT


def _stand_aside(_: datetime) -> None:
    """A clock that runs by itself is not moved by data."""
