"""Invariants 18 and 19, whatever people, files, faults and kills do in whatever order.

After a halt is durable nothing that raises risk reaches the venue until a release is on record; every order that the
state of trading forbids is called back, also by a run that was killed between its record and the venue; and a restart
leaves trading as restricted as it was. Watched at the venue, against what the journal held at that very moment.
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.execution.gate import GatedVenue
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.commands import Command, OperatorCommand
from interlock.core.cycle import Cycle, Parts
from interlock.core.decision import Proposal
from interlock.core.modes import RunMode
from interlock.core.observations import NotedObservation, RunStarted
from interlock.core.orders import ApprovedOrder, OrderClass, Side
from interlock.core.ports import Strategy
from interlock.core.records import TradingStateReleased
from interlock.core.reports import OrderAccepted, OrderRejected, OrderUnknown
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.view import MarketView
from interlock.runner.kill_switch import guard_of, look
from interlock.runner.kill_switch_files import identities, remove
from interlock.runner.operator_files import OperatorFiles
from interlock.runner.restriction import Restriction
from interlock.runner.resume_request import Request, put
from interlock.testing.approvals import permissive_policy
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar
from interlock.testing.contracts.risk_rule import an_intent
from interlock.testing.fakes import NOTHING_TO_DO, ScriptedVenue
from interlock.testing.rehearsal import folded
from interlock.testing.rig import opened

NOW = datetime(2030, 1, 1, tzinfo=UTC)
STARTED = RunStarted(run_id="r", started_at=NOW, build="b", config_digest="d", configuration="{}", feed="f")
NOT_OBEYED = "this must never be on record"
WISHES: dict[str, Proposal | Exception] = {
    "nothing": NOTHING_TO_DO,
    "buys": an_intent(Side.BUY),
    "sells": an_intent(Side.SELL),
    # Nobody trades there: it works until it is called back.
    "bids low": an_intent(Side.BUY, limit_price="60"),
    "offers high": an_intent(Side.SELL, limit_price="140"),
    "raises": ValueError("a secret"),
}
TRADES = [wish for wish in WISHES if wish != "raises"]


class Killed(BaseException):
    """``kill -9``: nobody catches it."""


class Wishing(Strategy):
    """Wishes what it is told to."""

    def __init__(self) -> None:
        self.wish: Proposal | Exception = NOTHING_TO_DO

    @property
    @override
    def lookback(self) -> int:
        return 1

    @override
    def propose(self, view: MarketView) -> Proposal:
        if isinstance(self.wish, Exception):
            raise self.wish
        return self.wish


class WatchedVenue(ScriptedVenue):
    """Tells of each order right when it comes; ends its caller at the ``dies_in``-th call, before it or after it."""

    def __init__(self, came: Callable[[ApprovedOrder], None]) -> None:
        super().__init__()
        self._came = came
        self.dies_in = 0

    def _step(self) -> None:
        self.dies_in -= 1
        if self.dies_in == 0:
            raise Killed

    @override
    def submit(self, order: ApprovedOrder, now: datetime) -> OrderAccepted | OrderRejected | OrderUnknown:
        self._step()
        self._came(order)
        answer = super().submit(order, now)
        self._step()
        return answer

    @override
    def cancel(self, client_order_id: str, now: datetime) -> None:
        self._step()
        super().cancel(client_order_id, now)
        self._step()


class HaltsHold(RuleBasedStateMachine):
    """One journal, one venue, one state folder; runs come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.classes: dict[str, OrderClass] = {}
        # Written down, and not raised: the cycle would take it for a fault of the venue.
        self.wrong: list[str] = []
        self.venue = WatchedVenue(self.came)
        self.journal = MemoryJournal()
        self.at = A_TIME

    @override
    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        self.make()
        self.cycle.open(opened(RunMode.PAPER), self.at)
        self.state = TradingState.ACTIVE
        self.seen = 0
        self.start()

    def make(self) -> None:
        self.strategy = Wishing()
        self.parts = Parts(
            strategy=self.strategy,
            policy=permissive_policy(),
            execution=GatedVenue(self.venue, (guard_of(self.folder),)),
            journal=self.journal,
            calendar=AlwaysOpen(),
        )
        records = list(self.journal.read())
        self.cycle = Cycle(self.parts, folded(records, self.parts) if records else None)
        self.files = OperatorFiles(self.folder, self.cycle.view, self.restricted_at, lambda: NOW, lambda _: None)

    def restricted_at(self) -> int:
        """The record that made trading what it is, by the journal."""
        restriction, at = Restriction(), -1
        for seq, record in enumerate(self.journal.read()):
            at = seq if restriction.changed_by(record) else at
        return at

    def start(self) -> None:
        """As a run starts."""
        self.cycle.note(STARTED, self.at)
        self.heed()
        self.cycle.reconcile(ReconciliationCause.START, self.at)

    def heed(self) -> None:
        """As the loop looks."""
        asked = self.files.look()
        if asked:
            self.cycle.note_together(asked, self.at)

    def came(self, order: ApprovedOrder) -> None:
        """At the venue: what does the journal say at this moment, and what lies in the folder?"""
        entry = order.terms.order_class is OrderClass.ENTRY
        state = folded(self.journal.read(), self.parts).trading_state
        if state is TradingState.HALTED or (entry and state is TradingState.REDUCING):
            self.wrong.append(f"{order} came while the journal said {state}")
        if (self.folder / "HALT").exists() or (entry and (self.folder / "REDUCE").exists()):
            self.wrong.append(f"{order} came past the kill switch")
        self.classes[order.terms.client_order_id] = order.terms.order_class

    def alive(self, do: Callable[[], object]) -> None:
        """Do it; a process that was killed on the way is started anew, on what its journal holds."""
        try:
            do()
        except Killed:
            self.restart()

    # --------------------------------------------------------------------------------- what happens

    @rule(wishes=st.lists(st.sampled_from(TRADES), min_size=1, max_size=5), looks=st.booleans())
    def bars_come(self, wishes: list[str], looks: bool) -> None:
        for wish in wishes:
            self.bar(wish, looks=looks)

    @rule(name=st.sampled_from(["HALT", "REDUCE"]), wish=st.sampled_from(TRADES))
    def a_file_is_put_right_before_a_decision(self, name: str, wish: str) -> None:
        """Where the data is followed, not every bar is looked before: the gate is all that stands there."""
        self.a_file_is_put(name)
        self.bar(wish, looks=False)

    @rule()
    def the_strategy_raises(self) -> None:
        self.bar("raises", looks=True)

    def bar(self, wish: str, *, looks: bool) -> None:
        """The next minute's."""

        def step() -> None:
            if looks:
                self.heed()
            self.strategy.wish = WISHES[wish]
            self.at += A_MINUTE
            self.cycle.step(a_bar(at=self.at), self.at)

        self.alive(step)

    @rule(wishes=st.lists(st.sampled_from(TRADES), max_size=3))
    def all_is_settled(self, wishes: list[str]) -> None:
        """Somebody has put everything right, and the strategy goes on."""
        self.venue.broken.clear()
        self.a_word_is_noted(Command.RESUME)
        self.bars_come(wishes, looks=True)

    @rule(name=st.sampled_from(["HALT", "REDUCE"]))
    def a_file_is_put(self, name: str) -> None:
        (self.folder / name).touch()

    @rule(name=st.sampled_from(["HALT", "REDUCE"]))
    def a_file_is_taken_away_by_hand(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    @rule()
    def the_run_looks(self) -> None:
        self.alive(self.heed)

    @rule(journal=st.sampled_from(["ours", "another"]), age=st.sampled_from([0, 1_000]))
    def a_release_is_asked_for(self, journal: str, age: int) -> None:
        if (self.folder / "RESUME").exists():
            return
        at = datetime.fromtimestamp(NOW.timestamp() - age, UTC)
        name = self.cycle.view.journal_id if journal == "ours" else journal
        reason = NOT_OBEYED if age or journal != "ours" else "settled"
        code, seq = self.cycle.view.trading_state_code or "NONE", len(list(self.journal.read())) - 1
        put(self.folder, Request(reason=reason, by="anna@desk", at=at, journal_id=name, seen_code=code, seen_seq=seq))

    @rule(command=st.sampled_from(list(Command)))
    def a_word_is_noted(self, command: Command) -> None:
        """As a command does where no run is on: for a release it takes the files away first."""
        if command is Command.RESUME:
            remove(self.folder, identities(self.folder))
        word: NotedObservation = OperatorCommand(command=command, reason="x", by="anna@desk")
        self.alive(lambda: self.cycle.note_together([word], self.at))

    @rule(method=st.sampled_from(["submit", "cancel", "on_market"]))
    def the_venue_breaks(self, method: str) -> None:
        self.venue.broken.add(method)

    @rule()
    def the_venue_is_well_again(self) -> None:
        self.venue.broken.clear()

    @rule(calls=st.integers(1, 4))
    def a_kill_is_near(self, calls: int) -> None:
        self.venue.dies_in = calls

    @rule()
    def restart(self) -> None:
        before = folded(self.journal.read(), self.parts).trading_state
        self.venue.dies_in = 0
        self.make()
        assert self.cycle.view.trading_state is before
        self.start()

    @rule()
    def the_venue_is_asked(self) -> None:
        self.alive(lambda: self.cycle.reconcile(ReconciliationCause.PERIODIC, self.at))

    # --------------------------------------------------------------------------------- what stays true

    @invariant()
    def nothing_left_that_may_not(self) -> None:
        """Watched at the venue."""
        assert self.wrong == []

    @invariant()
    def only_a_release_loosens(self) -> None:
        """And each release is a person's word."""
        records = list(self.journal.read())
        new, self.seen = records[self.seen :], len(records)
        released = [record for record in new if any(isinstance(event, TradingStateReleased) for event in record.events)]
        for record in released:
            assert isinstance(record.observation, OperatorCommand)
            assert record.observation.command is Command.RESUME
            assert record.observation.reason != NOT_OBEYED
            assert look(self.folder) is None
        state = self.cycle.view.trading_state
        assert released or state.severity >= self.state.severity
        self.state = state

    @invariant()
    def what_may_not_work_was_called_back(self) -> None:
        """Of everything that the venue works still, it was asked."""
        shut = {TradingState.ACTIVE: (), TradingState.REDUCING: (OrderClass.ENTRY,)}.get(self.state, tuple(OrderClass))
        for name in self.venue._resting:
            assert self.classes[name] not in shut or f"cancel {name}" in self.venue.calls

    @invariant()
    def the_journal_says_what_we_know(self) -> None:
        """State is a fold: nothing is halted, or released, beside the journal."""
        kept = folded(self.journal.read(), self.parts)
        assert (kept.trading_state, kept.trading_state_code) == (
            self.cycle.view.trading_state,
            self.cycle.view.trading_state_code,
        )


TestHaltsHold = HaltsHold.TestCase
TestHaltsHold.settings = settings(stateful_step_count=40, deadline=None)
