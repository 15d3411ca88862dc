"""``interlock halt`` and ``reduce``, where no run is on: the file stands, whatever else is broken."""

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.adapters.journal.private_files import WriterLock
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.commands import Command, OperatorCommand
from interlock.core.reasons import Reason
from interlock.core.records import CancelRequested, Record, TradingStateChanged
from interlock.core.trading_state import TradingState
from interlock.runner import kill_switch_files
from interlock.runner.commands.journal_recorded import NotHere
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

WHY = ("--reason", "the feed lies")


def records(path: Path) -> list[Record]:
    """What the journal holds."""
    with JournalReader(path) as reader:
        return list(reader.read())


def says(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    """What a command says on stdout."""
    capsys.readouterr()
    assert run(list(args)) == code
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "name", "state"), [("halt", "HALT", TradingState.HALTED), ("reduce", "REDUCE", TradingState.REDUCING)]
)
def test_where_no_run_is_on_it_is_put_and_kept(
    home: "Home", capsys: pytest.CaptureFixture[str], command: str, name: str, state: TradingState
) -> None:
    """The latch is in the journal at once, with who and why; what the next run calls back is on record, too."""
    home.run(cycles=3)
    before = len(records(home.journal))
    said = says(capsys, command, *WHY)
    place = home.journal.with_name(name)
    assert place.read_text().endswith(": the feed lies\n")
    record = records(home.journal)[-1]
    assert isinstance(record.observation, OperatorCommand)
    assert record.observation.command is Command(name)
    assert record.observation.reason == "the feed lies"
    assert "@" in record.observation.by
    changed, called_back = record.events
    assert isinstance(changed, TradingStateChanged)
    assert (changed.state, changed.code) == (state, f"OPERATOR_{name}")
    assert isinstance(called_back, CancelRequested)
    assert said.splitlines()[0].startswith(f"state/sim/{name} is there: no order")
    assert said.splitlines()[1] == (
        f"no run is on: record {before} keeps that trading is {state}; orders that the next run calls back: 1"
    )
    assert run(["journal", "verify"]) == 0


