"""Many bars become few points, and no extreme is lost."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.runner.report.series import Bucket, bucket_at, buckets, drawn

floats = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=200)


@given(st.integers(0, 100_000), st.integers(1, 500))
def test_every_bar_is_in_exactly_one_bucket(count: int, most: int) -> None:
    """In order, without gaps, and in no more buckets than were allowed."""
    found = buckets(count, most)
    assert len(found) <= most
    assert [bucket.first for bucket in found] == [0, *(bucket.last + 1 for bucket in found)][: len(found)]
    assert sum(bucket.last - bucket.first + 1 for bucket in found) == count


def test_few_bars_are_a_bucket_each() -> None:
    """Nothing is down-sampled that need not be."""
    assert buckets(3, 4) == [Bucket(first=place, last=place) for place in range(3)]
    assert buckets(4, 4) == [Bucket(first=place, last=place) for place in range(4)]
    assert buckets(5, 4) == [Bucket(first=0, last=1), Bucket(first=2, last=3), Bucket(first=4, last=4)]


@given(floats, st.integers(1, 20))
def test_no_extreme_is_lost(values: list[float], most: int) -> None:
    """The least and the greatest of all are drawn, however few points there are, and so is the last."""
    found = drawn(array("d", values), buckets(len(values), most))
    assert min(found.least) == min(values)
    assert max(found.greatest) == max(values)
    assert found.last[-1] == values[-1]


@pytest.mark.parametrize(("at", "place"), [(0, 0), (10, 0), (11, 1), (20, 1), (21, 1)])
def test_a_time_lies_in_the_first_bucket_that_ends_after_it(at: int, place: int) -> None:
    """What comes behind the last bar belongs to the last bucket."""
    assert bucket_at([10, 20], at) == place
