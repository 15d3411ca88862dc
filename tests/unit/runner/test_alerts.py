"""When an alert goes out, what becomes of its command, and who is told; in simulated time, without a process."""

import io
import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve
from rich.console import Console

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.core.reasons import REASONS, Reason
from interlock.core.records import EntriesQuarantined, Record, TradingStateChanged
from interlock.core.trading_state import TradingState
from interlock.runner.alert_line import LINE_BYTES_MAX
from interlock.runner.alerts import (
    ATTEMPTS,
    POLL_SECONDS,
    RETRY_SECONDS,
    STOP_EARLIER_SECONDS,
    STOP_KILLED_SECONDS,
    WAITING_MAX,
    Alerts,
)
from interlock.runner.config.load import load
from interlock.runner.config.model import ALERT_SECONDS, AlertsConfig
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator
from interlock.runner.restriction import Restriction
from interlock.secret import Secret
from interlock.testing.builders import A_TIME, a_bar

NEVER = 10.0**9


class FakeChild:
    """A command that ends with ``code`` when it has run for ``takes``, and hangs where nothing is said."""

    def __init__(self, clock: SimulatedClock, *, code: int = 0, takes: float = NEVER, immortal: bool = False) -> None:
        self._clock = clock
        self._ends = clock.monotonic() + takes
        self.code = code
        self.immortal = immortal
        self.killed = 0
        self.waited: list[float] = []
        self.complaint = ""

    def poll(self) -> int | None:
        """One look."""
        if self.killed and not self.immortal:
            return -9
        return self.code if self._clock.monotonic() >= self._ends else None

    def wait(self, seconds: float) -> int | None:
        """Time passes until it ends, or until the wait does."""
        self.waited.append(seconds)
        if self.poll() is None:
            self._clock.sleep_until(min(self._clock.monotonic() + seconds, self._ends))
        return self.poll()

    def kill(self) -> None:
        """Counted."""
        self.killed += 1
        if self.immortal:
            raise PermissionError(1, "Operation not permitted")


class Rig:
    """Alerts in simulated time. ``behave`` says what the next commands do; after them, each takes a tenth."""

    made: ClassVar["list[Rig]"] = []

    def __init__(self, folder: Path, *, command: Sequence[str] = ("page", "--me"), seconds: str = "5") -> None:
        self.clock = SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC))
        self.behave: list[dict[str, Any] | Exception] = []
        self.children: list[FakeChild] = []
        # When, and what it was given.
        self.given: list[tuple[float, list[dict[str, Any]]]] = []
        self.console = io.StringIO()
        self.log_path = folder / "interlock.log"
        self.log = EventLog(self.log_path, run_id="r1", verbose=False, lost=lambda _: None)
        config = evolve(
            load(None, {}, None).config, alerts=AlertsConfig(command=tuple(command), seconds=Decimal(seconds))
        )
        narrator = Narrator(Console(file=self.console, width=500), verbose=False)
        self.alerts = Alerts(config, "an id", self.clock, self.log, narrator, start=self._start)
        self.seq = 0
        self.made.append(self)

    def _start(self, command: Sequence[str], lines: bytes) -> FakeChild:
        assert command == ("page", "--me")
        assert all(child.poll() is not None for child in self.children), "never two at a time"
        how = self.behave.pop(0) if self.behave else {"takes": 0.1}
        if isinstance(how, Exception):
            raise how
        assert lines.endswith(b"\n")
        self.given.append((self.clock.monotonic(), [json.loads(line) for line in lines.splitlines()]))
        self.children.append(FakeChild(self.clock, **how))
        return self.children[-1]

    def halt(self, code: str = Reason.FAULT_IN_STRATEGY) -> None:
        """A record that halts."""
        numbers = {"error": "KeyError", "place": "mine.py:3 propose", "where": "strategy"}
        self.seq += 1
        event = TradingStateChanged(state=TradingState.HALTED, code=code, numbers=numbers)
        self.alerts.see(Record(A_TIME, a_bar(), None, (event,)), self.seq)

    def until(self, seconds: float) -> None:
        """The loop goes on looking whenever it was told to, at least every second."""
        while self.clock.monotonic() < seconds:  # ends: time passes with every turn
            due = self.alerts.look()
            assert due > self.clock.monotonic(), "a look that is due at once would spin"
            self.clock.sleep_until(min(due, self.clock.monotonic() + 1, seconds))
        self.alerts.look()

    def events(self) -> list[dict[str, Any]]:
        """What the log tells."""
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]

    def codes(self) -> list[list[str]]:
        """What was given, call by call."""
        return [[alert["code"] for alert in alerts] for _, alerts in self.given]


