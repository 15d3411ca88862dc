"""Whole runs: what needs a person is raised in time, whatever ends them, and the command touches nothing."""

import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.faults import InvariantViolated, JournalUnavailable
from interlock.core.market import FeedItem
from interlock.runner.alerts import Alerts
from interlock.runner.config import load
from interlock.runner.config.model import ALERT_SECONDS
from interlock.runner.ending import Ended
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession
from interlock.testing.builders import bars


class Done:
    """A command that is done as soon as it is looked at."""

    complaint = ""

    def poll(self) -> int:
        """Exit code 0."""
        return 0

    def wait(self, seconds: float) -> int:
        """The same."""
        return 0

    def kill(self) -> None:
        """It has ended already."""


class Slow(Done):
    """One that is done only when somebody waits for it."""

    @override
    def poll(self) -> Any:
        return None


class Hanging(Done):
    """One that never ends, not even when it is killed."""

    @override
    def poll(self) -> Any:
        return None

    @override
    def wait(self, seconds: float) -> Any:
        return None


class Feed(MemoryFeed):
    """Bars, and something that happens at the fourth. ``at`` is when."""

    def __init__(self, clock: SimulatedClock, happens: Callable[[], None]) -> None:
        super().__init__(bars(9))
        self._clock = clock
        self._happens = happens
        self.at: float | None = None

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        if self._items == 4 and self.at is None:
            self.at = self._clock.monotonic()
            self._happens()
        return super()._take(deadline)


class Runs:
    """Runs in one folder, in simulated time; ``given`` is what the command got, and when."""

    def __init__(self, folder: Path, configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.configuration = configuration
        self.clock = SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC))
        self.given: list[tuple[float, dict[str, Any]]] = []
        self.child: Callable[[], Any] = Done
        self.console = io.StringIO()
        given: Any = Alerts.__init__
        monkeypatch.setitem(given.__kwdefaults__, "start", self._start)

    def _start(self, command: Sequence[str], lines: bytes) -> Any:
        self.given += [(self.clock.monotonic(), json.loads(line)) for line in lines.splitlines()]
        return self.child()

    def run(self, happens: Callable[[], None] = lambda: None, *, mode: str = "PAPER", seconds: float = 600.0) -> Ended:
        """From start to end, with so many seconds between two looks."""
        file = self.folder / "interlock.toml"
        file.write_text(self.configuration(mode=mode) + '\n[alerts]\ncommand = ["page"]\n')
        self.feed = Feed(self.clock, happens)
        return RunSession(
            load(file, environ={}),
            Bounds(interval_seconds=seconds, faults_max=2),
            Narrator(Console(width=500, file=self.console), verbose=False),
            verbose=False,
            feed=self.feed,
            clock=self.clock,
        ).run()

    def codes(self) -> list[str]:
        """What was raised."""
        return [alert["code"] for _, alert in self.given]


