"""The kill switch beside real processes: what reaches the venue is counted by the venue, on its own disk."""

import io
import json
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest
from attrs import frozen
from rich.console import Console
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.clock.system import SystemClock
from interlock.adapters.journal.private_files import WriterLock
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.commands import OperatorCommand
from interlock.core.decision import NoAction, OrderIntent, Proposal
from interlock.core.market import FeedItem
from interlock.core.orders import OrderType, Side
from interlock.core.ports import Strategy
from interlock.core.reasons import Reason
from interlock.core.records import CancelRequested, OrderSubmitted, Record, ReleaseRefused, TradingStateChanged
from interlock.core.strategies.observer import ObserverParameters
from interlock.core.view import MarketView
from interlock.runner import plugins
from interlock.runner.commands.beside import read_beside
from interlock.runner.components import Component, Kind
from interlock.runner.config.load import load
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.resume_request import Request, put
from interlock.runner.session import RunSession
from interlock.testing.builders import A_MINUTE, A_TIME, bars
from interlock.testing.failpoints import Failpoint, armed, kill
from interlock.testing.loopback.adapter import LoopbackVenue
from interlock.testing.loopback.log import received
from interlock.testing.loopback.process import VenueProcess

from .test_loopback_kills import CONFIGURATION, forked_venue

if TYPE_CHECKING:
    from datetime import datetime

    from .conftest import Forked, Interlock, Tell

pytestmark = pytest.mark.slow

Fork = Callable[[Callable[["Tell"], int]], "Forked"]
WHY: Final = ("--reason", "the fills look wrong")
# In and out, bar by bar; and, so that there is something to call back, a bid far below that nobody fills.
TRADER: Final = """
from decimal import Decimal
from attrs import frozen
from interlock import NoAction, OrderIntent, OrderType, Side, Strategy

@frozen(kw_only=True)
class Parameters:
    raises_from: int = 10**9

class Trader(Strategy):
    Parameters = Parameters

    def __init__(self, parameters):
        self._from = parameters.raises_from

    @property
    def lookback(self):
        return 1

    def propose(self, view):
        if view.bars_seen >= self._from:
            raise ValueError("a secret")
        if view.bars_seen == 1:
            bid = (view.bar.close * Decimal("0.7")).quantize(Decimal("0.01"))
            return OrderIntent(code="MINE.BID", side=Side.BUY, quantity=Decimal(1),
                order_type=OrderType.LIMIT, limit_price=bid)
        side = Side.SELL if view.position > 0 else Side.BUY
        return OrderIntent(code="MINE.TURN", side=side, quantity=Decimal(1))
"""
STRATEGY: Final = 'name = "moving_average_cross"\nfast = 1\nslow = 2\nquantity = "1"'


@frozen(kw_only=True)
class Desk:
    """A person's desk: the command line, a run beside it, and the venue's own log."""

    interlock: "Interlock"
    venue: VenueProcess

    @property
    def journal(self) -> Path:
        """Of the run."""
        return self.interlock.folder / "state" / "paper" / "journal.sqlite3"

    def configure(self, more: str = "", **changes: str) -> None:
        """A trader on the loopback venue, ten minutes a second."""
        text = CONFIGURATION.format(port=self.venue.port).replace(STRATEGY, f'name = "trader"\n{more}')
        for old, new in {
            'replay_speed = "60"': 'replay_speed = "600"',
            'interval_seconds = "1"': 'interval_seconds = "0.1"\nfaults_max = 1000000',
            '[risk.max_position]\nlimit = "1"': '[risk.max_position]\nlimit = "3"',
            **changes,
        }.items():
            assert old in text
            text = text.replace(old, new)
        folder = self.interlock.folder
        (folder / "interlock.toml").write_text(text)
        (folder / "trader.py").write_text(TRADER)
        info = folder / "desk-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: desk\nVersion: 1.0\n")
        points = "[interlock.strategies]\ntrader = trader:Trader\n"
        points += f"[interlock.execution]\nloopback = {LoopbackVenue.__module__}:LoopbackVenue\n"
        (info / "entry_points.txt").write_text(points)

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[str]"]:
        """A run that trades. It is stopped politely, and does not outlive the block."""
        said = self.interlock.folder / "said"
        with self.interlock.started("run", until="goes out") as process, said.open("w") as kept:
            # Read on, or a full pipe would hold the run up.
            reader = subprocess.Popen(["cat"], stdin=process.stderr, stdout=kept)
            yield process
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
            reader.wait(timeout=30)

    def records(self) -> list[Record]:
        """What the journal holds."""
        with JournalReader(self.journal) as reader:
            return list(reader.read())

    def wait(self, until: Callable[[], bool], seconds: float = 30) -> None:
        """Until it is so. What comes of it never depends on how long that took."""
        clock = SystemClock()
        end = clock.monotonic() + seconds
        while not until():
            assert clock.monotonic() < end, "it never was"
            clock.sleep_until(clock.monotonic() + 0.05)

    def bars(self) -> int:
        """How many bars the run has taken."""
        return sum(record.kind == "Bar" for record in self.records())

    @property
    def submits(self) -> list[str]:
        """Every order that reached the venue, by its own log."""
        return [got.client_order_id for got in self.venue.received if got.do == "submit"]

    @property
    def cancels(self) -> set[str]:
        """Every order that it was asked to cancel."""
        return {got.client_order_id for got in self.venue.received if got.do == "cancel"}


