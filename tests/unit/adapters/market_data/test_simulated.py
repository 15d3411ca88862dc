"""A market that does not exist, the same everywhere."""

import ast
import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.calendar.exchange import ExchangeCalendar
from interlock.adapters.market_data import simulated_walk
from interlock.adapters.market_data.simulated import SimulatedFeed, SimulatedOptions
from interlock.adapters.market_data.simulated_walk import Feature
from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, EndOfData, FeedItem, RefusedRow
from interlock.core.ports import Calendar
from interlock.core.values import is_multiple
from interlock.testing.builders import an_instrument

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# The first thousand bars of seed 1, written out and hashed. Whoever changes these bars raises simulated.VERSION.
PLAIN = "63bf09d3b4b4be23471240afec941a4fc1f25f905e2d72a56b2c5621e9de720f"
EVERYTHING = "845ed96fd1e76e3bbcc4daf644298ab8e4baf155b4a096a03f919688a53101fd"


@cache
def new_york() -> Calendar:
    """An exchange with nights, weekends, holidays and half days."""
    return ExchangeCalendar("XNYS", date(2019, 12, 1), date(2021, 1, 31))


def make(
    *, tick: str = "0.01", calendar: Calendar | None = None, interval: timedelta = MINUTE, **options: Any
) -> SimulatedFeed:
    """A simulated market of minutes around the clock, unless told otherwise."""
    return SimulatedFeed.from_options(
        SimulatedOptions(**options),
        instrument=an_instrument(tick_size=tick),
        calendar=calendar or AlwaysOpen(),
        interval=interval,
        folder=Path(),
    )


def items_of(feed: SimulatedFeed) -> Iterator[FeedItem]:
    """What the feed hands over, up to its end."""
    feed.open()
    while not isinstance(item := feed.next(), EndOfData):
        yield item


def bars_of(feed: SimulatedFeed, count: int = 20_000) -> list[Bar]:
    """The bars among the first ``count`` items."""
    return [item for item in islice(items_of(feed), count) if isinstance(item, Bar)]


def written(item: FeedItem) -> str:
    """An item as text in which nothing depends on how a value is shown."""
    if isinstance(item, Bar):
        return f"{item.ts_event.isoformat()} {item.open} {item.high} {item.low} {item.close} {item.volume}"
    assert isinstance(item, RefusedRow)
    return f"{item.line} {item.field} {item.value}"


@pytest.mark.parametrize(("features", "digest"), [((), PLAIN), (tuple(Feature), EVERYTHING)])
def test_the_first_thousand_bars_are_the_same_on_every_machine(features: tuple[str, ...], digest: str) -> None:
    """Not a bit may depend on the machine, the Python version, or the day."""
    lines = [written(item) for item in islice(items_of(make(features=features)), 1_000)]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == digest


def test_there_is_no_float_and_one_source_of_chance() -> None:
    """Floats round as the machine likes, and other methods of random may change between versions."""
    nodes = list(ast.walk(ast.parse(Path(str(simulated_walk.__file__)).read_text("utf-8"))))
    assert not [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, float)]
    assert not [
        node
        for node in nodes
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div | ast.Pow)
        and not isinstance(node.right, ast.Constant)
    ]
    chance = [node.attr for node in nodes if isinstance(node, ast.Attribute) and "random" in ast.dump(node.value)]
    assert chance == ["getrandbits", "Random"]


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**64),
    features=st.sets(st.sampled_from(list(Feature))),
    tick=st.sampled_from(["0.01", "0.25", "1", "0.0000000001", "7"]),
    price=st.sampled_from(["7", "100.5", "1000000000"]),
    volume=st.sampled_from([1, 1_000, 10**9]),
)
def test_every_bar_is_a_good_bar_on_its_tick(
    seed: int, features: set[Feature], tick: str, price: str, volume: int
) -> None:
    """Whatever is switched on: prices of a tick at least, on the tick, within the digits that are allowed."""
    feed = make(tick=tick, seed=seed, start_price=Decimal(price), volume=volume, features=tuple(features), interval=DAY)
    bars = bars_of(feed, 300)
    assert all(is_multiple(price, Decimal(tick)) for bar in bars for price in (bar.open, bar.high, bar.low, bar.close))
    assert all(bar.low >= Decimal(tick) for bar in bars)
    assert all(before.ts_event < after.ts_event for before, after in pairwise(bars))


def test_a_price_of_one_tick_stays_alive() -> None:
    """It can fall no further, and does not stay there for ever."""
    bars = bars_of(make(tick="1", start_price=Decimal(1), interval=DAY), 2_000)
    assert min(bar.low for bar in bars) == 1
    assert len({bar.close for bar in bars}) > 3


