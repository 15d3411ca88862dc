"""The cycle without the runner: hand over a feed and the parts, and read what was decided and why."""

from collections.abc import Iterator

from interlock.core.cycle import Parts
from interlock.core.market import EndOfData, FeedItem
from interlock.core.observations import JournalOpened
from interlock.core.ports import MarketDataPort
from interlock.core.records import Record
from interlock.testing.rehearsal import steps


def watch(feed: MarketDataPort, parts: Parts, first: JournalOpened | None = None) -> Iterator[Record]:
    """Every record that a real cycle makes of ``feed``, as in SIM: the clock follows the bars. Ends with the feed.

    ``first`` says what the journal is about; an instrument called TEST and a million in cash where nothing is said.
    """
    for made in steps(_items(feed), parts, first):
        yield from made


def _items(feed: MarketDataPort) -> Iterator[FeedItem]:
    feed.open()
    try:
        while True:  # ends: with the feed
            item = feed.next()
            yield item
            if isinstance(item, EndOfData):
                return
    finally:
        feed.close()
