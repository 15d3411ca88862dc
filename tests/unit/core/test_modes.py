"""The run modes' table."""

import attrs
import pytest

from interlock.core.modes import MODES, RunMode


def test_every_mode_has_its_row_and_every_cell_says_something() -> None:
    """One table, from which checks and pages are drawn."""
    assert set(MODES) == set(RunMode)
    for rules in MODES.values():
        assert all(value or isinstance(value, bool | frozenset) for value in attrs.asdict(rules).values())


def test_privilege_rises_from_sim_to_live() -> None:
    """A flag may lower a mode and never raise it: that needs an order."""
    assert [mode.privilege for mode in (RunMode.SIM, RunMode.PAPER, RunMode.LIVE)] == [0, 1, 2]


def test_live_does_not_start() -> None:
    """No live venue is shipped."""
    assert [mode for mode, rules in MODES.items() if rules.starts] == [RunMode.SIM, RunMode.PAPER]


@pytest.mark.parametrize("spelling", ["sim", "Sim", "SIM ", "LIVE!", "", "PRODUCTION"])
def test_a_misspelt_mode_is_no_mode(spelling: str) -> None:
    """It never falls through to another one."""
    with pytest.raises(ValueError, match="not a valid RunMode"):
        RunMode(spelling)