@pytest.fixture
def desk(interlock: "Interlock", tmp_path: Path) -> Iterator[Desk]:
    """With a venue that takes orders."""
    path = os.pathsep.join((str(tmp_path), *interlock.environ.get("PYTHONPATH", "").split(os.pathsep)))
    interlock.environ = interlock.environ | {"PYTHONPATH": path}
    with VenueProcess(tmp_path / "venue") as venue:
        desk = Desk(interlock=interlock, venue=venue)
        desk.configure()
        yield desk


def submitted(records: list[Record]) -> list[str]:
    """Every order that was to be sent."""
    events = [event for record in records for event in record.events]
    return [event.terms.client_order_id for event in events if isinstance(event, OrderSubmitted)]


def halted_at(records: list[Record]) -> int:
    """The first record that restricts trading."""
    changes = [any(isinstance(event, TradingStateChanged) for event in record.events) for record in records]
    return changes.index(True)


def test_halt_beside_a_run_stops_every_order_and_calls_back_what_works(desk: Desk) -> None:
    """From the file on at most the one that was on its way: nothing more reaches the venue but cancels."""
    with desk.running():
        desk.wait(lambda: len(desk.submits) >= 4)
        halted = desk.interlock("halt", *WHY, "--json")
        assert halted.returncode == 0, halted.stderr
        (place,) = json.loads(halted.stdout)["places"]
        assert (place["placed"], place["trading_state"]) == (True, "HALTED")
        bars, sent = desk.bars(), desk.submits
        desk.wait(lambda: desk.bars() >= bars + 10)
        records = desk.records()
        at = halted_at(records)
        assert submitted(records[at:]) == []
        assert desk.submits == sent
        called_back = {event.client_order_id for event in records[at].events if isinstance(event, CancelRequested)}
        assert called_back
        assert called_back <= desk.cancels
        assert read_beside(desk.journal).state.working == {}
        released = desk.interlock("resume", "--reason", "settled", "--json")
        assert released.returncode == 0, released.stderr
        assert json.loads(released.stdout)["trading_state"] == "ACTIVE"
        desk.wait(lambda: len(desk.submits) > len(sent))
    assert len(set(desk.submits)) == len(desk.submits)
    assert desk.interlock("journal", "verify").returncode == 0


def test_a_run_releases_nothing_that_came_after_the_look(desk: Desk) -> None:
    """Somebody looked, then it was halted by the very cause that they saw, then they asked: the run knows better."""

    def answered() -> list[Record]:
        return [record for record in desk.records() if record.kind == "OperatorCommand"]

    with desk.running():
        desk.wait(lambda: len(desk.submits) >= 2)
        looked_at = len(desk.records()) - 1
        assert desk.interlock("halt", *WHY).returncode == 0
        desk.journal.with_name("HALT").unlink()
        state = read_beside(desk.journal).state
        code = state.trading_state_code
        request = Request(
            reason="settled",
            by="anna@desk",
            at=SystemClock().now(),
            journal_id=state.journal_id,
            seen_code=code,
            seen_seq=looked_at,
        )
        put(desk.journal.parent, request)
        desk.wait(lambda: len(answered()) == 1)
        (answer,) = answered()
        assert isinstance(answer.observation, OperatorCommand)
        assert answer.observation.standing == (f"trading was restricted anew ({code}) after you had looked",)
        assert [type(event) for event in answer.events] == [ReleaseRefused]
        assert desk.interlock("resume", "--reason", "looked again").returncode == 0


