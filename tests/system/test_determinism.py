"""One configuration, one answer: whatever the machine calls its hash seed, its zone and its language."""

import io
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.cycle import state_for
from interlock.core.evolve import evolve
from interlock.core.ports import RiskPolicy, Strategy
from interlock.core.records import Record
from interlock.core.state import State
from interlock.core.view import MarketView
from interlock.runner.config.load import load
from interlock.runner.container import Wiring
from interlock.runner.ending import Ended
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
INTERLOCK = [sys.executable, "-c", "from interlock.runner.main import main; main()"]
SYMBOLS = ("aapl", "msft", "ibm")


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples, which a run may write beside."""
    return _copy(tmp_path / "examples")


def _copy(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT / "examples", folder, ignore=shutil.ignore_patterns("state")))


def _run(file: Path, cycles: int | None = None) -> Ended:
    narrator = Narrator(Console(file=io.StringIO()), verbose=False)
    return RunSession(load(file, environ={}), Bounds(cycles=cycles), narrator, verbose=False).run()


def _journal(file: Path) -> Path:
    return file.parent / "state" / file.stem / "sim" / "journal.sqlite3"


def _records(file: Path) -> list[Record]:
    with JournalReader(_journal(file)) as reader:
        return list(reader.read())


def _state(view: MarketView) -> State:
    return view._state


def _market(file: Path) -> list[bytes]:
    """Every record that tells of the market, as it was written."""
    return [encode(record) for record in _records(file) if not record.is_run_boundary]


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Under another hash seed, zone and locale, everything but the run boundaries is identical."""
    written = []
    for seed, zone, language in (("0", "UTC", "C"), ("4711", "Asia/Kolkata", "C.UTF-8")):
        examples = _copy(tmp_path / seed)
        environ = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        subprocess.run(
            [*INTERLOCK, "run", "-c", "aapl.toml"],
            cwd=examples,
            env=environ,
            check=True,
            capture_output=True,
            timeout=60,
        )
        connection = sqlite3.connect(_journal(examples / "aapl.toml"))
        rows = connection.execute("SELECT seq, kind, body FROM records ORDER BY seq").fetchall()
        connection.close()
        written.append([row for row in rows if row[1] not in ("RunStarted", "RunStopped", "CycleOverran")])
    assert len(written[0]) > 3270
    assert written[0] == written[1]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_folding_the_journal_gives_exactly_the_final_state(examples: Path, symbol: str) -> None:
    """Of three real stocks, with every bar taken and the books in balance."""
    file = examples / f"{symbol}.toml"
    ended = _run(file)
    assert (ended.tally.bars, ended.tally.refused_rows) == (3270, 0)
    assert ended.tally.fills > 0
    parts = Wiring(load(file, environ={})).container()
    strategy: Strategy = parts.resolve(Strategy)
    policy: RiskPolicy = parts.resolve(RiskPolicy)
    folded = state_for(strategy, policy)
    for record in _records(file):
        evolve(folded, record)
    assert folded == _state(ended.view)
    books = ended.view.portfolio
    assert books.equity == 100_000 + books.realised_pnl + books.unrealised_pnl - books.fees


def test_a_run_that_was_stopped_and_gone_on_with_is_the_run_that_never_stopped(tmp_path: Path) -> None:
    """The same decisions, orders and fills, and the same state, wherever it was stopped and however often."""
    whole = _copy(tmp_path / "whole") / "aapl.toml"
    straight = _run(whole)
    parted = _copy(tmp_path / "parted") / "aapl.toml"
    ended = None
    # The split of June 2000 is an item too: the 86th cycle sends the first order, and the 87th fills it.
    for cycles in (86, 1, 1500, None):
        ended = _run(parted, cycles)
    assert ended is not None
    assert _market(parted) == _market(whole)
    assert _state(ended.view) == _state(straight.view)
