"""What the how-tos say is so: their code is found where it is installed, chosen by a file, strict and typed."""

import importlib
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import frozen

from interlock.runner.commands.init import write_starter
from interlock.runner.components import Kind
from interlock.runner.config import load
from interlock.runner.registry import Registry
from interlock.testing.contracts.market_data import read

ROOT = Path(__file__).parents[2]
HOWTOS = ROOT / "docs" / "howto"
PAGES = sorted(HOWTOS.glob("write-*.md"))


@frozen(kw_only=True)
class HowTo:
    """A page: its code in one piece, its TOML blocks, and the entry point that it shows."""

    code: str
    tables: list[dict[str, Any]]
    kind: Kind
    name: str
    value: str


def howto(page: Path) -> HowTo:
    """Read a page."""
    text = page.read_text("utf-8")
    tables = [tomllib.loads(block) for block in re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]
    ((group, points),) = tables[0]["project"]["entry-points"].items()
    ((name, value),) = points.items()
    code = "\n\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    return HowTo(code=code, tables=tables, kind=Kind(group), name=name, value=value)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for installed packages, as pip would leave them, that this process looks into as well."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_package"]:
        del sys.modules[name]


def install(shown: HowTo, site: Path) -> None:
    """Put the page's code where its entry point says that it is."""
    module = site / (shown.value.partition(":")[0].replace(".", "/") + ".py")
    module.parent.mkdir()
    (module.parent / "__init__.py").touch()
    module.write_text(shown.code, "utf-8")
    described = site / "my_package-1.2.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: my_package\nVersion: 1.2\n", "utf-8")
    (described / "entry_points.txt").write_text(f"[{shown.kind}]\n{shown.name} = {shown.value}\n", "utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_entry_point_of_a_howto_is_found_and_can_be_used(page: Path, site: Path) -> None:
    """By the name that the page gives it, with its owner and the keys that a file may set."""
    shown = howto(page)
    install(shown, site)
    found = Registry().find(shown.kind, shown.name)
    assert found.cls.__name__ == shown.value.partition(":")[2]
    assert str(found.plugin) == "my_package 1.2"
    assert attrs.has(found.settings)


@pytest.mark.slow
def test_the_table_of_the_howto_chooses_the_strategy_and_a_run_asks_it(site: Path, tmp_path: Path) -> None:
    """The file that the page shows is taken as it is, and what is decided is decided by the installed strategy."""
    page = HOWTOS / "write-a-strategy.md"
    shown = howto(page)
    install(shown, site)
    (table,) = [block["strategy"] for block in shown.tables if "strategy" in block]
    path = write_starter(tmp_path)
    written = page.read_text("utf-8").partition("```toml\n[strategy]\n")[2].partition("```")[0]
    path.write_text(path.read_text("utf-8").replace('name = "observer"', written), "utf-8")
    loaded = load(path, {}, None)
    assert loaded.config.strategy.name == table["name"] == shown.name
    ended = subprocess.run(
        [sys.executable, "-c", "from interlock.runner.main import main; main()", "run", "-c", path, "--cycles", "300"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *filter(None, [os.getenv("PYTHONPATH")])])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert "; my_package 1.2 starts on simulated" in ended.stderr
    assert re.search(r"NO_ACTION +PULLBACK\.NOT_FAR_ENOUGH", ended.stdout)


def test_the_feed_of_the_howto_refuses_what_is_no_amount(site: Path, tmp_path: Path) -> None:
    """NaN, an exponent and a separator in the table are refused rows; so is a time that is none."""
    shown = howto(HOWTOS / "write-a-market-data-adapter.md")
    install(shown, site)
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
    items = read(Registry().find(shown.kind, shown.name).cls(path, "TEST"))
    assert [getattr(item, "field", "a bar") for item in items] == ["open", "high", "volume", "row", "a bar"]


@pytest.mark.slow
def test_the_code_of_the_howtos_passes_the_strictest_types(tmp_path: Path) -> None:
    """A reader who checks what was copied, as we check ourselves, is told of nothing."""
    files = [tmp_path / f"{page.stem.replace('-', '_')}.py" for page in PAGES]
    for file, page in zip(files, PAGES, strict=True):
        file.write_text(howto(page).code, "utf-8")
    checking = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *map(str, files)]
    ended = subprocess.run(checking, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout
