"""A source that goes on and on and brings no bar: a run that follows the data goes slowly then, and says so."""

from collections.abc import Callable
from typing import Final

from attrs import define, field

from interlock.core.ports import Clock
from interlock.runner.cadence import SLEEP_FLOOR_SECONDS

# Items in a row of which none was taken as a bar: no file that somebody meant begins like that, or has such a hole.
ITEMS_WITHOUT_A_BAR_MAX: Final = 10_000


# mutable: it remembers the newest bar
@define(kw_only=True)
class Standstill:
    """Whether the market stands still. A source may repeat one bar for ever, or go back for ever: each is one bad row
    more, and a bad row ends no run. While it ``lasts`` every item is waited for, so that nothing burns, and neither
    log nor disk fills as fast as they can; the first bar ends it.
    """

    clock: Clock
    told: Callable[[int], None]
    lasts: bool = field(default=False, init=False)
    _bars: int = field(default=-1, init=False)
    _since: int = field(default=0, init=False)

    def passes(self, items: int, bars: int) -> bool:
        """Look after so many ``items`` in all, with so many taken as ``bars``, and wait the floor while it lasts. False
        where the wait was cut short: no later one would last."""
        if bars != self._bars:
            self._bars, self._since, self.lasts = bars, items, False
        still = items - self._since
        if still < ITEMS_WITHOUT_A_BAR_MAX:
            return True
        if not self.lasts:
            self.lasts = True
            self.told(still)
        return self.clock.sleep_until(self.clock.monotonic() + SLEEP_FLOOR_SECONDS)
