"""A journal from before a run recorded where its values came from: nothing about it is another than it was.

``before_origins.jsonl`` is what `interlock journal export` gave of it, by the build that wrote it.
"""

import io
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.codec import GENESIS, chain, decode, encode
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.observations import RunStarted
from interlock.core.origins import OriginSource
from interlock.core.records import Record
from interlock.runner.config.load import load
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Bounds
from interlock.runner.main import run
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession

EXPORTED = Path(__file__).with_name("before_origins.jsonl")
CONFIGURATION = """\
run_mode = "PAPER"
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
replay_speed = 600

[execution]
adapter = "paper"
slippage_bps = "2"
fee_bps = "1"
fee_fixed = "0"
participation = "0.1"
"""
UNKNOWN = "where the values of the run's configuration came from was not recorded"


def written() -> list[tuple[str, bytes, str]]:
    """Kind, body and hash of each record, as they were written."""
    found = []
    for line in EXPORTED.read_bytes().splitlines():
        row = json.loads(line)
        found.append((row["kind"], line.partition(b',"body":')[2][:-1], row["hash"]))
    return found


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That journal where its configuration has it, in a folder where we are."""
    monkeypatch.chdir(tmp_path)
    Path("interlock.toml").write_text(CONFIGURATION)
    path = tmp_path / "state" / "demo" / "paper" / "journal.sqlite3"
    path.parent.mkdir(mode=0o700, parents=True)
    SqliteJournal(path).close()
    path.with_name(f"{path.name}.head").unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        rows = [(seq, kind, body.decode(), digest) for seq, (kind, body, digest) in enumerate(written())]
        connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
    return path


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command, and answers what it said, on one line."""

    def said(*args: str) -> str:
        capsys.readouterr()
        assert run(args) == ExitCode.DONE
        return re.sub(r"\s+", " ", capsys.readouterr().out)

    return said


def test_every_record_keeps_its_bytes_and_its_hash() -> None:
    """Read and written again: the hashes of journals that exist are over what they say."""
    digest = GENESIS
    for seq, (kind, body, recorded) in enumerate(written()):
        record = decode(kind, body)
        assert encode(record) == body
        digest = chain(digest, seq, kind, body)
        assert digest.hex() == recorded
        assert not isinstance(record.observation, RunStarted) or record.observation.origins is None


@pytest.mark.usefixtures("journal")
def test_it_is_verified_and_explained(says: Callable[..., str]) -> None:
    """Every record follows from what was observed; that nothing is known is said."""
    verified = says("journal", "verify")
    assert "17 records derived once more" in verified
    assert "everything holds" in verified
    told = says("explain", "11")
    assert UNKNOWN in told
    assert "it is the same, to the last byte" in told
    assert UNKNOWN in says("journal", "tail")
    says("replay", "--against", "interlock.toml")


def shown(says: Callable[..., str]) -> str:
    """The configuration on its page."""
    says("report")
    page = Path("report.html").read_text("utf-8")
    section = page.partition('<section id="configuration">')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", section))


@pytest.mark.usefixtures("journal")
def test_the_page_says_that_it_is_older_and_claims_no_origin(says: Callable[..., str]) -> None:
    """Of no value, of neither run, and of what changed between them."""
    text = shown(says)
    assert text.count("Where the values came from is not recorded : an older Interlock wrote that.") == 2
    assert "execution.slippage_bps 2 not recorded" in text
    assert "10 execution.slippage_bps 1 not recorded 2 not recorded" in text
    assert " default" not in text


def test_a_run_goes_on_with_it_and_records_its_own(journal: Path, says: Callable[..., str]) -> None:
    """The same configuration, so nothing has changed; from then on it is known."""
    narrator = Narrator(Console(file=io.StringIO()), verbose=False)
    clock = SimulatedClock(datetime(2026, 11, 24, tzinfo=UTC))
    loaded = load(None, environ={})
    assert RunSession(loaded, Bounds(cycles=2), narrator, verbose=False, clock=clock).run().exit_code is ExitCode.DONE
    with closing(sqlite3.connect(journal)) as connection:
        rows = connection.execute("SELECT seq, kind, body FROM records WHERE seq > 16 ORDER BY seq").fetchall()
    kinds = [kind for _, kind, _ in rows]
    assert kinds[:2] == ["JournalResumed", "RunStarted"]
    started: Record = decode("RunStarted", rows[1][2].encode())
    assert isinstance(started.observation, RunStarted)
    assert started.observation.origins is not None
    (file,) = started.observation.origins
    assert (file.source, file.name, file.keys["execution.slippage_bps"]) == (OriginSource.FILE, "interlock.toml", 18)
    assert "everything holds" in says("journal", "verify")
    assert "but for 15 values from the file interlock.toml" in says("explain", "18")
    text = shown(says)
    assert "execution.slippage_bps 2 interlock.toml, line 18" in text
    assert "execution.slippage_bps 2 not recorded" in text
