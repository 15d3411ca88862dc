"""What phase 4 forbids is not there: optimisation, and more than one strategy."""

from pathlib import Path
from typing import get_type_hints

import attrs
import pytest

from interlock.core.cycle import Parts
from interlock.core.ports import Strategy
from interlock.core.strategies import STRATEGIES
from interlock.runner.commands.init import write_starter
from interlock.runner.config import ConfigurationProblems, load

CROSS = """[strategy]
name = "moving_average_cross"
fast = 5
slow = 20
quantity = "1"
"""


def test_every_parameter_of_a_shipped_strategy_has_to_be_stated() -> None:
    """None has a default, and none is found by looking for it: two strategies ship, and one of them only watches."""
    assert set(STRATEGIES) == {"observer", "moving_average_cross"}
    for strategy in STRATEGIES.values():
        assert all(parameter.default is attrs.NOTHING for parameter in attrs.fields(strategy.Parameters))


def test_a_core_has_room_for_one_strategy() -> None:
    """There is one field for it, and not for several."""
    holding = [name for name, kind in get_type_hints(Parts).items() if "Strategy" in str(kind)]
    assert holding == ["strategy"]
    assert get_type_hints(Parts)["strategy"] is Strategy


@pytest.mark.parametrize(
    "said",
    [
        CROSS.replace("fast = 5", "fast = [5, 10]"),
        CROSS.replace('quantity = "1"', 'quantity = ["1", "2"]'),
        CROSS.replace('name = "moving_average_cross"', 'name = ["observer", "moving_average_cross"]'),
        CROSS.replace("[strategy]", "[[strategy]]"),
        CROSS.replace("[strategy]", "[[strategy]]") * 2,
        CROSS * 2,
        CROSS.replace("[strategy]", "[strategies]"),
        CROSS + '[strategy.other]\nname = "observer"\n',
    ],
)
def test_a_file_can_ask_for_one_strategy_with_one_value_for_each_parameter(tmp_path: Path, said: str) -> None:
    """A list of values to try, or a second strategy, is a problem that is told; without it the file stands."""
    path = write_starter(tmp_path)
    before, watching, after = path.read_text("utf-8").partition('[strategy]\nname = "observer"')
    assert watching
    path.write_text(before + CROSS + after, "utf-8")
    assert load(path, {}, None).config.strategy.name == "moving_average_cross"
    path.write_text(before + said + after, "utf-8")
    with pytest.raises(ConfigurationProblems):
        load(path, {}, None)
