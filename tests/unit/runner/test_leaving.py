"""A process ends, whatever threads are left; see ``tests/system/test_hanging.py`` for one that really does."""

import atexit
import os
import threading
from typing import NoReturn

import pytest

from interlock.runner import streams
from interlock.runner.leaving import leave, leave_in_time

LONG = 30.0


def test_nothing_is_done_where_python_would_end_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most processes have only daemons beside the main thread, and pay nothing."""
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread(), threading.Thread(daemon=True)])
    monkeypatch.setattr(threading, "Timer", lambda *_: pytest.fail("nobody has to be waited for"))
    leave_in_time(3)


def test_a_thread_that_stays_is_not_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code stays what it was."""
    left, over = list[int](), threading.Event()

    def leave(code: int) -> None:
        left.append(code)
        over.set()

    monkeypatch.setattr(os, "_exit", leave)
    stays = threading.Event()
    thread = threading.Thread(target=stays.wait, args=(LONG,))
    thread.start()
    leave_in_time(3, 0.01)
    assert over.wait(LONG)
    assert left == [3]
    stays.set()
    thread.join()


def test_a_process_ends_at_once_and_calls_whoever_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken apart, and nobody who has something to put in order is forgotten."""
    called: list[str] = []
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread(), threading.Thread(daemon=True)])
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: called.append("exit functions"))
    monkeypatch.setattr(streams, "settle", lambda: called.append("streams"))

    def end(code: int) -> NoReturn:
        called.append(f"ended with {code}")
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(KeyboardInterrupt):
        leave(3)
    assert called == ["exit functions", "streams", "ended with 3"]


def test_where_a_thread_stays_python_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be about to put something in order."""
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread(), threading.Thread(daemon=False)])
    monkeypatch.setattr(os, "_exit", lambda _: pytest.fail("that thread would be cut off"))
    with pytest.raises(SystemExit) as left:
        leave(3)
    assert left.value.code == 3