def test_without_features_the_price_wanders_about_where_it_began() -> None:
    """No drift by rounding: 30,000 minutes later it is still the same market."""
    closes = [bar.close for bar in bars_of(make(), 30_000)]
    assert Decimal(80) < min(closes) < max(closes) < Decimal(125)
    assert Decimal(97) < sum(closes) / len(closes) < Decimal(103)


# ---------------------------------------------------------------------------------------------- sessions


def test_bars_fill_the_sessions_and_nothing_else() -> None:
    """390 minutes in a New York day, none at night, and the first one closes a minute after the open."""
    bars = bars_of(make(calendar=new_york(), start=datetime(2020, 1, 1, tzinfo=UTC)), 391)
    assert bars[0].ts_event == datetime(2020, 1, 2, 14, 31, tzinfo=UTC)
    assert bars[389].ts_event == datetime(2020, 1, 2, 21, 0, tzinfo=UTC)
    assert bars[390].ts_event == datetime(2020, 1, 3, 14, 31, tzinfo=UTC)


def test_the_last_bar_of_a_session_may_be_short() -> None:
    """Six hours and a half in hours, and a half day that ends at its early close."""
    bars = bars_of(make(calendar=new_york(), start=datetime(2020, 11, 25, tzinfo=UTC), interval=timedelta(hours=1)), 11)
    assert [f"{bar.ts_event:%d %H:%M}" for bar in bars] == [
        *("25 15:30", "25 16:30", "25 17:30", "25 18:30", "25 19:30", "25 20:30", "25 21:00"),
        *("27 15:30", "27 16:30", "27 17:30", "27 18:00"),
    ]


@pytest.mark.parametrize("interval", [DAY, 7 * DAY])
def test_an_interval_of_a_day_or_more_gives_one_bar_a_session(interval: timedelta) -> None:
    """Stamped with the session's close."""
    bars = bars_of(make(calendar=new_york(), start=datetime(2020, 11, 25, tzinfo=UTC), interval=interval), 3)
    assert [f"{bar.ts_event:%d %H:%M}" for bar in bars] == ["25 21:00", "27 18:00", "30 21:00"]


def test_the_data_ends_where_the_calendar_does() -> None:
    """Beyond it nobody knows the sessions, and none are made up."""
    feed = make(calendar=new_york(), start=datetime(2021, 1, 25, tzinfo=UTC), interval=DAY)
    assert len(bars_of(feed)) == 5
    assert feed.next() == EndOfData(ts_event=datetime(2021, 1, 29, 21, tzinfo=UTC))


def test_a_day_trader_can_reach_the_end_of_time() -> None:
    """Nothing overflows where ``datetime`` ends."""
    feed = make(start=datetime(9990, 12, 20, tzinfo=UTC), interval=DAY)
    assert 0 < len(bars_of(feed)) < 20


# ---------------------------------------------------------------------------------------------- features


def test_a_feature_that_is_off_does_not_happen() -> None:
    """Without features: a bar every minute, no jump of a twentieth, no refusal, and hardly ever no move."""
    items = list(islice(items_of(make()), 20_000))
    bars = [item for item in items if isinstance(item, Bar)]
    assert len(bars) == len(items)
    assert all(after.ts_event - before.ts_event == MINUTE for before, after in pairwise(bars))
    assert all(bar.open == before.close for before, bar in pairwise(bars))
    assert all(abs(bar.close / bar.open - 1) < Decimal("0.05") for bar in bars)
    assert sum(bar.high == bar.low for bar in bars) < len(bars) / 20


def test_spikes_leave_for_a_fifth_at_least_and_are_gone_with_the_next_bar() -> None:
    """One bar's close is more than 20 % away, up and down; the next opens as if nothing had been."""
    bars = bars_of(make(features=("spikes",)))
    spikes = [place for place, bar in enumerate(bars) if abs(bar.close / bar.open - 1) > Decimal("0.20")]
    assert 40 < len(spikes) < 120
    for place in spikes[:-1]:
        assert abs(bars[place + 1].open / bars[place].open - 1) < Decimal("0.05")
    assert {bars[place].close > bars[place].open for place in spikes} == {True, False}


def test_gaps_lie_between_bars_mostly_over_night() -> None:
    """Opens jump by 2 to 9 %, and stay there."""
    bars = bars_of(
        make(features=("gaps",), calendar=new_york(), start=datetime(2020, 1, 1, tzinfo=UTC), interval=30 * MINUTE)
    )
    jumps = [(before, bar) for before, bar in pairwise(bars) if before.close != bar.open]
    assert all(Decimal("0.0199") < abs(bar.open / before.close - 1) < Decimal("0.0901") for before, bar in jumps)
    nightly = [pair for pair in jumps if pair[0].ts_event.date() != pair[1].ts_event.date()]
    assert len(jumps) > len(nightly) > 15


