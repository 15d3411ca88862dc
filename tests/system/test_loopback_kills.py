"""Evidence 3 on a venue of another process: killed at every call to the disk, a PAPER run sends nothing twice.

What was sent is counted by the venue, on its own disk: each order once, none that our journal lacks; and when the run
has gone on to its end, every fill of the venue is in our journal once.
"""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import field, frozen
from rich.console import Console

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.faults import InterlockError
from interlock.core.market import Bar
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderFilled
from interlock.runner import plugins
from interlock.runner.components import Component, Kind
from interlock.runner.config.load import load
from interlock.runner.exit_codes import exit_code_of
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession
from interlock.testing.builders import A_MINUTE, A_TIME, bars
from interlock.testing.failpoints import Failpoint, armed, fail, kill
from interlock.testing.loopback.adapter import LoopbackVenue
from interlock.testing.loopback.book import Book
from interlock.testing.loopback.log import LOG_NAME, entries, received
from interlock.testing.loopback.requests import Request
from interlock.testing.loopback.venue import main as venue_main

if TYPE_CHECKING:
    from .conftest import Forked, Tell

pytestmark = pytest.mark.slow

Fork = Callable[[Callable[["Tell"], int]], "Forked"]

BARS: Final = 7
CONFIGURATION: Final = """
run_mode = "PAPER"
account = "kit"
opening_cash = "100000"
state_dir = "state"
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
name = "moving_average_cross"
fast = 1
slow = 2
quantity = "1"
[risk.allowed_instruments]
instruments = ["TEST"]
[risk.session]
[risk.free_cash]
[risk.max_order_quantity]
limit = "1"
[risk.max_order_notional]
limit = "100000"
[risk.max_position]
limit = "1"
[risk.price_collar]
limit = "0.5"
[risk.data_age]
limit_seconds = "1000000"
bars_missed = 100000
[execution]
adapter = "loopback"
port = {port}
[loop]
interval_seconds = "1"
"""


@contextmanager
def forked_venue(folder: Path) -> Iterator[int]:
    """A venue in a process of its own, forked so that it is there at once. Gives its port; it does not outlive the
    block."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.close(reading)
        try:
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
            venue_main(["--folder", str(folder), "--seconds", "300"])
        finally:
            os._exit(1)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as said:
            yield int(said.readline().partition(b":")[2].strip(b" }\n"))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def venue_fills(folder: Path) -> list[str]:
    """The id of every trade that the venue ever told of, from its own disk."""
    book = Book()
    for entry in entries(folder / LOG_NAME):
        book.take(Request.of({**entry, "id": 0}))
    return [report.trade_id for report in book.told if isinstance(report, OrderFilled)]


@frozen(kw_only=True)
class Runs:
    """PAPER runs in one folder, each a process of its own, on the venue at ``port``."""

    folder: Path
    fork: Fork = field(repr=False)

    @classmethod
    def configured(cls, folder: Path, port: int, fork: Fork) -> "Runs":
        (folder / "interlock.toml").write_text(CONFIGURATION.format(port=port), "utf-8")
        return cls(folder=folder, fork=fork)

    @property
    def venue(self) -> Path:
        """The venue's own disk."""
        return self.folder / "venue"

    @property
    def submits(self) -> list[str]:
        """Every order that reached the wire, as the venue has it."""
        return [got.client_order_id for got in received(self.venue) if got.do == "submit"]

    def run(self, k: int, then: Callable[[Any], None] = kill) -> "Forked":
        """One run, to which ``then`` happens at its ``k``-th call to the disk; 0 is never."""
        return self.fork(lambda tell: self._in_the_child(k, then, tell))

    def _in_the_child(self, k: int, then: Callable[[Any], None], tell: "Tell") -> int:
        plugins.find = _found
        narrator = Narrator(Console(file=io.StringIO()), verbose=False)
        session = RunSession(
            load(self.folder / "interlock.toml", environ={}),
            Bounds(interval_seconds=1),
            narrator,
            verbose=False,
            feed=MemoryFeed(MARKET),
            clock=SimulatedClock(A_TIME),
        )
        failpoint = Failpoint(
            k,
            lambda called: self._fault(then, called, tell),
            within="interlock.adapters.journal.",
            # The words that a run leaves are a courtesy: without them it goes on. A kill there is a kill.
            sparing="" if then is kill else "leave_words",
        )

        def ended() -> int:
            try:
                end = session.run()
            except InterlockError as error:
                tell(f"error {error}")
                return int(exit_code_of(error))
            tell(f"error {end.error}")
            return int(end.exit_code)

        code = armed(failpoint, ended)
        tell(f"calls {failpoint.count}")
        return code

    def _fault(self, then: Callable[[Any], None], called: Any, tell: "Tell") -> None:
        tell(f"submits {len(self.submits)}")
        then(called)

    def records(self) -> list[Record]:
        """What the journal holds."""
        with JournalReader(self.folder / "state" / "paper" / "journal.sqlite3") as reader:
            return list(reader.read())


