"""A look at this machine's clock, before a run."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from interlock.runner.look import Look

# A clock before this was never set: this code did not exist then.
CLOCK_MIN: Final = datetime(2024, 1, 1, tzinfo=UTC)


def clock_look(now: datetime) -> Look:
    """The clock was set, and time zones are installed."""
    try:
        ZoneInfo("UTC")
    except ZoneInfoNotFoundError:
        return Look(name="clock", ok=False, detail="no time zone data is installed", remedy="install tzdata")
    shown = now.strftime("%Y-%m-%d")
    if now < CLOCK_MIN:
        return Look(name="clock", ok=False, detail=f"the clock says {shown}", remedy="set it: this is in the past")
    return Look(name="clock", ok=True, detail="the clock is set, and UTC is known")
