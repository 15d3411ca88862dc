"""One example of every reason code, made to happen by the real core, and its explanation as a person reads it.

What differs from the golden text in ``explanations/`` fails. ``make golden`` draws the texts anew: read the difference
as somebody who has not read the code.
"""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve
from typing_extensions import override

from interlock.adapters.execution.gate import GatedVenue
from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.execution.refusing import RefusingVenue
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.arming import ArmingRefused, DisarmAsked
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.decision import CancelIntent, OrderIntent, Review
from interlock.core.explain import story
from interlock.core.faults import AdapterLate, Fault, QueueOverflow
from interlock.core.fees import FeeSchedule
from interlock.core.market import RefusedRow, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, RunStarted
from interlock.core.orders import OrderType, Side, TimeInForce
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason, told
from interlock.core.records import Record
from interlock.core.rederive import Reasoning
from interlock.core.reports import OrderAccepted, OrderExpired, OrderRejected
from interlock.core.risk.policy import RulePolicy
from interlock.core.risk.rule import ENTRIES_AND_EXITS, Candidate, RiskRule
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.view import MarketView
from interlock.runner import plugins
from interlock.runner.asking import reason_told
from interlock.runner.asking.further import further
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.asking.telling import as_text
from interlock.runner.commands.journal_recorded import recorded
from interlock.runner.config.canonical import canonical
from interlock.runner.config.load import load
from interlock.runner.config.origins import as_recorded
from interlock.runner.live.conditions import Condition
from interlock.runner.live.guards import LiveGuards
from interlock.testing.armings import an_arming
from interlock.testing.builders import a_bar, an_instrument
from interlock.testing.controls import a_policy
from interlock.testing.fakes import NOTHING_TO_DO, ListedSessions, ScriptedVenue
from interlock.testing.reasons_told import causes_in, untold
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY, a_fill, some_terms

TEXTS: Final = Path(__file__).parent / "explanations"
REDRAW: Final = os.environ.get("GOLDEN") == "redraw"
ONE: Final = Decimal(1)
HERE: Final = plugins.build(())
# Between the story of a record and what its reason means.
RULE: Final = "-" * 80 + "\n"
FIRST: Final = f"{JOURNAL_ID[:12]}-1"

CONFIGURATION: Final = """
run_mode = "{mode}"
account = "test"
opening_cash = "100000"
[[instruments]]
symbol = "TEST"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "simulated"
interval = "1m"
replay_speed = "60"
[strategy]
name = "{strategy}"
{parameters}
[execution]
adapter = "paper"
slippage_bps = "0"
fee_bps = "0"
fee_fixed = "0"
participation = "ignore"
"""
RISK: Final[dict[str, dict[str, Any]]] = {
    "allowed_instruments": {"instruments": ["TEST"]},
    "data_age": {"limit_seconds": "60", "bars_missed": 0},
    "price_jump": {"limit": "0.20"},
    "max_order_quantity": {"limit": "10"},
    "max_order_notional": {"limit": "2000"},
    "price_collar": {"limit": "0.05"},
    "max_position": {"limit": "20"},
    "order_rate": {"entries": 5, "exits": 5, "window_seconds": "3600"},
}
# With the averages over 2 and 3 bars: nothing to do, and at the last close to buy.
UP: Final = ("100", "100", "97", "101", "103")


# What was configured before: nothing in it changes, and to make it takes its time.
CONFIGURED: Final[dict[str, tuple[RunStarted, Reasoning]]] = {}


def configured(text: str, folder: Path) -> tuple[RunStarted, Reasoning]:
    """What a run of that configuration records when it starts, and its strategy and rules."""
    if text not in CONFIGURED:
        file = folder / "interlock.toml"
        file.write_text(text)
        loaded = load(file, environ={})
        started = RunStarted(
            run_id="a-run",
            started_at=MONDAY.open,
            build=plugins.build(loaded.components),
            config_digest=loaded.digest,
            configuration=canonical(loaded.config),
            feed="memory",
            origins=as_recorded(loaded.origins),
        )
        CONFIGURED[text] = started, recorded(started).reasoning
    return CONFIGURED[text]