def test_a_file_put_by_hand_stops_the_next_send(desk: Desk) -> None:
    """Counted from the moment at which it lies there: at most one order was on its way."""
    with desk.running():
        desk.wait(lambda: len(desk.submits) >= 4)
        desk.journal.with_name("HALT").touch()
        sent = len(desk.submits)
        bars = desk.bars()
        desk.wait(lambda: desk.bars() >= bars + 10)
        assert len(desk.submits) <= sent + 1
        kinds = [record.kind for record in desk.records()]
        assert kinds.count("KillSwitchSeen") == 1


def test_reduce_beside_a_run_lets_it_leave(desk: Desk) -> None:
    """No entry reaches the venue any more; what is held is left."""
    with desk.running():
        desk.wait(lambda: len(desk.submits) >= 4)
        assert desk.interlock("reduce", *WHY).returncode == 0
        at = halted_at(desk.records())
        desk.wait(lambda: read_beside(desk.journal).state.portfolio.position == 0)
        bars = desk.bars()
        desk.wait(lambda: desk.bars() >= bars + 5)
        events = [event for record in desk.records()[at:] for event in record.events]
        assert {e.terms.order_class for e in events if isinstance(e, OrderSubmitted)} <= {"EXIT"}


def test_on_a_full_disk_it_halts(desk: Desk) -> None:
    """Not one byte can be written into the file: it is there, and that is enough."""

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    with desk.running():
        desk.wait(lambda: len(desk.submits) >= 4)
        halted = desk.interlock("halt", *WHY, preexec_fn=full)
        assert halted.returncode == 0, halted.stderr
        assert "nothing could be written into it" in halted.stdout
        assert desk.journal.with_name("HALT").read_bytes() == b""
        desk.wait(lambda: read_beside(desk.journal).state.trading_state == "HALTED")


@pytest.mark.parametrize("broken", ["journal", "configuration"])
def test_where_something_is_broken_the_next_run_is_halted(desk: Desk, broken: str) -> None:
    """A locked or broken journal, a file that no longer stands: the file is put, and the run that can start obeys."""
    with desk.running():
        desk.wait(lambda: len(desk.submits) >= 2)
    sent = desk.submits
    file = desk.interlock.folder / "interlock.toml"
    whole = file.read_text(), desk.journal.read_bytes()
    if broken == "journal":
        desk.journal.write_bytes(b"Dear journal" * 99)
    else:
        file.write_text(whole[0] + "\n[nonsense\n")
    assert desk.interlock("halt", *WHY).returncode == 0
    file.write_text(whole[0])
    if broken == "journal":
        desk.journal.write_bytes(whole[1])
    ran = desk.interlock("run", "--max-seconds", "2")
    assert f"trading is HALTED: {'KILL_SWITCH' if broken == 'journal' else 'OPERATOR_HALT'}" in ran.stderr
    assert desk.submits == sent


def test_beside_a_process_that_holds_the_journal_and_does_nothing_it_is_put(desk: Desk) -> None:
    """It waits for a moment, says that nobody has seen it yet, and the next run obeys."""
    with desk.running():
        desk.wait(lambda: len(desk.submits) >= 2)
    sent = desk.submits
    lock = WriterLock(desk.journal)
    halted = desk.interlock("halt", *WHY)
    assert halted.returncode == 0, halted.stderr
    assert "has not said within 5 s" in halted.stdout
    lock.release()
    assert "trading is HALTED: KILL_SWITCH" in desk.interlock("run", "--max-seconds", "2").stderr
    assert desk.submits == sent


def test_with_a_strategy_that_only_raises_it_halts_and_releases(desk: Desk) -> None:
    """Raising for ever keeps nobody from halting; a release is good until it raises again."""
    desk.configure("raises_from = 8")
    with desk.running():
        desk.wait(lambda: read_beside(desk.journal).state.trading_state == "HALTED")
        sent = desk.submits
        halted = desk.interlock("halt", *WHY)
        assert "is HALTED (FAULT_IN_STRATEGY)" in halted.stdout
        assert desk.interlock("resume", "--reason", "try it").returncode == 0
        desk.wait(lambda: read_beside(desk.journal).state.trading_state_code == Reason.FAULT_IN_STRATEGY)
        assert desk.submits == sent
        assert read_beside(desk.journal).state.working == {}


