"""The run loop, on a simulated clock: what ends it, what it survives, and when it wakes."""

import math
import signal
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.market_data.masked import MaskedFeed
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.adapters.market_data.paced import PacedFeed
from interlock.core.commands import KillSwitchSeen
from interlock.core.cycle import Cycle, Parts
from interlock.core.faults import Fault, JournalUnavailable, QueueOverflow
from interlock.core.market import Bar, EndOfData, FeedItem, Session, Silence, Split
from interlock.core.observations import (
    CycleOverran,
    FaultObserved,
    NotedObservation,
    ReconciliationFailed,
    StopReason,
    VenueReconciled,
)
from interlock.core.ports import Strategy
from interlock.core.reasons import Reason
from interlock.core.records import Record
from interlock.core.strategies.observer import Observer, ObserverParameters
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.runner import standstill
from interlock.runner.cadence import SLEEP_FLOOR_SECONDS, Cadence
from interlock.runner.loop import (
    ITEMS_PER_LOOK,
    ITEMS_PER_WAKE_MAX,
    SECONDS_PER_LOOK,
    Bounds,
    Loop,
    StateUntrusted,
    Watcher,
)
from interlock.runner.overdue import silence_before
from interlock.runner.stop import StopRequest
from interlock.testing.approvals import permissive_policy
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, bars
from interlock.testing.fakes import ScriptedStrategy, ScriptedVenue, WatchedJournal
from interlock.testing.rehearsal import GivenSessions, opened

CLOCK = SimulatedClock(A_TIME)


class FlakyFeed(MemoryFeed):
    """A memory feed that raises at the calls it was told to."""

    def __init__(self, items: Sequence[FeedItem], raises_at: set[int]) -> None:
        super().__init__(items)
        self._raises_at = raises_at
        self._calls = 0

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        self._calls += 1
        if self._calls in self._raises_at:
            raise ConnectionError("a secret that must not be recorded")
        return super().next(deadline)


class EndlessFeed(MemoryFeed):
    """One bar a minute, for ever."""

    def __init__(self) -> None:
        super().__init__(())
        self._at = A_TIME

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        self._at += A_MINUTE
        return a_bar(at=self._at)

    @property
    @override
    def is_endless(self) -> bool:
        return True


class StuckFeed(MemoryFeed):
    """Repeats its bar for ever, but for the items named in ``moves``: those are new."""

    def __init__(self, moves: Sequence[int] = ()) -> None:
        super().__init__(())
        self._moves, self._count, self._at = frozenset(moves), 0, A_TIME

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        self._count += 1
        if self._count in self._moves:
            self._at += A_MINUTE
        return a_bar(at=self._at)


class NonsenseFeed(MemoryFeed):
    """Answers with something that is no item of the port, or asks the process to end."""

    def __init__(self, answer: object) -> None:
        super().__init__(())
        self._answer: Any = answer

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        if isinstance(self._answer, BaseException):
            raise self._answer
        answer: FeedItem = self._answer
        return answer


class Leaving(BaseException):
    """What no ``except Exception`` takes."""


