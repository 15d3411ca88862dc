"""A real line of each event of the log: what the core, the reporter and the rest of a run write when it happens.

``python -m tests.unit.runner.log_lines`` writes them where the page of the log takes them from (`make docs` does). Only
what differs from run to run is masked: the machine's clock (``ts``), and the numbers of lines in the places of faults.
The ids are those that are handed in.
"""

import io
import json
import re
import tempfile
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from attrs import evolve
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.arming import Armed, ArmingRefused, DisarmAsked, Envelope
from interlock.core.commands import Command, KillSwitchSeen, OperatorCommand
from interlock.core.decision import CancelIntent, OrderIntent
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.market import EndOfData, FeedItem, RefusedRow, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import (
    ChangedSetting,
    ConfigurationChanged,
    CycleOverran,
    HeldOrder,
    JournalResumed,
    LastEnd,
    RunStarted,
    RunStopped,
    StopReason,
)
from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.origins import Origin, OriginSource
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason
from interlock.core.reports import CancelRejected, OrderExpired
from interlock.core.strategies.moving_average_cross import MovingAverageCross, MovingAverageCrossParameters
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.runner.alerts import Alerts
from interlock.runner.anchor import Anchor
from interlock.runner.config.load import load
from interlock.runner.config.model import AlertsConfig, JournalConfig
from interlock.runner.exit_codes import ExitCode
from interlock.runner.feed_notes import FeedNotes
from interlock.runner.live.attendant import Attendant
from interlock.runner.logs import EventLog
from interlock.runner.loop import StateUntrusted, Watcher
from interlock.runner.narrator import Narrator, PeopleConsole
from interlock.runner.operator_files import hearing
from interlock.runner.reference.log import LINES
from interlock.runner.reporter import Reporter
from interlock.runner.tally import Tally
from interlock.runner.watchdog import Watchdog
from interlock.runner.watched import told_in
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY

RUN_ID: Final = "20240108T140000Z-5f2a9c"
BUY: Final = OrderIntent(code="DESK.WISH", side=Side.BUY, quantity=Decimal(5))
FIRST, SECOND = f"{JOURNAL_ID[:12]}-1", f"{JOURNAL_ID[:12]}-2"
STARTED: Final = RunStarted(
    run_id=RUN_ID,
    started_at=MONDAY.open,
    build="interlock 0.4.0",
    config_digest="3f79bb7b435b0532",
    configuration="{}",
    feed="csv test.csv sha256:9f86d081884c7d65",
    origins=(
        Origin(source=OriginSource.COMMAND_LINE, name="--mode", keys={"run_mode": None}),
        Origin(source=OriginSource.FILE, name="interlock.toml", keys={"account": 3, "opening_cash": 4}),
    ),
)
ARMED: Final = Armed(
    fingerprint="0123456789abcdef",
    by="anna@desk",
    issued_at=MONDAY.open,
    expires_at=MONDAY.close,
    envelope=Envelope(
        instruments=("TEST",),
        max_quantity=Decimal(10),
        max_notional=Decimal(2_000),
        max_orders=3,
        max_loss=Decimal(100),
    ),
)
# What differs from run to run, and what stands there instead.
TS: Final = "2024-01-08T14:05:00.000+00:00"
_PLACE: Final = re.compile(r"(\.py):\d+ ")


class Gone(io.StringIO):
    """A console that nobody reads any more."""

    @override
    def write(self, text: str) -> int:
        raise BrokenPipeError


class Noted(MemoryFeed):
    """A source that would have people know something."""

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return ("column 'Adj Close' is ignored: prices are taken as they were traded",)


