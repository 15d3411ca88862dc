"""What every source of bars promises, as tests. See ``interlock.core.ports.market_data``."""

from abc import ABC, abstractmethod
from datetime import timedelta
from itertools import pairwise
from typing import ClassVar

import pytest

from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, Cursor, EndOfData, FeedItem, RefusedRow, Silence, Split
from interlock.core.ports import MarketDataPort
from interlock.core.values import problem_with_amount
from interlock.testing.builders import a_bar

# A feed that never ends fails the test instead of hanging it.
ITEMS_MAX = 100_000


def drained(feed: MarketDataPort, *, items_max: int = ITEMS_MAX) -> list[FeedItem]:
    """Everything that ``feed`` still hands over before its end, silences left out."""
    items: list[FeedItem] = []
    for _ in range(items_max):
        item = feed.next()
        if isinstance(item, EndOfData):
            return items
        if not isinstance(item, Silence):
            items.append(item)
    raise AssertionError(f"the feed did not end within {items_max} items: give the contract a finite source")


def read(feed: MarketDataPort, *, after: Cursor | None = None) -> list[FeedItem]:
    """Open ``feed``, read it to its end, close it."""
    feed.open(after=after)
    try:
        return drained(feed)
    finally:
        feed.close()


class MarketDataContract(ABC):
    """Subclass it, name the class ``Test...``, and say how to make a feed. Every test here then runs on yours."""

    # The class that is proved, and the symbol of the instrument that its feeds are asked for.
    subject: ClassVar[type[MarketDataPort]]
    symbol: ClassVar[str] = "TEST"
    # Whether the source itself tells how many items lie before a place in it. A live one does not: where it was joined
    # differs from run to run, so that only the time in a cursor can be held against it.
    counts_items: ClassVar[bool] = True

    @abstractmethod
    def feed(self) -> MarketDataPort:
        """A new feed, not opened, over one finite source: the same at every call, of 5 to 500 items."""

    def test_bars_are_strictly_ascending_in_aware_utc(self) -> None:
        """Every bar closes later than the one before it, and says so in UTC."""
        found = [item for item in read(self.feed()) if isinstance(item, Bar)]
        assert found, "the source of the contract has no bars: give it some"
        assert all(bar.ts_event.utcoffset() == timedelta(0) for bar in found)
        assert all(before.ts_event < after.ts_event for before, after in pairwise(found))

    def test_a_split_stands_in_its_order_among_the_bars(self) -> None:
        """Behind every bar that closed by then, before every later one, and no two splits at one time."""
        timed = [item for item in read(self.feed()) if isinstance(item, Bar | Split)]
        places = [(item.ts_event, isinstance(item, Split)) for item in timed]
        assert all(before < after for before, after in pairwise(places))
        assert all(item.ts_event.utcoffset() == timedelta(0) for item in timed)

    def test_every_bar_and_split_names_the_instrument_asked_for(self) -> None:
        """A bar of another instrument would be traded on, and a split of another would restate our position."""
        named = [item.instrument for item in read(self.feed()) if isinstance(item, Bar | Split)]
        assert set(named) <= {self.symbol}

    def test_every_item_is_fit_for_a_journal(self) -> None:
        """Amounts are within the digits we allow; a refusal names field and rule, in printable text."""
        for item in read(self.feed()):
            assert isinstance(item, Bar | RefusedRow | Split)
            if isinstance(item, Bar):
                amounts = (item.open, item.high, item.low, item.close, item.volume)
                assert [problem_with_amount(amount) for amount in amounts] == [None] * 5
            if isinstance(item, RefusedRow):
                assert item.field
                assert item.rule
                assert item.line >= 0
                assert len(item.value) <= 80
                assert "/" not in item.source, "a source is named as it is on any machine: no folders"
                assert all(text.isprintable() for text in (item.source, item.field, item.value, item.rule))

    def test_the_same_source_hands_over_the_same_items(self) -> None:
        """Two feeds over one source agree, and so does one that is opened a second time."""
        feed = self.feed()
        first = read(feed)
        assert read(feed) == first
        assert read(self.feed()) == first

    def test_a_feed_opened_again_in_the_middle_begins_anew(self) -> None:
        """Opening begins at the start, wherever the reader was."""
        whole = read(self.feed())
        feed = self.feed()
        feed.open()
        assert [feed.next(), feed.next()] == whole[:2]
        assert read(feed) == whole

    def test_it_continues_behind_every_cursor(self) -> None:
        """For every prefix: what was read before and what comes after the cursor make the whole."""
        whole = read(self.feed())
        feed = self.feed()
        feed.open()
        cursors = [feed.cursor()]
        for _ in whole:
            feed.next()
            cursors.append(feed.cursor())
        feed.close()
        for seen, cursor in enumerate(cursors):
            other = self.feed()
            other.open(after=cursor)
            assert other.cursor() == cursor
            assert drained(other) == whole[seen:]
            assert other.cursor() == cursors[-1]
            other.close()

    def test_the_cursor_counts_items_and_keeps_the_last_bars_time(self) -> None:
        """Bars, refused rows and splits count, one each; silence and the end do not."""
        feed = self.feed()
        feed.open()
        expected = Cursor()
        for item in read(self.feed()):
            assert feed.cursor() == expected
            assert feed.next() == item
            ts_event = item.ts_event if isinstance(item, Bar) else expected.ts_event
            expected = Cursor(items=expected.items + 1, ts_event=ts_event)
        assert isinstance(feed.next(), EndOfData)
        assert feed.cursor() == expected
        feed.close()

    def test_a_cursor_of_another_source_is_refused(self) -> None:
        """A cursor behind the end, or at another time than it was, belongs to other data."""
        feed = self.feed()
        whole = read(feed)
        end = feed.cursor()
        assert end.ts_event is not None
        beyond = Cursor(items=len(whole) + 1, ts_event=end.ts_event)
        elsewhere = Cursor(items=len(whole), ts_event=end.ts_event + timedelta(seconds=1))
        for cursor in (beyond, elsewhere) if self.counts_items else (elsewhere,):
            other = self.feed()
            with pytest.raises(ConfigurationError):
                other.open(after=cursor)
            other.close()

    def test_the_end_stays_the_end(self) -> None:
        """After ``EndOfData`` every further call answers the same ``EndOfData``."""
        feed = self.feed()
        feed.open()
        drained(feed)
        ends = [feed.next() for _ in range(5)]
        assert isinstance(ends[0], EndOfData)
        assert ends == [ends[0]] * 5
        feed.close()

    def test_a_deadline_loses_nothing(self) -> None:
        """Asked with a deadline that is long past, it answers an item or a silence, and no item is lost by it."""
        whole = read(self.feed())
        feed = self.feed()
        feed.open()
        long_past = a_bar().ts_event - timedelta(days=36_500)
        found: list[FeedItem] = []
        for _ in range(len(whole)):
            item = feed.next(long_past)
            if isinstance(item, Silence):
                item = feed.next()
            found.append(item)
        assert found == whole
        feed.close()

    def test_it_describes_itself_in_one_line_that_does_not_change(self) -> None:
        """Before it is opened, while it is read and after it was closed; and no path of this machine."""
        feed = self.feed()
        line = feed.describe()
        assert line.isprintable()
        assert line
        assert " /" not in f" {line}", "no path: the same data gives the same line on any machine"
        feed.open()
        assert feed.describe() == line
        drained(feed)
        assert feed.describe() == line
        feed.close()
        assert feed.describe() == line == self.feed().describe()

    def test_it_may_be_closed_twice(self) -> None:
        """Closing is harmless: before opening, in the middle, and again."""
        feed = self.feed()
        feed.close()
        feed.open()
        feed.next()
        feed.close()
        feed.close()

    def test_progress_goes_from_nothing_to_all_and_never_back(self) -> None:
        """A feed that tells its progress tells a share between 0 and 1 that does not fall, and 1 at the end."""
        feed = self.feed()
        feed.open()
        shares = []
        for _ in range(ITEMS_MAX):
            ended = isinstance(feed.next(), EndOfData)
            shares.append(feed.progress())
            if ended:
                break
        feed.close()
        told = [share for share in shares if share is not None]
        assert all(0 <= share <= 1 for share in told)
        assert told == sorted(told)
        assert shares[-1] in (None, 1)

    def test_a_source_that_ends_does_not_call_itself_endless(self) -> None:
        """The contract's source ends; a feed that called itself endless would have to be bounded for nothing."""
        assert self.feed().is_endless is False
