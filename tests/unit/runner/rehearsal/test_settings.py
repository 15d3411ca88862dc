"""What is another in a configuration, which way, and where it counts."""

import json
from typing import Any

import pytest

from interlock.runner.rehearsal.settings import Direction, Effect, settings


def told(before: dict[str, Any], after: dict[str, Any], *, goes_on: bool = False) -> list[tuple[str, str, str]]:
    """Key, effect and direction of each."""
    found = settings(json.dumps(before), json.dumps(after), goes_on=goes_on)
    return [(one.key, one.effect.value, one.direction.value) for one in found]


@pytest.mark.parametrize(
    ("before", "after", "key", "direction"),
    [
        ({"max_position": {"limit": "5"}}, {"max_position": {"limit": "6"}}, "max_position.limit", Direction.LOOSENS),
        ({"max_position": {"limit": "5"}}, {"max_position": {"limit": "4"}}, "max_position.limit", Direction.TIGHTENS),
        ({"drawdown": {"limit": "5"}}, {}, "drawdown.limit", Direction.LOOSENS),
        ({}, {"drawdown": {"limit": "5"}}, "drawdown.limit", Direction.TIGHTENS),
        ({"theirs": {"shape": "a"}}, {"theirs": {"shape": "b"}}, "theirs.shape", Direction.OTHER),
    ],
)
def test_a_limit_says_which_way_it_goes(
    before: dict[str, Any], after: dict[str, Any], key: str, direction: Direction
) -> None:
    """Where the shipped controls can tell; a plugin's key is only another."""
    assert told({"risk": before}, {"risk": after}) == [(f"risk.{key}", Effect.BOTH.value, direction.value)]


def test_what_counts_comes_first() -> None:
    """Limits, strategy, the share of refused rows and fees in both answers; assumptions and cash in the full one."""
    before = {
        "state_dir": "a",
        "opening_cash": "1",
        "risk": {"session": {}},
        "strategy": {"fast": 1},
        "execution": {"fee_bps": "1", "slippage_bps": "1"},
        "market_data": {"refused_rows_max_share": "0.01", "path": "a"},
    }
    after = {
        "state_dir": "b",
        "opening_cash": "2",
        "risk": {},
        "strategy": {"fast": 2},
        "execution": {"fee_bps": "2", "slippage_bps": "2"},
        "market_data": {"refused_rows_max_share": "0.02", "path": "b"},
    }
    assert [(key, effect) for key, effect, _ in told(before, after)] == [
        ("execution.fee_bps", "BOTH"),
        ("market_data.refused_rows_max_share", "BOTH"),
        ("risk.session", "BOTH"),
        ("strategy.fast", "BOTH"),
        ("execution.slippage_bps", "FULL"),
        ("opening_cash", "FULL"),
        ("market_data.path", "NONE"),
        ("state_dir", "NONE"),
    ]
    assert ("opening_cash", "NONE", "OTHER") in told(before, after, goes_on=True)
    assert told(before, before) == []