class Stage:
    """One log, and whatever is told into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "interlock.log"
        self.log = EventLog(self.path, run_id=RUN_ID, verbose=True, lost=lambda _: None)
        self.clock = SimulatedClock(MONDAY.open)
        self.config = load(None, {}, None).config

    def told(self, core: Rig, *, console: io.StringIO | None = None) -> Reporter:
        """What a reporter tells of all that ``core`` did, one batch a record."""
        narrator = Narrator(PeopleConsole(file=console or io.StringIO(), width=500), verbose=False)
        reporter = Reporter(tally=Tally(), log=self.log, narrator=narrator, view=core.view, verbose=True)
        for record in core.records:
            reporter.records([record])
        return reporter

    def lines(self) -> list[dict[str, Any]]:
        """All that was written, masked."""
        return [json.loads(_masked(line)) for line in self.path.read_text("utf-8").splitlines()]


def _masked(line: str) -> str:
    return _PLACE.sub(r"\1:N ", re.sub(r'"ts": "[^"]*"', f'"ts": "{TS}"', line, count=1))


def a_rig(*script: object, venue: ScriptedVenue | None = None, **told: Any) -> Rig:
    """A core whose venue fills nothing, unless another is given."""
    return Rig(*script, journal=MemoryJournal(), venue=venue or ScriptedVenue(fills=False), **told)


def noted(core: Rig, *observations: Any) -> Rig:
    """``core``, which has noted these."""
    core.records += core.cycle.note_together(observations, core.at)
    return core


def a_day(stage: Stage) -> None:
    """A market, a strategy that buys and is denied, and a stop."""
    strategy = MovingAverageCross(MovingAverageCrossParameters(fast=2, slow=3, quantity=Decimal(5)))
    policy = a_policy(max_order_notional={"limit": Decimal(540)})
    core = noted(Rig(journal=MemoryJournal(), strategy=strategy, policy=policy), STARTED)
    core.records += core.cycle.reconcile(ReconciliationCause.START, core.at)
    core.bars("100", "99", "101", "102", "98", "97", "98", "104")
    core.step(RefusedRow(source="test.csv", line=11, field="close", value="n/a", rule="a number"))
    core.step(Silence(until=core.at + MINUTE), core.at + MINUTE)
    core.step(Split(instrument="TEST", ts_event=core.at, ratio=Decimal(2)))
    core.step(EndOfData(ts_event=core.at))
    noted(core, CycleOverran(missed=2), RunStopped(run_id=RUN_ID, stopped_at=core.at, reason=StopReason.END_OF_DATA))
    stage.told(core).heartbeat()


def a_venue(stage: Stage) -> None:
    """Orders that are refused, lost, called back and run out."""
    back = CancelIntent(code="DESK.WISH", client_order_id=FIRST)
    core = a_rig(BUY, back, venue=ScriptedVenue("reject"))
    core.bar()
    stage.told(core)
    core = a_rig(BUY, back, BUY, venue=ScriptedVenue("accept", "unknown", fills=False))
    core.bars("100", "100", "100")
    core.venue.tell(OrderExpired(client_order_id=SECOND, ts_event=MONDAY.close, code=Reason.NO_BAR_IN_SESSION))
    core.bar()
    core.venue.broken.add("reconcile")
    core.records += core.cycle.reconcile(ReconciliationCause.PERIODIC, core.at)
    stage.told(core)
    core = a_rig(BUY, back)
    core.bars("100")
    core.venue.forget(FIRST)
    core.bars("100")
    core.venue.tell(CancelRejected(client_order_id=FIRST, ts_event=core.at, code=Reason.ORDER_UNKNOWN_TO_US))
    core.bar()
    stage.told(core)


def a_fault(stage: Stage) -> None:
    """A strategy raises; and an adapter does while an order works, which is called back."""
    core = a_rig(ZeroDivisionError())
    core.bar()
    stage.told(core)
    core = a_rig(BUY)
    core.bar()
    core.venue.broken.add("on_market")
    core.bar()
    reporter = stage.told(core)
    fault = next(seq for seq, record in enumerate(core.records) if record.kind == "FaultObserved")
    for command in ("true", "false"):
        config = evolve(stage.config, alerts=AlertsConfig(command=(command,), seconds=Decimal(5)))
        alerts = Alerts(config, JOURNAL_ID, stage.clock, stage.log, reporter.narrator)
        alerts.see(core.records[fault], fault)
        alerts.finish()
        alerts.close()


def a_restart(stage: Stage) -> None:
    """Another run goes on, with another configuration."""
    resumed = JournalResumed(
        last_seq=204,
        ended=LastEnd.KILLED,
        detail="no word of a stop was left",
        trading_state="ACTIVE",
        position=Decimal(5),
        cash=Decimal("99500.00"),
        working=1,
        orders=(HeldOrder(client_order_id=FIRST, state=OrderState.ACCEPTED),),
    )
    change = ChangedSetting(key="risk.max_order_notional.limit", before="2000", after="5000", loosens=True)
    stage.told(noted(a_rig(), resumed, ConfigurationChanged(changes=(change,))))


def people(stage: Stage) -> None:
    """Their words, their kill switch and their armings."""
    core = noted(a_rig(BUY, mode=RunMode.LIVE), STARTED)
    core.records += core.cycle.reconcile(ReconciliationCause.START, core.at)
    noted(core, ArmingRefused(reasons=(Cause(code=Reason.ARMING_CHANGED),)), ARMED)
    core.bar()
    noted(core, DisarmAsked(reason="lunch", by="anna@desk"))
    noted(core, KillSwitchSeen(state=TradingState.HALTED, found="HALT"))
    noted(core, OperatorCommand(command=Command.RESUME, reason="compared with the venue", by="anna@desk"))
    stage.told(core)


def nothing() -> None:
    """Nobody waits for it."""


def beside(stage: Stage) -> None:
    """What a run tells that is no record."""
    core = a_rig()
    core.bar()
    reporter = stage.told(core, console=Gone())
    for command in ("true", "false"):
        config = evolve(
            stage.config, journal=JournalConfig(anchor_command=(command,), anchor_every_seconds=Decimal(60))
        )
        anchor = Anchor(config, core.journal, JOURNAL_ID, stage.clock, stage.log, reporter.narrator)
        anchor.finish(core.journal.head())
        anchor.close()
    notes = FeedNotes(reporter.narrator)
    notes.look(Noted(()))
    notes.write(stage.log)
    (stage.folder / "RESUME").write_text("please")
    (stage.folder / "RESUME").chmod(0o644)
    watcher = Watcher(records=reporter.records, heartbeat=nothing, progress=nothing, rest=nothing)
    hearing(watcher, stage.folder, stage.clock, reporter).asked()
    reporter.stands(10_240)
    state_folder = stage.folder / "sim"
    (state_folder / "DISARM").mkdir(parents=True)
    loaded = load(None, {}, None)
    attendant = Attendant(loaded, core.cycle, stage.clock, reporter)
    attendant._folder = state_folder
    attendant.look()


class Leaving(ScriptedVenue):
    """A plugin that exits."""

    @override
    def on_market(self, item: FeedItem) -> None:
        raise SystemExit


def ends(stage: Stage) -> None:
    """How a run ends that should not."""
    watchdog = Watchdog(60, tell=(), leave=lambda code: code is ExitCode.HUNG, monotonic=stage.clock.monotonic)
    told_in(stage.log, watchdog)
    watchdog.stopping()
    for _ in range(40):
        stage.clock.sleep_until(stage.clock.monotonic() + 2)
        watchdog.look()
    core = a_rig(venue=Leaving())
    reporter = stage.told(core)
    try:
        core.bar()
    except SystemExit as error:
        broken = StateUntrusted(Fault.of(error, where="cycle"))
        reporter.failed("StateUntrusted", str(broken), {"trace": [broken.fault.trace]})
    core = a_rig()
    reporter = stage.told(core)
    core.journal.fails = True
    try:
        core.bar()
    except JournalUnavailable as error:
        reporter.failed("JournalUnavailable", str(error))


SCENES: Final = (a_day, a_venue, a_fault, a_restart, people, beside, ends)


def all_lines() -> list[dict[str, Any]]:
    """Every line that the scenes write."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        with closing(stage.log):
            for scene in SCENES:
                scene(stage)
        return stage.lines()


def drawn() -> str:
    """The first line of each event at each of its levels, as the page shows them."""
    chosen: dict[tuple[str, str], dict[str, Any]] = {}
    for line in all_lines():
        chosen.setdefault((line["event"], line["level"]), line)
    return "".join(f"{json.dumps(line)}\n" for line in chosen.values())


if __name__ == "__main__":
    LINES.write_text(drawn(), "utf-8", newline="\n")