@pytest.fixture(autouse=True)
def logs_closed() -> Iterator[None]:
    """Of every rig that a test has made."""
    yield
    while Rig.made:
        Rig.made.pop().log.close()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """With a command."""
    return Rig(tmp_path)


def test_an_alert_says_what_happened_why_and_what_to_do(rig: Rig) -> None:
    """As one JSON object with all that a person needs to go and look."""
    rig.halt()
    ((_, (alert,)),) = rig.given
    assert alert == {
        "time": "2030-01-01T00:00:00+00:00",
        "mode": "SIM",
        "account": "demo",
        "journal_id": "an id",
        "seq": 1,
        "code": "FAULT_IN_STRATEGY",
        "sentence": "trading is HALTED: the strategy failed: KeyError (mine.py:3 propose)",
        "numbers": {"error": "KeyError", "place": "mine.py:3 propose", "where": "strategy"},
        "to_do": REASONS[Reason.FAULT_IN_STRATEGY].remedy,
        "left_out": 0,
    }


def test_an_alert_goes_out_before_the_next_step(rig: Rig) -> None:
    """Not at the next look: what follows may take its time."""
    rig.clock.sleep_until(7)
    rig.halt()
    assert [at for at, _ in rig.given] == [7]
    assert rig.alerts.look() == 7 + POLL_SECONDS
    rig.until(8)
    assert rig.alerts.look() == math.inf
    assert [event["event"] for event in rig.events()] == ["AlertRaised", "AlertGiven"]


def test_the_same_cause_is_told_once(rig: Rig) -> None:
    """And not in every cycle."""
    for _ in range(5):
        rig.halt()
        rig.until(rig.clock.monotonic() + 60)
    assert rig.codes() == [["FAULT_IN_STRATEGY"]]
    assert len([event for event in rig.events() if event["event"] == "AlertRaised"]) == 1


@pytest.mark.parametrize("seconds", ["1", "5", "60"])
@pytest.mark.parametrize("after", [0.0, 0.5, 1.0, 4.9, 30.0])
def test_a_command_that_hangs_keeps_no_alert_from_going_out_within_five_seconds(
    tmp_path: Path, seconds: str, after: float
) -> None:
    """Whatever it may take by itself: a new alert needs its place."""
    rig = Rig(tmp_path, seconds=seconds)
    rig.behave = [{}, {}, {}]
    rig.halt()
    rig.until(after)
    came = rig.clock.monotonic()
    rig.halt(Reason.FAULT_IN_RULE)
    rig.until(came + 100)
    out = next(at for at, alerts in rig.given if any(alert["code"] == "FAULT_IN_RULE" for alert in alerts))
    assert out - came <= ALERT_SECONDS
    assert all(child.killed for child in rig.children[:2])


def test_what_comes_up_while_a_command_is_out_goes_out_together(rig: Rig) -> None:
    """In the order in which it came."""
    rig.behave = [{"takes": 2.0}]
    for code in (Reason.FAULT_IN_STRATEGY, Reason.FAULT_IN_RULE, Reason.FAULT_IN_DECIDE):
        rig.halt(code)
    rig.until(5)
    assert rig.codes() == [["FAULT_IN_STRATEGY"], ["FAULT_IN_RULE", "FAULT_IN_DECIDE"]]
    assert rig.given[1][0] <= 2 + POLL_SECONDS


