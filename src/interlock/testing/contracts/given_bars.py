"""What a source of bars promises, when the test may say which bars it holds."""

import random
from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.core.market import Bar, Cursor, EndOfData, RefusedRow
from interlock.core.ports import MarketDataPort
from interlock.testing.builders import a_bar, bars
from interlock.testing.contracts.inherited import inherited
from interlock.testing.contracts.market_data import MarketDataContract, read

_shared = inherited(25)


class GivenBarsContract(MarketDataContract):
    """For sources that can be made from bars at hand: a file that can be written, a list, a replayed message."""

    @abstractmethod
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        """A new feed over a source that holds ``given_bars``, as they are, in the order given."""

    @override
    def feed(self) -> MarketDataPort:
        return self.feed_over(bars(20))

    @given(count=st.integers(0, 60), seed=st.integers(0, 2**32), minutes=st.integers(1, 3_000))
    @_shared
    def test_good_bars_come_out_as_they_went_in(self, count: int, seed: int, minutes: int) -> None:
        """No bar is lost, changed, or moved in time."""
        expected = bars(count, seed=seed, interval=timedelta(minutes=minutes))
        assert read(self.feed_over(expected)) == list(expected)

    @given(seed=st.integers(0, 2**32), count=st.integers(1, 40))
    @_shared
    def test_in_any_order_every_row_is_a_bar_or_a_refusal(self, seed: int, count: int) -> None:
        """Permuted and repeated rows: the bars that are later than all before come out, each other is refused."""
        chance = random.Random(seed)
        rows = list(bars(count, seed=seed))
        rows += chance.choices(rows, k=count // 2)
        chance.shuffle(rows)
        expected: list[Bar | None] = []
        last: Bar | None = None
        for row in rows:
            if last is None or row.ts_event > last.ts_event:
                last = row
                expected.append(row)
            else:
                expected.append(None)
        found = [item if isinstance(item, Bar) else None for item in read(self.feed_over(rows))]
        assert found == expected

    def test_a_repeated_time_is_refused_and_says_whether_the_values_differ(self) -> None:
        """The first bar of a time stands; a copy of it and a contradiction to it are told apart."""
        first = a_bar("100")
        items = read(self.feed_over([first, first, a_bar("101")]))
        assert items[0] == first
        copy, contradiction = items[1:]
        assert isinstance(copy, RefusedRow)
        assert isinstance(contradiction, RefusedRow)
        assert copy.rule != contradiction.rule

    def test_a_source_without_rows_is_at_its_end(self) -> None:
        """No rows is no error: the data ends before it began."""
        feed = self.feed_over([])
        feed.open()
        assert feed.next() == EndOfData(ts_event=None)
        assert feed.cursor() == Cursor()
        feed.close()
