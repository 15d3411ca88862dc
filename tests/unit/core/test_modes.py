"""The run modes' table."""

import pytest

from interlock.core.mode_words import MODE_WORDS
from interlock.core.modes import MODES, ClockKind, RunMode


def test_every_mode_has_its_row_and_is_put_into_words() -> None:
    """What is obeyed, and what is said of it: neither leaves a mode out."""
    assert set(MODES) == set(RunMode)
    for words in MODE_WORDS.values():
        assert set(words) == set(RunMode)
        assert all(words.values())


def test_privilege_rises_from_sim_to_live() -> None:
    """A flag may lower a mode and never raise it: that needs an order."""
    assert [mode.privilege for mode in (RunMode.SIM, RunMode.PAPER, RunMode.LIVE)] == [0, 1, 2]


def test_only_live_makes_live_adapters_and_reads_their_secrets() -> None:
    """What is obeyed, and not only said: adapters, secrets, clock, and what is on disk before an effect."""
    said = {
        mode: (rules.live_adapters, set(rules.credentials_read), rules.clock_kind, rules.durable_effects)
        for mode, rules in MODES.items()
    }
    assert said == {
        RunMode.SIM: (False, set(), ClockKind.DATA, False),
        RunMode.PAPER: (False, {"market_data"}, ClockKind.REPLAY, True),
        RunMode.LIVE: (True, {"market_data", "execution"}, ClockKind.SYSTEM, True),
    }


@pytest.mark.parametrize("spelling", ["sim", "Sim", "SIM ", "LIVE!", "", "PRODUCTION"])
def test_a_misspelt_mode_is_no_mode(spelling: str) -> None:
    """It never falls through to another one."""
    with pytest.raises(ValueError, match="not a valid RunMode"):
        RunMode(spelling)
