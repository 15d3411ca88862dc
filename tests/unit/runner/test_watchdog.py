"""The watchdog ends a process whose cycle hangs, and no other; by a clock and an end that are handed in."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.runner.exit_codes import ExitCode
from interlock.runner.watchdog import PLACES_SAID, STOP_SECONDS_MIN, Watchdog, places
from interlock.runner.watched import RestSeen

LONG = 30.0


class Watched:
    """A watchdog that looks when it is told to, at a time that is told, and a process that it cannot end."""

    def __init__(self, seconds: float = 10, tell: Callable[[str], object] | None = None) -> None:
        self.now = 1000.0
        self.moving: object = 0
        self.told: list[str] = []
        self.left: list[int] = []
        self.dog = Watchdog(
            seconds, tell=(tell or self.told.append,), leave=self.left.append, monotonic=lambda: self.now
        )
        self.dog._moving = lambda: self.moving

    def look(self, *, after: float = 1, times: int = 1) -> list[int]:
        """Look, ``times`` times; how the process was ended by now."""
        for _ in range(times):
            self.now += after
            self.dog.look()
        return self.left


def test_a_cycle_that_does_not_move_ends_the_process_when_its_time_is_over() -> None:
    """Not before; and then with exit code 6, the reason, and the place where the thread stands."""
    watched = Watched(10)
    assert watched.look(times=10) == []
    assert watched.look() == [ExitCode.HUNG] == [6]
    (why,) = watched.told
    assert why.startswith("the cycle has not moved for 10 s, at ")
    assert "test_watchdog.py:" in why
    assert " look" in why


def test_whatever_moves_begins_the_time_anew() -> None:
    """Slow is not hung: a cycle a minute goes on for ever."""
    watched = Watched(10)
    for turn in range(100):
        watched.moving = turn
        assert watched.look(times=10) == []


def test_nothing_is_expected_of_a_sleep() -> None:
    """A look once a day is no hang; only what comes after it counts."""
    watched = Watched(10)
    watched.moving = None
    assert watched.look(times=1000) == []
    watched.moving = 0
    assert watched.look(times=10) == []
    assert watched.look() == [ExitCode.HUNG]


def test_a_process_that_stood_still_as_a_whole_has_not_hung() -> None:
    """SIGSTOP, a suspended or a starved machine: the watchdog itself did not look either, and counts two looks."""
    watched = Watched(10)
    assert watched.look(times=5) == []
    assert watched.look(after=100_000) == []
    assert watched.look(times=3) == []
    assert watched.look() == [ExitCode.HUNG]


@given(steps=st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["move", "hang", "rest"])), max_size=60))
def test_it_ends_only_what_has_hung_for_long_enough(steps: list[tuple[float, str]]) -> None:
    """Whatever comes in whatever order: it is ended only after that much time without a move or a rest."""
    watched, moves = Watched(5), count(1)
    stood = seen = 0.0
    watched.look()
    for after, what in steps:
        if what != "hang":
            watched.moving = next(moves) if what == "move" else None
        hangs = what == "hang" and watched.moving is not None
        # What it slept through itself, beyond two looks, is not held against anybody.
        stood, seen = (stood + after, seen + min(after, 1)) if hangs else (0.0, 0.0)
        if watched.look(after=after):
            assert stood >= 5
            return
        assert seen < 5


def test_the_stop_has_a_time_of_its_own_as_a_whole() -> None:
    """It may wait for a disk and for a command of the user's, longer than a cycle may take; but not for ever."""
    watched = Watched(10)
    watched.dog.stopping()
    assert watched.look(times=int(STOP_SECONDS_MIN)) == []
    assert watched.look() == [ExitCode.HUNG]
    assert watched.told[0].startswith(f"the stop has not moved for {STOP_SECONDS_MIN:g} s, at ")
    watched = Watched(1000)
    watched.dog.stopping()
    assert watched.look(times=1000) == []
    assert watched.look() == [ExitCode.HUNG]


def test_saying_why_may_hang_and_fail_and_the_process_is_ended_all_the_same() -> None:
    """A full pipe, the same disk, no thread to be had: the end comes after a moment, said or not."""
    released = threading.Event()
    watched = Watched(10, tell=lambda _: released.wait(LONG))
    watched.dog.tell.append(watched.told.append)
    assert watched.look(times=10) == []
    # From here on each look at the clock is a second later: the patience for telling is over at once.
    ticks = count(1)
    watched.dog._monotonic = lambda: watched.now + next(ticks)
    watched.dog.look()
    assert watched.left == [ExitCode.HUNG]
    assert len(watched.told) == 1, "one that hangs must not keep the others from saying it"
    released.set()


def test_no_thread_to_say_it_ends_the_process_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory may be what is missing."""
    watched = Watched(10)

    def none_left(*_: object, **__: object) -> Any:
        raise RuntimeError("can't start new thread")

    watched.look(times=10)
    monkeypatch.setattr(threading, "Thread", none_left)
    with pytest.raises(RuntimeError):
        watched.look()
    assert watched.left == [ExitCode.HUNG]


def test_it_looks_on_a_thread_of_its_own_until_it_is_closed() -> None:
    """The one that hangs cannot look. A closed watchdog ends nothing any more."""
    ended, left = threading.Event(), list[int]()

    def leave(code: int) -> None:
        left.append(code)
        ended.set()

    stuck = Watchdog(0.05, tell=(), leave=leave)
    stuck.watch(lambda: "never changes")
    assert ended.wait(LONG)
    assert left == [ExitCode.HUNG]

    looked = threading.Event()

    def moving() -> object:
        looked.set()
        return object()

    closed = Watchdog(0.05, tell=(), leave=left.append)
    closed.watch(moving)
    assert looked.wait(LONG)
    closed.close()
    closed.close()
    for thread in threading.enumerate():
        if thread.name == "interlock watchdog":
            thread.join(LONG)
    assert left == [ExitCode.HUNG]


def test_a_place_has_files_lines_and_functions_and_no_values() -> None:
    """Whatever a strategy holds in its hands: it stays there."""
    secret = "a secret value"

    def deep(levels: int) -> str:
        if levels:
            return deep(levels - 1)
        import sys

        return places(sys._getframe())

    said = deep(10)
    assert secret not in said
    assert said.count(" < ") == PLACES_SAID - 1
    assert all(part.startswith("runner/test_watchdog.py:") for part in said.split(" < "))
    assert places(None) == "a place that is not known"


def test_it_can_be_seen_whether_somebody_sleeps_by_a_clock() -> None:
    """While the sleep lasts, also when it raises; all else is the clock's own affair."""
    seen: list[bool] = []

    class Clock(SimulatedClock):
        @override
        def sleep_until(self, deadline: float) -> bool:
            seen.append(clock.is_resting)
            if deadline < 0:
                raise ValueError("no such time")
            return super().sleep_until(deadline)

    inside = Clock(datetime(2020, 1, 1, tzinfo=UTC))
    clock = RestSeen(inside)
    assert not clock.is_resting
    assert clock.sleep_until(clock.monotonic() + 1)
    with pytest.raises(ValueError, match="no such time"):
        clock.sleep_until(-1)
    assert seen == [True, True]
    assert not clock.is_resting
    assert (clock.now(), clock.monotonic()) == (inside.now(), inside.monotonic())
    clock.wake()
    assert not inside.sleep_until(inside.monotonic() + 1)
