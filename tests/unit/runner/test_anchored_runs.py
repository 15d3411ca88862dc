"""Whole runs with an anchor: what is given holds against the journal, and nothing that it does touches the run."""

import io
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from rich.console import Console
from typing_extensions import override

from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.faults import JournalUnavailable
from interlock.core.market import FeedItem, Silence
from interlock.core.observations import RunStopped, StopReason
from interlock.core.records import Record
from interlock.runner.config import load
from interlock.runner.ending import Ended
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Bounds
from interlock.runner.main import run
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession
from interlock.testing.builders import A_TIME, bars

# Each of these starts processes.
pytestmark = pytest.mark.slow

PATIENCE = 30.0

# A third party that believes nothing: it looks, at that moment and beside the writer, whether the record that it was
# told of can be read and has that hash, and fails where it has not. Then it keeps the line.
THIRD_PARTY = """
import json, sqlite3, sys
line = sys.stdin.read()
given = json.loads(line)
journal = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
(kept,) = journal.execute("SELECT hash FROM records WHERE seq = ?", (given["seq"],)).fetchone()
assert kept == given["hash"]
with open(sys.argv[2], "a") as file:
    file.write(line)
"""


class UntilAnchored(MemoryFeed):
    """Two bars, then nothing, until so many anchors were kept; or for as long as anybody has patience."""

    def __init__(self, kept: Path, wanted: int) -> None:
        super().__init__(bars(2))
        self._kept = kept
        self._wanted = wanted
        self._until = monotonic() + PATIENCE

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        anchored = self._kept.exists() and self._kept.read_text().count("\n") >= self._wanted
        if self._items < 2 or anchored or monotonic() > self._until:
            return super()._take(deadline)
        return Silence(until=deadline or A_TIME)


class Anchored:
    """Runs in one folder on the machine's own clock, with this command."""

    def __init__(self, folder: Path, configuration: Callable[..., str]) -> None:
        self.folder = folder
        self.configuration = configuration
        self.console = io.StringIO()
        self.kept = folder / "kept.jsonl"

    def run(self, command: Sequence[str], feed: MemoryFeed | None = None, **changes: str) -> Ended:
        """From start to end; a wait between two looks is of a tenth of a second."""
        file = self.folder / "interlock.toml"
        table = f'\n[journal]\nanchor_command = {json.dumps(list(command))}\nanchor_every_seconds = "1"\n'
        file.write_text(self.configuration(**changes) + table)
        return RunSession(
            load(file, environ={}),
            Bounds(interval_seconds=0.1, faults_max=2),
            Narrator(Console(width=500, file=self.console), verbose=False),
            verbose=False,
            feed=feed or MemoryFeed(bars(20)),
        ).run()

    def third_party(self, mode: str = "sim") -> list[str]:
        """The command that looks for itself."""
        program = self.folder / "third_party.py"
        program.write_text(THIRD_PARTY)
        return [sys.executable, str(program), str(self.journal(mode)), str(self.kept)]

    def script(self, text: str) -> list[str]:
        """A shell script."""
        path = self.folder / "stamp"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o700)
        return [str(path)]

    def journal(self, mode: str = "sim") -> Path:
        """Where this mode keeps it."""
        return self.folder / "state" / mode / "journal.sqlite3"

    def events(self, mode: str = "sim") -> list[dict[str, Any]]:
        """What the log tells of anchors."""
        lines = (self.folder / "state" / mode / "interlock.log").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["event"].startswith("Anchor")]

    def anchors(self) -> list[dict[str, Any]]:
        """What the third party has kept."""
        return [json.loads(line) for line in self.kept.read_text().splitlines()]


