"""A process ends, whatever threads are left; see ``tests/system/test_hanging.py`` for one that really does."""

import os
import threading

import pytest

from interlock.runner.leaving import leave_in_time

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
