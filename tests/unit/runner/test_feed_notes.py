"""What a source notes: told once each, when it is open and when it was read to its end, on console and in the log."""

import io
import json
from pathlib import Path

from typing_extensions import override

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.runner.feed_notes import NOTES_MAX, FeedNotes
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator, PeopleConsole


class Noting(MemoryFeed):
    """A source with notes that grow; or that raises when it is asked for them."""

    said: tuple[str, ...] = ("one",)
    broken = False

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        if self.broken:
            raise RuntimeError("password=hunter2")
        return self.said


class Rig:
    """A console and a log."""

    def __init__(self, folder: Path) -> None:
        self.console = io.StringIO()
        self.log = EventLog(folder / "log", run_id="r", verbose=False, lost=lambda _: None)
        self.notes = FeedNotes(Narrator(PeopleConsole(file=self.console, width=500), verbose=False))

    def logged(self) -> list[tuple[str, str]]:
        """Close the log. Each of its events, and why."""
        self.log.close()
        lines = self.log.path.read_text().splitlines() if self.log.path.exists() else []
        return [(line["event"], line["why"]) for line in map(json.loads, lines)]


def test_a_note_is_told_once_and_written_when_there_is_a_log(tmp_path: Path) -> None:
    """The data is opened before the log is; what is noted at the end comes behind."""
    rig, feed = Rig(tmp_path), Noting(())
    rig.notes.look(feed)
    rig.notes.look(feed)
    assert rig.console.getvalue() == "market data: one\n"
    rig.notes.write(rig.log)
    rig.notes.write(rig.log)
    feed.said = ("one", "two")
    rig.notes.last_look(feed, rig.log)
    assert rig.console.getvalue() == "market data: one\nmarket data: two\n"
    assert rig.logged() == [("DataNoted", "market data: one"), ("DataNoted", "market data: two")]


def test_a_source_that_notes_without_end_does_not_fill_the_console(tmp_path: Path) -> None:
    """A hundred are told."""
    rig, feed = Rig(tmp_path), Noting(())
    feed.said = tuple(map(str, range(10_000)))
    rig.notes.last_look(feed, rig.log)
    assert len(rig.logged()) == len(rig.console.getvalue().splitlines()) == NOTES_MAX


def test_a_source_that_raises_when_the_run_is_over_does_not_change_its_end(tmp_path: Path) -> None:
    """What it raised is told by its kind: a foreign message may hold anything."""
    rig, feed = Rig(tmp_path), Noting(())
    feed.broken = True
    rig.notes.last_look(feed, rig.log)
    assert rig.console.getvalue() == ("market data: its notes could not be read: the adapter raised RuntimeError\n")
    assert rig.logged() == []
