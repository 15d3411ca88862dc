"""``interlock journal``: the group, its help, where a journal is found, and ``tail``."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve as changed
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.clock.system import SystemClock
from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.faults import ConfigurationError
from interlock.core.observations import Chapter, RunStarted
from interlock.core.records import Record
from interlock.core.reports import OrderRejected
from interlock.core.state import initial_state
from interlock.runner.commands.journal import COMMANDS
from interlock.runner.commands.journal_lines import as_line
from interlock.runner.commands.journal_tail import LINES, LOOKS_WITHOUT_MAX, POLL_SECONDS, Tail
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.rehearsal import opened

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

TOLD = "TEST closed at"


class Looks(SimulatedClock):
    """Does one thing before each look, and is woken when there is nothing left to do."""

    def __init__(self, *before: Callable[[], object]) -> None:
        super().__init__(A_TIME)
        self.before = list(before)

    @override
    def sleep_until(self, deadline: float) -> bool:
        assert deadline == self.monotonic() + POLL_SECONDS
        if not self.before:
            self.wake()
        else:
            self.before.pop(0)()
        return super().sleep_until(deadline)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_and_exit_codes(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Enough to use it without a page."""
    assert run(["journal", command, "-h"]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert "Exit codes:" in out


def test_the_group_lists_its_commands_and_guesses_a_misspelt_one(capsys: pytest.CaptureFixture[str]) -> None:
    """As `interlock` itself does."""
    assert run(["journal", "-h"]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert all(f"  {name}" in out for name in COMMANDS)
    assert run(["journal", "tial"]) == ExitCode.USAGE
    assert "did you mean tail?" in capsys.readouterr().err


def test_the_last_records_are_told_in_order(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Number, time and sentence; the stop of the run is the last."""
    home.run(cycles=30)
    rows = len(home.rows())
    capsys.readouterr()
    assert run(["journal", "tail"]) == ExitCode.DONE
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [str(seq) for seq in range(rows - LINES, rows)]
    assert lines[-1].endswith("Z  the run stops: CYCLES_REACHED")
    assert TOLD in lines[-2]


def test_a_journal_shorter_than_asked_is_told_whole_and_none_means_none(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """-n is a most, not a must."""
    home.run(cycles=3)
    for lines, told in (("5000", len(home.rows())), ("0", 0)):
        assert run(["journal", "tail", "-n", lines]) == ExitCode.DONE
        assert len(capsys.readouterr().out.splitlines()) == told


def test_as_json_each_line_is_one_object(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Its keys are always the same."""
    home.run(cycles=30)
    assert run(["journal", "tail", "-n", "1000", "--json"]) == ExitCode.DONE
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {tuple(one) for one in told} == {
        ("seq", "ts_init", "kind", "outcome", "code", "why", "correlation_id", "causation_id")
    }
    assert [one["seq"] for one in told] == list(range(len(told)))
    approved = [one for one in told if one["outcome"] == "APPROVED"]
    assert approved
    assert all(one["correlation_id"] in one["why"] for one in approved)


def test_what_a_venue_said_cannot_write_over_other_lines() -> None:
    """Control characters are spelt out."""
    rejected = OrderRejected(client_order_id="o-1", ts_event=A_TIME, code="NO", detail="\x1b[2J\nand so on")
    assert as_line(7, Record(A_TIME, rejected)).endswith('rejected by the venue: NO: "?[2J?and so on"')


def test_a_journal_may_be_named_by_its_path(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """An archive, say. No configuration is read then."""
    kept = archive(home.run(cycles=3))
    (home.folder / "interlock.toml").write_text("nonsense")
    assert run(["journal", "tail", str(kept)]) == ExitCode.DONE
    assert TOLD in capsys.readouterr().out


def test_only_one_journal_can_be_meant(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And which of both was is not guessed."""
    for option, value in (("-c", "interlock.toml"), ("--mode", "SIM")):
        assert run(["journal", "tail", "a.sqlite3", option, value]) == ExitCode.USAGE
        assert f"PATH a.sqlite3 and {option} both say which journal is meant" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["tail"], ["tail", "-f"], ["info"], ["export", "--format", "csv"]])
def test_without_a_journal_it_is_said_where_it_was_looked_for(
    home: "Home", capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """And what to do. None is made by looking."""
    home.loaded()
    assert run(["journal", *command]) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "there is no journal at state/sim/journal.sqlite3: `interlock run` begins one" in err
    assert run(["journal", *command, str(home.folder)]) == ExitCode.USAGE
    assert f"name the file in it, such as {home.folder}/journal.sqlite3" in capsys.readouterr().err
    assert not (home.folder / "state").exists()


class Followed:
    """A journal being written, and what is told of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite3"
        self.told: list[tuple[int, Record]] = []
        self.said: list[str] = []
        self.tail = Tail(self.path, lambda seq, record: self.told.append((seq, record)))
        self.bars = [Record(A_TIME, a_bar(str(close))) for close in range(1, 9)]

    def write(self, *records: Record) -> None:
        """As a run would."""
        journal = SqliteJournal(self.path)
        journal.append(records)
        journal.close()

    def begin_anew(self, *records: Record) -> None:
        """As a run would that was the first to come by."""
        self.path.unlink()
        self.write(*records)

    def follow(self, *before: Callable[[], object]) -> None:
        """Follow, doing one thing before each look."""
        self.tail.follow(Looks(*before), self.said.append)


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    """Nothing written yet."""
    tmp_path.chmod(0o700)
    return Followed(tmp_path)


def test_following_tells_each_record_once(followed: Followed) -> None:
    """In order, whatever came between two looks, and beside a writer that stays."""
    bars = followed.bars
    followed.write(*bars[:3])
    followed.tail.begin(2)
    writer = SqliteJournal(followed.path)
    followed.follow(
        lambda: writer.append(bars[3:5]),
        lambda: None,
        lambda: writer.append(bars[5:6]),
        lambda: writer.append(bars[6:]),
    )
    writer.close()
    assert followed.told == list(enumerate(bars))[1:]
    assert followed.said == []


def test_an_empty_journal_can_be_followed(followed: Followed) -> None:
    """From its first record on."""
    followed.write()
    followed.tail.begin(10)
    followed.follow(lambda: followed.write(*followed.bars))
    assert followed.told == list(enumerate(followed.bars))


def test_following_keeps_no_run_from_putting_the_journal_aside(followed: Followed) -> None:
    """The journal that is begun in its place is told from its first record on, and that it is another is said."""
    followed.write(*followed.bars[:5])
    followed.tail.begin(0)
    followed.follow(
        lambda: archive(followed.path),
        lambda: followed.path.touch(0o600),
        lambda: followed.begin_anew(*followed.bars[5:]),
    )
    assert followed.told == list(enumerate(followed.bars[5:]))
    assert followed.said == [f"{followed.path} was begun anew; the earlier journal was put aside"]


def test_following_goes_over_into_the_next_chapter(followed: Followed) -> None:
    """From its first record on, and it is not called a new beginning."""
    started = RunStarted(run_id="r", started_at=A_TIME, build="b", config_digest="d", configuration="{}", feed="f")
    state = initial_state(lookback=1)
    chapter = Chapter(number=3, archive="journal-1.sqlite3", seq=4, hash="00" * 32, state=state, started=started)
    first = Record(ts_init=A_TIME, observation=changed(opened(), chapter=chapter))
    followed.write(*followed.bars[:5])
    followed.tail.begin(0)
    followed.follow(lambda: archive(followed.path, lambda _: first))
    assert followed.told == [(0, first)]
    assert followed.said == [f"{followed.path} goes on in chapter 3; the earlier journal was put aside"]


def test_a_journal_that_stays_away_is_not_waited_for_without_end(followed: Followed) -> None:
    """A minute is no hiccup."""
    followed.write()
    followed.tail.begin(0)
    archive(followed.path)
    looks: list[int] = []
    with pytest.raises(ConfigurationError, match="there is no journal at"):
        followed.follow(*[lambda: looks.append(1)] * 1000)
    assert len(looks) == LOOKS_WITHOUT_MAX


def test_a_signal_ends_following(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word: that is how it is meant to end."""
    home.run(cycles=3)
    sleep_until = SystemClock.sleep_until

    def interrupted(self: SystemClock, until: float) -> bool:
        signal.raise_signal(signal.SIGINT)
        return sleep_until(self, until)

    monkeypatch.setattr(SystemClock, "sleep_until", interrupted)
    assert run(["journal", "tail", "--follow", "-n", "1"]) == ExitCode.DONE
    captured = capsys.readouterr()
    assert captured.out.endswith("the run stops: CYCLES_REACHED\n")
    assert captured.err == ""