class Worlds:
    """Makes small worlds in ``folder``: the real core, policy and strategy of a configuration that is recorded, with a
    scripted strategy or venue only where the real one would never do it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def world(
        self,
        *script: object,
        strategy: str = "moving_average_cross",
        quantity: str = "10",
        mode: RunMode = RunMode.SIM,
        venue: Any = None,
        calendar: Any = None,
        policy: Any = None,
        confirmed: bool = True,
        without: tuple[str, ...] = (),
        **risk: dict[str, Any],
    ) -> Rig:
        """A world in which nothing has happened yet but that a run started."""
        parameters = f'fast = 2\nslow = 3\nquantity = "{quantity}"' if strategy == "moving_average_cross" else ""
        text = CONFIGURATION.format(mode=mode, strategy=strategy, parameters=parameters)
        for name, keys in {**RISK, **risk}.items():
            if name not in without:
                text += f"[risk.{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
        started, reasoning = configured(text, self.folder)
        if script:
            # What was recorded names a strategy that nobody has.
            named = started.configuration.replace("moving_average_cross", "scripted")
            started = evolve(started, configuration=named)
        core = Rig(
            *script,
            journal=SqliteJournal(self.folder / "journal.sqlite3"),
            strategy=None if script else reasoning.strategy,
            policy=policy if policy is not None else reasoning.policy,
            venue=venue if venue is not None else ScriptedVenue(),
            calendar=calendar,
            mode=mode,
            refused_rows_max_share=reasoning.refused_rows_max_share,
        )
        core.records.append(core.cycle.note(started, core.at))
        if confirmed:
            core.records += core.cycle.reconcile(ReconciliationCause.START, core.at)
        return core

    def entering(self, *closes: str, **told: Any) -> Rig:
        """The averages cross, and the strategy asks to buy at the last of these bars."""
        core = self.world(**told)
        core.bars(*(closes or UP))
        return core

    def holding(self, **told: Any) -> Rig:
        """Ten were bought at 103."""
        core = self.entering(**told)
        core.bar("103")
        return core

    def working(self, *script: object, **told: Any) -> Rig:
        """An order for one unit works, and nothing fills it."""
        core = self.world(*(script or (buy(),)), **{"venue": ScriptedVenue(fills=False), **told})
        core.bar("103")
        return core

    def live(self, **told: Any) -> Rig:
        """LIVE, and nobody armed it yet."""
        return self.world(mode=RunMode.LIVE, **told)

    def armed(self, *, arming: dict[str, Any] | None = None, **told: Any) -> Rig:
        """LIVE, armed by a person."""
        core = self.live(**told)
        note(core, an_arming(**(arming or {})))
        return core


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def buy(quantity: str = "1", **told: Any) -> OrderIntent:
    """A wish as the crossing averages utter it."""
    return _wish(Side.BUY, Reason.TREND_TURNED_UP, ("206", "303"), quantity, **told)


def sell(quantity: str = "1", **told: Any) -> OrderIntent:
    """Likewise."""
    return _wish(Side.SELL, Reason.TREND_TURNED_DOWN, ("206", "312"), quantity, **told)


def _wish(side: Side, code: Reason, sums: tuple[str, str], quantity: str, **told: Any) -> OrderIntent:
    numbers: dict[str, Any] = {"fast": 2, "slow": 3, "fast_sum": Decimal(sums[0]), "slow_sum": Decimal(sums[1])}
    if side is Side.SELL:
        numbers["position"] = Decimal(10)
    kind = OrderType.MARKET if told.get("limit_price") is None else OrderType.LIMIT
    return OrderIntent(
        code=code, side=side, quantity=Decimal(quantity), numbers=numbers, **{"order_type": kind, **told}
    )


def cancel(client_order_id: str) -> CancelIntent:
    """A wish to have an order back: no strategy of ours has one, so the code is a plugin's."""
    return CancelIntent(code="EXAMPLE.CHANGED_ITS_MIND", client_order_id=client_order_id)


def note(core: Rig, observation: Any) -> Record:
    """Something that is said to the run."""
    core.records += core.cycle.note_together([observation], core.at)
    return core.records[-1]


def says(core: Rig, command: Command, *standing: Cause, by: str = "anna@desk", reason: str = "") -> Record:
    """A person's word."""
    why = reason or ("the fills look wrong" if command is not Command.RESUME else "looked at, and settled")
    return note(core, OperatorCommand(command=command, reason=why, by=by, standing=standing))


def paper(symbol: str = "TEST", **changed: str) -> PaperVenue:
    """The paper venue itself."""
    options = {"slippage_bps": Decimal(0), "fee_bps": Decimal(0), "fee_fixed": Decimal(0), "participation": "ignore"}
    return PaperVenue.from_options(PaperOptions(**{**options, **changed}), instrument=an_instrument(symbol))  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------ what happens, by code

