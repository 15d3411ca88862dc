"""``--what-if KEY=VALUE``: read like a line of the file, checked like any configuration, and only what decides."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from interlock.core.risk.rules.free_cash import FreeCashLimits
from interlock.core.strategies.moving_average_cross import MovingAverageCrossParameters
from interlock.runner.config import Config, ConfigurationProblems, load
from interlock.runner.config.canonical import canonical, digest
from interlock.runner.config.override import overridden

RISK = """
[risk.max_order_quantity]
limit = "5"
[risk.order_rate]
entries = 1
exits = 2
window_seconds = "60"
[risk.max_position]
limit = "5"
[risk.allowed_instruments]
instruments = ["X"]
"""


@pytest.fixture
def before(base: str, write: Callable[[str], Path]) -> Config:
    """As a journal recorded it."""
    return load(write(base + RISK), {}, None).config


def problem(before: Config, *written: str) -> str:
    """What is wrong with it."""
    with pytest.raises(ConfigurationProblems) as refused:
        overridden(before, written)
    return str(refused.value)


def test_a_value_is_read_as_the_file_reads_it(before: Config) -> None:
    """Amounts in quotes or whole, whole numbers, switches, lists; blanks as in TOML."""
    after = overridden(
        before,
        [
            "risk.max_order_quantity.limit=7",
            'risk.max_position.limit = "7.50"',
            "risk.max_position.allow_short=true",
            "risk.order_rate.entries=3",
            'risk.allowed_instruments.instruments=["X", "Y"]',
            'execution.fee_bps="2"',
        ],
    )
    risk = after.config.risk
    assert risk["max_order_quantity"].limit == 7
    assert (risk["max_position"].limit, risk["max_position"].allow_short) == (Decimal("7.50"), True)
    assert (risk["order_rate"].entries, risk["order_rate"].exits) == (3, 2)
    assert risk["allowed_instruments"].instruments == ("X", "Y")
    assert after.config.execution.options.fee_bps == 2
    assert after.config.market_data == before.market_data


def test_what_comes_of_it_is_a_configuration_like_any_other(before: Config) -> None:
    """With a digest of its own; written as it was, it is the same to the last digit."""
    after = overridden(before, ["risk.max_order_quantity.limit=7"])
    assert after.digest == digest(after.config) != digest(before)
    again = overridden(before, ['risk.max_order_quantity.limit="5.0"'])
    assert (again.digest, canonical(again.config)) == (digest(before), canonical(before))


def test_a_control_is_turned_on_and_off_by_its_name(before: Config) -> None:
    """One that needs limits is turned on by its keys."""
    assert overridden(before, ["risk.free_cash=on"]).config.risk["free_cash"] == FreeCashLimits()
    assert overridden(before, ["risk.free_cash={}"]).config.risk["free_cash"] == FreeCashLimits()
    assert "max_position" not in overridden(before, ["risk.max_position = off"]).config.risk
    assert overridden(before, ['risk.drawdown.limit="9"']).config.risk["drawdown"].limit == 9
    kept = overridden(before, ["risk.max_position=on"]).config.risk["max_position"]
    assert kept == before.risk["max_position"], "it was on, and keeps its limits"
    assert "risk.drawdown.limit: found nothing, expected a value" in problem(before, "risk.drawdown=on")


def test_another_strategy_is_named_with_keys_of_its_own(before: Config) -> None:
    """Those of the strategy that was recorded are not taken along."""
    named = ['strategy.name="moving_average_cross"', "strategy.fast=2", "strategy.slow=3", 'strategy.quantity="1"']
    after = overridden(before, named)
    assert after.config.strategy.parameters == MovingAverageCrossParameters(fast=2, slow=3, quantity=Decimal(1))
    back = overridden(after.config, ['strategy.name="observer"'])
    assert back.config.strategy == before.strategy
    longer = overridden(after.config, ["strategy.slow=9"])
    assert longer.config.strategy.parameters == MovingAverageCrossParameters(fast=2, slow=9, quantity=Decimal(1))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("risk.max_order_quantiti.limit=7", "did you mean max_order_quantity?"),
        ("risk.max_order_quantity.limt=7", "did you mean limit?"),
        ("risk.max_order_quantity.limit=7.5", 'expected a string such as "7.5"'),
        ("risk.max_order_quantity.limit=true", "found the boolean true"),
        ("risk.max_order_quantity.limit=0", "expected a value that must be above zero"),
        ("risk.max_order_quantity=7", "found the integer 7, expected a table"),
        ("risk.order_rate.entries=[1]", "found an array of 1, expected a whole number"),
        ("risk.order_rate.entries.more=1", "found a table, expected a whole number"),
        ("risk.price_jump=off", "risk.price_jump: found a control that is not on, expected one of those that are: "),
        ("risk.max_positon=off", "did you mean max_position?"),
        ("strategy.fast=2", "found an unknown key"),
        ('market_data.path="x"', "what came is what came, and what was held and traded is what it was"),
        ('opening_cash="5"', "a key that decides nothing at that moment"),
        ('execution.slippage_bps="5"', "expected a key of [risk] or [strategy], execution.fee_bps or execution.fee_"),
        ("rsk.max_position.limit=5", "did you mean risk?"),
        ("risk=5", "a key that decides nothing at that moment"),
        ("risk.max_position.limit=five", "--what-if:1: found the line"),
        ("risk.max_position.limit=", "--what-if: risk.max_position.limit: found nothing, expected a value"),
        ("risk.max_position.limit = ", "\n    write KEY=VALUE in one line, as in the file: "),
        ("\x1b[31m=", r"--what-if: \x1b[31m: found nothing"),
        ("risk.max_position.limit=[1,", 'found the line "risk.max_position.limit=[1," at its end, expected TOML'),
        ("risk.max_position.limit", "expected KEY=VALUE in one line"),
        ("", "expected KEY=VALUE in one line"),
        ("# risk.max_position.limit=7", "expected KEY=VALUE in one line"),
        ("[risk.max_position]\nlimit=7", "expected KEY=VALUE in one line"),
        ("risk.max_position.limit=7\nrisk.order_rate.entries=7", "expected KEY=VALUE in one line"),
        ("risk.max_position.limit=\x1b[31m", "--what-if:1: found "),
    ],
)
def test_what_cannot_be_is_told_with_its_remedy(before: Config, written: str, told: str) -> None:
    """In the words of the configuration, and nothing that a terminal would obey."""
    said = problem(before, written)
    assert told in said
    assert "--what-if" in said
    assert "\x1b" not in said


def test_every_problem_is_told_at_once(before: Config) -> None:
    """Also one key that is put in twice."""
    said = problem(before, "nonsense", 'account="x"', "risk.max_position.limit=1", "risk.max_position.limit=2")
    assert "the configuration has 3 problems:" in said
    assert "risk.max_position.limit: found it twice, expected each key once" in said