@pytest.fixture
def runs(tmp_path: Path, configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Runs:
    """An empty folder."""
    return Runs(tmp_path, configuration, monkeypatch)


def _raise() -> None:
    raise OSError("a secret path")


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
@pytest.mark.parametrize("child", [Done, Hanging])
@pytest.mark.parametrize("seconds", [0.01, 1.0, 600.0])
def test_a_block_is_raised_within_five_seconds_of_a_run(runs: Runs, mode: str, child: Any, seconds: float) -> None:
    """However long the run sleeps between two looks, and whatever the command does."""
    runs.child = child
    ended = runs.run(_raise, mode=mode, seconds=seconds)
    assert ended.exit_code is ExitCode.HALTED
    at, alert = runs.given[0]
    assert alert["code"] == "FAULT_IN_ADAPTER"
    assert runs.feed.at is not None
    assert at - runs.feed.at <= ALERT_SECONDS
    assert "a secret path" not in json.dumps(runs.given)


def test_a_command_that_hangs_changes_nothing_of_a_run(runs: Runs, tmp_path: Path) -> None:
    """Neither its exit code nor what it did."""
    plain = runs.run(_raise)
    (tmp_path / "state").rename(tmp_path / "before")
    runs.child = Hanging
    hanging = runs.run(_raise)
    assert (hanging.exit_code, hanging.error, hanging.tally) == (plain.exit_code, plain.error, plain.tally)


def test_a_quiet_run_raises_nothing(runs: Runs) -> None:
    """Nobody is woken to hear that all is well."""
    assert runs.run().exit_code is ExitCode.DONE
    assert runs.given == []


def test_a_fault_of_the_journal_is_raised_too(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """No record can tell of it."""

    def full(*_: object, **__: object) -> None:
        raise JournalUnavailable("the disk is full")

    def fills() -> None:
        monkeypatch.setattr("interlock.adapters.journal.sqlite.SqliteJournal.append", full)

    assert runs.run(fills).exit_code is ExitCode.JOURNAL
    ((_, alert),) = runs.given
    assert (alert["code"], alert["sentence"]) == ("JOURNAL_FAULT", "the disk is full")
    assert "Look at the disk" in alert["to_do"]


def test_a_state_that_cannot_be_trusted_is_raised_too(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor any record of it that would be believed."""

    def broken(*_: object, **__: object) -> None:
        raise InvariantViolated("the books do not add up")

    def breaks() -> None:
        monkeypatch.setattr("interlock.core.cycle.Cycle.step", broken)

    assert runs.run(breaks).exit_code is ExitCode.HALTED
    assert runs.codes() == ["STATE_UNTRUSTED"]


def test_too_many_faults_are_raised_as_the_halt_and_as_the_end(runs: Runs) -> None:
    """Trading was over before, and now the run is."""

    class Dead(Feed):
        @override
        def _take(self, deadline: datetime | None) -> FeedItem:
            if self._items == 4:
                raise OSError("a secret path")
            return super()._take(deadline)

    runs.feed = Dead(runs.clock, lambda: None)
    file = runs.folder / "interlock.toml"
    file.write_text(runs.configuration(mode="PAPER") + '\n[alerts]\ncommand = ["page"]\n')
    narrator = Narrator(Console(width=500, file=runs.console), verbose=False)
    bounds = Bounds(interval_seconds=600, faults_max=2)
    session = RunSession(load(file, environ={}), bounds, narrator, verbose=False, feed=runs.feed, clock=runs.clock)
    assert session.run().exit_code is ExitCode.HALTED
    assert runs.codes() == ["FAULT_IN_ADAPTER", "FAULTS_EXCEEDED"]


def test_what_is_left_at_the_end_of_a_run_gets_its_call(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the one before it is still out."""

    def broken(*_: object, **__: object) -> None:
        raise InvariantViolated("the books do not add up")

    def breaks() -> None:
        monkeypatch.setattr("interlock.core.cycle.Cycle.step", broken)
        raise OSError("a secret path")

    runs.child = Slow
    runs.run(breaks, seconds=0.01)
    assert runs.codes() == ["FAULT_IN_ADAPTER", "STATE_UNTRUSTED"]


def test_a_defect_that_ends_a_run_is_raised_too(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its class and place, and then it rises as before."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret path")

    def breaks() -> None:
        monkeypatch.setattr("interlock.runner.tally.Tally.count", broken)

    with pytest.raises(RuntimeError):
        runs.run(breaks)
    ((_, alert),) = runs.given
    assert alert["code"] == "INTERNAL_ERROR"
    assert alert["sentence"].startswith("RuntimeError at ")
    assert "a secret path" not in json.dumps(alert)


def test_a_start_under_a_halt_is_raised(runs: Runs) -> None:
    """Once: a supervisor that restarts it does not make trading go on."""
    runs.run(_raise)
    runs.given.clear()
    assert runs.run().exit_code is ExitCode.HALTED
    assert runs.codes() == ["FAULT_IN_ADAPTER"]
