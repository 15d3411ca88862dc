"""The cycle without the runner: hand over a feed and the parts, and read what was decided and why."""

from collections.abc import Iterator

from interlock.core.cycle import Cycle, Parts
from interlock.core.market import Bar, EndOfData
from interlock.core.observations import JournalOpened
from interlock.core.ports import MarketDataPort
from interlock.core.records import Record
from interlock.testing.builders import A_TIME
from interlock.testing.rehearsal import opened


def watch(feed: MarketDataPort, parts: Parts, first: JournalOpened | None = None) -> Iterator[Record]:
    """Every record that a real cycle makes of ``feed``, as in SIM: the clock follows the bars. Ends with the feed.

    ``first`` says what the journal is about; an instrument called TEST and a million in cash where nothing is said.
    """
    cycle = Cycle(parts)
    now = A_TIME.replace(year=1990)
    cycle.open(first or opened(), now)
    feed.open()
    while True:  # ends: with the feed
        item = feed.next()
        if isinstance(item, Bar):
            now = item.ts_event
        yield from cycle.step(item, now)
        if isinstance(item, EndOfData):
            return
