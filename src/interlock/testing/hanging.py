"""A venue and a feed whose calls can be held up, to prove whoever has to live with one that hangs."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from typing_extensions import override

from interlock.core.market import Cursor, FeedItem
from interlock.core.orders import ApprovedOrder, OrderTerms
from interlock.core.ports import MarketDataPort
from interlock.core.reports import ExecutionReport, OrderAccepted, OrderRejected, OrderUnknown, VenueStatement
from interlock.testing.scripted_venue import ScriptedVenue

# A test that forgets to let go fails by this, and does not hang.
SECONDS_MAX: Final = 60.0

_T = TypeVar("_T")


class Held:
    """Calls that are made, and return only when they are let go. Two at one time are what no adapter has to bear:
    ``overlapped`` tells that it came to that."""

    def __init__(self) -> None:
        self._gates: dict[str, threading.Event] = {}
        # One thread may ask a part of itself.
        self._inside = threading.RLock()
        self.overlapped = False
        self.thread: int | None = None

    def hold(self, name: str) -> threading.Event:
        """Hold up the next call of ``name``, until the event is set."""
        gate = self._gates[name] = threading.Event()
        return gate

    def through(self, name: str, call: Callable[[], _T]) -> _T:
        """Make ``call``; its answer comes when it may."""
        if not self._inside.acquire(blocking=False):
            self.overlapped = True
            raise AssertionError(f"{name} was called while another call was out")
        try:
            self.thread = threading.get_ident()
            gate = self._gates.pop(name, None)
            try:
                return call()
            finally:
                if gate is not None and not gate.wait(SECONDS_MAX):
                    raise AssertionError(f"{name} was never let go")
        finally:
            self._inside.release()


class HangingVenue(ScriptedVenue):
    """A scripted venue that does what it does, and answers when ``held`` lets it."""

    def __init__(self, *moves: object, fills: bool = True) -> None:
        super().__init__(*moves, fills=fills)  # type: ignore[arg-type]
        self.held = Held()

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        return self.held.through("submit", lambda: super(HangingVenue, self).submit(order, now))

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        self.held.through("cancel", lambda: super(HangingVenue, self).cancel(client_order_id, now))

    @override
    def on_market(self, item: FeedItem) -> None:
        self.held.through("on_market", lambda: super(HangingVenue, self).on_market(item))

    @override
    def find(self, client_order_id: str) -> Sequence[ExecutionReport]:
        return self.held.through("find", lambda: super(HangingVenue, self).find(client_order_id))

    @override
    def reports(self) -> Sequence[ExecutionReport]:
        return self.held.through("reports", lambda: super(HangingVenue, self).reports())

    @override
    def reconcile(self, working: Sequence[OrderTerms], now: datetime) -> VenueStatement:
        return self.held.through("reconcile", lambda: super(HangingVenue, self).reconcile(working, now))

    @override
    def close(self) -> None:
        self.held.through("close", lambda: super(HangingVenue, self).close())


class HangingFeed(MarketDataPort):
    """``feed``, whose calls of ``open``, ``next``, ``describe`` and ``close`` can be held up."""

    def __init__(self, feed: MarketDataPort) -> None:
        self._feed = feed
        self.held = Held()

    @override
    def open(self, *, after: Cursor | None = None) -> None:
        self.held.through("open", lambda: self._feed.open(after=after))

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        return self.held.through("next", lambda: self._feed.next(deadline))

    @override
    def cursor(self) -> Cursor:
        return self.held.through("cursor", self._feed.cursor)

    @override
    def describe(self) -> str:
        return self.held.through("describe", self._feed.describe)

    @override
    def close(self) -> None:
        self.held.through("close", self._feed.close)

    @property
    @override
    def is_endless(self) -> bool:
        return self.held.through("is_endless", lambda: self._feed.is_endless)

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self.held.through("notes", lambda: self._feed.notes)

    @override
    def progress(self) -> float | None:
        return self.held.through("progress", self._feed.progress)
