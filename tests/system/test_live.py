"""LIVE as a user starts it: processes of their own for the venue, the market, the run, and whoever arms it.

What was sent is counted by the venue, on its own disk.
"""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Waiting
from time import monotonic
from typing import Any

import pytest

from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.arming import Armed
from interlock.core.faults import ConfigurationError
from interlock.core.orders import OrderClass
from interlock.core.reasons import Reason
from interlock.core.records import Disarmed, OrderSubmitted, Record
from interlock.core.reports import OrderFilled
from interlock.testing.loopback.process import VenueProcess

pytestmark = pytest.mark.slow

SECONDS_MAX = 40
START = "from interlock.runner.main import main; main()"
# The terminal is the process's own, so that Ctrl-C there is a signal here.
AT_A_TERMINAL = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {START}"
ARM = ("arm", "--for", "5m", "--max-orders", "3", "--max-loss", "100000")
CONFIGURATION = """
run_mode = "LIVE"
account = "acct-1"
opening_cash = "1000000"
state_dir = "state"
[[instruments]]
symbol = "TEST"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "live_loopback"
interval = "1s"
port = {feed}
[strategy]
name = "kit_restless"
[execution]
adapter = "live_loopback"
port = {venue}
[loop]
interval_seconds = "0.05"
[risk.allowed_instruments]
instruments = ["TEST"]
[risk.max_order_quantity]
limit = "1"
[risk.max_order_notional]
limit = "100000"
[risk.max_position]
limit = "1"
[risk.price_collar]
limit = "0.5"
[risk.data_age]
limit_seconds = "20"
bars_missed = 20
"""


