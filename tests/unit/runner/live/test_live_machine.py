"""LIVE under any order of bars, silences, armings, disarmings, people's commands, faults and restarts.

Held at each step: unarmed nothing leaves that raises risk (invariant 4 of the design), old data lets nothing out and no
exit flips the position (20), no window holds more orders than it may, and cancels always reach the venue (21).
"""

import tempfile
from collections import deque
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.execution.gate import GatedVenue
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.arming import DisarmAsked
from interlock.core.commands import Command, OperatorCommand
from interlock.core.cycle import Cycle, Parts
from interlock.core.decision import NoAction, OrderIntent
from interlock.core.faults import VENUE, Fault
from interlock.core.market import Silence
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, RunStarted
from interlock.core.orders import ApprovedOrder, OrderClass, OrderType, Side
from interlock.core.reports import OrderAccepted, OrderRejected, OrderUnknown
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.runner.live.guards import LiveGuards
from interlock.runner.live.token_file import DISARM_NAME
from interlock.testing.armings import an_arming
from interlock.testing.builders import a_bar
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ListedSessions, ScriptedStrategy, ScriptedVenue
from interlock.testing.rig import opened
from interlock.testing.situations import MINUTE, MONDAY, TUESDAY

WINDOW, ENTRIES, EXITS, AGE = 300, 3, 2, 120
PEOPLE = "trader@desk"
wishes = st.one_of(
    st.builds(
        OrderIntent, code=st.just("TEST.WISH"), side=st.sampled_from(Side), quantity=st.integers(1, 12).map(Decimal)
    ),
    st.builds(
        OrderIntent,
        code=st.just("TEST.WISH"),
        side=st.sampled_from(Side),
        quantity=st.integers(1, 3).map(Decimal),
        order_type=st.just(OrderType.LIMIT),
        limit_price=st.sampled_from([Decimal(99), Decimal(101)]),
    ),
)


class Watching(ScriptedVenue):
    """A venue that judges, at the moment at which an order reaches it, whether it should have."""

    def __init__(self, machine: "LiveMachine") -> None:
        super().__init__()
        self._machine = machine

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        try:
            self._machine.reached(order, now)
        except AssertionError as wrong:
            # The cycle would take it for a fault of the venue.
            self._machine.wrong.append(wrong)
        return super().submit(order, now)