Happening = Callable[[Worlds], Rig]


def trend(worlds: Worlds) -> Rig:
    """Up, in, and out again."""
    core = worlds.world()
    core.bars("100", "100", "100", "97", "101", "103", "104", "98", "97")
    return core


def silence(worlds: Worlds) -> Rig:
    core = worlds.entering("100")
    core.step(Silence(until=core.at + 2 * MINUTE), core.at + 2 * MINUTE)
    return core


def at_the_last_close(worlds: Worlds) -> Rig:
    """Monday's close, behind which the calendar knows no session."""
    core = worlds.world(calendar=ListedSessions(sessions=(MONDAY,)), session={})
    core.at = MONDAY.close - 5 * MINUTE
    core.bars(*UP)
    return core


def late(worlds: Worlds) -> Rig:
    """The bar that crosses is looked at ten minutes after it closed."""
    core = worlds.entering(*UP[:-1])
    bar = a_bar(UP[-1], at=core.at + MINUTE)
    core.step(bar, bar.ts_event + 10 * MINUTE)
    return core


def with_a_hole(worlds: Worlds) -> Rig:
    core = worlds.entering(*UP[:-1])
    core.bar(UP[-1], after=3 * MINUTE)
    return core


def flipping(worlds: Worlds) -> Rig:
    core = worlds.world(buy("10"), NOTHING_TO_DO, sell("15"), max_order_quantity={"limit": "20"})
    core.bars("100", "100", "100")
    return core


def asked_twice(worlds: Worlds) -> Rig:
    """The first is rejected, and the second comes too soon."""
    core = worlds.entering(
        venue=ScriptedVenue("reject"), order_rate={"entries": 1, "exits": 5, "window_seconds": "3600"}
    )
    core.bar("104")
    return core


def commanded(command: Command) -> Happening:
    def happening(worlds: Worlds) -> Rig:
        core = worlds.entering(*UP[:-1])
        says(core, command)
        core.bar(UP[-1])
        return core

    return happening


def in_doubt(worlds: Worlds) -> Rig:
    core = worlds.world(buy(), buy(), venue=ScriptedVenue("unknown", fills=False))
    core.bars("103", "103")
    return core


def cancel_unknown(worlds: Worlds) -> Rig:
    core = worlds.world(cancel(FIRST))
    core.bar()
    return core


def expired_arming(worlds: Worlds) -> Rig:
    core = worlds.armed(arming={"expires_at": MONDAY.open + 3 * MINUTE})
    core.bars(*UP)
    return core


def taken_back(worlds: Worlds) -> Rig:
    core = worlds.armed()
    note(core, DisarmAsked(reason="leaving for today", by="anna@desk"))
    return core


def beyond_the_envelope(worlds: Worlds) -> Rig:
    core = worlds.armed(arming={"max_quantity": "5"})
    core.bars(*UP)
    return core


def used_up(worlds: Worlds) -> Rig:
    core = worlds.armed(arming={"max_orders": 1})
    core.bars(*UP, "103", "104")
    return core


def gated(worlds: Worlds, *, lacking: frozenset[Condition] = frozenset(), witnessed: bool = True, **told: Any) -> Rig:
    """LIVE, armed, behind the guards of LIVE themselves."""
    from interlock.adapters.clock.simulated import SimulatedClock

    clock = SimulatedClock(told.pop("clock_at", MONDAY.open))
    guards = LiveGuards(worlds.folder, clock, lacking)
    venue: Any = GatedVenue(ScriptedVenue(), guards.guards)
    core = worlds.armed(venue=venue, **told)
    if witnessed:
        core.journal._within = guards.witnessed(core.journal._within)
    guards.show(core.view)
    core.bars(*UP)
    return core


def restricted_on_the_way(worlds: Worlds) -> Rig:
    """Approved and on record; a second order's answer halts before the first is handed over: staged, for it takes two
    orders in one step."""
    core = worlds.entering(*UP[:-1])
    state, keep = core.cycle._state, core.cycle._keep

    def keeping(records: Any) -> None:
        keep(records)
        state.trading_state, state.trading_state_code = TradingState.HALTED, Reason.OPERATOR_HALT

    core.cycle._keep = keeping  # type: ignore[method-assign]
    core.bar(UP[-1])
    return core


