"""A small configuration that stands, to be spoiled one line at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

BASE = """\
account = "demo"
opening_cash = "1000"

[[instruments]]
symbol = "X"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"

[market_data]
adapter = "simulated"
interval = "1m"

[execution]
adapter = "paper"
slippage_bps = "1"
fee_bps = "1"
fee_fixed = "0"
participation = "0.1"
"""

Write = Callable[[str], Path]


@pytest.fixture
def base() -> str:
    """The text of a configuration with every required key and nothing else."""
    return BASE


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a text as ``interlock.toml`` in an empty current folder, and answers its name."""
    monkeypatch.chdir(tmp_path)

    def put(text: str) -> Path:
        path = Path("interlock.toml")
        path.write_bytes(text.encode())
        return path

    return put
