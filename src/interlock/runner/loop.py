"""The run loop: one observation at a time, at a stated pace, until something says stop.

Two ways to keep time. Following the data (SIM): the domain clock jumps to the next bar, or to where one was expected
and did not come. Paced (PAPER, or an endless source that nothing else bounds): one wake an interval on the
operational clock, without drift; a late wake is recorded and left out, never caught up in a burst.
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from attrs import define, field

from interlock.core.cycle import Cycle
from interlock.core.faults import Fault, InvariantViolated, JournalUnavailable
from interlock.core.market import Bar, EndOfData, FeedItem, Silence, Split
from interlock.core.observations import CycleOverran, FaultObserved, StopReason
from interlock.core.ports import Clock, MarketDataPort
from interlock.core.records import Record
from interlock.core.trading_state import ReconciliationCause
from interlock.core.view import MarketView
from interlock.runner.cadence import SLEEP_FLOOR_SECONDS, Cadence
from interlock.runner.loop_parts import Bounds, DomainTime, Watcher
from interlock.runner.no_item import no_item
from interlock.runner.overdue import silence_before
from interlock.runner.reconciling import ReconciliationPace
from interlock.runner.standstill import Standstill
from interlock.runner.stop import StopRequest, check_no_interrupt

__all__ = ["Bounds", "DomainTime", "Loop", "StateUntrusted", "Watcher"]

# A paced wake takes all that is due, but not without end.
ITEMS_PER_WAKE_MAX: Final = 1_000
# How often an unpaced loop looks around, in items: looking costs more than a bar does.
ITEMS_PER_LOOK: Final = 256
# And every loop at the latest, however slow its cycles are.
SECONDS_PER_LOOK: Final = 0.5


_What = TypeVar("_What")


class StateUntrusted(InvariantViolated):
    """The fold raised, or a cycle was cut short: what it made of the state is not to be used any more (exit 4)."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"the {fault.where} raised {fault.error} at {fault.place}: the state cannot be trusted")
        self.fault = fault