def paper_world(*wishes: object, then: Callable[[Rig], object] | None = None, **told: Any) -> Happening:
    """One wish, and the paper venue."""

    def happening(worlds: Worlds) -> Rig:
        core = worlds.world(*wishes, **{"venue": paper(), **told})
        core.bar("103")
        if then is not None:
            then(core)
        return core

    return happening


def session_over(core: Rig) -> None:
    """Monday ends, and nothing comes any more."""
    core.step(Silence(until=MONDAY.close + MINUTE), MONDAY.close + MINUTE)


def opens_far_above(core: Rig) -> None:
    core.bar("110", open="109")
    session_over(core)


def stays_above(core: Rig) -> None:
    core.step(a_bar("103", low="101", at=core.at + MINUTE))
    session_over(core)


def thinly_traded(core: Rig) -> None:
    core.step(a_bar("103", volume="20", at=core.at + MINUTE))
    session_over(core)


def reported(*reports: object, **told: Any) -> Happening:
    """An order works, and the venue says this."""

    def happening(worlds: Worlds) -> Rig:
        core = worlds.working(**told)
        core.venue.tell(*reports)
        core.bar("103")
        return core

    return happening


def settled_by_the_venue(worlds: Worlds) -> Rig:
    """An order whose answer was lost, of which the venue says that it cannot arrive any more."""
    core = in_doubt(worlds)
    core.venue.tell(OrderRejected(client_order_id=FIRST, ts_event=core.at, code=Reason.NEVER_ARRIVED))
    core.bar("103")
    return core


def faulty(error: Exception, where: str) -> Happening:
    def happening(worlds: Worlds) -> Rig:
        core = worlds.entering(*UP[:2])
        try:
            raise error
        except Exception as raised:  # noqa: BLE001 - so that it has a place
            note(core, FaultObserved(fault=Fault.of(raised, where=where)))
        return core

    return happening


def faulty_strategy(worlds: Worlds) -> Rig:
    core = worlds.world("garbage")
    core.bar()
    return core


class Raising(RiskRule):
    """A rule with a mistake in it."""

    name, applies_to, source, Limits = "raising", ENTRIES_AND_EXITS, "a test", object

    @override
    def evaluate(self, candidate: Candidate, view: MarketView) -> Any:
        raise KeyError


class NoPolicy(RulePolicy):
    """A policy with a mistake in it."""

    @override
    def review(self, intent: Any, view: MarketView) -> Review:
        raise TypeError


def faulty_rule(worlds: Worlds) -> Rig:
    core = worlds.world(buy(), policy=a_policy(Raising()))
    core.bar("103")
    return core


def faulty_policy(worlds: Worlds) -> Rig:
    core = worlds.world(buy(), policy=NoPolicy((), fees=FeeSchedule(), limits_version="x"))
    core.bar("103")
    return core


def refused_rows(worlds: Worlds) -> Rig:
    core = worlds.entering(*UP[:2])
    for line in range(3, 7):
        core.step(RefusedRow(source="prices.csv", line=line, field="close", value="n/a", rule="must be a number"))
    return core


def row(field: str, value: str, item: Callable[[Rig], Any] | None = None) -> Happening:
    """A row that cannot be believed: as the feed refused it, or as the core refuses what the feed handed over."""

    def happening(worlds: Worlds) -> Rig:
        core = worlds.entering(*UP[:2])
        refused = RefusedRow(source="prices.csv", line=3, field=field, value=value, rule=NO_AMOUNT)
        core.step(item(core) if item is not None else refused, core.at)
        return core

    return happening


def too_dense(worlds: Worlds) -> Rig:
    """Two bars within one minute, where minute bars were declared."""
    core = worlds.entering(*UP[:2])
    core.bar("100", after=timedelta(seconds=30))
    core.bar("100", after=timedelta(seconds=10))
    return core


def split(worlds: Worlds) -> Rig:
    core = worlds.working()
    core.step(Split(instrument="TEST", ts_event=core.at + MINUTE, ratio=Decimal(2)))
    return core


def another_position(worlds: Worlds) -> Rig:
    core = worlds.holding()
    core.venue.position = Decimal(12)
    core.records += core.cycle.reconcile(ReconciliationCause.PERIODIC, core.at)
    return core


def clock_that_stepped_back(worlds: Worlds) -> Rig:
    core = worlds.entering(*UP[:2], clock={"limit_seconds": "1"})
    core.step(Silence(until=core.at), core.at - timedelta(hours=1))
    return core


