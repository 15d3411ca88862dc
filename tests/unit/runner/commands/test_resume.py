"""``interlock resume``: released by a person, once nothing stands in the way, in an order that is safe to cut short.

Here no run is on, or one that does not answer; runs that answer are processes of their own, in tests/system.
"""

import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.private_files import WriterLock
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.commands import Command, OperatorCommand
from interlock.core.observations import NotedObservation
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.records import CancelRequested, Record, ReleaseRefused, TradingStateChanged, TradingStateReleased
from interlock.core.risk.policy import RulePolicy
from interlock.core.trading_state import TradingState
from interlock.runner import resume_request
from interlock.runner.commands import beside
from interlock.runner.commands.alone import Books
from interlock.runner.commands.journal_recorded import NotHere
from interlock.runner.exit_codes import ExitCode
from interlock.runner.kill_switch import words_in
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

# The module: the package has the command by that name.
resume = importlib.import_module("interlock.runner.commands.resume")
WHY = ("--reason", "settled")
KEYS = ("exit_code", "released", "trading_state", "seq", "removed", "told")
PUT_THERE = "state/sim/HALT was put there"


def records(path: Path) -> list[Record]:
    """What the journal holds."""
    with JournalReader(path) as reader:
        return list(reader.read())


def resumed(capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    """What it answers as JSON."""
    capsys.readouterr()
    assert run(["resume", *WHY, "--json"]) == code
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert tuple(data) == KEYS
    assert (data["exit_code"], data["released"]) == (code, code == 0)
    return data


def trading(home: "Home") -> str:
    """What the journal adds up to."""
    return beside.read_beside(home.journal).state.trading_state.value


@pytest.fixture
def halted(home: "Home", capsys: pytest.CaptureFixture[str]) -> "Home":
    """A run that stopped, and was halted after that."""
    home.run(cycles=3)
    assert run(["halt", "--reason", "the feed lies"]) == 0
    capsys.readouterr()
    return home


def test_it_takes_the_files_away_and_releases(halted: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And says what they said, who asked, and that trading is ACTIVE."""
    assert run(["resume", *WHY]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("taken away: HALT (")
    assert first.endswith(": the feed lies)")
    assert second.startswith(f"record {len(records(halted.journal)) - 1}: ")
    assert "trading is released: OPERATOR_RESUME: " in second
    assert not halted.journal.with_name("HALT").exists()
    record = records(halted.journal)[-1]
    assert isinstance(record.observation, OperatorCommand)
    assert (record.observation.command, record.observation.reason) == (Command.RESUME, "settled")
    # The cancel that was asked for without a run is owed still.
    assert [type(event) for event in record.events] == [TradingStateReleased, CancelRequested]
    assert trading(halted) == "ACTIVE"
    assert run(["journal", "verify"]) == 0
    assert run(["status"]) == 0
    halted.run(cycles=3)
    assert trading(halted) == "ACTIVE"


def test_as_json_it_is_one_object(halted: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Its keys are always the same."""
    data = resumed(capsys)
    assert (data["trading_state"], data["seq"]) == ("ACTIVE", len(records(halted.journal)) - 1)
    assert len(data["removed"]) == 1


def test_where_nothing_is_restricted_nothing_is_recorded(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And that is fine."""
    home.run(cycles=3)
    before = records(home.journal)
    assert resumed(capsys)["told"] == ["trading is ACTIVE: there is nothing to release"]
    assert records(home.journal) == before


def test_before_any_run_it_takes_the_files_away(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else restricts a run that has yet to begin."""
    home.loaded()
    assert run(["reduce", *WHY]) == 0
    data = resumed(capsys)
    assert (len(data["removed"]), data["told"][-1]) == (1, "no run has begun here, so nothing is halted")
    assert list((home.folder / "state" / "sim").iterdir()) == []


def test_files_of_other_modes_stay_and_are_told(halted: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """A halt goes into the folder of each mode; a release is of the one that is meant."""
    live, paper = (halted.folder / "state" / name for name in ("live", "paper"))
    for folder in (live, paper):
        folder.mkdir()
    (live / "HALT").touch()
    data = resumed(capsys)
    assert trading(halted) == "ACTIVE"
    assert (live / "HALT").exists()
    assert data["told"][-1] == (
        "state/live: the kill switch is on there too (HALT), and stays: `interlock resume` releases one mode "
        "at a time, so ask for LIVE"
    )
    assert not [line for line in data["told"] if "state/paper" in line]


def test_a_file_that_is_in_no_journal_yet_is_kept_before_it_is_taken_away(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """No halt goes by without a record of it, and of its release."""
    home.run(cycles=3)
    home.journal.with_name("REDUCE").touch()
    resumed(capsys)
    changed, released = (
        event
        for record in records(home.journal)[-2:]
        for event in record.events
        if event.kind in ("TradingStateChanged", "TradingStateReleased")
    )
    assert isinstance(changed, TradingStateChanged)
    assert (changed.state, changed.code) == (TradingState.REDUCING, Reason.KILL_SWITCH)
    assert isinstance(released, TradingStateReleased)


def test_a_file_that_cannot_be_taken_away_stands(halted: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """It is said which; the latch stays, and nothing is recorded."""
    place = halted.journal.with_name("REDUCE")
    place.mkdir()
    (place / "mine").touch()
    before = records(halted.journal)
    data = resumed(capsys, ExitCode.REFUSED)
    assert data["told"][-1] == "not released: state/sim/REDUCE cannot be removed: directory not empty"
    assert not halted.journal.with_name("HALT").exists()
    assert records(halted.journal) == before
    assert trading(halted) == "HALTED"


@pytest.mark.parametrize(
    ("halt_first", "code", "left"), [("halt", ExitCode.DONE, "REDUCING"), ("reduce", ExitCode.REFUSED, "REDUCING")]
)
def test_as_far_as_a_cause_stands_it_is_not_released(
    home: "Home",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    halt_first: str,
    code: ExitCode,
    left: str,
) -> None:
    """A halt goes to what the cause allows; where that is what trading is already, it is refused and says which."""
    home.run(cycles=3)
    assert run([halt_first, *WHY]) == 0
    loss = TradingStateChanged(state=TradingState.REDUCING, code=Reason.DAILY_LOSS_EXCEEDED)
    monkeypatch.setattr(RulePolicy, "standing", lambda *_: (Breach(rule="daily_loss", event=loss),))
    data = resumed(capsys, code)
    assert data["trading_state"] == left == trading(home)
    assert "DAILY_LOSS_EXCEEDED" in data["told"][-1]
    events = records(home.journal)[-1].events
    kinds = [type(event) for event in events if not isinstance(event, CancelRequested)]
    assert kinds == ([TradingStateReleased, TradingStateChanged] if code is ExitCode.DONE else [ReleaseRefused])


def test_without_the_rules_of_the_last_run_nobody_can_say(
    halted: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is touched then, not even the files."""

    def gone(_: object) -> None:
        raise NotHere("the plugin is gone")

    monkeypatch.setattr("interlock.runner.commands.resume.recorded", gone)
    assert run(["resume", *WHY]) == ExitCode.REFUSED
    assert "nobody can say here whether the cause still stands" in capsys.readouterr().err
    assert halted.journal.with_name("HALT").exists()
    assert trading(halted) == "HALTED"


@pytest.mark.parametrize("changes", [{"account": "another"}, {"mode": "PAPER"}])
def test_another_account_or_mode_releases_nothing(
    halted: "Home", capsys: pytest.CaptureFixture[str], changes: dict[str, str]
) -> None:
    """It is refused with what differs; another mode has a folder of its own, where nothing is halted."""
    halted.loaded(**changes)
    code = run(["resume", *WHY])
    assert code == (ExitCode.REFUSED if "account" in changes else ExitCode.DONE)
    assert halted.journal.with_name("HALT").exists()
    assert trading(halted) == "HALTED"


def test_a_journal_that_was_moved_in_from_another_mode_releases_nothing(
    halted: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder says one thing, and the journal another."""
    (halted.folder / "state" / "sim").rename(halted.folder / "state" / "paper")
    halted.loaded(mode="PAPER")
    assert run(["resume", *WHY]) == ExitCode.REFUSED
    assert "is a journal of SIM for account demo" in capsys.readouterr().err
    assert (halted.folder / "state" / "paper" / "HALT").exists()


def test_a_reason_is_asked_for(halted: "Home") -> None:
    """It goes on record."""
    assert run(["resume", "--reason", " "]) == ExitCode.USAGE
    assert halted.journal.with_name("HALT").exists()


def test_a_broken_journal_releases_nothing(halted: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The file stays: it is all that halts."""
    halted.journal.with_name("journal.sqlite3.head").write_bytes(b"x" * 1024)
    assert run(["resume", *WHY]) == ExitCode.JOURNAL
    assert halted.journal.with_name("HALT").exists()


# ------------------------------------------------------------------------------- halted after the person had looked


def later(monkeypatch: pytest.MonkeyPatch, name: str, do: Callable[[], object]) -> None:
    """Right before ``name`` is called, which is after the first look, somebody else does this."""
    real = getattr(resume, name)

    def called(*given: Any, **named: Any) -> Any:
        do()
        return real(*given, **named)

    monkeypatch.setattr(resume, name, called)


def halt() -> None:
    """Another person."""
    assert run(["halt", "--reason", "stop!"]) == 0


def test_a_halt_that_came_after_the_look_is_never_released(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trading was ACTIVE when the person looked: there was nothing that they could have meant."""
    home.run(cycles=3)
    later(monkeypatch, "in_the_books", halt)
    data = resumed(capsys, ExitCode.REFUSED)
    assert data["told"] == ["not released: state/sim/HALT was put there after you had looked"]
    assert (data["removed"], data["trading_state"]) == ([], "HALTED")
    assert home.journal.with_name("HALT").exists()
    assert trading(home) == "HALTED"


def test_a_file_that_came_after_the_look_is_left_to_whoever_put_it(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand, and in no journal yet: nothing is recorded."""
    home.run(cycles=3)
    before = records(home.journal)
    later(monkeypatch, "in_the_books", home.journal.with_name("HALT").touch)
    resumed(capsys, ExitCode.REFUSED)
    assert home.journal.with_name("HALT").exists()
    assert records(home.journal) == before


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_halt_that_is_meant_once_more_stands(
    halted: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    """The file that was seen is there still, or gone: somebody halted again, after the look."""
    place = halted.journal.with_name("HALT")

    def again() -> None:
        halt()
        if by_hand:
            place.unlink()

    later(monkeypatch, "in_the_books", again)
    data = resumed(capsys, ExitCode.REFUSED)
    said, who = ("trading was restricted anew (OPERATOR_HALT)", "whoever asks") if by_hand else (PUT_THERE, "you")
    assert data["told"] == [f"not released: {said} after {who} had looked"]
    assert place.exists() is not by_hand
    assert trading(halted) == "HALTED"


def test_the_latch_of_a_file_that_was_seen_is_no_news(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run took it after the look, and ended."""
    home.run(cycles=3)
    place = home.journal.with_name("HALT")
    place.touch()

    def latched() -> None:
        home.run(cycles=3)

    later(monkeypatch, "in_the_books", latched)
    resumed(capsys)
    assert (trading(home), place.exists()) == ("ACTIVE", False)


def test_beside_a_run_a_file_that_came_after_the_look_stays(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is asked of the run."""
    lock = WriterLock(home.run(cycles=3))
    place = home.journal.with_name("HALT")
    later(monkeypatch, "read_beside", place.touch)
    data = resumed(capsys, ExitCode.REFUSED)
    assert data["told"] == ["not released: state/sim/HALT was put there after you had looked"]
    assert place.exists()
    assert not home.journal.with_name("RESUME").exists()
    lock.release()


@pytest.mark.parametrize("has_run", [True, False])
def test_a_halt_that_came_while_the_command_was_starting_stays(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, has_run: bool
) -> None:
    """Its file is there at the first look, and its person has asked already: they cannot have seen it."""
    home.loaded()
    if has_run:
        home.run(cycles=3)
    capsys.readouterr()

    def halts() -> None:
        # The clock of a disk is behind by some milliseconds.
        asked, place = time.time_ns(), home.folder / "state" / "sim" / "HALT"
        halt()
        while place.lstat().st_ctime_ns <= asked:
            place.touch()

    later(monkeypatch, "load", halts)
    data = resumed(capsys, ExitCode.REFUSED)
    assert data["told"] == ["not released: state/sim/HALT was put there after you had looked"]
    assert (home.folder / "state" / "sim" / "HALT").exists()
    assert not has_run or trading(home) == "HALTED"


def test_before_any_run_a_file_that_came_after_the_look_stays(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is all that restricts a run that has yet to begin."""
    home.loaded()
    later(monkeypatch, "remove", halt)
    resumed(capsys, ExitCode.REFUSED)
    assert home.journal.with_name("HALT").exists()


# ---------------------------------------------------------------------------------- cut short on the way


class Cut(Exception):
    """Here the process died."""


def cut(*_: object) -> Any:
    """Die."""
    raise Cut


def before_the_latch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Books, "note", cut)


def before_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.runner.commands.resume.remove", cut)


def between_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    real, gone = words_in, list[Path]()

    def second(place: Path) -> str:
        if gone:
            raise Cut
        gone.append(place)
        return real(place)

    monkeypatch.setattr("interlock.runner.kill_switch_files.words_in", second)


def before_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Books.note

    def note(books: Books, observation: NotedObservation) -> tuple[int, Record]:
        if isinstance(observation, OperatorCommand):
            raise Cut
        return real(books, observation)

    monkeypatch.setattr(Books, "note", note)


@pytest.mark.parametrize("where", [before_the_latch, before_the_files, between_the_files, before_the_release])
@pytest.mark.parametrize("latched", [True, False])
def test_cut_short_anywhere_trading_stays_halted(
    home: "Home",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    where: Callable[[pytest.MonkeyPatch], None],
    latched: bool,
) -> None:
    """By the file or by the latch, one of which is always there; and the next one releases."""
    home.run(cycles=3)
    if latched:
        assert run(["halt", *WHY]) == 0
    for name in ("HALT", "REDUCE"):
        home.journal.with_name(name).touch()
    with monkeypatch.context() as patched:
        where(patched)
        assert run(["resume", *WHY]) == ExitCode.INTERNAL
    assert home.journal.with_name("HALT").exists() or trading(home) == "HALTED"
    home.run(cycles=3)
    assert trading(home) == "HALTED"
    assert not [record for record in records(home.journal) if record.kind == "OperatorCommand"][latched:]
    resumed(capsys)
    assert trading(home) == "ACTIVE"


# --------------------------------------------------------------------------- beside a run that does not answer


@pytest.fixture
def silent(halted: "Home", monkeypatch: pytest.MonkeyPatch) -> Any:
    """A run holds the journal, and does nothing."""
    monkeypatch.setattr(beside.answer_of, "__defaults__", (0.0,))
    monkeypatch.setattr("interlock.runner.commands.resume.ANSWER_SECONDS", 0.0)
    lock = WriterLock(halted.journal)
    yield halted
    lock.release()


def test_a_run_that_does_not_answer_is_told_and_the_request_taken_back(
    silent: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is released later, when nobody thinks of it any more."""
    data = resumed(capsys, ExitCode.FINDING)
    assert "did not answer" in data["told"][-1]
    assert "the request was taken back" in data["told"][-1]
    assert not silent.journal.with_name("RESUME").exists()
    assert trading(silent) == "HALTED"


def test_the_request_says_what_was_seen(
    silent: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why trading was restricted, and the last record at the first look."""
    asked: list[resume_request.Request] = []

    def put(folder: Path, request: resume_request.Request) -> None:
        asked.append(request)
        resume_request.put(folder, request)

    monkeypatch.setattr(resume, "put", put)
    resumed(capsys, ExitCode.FINDING)
    (request,) = asked
    assert (request.seen_code, request.seen_seq) == (Reason.OPERATOR_HALT, len(records(silent.journal)) - 1)


def test_a_file_that_the_run_has_not_taken_yet_stays(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken away now it would never have halted anything, and nobody could read of it."""
    monkeypatch.setattr(beside.answer_of, "__defaults__", (0.0,))
    lock = WriterLock(home.run(cycles=3))
    home.journal.with_name("HALT").touch()
    data = resumed(capsys, ExitCode.FINDING)
    assert "has not taken HALT yet" in data["told"][-1]
    assert home.journal.with_name("HALT").exists()
    lock.release()


def test_a_run_that_is_active_is_asked_nothing(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to release."""
    lock = WriterLock(home.run(cycles=3))
    assert resumed(capsys)["told"] == ["trading is ACTIVE: there is nothing to release"]
    lock.release()


def test_beside_a_run_a_file_that_cannot_be_taken_away_stands(
    silent: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is asked of the run."""
    place = silent.journal.with_name("HALT")
    place.unlink()
    place.mkdir()
    (place / "mine").touch()
    data = resumed(capsys, ExitCode.REFUSED)
    assert data["told"][-1].endswith("HALT cannot be removed: directory not empty")
    assert not silent.journal.with_name("RESUME").exists()


def test_of_two_that_ask_the_second_is_told(silent: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The first one's request is left as it is."""
    place = silent.journal.with_name("RESUME")
    place.write_text("the first")
    assert "somebody asks already" in resumed(capsys, ExitCode.REFUSED)["told"][-1]
    assert place.read_text() == "the first"


def test_a_request_that_cannot_be_put_is_told(
    silent: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk, say."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fail)
    data = resumed(capsys, ExitCode.REFUSED)
    assert "could not be put into state/sim: no space left on device" in data["told"][-1]