@pytest.fixture
def listening() -> Iterator[None]:
    """As while a run listens to signals."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    yield
    signal.signal(signal.SIGINT, before)


class QuietFeed(MemoryFeed):
    """Nothing ever comes."""

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        return Silence(until=deadline or A_TIME)


class Rig:
    """A loop over memory and simulated time. ``took`` says how long each cycle takes on the operational clock."""

    def __init__(
        self,
        feed: MemoryFeed,
        bounds: Bounds | None = None,
        *,
        strategy: Strategy | None = None,
        took: Sequence[float] = (),
        domain_runs: bool = False,
        calendar: GivenSessions | AlwaysOpen | None = None,
        asked: Callable[[], Sequence[NotedObservation]] = tuple,
        switched: Callable[[], bool] = lambda: False,
    ) -> None:
        self.clock = SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC))
        self.domain = SimulatedClock(A_TIME - A_MINUTE)
        self.journal = WatchedJournal(MemoryJournal())
        parts = Parts(
            strategy=strategy or Observer(ObserverParameters()),
            policy=permissive_policy(),
            execution=ScriptedVenue(),
            journal=self.journal,
            calendar=calendar or AlwaysOpen(),
        )
        self.cycle = Cycle(parts)
        self.cycle.open(opened(), self.domain.now())
        feed.open()
        self.records: list[Record] = []
        self.wakes: list[float] = []
        self.beats: list[float] = []
        self.rests = 0
        self.stood: list[tuple[int, float]] = []
        self._took = iter(took)
        self.forced: list[str] = []
        self.stop = StopRequest(self.clock, tell=self.forced.append, leave=lambda: self.forced.append("left"))
        self.stop_after: int | None = None
        self.loop = Loop(
            cycle=self.cycle,
            feed=feed,
            domain=self.domain,
            advance=self.domain.advance_to,
            domain_runs=domain_runs,
            clock=self.clock,
            stop=self.stop,
            bounds=bounds or Bounds(),
            watcher=Watcher(
                records=self._told,
                heartbeat=lambda: self.beats.append(self.clock.monotonic()),
                progress=lambda: None,
                rest=self._rest,
                asked=asked,
                switched=switched,
                stands=lambda items: self.stood.append((items, self.clock.monotonic())),
            ),
        )

    def _told(self, records: Sequence[Record]) -> None:
        self.records.extend(records)
        if any(isinstance(record.observation, Bar | Silence) for record in records):
            self.wakes.append(self.clock.monotonic())
            self.clock.advance_to(self.clock.now() + timedelta(seconds=next(self._took, 0.0)))
        if self.stop_after is not None and len(self.wakes) >= self.stop_after:
            self.stop.ask("SIGTERM")

    def _rest(self) -> None:
        self.rests += 1

    def seen(self, kind: type) -> list[object]:
        """What was observed of that kind, in order."""
        return [record.observation for record in self.records if isinstance(record.observation, kind)]


# ------------------------------------------------------------------------------------------- what ends it


def test_it_ends_with_the_data() -> None:
    """Every bar is taken, and then the end is."""
    rig = Rig(MemoryFeed(bars(7)))
    assert rig.loop.run() is StopReason.END_OF_DATA
    assert (len(rig.seen(Bar)), len(rig.seen(EndOfData)), rig.loop.cycles) == (7, 1, 8)


def test_it_ends_after_so_many_cycles() -> None:
    """A bound on cycles is exact."""
    rig = Rig(EndlessFeed(), Bounds(cycles=5))
    assert rig.loop.run() is StopReason.CYCLES_REACHED
    assert len(rig.seen(Bar)) == rig.loop.cycles == 5


def test_it_ends_when_its_time_is_up_where_the_data_sets_the_pace() -> None:
    """Looked at now and then, so that looking costs nothing."""
    rig = Rig(EndlessFeed(), Bounds(seconds=10.0), took=[0.02] * 10_000)
    assert rig.loop.run() is StopReason.TIME_REACHED
    assert 10.0 <= rig.clock.monotonic() < 10.0 + SECONDS_PER_LOOK + 0.02


def test_it_ends_when_its_time_is_up_in_the_middle_of_a_wait() -> None:
    """An interval of an hour does not make a run of ten seconds longer."""
    rig = Rig(QuietFeed(()), Bounds(seconds=10.0, interval_seconds=3600.0))
    assert rig.loop.run() is StopReason.TIME_REACHED
    assert rig.clock.monotonic() == 10.0


def test_a_stop_that_was_asked_for_before_the_start_takes_nothing() -> None:
    """Nothing is observed after a stop."""
    rig = Rig(MemoryFeed(bars(3)))
    rig.stop.ask("SIGINT")
    assert rig.loop.run() is StopReason.SIGNAL
    assert rig.records == []


@pytest.mark.parametrize("interval", [None, 60.0])
def test_a_stop_ends_it_after_the_cycle_it_is_in(interval: float | None) -> None:
    """Whatever the pace."""
    rig = Rig(EndlessFeed(), Bounds(interval_seconds=interval))
    rig.stop_after = 4
    assert rig.loop.run() is StopReason.SIGNAL
    assert len(rig.seen(Bar)) == 4


def test_a_clock_that_was_woken_for_good_ends_a_paced_run() -> None:
    """Where no sleep lasts any more, going on would burn."""
    rig = Rig(QuietFeed(()), Bounds(interval_seconds=60.0))
    rig.clock.wake()
    assert rig.loop.run() is StopReason.SIGNAL
    assert rig.loop.cycles == 1


# ------------------------------------------------------------------------------------- what people ask of it

HALT = KillSwitchSeen(state=TradingState.HALTED, found="HALT")


class Asking:
    """Asks ``once`` at look ``at``, counted from 1, and not before or after."""

    def __init__(self, at: int, once: NotedObservation = HALT) -> None:
        self.at, self.once, self.looks = at, once, 0

    def __call__(self) -> Sequence[NotedObservation]:
        self.looks += 1
        return [self.once] if self.looks == self.at else []


def test_what_is_asked_before_the_start_is_taken_before_anything_else() -> None:
    """It is on record before the venue is asked for the first time, and before anything is decided."""
    rig = Rig(MemoryFeed(bars(3)), asked=Asking(1))
    rig.loop.run()
    kinds = [record.kind for record in rig.records if record.kind != "SessionRolled"]
    assert kinds == ["KillSwitchSeen", "VenueReconciled", "Bar", "Bar", "Bar", "EndOfData"]


def test_at_a_stated_pace_it_looks_before_each_item() -> None:
    """Also of many that are due at one wake: from the question to no further entry it is one cycle."""
    asked = Asking(5)
    rig = Rig(MemoryFeed(bars(6)), Bounds(interval_seconds=60.0, cycles=6), domain_runs=True, asked=asked)
    rig.domain.advance_to(A_TIME + timedelta(hours=1))
    rig.loop.run()
    # One look before the start and one at it; then one before each item.
    kinds = [record.kind for record in rig.records if record.kind in ("Bar", "KillSwitchSeen")]
    assert kinds == ["Bar", "Bar", "KillSwitchSeen", "Bar", "Bar", "Bar", "Bar"]
    assert asked.looks == 8


def test_following_the_data_the_kill_switch_is_looked_at_before_every_item() -> None:
    """And what it says is noted before the next one is taken."""
    asked, looks = Asking(3), iter([False, False, True, *[False] * 9])
    rig = Rig(MemoryFeed(bars(6)), asked=asked, switched=lambda: next(looks))
    rig.loop.run()
    kinds = [record.kind for record in rig.records if record.kind in ("Bar", "KillSwitchSeen")]
    assert kinds[:4] == ["Bar", "Bar", "KillSwitchSeen", "Bar"]


def test_following_the_data_it_looks_for_a_release_now_and_then() -> None:
    """A release can wait; the kill switch alone is looked at before every item."""
    asked = Asking(3)
    rig = Rig(EndlessFeed(), Bounds(cycles=2 * ITEMS_PER_LOOK), asked=asked)
    rig.loop.run()
    before = [record.kind for record in rig.records].index("KillSwitchSeen")
    assert sum(isinstance(record.observation, Bar) for record in rig.records[:before]) == ITEMS_PER_LOOK
    # Before the start, at it, and after each so many items but the last.
    assert asked.looks == 3


def test_what_cannot_be_kept_of_it_ends_the_run() -> None:
    """Nobody acts on a word that is not on record."""
    rig = Rig(MemoryFeed(bars(3)), asked=Asking(1))
    rig.journal.fails = True
    with pytest.raises(JournalUnavailable):
        rig.loop.run()
    assert rig.records == []


def test_a_stop_before_the_start_asks_nobody() -> None:
    """Nothing is observed after a stop."""
    rig = Rig(MemoryFeed(bars(3)), asked=Asking(1))
    rig.stop.ask("SIGINT")
    rig.loop.run()
    assert rig.records == []


# ---------------------------------------------------------------------------------------------- its faults


def test_a_feed_that_raises_is_observed_halts_and_is_asked_again() -> None:
    """Watching goes on behind a fault, and no message is recorded."""
    rig = Rig(FlakyFeed(bars(4), {2}))
    assert rig.loop.run() is StopReason.END_OF_DATA
    (fault,) = rig.seen(FaultObserved)
    assert isinstance(fault, FaultObserved)
    assert (fault.fault.where, fault.fault.error) == ("market_data", "ConnectionError")
    assert "secret" not in str(rig.records)
    assert rig.cycle.view.trading_state is TradingState.HALTED
    assert len(rig.seen(Bar)) == 4


def test_a_feed_that_could_not_keep_up_halts_under_its_own_code_and_ends_the_run() -> None:
    """It never hands over anything again: the next start fetches what is missing."""
    rig = Rig(NonsenseFeed(QueueOverflow("full")))
    assert rig.loop.run() is StopReason.FAULTS_EXCEEDED
    assert rig.cycle.view.trading_state_code == Reason.FEED_OVERFLOW


@pytest.mark.parametrize("around", [lambda feed: feed, MaskedFeed, lambda feed: PacedFeed(MaskedFeed(feed), CLOCK)])
def test_what_a_feed_answers_that_is_no_item_is_told(around: Callable[[MemoryFeed], Any]) -> None:
    """By the name of the adapter, whatever we put around it, and with what it answered."""
    rig = Rig(around(NonsenseFeed(None)))
    rig.loop.run()
    first, *_ = rig.seen(FaultObserved)
    assert isinstance(first, FaultObserved)
    assert (first.fault.error, first.fault.place) == ("WrongAnswer", "NonsenseFeed.next answered with a NoneType")


def test_a_feed_that_is_dead_ends_the_run() -> None:
    """More faults in a row than allowed, and not one turn more."""
    rig = Rig(FlakyFeed((), set(range(1, 100))), Bounds(faults_max=3))
    assert rig.loop.run() is StopReason.FAULTS_EXCEEDED
    assert len(rig.seen(FaultObserved)) == 4


@pytest.mark.parametrize("answer", [None, "a bar", SystemExit(7), Leaving(), KeyboardInterrupt()])
@pytest.mark.parametrize("bounds", [Bounds(faults_max=3), Bounds(faults_max=3, interval_seconds=1.0)])
def test_a_feed_that_answers_nonsense_ends_the_run(listening: None, answer: object, bounds: Bounds) -> None:
    """It is a fault of the feed: neither taken for silence, nor fed to the fold, nor the end of the process."""
    rig = Rig(NonsenseFeed(answer), bounds)
    assert rig.loop.run() is StopReason.FAULTS_EXCEEDED
    assert len(rig.seen(FaultObserved)) == 4


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), Leaving("a secret")])
def test_a_strategy_that_exits_is_a_fault_and_watching_goes_on(error: BaseException) -> None:
    """The process is ours to end, and the plugin is to blame, whatever it raises."""

    def leave(_: object) -> None:
        raise error

    rig = Rig(MemoryFeed(bars(3)), strategy=ScriptedStrategy(leave))
    assert rig.loop.run() is StopReason.END_OF_DATA
    assert rig.cycle.view.trading_state_code == Reason.FAULT_IN_STRATEGY
    assert len(rig.seen(Bar)) == 3
    assert "secret" not in str(rig.records)


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), Leaving("a secret")])
def test_what_breaks_a_cycle_off_ends_the_run_with_words(listening: None, error: BaseException) -> None:
    """What its cycle had done by then is not known. While a run listens, Ctrl-C is not what raises."""

    def leave(_: object) -> None:
        raise error

    rig = Rig(MemoryFeed(bars(3)))
    rig.loop.cycle._execution.on_market = leave  # type: ignore[method-assign, assignment]
    with pytest.raises(StateUntrusted, match=f"the cycle raised {type(error).__name__} at ") as raised:
        rig.loop.run()
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("where", ["strategy", "feed"])
def test_ctrl_c_is_nobodys_fault(where: str) -> None:
    """Where nobody listens to signals, as in somebody else's program, it goes where it always goes."""

    def leave(_: object) -> None:
        raise KeyboardInterrupt

    feed = NonsenseFeed(KeyboardInterrupt()) if where == "feed" else MemoryFeed(bars(3))
    with pytest.raises(KeyboardInterrupt):
        Rig(feed, strategy=ScriptedStrategy(leave)).loop.run()