def doubt_that_lasts(worlds: Worlds) -> Rig:
    core = worlds.world(buy(), venue=ScriptedVenue("unknown", fills=False), order_in_doubt={"limit_seconds": "300"})
    core.bar("103")
    core.bar("103", after=timedelta(minutes=10))
    return core


def feed_that_stopped(worlds: Worlds) -> Rig:
    core = worlds.entering(*UP[:2], stale_feed={"limit_seconds": "300"})
    later = core.at + timedelta(minutes=10)
    core.step(Silence(until=later), later)
    return core


def traded(**limits: Any) -> Happening:
    """Ten were bought and half of them sold; then the price falls."""

    def happening(worlds: Worlds) -> Rig:
        core = worlds.world(buy("10"), NOTHING_TO_DO, sell("5"), **limits)
        core.bars("100", "100", "100", "99")
        return core

    return happening


def restricted_by(command: Command | None) -> Happening:
    def happening(worlds: Worlds) -> Rig:
        core = worlds.holding()
        if command is None:
            note(core, KillSwitchSeen(state=TradingState.HALTED, found="HALT"))
        else:
            says(core, command)
        return core

    return happening


def released(*standing: Cause) -> Happening:
    def happening(worlds: Worlds) -> Rig:
        core = worlds.holding()
        says(core, Command.HALT)
        says(core, Command.RESUME, *standing)
        return core

    return happening


def called_back(worlds: Worlds) -> Rig:
    core = worlds.working()
    says(core, Command.HALT)
    return core


def cancel_again(worlds: Worlds) -> Rig:
    """The venue does not hear the first cancel; a start asks again."""
    core = worlds.working(buy(), cancel(FIRST))
    core.venue.cancel = lambda *_: None  # type: ignore[method-assign]
    core.bar("103")
    del core.venue.cancel
    core.records += core.cycle.reconcile(ReconciliationCause.START, core.at)
    return core


def refused_arming(code: Reason, **numbers: Any) -> Happening:
    """What the attendant of LIVE records: `tests/unit/runner/live/test_tokens.py` has it find each of these."""

    def happening(worlds: Worlds) -> Rig:
        core = worlds.live()
        note(core, ArmingRefused(reasons=(Cause(code=code, numbers=numbers),)))
        return core

    return happening


NO_AMOUNT: Final = "an amount must be ASCII digits with at most one point: no sign, exponent, separator or word"
ENDED: Final = OrderExpired(client_order_id=FIRST, ts_event=MONDAY.open)
AT_OPEN: Final = MONDAY.open.isoformat()
AN_HOUR_LATER: Final = (MONDAY.open + timedelta(hours=1)).isoformat()