# -------------------------------------------------------------------------------- killed between latch and act


class Resting(Strategy):
    """Bids once, far below: the order works until it is called back."""

    Parameters: ClassVar[type[Any]] = ObserverParameters
    name: ClassVar[str] = "resting"

    def __init__(self, _: object) -> None:
        """Nothing to set."""

    @property
    @override
    def lookback(self) -> int:
        return 1

    @override
    def propose(self, view: MarketView) -> Proposal:
        if view.bars_seen > 1:
            return NoAction(code="TEST.NOTHING")
        bid = (view.bar.close * 7 / 10).quantize(view.instrument.tick_size)
        return OrderIntent(
            code="TEST.BID",
            side=Side.BUY,
            quantity=view.instrument.lot_size,
            order_type=OrderType.LIMIT,
            limit_price=bid,
        )


class HaltingFeed(MemoryFeed):
    """Before its fourth bar somebody puts HALT into ``folder``."""

    def __init__(self, folder: Path, put: Callable[[], None]) -> None:
        super().__init__(bars(8, first=A_TIME + A_MINUTE))
        self._folder, self._put = folder, put

    @override
    def _take(self, deadline: "datetime | None") -> FeedItem:
        if self._items == 3 and not (self._folder / "HALT").exists():
            (self._folder / "HALT").touch()
            self._put()
        return super()._take(deadline)


@frozen(kw_only=True)
class Halted:
    """PAPER runs in one folder, each a process of its own, that are halted on the way."""

    folder: Path
    fork: Fork

    def run(self, k: int) -> "Forked":
        """One run, killed at its ``k``-th call to the disk; 0 is never."""
        return self.fork(lambda tell: self._in_the_child(k, tell))

    def _in_the_child(self, k: int, tell: "Tell") -> int:
        plugins.find = _found
        failpoint = Failpoint(k, kill, within="interlock.adapters.journal.")
        file = self.folder / "interlock.toml"
        session = RunSession(
            load(file, environ={}),
            Bounds(interval_seconds=1),
            Narrator(Console(file=io.StringIO()), verbose=False),
            verbose=False,
            feed=HaltingFeed(self.folder / "state" / "paper", lambda: tell(f"halt {failpoint.count}")),
            clock=SimulatedClock(A_TIME),
        )
        code = armed(failpoint, lambda: int(session.run().exit_code))
        tell(f"calls {failpoint.count}")
        return code


def _found(kind: Kind, name: str) -> Component | None:
    known: dict[str, type] = {"loopback": LoopbackVenue, "resting": Resting}
    return Component(kind=kind, name=name, cls=known[name]) if name in known else None


def test_killed_between_latch_and_act_the_order_is_called_back_all_the_same(tmp_path: Path, forked: Fork) -> None:
    """At every call to the disk from the file to the end: the next run asks for the cancel, and sends nothing else."""

    def one(folder: Path, k: int) -> "Forked":
        folder.mkdir()
        with forked_venue(folder / "venue") as port:
            text = CONFIGURATION.format(port=port).replace(STRATEGY, 'name = "resting"')
            (folder / "interlock.toml").write_text(text, "utf-8")
            runs = Halted(folder=folder, fork=forked)
            first = runs.run(k)
            if k:
                assert first.ended == -signal.SIGKILL
                last = runs.run(0)
                assert last.ended == 1, last
        got = received(folder / "venue")
        orders = [each.client_order_id for each in got if each.do == "submit"]
        assert len(orders) == 1
        assert {each.client_order_id for each in got if each.do == "cancel"} == set(orders), f"killed at call {k}"
        earlier = read_beside(folder / "state" / "paper" / "journal.sqlite3")
        assert (earlier.state.trading_state, earlier.state.working) == ("HALTED", {}), f"killed at call {k}"
        return first

    undisturbed = one(tmp_path / "never", 0)
    assert undisturbed.ended == 1, undisturbed
    begin, end = int(undisturbed.of("halt")[0]), int(undisturbed.of("calls")[0])
    assert end - begin > 20
    for k in range(begin + 1, end + 1):
        one(tmp_path / f"{k}", k)
