"""What led to a record, and what it led to: halts, releases, quarantines, working orders, the end of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.codec import decode
from interlock.core.decision import Decision
from interlock.core.observations import RunStarted
from interlock.core.records import EntriesQuarantined, Record, TradingStateReleased
from interlock.core.strategies.moving_average_cross import MovingAverageCross
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.commands.journal_recorded import Recorded, recorded
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

Say = pytest.CaptureFixture[str]
JUMP = '[risk.price_jump]\nlimit = "0.2"\n'


def _records(home: "Home") -> list[Record]:
    return [decode(kind, body.encode()) for _, kind, body in home.rows()]


def _seqs(home: "Home", is_so: Callable[[Record], bool]) -> list[int]:
    return [seq for seq, record in enumerate(_records(home)) if is_so(record)]


def _codes(record: Record) -> set[str]:
    decision: Decision | None = record.decision
    return {str(finding.code) for finding in decision.findings if finding.denies} if decision is not None else set()


def _facts(capsys: Say, seq: int) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["explain", str(seq), "--json"]) == ExitCode.DONE
    sections = json.loads(capsys.readouterr().out)["sections"]
    return {key: section["facts"] for key, section in sections.items() if section is not None}


def _causes(capsys: Say, seq: int) -> list[int]:
    return [each["seq"] for each in _facts(capsys, seq)["chain"]["causes"]]


def test_a_halt_leads_to_denials_and_to_its_release(home: "Home", capsys: Say) -> None:
    """Each denial names the record that halted; the halt names its release, and the release the halt."""
    home.run(cycles=20)
    assert run(["halt", "--reason", "the fills look wrong"]) == ExitCode.DONE
    halt = len(home.rows()) - 1
    home.run(cycles=30)
    assert run(["resume", "--reason", "they are ours"]) == ExitCode.DONE
    (release,) = _seqs(home, lambda record: any(isinstance(each, TradingStateReleased) for each in record.events))
    denied = _seqs(home, lambda record: "TRADING_HALTED" in _codes(record))
    assert denied
    assert {tuple(_causes(capsys, seq)) for seq in denied} == {(halt,)}
    assert _causes(capsys, release) == [halt]
    told = _facts(capsys, halt)
    assert release in [each["seq"] for each in told["followed"]["records"]]
    assert told["followed"]["ended"] is True
    assert told["books"]["settled"]["trading_state"] == "ACTIVE"


def test_a_halt_that_nobody_released_is_left_open(home: "Home", capsys: Say) -> None:
    """The journal ends with it."""
    home.run(cycles=20)
    assert run(["halt", "--reason", "the fills look wrong"]) == ExitCode.DONE
    told = _facts(capsys, len(home.rows()) - 1)
    assert told["followed"]["ended"] is False
    assert told["happened"]["events"][0] == "TradingStateChanged"


def test_a_denial_in_quarantine_names_the_jump(home: "Home", capsys: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which may have been bars ago."""
    prices = ["103", "102", "101", "100", "150", "151", "153", "155"]
    home.feed = [a_bar(price, at=A_TIME + place * A_MINUTE) for place, price in enumerate(prices)]
    file = home.folder / "interlock.toml"
    written = home.loaded
    monkeypatch.setattr(home, "loaded", lambda **more: _with(file, written, more))
    home.run(quantity="1")
    (jump,) = _seqs(home, lambda record: any(isinstance(each, EntriesQuarantined) for each in record.events))
    denied = [seq for seq in _seqs(home, lambda record: "QUARANTINED" in _codes(record)) if seq != jump]
    assert denied
    assert {tuple(_causes(capsys, seq)) for seq in denied} == {(jump,)}


def _with(file: Path, written: Callable[..., Any], more: dict[str, str]) -> Any:
    from interlock.runner.config import load

    written(**more)
    file.write_text(file.read_text() + JUMP)
    return load(file, {}, None)


def test_the_end_of_a_run_goes_back_to_its_start(home: "Home", capsys: Say) -> None:
    """Of that run, not of the first."""
    home.run(cycles=5)
    home.run(cycles=5)
    starts = _seqs(home, lambda record: record.kind == "RunStarted")
    stops = _seqs(home, lambda record: record.kind == "RunStopped")
    assert [_causes(capsys, seq) for seq in stops] == [[start] for start in starts]


def test_waiting_for_an_order_names_the_order(home: "Home", capsys: Say) -> None:
    """The strategy wished for nothing, because one works; of little volume a bar fills little."""
    home.feed = [a_bar(str(100 + place), volume="20", at=A_TIME + place * A_MINUTE) for place in range(12)]
    home.run()
    waits = _seqs(home, lambda record: record.decision is not None and record.decision.code == "ORDER_WORKING")
    made = _seqs(home, lambda record: any(event.kind == "OrderSubmitted" for event in record.events))
    assert waits
    assert {tuple(_causes(capsys, seq)) for seq in waits} == {(made[0],)}


def test_a_fold_that_raises_is_what_follows(home: "Home", capsys: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strategy of another version raises where it may not: told from the record, and that this does not follow."""
    home.run(cycles=20)
    monkeypatch.setattr("interlock.core.taking.decide", _raises)
    capsys.readouterr()
    assert run(["explain", "--last", "--json"]) == ExitCode.FINDING
    facts = json.loads(capsys.readouterr().out)["sections"]["checked"]["facts"]
    assert facts["what"] == "the fold"
    assert facts["derived"].startswith("ZeroDivisionError at ")


def _raises(*_: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("error", [ValueError, KeyError])
def test_a_plugin_that_cannot_say_how_far_it_looks_back_is_not_here(
    home: "Home", capsys: Say, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Whatever it raises: the story is told from the record."""
    home.run(cycles=20)

    def lookback(_: object) -> int:
        raise error

    monkeypatch.setattr(MovingAverageCross, "lookback", property(lookback))
    capsys.readouterr()
    assert run(["explain", "--last"]) == ExitCode.DONE
    told = " ".join(capsys.readouterr().out.split())
    assert f"the recorded configuration cannot be used here: {error.__name__}. It is told as it was recorded." in told


def test_before_the_first_run_nobody_decided(home: "Home", capsys: Say) -> None:
    """A journal that was put together without one: told, and not made once more."""
    home.run(cycles=5)
    home.rewrite([(seq, kind, body) for seq, (_, kind, body) in enumerate(row for row in home.rows() if row[0] != 1)])
    capsys.readouterr()
    for seq in (0, 1):
        assert run(["explain", str(seq)]) == ExitCode.DONE
        assert "it is no run's, for before it no run begins" in " ".join(capsys.readouterr().out.split())


def test_a_configuration_is_read_once_a_journal(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of its records are asked."""
    home.run(cycles=20)
    read: list[Recorded] = []

    def counted(started: RunStarted) -> Recorded:
        read.append(recorded(started))
        return read[-1]

    monkeypatch.setattr("interlock.runner.asking.recordings.recorded", counted)
    with AskedJournal(home.journal) as journal:
        for seq in range(journal.last_seq + 1):
            journal.moment(seq)
    assert len(read) == 1