HAPPENING: Final[dict[Reason, Happening]] = {
    Reason.OBSERVING: lambda worlds: worlds.entering("100", strategy="observer"),
    Reason.WINDOW_NOT_FULL: trend,
    Reason.AVERAGES_LEVEL: trend,
    Reason.TREND_DOWN_AND_FLAT: trend,
    Reason.TREND_UP_AND_LONG: trend,
    Reason.TREND_TURNED_UP: trend,
    Reason.TREND_TURNED_DOWN: trend,
    Reason.BUYS_ABOVE: trend,
    Reason.SELLS_BELOW: trend,
    Reason.BARS_STILL_NEEDED: trend,
    Reason.NEVER_PROPOSES: lambda worlds: worlds.entering("100", strategy="observer"),
    Reason.PASSED: trend,
    Reason.NOT_APPLICABLE: trend,
    Reason.ORDER_WORKING: lambda worlds: worlds.entering(*UP, "104", venue=ScriptedVenue(fills=False)),
    Reason.NO_NEW_BAR: silence,
    Reason.NO_LIMITS_CONFIGURED: lambda worlds: worlds.entering(without=("max_position",)),
    Reason.CHECK_NOT_EVALUABLE: lambda worlds: worlds.entering(without=("price_collar",)),
    Reason.INSTRUMENT_NOT_ALLOWED: lambda worlds: worlds.entering(allowed_instruments={"instruments": ["OTHER"]}),
    Reason.SESSION_CLOSED: at_the_last_close,
    Reason.QUANTITY_EXCEEDS_MAXIMUM: lambda worlds: worlds.entering(quantity="11"),
    Reason.NOTIONAL_EXCEEDS_MAX_PER_ORDER: lambda worlds: worlds.entering(max_order_notional={"limit": "1000"}),
    Reason.PRICE_COLLAR_BREACHED: paper_world(buy(limit_price=Decimal(120))),
    Reason.NOTIONAL_EXCEEDS_FREE_BALANCE: lambda worlds: worlds.entering(
        "20000", "20000", "19400", "20200", "20600", max_order_notional={"limit": "1000000"}, free_cash={}
    ),
    Reason.POSITION_LIMIT_EXCEEDED: lambda worlds: worlds.entering(max_position={"limit": "5"}),
    Reason.POSITION_WOULD_FLIP: flipping,
    Reason.SHORT_NOT_ALLOWED: paper_world(sell("5")),
    Reason.DATA_STALE: late,
    Reason.BARS_MISSED: with_a_hole,
    Reason.PRICE_JUMP: lambda worlds: worlds.entering(*UP[:-1], "44.04"),
    Reason.QUARANTINED: lambda worlds: worlds.entering(*UP[:-1], "130"),
    Reason.RATE_LIMIT_EXCEEDED: asked_twice,
    Reason.TRADING_HALTED: commanded(Command.HALT),
    Reason.TRADING_STATE_REDUCING: commanded(Command.REDUCE),
    Reason.ORDER_IN_DOUBT: in_doubt,
    Reason.RECONCILIATION_PENDING: lambda worlds: worlds.entering(mode=RunMode.PAPER, confirmed=False),
    Reason.LIVE_NOT_ARMED: lambda worlds: _after(worlds.live(), *UP),
    Reason.LIVE_ARMING_EXPIRED: expired_arming,
    Reason.LIVE_DISARMED: taken_back,
    Reason.ENVELOPE_EXCEEDED: beyond_the_envelope,
    Reason.ENVELOPE_USED_UP: used_up,
    Reason.LIVE_DOOR_SHUT: lambda worlds: gated(worlds, lacking=frozenset({Condition.MARKET_DATA})),
    Reason.NOT_ON_RECORD: lambda worlds: gated(worlds, witnessed=False),
    Reason.ORDER_UNKNOWN_TO_US: cancel_unknown,
    Reason.TYPE_NOT_SUPPORTED: paper_world(buy(time_in_force=TimeInForce.GTC)),
    Reason.INSTRUMENT_UNKNOWN: lambda worlds: worlds.entering(venue=paper("OTHER")),
    Reason.OFF_TICK: paper_world(buy(limit_price=Decimal("102.005"))),
    Reason.OFF_LOT: paper_world(buy("1.5")),
    Reason.NO_BAR_IN_SESSION: paper_world(buy(), then=session_over),
    Reason.OPEN_BEYOND_PROTECTION: paper_world(buy(), then=opens_far_above),
    Reason.NOT_TRADED_THROUGH: paper_world(buy(limit_price=Decimal(100)), then=stays_above),
    Reason.VOLUME_TOO_SMALL: lambda worlds: _then(worlds.entering(venue=paper(participation="0.1")), thinly_traded),
    Reason.APPROVAL_EXPIRED: lambda worlds: gated(worlds, clock_at=MONDAY.close + MINUTE),
    Reason.NEVER_ARRIVED: settled_by_the_venue,
    Reason.LIVE_NOT_AVAILABLE: lambda worlds: worlds.entering(venue=RefusingVenue()),
    Reason.VENUE_IN_QUARANTINE: lambda worlds: worlds.entering(venue=ScriptedVenue(_quarantined)),
    Reason.RESTRICTED_BEFORE_SENDING: restricted_on_the_way,
    Reason.REFUSED_BEFORE_SENDING: lambda worlds: gated(worlds, lacking=frozenset({Condition.CONTROLS})),
    Reason.OPERATOR_HALT: restricted_by(Command.HALT),
    Reason.OPERATOR_REDUCE: restricted_by(Command.REDUCE),
    Reason.KILL_SWITCH: restricted_by(None),
    Reason.FAULT_IN_STRATEGY: faulty_strategy,
    Reason.FAULT_IN_RULE: faulty_rule,
    Reason.FAULT_IN_ADAPTER: faulty(TimeoutError(), "execution"),
    Reason.ADAPTER_LATE: faulty(AdapterLate("execution: submit did not return within 10 s"), "execution"),
    Reason.FEED_OVERFLOW: faulty(QueueOverflow(), "market_data"),
    Reason.FAULT_IN_DECIDE: faulty_policy,
    Reason.REFUSED_ROWS_EXCEEDED: refused_rows,
    Reason.FILL_REPEATED: reported(a_fill(some_terms(), ONE, Decimal(103)), a_fill(some_terms(), ONE, Decimal(103))),
    Reason.REPORT_REPEATED: reported(OrderAccepted(client_order_id=FIRST, venue_order_id="v-1", ts_event=MONDAY.open)),
    Reason.REPORT_CONTRADICTS: reported(
        a_fill(some_terms(), ONE, Decimal(103)),
        OrderRejected(client_order_id=FIRST, ts_event=MONDAY.open, code="VENUE.NO", detail="not today"),
    ),
    Reason.RECONCILIATION_MISMATCH: another_position,
    Reason.REPORT_UNHEARD_OF: reported(OrderExpired(client_order_id="web-000417", ts_event=MONDAY.open)),
    Reason.FILL_UNHEARD_OF: reported(a_fill(some_terms(ordinal=99), ONE, Decimal(103))),
    Reason.FILL_AFTER_END: reported(ENDED, a_fill(some_terms(), ONE, Decimal(103))),
    Reason.FILL_BEYOND_QUANTITY: reported(a_fill(some_terms(), Decimal(3), Decimal(103))),
    Reason.FILL_BEYOND_PROTECTION: reported(a_fill(some_terms(), ONE, Decimal("108.16"))),
    Reason.CLOCK_STEPPED_BACK: clock_that_stepped_back,
    Reason.ORDER_IN_DOUBT_TOO_LONG: doubt_that_lasts,
    Reason.FEED_STALE: feed_that_stopped,
    Reason.EXECUTIONS_EXCEEDED: traded(repeated_executions={"limit": 1, "window_seconds": "600"}),
    Reason.DAILY_LOSS_EXCEEDED: traded(daily_loss={"limit": "1"}),
    Reason.DRAWDOWN_EXCEEDED: traded(drawdown={"limit": "1"}),
    Reason.ROW_REFUSED: row("close", "1,015.50"),
    Reason.SPLIT_DECLARED: split,
    Reason.OUT_OF_ORDER: row("", "", lambda core: a_bar("100", at=core.at)),
    Reason.FROM_THE_FUTURE: row("", "", lambda core: a_bar("100", at=core.at + timedelta(hours=5))),
    Reason.BARS_TOO_DENSE: too_dense,
    Reason.SPLIT_IMPOSSIBLE: row(
        "", "", lambda core: Split(instrument="TEST", ts_event=core.at + MINUTE, ratio=Decimal("0.0000000001"))
    ),
    Reason.OTHER_INSTRUMENT: row(
        "", "", lambda core: a_bar("100", at=core.at + timedelta(seconds=1), instrument="OTHER")
    ),
    Reason.OPERATOR_RESUME: released(),
    Reason.LIVE_ARMED: lambda worlds: worlds.armed(),
    Reason.RELEASE_CAUSE_STANDS: released(Cause(code=Reason.KILL_SWITCH, numbers={"found": "HALT"})),
    Reason.RESTRICTED_ANEW: released(Cause(code=Reason.RESTRICTED_ANEW, numbers={"observed": "FAULT_IN_STRATEGY"})),
    Reason.CALLED_BACK: called_back,
    Reason.CANCEL_NOT_ANSWERED: cancel_again,
    Reason.ARMING_TAKEN_BACK: refused_arming(Reason.ARMING_TAKEN_BACK),
    Reason.ARMING_UNUSABLE: refused_arming(Reason.ARMING_UNUSABLE, why="it has another format"),
    Reason.ARMING_CHANGED: refused_arming(Reason.ARMING_CHANGED),
    Reason.ARMING_FOR_ANOTHER: refused_arming(Reason.ARMING_FOR_ANOTHER, what="configuration"),
    Reason.ARMING_NOT_NEWER: refused_arming(Reason.ARMING_NOT_NEWER, issued_at=AT_OPEN, last=AN_HOUR_LATER),
    Reason.ARMING_FROM_LATER: refused_arming(Reason.ARMING_FROM_LATER, issued_at=AN_HOUR_LATER, now=AT_OPEN),
    Reason.ARMING_ENDED: refused_arming(Reason.ARMING_ENDED, expires_at=AT_OPEN),
    Reason.ARMING_TOO_LONG: refused_arming(Reason.ARMING_TOO_LONG, observed=Decimal("24.01"), limit=Decimal(24)),
    Reason.ARMING_BEYOND_LIMITS: refused_arming(
        Reason.ARMING_BEYOND_LIMITS, what="max_quantity", observed=Decimal(11), limit=Decimal(10)
    ),
    Reason.ARMING_OTHER_INSTRUMENT: refused_arming(
        Reason.ARMING_OTHER_INSTRUMENT, observed="TEST, OTHER", limit="TEST"
    ),
}