# mutable: it counts cycles
@define(kw_only=True)
class Loop:
    """Runs until a bound, the end of the data, a stop or too many faults; says which.

    ``advance`` moves the domain clock to a bar's time where it follows the data; it does nothing where the domain
    clock runs by itself. Faults of the feed are observations. ``JournalUnavailable`` and ``StateUntrusted`` rise.
    """

    cycle: Cycle
    feed: MarketDataPort
    domain: DomainTime
    advance: Callable[[datetime], None]
    clock: Clock
    stop: StopRequest
    bounds: Bounds
    watcher: Watcher
    # Whether the domain clock runs by itself: only then can several bars be due at one wake.
    domain_runs: bool = False
    cycles: int = 0
    _pace: ReconciliationPace = field(init=False)
    _started: float = 0.0
    _beat_due: float = 0.0
    _aside_due: float = math.inf
    _look_due: float = 0.0
    _faults_before: int = 0
    _view: MarketView = field(init=False)

    def run(self) -> StopReason:
        """The whole run."""
        # One view serves a whole run, and is looked into at every turn.
        self._view = self.cycle.view
        self._started = self.clock.monotonic()
        self._beat_due = self._started + self.bounds.heartbeat_seconds
        # A run that goes on from a journal starts with a clean slate: faults of the run before have ended that one.
        self._faults_before = self._view.faults_in_a_row
        paced = self.bounds.interval_seconds is not None
        self._pace = ReconciliationPace(seconds=self.bounds.reconcile_seconds if paced else None)
        if not self.stop.requested:
            self._heed()
            self._reconcile(ReconciliationCause.START)
        if self.bounds.interval_seconds is None:
            return self._follow_data()
        return self._keep_pace(max(self.bounds.interval_seconds, SLEEP_FLOOR_SECONDS))

    def _follow_data(self) -> StopReason:
        reason = self._bounded() or self._look()
        switched = self.watcher.switched
        standstill = Standstill(clock=self.clock, told=self.watcher.stands)
        while reason is None:  # ends: every turn takes one item, and each way to stop sets a reason
            if switched():
                self._heed()
            reason = self._turn(self._next()) or self._bounded()
            if reason is None and (not self.cycles % ITEMS_PER_LOOK or self.clock.monotonic() >= self._look_due):
                reason = self._look()
            if reason is None and (standstill.lasts or not self.cycles % ITEMS_PER_LOOK):
                reason = None if standstill.passes(self.cycles, self._view.bars_seen) else StopReason.SIGNAL
        return reason

    def _keep_pace(self, interval: float) -> StopReason:
        cadence = Cadence(origin=self.clock.monotonic(), interval=interval)
        wake = 0
        reason = self._bounded() or self._look()
        while reason is None:  # ends: every turn waits at least the floor, and each way to stop sets a reason
            reason = self._wake(until=cadence.at(wake + 1))
            if reason is None:
                self.watcher.rest()
                wake, missed = cadence.following(wake, self.clock.monotonic())
                if missed:
                    self._note(CycleOverran(missed=missed))
                reason = self._wait_until(cadence.at(wake))
        return reason

    def _wake(self, until: float) -> StopReason | None:
        """Take everything that is due, at least one item. What is left when the next wake should be waits for that."""
        reason: StopReason | None = None
        for taken in range(ITEMS_PER_WAKE_MAX):
            self._heed()
            item = self._next()
            waiting = item is None or isinstance(item, Silence)
            if waiting and taken:
                return reason
            reason = self._turn(item) or self._bounded()
            now = self.clock.monotonic()
            if reason is not None or waiting or not self.domain_runs or now >= until:
                return reason
            # An interval may be long, and so may be what is due in it.
            if now >= self._look_due and (reason := self._look()) is not None:
                return reason
        return reason

    def _wait_until(self, due: float) -> StopReason | None:
        """Wait for the next wake; a heartbeat that falls into a long wait is not left out."""
        self._aside_due = self.watcher.aside()
        end = self._started + self.bounds.seconds if self.bounds.seconds is not None else due
        now = self.clock.monotonic()
        while True:  # ends: every pass waits at least the floor, until the wake is due or there is a reason to stop
            earliest = now + SLEEP_FLOOR_SECONDS
            until = max(min(self._beat_due, self._aside_due, end), earliest)
            if until > due - SLEEP_FLOOR_SECONDS:
                until = max(due, earliest)
            if not self.clock.sleep_until(until):
                return StopReason.SIGNAL  # woken for good: no later sleep would last
            reason = self._look()
            now = self.clock.monotonic()
            if reason is not None or now >= due:
                return reason

    def _next(self) -> FeedItem | None:
        """The feed's next item; None after a fault of the feed, which has then been recorded."""
        try:
            item: object = self.feed.next(self.domain.now())
            if type(item) is not Bar and not isinstance(item, FeedItem):
                raise no_item(self.feed, item)
        except BaseException as error:  # noqa: BLE001 - whatever a feed raises is an observation: it halts
            check_no_interrupt(error)
            self._note(FaultObserved(fault=Fault.of(error, where="market_data")))
            return None
        return item

    def _turn(self, item: FeedItem | None) -> StopReason | None:
        """One cycle. A fault of the feed counts as one, so that a dead feed ends the run instead of spinning."""
        self.cycles += 1
        if item is not None:
            if type(item) is Bar or isinstance(item, Split):
                self._move_to(item)
            self._through(self.cycle.step, item)
            if isinstance(item, EndOfData):
                return StopReason.END_OF_DATA
        faults = self._view.faults_in_a_row
        # Nearly always as many as before: none.
        if faults <= self._faults_before:
            self._faults_before = faults
            return None
        return StopReason.FAULTS_EXCEEDED if faults - self._faults_before > self.bounds.faults_max else None

    def _move_to(self, item: Bar | Split) -> None:
        """To the earlier of the item and the moment at which one was expected, then to the item."""
        at = item.ts_event
        if not self.domain_runs:
            silence = silence_before(at, self._view, self.domain.now())
            if silence is not None:
                self.advance(silence.until)
                self._through(self.cycle.step, silence)
        self.advance(at)

    def _note(self, observation: CycleOverran | FaultObserved) -> None:
        self._through(lambda noted, now: [self.cycle.note(noted, now)], observation)

    def _heed(self) -> None:
        """Take what people and their kill switch say: it is on record, and acted upon, before anything else is."""
        asked = self.watcher.asked()
        if asked:
            self._through(self.cycle.note_together, asked)

    def _reconcile(self, cause: ReconciliationCause) -> None:
        self._through(self.cycle.reconcile, cause)
        self._pace.asked(self._view, self.clock.monotonic())

    def _through(self, way: Callable[[_What, datetime], Sequence[Record]], what: _What) -> None:
        try:
            records = way(what, self.domain.now())
        except JournalUnavailable:
            raise
        except BaseException as error:  # a plugin that exits would end the run without a word
            check_no_interrupt(error)
            where = "fold" if isinstance(error, Exception) else "cycle"
            raise StateUntrusted(Fault.of(error, where=where)) from error
        self.watcher.records(records)

    def _bounded(self) -> StopReason | None:
        if self.stop.requested:
            return StopReason.SIGNAL
        if self.bounds.cycles is not None and self.cycles >= self.bounds.cycles:
            return StopReason.CYCLES_REACHED
        return None

    def _look(self) -> StopReason | None:
        """Between two steps: out of time, or time to ask the venue, to say that we are alive, for a snapshot?"""
        self.cycle.keep_snapshot()
        if self.stop.requested:
            return StopReason.SIGNAL
        self._heed()
        # Where the data set the pace, what is on record does not depend on how fast this machine is.
        if self.bounds.interval_seconds is not None or not self.cycles % ITEMS_PER_LOOK:
            cause = self._pace.due(self._view, self.clock.monotonic())
            if cause is not None:
                self._reconcile(cause)
        now = self.clock.monotonic()
        self._look_due = now + SECONDS_PER_LOOK
        self.watcher.progress()
        self._aside_due = self.watcher.aside()
        if self.bounds.seconds is not None and now - self._started >= self.bounds.seconds:
            return StopReason.TIME_REACHED
        if now >= self._beat_due:
            self._beat_due = now + self.bounds.heartbeat_seconds
            self.watcher.heartbeat()
        return None
