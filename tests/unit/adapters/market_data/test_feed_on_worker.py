"""A feed that hangs keeps nobody, and no item of it is lost."""

from itertools import count

import pytest
from typing_extensions import override

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.adapters.market_data.on_worker import OnWorker
from interlock.core.faults import AdapterLate
from interlock.core.market import Cursor, EndOfData
from interlock.testing.builders import bars
from interlock.testing.contracts.market_data import drained
from interlock.testing.hanging import HangingFeed

SHORT, LONG = 0.02, 30.0
BARS = bars(5)


def on_worker() -> tuple[OnWorker, HangingFeed]:
    """Open, and with a short deadline."""
    feed = HangingFeed(MemoryFeed(BARS))
    worker = OnWorker(feed, SHORT)
    # What comes before the hanging is not to be late, however busy the machine is.
    worker._worker.seconds = LONG
    worker.open()
    return worker, feed


def late(worker: OnWorker) -> None:
    """The next item does not come in time."""
    worker._worker.seconds = SHORT
    with pytest.raises(AdapterLate, match=r"^market data: next did not return within"):
        worker.next()
    worker._worker.seconds = LONG


def came_back(worker: OnWorker) -> bool:
    """Wait for the call that is out."""
    out = worker._worker._out
    return out is None or out.wait(LONG)


def test_an_item_that_comes_late_is_handed_over_first() -> None:
    """Nothing is skipped and nothing comes twice; the cursor is that of what was handed over, not of what was read."""
    worker, feed = on_worker()
    assert worker.next() == BARS[0]
    gate = feed.held.hold("next")
    late(worker)
    for _ in range(3):
        with pytest.raises(AdapterLate):
            worker.next()
        assert worker.cursor() == Cursor(items=1, ts_event=BARS[0].ts_event)
        assert worker.progress() == 0.2
    gate.set()
    assert came_back(worker)
    assert worker.cursor() == Cursor(items=1, ts_event=BARS[0].ts_event)
    assert worker.next() == BARS[1]
    assert worker.cursor() == Cursor(items=2, ts_event=BARS[1].ts_event)
    assert drained(worker) == list(BARS[2:])
    assert not feed.held.overlapped
    worker.close()


def test_what_is_asked_in_between_does_not_lose_the_late_item() -> None:
    """Describing it, once it is free again, is a call of its own: the item is still the next one."""
    worker, feed = on_worker()
    gate = feed.held.hold("next")
    late(worker)
    gate.set()
    assert came_back(worker)
    assert worker.describe() == feed.describe()
    assert worker.next() == BARS[0]
    worker.close()


def test_an_error_that_comes_late_is_raised_by_the_next_call() -> None:
    """It happened, whoever had stopped waiting for it."""

    class Failing(MemoryFeed):
        @override
        def _take(self, deadline: object) -> EndOfData:
            raise OSError("the disk")

    feed = HangingFeed(Failing(BARS))
    worker = OnWorker(feed, LONG)
    worker.open()
    gate = feed.held.hold("next")
    late(worker)
    gate.set()
    assert came_back(worker)
    with pytest.raises(OSError, match="the disk"):
        worker.next()
    worker.close()


def test_opened_anew_it_forgets_what_came_late_before() -> None:
    """A reading begins at its beginning."""
    worker, feed = on_worker()
    assert worker.next() == BARS[0]
    gate = feed.held.hold("next")
    late(worker)
    gate.set()
    assert came_back(worker)
    worker.open()
    assert worker.cursor() == Cursor()
    assert drained(worker) == list(BARS)
    worker.close()


def test_a_late_opening_is_late_after_more_time_and_can_be_read_when_it_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Opening may read the whole source. Late, it is neither opened again beside itself nor lost."""
    monkeypatch.setattr("interlock.adapters.market_data.on_worker.OPENING_DEADLINES", 3)
    feed = HangingFeed(MemoryFeed(BARS))
    worker = OnWorker(feed, SHORT)
    gate = feed.held.hold("open")
    with pytest.raises(AdapterLate, match=r"^market data: open did not return within 0\.06 s$"):
        worker.open()
    with pytest.raises(AdapterLate):
        worker.cursor()
    gate.set()
    assert came_back(worker)
    worker._worker.seconds = LONG
    assert drained(worker) == list(BARS)
    worker.close()


def test_closing_is_bounded_and_happens_when_the_call_has_returned() -> None:
    """Nobody waits for a feed that hangs; it is let go of as soon as that can be."""
    closed = count()

    class Closed(MemoryFeed):
        @override
        def close(self) -> None:
            next(closed)
            super().close()

    feed = HangingFeed(Closed(BARS))
    worker = OnWorker(feed, LONG)
    worker.open()
    begun = next(closed)
    gate = feed.held.hold("next")
    late(worker)
    worker.close()
    gate.set()
    assert came_back(worker)
    assert next(closed) == begun + 2
    assert not feed.held.overlapped


def test_what_it_is_to_prepare_for_is_told_to_the_feed() -> None:
    """A live one fetches its past by it."""
    told: list[int] = []

    class Preparing(MemoryFeed):
        @override
        def prepare(self, *, lookback: int) -> None:
            told.append(lookback)

    worker = OnWorker(Preparing(BARS), LONG)
    worker.prepare(lookback=7)
    assert told == [7]
    worker.close()


def test_all_calls_come_from_one_thread() -> None:
    """What is only told of the source, too: an adapter needs no locks."""
    worker, feed = on_worker()
    told = (worker.is_endless, worker.notes, worker.progress(), worker.cursor(), worker.describe())
    thread = feed.held.thread
    worker.next()
    assert feed.held.thread == thread
    assert told == (False, (), 0.0, Cursor(), MemoryFeed(BARS).describe())
    assert worker.returned == 3
    worker.close()