# Told on the console and in the log alone: such a request leaves no record.
UNRECORDED: Final[dict[Reason, dict[str, Any]]] = {
    Reason.REQUEST_UNUSABLE: {"why": "is open to others (mode 0644)"},
    Reason.REQUEST_FOR_ANOTHER: {"by": "anna@desk"},
    Reason.REQUEST_OUT_OF_TIME: {"by": "anna@desk", "at": AT_OPEN, "seconds": 60},
}


def _after(core: Rig, *closes: str) -> Rig:
    core.bars(*closes)
    return core


def _then(core: Rig, then: Callable[[Rig], object]) -> Rig:
    then(core)
    return core


def _quarantined(terms: Any) -> OrderRejected:
    """What `adapters/execution/on_worker.py` answers while its venue is in quarantine."""
    return OrderRejected(client_order_id=terms.client_order_id, ts_event=terms.ts_init, code=Reason.VENUE_IN_QUARANTINE)


# ------------------------------------------------------------------------------------------- finding it


def telling(core: Rig, code: Reason) -> Record:
    """The first record that gives that reason."""
    code = DISTANCES.get(code, code)
    # The core's own refusals of a row are told by their rule.
    if code in REFUSED_BY_THE_CORE:
        return next(record for record in core.records if isinstance(record.observation, RefusedRow))
    return next(record for record in core.records if any(code == each.code for each in causes_in(record)))