@pytest.fixture
def anchored(tmp_path: Path, configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Anchored:
    """An empty folder, which is where we are."""
    monkeypatch.chdir(tmp_path)
    return Anchored(tmp_path, configuration)


def test_a_run_gives_its_last_head_when_it_stops(anchored: Anchored) -> None:
    """The journal's own, down to the record of the stop; a later run goes on to give later ones of the same journal."""
    assert anchored.run(anchored.third_party()).exit_code is ExitCode.DONE
    ((given,), (event,)) = anchored.anchors(), anchored.events()
    with RawJournal(anchored.journal()) as journal:
        row = journal.at(journal.last_seq())
    assert row is not None
    assert (row[1], given["seq"], given["hash"]) == (RunStopped.__name__, row[0], row[3])
    assert (given["mode"], given["account"]) == ("SIM", "demo")
    assert (event["event"], event["seq"]) == ("AnchorGiven", given["seq"])
    assert given["journal_id"] == json.loads(_row(anchored.journal(), 0))["observation"]["journal_id"]


def _row(path: Path, seq: int) -> str:
    with RawJournal(path) as journal:
        row = journal.at(seq)
    assert row is not None
    return row[2].decode()


def test_a_run_gives_its_head_while_it_goes_on(anchored: Anchored) -> None:
    """Each of them can be read from the disk by then, and holds against the journal of a month later."""
    kept = anchored.kept
    ended = anchored.run(anchored.third_party("paper"), UntilAnchored(kept, 1), mode="PAPER")
    assert (ended.exit_code, ended.facts.stop_reason) == (ExitCode.DONE, StopReason.END_OF_DATA)
    anchored.run(anchored.third_party("paper"), MemoryFeed(bars(2)), mode="PAPER")
    given = anchored.anchors()
    assert len(given) >= 3
    assert {event["event"] for event in anchored.events("paper")} == {"AnchorGiven"}
    assert [each["seq"] for each in given] == sorted({each["seq"] for each in given})
    assert len({each["journal_id"] for each in given}) == 1
    path = str(anchored.journal("paper"))
    assert run(["journal", "verify", path]) == ExitCode.DONE
    with RawJournal(anchored.journal("paper")) as journal:
        for each in given:
            row = journal.at(each["seq"])
            assert row is not None
            assert row[3] == each["hash"]


def test_an_anchor_says_which_chapter_its_number_is_of(anchored: Anchored, capsys: pytest.CaptureFixture[str]) -> None:
    """The id is that of all chapters, and each counts its records from 0."""
    anchored.run(anchored.third_party("paper"), MemoryFeed(bars(4)), mode="PAPER")
    assert run(["journal", "archive", str(anchored.journal("paper"))]) == ExitCode.DONE
    anchored.run(anchored.third_party("paper"), MemoryFeed(bars(4)), mode="PAPER")
    given = anchored.anchors()
    assert list(dict.fromkeys(each["chapter"] for each in given)) == [1, 2]
    assert len({each["journal_id"] for each in given}) == 1
    capsys.readouterr()
    assert run(["journal", "info", str(anchored.journal("paper"))]) == ExitCode.DONE
    told = capsys.readouterr().out
    assert f"id:            {given[0]['journal_id']}" in told
    assert "chapter:       2, after record" in told


def test_an_anchor_gives_a_journal_away_that_was_made_anew(
    anchored: Anchored, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its chain fits, and so does its head file: by itself it holds. What somebody else has kept says otherwise."""
    anchored.run(anchored.third_party())
    (given,) = anchored.anchors()
    # Whoever can write the journal can write another one: here the same run, over other prices.
    for file in anchored.journal().parent.glob("journal*"):
        file.unlink()
    anchored.run([], MemoryFeed(bars(20, seed=2)))
    capsys.readouterr()
    path = str(anchored.journal())
    assert run(["journal", "verify", path]) == ExitCode.DONE
    assert run(["journal", "info", "--json", "--at", str(given["seq"]), path]) == ExitCode.DONE
    at = json.loads(capsys.readouterr().out.splitlines()[-1])["at"]
    assert at["seq"] == given["seq"]
    assert at["hash"] != given["hash"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("echo no route >&2; exit 3", 'it ended with exit code 3 ("no route")'),
        ("kill -KILL $$", "it was ended by SIGKILL"),
        ("yes out & yes err >&2", 'it was not done when the run had stopped and was killed ("err")'),
        ("trap '' TERM INT; while :; do :; done", "it was not done when the run had stopped and was killed"),
        (None, "it could not be started: no such file or directory"),
    ],
)
def test_a_command_that_fails_changes_nothing_but_what_is_told(anchored: Anchored, text: str | None, why: str) -> None:
    """Failing, flooding, hanging, deaf, or not there at all: the same records, the same state, the same exit code."""
    plain = anchored.run([])
    records = _bodies(anchored.journal())
    for file in anchored.journal().parent.glob("*"):
        file.unlink()
    began = monotonic()
    ended = anchored.run(anchored.script(text) if text is not None else ["/nowhere/stamp"])
    assert monotonic() - began < PATIENCE
    assert (ended.exit_code, ended.error) == (ExitCode.DONE, None) == (plain.exit_code, plain.error)
    assert _bodies(anchored.journal()) == records
    (event,) = anchored.events()
    assert (event["event"], event["level"]) == ("AnchorFailed", "ERROR")
    assert event["why"].endswith(f": {why}")
    assert anchored.console.getvalue().count("anchor: record") == 1
    assert "; the run goes on" in anchored.console.getvalue()


def _bodies(path: Path) -> list[tuple[str, bytes]]:
    """Every record but those of the run's own beginning and end, which hold times, and the configuration."""
    with RawJournal(path) as journal:
        rows = list(journal.checked())
    return [
        (kind, body) for _, kind, body, _ in rows if kind not in ("JournalOpened", "RunStarted", RunStopped.__name__)
    ]


def test_the_command_of_the_how_to_keeps_every_anchor_whole(
    anchored: Anchored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reader copies works."""
    shown = _shown("sh").removeprefix("#!/bin/sh\n")
    monkeypatch.setenv("HOME", str(anchored.folder / "home"))
    anchored.run(anchored.script(shown))
    assert [event["event"] for event in anchored.events()] == ["AnchorGiven"]
    (spooled,) = (anchored.folder / "home" / "interlock-anchors").iterdir()
    assert spooled.suffix == ".json"
    assert json.loads(spooled.read_text())["seq"] == anchored.events()[0]["seq"]


def test_the_hash_can_be_worked_out_with_nothing_of_ours(anchored: Anchored) -> None:
    """By the function of the how-to: what was given is the hash over every record up to there, and no other."""
    names: dict[str, Any] = {}
    exec(_shown("python"), names)
    anchored.run(anchored.third_party())
    (given,) = anchored.anchors()
    path = str(anchored.journal())
    assert names["hash_at"](path, given["seq"]) == given["hash"]
    with pytest.raises(LookupError):
        names["hash_at"](path, given["seq"] + 1)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE records SET body = body || ' ' WHERE seq = 3")
    connection.close()
    assert names["hash_at"](path, given["seq"]) != given["hash"]


def _shown(language: str) -> str:
    """The one block of that language on the page."""
    page = (Path(__file__).parents[3] / "docs" / "howto" / "anchor-a-journal.md").read_text("utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(block)


def test_nobody_is_told_of_a_journal_that_failed(anchored: Anchored, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can say whether its last records are there."""

    def full(*_: object, **__: object) -> None:
        raise JournalUnavailable("the disk is full")

    class Full(MemoryFeed):
        @override
        def _take(self, deadline: datetime | None) -> FeedItem:
            if self._items == 5:
                monkeypatch.setattr("interlock.adapters.journal.sqlite.SqliteJournal.append", full)
            return super()._take(deadline)

    assert anchored.run(anchored.third_party(), Full(bars(20))).exit_code is ExitCode.JOURNAL
    assert anchored.events() == []
    assert not anchored.kept.exists()


def test_a_run_that_breaks_leaves_no_command_behind(anchored: Anchored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours ends the run, and what was out with it."""

    def broken(*_: object) -> Record:
        pid.extend(int(line) for line in (anchored.folder / "pid").read_text().split())
        raise RuntimeError("a defect")

    pid: list[int] = []
    monkeypatch.setattr("interlock.runner.ending.Ending._record", broken)
    command = anchored.script(f"echo $$ >> {anchored.folder}/pid; exec sleep 600")
    with pytest.raises(RuntimeError):
        anchored.run(command, UntilAnchored(anchored.folder / "pid", 1), mode="PAPER")
    assert len(pid) == 1
    assert not Path(f"/proc/{pid[0]}").exists()
