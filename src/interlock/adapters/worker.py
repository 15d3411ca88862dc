"""One thread that makes the calls of one adapter, so that whoever asks is never kept for ever.

What talks to the world may hang, and Python cannot end a thread that does. So the call is left to itself: it is late,
no other is made until it has returned, and what it then came to is handed over. The thread is a daemon: it never keeps
a process that wants to end.
"""

import threading
import weakref
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from interlock.core.faults import AdapterLate

_T = TypeVar("_T")


class Call(Generic[_T]):
    """One call on its way: whether it has returned, and what came of it."""

    def __init__(self, what: Callable[[], _T], *, last: bool = False) -> None:
        self._what = what
        self.last = last
        # The adapter finds what it would find in the caller's thread, the precision of decimals above all.
        self._context = copy_context()
        self._returned = threading.Event()
        self._value: _T
        self._error: BaseException | None = None

    def make(self) -> None:
        """In the worker. Whatever it raises is kept for who asked."""
        try:
            self._value = self._context.run(self._what)
        except BaseException as error:  # noqa: BLE001 - an exit, too, is for who asked, and would end this thread unseen
            self._error = error
        self._returned.set()

    def wait(self, seconds: float) -> bool:
        """Whether it returned within ``seconds`` of real time."""
        return self._returned.wait(seconds)

    @property
    def has_returned(self) -> bool:
        """Whether ``outcome`` can be asked for."""
        return self._returned.is_set()

    def outcome(self) -> _T:
        """What it answered; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value


_Calls = SimpleQueue["Call[Any] | None"]


class Worker:
    """Makes calls of ``whose`` adapter one at a time, each within ``seconds`` of real time. One thread may ask.

    The thread begins with the first call, ends with ``end``, and begins anew with a later call.
    """

    def __init__(self, whose: str, seconds: float) -> None:
        self.seconds = seconds
        # How many calls have returned in time: whoever watches us sees that something happens.
        self.returned = 0
        self._whose = whose
        # Never longer than one call, and the word to end.
        self._calls: _Calls | None = None
        self._forgotten: weakref.finalize[Any, Any] | None = None
        self._out: Call[Any] | None = None
        self._asked = ""

    @property
    def is_free(self) -> bool:
        """Whether a call can be made now: none is out, or the one that was late has returned."""
        return self._out is None or self._out.has_returned

    def ask(self, name: str, what: Callable[[], _T], *, deadlines: int = 1) -> _T:
        """What ``what`` answers or raises. ``AdapterLate`` where it has not returned after so many ``deadlines``: then
        it is out, and only ``back`` tells what came of it; or where another is out still: then it was not made. What
        came late has to be taken ``back`` first."""
        if not self.is_free:
            raise self.late
        assert self._out is None, "what came late is taken back first: it would be lost"
        seconds = self.seconds * deadlines
        call = Call(what)
        calls = self._begun()
        self._out, self._asked = call, f"{self._whose}: {name} did not return within {seconds:g} s"
        calls.put(call)
        if not call.wait(seconds):
            raise self.late
        self._out = None
        self.returned += 1
        return call.outcome()

    def back(self) -> Call[Any] | None:
        """The late call that has returned since, once; None where none was late. ``AdapterLate`` while it is out."""
        if not self.is_free:
            raise self.late
        call, self._out = self._out, None
        return call

    def end(self, what: Callable[[], object]) -> None:
        """Make one last call and let the thread go. Waited for like any other, but lateness is no error: nobody is left
        to do anything about it. Behind a call that is out it is made when that has returned, and not waited for."""
        waiting = self.is_free
        calls, call = self._begun(), Call(what, last=True)
        self._calls, self._out, self._asked = (
            None,
            call,
            f"{self._whose}: close did not return within {self.seconds:g} s",
        )
        if self._forgotten is not None:
            self._forgotten.detach()
        calls.put(call)
        if waiting and call.wait(self.seconds):
            self._out = None
            call.outcome()

    @property
    def late(self) -> AdapterLate:
        """What to raise while a call is out."""
        return AdapterLate(self._asked)

    def _begun(self) -> _Calls:
        """The thread's queue. The thread does not hold us: a worker that nobody has any more ends its own."""
        if self._calls is None:
            calls: _Calls = SimpleQueue()
            threading.Thread(target=_make_all, args=(calls,), name=f"interlock {self._whose}", daemon=True).start()
            self._forgotten = weakref.finalize(self, calls.put, None)
            self._forgotten.atexit = False
            self._calls = calls
        return self._calls


def _make_all(calls: _Calls) -> None:
    while True:  # ends: with the last call, or with the word that nobody can ask any more
        call = calls.get()
        if call is None:
            return
        call.make()
        if call.last:
            return
        del call  # what it answered is not ours to keep until the next