class LiveMachine(RuleBasedStateMachine):
    """One journal, one venue, and any number of runs."""

    @initialize()
    def begin(self) -> None:
        """A journal of LIVE, opened on Monday."""
        self._folder = tempfile.TemporaryDirectory()
        self.disarm = Path(self._folder.name) / DISARM_NAME
        self.clock = SimulatedClock(MONDAY.open)
        self.wish: OrderIntent | None = None
        self.wrong: list[AssertionError] = []
        self.venue = Watching(self)
        self.journal = MemoryJournal()
        self.sent: deque[tuple[datetime, OrderClass]] = deque()
        self.entries_under: dict[datetime, int] = {}
        self._build(None)
        self.cycle.open(opened(RunMode.LIVE), self.now)
        self.restart()
        self.arm(10, 5, "10")

    @override
    def teardown(self) -> None:
        if hasattr(self, "_folder"):
            self._folder.cleanup()

    def _build(self, state: Any) -> None:
        guards = LiveGuards(self.disarm.parent, self.clock, frozenset())
        parts = Parts(
            strategy=ScriptedStrategy(*[lambda _: self.wish or NoAction(code="TEST.NOTHING")] * 500),
            policy=a_policy(
                data_age={"limit_seconds": Decimal(AGE), "bars_missed": 1000},
                order_rate={"entries": ENTRIES, "exits": EXITS, "window_seconds": Decimal(WINDOW)},
                daily_loss={"limit": Decimal(10**6)},
            ),
            execution=GatedVenue(self.venue, guards.guards),
            journal=guards.witnessed(self.journal),
            calendar=ListedSessions(sessions=(MONDAY, TUESDAY)),
        )
        self.cycle = Cycle(parts, state)
        guards.show(self.cycle.view)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def view(self) -> Any:
        return self.cycle.view

    # ------------------------------------------------------------------------------- what is held

    def reached(self, order: ApprovedOrder, now: datetime) -> None:
        """An order reaches the venue: was it allowed to?"""
        view, terms = self.view, order.terms
        assert (now - view.bar.ts_event).total_seconds() <= AGE, "old data let an order out"
        assert view.trading_state is not TradingState.HALTED
        if terms.order_class is OrderClass.ENTRY:
            arming = view.arming
            assert arming is not None, "an entry left unarmed"
            assert now < arming.armed.expires_at, "an entry left behind the end of its arming"
            assert not self.disarm.exists(), "an entry left after a disarm"
            assert view.trading_state is TradingState.ACTIVE
            assert terms.quantity <= arming.armed.envelope.max_quantity
            under = self.entries_under[arming.armed.issued_at] = self.entries_under.get(arming.armed.issued_at, 0) + 1
            assert under <= arming.armed.envelope.max_orders, "more entries than were armed"
        else:
            against = view.position if terms.side is Side.SELL else -view.position
            assert terms.quantity <= against, "an exit would flip the position"
        self.sent.append((now, terms.order_class))
        for kind, most in ((OrderClass.ENTRY, ENTRIES), (OrderClass.EXIT, EXITS)):
            recent = [at for at, each in self.sent if each is kind and at > now - timedelta(seconds=WINDOW)]
            assert len(recent) <= most, "too many in a window"

    @invariant()
    def nothing_reached_the_venue_that_should_not_have(self) -> None:
        """As it judged at that moment."""
        if getattr(self, "wrong", None):
            raise self.wrong[0]

    @invariant()
    def what_is_restricted_works_no_entry(self) -> None:
        """Every entry that could still fill was called back, at the venue too: no rate stands in a cancel's way."""
        if hasattr(self, "cycle") and self.view.trading_state is not TradingState.ACTIVE:
            assert not [each for each in self.view.working_orders if each.terms.order_class is OrderClass.ENTRY]

    # ------------------------------------------------------------------------------- what happens

    @rule(
        asked=st.lists(wishes, min_size=1, max_size=6),
        late=st.sampled_from([0, 0, 0, 60, AGE + 1]),
        close=st.sampled_from(["99", "100", "101"]),
        gap=st.sampled_from([1, 1, 1, 3]),
    )
    def bars(self, asked: list[OrderIntent], late: int, close: str, gap: int) -> None:
        """The next bars, in time or late, and what the strategy makes of each."""
        for wish in asked:
            last = self.view.bar.ts_event if self.view.has_bar else MONDAY.open
            at = max(self.now.replace(second=0), last) + gap * MINUTE
            if at >= MONDAY.close:
                return
            self.wish = wish
            self.clock.advance_to(at + timedelta(seconds=late))
            self.cycle.step(a_bar(close, at=at), self.now)

    @rule(seconds=st.integers(1, 200))
    def silence(self, seconds: int) -> None:
        """Nothing comes for a while."""
        self.clock.advance_to(self.now + timedelta(seconds=seconds))
        self.cycle.step(Silence(until=self.now), self.now)

    @rule(minutes=st.integers(1, 10), orders=st.integers(1, 5), quantity=st.sampled_from(["1", "10"]))
    def arm(self, minutes: int, orders: int, quantity: str) -> None:
        """A person typed it, and the run took it."""
        self.clock.advance_to(self.now + timedelta(seconds=1))
        if self.disarm.exists():
            return
        armed = an_arming(
            max_orders=orders,
            max_quantity=quantity,
            max_loss="100000",
            issued_at=self.now,
            expires_at=self.now + timedelta(minutes=minutes),
        )
        self.cycle.note_together([armed], self.now)

    @rule(minutes=st.integers(5, 10))
    def set_right(self, minutes: int) -> None:
        """Somebody looks after everything: releases, has the venue confirm, and arms."""
        if self.disarm.exists():
            self.see_the_disarm()
        self.command(Command.RESUME)
        self.reconcile()
        self.arm(minutes, 5, "10")

    @rule()
    def take_back(self) -> None:
        """A person disarmed, and the run has seen it."""
        self.cycle.note_together([DisarmAsked(reason="r", by=PEOPLE)], self.now)

    @rule(asked=st.lists(wishes, min_size=1, max_size=4))
    def take_back_unseen(self, asked: list[OrderIntent]) -> None:
        """A person disarmed, and bars come before the run looks."""
        self.disarm.touch()
        self.bars(asked, 0, "100", 1)

    @precondition(lambda self: hasattr(self, "disarm") and self.disarm.exists())
    @rule()
    def see_the_disarm(self) -> None:
        """The run's next look."""
        self.cycle.note_together([DisarmAsked(reason="r", by=PEOPLE)], self.now)
        self.disarm.unlink()

    @rule(command=st.sampled_from(Command))
    def command(self, command: Command) -> None:
        """A person halts, reduces or resumes."""
        self.cycle.note_together([OperatorCommand(command=command, reason="r", by=PEOPLE)], self.now)

    @rule()
    def venue_fault(self) -> None:
        """Something of the venue raised; a person releases that another time."""
        self.cycle.note_together([FaultObserved(fault=Fault.of(OSError(), where=VENUE))], self.now)

    @rule()
    def reconcile(self) -> None:
        """The venue is asked."""
        self.cycle.reconcile(ReconciliationCause.PERIODIC, self.now)

    @rule()
    def restart(self) -> None:
        """The run ends, and another goes on from the journal: unarmed, whatever was."""
        self._build(self.cycle._state)
        started = RunStarted(
            run_id="r", started_at=self.now, build="b", config_digest="d", configuration="{}", feed="scripted"
        )
        self.cycle.note_together([started], self.now)
        assert self.view.arming is None
        self.cycle.reconcile(ReconciliationCause.START, self.now)


TestLiveMachine = LiveMachine.TestCase