MARKET: Final[tuple[Bar, ...]] = bars(BARS, first=A_TIME + A_MINUTE)


def _found(kind: Kind, name: str) -> Component | None:
    """The one plugin that is installed here."""
    return Component(kind=kind, name=name, cls=LoopbackVenue) if name == "loopback" else None


def intended(records: list[Record]) -> list[str]:
    """Every order that was to be sent."""
    events = [event for record in records for event in record.events]
    return [event.terms.client_order_id for event in events if isinstance(event, OrderSubmitted)]


def check_books(runs: Runs) -> None:
    """Nothing came twice, all of it was intended, and each fill of the venue is in the journal once."""
    records, submits = runs.records(), runs.submits
    assert len(set(submits)) == len(submits)
    assert set(submits) <= set(intended(records))
    booked = [record.observation.trade_id for record in records if isinstance(record.observation, OrderFilled)]
    assert sorted(set(booked)) == sorted(venue_fills(runs.venue))
    assert [record.observation for record in records if isinstance(record.observation, Bar)] == list(MARKET)


def calls_of_a_run(folder: Path, fork: Fork, then: Callable[[Any], None] = kill) -> int:
    """How many calls reach the disk in a run that nobody disturbs, and at which ``then`` would happen."""
    folder.mkdir()
    with forked_venue(folder / "venue") as port:
        runs = Runs.configured(folder, port, fork)
        ran = runs.run(0, then)
    assert ran.ended == 0, ran
    assert len(runs.submits) >= 3
    assert runs.submits == intended(runs.records())
    check_books(runs)
    return int(ran.of("calls")[0])


def test_killed_at_every_call_to_the_disk_nothing_reaches_the_venue_twice(tmp_path: Path, forked: Fork) -> None:
    """By the venue's own log; killed again on the way back now and then, and in the end both books agree."""
    calls = calls_of_a_run(tmp_path / "never-killed", forked)
    kills = 0
    for k in range(1, calls + 1):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        with forked_venue(folder / "venue") as port:
            runs = Runs.configured(folder, port, forked)
            assert runs.run(k).ended == -signal.SIGKILL
            kills += 1
            if k % 4 == 0:
                kills += runs.run(1 + k * 7 % 41).ended == -signal.SIGKILL
            ran = runs.run(0)
        assert ran.ended == 0, f"killed at call {k}: {ran.told}"
        check_books(runs)
    print(f"{kills} kills over {calls} calls")
    assert kills > 100


def test_after_a_fault_of_the_disk_nothing_reaches_the_venue(tmp_path: Path, forked: Fork) -> None:
    """Whichever call fails, before or after it was done: exit 5 and a reason, and the next run settles what is open."""
    failing = fail(errno.EIO)
    calls = calls_of_a_run(tmp_path / "undisturbed", forked, failing)
    called_back = 0
    for k in range(1, calls + 1, 5):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        with forked_venue(folder / "venue") as port:
            runs = Runs.configured(folder, port, forked)
            broken = runs.run(k, failing)
            canceled = sum(got.do == "cancel" for got in received(folder / "venue"))
            assert ("the venue was asked to cancel" in broken.of("error")[0]) == bool(canceled)
            called_back += canceled
            assert broken.ended == 5, f"call {k}: {broken.told}"
            assert "journal" in broken.of("error")[0]
            assert broken.of("submits") == [str(len(runs.submits))]
            ran = runs.run(0)
        assert ran.ended == 0, f"call {k}: {ran.told}"
        check_books(runs)
    assert called_back
