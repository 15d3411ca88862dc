"""One browser a process, and pages to open in it: a small one that is hostile, and the example's."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import pages
from .there import MISSING, is_there

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser these tests are left out of a run of everything; asked for by name they fail, and say why."""
    if is_there() or "browser" in str(config.option.markexpr):
        return
    ours = [item for item in items if HERE in item.path.parents]
    if ours:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Chrome"]:
    """The browser."""
    if not is_there():
        pytest.fail(MISSING)
    from .chromium import chromium

    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of thirteen years of AAPL."""
    return pages.example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of which every text from outside wants to be a script."""
    return pages.hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 500,000 bars of one minute."""
    return pages.long(tmp_path_factory.mktemp("long"), bars=500_000)
