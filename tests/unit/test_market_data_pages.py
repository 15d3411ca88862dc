"""The pages on market data hold what they show."""

import doctest
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from interlock.testing.contracts.given_bars import GivenBarsContract
from interlock.testing.contracts.market_data import read

DOCS = Path(__file__).parents[2] / "docs"
HOWTO = DOCS / "howto" / "write-a-market-data-adapter.md"
TESTS = sorted(name for name in dir(GivenBarsContract) if name.startswith("test_"))


def test_the_lesson_runs_as_it_is_printed() -> None:
    """Every example of lesson 4.3 gives what the page says."""
    found = doctest.testfile(str(DOCS / "learn" / "4.3-market-data.md"), module_relative=False)
    assert found.attempted > 15
    assert found.failed == 0


@pytest.fixture
def howto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the how-to's code defines, with its files in a folder of the test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names: dict[str, Any] = {"__name__": "howto"}
    for block in re.findall(r"```python\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL):
        exec(compile(block, HOWTO.name, "exec"), names)
    return names


@pytest.mark.parametrize("name", TESTS)
def test_the_adapter_of_the_howto_keeps_the_contract(howto: dict[str, Any], name: str) -> None:
    """What a reader copies passes what a reader is told to run."""
    getattr(howto["TestSqliteFeed"](), name)()


def test_the_adapter_of_the_howto_refuses_what_is_no_amount(howto: dict[str, Any], tmp_path: Path) -> None:
    """NaN, an exponent and a separator in the table are refused rows; so is a time that is none."""
    path = tmp_path / "bars.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE bars (closed, open, high, low, close, volume)")
        rows = [
            (60, "NaN", *"1111"),
            (120, "1", "1e3", *"111"),
            (180, *"1111", "1_000"),
            ("soon", *"11111"),
            (240, *"11111"),
        ]
        database.executemany("INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?)", rows)
    items = read(howto["SqliteFeed"](path, "TEST"))
    assert [getattr(item, "field", "a bar") for item in items] == ["open", "high", "volume", "row", "a bar"]
