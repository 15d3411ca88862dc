"""What a person sees."""

import io

import pytest
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.core.decision import Decision, Finding, NoAction, OrderIntent, Outcome, Verdict
from interlock.core.faults import Fault
from interlock.core.orders import Side
from interlock.core.reasons import Reason
from interlock.core.records import CancelRequested, Event, FaultRaised, Record, TradingStateChanged
from interlock.core.reports import OrderAccepted
from interlock.core.trading_state import TradingState
from interlock.core.values import ONE
from interlock.runner.narrator import Narrator, PeopleConsole, when
from interlock.runner.reading import RECORDS_PER_LOOK, Reading
from interlock.runner.stop import StopRequest
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

IDLE = Record(A_TIME, a_bar(), Decision(Outcome.NO_ACTION, "TEST.IDLE", NoAction(code="TEST.IDLE")))
DENIED = Record(
    A_TIME,
    a_bar(),
    Decision(
        Outcome.DENIED,
        "TEST.DENIED",
        OrderIntent(code="TEST.WISH", side=Side.BUY, quantity=ONE),
        (Finding(rule="mood", verdict=Verdict.DENY, code="TEST.DENIED"),),
    ),
)
ACCEPTED = Record(A_TIME, OrderAccepted(client_order_id="a-1", venue_order_id="v-1", ts_event=A_TIME))


class BrokenStream(io.StringIO):
    """A console that has gone: ``error`` is what the system says of it."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    @override
    def write(self, text: str) -> int:
        raise self._error


def _narrator(*, verbose: bool = False, terminal: bool = False) -> tuple[Narrator, io.StringIO]:
    stream = io.StringIO()
    return Narrator(PeopleConsole(file=stream, force_terminal=terminal, width=80), verbose=verbose), stream


def test_a_bar_with_nothing_to_do_about_it_is_told_only_when_asked_for() -> None:
    """Nor what the venue merely acknowledges."""
    for verbose, lines in ((False, 0), (True, 2)):
        narrator, stream = _narrator(verbose=verbose)
        narrator.tell(IDLE)
        narrator.tell(ACCEPTED)
        assert stream.getvalue().count("\n") == lines


def test_the_same_denial_is_told_once_and_counted() -> None:
    """How often it came again is said when something else happens, or at the end."""
    narrator, stream = _narrator()
    for _ in range(4):
        narrator.tell(DENIED)
    assert stream.getvalue().count("\n") == 1
    narrator.close()
    assert "\n    same reason, 4 cycles, since 2020-01-02 15:00Z\n" in stream.getvalue()
    narrator.tell(DENIED)
    narrator.tell(DENIED)
    narrator.close()
    assert "\n    same reason, 2 cycles, since 2020-01-02 15:00Z\n" in stream.getvalue()
    narrator.tell(DENIED)
    assert stream.getvalue().count("wants to buy 1") == 3


def _faulty(place: str, minute: int, *more: Event) -> Record:
    fault = Fault(where="strategy", error="ValueError", place=place)
    halt = TradingStateChanged(state=TradingState.HALTED, code=Reason.FAULT_IN_STRATEGY, numbers={})
    at = A_TIME + minute * A_MINUTE
    return Record(at, a_bar(), Decision(Outcome.ERROR, "X"), (FaultRaised(fault=fault), halt, *more))


def test_the_same_fault_is_told_once_and_counted() -> None:
    """Since when, and when last; one of another place is another, and so is one that calls back an order."""
    narrator, stream = _narrator()
    narrator.tell(_faulty("mine.py:7 propose", 0), remedy="Fix it.")
    for minute in range(1, 6):
        narrator.tell(_faulty("mine.py:7 propose", minute))
    narrator.tell(_faulty("mine.py:9 propose", 6))
    narrator.tell(_faulty("mine.py:9 propose", 7, CancelRequested(client_order_id="a-1", code="X")))
    told = stream.getvalue().splitlines()
    assert [line for line in told if not line.startswith("2020")] == [
        "    what to do: Fix it.",
        "    same reason, 6 cycles, since 2020-01-02 15:00Z, last 2020-01-02 15:05Z",
    ]
    assert sum("mine.py:9" in line for line in told) == 2


def test_with_v_each_is_told() -> None:
    """Whoever asks for every decision gets every decision."""
    narrator, stream = _narrator(verbose=True)
    for _ in range(3):
        narrator.tell(DENIED)
    narrator.close()
    assert stream.getvalue().count("wants to buy 1") == 3
    assert "same reason" not in stream.getvalue()


def test_a_line_is_one_line_however_long() -> None:
    """A terminal may wrap it; a file is searched by line."""
    narrator, stream = _narrator()
    narrator.say("x" * 500)
    assert stream.getvalue() == "x" * 500 + "\n"


@pytest.mark.parametrize("text", ["\x1b[2Jx", "a\rb", "[bold]x[/bold]", "\x07"])
def test_nothing_that_is_told_can_steer_the_terminal(text: str) -> None:
    """Control characters and markup are shown, not obeyed."""
    narrator, stream = _narrator()
    narrator.say(text)
    assert stream.getvalue().removesuffix("\n").isprintable()
    assert "[bold]" in stream.getvalue() or "[bold]" not in text


def test_colour_is_for_terminals_and_not_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is respected."""
    for terminal, no_color, coloured in ((True, None, True), (True, "1", False), (False, None, False)):
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        if no_color is not None:
            monkeypatch.setenv("NO_COLOR", no_color)
        narrator, stream = _narrator(terminal=terminal)
        narrator.say("no", "denied")
        assert ("\x1b[33m" in stream.getvalue()) is coloured


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "no space")], ids=["pipe", "disk"])
def test_a_console_that_has_gone_ends_no_run(error: OSError) -> None:
    """It goes quiet and says that it has."""
    narrator = Narrator(PeopleConsole(file=BrokenStream(error)), verbose=False)
    before = narrator.is_lost
    narrator.tell(DENIED)
    assert (before, narrator.is_lost) == (False, True)
    narrator.tell(DENIED)
    narrator.close()


def test_progress_is_for_terminals() -> None:
    """And for sources whose length is known."""
    for terminal, share in ((True, None), (False, 0.5), (True, 0.5)):
        narrator, stream = _narrator(terminal=terminal)
        narrator.start_progress(lambda share=share: share, "TEST")  # type: ignore[misc]
        narrator.update_progress(share)
        narrator.close()
        assert ("TEST" in stream.getvalue()) is (terminal and share is not None)


def test_a_time_for_people_has_seconds_only_where_it_has_any() -> None:
    """Daily bars are read by the minute."""
    assert when(A_TIME) == "2020-01-02 15:00Z"
    assert when(A_TIME + A_MINUTE / 4) == "2020-01-02 15:00:15Z"


def test_reading_a_journal_is_shown_as_progress() -> None:
    """In the same bar as everything else that takes long."""
    narrator, stream = _narrator(terminal=True)
    clock = SimulatedClock(A_TIME)
    with Reading(narrator, clock, StopRequest(clock), 1_000) as look:
        look(RECORDS_PER_LOOK)
    assert "journal" in stream.getvalue()
    assert "50%" in stream.getvalue()
