"""How a run is asked to stop."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.runner.stop import SECOND_SIGNAL_AFTER_SECONDS, StopRequest, tell_stderr

LEFT = "left"


@pytest.fixture
def told() -> list[str]:
    """What was said, and that the process was left."""
    return []


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that stands still."""
    return SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def stop(clock: SimulatedClock, told: list[str]) -> StopRequest:
    """A stop that leaves a mark instead of leaving."""
    return StopRequest(clock, tell=told.append, leave=lambda: told.append(LEFT))


@pytest.fixture
def handlers() -> Iterator[None]:
    """Signals mean again what they did before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _later(clock: SimulatedClock, seconds: float) -> None:
    clock.advance_to(clock.now() + timedelta(seconds=seconds))


def test_the_first_signal_asks_ends_every_wait_and_says_so(
    stop: StopRequest, clock: SimulatedClock, told: list[str]
) -> None:
    """At once, with what a second one would do."""
    assert not stop.requested
    stop.ask("SIGINT")
    assert (stop.requested, stop.asked_by) == (True, "SIGINT")
    assert clock.sleep_until(3600.0) is False
    assert len(told) == 1
    assert "SIGINT: stopping after this cycle" in told[0]
    assert f"{SECOND_SIGNAL_AFTER_SECONDS} s" in told[0]


def test_any_number_of_signals_at_once_is_one_stop(stop: StopRequest, told: list[str]) -> None:
    """A key held down is not a second thought."""
    for _ in range(500):
        stop.ask("SIGTERM")
    assert LEFT not in told
    assert len(told) == 1


def test_a_second_signal_half_a_second_later_forces(stop: StopRequest, clock: SimulatedClock, told: list[str]) -> None:
    """The boundary belongs to the force."""
    stop.ask("SIGINT")
    _later(clock, SECOND_SIGNAL_AFTER_SECONDS - 0.001)
    stop.ask("SIGINT")
    assert LEFT not in told
    _later(clock, 0.001)
    stop.ask("SIGTERM")
    assert told[-1] == LEFT
    assert "SIGTERM: forced" in told[-2]
    assert stop.asked_by == "SIGINT"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.usefixtures("handlers")
def test_it_listens_to_both_signals(stop: StopRequest, number: signal.Signals) -> None:
    """Ctrl-C and a supervisor mean the same."""
    stop.listen()
    signal.raise_signal(number)
    assert stop.asked_by == number.name


def test_a_line_is_told_past_every_buffer(capfd: pytest.CaptureFixture[str]) -> None:
    """A signal handler may say it."""
    assert tell_stderr("stopping")
    assert capfd.readouterr().err == "stopping\n"


def test_a_line_that_nobody_reads_harms_nobody() -> None:
    """An exception in a signal handler would hit whatever was running."""
    kept = os.dup(2)
    try:
        os.close(2)
        assert not tell_stderr("stopping")
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@pytest.mark.usefixtures("handlers")
def test_a_run_under_nohup_outlives_its_terminal(stop: StopRequest) -> None:
    """Whoever ignored the signal before us meant it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop.listen()
    os.kill(os.getpid(), signal.SIGHUP)
    assert not stop.requested