def test_quiet_means_stretches_without_any_move() -> None:
    """Runs of 32 bars and more whose four prices are one."""
    longest = run = 0
    for bar in bars_of(make(features=("quiet",))):
        run = run + 1 if bar.high == bar.low else 0
        longest = max(longest, run)
    assert 32 <= longest < 1_000


def test_trends_carry_the_price_further_than_wandering_does() -> None:
    """Over 60 days the moves of a trending market are larger."""

    def reach(features: tuple[str, ...]) -> Decimal:
        closes = [bar.close for bar in bars_of(make(features=features, interval=DAY), 5_000)]
        moves = [abs(after / before - 1) for before, after in zip(closes, closes[60:], strict=False)]
        return sum(moves, Decimal(0)) / len(moves)

    assert reach(("trends",)) > reach(()) * Decimal("1.2")


def test_bad_rows_come_now_and_then_in_place_of_a_bar() -> None:
    """Each is a refusal that names a field, of the kinds that files have."""
    items = list(islice(items_of(make(features=("bad_rows",))), 20_000))
    refused = [item for item in items if isinstance(item, RefusedRow)]
    assert 200 < len(refused) < 450
    assert {item.field for item in refused} == {"open", "high", "close", "volume"}
    bars = [item for item in items if isinstance(item, Bar)]
    missing = (bars[-1].ts_event - bars[0].ts_event) // MINUTE + 1 - len(bars)
    assert abs(missing - len(refused)) <= 1


def test_outages_leave_out_runs_of_bars() -> None:
    """3 to 34 bars that do not come, after which the walk has gone on without us."""
    bars = bars_of(make(features=("outages",)))
    gaps = [(after.ts_event - before.ts_event) // MINUTE - 1 for before, after in pairwise(bars)]
    lost = [gap for gap in gaps if gap]
    assert 8 < len(lost) < 40
    assert all(3 <= gap <= 34 for gap in lost)


def test_switching_a_feature_on_changes_nothing_else() -> None:
    """Bars that no mishap touches are the bars of the plain market."""
    plain = {bar.ts_event: bar for bar in bars_of(make(), 2_000)}
    for feature in ("bad_rows", "outages"):
        touched = bars_of(make(features=(feature,)), 1_800)
        assert all(plain[bar.ts_event] == bar for bar in touched)


# ----------------------------------------------------------------------------------------------- options


def test_an_endless_market_says_so_and_a_bounded_one_ends() -> None:
    """``bars`` counts bars, refused rows not included."""
    assert make().is_endless
    assert make().progress() is None
    feed = make(bars=50, features=("bad_rows", "outages"), seed=3)
    assert not feed.is_endless
    assert len(bars_of(feed)) == 50
    assert feed.progress() == 1


def test_its_description_names_all_that_the_bars_follow_from() -> None:
    """The same line, the same bars."""
    assert make(seed=5, features=("spikes", "gaps"), bars=9).describe() == (
        "simulated v1 seed=5 start=2020-01-01T00:00:00+00:00 start_price=100 tick=0.01 volume=1000 bars=9 "
        "features=gaps,spikes interval=60s calendar=24/7"
    )


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"seed": -1}, "seed must be"),
        ({"start": datetime(2020, 1, 1)}, "start must be aware UTC"),  # noqa: DTZ001
        ({"start_price": Decimal(0)}, "start_price must be above zero"),
        ({"start_price": Decimal(10**9 + 1)}, "start_price must be at most"),
        ({"volume": 0}, "volume must be"),
        ({"volume": 10**9 + 1}, "volume must be at most"),
        ({"bars": 0}, "bars must be"),
        ({"features": ("spike",)}, "features must be among trends, quiet, gaps, spikes, bad_rows, outages"),
        ({"features": ("gaps", "gaps")}, "each once; found 'gaps' more than once"),
        ({"features": ("gaps", "gaps", "x")}, "found 'x', which is none of them and 'gaps' more than once"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(wrong: dict[str, Any], why: str) -> None:
    """The message names the key and what was expected of it."""
    with pytest.raises(ValueError, match="must") as refused:
        SimulatedOptions(**wrong)
    assert why in str(refused.value)


def test_a_start_below_one_tick_is_refused() -> None:
    """There is no price between nothing and one tick."""
    with pytest.raises(ConfigurationError, match="start_price"):
        make(tick="1", start_price=Decimal("0.5"))