def test_a_strategy_that_raises_at_every_bar_ends_the_run() -> None:
    """Faults of a strategy are counted like those of a feed."""
    rig = Rig(MemoryFeed(bars(9)), Bounds(faults_max=2), strategy=ScriptedStrategy(*[ValueError("x")] * 9))
    assert rig.loop.run() is StopReason.FAULTS_EXCEEDED
    assert len(rig.seen(Bar)) == 3


def test_faults_with_good_bars_between_them_do_not_end_the_run() -> None:
    """Only faults in a row mean that nothing works any more."""
    rig = Rig(FlakyFeed(bars(40), set(range(2, 60, 3))), Bounds(faults_max=1))
    assert rig.loop.run() is StopReason.END_OF_DATA


def test_faults_that_ended_the_run_before_do_not_end_this_one() -> None:
    """A person who starts again has looked at them."""
    rig = Rig(FlakyFeed(bars(3), {1, 2, 3}), Bounds(faults_max=2))
    assert rig.loop.run() is StopReason.FAULTS_EXCEEDED
    assert rig.loop.run() is StopReason.END_OF_DATA
    assert len(rig.seen(Bar)) == 3


def test_after_good_bars_earlier_faults_excuse_no_later_ones() -> None:
    """A slate that was clean again is the one that counts."""
    rig = Rig(FlakyFeed(bars(20), set(range(3, 40))), Bounds(faults_max=5))
    for _ in range(5):
        rig.loop._note(FaultObserved(fault=Fault(where="market_data", error="E", place="p")))
    assert rig.cycle.view.faults_in_a_row == 5
    assert rig.loop.run() is StopReason.FAULTS_EXCEEDED
    assert rig.cycle.view.faults_in_a_row <= 7


