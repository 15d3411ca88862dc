"""Market data from a list."""

from decimal import Decimal

import pytest

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.market import Bar, Cursor, EndOfData, FeedItem, RefusedRow, Silence, Split
from interlock.testing.builders import A_TIME, a_bar, bars
from interlock.testing.contracts.market_data import read


def test_what_a_script_holds_comes_out_in_its_order_silence_included() -> None:
    """A test can script a feed that pauses; silence is not counted."""
    silence = Silence(until=A_TIME)
    first, second = bars(2)
    feed = MemoryFeed([first, silence, second])
    feed.open()
    assert [feed.next(), feed.next(), feed.next()] == [first, silence, second]
    assert feed.cursor() == Cursor(items=2, ts_event=second.ts_event)
    assert feed.next() == EndOfData(ts_event=second.ts_event)


def test_a_bar_that_is_not_later_is_refused_with_its_place_in_the_list() -> None:
    """The fake keeps the same promise as the real thing, so a test that uses it says something about both."""
    first, second = bars(2)
    (_, refused) = read(MemoryFeed([second, first]))
    assert isinstance(refused, RefusedRow)
    assert (refused.source, refused.line, refused.field) == ("memory", 2, "ts_event")


def test_a_split_stands_behind_the_bars_that_closed_by_then_or_is_refused() -> None:
    """At the close of a bar it is behind that bar; told again, contradicted, or late, it is a refused row."""
    first, second, third = bars(3)

    def split(ratio: int, at: Bar = second) -> Split:
        return Split(instrument="TEST", ts_event=at.ts_event, ratio=Decimal(ratio))

    script: list[FeedItem] = [first, second, split(2), split(2), split(3), second, third, split(2)]
    items = read(MemoryFeed(script))
    assert [item for item in items if not isinstance(item, RefusedRow)] == [first, second, split(2), third]
    at = second.ts_event.isoformat()
    assert [(item.line, item.rule) for item in items if isinstance(item, RefusedRow)] == [
        (4, "a duplicate: it repeats the split before it"),
        (5, "two splits of one time that differ: the first one stands"),
        (6, f"out of order: a bar must be later than what came before it ({at})"),
        (8, f"out of order: a split must be later than what came before it ({third.ts_event.isoformat()})"),
    ]


def test_nothing_may_stand_behind_the_end() -> None:
    """A script that goes on after its end is a mistake in the test that wrote it."""
    assert read(MemoryFeed([a_bar(), EndOfData()])) == [a_bar()]
    with pytest.raises(ValueError, match="item 2 stands behind EndOfData"):
        MemoryFeed([EndOfData(), a_bar()])


def test_its_description_tells_its_items_apart() -> None:
    """Other items, another line; the same items, the same line."""
    assert MemoryFeed(bars(3)).describe() == MemoryFeed(bars(3)).describe()
    assert MemoryFeed(bars(3)).describe() != MemoryFeed(bars(3, seed=2)).describe()
    assert MemoryFeed([]).describe().startswith("memory sha256:")
