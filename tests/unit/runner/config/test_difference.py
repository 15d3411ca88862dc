"""What is another in one configuration than in an earlier one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from interlock.runner.config.difference import CHANGES_MAX, as_observation, changed, differences, splits_differ
from interlock.runner.exit_codes import RefusedToStart

PATH = Path("journal.sqlite3")
NOON = datetime(2024, 6, 10, 12, tzinfo=UTC)


def _text(tree: dict[str, Any]) -> str:
    return json.dumps(tree)


def _told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(one.key, one.before, one.after) for one in differences(_text(before), _text(after))]


def _instrument(*splits: tuple[str, str], **changes: str) -> dict[str, Any]:
    declared = [{"ex_date": day, "ratio": ratio} for day, ratio in splits]
    return {"instruments": [{"symbol": "TEST", "tick_size": "0.01", "splits": declared} | changes]}


def test_every_key_is_told_with_before_and_after() -> None:
    """Added, removed and changed, in the order of the keys; what is null is not set."""
    before: dict[str, Any] = {
        "strategy": {"fast": 2, "slow": 3},
        "loop": {"faults_max": 5},
        "a": None,
        "risk": {"session": {}},
    }
    after: dict[str, Any] = {"strategy": {"fast": 2, "name": "x"}, "loop": {"faults_max": 6}, "risk": {}}
    assert _told(before, after) == [
        ("loop.faults_max", "5", "6"),
        ("risk.session", "{}", None),
        ("strategy.name", None, "x"),
        ("strategy.slow", "3", None),
    ]
    assert _told(before, before) == []


@pytest.mark.parametrize(
    ("control", "before", "after", "loosens"),
    [
        ("max_position", {"limit": "5"}, {"limit": "10"}, True),
        ("max_position", {"limit": "10"}, {"limit": "9"}, False),
        ("max_position", {"allow_short": False}, {"allow_short": True}, True),
        ("order_rate", {"window_seconds": "60"}, {"window_seconds": "6"}, True),
        ("repeated_executions", {"window_seconds": "60"}, {"window_seconds": "6"}, True),
        ("drawdown", {"limit": "5"}, {"limit": "6"}, True),
        ("clock", {"limit_seconds": "0"}, {"limit_seconds": "1"}, True),
        ("order_in_doubt", {"limit_seconds": "5"}, None, True),
        ("order_rate", {"window_seconds": "60"}, {"window_seconds": "61"}, False),
        ("allowed_instruments", {"instruments": ["A"]}, {"instruments": ["A", "B"]}, True),
        ("allowed_instruments", {"instruments": ["A", "B"]}, {"instruments": ["A"]}, False),
        ("daily_loss", {"limit": "5"}, None, True),
        ("daily_loss", None, {"limit": "5"}, False),
        ("max_position", {"limit": "5"}, None, False),
        ("mine", {"limit": "5"}, {"limit": "6"}, False),
    ],
)
def test_a_limit_that_lets_more_through_is_marked(
    control: str, before: dict[str, Any] | None, after: dict[str, Any] | None, loosens: bool
) -> None:
    """Of the shipped controls. Without a mandatory one every order is denied, so that loosens nothing."""
    texts = (_text({"risk": {"session": {}} | ({control: table} if table else {})}) for table in (before, after))
    assert [change.loosens for change in differences(*texts)] == [loosens]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({"currency": "USD"}, {"currency": "EUR"}, "currency was USD, would be EUR"),
        ({"opening_cash": "1"}, {"opening_cash": "2"}, "opening_cash was 1, would be 2"),
        ({"market_data": {"interval": "1m"}}, {"market_data": {"interval": "1h"}}, "market_data.interval was 1m"),
        (_instrument(), _instrument(tick_size="0.1"), r"instruments\[0\].tick_size was 0.01, would be 0.1"),
        (_instrument(), _instrument(symbol="BEST"), r"instruments\[0\].symbol was TEST, would be BEST"),
        (_instrument(), _instrument(("2024-06-10", "2")), "2024-06-10 was not set, would be 2"),
        (_instrument(("2024-06-11", "2")), _instrument(), "2024-06-11 was 2, would be not set"),
        (_instrument(("2020-01-02", "2")), _instrument(("2020-01-02", "3")), "2020-01-02 was 2, would be 3"),
    ],
)
def test_what_the_books_rest_on_must_not_change(before: dict[str, Any], after: dict[str, Any], says: str) -> None:
    """It would be another journal: the key, both values, and what to do."""
    with pytest.raises(RefusedToStart, match=says) as refused:
        changed(_text(before), _text(after), NOON, PATH)
    assert "Put that back" in str(refused.value)


def test_a_split_that_is_ahead_may_be_declared() -> None:
    """And a day is left for sessions that open on the evening before; without any data every split is ahead."""
    before, after = _text(_instrument()), _text(_instrument(("2024-06-12", "2")))
    changes = changed(before, after, NOON, PATH)
    assert [change.key for change in changes] == ["instruments[0].splits.2024-06-12"]
    assert splits_differ(changes)
    assert changed(before, _text(_instrument(("2020-01-02", "2"))), None, PATH)
    assert not splits_differ(differences("{}", _text({"loop": {"a": 1}})))
    assert changed(before, before, NOON, PATH) == ()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"instruments":[1]}', "[" * 100_000, '{"instruments":[{"splits":[1]}]}']
)
def test_what_is_no_configuration_is_refused(text: str) -> None:
    """With what to do; nothing else comes of it."""
    with pytest.raises(RefusedToStart, match="cannot be read"):
        changed(text, "{}", None, PATH)


def test_a_record_lists_so_many_and_counts_the_rest() -> None:
    """And a value is as long as a line."""
    after = {"loop": {f"key{n:03}": "x" * 1000 for n in range(CHANGES_MAX + 5)}}
    observation = as_observation(differences("{}", _text(after)))
    assert (len(observation.changes), observation.left_out) == (CHANGES_MAX, 5)
    assert all(len(change.after or "") <= 201 for change in observation.changes)
