"""Declared splits happen where they belong in the data."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.calendar.exchange import ExchangeCalendar
from interlock.adapters.market_data.csv_file import CsvFeed
from interlock.adapters.market_data.csv_options import CsvOptions
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.adapters.market_data.splits import WithSplits
from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, DeclaredSplit, EndOfData, Instrument, RefusedRow, Split
from interlock.core.ports import Calendar, MarketDataPort
from interlock.testing.builders import a_bar, an_instrument, bars
from interlock.testing.contracts.market_data import read

EXAMPLES = Path(__file__).parents[4] / "examples" / "data"


@cache
def new_york() -> Calendar:
    """The exchange of the examples."""
    return ExchangeCalendar("XNYS", date(2000, 1, 1), date(2013, 12, 31))


def instrument(*days: str, ratio: str = "2") -> Instrument:
    """An instrument that splits on ``days``."""
    return an_instrument(
        splits=tuple(DeclaredSplit(ex_date=date.fromisoformat(day), ratio=Decimal(ratio)) for day in days)
    )


def daily(count: int) -> tuple[Bar, ...]:
    """Bars that close at 15:00 UTC, the first on 2020-01-02."""
    return bars(count, interval=timedelta(days=1))


def test_a_split_comes_right_before_the_first_bar_behind_it() -> None:
    """It takes effect at the open of its ex-date's session."""
    first, second, third = daily(3)
    items = read(WithSplits(MemoryFeed([first, second, third]), instrument("2020-01-03"), AlwaysOpen()))
    split = Split(instrument="TEST", ts_event=datetime(2020, 1, 3, tzinfo=UTC), ratio=Decimal(2))
    assert items == [first, split, second, third]


def test_a_bar_that_closes_with_the_open_is_still_before_the_split() -> None:
    """At the very moment, and one microsecond past it."""
    opens = datetime(2020, 1, 3, tzinfo=UTC)
    on_time = [a_bar(at=opens - timedelta(days=1)), a_bar(at=opens)]
    late = [a_bar(at=opens - timedelta(days=1)), a_bar(at=opens + timedelta(microseconds=1))]
    assert [type(i) for i in read(WithSplits(MemoryFeed(on_time), instrument("2020-01-03"), AlwaysOpen()))] == [
        Bar,
        Bar,
    ]
    assert [type(i) for i in read(WithSplits(MemoryFeed(late), instrument("2020-01-03"), AlwaysOpen()))] == [
        Bar,
        Split,
        Bar,
    ]


@pytest.mark.parametrize(
    ("day", "at_first", "at_last"),
    [
        ("2019-12-31", "restates nothing: the data begins behind it", "restates nothing: the data begins behind it"),
        ("2020-01-02", "restates nothing: the data begins behind it", "restates nothing: the data begins behind it"),
        ("2020-01-04", "", ""),
        ("2020-01-09", "", "never took effect: the data ends before it"),
    ],
)
def test_a_split_that_restates_nothing_is_noted(day: str, at_first: str, at_last: str) -> None:
    """A slip of the date would pass in silence. That the data ends before it is known at the end and not sooner."""
    feed = WithSplits(MemoryFeed(daily(5)), instrument(day), AlwaysOpen())
    who = f"the declared split of 2, in force from {day}T00:00:00+00:00, "
    for _ in range(2):  # a second reading notes the same
        feed.open()
        assert feed.notes == ()
        items = [feed.next()]
        assert feed.notes == ((who + at_first,) if at_first else ())
        while not isinstance(items[-1], EndOfData):
            items.append(feed.next())
        assert feed.notes == ((who + at_last,) if at_last else ())


def test_without_a_bar_nothing_is_said_of_the_splits() -> None:
    """There is worse to say then."""
    feed = WithSplits(MemoryFeed(()), instrument("2020-01-03"), AlwaysOpen())
    assert read(feed) == []
    assert feed.notes == ()


