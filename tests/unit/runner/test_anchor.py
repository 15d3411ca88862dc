"""When the head is given, what becomes of the command, and who is told; in simulated time, without a process."""

import io
import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from rich.console import Console
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.faults import JournalUnavailable
from interlock.core.ports.journal import Head
from interlock.core.records import Record
from interlock.runner.anchor import POLL_SECONDS, STOP_EARLIER_SECONDS, STOP_LAST_SECONDS, TIMEOUT_SECONDS, Anchor
from interlock.runner.config.load import load
from interlock.runner.config.model import JournalConfig
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator
from interlock.testing.builders import A_TIME, a_bar

NEVER = 10**9


class FakeChild:
    """A command that answers ``code`` once it was asked ``polls`` times, or waited for as long as it ``takes``."""

    def __init__(self, *, code: int = 0, polls: int = NEVER, takes: float = math.inf, immortal: bool = False) -> None:
        self.code = code
        self.polls = polls
        self.takes = takes
        self.immortal = immortal
        self.killed = 0
        self.waited: list[float] = []
        self.complaint = ""

    def poll(self) -> int | None:
        """One look."""
        if self.killed and not self.immortal:
            return -9
        self.polls -= 1
        return self.code if self.polls <= 0 else None

    def wait(self, seconds: float) -> int | None:
        """No time passes: what would have happened by then."""
        self.waited.append(seconds)
        if self.killed and not self.immortal:
            return -9
        return self.code if self.takes <= seconds or self.polls <= 0 else None

    def kill(self) -> None:
        """Counted."""
        self.killed += 1
        if self.immortal:
            raise PermissionError(1, "Operation not permitted")


class GroupedJournal(MemoryJournal):
    """Tells what was flushed when, and can have a disk that fails."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed: list[int] = []
        self.full = False

    @override
    def flush(self) -> None:
        if self.full:
            raise JournalUnavailable("the disk is full")
        head = self.head()
        self.flushed.append(head.seq if head is not None else -1)
        super().flush()


class Rig:
    """An anchor every ten seconds over memory, simulated time and children that are handed in."""

    def __init__(self, folder: Path, command: Sequence[str] = ("stamp", "--queue"), every: str = "10") -> None:
        self.journal = GroupedJournal()
        self.clock = SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC))
        self.children: Iterator[FakeChild | Exception] = iter(())
        self.given: list[tuple[tuple[str, ...], bytes, int]] = []
        self.console = io.StringIO()
        self.log_path = folder / "interlock.log"
        self.log = EventLog(self.log_path, run_id="r1", verbose=False, lost=lambda _: None)
        config = evolve(
            load(None, {}, None).config,
            journal=JournalConfig(anchor_command=tuple(command), anchor_every_seconds=Decimal(every)),
        )
        self.anchor = Anchor(
            config,
            self.journal,
            "an id",
            self.clock,
            self.log,
            Narrator(Console(file=self.console, width=500), verbose=False),
            start=self._start,
        )

    def _start(self, command: Sequence[str], line: bytes) -> FakeChild:
        self.given.append((tuple(command), line, self.journal.flushed[-1] if self.journal.flushed else -1))
        child = next(self.children)
        if isinstance(child, Exception):
            raise child
        return child

    def record(self, count: int = 1) -> None:
        """Records that nobody has made durable yet."""
        self.journal.append([Record(A_TIME, a_bar())] * count, durable=False)

    def at(self, seconds: float) -> float:
        """A look at that time; when the next is wanted, from the start on."""
        self.clock.sleep_until(seconds)
        return self.anchor.look()

    @property
    def seqs(self) -> list[int]:
        """Of the heads that were given."""
        return [json.loads(line)["seq"] for _, line, _ in self.given]

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the log says."""
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    @property
    def names(self) -> list[str]:
        """The events by name."""
        return [event["event"] for event in self.events]

    @property
    def told(self) -> list[str]:
        """What the console said."""
        return self.console.getvalue().splitlines()


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """In an empty folder."""
    monkeypatch.chdir(tmp_path)
    rig = Rig(tmp_path)
    yield rig
    rig.log.close()


def test_the_head_is_given_when_it_is_due_and_has_changed(rig: Rig) -> None:
    """Not before; and a journal to which nothing came is not given again."""
    rig.children = iter([FakeChild(polls=1), FakeChild(polls=1)])
    rig.record(3)
    assert rig.at(9.9) == 10.0
    assert rig.given == []
    assert rig.at(10) == 10 + POLL_SECONDS
    assert rig.at(10.1) == 20.0
    assert rig.at(20) == math.inf
    rig.record()
    rig.at(31)
    assert rig.at(31.5) == 41.0
    assert rig.seqs == [2, 3]