def test_an_interval_of_nothing_waits_at_least_the_floor() -> None:
    """No mistake in an interval makes a loop that burns, nor one that cannot be reckoned."""
    rig = Rig(MemoryFeed(bars(5)), Bounds(interval_seconds=0.0))
    assert rig.loop.run() is StopReason.END_OF_DATA
    assert all(later - sooner >= SLEEP_FLOOR_SECONDS * 0.999 for sooner, later in pairwise(rig.wakes))


def test_a_fault_of_the_fold_rises_at_once() -> None:
    """A split before any journal was opened cannot be folded: nothing after it is looked at."""
    rig = Rig(MemoryFeed((Split(instrument="TEST", ts_event=A_TIME, ratio=Decimal(2)), *bars(3))))
    rig.cycle._state.instrument = None
    with pytest.raises(StateUntrusted, match="the state cannot be trusted") as raised:
        rig.loop.run()
    assert raised.value.fault.error == "InvariantViolated"
    assert raised.value.fault.trace
    assert rig.seen(Bar) == []


def test_the_venue_is_asked_first_and_then_at_its_pace() -> None:
    """Before the first bar, and every so often on the operational clock; where the data sets the pace only once."""
    asked = [ReconciliationCause.START, *[ReconciliationCause.PERIODIC] * 3]
    rig = Rig(EndlessFeed(), Bounds(cycles=100, interval_seconds=1, reconcile_seconds=30))
    rig.loop.run()
    assert [one.cause for one in rig.seen(VenueReconciled) if isinstance(one, VenueReconciled)] == asked
    assert isinstance(rig.records[0].observation, VenueReconciled)
    rig = Rig(MemoryFeed(bars(700)), Bounds(reconcile_seconds=30))
    rig.loop.run()
    assert len(rig.seen(VenueReconciled)) == 1