@pytest.mark.parametrize("day", ["2019-12-31", "2020-01-02", "2020-01-09"])
def test_a_split_outside_of_the_data_restates_nothing(day: str) -> None:
    """Before the first bar there is nothing to restate, behind the last there is nothing to restate it for."""
    assert read(WithSplits(MemoryFeed(daily(5)), instrument(day), AlwaysOpen())) == list(daily(5))


def test_splits_that_share_a_gap_come_in_the_order_of_their_dates() -> None:
    """However they were declared."""
    first, *_, last = daily(6)
    items = read(WithSplits(MemoryFeed([first, last]), instrument("2020-01-06", "2020-01-04"), AlwaysOpen()))
    assert [item.ts_event.day for item in items if isinstance(item, Split)] == [4, 6]
    assert [type(item) for item in items] == [Bar, Split, Split, Bar]


def test_an_ex_date_without_a_session_is_refused_by_name() -> None:
    """A Saturday is a slip of the pen, and would apply the split to nothing."""
    feed = WithSplits(MemoryFeed(daily(3)), instrument("2000-06-24"), new_york())
    with pytest.raises(ConfigurationError, match=r"ex_date 2000-06-24, a day for which .* knows no session"):
        feed.open()


def test_an_ex_date_declared_twice_is_refused() -> None:
    """Applying it twice would be as wrong as choosing one."""
    with pytest.raises(ConfigurationError, match="twice"):
        WithSplits(MemoryFeed(daily(3)), instrument("2020-01-03", "2020-01-03"), AlwaysOpen()).open()


def test_where_splits_are_declared_those_of_the_feed_are_refused() -> None:
    """The same split from both would be applied twice; where none is declared, the feed's own is handed over."""
    first, second = daily(2)
    own = Split(instrument="TEST", ts_event=datetime(2020, 1, 3, tzinfo=UTC), ratio=Decimal(2))
    feed = MemoryFeed([first, own, second])
    assert read(WithSplits(feed, an_instrument(), AlwaysOpen())) == [first, own, second]
    before, refused, split, after = read(WithSplits(feed, instrument("2020-01-03"), AlwaysOpen()))
    assert (before, split, after) == (first, own, second)
    assert isinstance(refused, RefusedRow)
    assert (refused.field, refused.value) == ("split", "2 at 2020-01-03T00:00:00+00:00")


def test_a_description_tells_which_splits_are_in_the_data() -> None:
    """Without splits it is the feed's own line; with others it is other data."""
    feed = MemoryFeed(daily(3))
    assert WithSplits(feed, an_instrument(), AlwaysOpen()).describe() == feed.describe()
    described = WithSplits(feed, instrument("2020-01-04", "2020-01-03"), AlwaysOpen()).describe()
    assert described == f"{feed.describe()} splits:2020-01-03x2,2020-01-04x2"


def test_the_splits_of_a_real_stock_stand_before_its_real_jumps() -> None:
    """AAPL fell from 101.25 to 50.50 and from 88.99 to 44.68 overnight: right there the splits are told."""
    apple = Instrument(
        symbol="AAPL",
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
        calendar="XNYS",
        splits=instrument("2000-06-21", "2005-02-28").splits,
    )
    feed: MarketDataPort = CsvFeed.from_options(
        CsvOptions(path="aapl-daily.csv"),
        instrument=apple,
        calendar=new_york(),
        interval=timedelta(days=1),
        folder=EXAMPLES,
    )
    items = read(WithSplits(feed, apple, new_york()))
    assert len(items) == 3_272
    for place, split in [(place, item) for place, item in enumerate(items) if isinstance(item, Split)]:
        before, after = items[place - 1], items[place + 1]
        assert isinstance(before, Bar)
        assert isinstance(after, Bar)
        assert before.ts_event < split.ts_event < after.ts_event
        assert Decimal("0.45") < after.close / before.close < Decimal("0.56")
