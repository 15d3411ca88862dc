"""Whatever happens to a run, every record of it gives reasons that can be told whole: a known code, and each number."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from interlock.adapters.journal.codec import decode, encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.arming import ArmingRefused, DisarmAsked
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.decision import CancelIntent, OrderIntent
from interlock.core.explain import explain
from interlock.core.faults import AdapterLate, Fault, QueueOverflow
from interlock.core.market import EndOfData, RefusedRow, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, RunStarted
from interlock.core.orders import OrderType, Side, TimeInForce
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.records import TradingStateChanged
from interlock.core.reports import OrderAccepted, OrderCanceled, OrderExpired
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.testing.armings import an_arming
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ScriptedVenue
from interlock.testing.reasons_told import causes_in, untold
from interlock.testing.rig import Rig
from interlock.testing.situations import MINUTE, a_fill, some_terms

# Limits that one step in a few goes beyond, so that every control has its say.
TIGHT: dict[str, Any] = {
    "clock": {"limit_seconds": Decimal(1)},
    "order_in_doubt": {"limit_seconds": Decimal(90)},
    "data_age": {"limit_seconds": Decimal(60), "bars_missed": 0},
    "stale_feed": {"limit_seconds": Decimal(90)},
    "price_jump": {"limit": Decimal("0.05"), "bars": 1},
    "max_order_quantity": {"limit": Decimal(5)},
    "max_order_notional": {"limit": Decimal(450)},
    "price_collar": {"limit": Decimal("0.05")},
    "max_position": {"limit": Decimal(6)},
    "order_rate": {"entries": 2, "exits": 2, "window_seconds": Decimal(300)},
    "repeated_executions": {"limit": 3, "window_seconds": Decimal(600)},
    "daily_loss": {"limit": Decimal(20)},
    "drawdown": {"limit": Decimal(30)},
}
BOTH = [a_policy(**TIGHT), a_policy(without=("price_collar", "max_position"), data_age=TIGHT["data_age"])]


class Runs(RuleBasedStateMachine):
    """A run of the real core with wishes, a venue and people that do anything."""

    core: Rig

    @initialize(
        mode=st.sampled_from(RunMode),
        policy=st.sampled_from(BOTH),
        moves=st.lists(st.sampled_from(["accept", "reject", "unknown", "lose", "raise"]), max_size=6),
        fills=st.booleans(),
    )
    def begin(self, mode: RunMode, policy: Any, moves: list[Any], fills: bool) -> None:
        """A run in any mode, under tight limits or with two controls missing."""
        self.wish: Any = None
        self.core = Rig(
            *[self._wished] * 200,
            journal=MemoryJournal(),
            venue=ScriptedVenue(*moves, fills=fills),
            mode=mode,
            policy=policy,
            refused_rows_max_share=Decimal("0.01"),
        )
        self.looked_at = 0
        started = RunStarted(
            run_id="run", started_at=A_TIME, build="test", config_digest="digest", configuration="{}", feed="memory"
        )
        self._note(started)

    def _wished(self, _: object) -> object:
        return self.wish

    def _note(self, observation: Any) -> None:
        self.core.records += self.core.cycle.note_together([observation], self.core.at)

    @rule(
        close=st.sampled_from(["94", "99", "100", "101", "106"]),
        gap=st.sampled_from([1, 1, 1, 3]),
        late=st.sampled_from([0, 0, 0, 5]),
        side=st.sampled_from(Side),
        quantity=st.sampled_from(["1", "3", "6"]),
        kind=st.sampled_from(["market", "limit", "gtc", "cancel", "odd"]),
    )
    def bar(self, close: str, gap: int, late: int, side: Side, quantity: str, kind: str) -> None:
        """A bar, and what the strategy wishes at it."""
        code = Reason.TREND_TURNED_UP if side is Side.BUY else Reason.TREND_TURNED_DOWN
        numbers: dict[str, Any] = {"fast": 2, "slow": 3, "fast_sum": Decimal(204), "slow_sum": Decimal(301)}
        told: dict[str, Any] = {"code": code, "side": side, "numbers": {**numbers, "position": Decimal(1)}}
        match kind:
            case "cancel":
                self.wish = CancelIntent(code="TEST.CANCEL", client_order_id=some_terms().client_order_id)
            case "odd":
                self.wish = "garbage"
            case "limit":
                self.wish = OrderIntent(
                    quantity=Decimal(quantity), order_type=OrderType.LIMIT, limit_price=Decimal(104), **told
                )
            case _:
                force = TimeInForce.GTC if kind == "gtc" else TimeInForce.DAY
                self.wish = OrderIntent(quantity=Decimal(quantity), time_in_force=force, **told)
        bar = a_bar(close, at=self.core.at + gap * MINUTE)
        self.core.step(bar, bar.ts_event + late * MINUTE)

    @rule(
        item=st.sampled_from(
            [
                RefusedRow(source="a.csv", line=2, field="close", value="x", rule="a number"),
                EndOfData(),
                a_bar("100", at=A_TIME),
                a_bar("100", at=A_TIME.replace(year=2040)),
            ]
        )
    )
    def odd_item(self, item: Any) -> None:
        """What no feed should hand over, or nothing any more."""
        self.core.step(item, self.core.at)

    @rule(ratio=st.sampled_from(["2", "0.0000000001"]))
    def split(self, ratio: str) -> None:
        """One that is possible, or not."""
        self.core.step(Split(instrument="TEST", ts_event=self.core.at + MINUTE, ratio=Decimal(ratio)), self.core.at)

    @rule(minutes=st.sampled_from([-60, 1, 5, 600]))
    def silence(self, minutes: int) -> None:
        """Nothing comes; the clock may step back."""
        at = self.core.at + timedelta(minutes=minutes)
        self.core.step(Silence(until=max(at, self.core.at)), at)

    @rule(what=st.integers(0, 5), ordinal=st.sampled_from([1, 2, 99]))
    def report(self, what: int, ordinal: int) -> None:
        """What the venue says, true or not; it is heard at the next step."""
        terms, at = some_terms(ordinal=ordinal), self.core.at
        name = terms.client_order_id
        self.core.venue.tell(
            [
                OrderAccepted(client_order_id=name, venue_order_id="v", ts_event=at),
                OrderExpired(client_order_id=name, ts_event=at),
                OrderCanceled(client_order_id=name, ts_event=at),
                a_fill(terms, Decimal(1), Decimal(100)),
                a_fill(terms, Decimal(9), Decimal(200), trade_id="t2"),
                a_fill(terms, Decimal(1), Decimal(100), trade_id=f"t{len(self.core.records)}"),
            ][what]
        )

    @rule(command=st.sampled_from(Command), stands=st.booleans())
    def person(self, command: Command, stands: bool) -> None:
        """A person's word."""
        standing = (Cause(code=Reason.KILL_SWITCH, numbers={"found": "HALT"}),) if stands else ()
        self._note(OperatorCommand(command=command, reason="a reason", by="anna@desk", standing=standing))

    @rule(what=st.integers(0, 6))
    def word(self, what: int) -> None:
        """What else is said to a run."""
        arming = an_arming(max_orders=1, max_quantity="3", issued_at=A_TIME, expires_at=self.core.at + 3 * MINUTE)
        errors = (TimeoutError(), QueueOverflow(), AdapterLate("execution: submit did not return within 10 s"))
        self._note(
            [
                KillSwitchSeen(state=TradingState.HALTED, found="HALT"),
                arming,
                DisarmAsked(reason="a reason", by="anna@desk"),
                ArmingRefused(reasons=(Cause(code=Reason.ARMING_FOR_ANOTHER, numbers={"what": "build"}),)),
                *(FaultObserved(fault=Fault.of(error, where="execution")) for error in errors),
            ][what]
        )

    @rule(cause=st.sampled_from(ReconciliationCause), position=st.sampled_from([None, Decimal(3)]))
    def reconcile(self, cause: ReconciliationCause, position: Decimal | None) -> None:
        """The venue is asked."""
        self.core.venue.position = position
        self.core.records += self.core.cycle.reconcile(cause, self.core.at)

    @invariant()
    def every_reason_can_be_told(self) -> None:
        """Of each new record, as it is and as it is read back."""
        for record in self.core.records[self.looked_at :]:
            assert untold(record) == ()
            kept = decode(record.kind, encode(record))
            assert [cause.told for cause in causes_in(kept)] == [cause.told for cause in causes_in(record)]
            assert explain(kept) == explain(record)
        self.looked_at = len(self.core.records)


TestEveryReasonIsTold = Runs.TestCase
TestEveryReasonIsTold.settings = settings(deadline=None, stateful_step_count=20)


def test_a_reason_that_cannot_be_told_is_found() -> None:
    """The invariant can fail: a code that nobody knows, and one whose numbers are missing."""
    core = Rig(journal=MemoryJournal())
    record = core.bar()[-1]
    assert untold(record) == ()
    for code, lack in (
        ("NOBODY_KNOWS", "NOBODY_KNOWS in a Bar is no reason of ours, and in no namespace"),
        (Reason.KILL_SWITCH, "KILL_SWITCH in a Bar lacks found"),
    ):
        event = TradingStateChanged(state=TradingState.HALTED, code=code)
        told = type(record)(record.ts_init, record.observation, record.decision, (event,))
        assert untold(told) == (lack,)
