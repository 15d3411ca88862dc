"""Where records go after the journal: each is told once, at its level, with its numbers."""

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from interlock.core.commands import KillSwitchSeen
from interlock.core.decision import Decision, NoAction, Outcome
from interlock.core.faults import Fault
from interlock.core.market import RefusedRow
from interlock.core.observations import CycleOverran, FaultObserved, RunStarted, RunStopped, StopReason
from interlock.core.reasons import REASONS, Reason
from interlock.core.records import FaultRaised, Record, TradingStateChanged
from interlock.core.state import initial_state
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.runner.domain_clock import NO_BAR_AT
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator
from interlock.runner.reporter import Reporter
from interlock.runner.tally import Tally
from interlock.testing.builders import A_TIME, a_bar, an_instrument

IDLE = Record(A_TIME, a_bar(), Decision(Outcome.NO_ACTION, "TEST.IDLE", NoAction(code="TEST.IDLE")))
FAULT = Fault(
    where="strategy", error="ValueError", place="mine.py:7 propose", trace="decide.py:1 x > mine.py:7 propose"
)


class Told:
    """A reporter, and what it wrote."""

    def __init__(self, folder: Path, *, verbose: bool = False) -> None:
        state = initial_state(lookback=1)
        state.instrument = an_instrument()
        self.path = folder / "interlock.log"
        self.console = io.StringIO()
        self.log = EventLog(self.path, run_id="r1", verbose=verbose, lost=lambda _: None)
        self.reporter = Reporter(
            tally=Tally(),
            log=self.log,
            narrator=Narrator(Console(file=self.console, width=500), verbose=verbose),
            view=MarketView(state, A_TIME),
            verbose=verbose,
            seq=9,
        )

    def lines(self, *records: Record) -> list[dict[str, Any]]:
        """Tell these as one batch; what the log says then."""
        self.reporter.records(records)
        self.log.close()
        return [json.loads(line) for line in self.path.read_text().splitlines()]


@pytest.mark.parametrize("verbose", [False, True])
def test_a_bar_with_nothing_to_do_about_it_is_counted_and_not_told(tmp_path: Path, verbose: bool) -> None:
    """Unless somebody asked for every decision."""
    told = Told(tmp_path, verbose=verbose)
    lines = told.lines(IDLE, IDLE)
    assert told.reporter.tally.bars == 2
    assert told.reporter.seq == 11
    assert len(lines) == (2 if verbose else 0)
    assert told.console.getvalue().count("\n") == (2 if verbose else 0)


# Records as no run makes them: each with no more than what its level is about.
@pytest.mark.other_lines
@pytest.mark.parametrize(
    ("record", "level"),
    [
        (Record(A_TIME, CycleOverran(missed=2)), logging.WARNING),
        (Record(A_TIME, RefusedRow(source="a.csv", line=3, field="open", value="x", rule="a number")), logging.WARNING),
        (Record(A_TIME, FaultObserved(fault=FAULT)), logging.ERROR),
        (Record(A_TIME, RunStopped(run_id="r1", stopped_at=A_TIME, reason=StopReason.SIGNAL)), logging.INFO),
        (Record(A_TIME, a_bar(), None, (TradingStateChanged(state=TradingState.REDUCING, code="X"),)), logging.ERROR),
        (Record(A_TIME, a_bar(), None, (TradingStateChanged(state=TradingState.HALTED, code="X"),)), logging.CRITICAL),
        (Record(A_TIME, a_bar(), Decision(Outcome.ERROR, "X")), logging.WARNING),
    ],
)
def test_a_record_is_logged_at_the_level_of_what_happened(tmp_path: Path, record: Record, level: int) -> None:
    """A halt is critical, a fault an error, and what was left out or refused a warning."""
    (line,) = Told(tmp_path).lines(record)
    assert line["level"] == logging.getLevelName(level)
    assert (line["event"], line["seq"], line["cycle"], line["instrument"]) == (record.kind, 10, 1, "TEST")


@pytest.mark.other_lines
def test_a_fault_has_its_places_in_the_log(tmp_path: Path) -> None:
    """Wherever in the record it stands."""
    raised = Record(A_TIME, a_bar(), Decision(Outcome.ERROR, "X"), (FaultRaised(fault=FAULT),))
    lines = Told(tmp_path).lines(Record(A_TIME, FaultObserved(fault=FAULT)), raised)
    assert [line["data"]["trace"] for line in lines] == [[FAULT.trace]] * 2