def test_a_command_that_takes_too_long_is_killed_and_told(rig: Rig) -> None:
    """With what it complained of."""
    rig.behave = [{}]
    rig.halt()
    rig.children[0].complaint = "no route"
    rig.until(6)
    assert rig.children[0].killed == 1
    failed = [event for event in rig.events() if event["event"] == "AlertFailed"]
    assert [event["why"] for event in failed] == [
        'alert: FAULT_IN_STRATEGY not taken by page: it took more than 5 s and was killed ("no route")'
    ]
    assert (failed[0]["level"], failed[0]["data"]) == ("ERROR", {"codes": ["FAULT_IN_STRATEGY"]})
    assert "; the run goes on" in rig.console.getvalue()


def test_what_failed_is_given_again_a_few_times(rig: Rig) -> None:
    """After a while, after a longer while, and then no more."""
    rig.behave = [{"code": 1, "takes": 0}, OSError(2, "No such file or directory"), {"code": -15, "takes": 0}]
    rig.halt()
    rig.until(1_000)
    tried = [event["why"].rpartition(": ")[2] for event in rig.events() if event["event"] == "AlertFailed"]
    assert tried == ["it ended with exit code 1", "no such file or directory", "it was ended by SIGTERM"]
    assert len(tried) == ATTEMPTS
    assert rig.given[-1][0] == pytest.approx(RETRY_SECONDS * 3, abs=1.5)
    assert rig.alerts.look() == math.inf


def test_a_new_alert_does_not_wait_for_an_old_one_to_be_tried_again(rig: Rig) -> None:
    """It takes the old one along."""
    rig.behave = [{"code": 1, "takes": 0}]
    rig.halt()
    rig.until(2)
    rig.halt(Reason.FAULT_IN_RULE)
    assert rig.codes() == [["FAULT_IN_STRATEGY"], ["FAULT_IN_STRATEGY", "FAULT_IN_RULE"]]
    assert rig.given[1][0] == 2
    rig.until(200)
    assert len(rig.given) == 2


def test_more_than_can_wait_are_counted_and_told(rig: Rig) -> None:
    """The first are the ones that matter; how many are missing stands in the next."""
    rig.behave = [{}]
    for number in range(WAITING_MAX + 3):
        rig.halt(f"PLUGIN.CODE_{number}")
    left_out = [event for event in rig.events() if "left out" in (event["why"] or "")]
    assert [event["data"]["codes"] for event in left_out] == [[f"PLUGIN.CODE_{WAITING_MAX + n}"] for n in range(3)]
    rig.until(6)
    assert [alert["left_out"] for alert in rig.given[-1][1]] == [3] * WAITING_MAX
    rig.halt(Reason.FAULT_IN_RULE)
    rig.until(10)
    assert rig.given[-1][1][-1]["left_out"] == 0
    assert sum(event["event"] == "AlertRaised" for event in rig.events()) == WAITING_MAX + 4


def test_one_that_cannot_be_killed_is_the_last(rig: Rig) -> None:
    """Never two at a time, and nobody waits for it."""
    rig.behave = [{"immortal": True}]
    rig.halt()
    rig.until(10)
    assert "could not be killed: operation not permitted" in rig.events()[-1]["why"]
    rig.halt(Reason.FAULT_IN_RULE)
    rig.until(100)
    assert len(rig.given) == 1
    before = rig.clock.monotonic()
    rig.alerts.finish()
    rig.alerts.close()
    assert rig.clock.monotonic() - before <= STOP_EARLIER_SECONDS + 2 * STOP_KILLED_SECONDS