def test_as_json_it_is_one_object(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """With the same keys, whatever happened."""
    home.run(cycles=3)
    data = json.loads(says(capsys, "halt", *WHY, "--json"))
    assert tuple(data) == ("command", "by", "notes", "places")
    (place,) = data["places"]
    assert tuple(place) == ("file", "placed", "seq", "trading_state", "told")
    assert (place["file"], place["placed"], place["trading_state"]) == ("state/sim/HALT", True, "HALTED")
    assert place["seq"] == len(records(home.journal)) - 1


def test_before_any_run_the_file_is_enough(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The run that begins there is halted before it decides anything."""
    home.loaded()
    assert "no run has ever been on here" in says(capsys, "halt", *WHY)
    home.run(cycles=9)
    kinds = [record.kind for record in records(home.journal)]
    assert kinds[:4] == ["JournalOpened", "RunStarted", "KillSwitchSeen", "VenueReconciled"]
    decisions = [record.decision for record in records(home.journal) if record.decision is not None]
    assert not [decision for decision in decisions if decision.outcome == "APPROVED"]
    assert f"trading is HALTED: {Reason.KILL_SWITCH}" in (home.folder / "told").read_text()


def test_a_run_that_goes_on_from_a_latch_says_what_to_do(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And is halted, file or no file."""
    home.run(cycles=3)
    says(capsys, "halt", *WHY)
    home.journal.with_name("HALT").unlink()
    home.run(cycles=3)
    told = (home.folder / "told").read_text()
    assert "trading is HALTED: OPERATOR_HALT: " in told
    assert "`interlock resume --reason TEXT`" in told
    assert not [record for record in records(home.journal) if record.kind == "KillSwitchSeen"]


def test_twice_is_fine(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Both words are on record."""
    home.run(cycles=3)
    says(capsys, "reduce", *WHY)
    assert "state/sim/REDUCE was there already" in says(capsys, "reduce", *WHY)
    assert [record.kind for record in records(home.journal)[-2:]] == ["OperatorCommand"] * 2


@pytest.mark.parametrize("words", ["", "  ", "\n"])
def test_a_reason_is_asked_for(home: "Home", words: str) -> None:
    """Whoever finds it has to know."""
    home.loaded()
    assert run(["halt", "--reason", words]) == ExitCode.USAGE
    assert run(["halt"]) == ExitCode.USAGE


def test_a_reason_is_kept_on_one_line(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Short, and without anything that a terminal would obey."""
    home.run(cycles=3)
    says(capsys, "halt", "--reason", "a\nb\x1b[2J" + "x" * 1_000 + os.fsdecode(b"\xff"))
    record = records(home.journal)[-1]
    assert isinstance(record.observation, OperatorCommand)
    assert record.observation.reason.startswith("a\\nb\\x1b[2Jxxx")
    assert len(record.observation.reason) <= 301


# ------------------------------------------------------------------------------------ in the folders of other modes


@pytest.mark.parametrize(("command", "name"), [("halt", "HALT"), ("reduce", "REDUCE")])
def test_a_lowered_mode_aims_no_halt_away_from_live(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, name: str
) -> None:
    """A variable says PAPER while a run in LIVE is on: the file stands in both, and each is told."""
    home.loaded()
    live = home.folder / "state" / "live"
    live.mkdir(parents=True)
    monkeypatch.setenv("INTERLOCK_MODE", "PAPER")
    said = says(capsys, command, *WHY, code=0).splitlines()
    assert (live / name).read_text().endswith(": the feed lies\n")
    assert (live.parent / "paper" / name).exists()
    assert not (live.parent / "sim").exists()
    assert [line.split(" ", 1)[0] for line in said[::2]] == [f"state/paper/{name}", f"state/live/{name}"]
    assert said[3] == "another mode, where no run is on: one that begins is restricted from its start"


def test_in_another_mode_only_the_run_that_is_on_notes_it(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none is on its journal stays as it is; where one is, it is waited for, and named."""
    monkeypatch.setattr("interlock.runner.commands.beside.answer_of.__defaults__", (0.0,))
    before = records(home.run(cycles=3))
    (home.folder / "state" / "paper").mkdir()
    (place,) = json.loads(says(capsys, "halt", *WHY, "--mode", "PAPER", "--json"))["places"][1:]
    assert (place["file"], place["placed"], place["seq"]) == ("state/sim/HALT", True, None)
    assert records(home.journal) == before
    lock = WriterLock(home.journal)
    said = says(capsys, "halt", *WHY, "--mode", "PAPER")
    assert f"the run of process {os.getpid()} on " in said
    assert "has not said within 5 s that it has seen it" in said
    lock.release()


def test_where_another_mode_cannot_be_told_the_file_stands(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And whatever is odd there keeps nobody from being halted here."""
    linked(home.run(cycles=3))
    said = says(capsys, "halt", *WHY, "--mode", "PAPER")
    assert home.journal.with_name("HALT").exists()
    assert (home.folder / "state" / "paper" / "HALT").exists()
    assert "the journal could not be used, so only the file tells of it: " in said


def test_a_file_that_cannot_be_put_into_another_mode_is_exit_5(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """A run in LIVE may be on there."""
    home.loaded()
    live = home.folder / "state" / "live"
    live.mkdir(parents=True)
    real = kill_switch_files._put

    def fail(place: Path, words: str) -> kill_switch_files.Put:
        if place.parent.name == "live":
            raise OSError(30, "Read-only file system")
        return real(place, words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kill_switch_files, "_put", fail)
        assert run(["halt", *WHY]) == ExitCode.JOURNAL
    told = capsys.readouterr()
    assert "state/live/HALT could NOT be put there (read-only file system)" in told.err
    assert "state/sim/HALT is there" in told.out


# ------------------------------------------------------------------------------------ when things are broken


def broken(journal: Path) -> None:
    """Somebody's hand was in it."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("UPDATE records SET hash = 'ab' WHERE seq = 4")
        connection.execute("DELETE FROM snapshots")


def linked(journal: Path) -> None:
    """The lock leads elsewhere."""
    lock = journal.with_name("journal.sqlite3.lock")
    lock.unlink()
    lock.symlink_to("x")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a record that was changed": broken,
    "no journal at all": lambda journal: journal.write_bytes(b"Dear journal"),
    "a head file that is damaged": lambda journal: journal.with_name("journal.sqlite3.head").write_bytes(b"x" * 1024),
    "a journal that others may read": lambda journal: journal.chmod(0o644),
    "a lock that is a link": linked,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_with_a_broken_journal_the_file_stands(
    home: "Home", capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object]
) -> None:
    """It is said that only the file tells of it, and that is no failure."""
    damage(home.run(cycles=3))
    said = says(capsys, "halt", *WHY)
    assert "the journal could not be used, so only the file tells of it: " in said
    assert home.journal.with_name("HALT").exists()


def test_with_a_locked_journal_the_file_stands(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that does not answer is named, and waited for no longer than a moment."""
    monkeypatch.setattr("interlock.runner.commands.beside.answer_of.__defaults__", (0.0,))
    lock = WriterLock(home.run(cycles=3))
    said = says(capsys, "halt", *WHY)
    assert f"the run of process {os.getpid()} on " in said
    assert "has not said within 5 s that it has seen it: look with `interlock status`" in said
    assert "The file stands, so nothing that it stops leaves; what works at the venue may work on." in said
    assert "stop it (the watchdog ends a run that hangs after [loop] watchdog_seconds)" in said
    assert said.rstrip().endswith("and cancel at the venue")
    assert "working orders are called back once a run sees it" in said
    assert home.journal.with_name("HALT").exists()
    lock.release()


def test_a_run_that_is_halted_already_is_told_as_that(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is waited for."""
    home.run(cycles=3)
    says(capsys, "halt", *WHY)
    lock = WriterLock(home.journal)
    assert "is HALTED (OPERATOR_HALT)" in says(capsys, "reduce", *WHY)
    lock.release()


def test_with_a_broken_configuration_the_file_stands(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And the latch is kept: what the last run was made with is in its journal."""
    home.run(cycles=3)
    file = home.folder / "interlock.toml"
    file.write_text(file.read_text() + "\n[nonsense\n")
    assert "is no TOML" in says(capsys, "halt", *WHY)
    assert home.journal.with_name("HALT").exists()
    assert records(home.journal)[-1].kind == "OperatorCommand"


def test_what_the_run_was_made_with_need_not_be_here(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To restrict, no rule is asked."""
    home.run(cycles=3)

    def gone(_: object) -> None:
        raise NotHere("the plugin is gone")

    monkeypatch.setattr("interlock.runner.commands.status_facts.recorded", gone)
    assert "keeps that trading is HALTED" in says(capsys, "halt", *WHY)


def test_a_file_that_cannot_be_put_is_exit_5(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loudly, and with what to do instead."""
    home.loaded()
    home.folder.joinpath("state").touch()
    assert run(["halt", *WHY]) == ExitCode.JOURNAL
    assert "could NOT be put there" in capsys.readouterr().err


def test_where_the_file_cannot_be_put_the_latch_is_enough(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on record, so trading is halted; and it is said that the file is not there."""
    home.run(cycles=3)

    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(kill_switch_files, "_put", fail)
    said = says(capsys, "halt", *WHY)
    assert "could NOT be put there (read-only file system)" in said
    assert "keeps that trading is HALTED" in said


def test_an_answer_that_cannot_be_written_stands_in_no_ones_way(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk behind stdout: file and latch come first, and only the answer is lost."""
    home.run(cycles=3)
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(["halt", *WHY]) == ExitCode.ANSWER_LOST
    assert home.journal.with_name("HALT").exists()
    assert records(home.journal)[-1].kind == "OperatorCommand"


def test_status_and_check_show_it(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """File and latch, each with what to do."""
    home.loaded()
    assert run(["run", "--cycles", "3"]) == 0
    place = home.journal.with_name("HALT")
    place.touch()
    said = says(capsys, "status", code=1)
    assert "NOT healthy: the kill switch is on (HALT); what to do: Find out who set it" in said
    assert "kill switch:   HALT\n" in said
    said = says(capsys, "check", code=1)
    assert "problem kill switch: the kill switch is on (HALT): a run would be HALTED" in said
    place.unlink()
    says(capsys, "halt", *WHY)
    place.unlink()
    said = says(capsys, "status", code=1)
    assert "not running, and trading is HALTED: OPERATOR_HALT" in said
    assert "kill switch:" not in said
    assert "problem trading: trading is HALTED: OPERATOR_HALT" in says(capsys, "check", code=1)


def test_status_of_a_broken_journal_says_both(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The kill switch hides nothing."""
    broken(home.run(cycles=3))
    home.journal.with_name("REDUCE").touch()
    said = says(capsys, "status", code=1)
    assert "it was changed" in said
    assert "the kill switch is on (REDUCE)" in said