def test_what_is_given_is_one_line_that_names_the_journal_and_its_head(rig: Rig) -> None:
    """For a program that knows nothing else; the command is words, and no line for a shell."""
    rig.children = iter([FakeChild(polls=1)])
    rig.record(2)
    rig.at(12.5)
    ((command, line, _),) = rig.given
    head = rig.journal.head()
    assert head is not None
    assert command == ("stamp", "--queue")
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "journal_id": "an id",
        "chapter": 1,
        "mode": "SIM",
        "account": "demo",
        "seq": 1,
        "hash": head.hash,
        "time": "2030-01-01T00:00:12.500000+00:00",
    }


def test_what_is_given_is_durable(rig: Rig) -> None:
    """A record that could still be lost would make an honest journal look like one that was cut."""
    rig.children = iter([FakeChild(polls=1)])
    rig.record(5)
    rig.at(10)
    assert [(json.loads(line)["seq"], flushed) for _, line, flushed in rig.given] == [(4, 4)]
    rig.journal.full = True
    rig.record()
    with pytest.raises(JournalUnavailable):
        rig.at(30)
    assert rig.seqs == [4]


def test_nothing_is_done_without_a_command_or_a_record(tmp_path: Path, rig: Rig) -> None:
    """No clock is asked, nothing is flushed."""
    silent = Rig(tmp_path, command=())
    silent.record()
    assert silent.at(10_000) == math.inf
    silent.anchor.finish(silent.journal.head())
    silent.anchor.close()
    silent.log.close()
    assert rig.at(10_000) == math.inf
    rig.anchor.finish(None)
    assert (silent.given, silent.journal.flushed, rig.given) == ([], [], [])
    assert rig.events == []


def test_there_is_one_command_at_a_time(rig: Rig) -> None:
    """However many anchors fall due meanwhile."""
    slow = FakeChild(polls=4)
    rig.children = iter([slow, FakeChild(polls=1)])
    rig.record()
    rig.at(10)
    for at in (15, 20, 25):
        rig.record()
        assert rig.at(at) == at + POLL_SECONDS
    assert rig.seqs == [0]
    assert rig.at(26) == 26 + POLL_SECONDS
    assert rig.seqs == [0, 3]


def test_a_success_is_an_event_with_the_seq(rig: Rig) -> None:
    """Told on the console the first time."""
    rig.children = iter([FakeChild(polls=1), FakeChild(polls=1)])
    for at in (10, 20):
        rig.record()
        rig.at(at)
        rig.at(at + 1)
    assert [(event["event"], event["level"], event["seq"]) for event in rig.events] == [
        ("AnchorGiven", "INFO", 0),
        ("AnchorGiven", "INFO", 1),
    ]
    assert rig.events[0]["data"]["hash"] == json.loads(rig.given[0][1])["hash"]
    assert rig.told == ["anchor: record 0 was given to stamp"]


def test_a_failure_is_told_in_words_and_the_head_given_again(rig: Rig) -> None:
    """Also where no record came since: nobody has it yet. The console hears of a change only, the log of each."""
    angry = FakeChild(code=3, polls=1)
    angry.complaint = "no route"
    rig.children = iter([angry, FakeChild(code=-15, polls=1), FakeChild(polls=1), FakeChild(code=-99, polls=1)])
    rig.record()
    for at in (10, 20, 30):
        rig.at(at)
        rig.at(at + 1)
    rig.record()
    rig.at(40)
    rig.at(41)
    assert rig.seqs == [0, 0, 0, 1]
    assert rig.names == ["AnchorFailed", "AnchorFailed", "AnchorGiven", "AnchorFailed"]
    first, second, _, last = rig.events
    said = 'anchor: record 0 was not taken by stamp: it ended with exit code 3 ("no route")'
    assert (first["why"], first["level"], first["seq"]) == (said, "ERROR", 0)
    assert second["why"].endswith(": it was ended by SIGTERM")
    assert last["why"].endswith(": it was ended by signal 99")
    assert [line.partition(": record")[0] for line in rig.told] == ["anchor"] * 3
    assert rig.told[0] == f"{said}; the run goes on"
    assert rig.told[1] == "anchor: record 0 was given to stamp"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file or directory"), "no such file or directory"),
        (BlockingIOError(11, "Resource temporarily unavailable"), "resource temporarily unavailable"),
        (UnicodeEncodeError("ascii", "ä", 0, 1, "secret"), "UnicodeEncodeError"),
    ],
)
def test_a_command_that_cannot_be_started_is_a_failure_like_any_other(rig: Rig, error: Exception, said: str) -> None:
    """Not there, no more processes, a word that cannot be said: the next anchor tries again."""
    rig.children = iter([error, FakeChild(polls=1)])
    rig.record()
    assert rig.at(10) == 20.0
    rig.at(20)
    rig.at(21)
    assert rig.names == ["AnchorFailed", "AnchorGiven"]
    assert rig.events[0]["why"].endswith(f": it could not be started: {said}")


