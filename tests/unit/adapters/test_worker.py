"""A worker makes one call at a time, each within its deadline, and loses nothing that comes late."""

import decimal
import gc
import threading
import weakref

import pytest

from interlock.adapters.worker import Worker
from interlock.core.faults import AdapterLate, AdapterUnavailable

# Short where lateness is what a test is about, long where it must not come to that.
SHORT, LONG = 0.02, 30.0


class Gate:
    """A call that returns when it may."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        assert self.open.wait(LONG)
        return f"answer {self.made}"


def came_back(worker: Worker) -> bool:
    """Wait for the call that is out."""
    out = worker._out
    return out is None or out.wait(LONG)


def interlock_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("interlock ")}


def test_the_answer_is_handed_over_and_made_on_another_thread() -> None:
    """One thread for all calls: an adapter needs no locks of its own."""
    worker = Worker("test", LONG)
    made_by = {worker.ask("a call", threading.get_ident) for _ in range(5)}
    assert len(made_by) == 1
    assert threading.get_ident() not in made_by
    assert worker.returned == 5
    worker.end(lambda: None)


@pytest.mark.parametrize("error", [AdapterUnavailable("gone"), SystemExit(3), KeyboardInterrupt()])
def test_what_it_raises_is_raised_where_it_was_asked(error: BaseException) -> None:
    """An exit, too: it would end a thread without a word. The worker goes on."""

    def failing() -> None:
        raise error

    worker = Worker("test", LONG)
    with pytest.raises(type(error)) as raised:
        worker.ask("a call", failing)
    assert raised.value is error
    assert "failing" in [frame.name for frame in raised.traceback]
    assert worker.ask("another", lambda: 7) == 7
    worker.end(lambda: None)


def test_a_late_call_is_left_to_itself_and_nothing_is_queued_behind_it() -> None:
    """Every call while it is out is refused at once and never made; the words say which call it is."""
    worker, gate, others = Worker("test", SHORT), Gate(), Gate()
    with pytest.raises(AdapterLate, match=r"^test: slow did not return within 0\.02 s$"):
        worker.ask("slow", gate)
    for _ in range(3):
        assert not worker.is_free
        with pytest.raises(AdapterLate, match=r"^test: slow did not"):
            worker.ask("other", others)
        with pytest.raises(AdapterLate, match=r"^test: slow did not"):
            worker.back()
    gate.open.set()
    assert came_back(worker)
    late = worker.back()
    assert late is not None
    assert late.outcome() == "answer 1"
    assert (worker.back(), others.made, worker.returned) == (None, 0, 0)
    others.open.set()
    worker.seconds = LONG
    assert worker.ask("other", others) == "answer 1"
    worker.end(lambda: None)


def test_an_interrupted_wait_leaves_the_call_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever raises while we wait, the adapter is busy: the next call is not made beside it."""
    worker, gate = Worker("test", LONG), Gate()

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("interlock.adapters.worker.Call.wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            worker.ask("slow", gate)
    with pytest.raises(AdapterLate):
        worker.ask("other", lambda: 1)
    gate.open.set()
    assert came_back(worker)
    late = worker.back()
    assert late is not None
    assert late.outcome() == "answer 1"
    worker.end(lambda: None)


def test_a_call_sees_the_precision_of_whoever_asks() -> None:
    """Threads have decimal contexts of their own: money would be rounded in one and not in the other."""
    worker = Worker("test", LONG)
    with decimal.localcontext(prec=77):
        assert worker.ask("a call", lambda: decimal.getcontext().prec) == 77
    worker.end(lambda: None)


def test_the_last_call_ends_the_thread_and_a_later_one_begins_another() -> None:
    """A feed is closed and opened again; threads do not pile up."""
    before = interlock_threads()
    worker = Worker("test", LONG)
    for _ in range(3):
        worker.ask("a call", lambda: 1)
        (thread,) = interlock_threads() - before
        assert thread.daemon, "a process that wants to end must not wait for it"
        worker.end(lambda: None)
        thread.join(LONG)
        assert interlock_threads() == before


def test_the_last_call_is_bounded_and_says_nothing_when_it_is_late() -> None:
    """It is waited for once; where another call is out it is made behind that, without waiting."""
    gate, worker = Gate(), Worker("test", SHORT)
    worker.end(gate)
    gate.open.set()
    assert came_back(worker)

    gate, last, worker = Gate(), Gate(), Worker("test", SHORT)
    last.open.set()
    with pytest.raises(AdapterLate):
        worker.ask("slow", gate)
    worker.end(last)
    assert last.made == 0
    with pytest.raises(AdapterLate, match="close"):
        worker.ask("other", lambda: 1)
    gate.open.set()
    assert came_back(worker)
    assert last.made == 1


def test_what_the_last_call_raises_in_time_is_raised() -> None:
    """An adapter that cannot close says so, as it would without a worker."""
    worker = Worker("test", LONG)

    def failing() -> None:
        raise OSError("still open")

    with pytest.raises(OSError, match="still open"):
        worker.end(failing)


def test_a_worker_that_nobody_has_any_more_ends_its_thread() -> None:
    """Whoever forgets to close it leaves no thread behind."""
    before = interlock_threads()
    worker = Worker("test", LONG)
    worker.ask("a call", lambda: 1)
    (thread,) = interlock_threads() - before
    gone = weakref.ref(worker)
    del worker
    gc.collect()
    assert gone() is None
    thread.join(LONG)
    assert not thread.is_alive()


def test_an_answer_is_not_kept() -> None:
    """Between two calls the worker holds nothing of the last one: what it answered may be large."""

    class Answer:
        pass

    worker = Worker("test", LONG)
    answer = worker.ask("a call", Answer)
    gone = weakref.ref(answer)
    del answer
    pause = threading.Event()
    for _ in range(1_000):
        gc.collect()
        # The thread lets go right after it has answered: it may take a moment to be there.
        if gone() is None or pause.wait(0.005):
            break
    assert gone() is None
    worker.end(lambda: None)
