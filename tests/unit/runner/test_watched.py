"""The watchdog of a run: what counts as moving, when it watches, and that whoever reads afterwards finds its words."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.ports import Clock
from interlock.runner import session, watched
from interlock.runner.config.load import load
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.watchdog import Moving, Watchdog
from interlock.runner.watched import RestSeen, watch, watchdog_for
from interlock.testing.builders import bars


class Spy(Watchdog):
    """A watchdog that only remembers what it was asked to do."""

    def __init__(self) -> None:
        super().__init__(60, tell=(), leave=lambda code: pytest.fail(f"ended with {code}"))
        self.calls: list[str] = []

    @override
    def watch(self, moving: Moving) -> None:
        self.calls.append("watch")
        self.sees = moving

    @override
    def stopping(self) -> None:
        self.calls.append("stopping")

    @override
    def close(self) -> None:
        self.calls.append("close")


def test_cycles_and_answers_are_what_moves_and_a_sleep_is_no_hang() -> None:
    """A cycle that makes many slow calls moves with each answer; of a run that sleeps nothing is expected."""
    seen: list[object] = []

    class Sleeping(SimulatedClock):
        @override
        def sleep_until(self, deadline: float) -> bool:
            seen.append(spy.sees())
            return super().sleep_until(deadline)

    answers = [5]
    loop: Any = SimpleNamespace(clock=Sleeping(datetime(2020, 1, 1, tzinfo=UTC)), cycles=3)
    spy = Spy()
    watch(spy, loop, lambda: answers[0])
    at_first = spy.sees()
    answers[0] += 1
    after_an_answer = spy.sees()
    loop.cycles += 1
    assert at_first is not None
    assert len({at_first, after_an_answer, spy.sees()}) == 3
    clock: Clock = loop.clock
    assert isinstance(clock, RestSeen)
    clock.sleep_until(clock.monotonic() + 3600)
    assert seen == [None]
    assert spy.sees() is not None


@pytest.fixture
def run(tmp_path: Path, configuration: Callable[..., str]) -> Callable[..., session.RunSession]:
    """A session over a few bars."""

    def made(**changes: str) -> session.RunSession:
        file = tmp_path / "interlock.toml"
        file.write_text(configuration(**changes))
        return session.RunSession(
            load(file, environ={}),
            Bounds(faults_max=2),
            Narrator(Console(file=io.StringIO()), verbose=False),
            verbose=False,
            feed=MemoryFeed(bars(20)),
            clock=SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC)),
        )

    return made


def test_it_watches_the_cycles_then_the_stop_and_then_nothing(
    run: Callable[..., session.RunSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed last: also what lets go of journal and adapters can hang. Where nothing begins, it is closed as well."""
    spy = Spy()
    monkeypatch.setattr(session, "watchdog_for", lambda *_: spy)
    assert run().run().exit_code is ExitCode.DONE
    assert spy.calls == ["watch", "stopping", "close"]


def test_what_hung_is_said_on_stderr_in_the_log_and_to_the_next_start(
    run: Callable[..., session.RunSession], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the process is ended by a way that no cleaning up can hold up, with the time that is configured."""
    told: list[str] = []
    monkeypatch.setattr(watched, "tell_stderr", told.append)
    dogs: list[Watchdog] = []

    def made(*args: Any) -> Watchdog:
        dogs.append(watchdog_for(*args))
        return dogs[0]

    monkeypatch.setattr(session, "watchdog_for", made)
    first = run()
    monkeypatch.setattr(Watchdog, "stopping", lambda dog: [tell("it stood still") for tell in dog.tell])
    monkeypatch.setattr("interlock.adapters.journal.private_files.WriterLock.leave_words", _remembering(told))
    first.run()
    assert dogs[0]._seconds == 60
    assert any(line.startswith("interlock: it stood still: the watchdog ends the process (exit 6)") for line in told)
    assert "HUNG: it stood still" in told
    log = (tmp_path / "state" / "sim" / "interlock.log").read_text().splitlines()
    assert [json.loads(line)["why"] for line in log if json.loads(line)["event"] == "Hung"] == ["it stood still"]


def _remembering(told: list[str]) -> Callable[..., bool]:
    def leave_words(_: object, run_id: str, ended: str) -> bool:
        assert run_id
        told.append(ended)
        return True

    return leave_words