def test_a_venue_that_is_silent_at_the_start_is_asked_again_until_it_answers() -> None:
    """Soon, and then less and less often."""
    rig = Rig(EndlessFeed(), Bounds(cycles=20, interval_seconds=1, reconcile_seconds=300))
    venue = rig.cycle._parts.execution
    assert isinstance(venue, ScriptedVenue)
    venue.broken.add("reconcile")
    rig.loop.run()
    assert len(rig.seen(ReconciliationFailed)) == 1 + 4  # at 0, and 1, 3, 7 and 15 seconds after
    assert rig.cycle.view.reconciliation_pending is ReconciliationCause.START


def test_a_journal_that_fails_rises_at_once() -> None:
    """No record, no going on."""
    rig = Rig(MemoryFeed(bars(3)))
    rig.journal.fails = True
    with pytest.raises(JournalUnavailable):
        rig.loop.run()
    assert rig.records == []


# ---------------------------------------------------------------------------------- a market that stands still


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many items without a bar are waited for none, here: a real run has more patience."""
    monkeypatch.setattr(standstill, "ITEMS_WITHOUT_A_BAR_MAX", 2 * ITEMS_PER_LOOK)
    return 2 * ITEMS_PER_LOOK


def test_a_feed_that_repeats_itself_for_ever_is_waited_for_and_ends_with_its_time(patience: int) -> None:
    """Each is a bad row, and no bad row ends a run: but nothing burns, and it is said, once."""
    rig = Rig(StuckFeed(), Bounds(seconds=1.0))
    assert rig.loop.run() is StopReason.TIME_REACHED
    assert rig.stood == [(patience, 0.0)]
    assert patience < rig.loop.cycles <= patience + ITEMS_PER_LOOK + (1.0 + SECONDS_PER_LOOK) / SLEEP_FLOOR_SECONDS
    assert len(rig.seen(Bar)) == 1
    assert 1.0 <= rig.clock.monotonic() <= 1.0 + SECONDS_PER_LOOK


def test_the_first_bar_ends_a_standstill(patience: int) -> None:
    """From there on the data sets the pace again."""
    comes = 2 * patience
    rig = Rig(StuckFeed([comes]), Bounds(cycles=comes + ITEMS_PER_LOOK))
    assert rig.loop.run() is StopReason.CYCLES_REACHED
    assert len(rig.stood) == 1
    waits = rig.clock.monotonic() / SLEEP_FLOOR_SECONDS
    assert comes - patience - ITEMS_PER_LOOK <= waits <= comes - patience


def test_where_the_run_is_over_no_standstill_is_told(patience: int) -> None:
    """Nothing comes behind it."""
    rig = Rig(StuckFeed(), Bounds(cycles=patience + ITEMS_PER_LOOK))
    assert rig.loop.run() is StopReason.CYCLES_REACHED
    assert rig.stood == []


def test_a_standstill_ends_with_the_signal_that_ends_its_waits(patience: int) -> None:
    """No later wait would last."""
    rig = Rig(StuckFeed())
    rig.clock.wake()
    assert rig.loop.run() is StopReason.SIGNAL
    assert rig.stood == [(patience, 0.0)]


# -------------------------------------------------------------------------------------------- its cadence


@given(
    interval=st.floats(SLEEP_FLOOR_SECONDS, 3600.0),
    origin=st.floats(0.0, 1e6),
    nth=st.integers(0, 10**6),
    late=st.floats(0.0, 10_000.0),
)
def test_the_next_wake_is_the_first_on_the_grid_that_leaves_the_floor(
    interval: float, origin: float, nth: int, late: float
) -> None:
    """Exactly the wakes that could not be kept are counted as missed."""
    cadence = Cadence(origin=origin, interval=interval)
    now = cadence.at(nth) + late
    found, missed = cadence.following(nth, now)
    assert found - nth - 1 == missed >= 0
    assert cadence.at(found) >= now + SLEEP_FLOOR_SECONDS
    assert found == nth + 1 or cadence.at(found - 1) < now + SLEEP_FLOOR_SECONDS + 1e-9 * (1 + origin)


@given(
    interval=st.sampled_from((0.001, 0.25, 1.0, 7.5, 60.0)),
    took=st.lists(st.sampled_from((0.0, 0.0, 0.0005, 0.1, 0.999, 1.0, 1.5, 61.0, 3600.0)), min_size=1, max_size=30),
)
def test_wakes_lie_on_the_grid_and_what_was_missed_is_recorded(interval: float, took: list[float]) -> None:
    """No drift, no burst: every wake is on the grid, a floor apart, and the gaps are exactly what was recorded."""
    rig = Rig(EndlessFeed(), Bounds(interval_seconds=interval, cycles=len(took)), took=took)
    assert rig.loop.run() is StopReason.CYCLES_REACHED
    assert len(rig.wakes) == len(took)
    steps = [wake / interval for wake in rig.wakes]
    assert all(abs(step - round(step)) * interval < 1e-5 for step in steps)
    assert all(later - earlier >= SLEEP_FLOOR_SECONDS - 1e-9 for earlier, later in pairwise(rig.wakes))
    recorded = sum(each.missed for each in rig.seen(CycleOverran) if isinstance(each, CycleOverran))
    assert recorded == round(steps[-1]) - (len(took) - 1)


def test_an_overrun_is_one_record_however_long_it_was() -> None:
    """A machine that slept for a day does not work off the day."""
    rig = Rig(EndlessFeed(), Bounds(interval_seconds=1.0, cycles=3), took=[86_400.0])
    rig.loop.run()
    assert rig.seen(CycleOverran) == [CycleOverran(missed=86_400)]
    assert rig.wakes == [0.0, 86_401.0, 86_402.0]


def test_a_wake_takes_all_that_is_due_where_the_domain_clock_runs() -> None:
    """Within a bound, and nothing is taken twice."""
    due = ITEMS_PER_WAKE_MAX + 5
    rig = Rig(MemoryFeed(bars(due)), Bounds(interval_seconds=60.0), domain_runs=True)
    assert rig.loop.run() is StopReason.END_OF_DATA
    assert len(rig.seen(Bar)) == due
    assert set(rig.wakes) == {0.0, 60.0}
    assert rig.rests == 1


def test_a_wait_is_begun_with_everything_kept() -> None:
    """Nothing waits in memory while the loop sleeps."""
    rig = Rig(EndlessFeed(), Bounds(interval_seconds=60.0, cycles=4))
    rig.loop.run()
    assert rig.rests == 3


def test_a_heartbeat_that_falls_into_a_long_wait_is_not_left_out() -> None:
    """One a minute, though the loop looks once an hour."""
    rig = Rig(QuietFeed(()), Bounds(seconds=3600.0, interval_seconds=3600.0, heartbeat_seconds=60.0))
    rig.loop.run()
    assert rig.beats == [60.0 * nth for nth in range(1, 60)]


def test_what_is_done_aside_is_asked_for_when_it_wants_to_be() -> None:
    """Between two looks too, and never sooner than the floor; where it wants nothing the wait is one."""
    asked: list[float] = []

    def aside() -> float:
        asked.append(rig.clock.monotonic())
        return asked[-1] + 10.0 if asked[-1] < 50.0 else math.inf

    rig = Rig(QuietFeed(()), Bounds(cycles=2, interval_seconds=100.0, heartbeat_seconds=1000.0))
    rig.loop.watcher = evolve(rig.loop.watcher, aside=aside)
    rig.loop.run()
    assert asked == [0.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 100.0]
    assert rig.wakes == [0.0, 100.0]


def test_what_is_done_aside_cannot_make_the_loop_spin() -> None:
    """A time that has passed is a wait of the floor."""
    asked: list[float] = []

    def aside() -> float:
        asked.append(rig.clock.monotonic())
        return 0.0

    rig = Rig(QuietFeed(()), Bounds(cycles=2, interval_seconds=0.01, heartbeat_seconds=1000.0))
    rig.loop.watcher = evolve(rig.loop.watcher, aside=aside)
    rig.loop.run()
    assert len(asked) <= 2 + 0.01 / SLEEP_FLOOR_SECONDS


def test_a_heartbeat_comes_where_the_data_sets_the_pace_too() -> None:
    """A long replay is seen to be alive."""
    rig = Rig(EndlessFeed(), Bounds(cycles=2048, heartbeat_seconds=5.0), took=[0.01] * 5000)
    rig.loop.run()
    assert len(rig.beats) >= 3


def test_slow_cycles_keep_nobody_waiting_where_the_data_sets_the_pace() -> None:
    """Time is up, and a sign of life is given, between any two cycles."""
    rig = Rig(EndlessFeed(), Bounds(seconds=7.0, heartbeat_seconds=2.0), took=[1.5] * 300)
    assert rig.loop.run() is StopReason.TIME_REACHED
    assert (rig.clock.monotonic(), rig.beats) == (7.5, [3.0, 6.0])


def test_looks_that_slow_cycles_make_record_nothing_where_the_data_sets_the_pace() -> None:
    """The venue is asked after so many items, and not after so much time: two machines keep the same journal."""

    def kinds(took: float) -> list[str]:
        rig = Rig(MemoryFeed(bars(ITEMS_PER_LOOK + 20)), took=[took] * 300)
        venue = rig.cycle._parts.execution
        assert isinstance(venue, ScriptedVenue)
        venue.broken.add("reconcile")
        rig.loop.run()
        return [record.kind for record in rig.records]

    assert kinds(0.0) == kinds(2.0)
    assert kinds(2.0).count("ReconciliationFailed") == 3


def test_slow_cycles_are_left_out_and_never_caught_up() -> None:
    """One that always takes longer than the interval halves the rate, though the next bar is due already."""
    bounds = Bounds(seconds=9.0, interval_seconds=1.0, heartbeat_seconds=2.0)
    rig = Rig(MemoryFeed(bars(300)), bounds, took=[1.2] * 300, domain_runs=True)
    assert rig.loop.run() is StopReason.TIME_REACHED
    assert rig.wakes == pytest.approx([0.0, 2.0, 4.0, 6.0, 8.0])
    assert rig.beats == pytest.approx([2.0, 4.0, 6.0, 8.0])
    assert rig.seen(CycleOverran) == [CycleOverran(missed=1)] * 5


def test_within_a_long_interval_slow_cycles_keep_nobody_waiting() -> None:
    """A wake that has much to take is no reason to be silent, or to go on when time is up."""
    bounds = Bounds(seconds=9.0, interval_seconds=3600.0, heartbeat_seconds=2.0)
    rig = Rig(MemoryFeed(bars(300)), bounds, took=[1.2] * 300, domain_runs=True)
    assert rig.loop.run() is StopReason.TIME_REACHED
    assert rig.clock.monotonic() == pytest.approx(9.6)
    assert rig.beats == pytest.approx([2.4, 4.8, 7.2])


# ------------------------------------------------------------------------------------------- overdue bars

DAY = timedelta(days=1)
OPEN = datetime(2020, 1, 6, 14, 30, tzinfo=UTC)
SESSIONS = GivenSessions([Session(open=OPEN + DAY * n, close=OPEN + DAY * n + A_MINUTE * 5) for n in range(3)])


def _silences(*at: datetime, split_at: datetime | None = None) -> list[datetime]:
    items: list[FeedItem] = [a_bar(at=each) for each in at]
    if split_at is not None:
        items.insert(1, Split(instrument="TEST", ts_event=split_at, ratio=Decimal(1)))
    rig = Rig(MemoryFeed(items), calendar=SESSIONS)
    rig.loop.run()
    assert len(rig.seen(Bar)) == len(at)
    for record in rig.records:
        assert not isinstance(record.observation, Silence) or record.ts_init == record.observation.until
    return [each.until for each in rig.seen(Silence) if isinstance(each, Silence)]


def test_bars_that_come_when_they_are_expected_make_no_silence() -> None:
    """Over the night too, and at the end of a session."""
    every = [OPEN + DAY * n + A_MINUTE * m for n in range(3) for m in range(1, 6)]
    assert _silences(*every) == []


def test_time_stops_where_a_bar_was_expected() -> None:
    """Once a gap, at the first bar that did not come."""
    assert _silences(OPEN + A_MINUTE, OPEN + A_MINUTE * 4) == [OPEN + A_MINUTE * 2]


def test_the_first_bar_of_the_next_session_is_expected_too() -> None:
    """After a session that was whole."""
    assert _silences(OPEN + A_MINUTE * 5, OPEN + DAY + A_MINUTE * 3) == [OPEN + DAY + A_MINUTE]


def test_a_bar_is_expected_where_its_interval_closes() -> None:
    """However oddly the one before it was stamped; the last of a session may be short."""
    odd = timedelta(seconds=20)
    assert _silences(OPEN + A_MINUTE + odd, OPEN + A_MINUTE * 5) == [OPEN + A_MINUTE * 3]
    assert _silences(OPEN + A_MINUTE * 4 + odd, OPEN + DAY + A_MINUTE) == []


def test_a_split_in_a_gap_is_reached_after_the_silence_and_makes_no_second_one() -> None:
    """What happens in a gap happens after the bar was missed."""
    assert _silences(OPEN + A_MINUTE, OPEN + DAY + A_MINUTE, split_at=OPEN + DAY) == [OPEN + A_MINUTE * 2]


def test_where_no_session_is_known_nothing_is_expected() -> None:
    """A bar outside of every session says nothing of the next."""
    assert _silences(OPEN - A_MINUTE * 9, OPEN + A_MINUTE * 3) == []


def test_before_the_first_bar_nothing_is_overdue() -> None:
    """A run that begins in the middle of a session has missed nothing."""
    rig = Rig(MemoryFeed(()))
    assert silence_before(A_TIME, rig.cycle.view, A_TIME) is None


def test_a_silence_costs_no_cycle_of_its_own() -> None:
    """A bound of two cycles takes two bars, the gap between them included."""
    rig = Rig(MemoryFeed([a_bar(at=A_TIME), a_bar(at=A_TIME + A_MINUTE * 9)]), Bounds(cycles=2))
    rig.loop.run()
    assert (len(rig.seen(Bar)), len(rig.seen(Silence))) == (2, 1)


def test_where_the_domain_clock_runs_by_itself_no_silence_is_made_up() -> None:
    """There the feed says so, when it happens."""
    rig = Rig(
        MemoryFeed([a_bar(at=A_TIME), a_bar(at=A_TIME + A_MINUTE * 9)]), Bounds(interval_seconds=1.0), domain_runs=True
    )
    rig.loop.run()
    assert rig.seen(Silence) == []
