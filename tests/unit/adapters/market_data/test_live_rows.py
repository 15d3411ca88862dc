"""What a live source says becomes a bar or a refused row, and nothing that it says raises."""

import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.market_data.live_rows import LiveRows
from interlock.adapters.market_data.live_source import LiveOptions, Unreadable
from interlock.core.market import Bar, RefusedRow
from interlock.testing.builders import A_TIME, a_bar

NOW = datetime(2030, 1, 1, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "time": "2020-01-02T15:00:00+00:00",
    "open": "100",
    "high": "101.5",
    "low": "99",
    "close": "100",
    "volume": "7",
}


def read(said: object) -> Bar | RefusedRow:
    return LiveRows(source="T", instrument="TEST", now=lambda: NOW).read(said)


def test_a_row_is_a_bar_in_any_of_the_shapes_that_a_source_may_give_it() -> None:
    """Text, whole numbers, Decimals; times with their zone, as text or not; a bar of its own making."""
    expected = a_bar("100", high="101.5", low="99", volume="7")
    zone = timezone(timedelta(hours=2))
    for changed in (
        {},
        {"open": 100, "volume": 7, "more": object()},
        {"high": Decimal("101.5"), "instrument": "TEST"},
        {"time": A_TIME},
        {"time": A_TIME.astimezone(zone)},
        {"time": "2020-01-02T15:00:00Z"},
    ):
        assert read(GOOD | changed) == expected
    assert read(expected) == expected


@pytest.mark.parametrize(
    ("said", "field", "rule"),
    [
        ({"time": "2020-01-02T15:00:00"}, "time", "say its zone"),
        ({"time": "soon"}, "time", "say its zone"),
        ({"time": "2020-01-02T15:00:00.000000+00:00:00.000001"}, "time", "say its zone"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "time", "say its zone"),
        ({"time": datetime(2020, 1, 2)}, "time", "say its zone"),  # noqa: DTZ001 - that is what is refused
        ({"time": 1_577_977_200}, "time", "say its zone"),
        ({"time": "2030-01-01T00:01:00Z"}, "time", "must not be later than now"),
        ({"open": 100.0}, "open", "text, a whole number or a Decimal"),
        ({"open": math.nan}, "open", "text, a whole number or a Decimal"),
        ({"open": True}, "open", "text, a whole number or a Decimal"),
        ({"open": 10**5_000}, "open", "text, a whole number or a Decimal"),
        ({"high": "1_000"}, "high", "ASCII digits"),
        ({"high": "1e400"}, "high", "ASCII digits"),
        ({"high": Decimal("1E+999999")}, "high", "digits"),
        ({"close": Decimal("NaN")}, "close", "finite"),
        ({"volume": -5}, "volume", "ASCII digits"),
        ({"volume": None}, "volume", "text, a whole number or a Decimal"),
        ({"low": "0"}, "low", "above zero"),
        ({"high": "99.5"}, "open", "between low 99 and high 99.5"),
        ({"instrument": "OTHER"}, "instrument", "only TEST is watched"),
        ({"instrument": 5}, "instrument", "only TEST is watched"),
    ],
)
def test_a_row_that_is_none_says_which_field_and_rule(said: dict[str, Any], field: str, rule: str) -> None:
    """As the rows of a file do."""
    refused = read(GOOD | said)
    assert isinstance(refused, RefusedRow)
    assert refused.field == field
    assert rule in refused.rule


def test_what_is_no_row_at_all_is_refused_as_a_line() -> None:
    """Whatever a third party's connection answers."""
    for said in (Unreadable(value="x", rule="no JSON"), b"x", 5, [GOOD], object()):
        refused = read(said)
        assert isinstance(refused, RefusedRow)
        assert refused.field == "line"
    assert isinstance(read({}), RefusedRow)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("queue_items", 0),
        ("queue_items", 1_000_001),
        ("attempts", 0),
        ("attempts", 101),
        ("backoff_seconds", Decimal(0)),
        ("backoff_seconds_max", Decimal(86_401)),
        ("retry_seconds", Decimal(-1)),
        ("quiet_seconds", Decimal("NaN")),
    ],
)
def test_patience_has_bounds_on_both_sides(key: str, value: Any) -> None:
    """Nothing waits without an end, and nothing is tried without a pause."""
    with pytest.raises(ValueError, match=key):
        LiveOptions(**{key: value})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.decimals() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(said=anything | st.dictionaries(st.sampled_from([*GOOD, "instrument"]), anything))
def test_nothing_that_a_source_says_raises(said: object) -> None:
    """And each refusal is fit for a journal and a console."""
    row = read(GOOD | said if isinstance(said, dict) else said)
    if isinstance(row, RefusedRow):
        assert len(row.value) <= 80
        assert all(text.isprintable() for text in (row.field, row.value, row.rule))
        assert row.field
        assert row.rule