def test_a_command_that_hangs_is_killed_when_its_time_is_up(rig: Rig) -> None:
    """Told once; the next comes when the system has let it go."""
    hanging = FakeChild()
    hanging.complaint = "connecting"
    rig.children = iter([hanging, FakeChild(polls=1)])
    rig.record()
    rig.at(10)
    rig.at(10 + TIMEOUT_SECONDS - 0.1)
    assert hanging.killed == 0
    rig.at(10 + TIMEOUT_SECONDS)
    assert hanging.killed == 1
    assert rig.events[0]["why"].endswith(': it took more than 30 s and was killed ("connecting")')
    rig.at(41)
    rig.at(42)
    assert (hanging.killed, rig.names) == (1, ["AnchorFailed", "AnchorGiven"])


def test_a_command_that_cannot_be_killed_is_told_once_and_keeps_the_next_from_starting(rig: Rig) -> None:
    """Somebody else's by now, or held by the disk: one stays one, and the run goes on."""
    stuck = FakeChild(immortal=True)
    rig.children = iter([stuck])
    rig.record()
    for at in (10, 50, 100, 150):
        rig.record()
        rig.at(at)
    rig.anchor.finish(rig.journal.head())
    rig.anchor.close()
    assert rig.seqs == [1]
    assert rig.names == ["AnchorFailed"]
    assert rig.events[0]["why"].endswith(": it took more than 30 s and could not be killed: operation not permitted")


# ------------------------------------------------------------------------------------------ the stop


def test_the_last_head_is_given_at_the_stop_and_waited_for_a_little(rig: Rig) -> None:
    """Whether it was due or not."""
    child = FakeChild(takes=1)
    rig.children = iter([child])
    rig.record(3)
    rig.at(1)
    rig.anchor.finish(rig.journal.head())
    rig.anchor.close()
    assert (rig.seqs, rig.names, child.waited) == ([2], ["AnchorGiven"], [STOP_LAST_SECONDS])


def test_a_command_that_is_still_out_at_the_stop_is_given_its_moment_first(rig: Rig) -> None:
    """Then comes the last head."""
    earlier, last = FakeChild(takes=1), FakeChild(takes=1)
    rig.children = iter([earlier, last])
    rig.record()
    rig.at(10)
    rig.record()
    rig.anchor.finish(rig.journal.head())
    assert (rig.seqs, rig.names) == ([0, 1], ["AnchorGiven"] * 2)
    assert (earlier.waited, last.waited) == ([STOP_EARLIER_SECONDS], [STOP_LAST_SECONDS])


def test_nobody_waits_long_at_the_stop(rig: Rig) -> None:
    """What hangs is killed, and told."""
    earlier, last = FakeChild(), FakeChild()
    rig.children = iter([earlier, last])
    rig.record()
    rig.at(10)
    rig.record()
    rig.anchor.finish(rig.journal.head())
    rig.anchor.close()
    assert (earlier.killed, last.killed) == (1, 1)
    assert sum(earlier.waited + last.waited) <= 10
    assert rig.names == ["AnchorFailed"] * 2
    assert rig.events[1]["why"].endswith(": it was not done when the run had stopped and was killed")


def test_what_was_given_is_not_given_again_at_the_stop(rig: Rig) -> None:
    """The same head says nothing new."""
    rig.children = iter([FakeChild(polls=1)])
    rig.record()
    rig.at(10)
    rig.at(11)
    rig.anchor.finish(rig.journal.head())
    assert rig.seqs == [0]


def test_a_failure_at_the_stop_is_told_too(rig: Rig) -> None:
    """Not found, as ever."""
    rig.children = iter([FileNotFoundError(2, "No such file or directory")])
    rig.anchor.finish(Head(seq=0, hash="00"))
    assert rig.names == ["AnchorFailed"]


def test_a_run_that_breaks_leaves_no_process_behind(rig: Rig) -> None:
    """Whatever ended it: then nobody gives a last head, and what is out is ended."""
    child = FakeChild()
    rig.children = iter([child])
    rig.record()
    rig.at(10)
    rig.anchor.close()
    rig.anchor.close()
    assert child.killed == 1
    assert rig.names == ["AnchorFailed"]
