"""The contract of market data can fail: for each of its tests there is a feed that breaks one promise and is caught."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count

import pytest
from attrs import evolve
from hypothesis import Phase, is_hypothesis_test, settings
from msgspec.structs import replace
from typing_extensions import override

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.market import Bar, Cursor, EndOfData, FeedItem, RefusedRow, Silence, Split
from interlock.core.ports import MarketDataPort
from interlock.core.values import ONE
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.contracts.given_bars import GivenBarsContract

FAR_FUTURE = datetime(2100, 1, 1, tzinfo=UTC)

_times_described = count()
_times_opened = count()


class ForgetsTheLastItem(MemoryFeed):
    @override
    def _pass_over(self, after: Cursor) -> None:
        super()._pass_over(after)
        self._position = max(0, self._position - 1)


class BelievesAnyCursor(MemoryFeed):
    @override
    def _pass_over(self, after: Cursor) -> None:
        for _ in range(after.items):
            self.next()


class GoesOnWhereItWas(MemoryFeed):
    @override
    def _begin(self) -> None:
        if isinstance(self.next_or_none(), EndOfData):
            super()._begin()

    def next_or_none(self) -> FeedItem | None:
        return EndOfData() if self._position == len(self._script) else None


class IsAnotherFeedEachTime(MemoryFeed):
    @override
    def _begin(self) -> None:
        super()._begin()
        self._position = next(_times_opened) % 2


class ComesBackToLife(MemoryFeed):
    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        item = super().next(deadline)
        if isinstance(item, EndOfData):
            self._end = None
            self._begin()
        return item


class CountsTheEnd(MemoryFeed):
    @override
    def cursor(self) -> Cursor:
        found = super().cursor()
        return replace(found, items=found.items + 1) if self._end is not None else found


class LosesAnItemAtTheDeadline(MemoryFeed):
    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        item = super().next(deadline)
        return Silence(until=deadline) if deadline is not None else item


class DescribesItselfAnew(MemoryFeed):
    @override
    def describe(self) -> str:
        return f"memory {next(_times_described)}"


class MindsBeingClosedTwice(MemoryFeed):
    @override
    def close(self) -> None:
        if not self._is_open and self._items:
            raise ValueError("closed already")
        super().close()


class ForgetsHowFarItIs(MemoryFeed):
    @override
    def progress(self) -> float | None:
        return 1 - (super().progress() or 0)


class CallsItselfEndless(MemoryFeed):
    @property
    @override
    def is_endless(self) -> bool:
        return True


class NamesAFolder(MemoryFeed):
    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        item = super()._take(deadline)
        if not isinstance(item, Bar) or item.ts_event.minute % 7:
            return item
        return RefusedRow(source="data/a.csv", line=1, field="close", value="", rule="no number")


class TurnsBack(MemoryFeed):
    """Hands over what it was given, in whatever order."""

    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__(())
        self._script = tuple(items)


class TurnsBackByItself(TurnsBack):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__(items[::-1])


class NamesAnother(MemoryFeed):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__(evolve(item, instrument="OTHER") for item in items if isinstance(item, Bar))


class SplitsAnother(MemoryFeed):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__([*items, Split(instrument="OTHER", ts_event=FAR_FUTURE, ratio=ONE)])


class SplitsTooLate(TurnsBack):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__([*items, Split(instrument="TEST", ts_event=A_TIME, ratio=ONE)])


class SplitsTwice(TurnsBack):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__([*items, *[Split(instrument="TEST", ts_event=FAR_FUTURE, ratio=ONE)] * 2])


class DropsWhatItDoesNotLike(MemoryFeed):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__(items)
        self._script = tuple(item for item in self._script if isinstance(item, Bar))


class RaisesForBadData(MemoryFeed):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__(items)
        if any(isinstance(item, RefusedRow) for item in self._script):
            raise ValueError("bad data")


class RoundsPrices(MemoryFeed):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__([evolve(item, volume=round(item.volume, -1)) for item in items if isinstance(item, Bar)])


class InventsABar(MemoryFeed):
    def __init__(self, items: Sequence[FeedItem]) -> None:
        super().__init__(items or [a_bar()])


MUTANTS: list[tuple[Callable[[Sequence[Bar]], MarketDataPort], str]] = [
    (TurnsBackByItself, "test_bars_are_strictly_ascending_in_aware_utc"),
    (NamesAnother, "test_every_bar_and_split_names_the_instrument_asked_for"),
    (SplitsAnother, "test_every_bar_and_split_names_the_instrument_asked_for"),
    (SplitsTooLate, "test_a_split_stands_in_its_order_among_the_bars"),
    (SplitsTwice, "test_a_split_stands_in_its_order_among_the_bars"),
    (NamesAFolder, "test_every_item_is_fit_for_a_journal"),
    (IsAnotherFeedEachTime, "test_the_same_source_hands_over_the_same_items"),
    (GoesOnWhereItWas, "test_a_feed_opened_again_in_the_middle_begins_anew"),
    (ForgetsTheLastItem, "test_it_continues_behind_every_cursor"),
    (CountsTheEnd, "test_the_cursor_counts_items_and_keeps_the_last_bars_time"),
    (BelievesAnyCursor, "test_a_cursor_of_another_source_is_refused"),
    (ComesBackToLife, "test_the_end_stays_the_end"),
    (LosesAnItemAtTheDeadline, "test_a_deadline_loses_nothing"),
    (DescribesItselfAnew, "test_it_describes_itself_in_one_line_that_does_not_change"),
    (MindsBeingClosedTwice, "test_it_may_be_closed_twice"),
    (ForgetsHowFarItIs, "test_progress_goes_from_nothing_to_all_and_never_back"),
    (CallsItselfEndless, "test_a_source_that_ends_does_not_call_itself_endless"),
    (RoundsPrices, "test_good_bars_come_out_as_they_went_in"),
    (TurnsBack, "test_in_any_order_every_row_is_a_bar_or_a_refusal"),
    (RaisesForBadData, "test_in_any_order_every_row_is_a_bar_or_a_refusal"),
    (DropsWhatItDoesNotLike, "test_a_repeated_time_is_refused_and_says_whether_the_values_differ"),
    (InventsABar, "test_a_source_without_rows_is_at_its_end"),
]


class _Contract(GivenBarsContract):
    def __init__(self, make: Callable[[Sequence[Bar]], MarketDataPort]) -> None:
        self._make = make

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return self._make(given_bars)


@pytest.mark.parametrize(("mutant", "name"), MUTANTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_broken_promise_is_caught(
    mutant: Callable[[Sequence[Bar]], MarketDataPort], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test named here passes a good feed and fails for this one."""
    getattr(_Contract(MemoryFeed), name)()
    # To be caught is enough: nobody reads the smallest example, and looking for it takes a second.
    test = getattr(_Contract, name)
    if is_hypothesis_test(test):
        at_once = settings(test._hypothesis_internal_use_settings, phases=[Phase.generate], database=None)
        monkeypatch.setattr(test, "_hypothesis_internal_use_settings", at_once)
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        getattr(_Contract(mutant), name)()


def test_every_test_of_the_contract_has_a_mutant() -> None:
    """No test of the contract is there for nothing."""
    tests = {name for name in dir(GivenBarsContract) if name.startswith("test_")}
    assert tests == {name for _, name in MUTANTS}


class _Silent(MarketDataPort):
    """Says no more than a feed has to."""

    @override
    def open(self, *, after: Cursor | None = None) -> None: ...

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        return EndOfData()

    @override
    def cursor(self) -> Cursor:
        return Cursor()

    @override
    def describe(self) -> str:
        return "silent"

    @override
    def close(self) -> None: ...


def test_a_feed_need_not_say_how_far_it_is() -> None:
    """It ends, it has nothing to note, and nobody can tell how much is left."""
    assert (_Silent().is_endless, _Silent().notes, _Silent().progress()) == (False, (), None)