@pytest.mark.parametrize("behave", [[], [{}], [{}, {}], [OSError(2, "gone")], [{"code": 1, "takes": 0}]])
def test_at_the_end_what_is_left_goes_out_in_a_bounded_time(tmp_path: Path, behave: list[Any]) -> None:
    """A fault of the journal is told like a halt, whatever the command does."""
    rig = Rig(tmp_path)
    rig.behave = behave
    rig.halt()
    rig.alerts.ended("JOURNAL_FAULT", "the disk is full", 9)
    before = rig.clock.monotonic()
    rig.alerts.finish()
    bound = STOP_EARLIER_SECONDS + ALERT_SECONDS + 2 * STOP_KILLED_SECONDS
    assert rig.clock.monotonic() - before <= bound
    assert any("JOURNAL_FAULT" in codes for codes in rig.codes()) or len(behave) == 1
    told = [alert for _, alerts in rig.given for alert in alerts if alert["code"] == "JOURNAL_FAULT"]
    assert all(alert["sentence"] == "the disk is full" and alert["to_do"] for alert in told)
    rig.alerts.close()
    rig.alerts.close()
    assert all(child.poll() is not None for child in rig.children)


def test_a_run_that_breaks_leaves_no_command_behind(rig: Rig) -> None:
    """It is killed, and waited for a moment."""
    rig.behave = [{}]
    rig.halt()
    rig.alerts.close()
    assert rig.children[0].killed == 1
    assert rig.children[0].waited == [0, STOP_KILLED_SECONDS]


def test_without_a_command_console_and_log_are_told(tmp_path: Path) -> None:
    """A halt has its own words on the console; anything else gets a line with what to do."""
    rig = Rig(tmp_path, command=())
    rig.halt()
    assert rig.console.getvalue() == ""
    jump = EntriesQuarantined(
        bars=3, code=Reason.PRICE_JUMP,
        numbers={"observed": Decimal("0.5"), "limit": Decimal("0.2"), "from_price": 2, "to_price": 1, "bars": 3},
    )  # fmt: skip
    rig.alerts.see(Record(A_TIME, a_bar(), None, (jump,)), 5)
    said = rig.console.getvalue().splitlines()
    assert said[0].startswith("alert: the price jumped from ")
    assert said[1] == f"    what to do: {REASONS[Reason.PRICE_JUMP].remedy}"
    raised = rig.events()
    assert [(event["event"], event["level"], event["seq"], event["code"]) for event in raised] == [
        ("AlertRaised", "ERROR", 1, "FAULT_IN_STRATEGY"),
        ("AlertRaised", "ERROR", 5, "PRICE_JUMP"),
    ]
    assert raised[1]["data"] == {"to_do": REASONS[Reason.PRICE_JUMP].remedy}
    assert rig.alerts.look() == math.inf
    rig.alerts.finish()
    assert rig.given == []


def test_a_halt_that_is_found_at_the_start_is_told(rig: Rig) -> None:
    """Whoever restarts by a timer gets to know that it does not trade."""
    rig.alerts.begin(Restriction(), 3)
    assert rig.given == []
    rig.alerts.begin(Restriction(event=TradingStateChanged(state=TradingState.HALTED, code="PLUGIN.HALT")), 3)
    assert rig.codes() == [["PLUGIN.HALT"]]


def test_what_a_plugin_says_is_bounded_and_masked(rig: Rig) -> None:
    """Sixteen of them fit into a pipe; and a secret in it goes nowhere."""
    secret = Secret("a secret that nobody tells")
    huge = "\u1234" * 5_000
    event = TradingStateChanged(state=TradingState.HALTED, code=huge, numbers={f"n{n}": huge for n in range(99)})
    rig.alerts.see(Record(A_TIME, a_bar(), None, (event,)), 5)
    told = TradingStateChanged(state=TradingState.HALTED, code="PLUGIN.X", numbers={"at": f"key {secret.reveal()}"})
    rig.until(2)
    rig.alerts.see(Record(A_TIME, a_bar(), None, (told,)), 6)
    (_, (large,)), (_, (small,)) = rig.given
    assert len(json.dumps(large)) <= LINE_BYTES_MAX
    assert large["numbers"] == {}
    assert small["numbers"] == {"at": "key ***"}
    assert secret.reveal() not in rig.log_path.read_text() + rig.console.getvalue()
    assert LINE_BYTES_MAX * WAITING_MAX < 65_536
