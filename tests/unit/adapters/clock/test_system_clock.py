"""The system clock is woken by signals, and gives back what it took."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from interlock.adapters.clock.system import SystemClock

AN_HOUR = 3600.0


@pytest.fixture
def clock() -> Iterator[SystemClock]:
    """A clock that SIGUSR1 wakes."""
    clock = SystemClock()
    before = signal.signal(signal.SIGUSR1, lambda *_: clock.wake())
    yield clock
    signal.signal(signal.SIGUSR1, before)


def signals(times: int) -> threading.Thread:
    """A thread that will send this process SIGUSR1, ``times`` over."""

    def send() -> None:
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGUSR1)

    return threading.Thread(target=send)


@pytest.mark.parametrize("times", [1, 500])
def test_a_signal_ends_a_wait_of_an_hour(clock: SystemClock, times: int) -> None:
    """Whether it comes before the wait or in the middle of it, once or five hundred times."""
    sender = signals(times)
    started = clock.monotonic()
    sender.start()
    assert clock.sleep_until(started + AN_HOUR) is False
    sender.join()
    assert clock.monotonic() - started < AN_HOUR / 2


def test_a_signal_that_wakes_nobody_does_not_shorten_a_wait() -> None:
    """A handler that does not wake the clock leaves it sleeping until the deadline."""
    clock = SystemClock()
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: seen.append(number))
    sender = signals(3)
    deadline = clock.monotonic() + 0.01
    sender.start()
    assert clock.sleep_until(deadline) is True
    assert clock.monotonic() >= deadline
    sender.join()
    signal.signal(signal.SIGUSR1, before)
    assert seen


def test_a_closed_clock_sleeps_no_more_and_wakes_nobody_else() -> None:
    """Its descriptors may belong to another file by then: a late signal must not write into that."""
    clock = SystemClock()
    clock.close()
    clock.close()
    read_end, write_end = os.pipe()  # takes the numbers that were given back
    os.set_blocking(read_end, False)
    clock.wake()
    with pytest.raises(BlockingIOError):
        os.read(read_end, 1)
    assert clock.sleep_until(clock.monotonic() + AN_HOUR) is False
    os.close(read_end)
    os.close(write_end)


def test_a_clock_that_nobody_holds_gives_its_pipe_back() -> None:
    """A thousand clocks, one after the other, use no more descriptors than one."""
    numbers = {SystemClock()._read_end for _ in range(1000)}
    assert len(numbers) < 10