def test_a_start_says_what_runs_on_what_and_a_stop_says_why(tmp_path: Path) -> None:
    """Without a look into the journal."""
    started = RunStarted(
        run_id="r1", started_at=A_TIME, build="interlock 1", config_digest="d", configuration="{}", feed="f"
    )
    stopped = RunStopped(run_id="r1", stopped_at=A_TIME, reason=StopReason.TIME_REACHED)
    first, last = Told(tmp_path).lines(Record(A_TIME, started), Record(A_TIME, stopped))
    assert (first["data"]["build"], first["data"]["config_digest"], first["data"]["feed"]) == ("interlock 1", "d", "f")
    assert last["code"] == "TIME_REACHED"


def test_a_heartbeat_before_any_bar_says_so(tmp_path: Path) -> None:
    """Silence is explained from the start."""
    told = Told(tmp_path)
    told.reporter.heartbeat()
    (line,) = told.lines()
    assert "no bar has come yet" in line["why"]
    assert "no bar has come yet" in told.console.getvalue()


def test_a_market_that_stands_still_is_told_on_the_console_and_in_the_log(tmp_path: Path) -> None:
    """With how many items brought nothing, and what to look at."""
    told = Told(tmp_path)
    told.reporter.stands(10_240)
    (line,) = told.lines()
    assert (line["event"], line["level"]) == ("FeedStands", "WARNING")
    assert line["why"].startswith("10,240 items of the market data in a row and no new bar: ")
    assert told.console.getvalue() == line["why"] + "\n"


def test_a_heartbeat_says_how_long_its_reason_has_held(tmp_path: Path) -> None:
    """In words, and for machines; the first time there is nothing to fold."""
    told = Told(tmp_path)
    state = told.reporter.view._state
    state.bar = a_bar()
    words = []
    for count in (1, 239):
        told.reporter.records([IDLE] * count)
        told.reporter.heartbeat()
        words.append(told.console.getvalue().splitlines()[-1])
    assert "same reason" not in words[0]
    assert words[1].endswith("TEST.IDLE; same reason, 240 cycles, since 2020-01-02 15:00Z")
    assert [line["data"] for line in told.lines()] == [
        {"reason": "TEST.IDLE", "cycles": count, "since": A_TIME.isoformat()} for count in (1, 240)
    ]


def test_a_lost_console_is_told_to_the_log_once(tmp_path: Path) -> None:
    """Somebody has to be told."""
    told = Told(tmp_path)
    told.reporter.narrator._console.quiet = True
    told.reporter.records([IDLE])
    assert [line["event"] for line in told.lines(IDLE)] == ["ConsoleLost"]


def test_what_to_do_is_told_once_for_each_change(tmp_path: Path) -> None:
    """Beneath the sentence, and in the log; a halt that comes again bar after bar is no change."""

    def restricted(state: TradingState, code: Reason) -> Record:
        numbers: dict[str, str] = dict.fromkeys(("observed", "limit", "error", "place"), "x")
        return Record(A_TIME, a_bar(), None, (TradingStateChanged(state=state, code=code, numbers=numbers),))

    told = Told(tmp_path)
    reducing = restricted(TradingState.REDUCING, Reason.DAILY_LOSS_EXCEEDED)
    halted = restricted(TradingState.HALTED, Reason.FAULT_IN_RULE)
    lines = told.lines(reducing, reducing, halted, halted)
    remedies = [REASONS[code].remedy for code in (Reason.DAILY_LOSS_EXCEEDED, Reason.FAULT_IN_RULE)]
    assert [line["data"].get("remedy") for line in lines] == [remedies[0], None, remedies[1], None]
    shown = told.console.getvalue().splitlines()
    assert [line for line in shown if line.startswith("    what to do: ")] == [
        f"    what to do: {each}" for each in remedies
    ]
    assert shown[1].endswith(remedies[0])


def test_before_a_bar_came_no_time_is_told_that_nobody_knows(tmp_path: Path) -> None:
    """Where the data holds no bar the clock stands at its beginning, and that is no date."""
    stopped = RunStopped(run_id="r1", stopped_at=A_TIME, reason=StopReason.END_OF_DATA)
    told = Told(tmp_path)
    told.lines(Record(NO_BAR_AT, stopped), Record(A_TIME, stopped))
    assert told.console.getvalue() == (
        "no bar came yet    the run stops: END_OF_DATA\n2020-01-02 15:00Z  the run stops: END_OF_DATA\n"
    )


def test_it_knows_which_record_made_trading_what_it_is(tmp_path: Path) -> None:
    """At the start the last one of before; a halt that comes again changes nothing."""
    told = Told(tmp_path)
    assert told.reporter.restricted_at == 9
    halt = TradingStateChanged(state=TradingState.HALTED, code=Reason.KILL_SWITCH, numbers={"found": "HALT"})
    record = Record(A_TIME, KillSwitchSeen(state=TradingState.HALTED, found="HALT"), None, (halt,))
    for expected in (10, 10):
        told.lines(record)
        assert told.reporter.restricted_at == expected
    told.log.close()
