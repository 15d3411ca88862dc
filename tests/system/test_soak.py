"""Evidence 11 in short: days of PAPER with orders leave nothing behind that grows, and no cycle that nobody explains.

``bench/soak.py`` is the same over sixty days; docs/benchmarks.md says what it printed.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow

BENCH = Path(__file__).parents[2] / "bench" / "soak.py"
DAYS = 2


@pytest.fixture(scope="module")
def soak() -> ModuleType:
    """The bench, which is no package."""
    spec = importlib.util.spec_from_file_location("soak", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_days_of_paper_leave_nothing_that_grows(soak: ModuleType, tmp_path: Path) -> None:
    """Memory and open files are flat, the log is bounded, each cycle is on record, and the journal re-derives."""
    made = soak.soak(tmp_path, DAYS, {1})
    assert made.complaints() == []
    assert made.bars == DAYS * 1440
    assert [night for night, _ in made.nights] == [1, DAYS]
    assert made.nights[0][1] > 1440
    assert made.nights[-1][1] > DAYS * 1440


def test_what_grows_is_found(soak: ModuleType) -> None:
    """The promises can fail: memory, files, the log, cycles that are missing, a run in which nothing was tried."""
    flat = [soak.Sample(cycles=n, rss_mib=40.0, handles=10, log_bytes=1000) for n in range(40)]
    good = {"days": 1, "orders": 9, "bars": 1440, "samples": flat}
    assert soak.Soak(**good).complaints() == []
    for spoiled in (
        good | {"samples": [*flat, soak.Sample(cycles=40, rss_mib=49.0, handles=10, log_bytes=1000)]},
        good | {"samples": [*flat, soak.Sample(cycles=40, rss_mib=40.0, handles=11, log_bytes=1000)]},
        good | {"samples": [*flat, soak.Sample(cycles=40, rss_mib=40.0, handles=10, log_bytes=10**9)]},
        good | {"bars": 1438},
        good | {"orders": 0},
        good | {"error": "halted"},
    ):
        assert len(soak.Soak(**spoiled).complaints()) == 1