class Live:
    """A folder, a venue and a market; ``interlock`` runs in it, with live adapters installed."""

    def __init__(self, folder: Path, site: Path, venue: VenueProcess, feed: int) -> None:
        self.folder, self.venue = folder, venue
        (folder / "interlock.toml").write_text(CONFIGURATION.format(feed=feed, venue=venue.port))
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
        path = filter(None, [str(site), os.getenv("PYTHONPATH")])
        self.environ |= {"PYTHONPATH": os.pathsep.join(path)}
        # Everything that any process said.
        self.said = ""

    def __call__(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """A command, to its end."""
        done = subprocess.run(
            [sys.executable, "-c", START, *args],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.said += done.stdout + done.stderr
        return done

    @contextmanager
    def running(self, *, stops: bool = True) -> Iterator["subprocess.Popen[str]"]:
        """A run. At the end of the block it is asked to stop, and must; where it ``stops`` not, it is killed there."""
        command = [sys.executable, "-c", START, "run", "--live"]
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=self.folder, env=self.environ, **streams) as process:
            try:
                yield process
                if not stops:
                    return
                process.send_signal(signal.SIGINT)
                out, error = process.communicate(timeout=SECONDS_MAX)
                self.said += out + error
                assert process.returncode == 0, error
            finally:
                process.kill()

    def at_a_terminal(self, *args: str, keys: tuple[str, ...]) -> tuple[int, str]:
        """A command, typed at a terminal of its own: each of ``keys`` when it asks. Its end, and what was shown."""
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", AT_A_TERMINAL, *args],
            cwd=self.folder,
            env=self.environ,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        shown, left, ends = "", list(keys), monotonic() + SECONDS_MAX
        try:
            while monotonic() < ends:  # ends: with the process, or by the clock
                if not select.select([master], [], [], 0.1)[0]:
                    continue
                try:
                    seen = os.read(master, 4_096)
                except OSError:
                    break  # nobody holds the other end any more
                if not seen:
                    break
                shown += seen.decode()
                if left and shown.endswith("): "):
                    os.write(master, left.pop(0).encode())
            return process.wait(timeout=SECONDS_MAX), shown
        finally:
            process.kill()
            process.wait()
            os.close(master)
            self.said += shown

    def arm(self) -> None:
        """Type what is asked for, as it is shown."""
        most = self.most
        code, shown = self.at_a_terminal(*ARM, keys=("acct-1\n", f"{most}\n"))
        assert code == 0, shown

    @property
    def most(self) -> str:
        """What is shown as the most that can be exposed."""
        _, shown = self.at_a_terminal(*ARM, keys=("nobody\n",))
        (line,) = [line for line in shown.splitlines() if "most that can be exposed:" in line]
        return line.split()[-2]

    @property
    def entries(self) -> int:
        """How many orders the venue has received."""
        return sum(each.do == "submit" for each in self.venue.received)

    def records(self) -> list[Record]:
        path = self.folder / "state" / "live" / "journal.sqlite3"
        try:
            with JournalReader(path) as reader:
                return list(reader.read())
        except ConfigurationError:
            return []  # not there yet, or being made this very moment

    def denials(self, code: str) -> int:
        return sum(each.decision is not None and each.decision.code == code for each in self.records())

    def events(self, kind: type[Any]) -> list[Any]:
        return [event for record in self.records() for event in record.events if isinstance(event, kind)]


def until(happened: Callable[[], object]) -> None:
    """Wait until it has; fail where it does not in time."""
    pause, ends = Waiting(), monotonic() + SECONDS_MAX
    while not happened():
        assert monotonic() < ends, "it did not happen in time"
        pause.wait(0.1)


@pytest.fixture
def live(tmp_path: Path, live_site: Path) -> Iterator[Live]:
    """Venue and market, each a process."""
    serve = [sys.executable, "-m", "interlock.testing.loopback_feed.serve", "--interval-seconds", "1", "--until-eof"]
    with (
        VenueProcess(tmp_path / "venue", cancels_on_disconnect=True) as venue,
        subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as feed,
    ):
        try:
            assert feed.stdout is not None
            (tmp_path / "run").mkdir()
            yield Live(tmp_path / "run", live_site, venue, json.loads(feed.stdout.readline())["port"])
        finally:
            feed.kill()


def test_a_whole_day_of_live_in_a_minute(live: Live) -> None:
    """Unarmed it watches; armed it enters; disarmed it leaves and enters no more; and a restart is unarmed.

    The token is in nothing that was ever written or said.
    """
    with live.running():
        until(lambda: live.denials(Reason.LIVE_NOT_ARMED) >= 2)
        assert not live.venue.received
        live.arm()
        until(lambda: live.events(OrderSubmitted))
        until(lambda: any(isinstance(each.observation, OrderFilled) for each in live.records()))
        assert live("disarm", "--reason", "enough").returncode == 0
        until(lambda: live.events(Disarmed))
        denied = live.denials(Reason.LIVE_NOT_ARMED)
        until(lambda: live.denials(Reason.LIVE_NOT_ARMED) >= denied + 2)
    records = live.records()
    (ended,) = [
        place for place, each in enumerate(records) if any(isinstance(event, Disarmed) for event in each.events)
    ]
    after = [event for each in records[ended:] for event in each.events if isinstance(event, OrderSubmitted)]
    assert {event.terms.order_class for event in after} <= {OrderClass.EXIT}
    submitted = {event.terms.client_order_id for event in live.events(OrderSubmitted)}
    assert {sent.client_order_id for sent in live.venue.received if sent.do == "submit"} <= submitted
    entries = live.entries
    with live.running():
        denied = live.denials(Reason.LIVE_NOT_ARMED)
        until(lambda: live.denials(Reason.LIVE_NOT_ARMED) >= denied + 2)
    assert live.entries == entries
    (armed,) = [each.observation for each in live.records() if isinstance(each.observation, Armed)]
    texts = [path.read_bytes() for path in live.folder.rglob("*") if path.is_file()] + [live.said.encode()]
    assert any(armed.fingerprint.encode() in text for text in texts)
    assert not list((live.folder / "state" / "live").glob("*ARM*"))


def test_a_run_that_is_killed_comes_back_unarmed_and_its_orders_are_canceled(live: Live) -> None:
    """The venue does that by itself; what is left to do is done by whoever starts again."""
    live.arm()
    with live.running(stops=False):
        until(lambda: live.entries)
    entries = live.entries
    with live.running():
        until(lambda: live.denials(Reason.LIVE_NOT_ARMED))
    assert live.entries <= entries + 1, "only an exit may have followed"
    entered = [event.terms.order_class for event in live.events(OrderSubmitted)]
    assert entered.count(OrderClass.ENTRY) <= entries


@pytest.mark.parametrize("keys", [("\x03",), ("acct-1\n", "\x03"), ("\x04",), ("acct-1\n", "\x04")])
def test_whoever_breaks_off_has_armed_nothing(live: Live, keys: tuple[str, ...]) -> None:
    """Ctrl-C and the end of input, at either question."""
    code, shown = live.at_a_terminal(*ARM, keys=keys)
    assert code in (3, -signal.SIGINT), shown
    assert not (live.folder / "state" / "live" / "ARMING").exists()


def test_the_run_says_what_is_missing_where_live_is_not_meant(live: Live) -> None:
    """Without the word for it nothing is started, and nothing is connected."""
    done = live("run")
    assert done.returncode == 3
    assert "nobody said --live" in done.stderr
    assert not live.venue.received
    assert not (live.folder / "state").exists()