# How far a strategy was from a wish is worked out when somebody asks: of a record that gives this reason.
DISTANCES: Final = {
    Reason.BUYS_ABOVE: Reason.TREND_DOWN_AND_FLAT,
    Reason.SELLS_BELOW: Reason.TREND_UP_AND_LONG,
    Reason.BARS_STILL_NEEDED: Reason.WINDOW_NOT_FULL,
    Reason.NEVER_PROPOSES: Reason.OBSERVING,
}
REFUSED_BY_THE_CORE: Final = (
    Reason.OUT_OF_ORDER,
    Reason.FROM_THE_FUTURE,
    Reason.BARS_TOO_DENSE,
    Reason.SPLIT_IMPOSSIBLE,
    Reason.OTHER_INSTRUMENT,
)


def explained(worlds: Worlds, code: Reason) -> str:
    """Everything that a person is told of it: what `interlock explain` says of the record, and what the code means."""
    if code in UNRECORDED:
        return f"For example: {told(code, UNRECORDED[code])}\n\n{RULE}\n{reason_told.as_text(code)}\n"
    core = HAPPENING[code](worlds)
    assert [lack for record in core.records for lack in untold(record)] == []
    seq = next(seq for seq, record in enumerate(core.records) if record is telling(core, code))
    core.journal.close()
    with AskedJournal(worlds.folder / "journal.sqlite3") as journal:
        moment = journal.moment(seq)
        story_told = as_text(story(moment, further(journal, moment, ())))
    story_told = re.sub(r"test_golden_explanations\.py:\d+", "example.py:1", story_told).replace(HERE, "interlock")
    return f"{story_told}\n\n{RULE}\n{reason_told.as_text(code)}\n"


@pytest.mark.parametrize("code", list(Reason))
def test_the_explanation_is_the_golden_one(code: Reason, tmp_path: Path) -> None:
    """Word for word. Where words were meant to change: `make golden`, and read them.

    In every record on the way there, every number that a sentence names was recorded.
    """
    assert code in HAPPENING or code in UNRECORDED, f"make {code} happen in HAPPENING, then `make golden`"
    told_here = explained(Worlds(tmp_path), code)
    file = TEXTS / f"{code}.txt"
    if REDRAW:
        file.write_text(told_here, "utf-8")
    assert file.is_file(), f"there is no golden text of {code}: `make golden`, and read it"
    assert told_here == file.read_text("utf-8")


def test_no_golden_text_is_left_of_a_code_that_is_gone() -> None:
    """Nor does anything happen for one."""
    if REDRAW:
        for path in TEXTS.iterdir():
            if path.stem not in Reason.__members__:
                path.unlink()
        return
    assert {path.stem for path in TEXTS.iterdir()} == {code.value for code in Reason}
    assert HAPPENING.keys() | UNRECORDED.keys() == set(Reason)
