"""Runs in LIVE, in this process: on bars, a clock and a venue that a test holds in its hands."""

import io
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from rich.console import Console

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.private_files import make_private_folder
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.arming import Envelope
from interlock.core.market import Bar
from interlock.core.records import Event, Record
from interlock.runner import plugins
from interlock.runner.config.load import Loaded, load
from interlock.runner.ending import Ended
from interlock.runner.live import binding
from interlock.runner.live.binding import TOKEN_BYTES, Binding, written
from interlock.runner.live.token_file import put
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession
from interlock.testing.builders import A_MINUTE, bars
from interlock.testing.scripted_venue import ScriptedVenue

BEGIN = datetime(2030, 1, 7, 14, tzinfo=UTC)

LIVE = """
run_mode = "{mode}"
account = "acct-1"
opening_cash = "100000"
state_dir = "state"
[[instruments]]
symbol = "TEST"
tick_size = "0.01"
lot_size = "1"
calendar = "24/7"
[market_data]
adapter = "{feed}"
interval = "1m"
[strategy]
name = "kit_typed"
script = "{script}"
[execution]
adapter = "{venue}"
[loop]
interval_seconds = "10"
faults_max = 2
[risk.allowed_instruments]
instruments = ["TEST"]
[risk.max_order_quantity]
limit = "10"
[risk.max_order_notional]
limit = "2000"
[risk.max_position]
limit = "20"
[risk.price_collar]
limit = "0.05"
[risk.data_age]
limit_seconds = "120"
bars_missed = 5
"""


class LiveRuns:
    """Runs in one folder, one after another, on one clock and one venue. What a person was told is in ``told``."""

    def __init__(self, folder: Path, kit: Any) -> None:
        self.folder = folder
        self.kit = kit
        self.file = folder / "interlock.toml"
        self.state = folder / "state" / "live"
        self.clock = SimulatedClock(BEGIN)
        self.lines = io.StringIO()
        self._bars: tuple[Bar, ...] = ()
        self._loaded: tuple[bytes, Loaded] | None = None
        self.tokens: list[bytes] = []

    def write(self, script: str = "", *, without: str = "", **changes: str) -> Path:
        """The file, with what the test changes; ``without`` is a control that is left out."""
        said = {"mode": "LIVE", "feed": "kit_feed", "venue": "kit_venue"} | changes
        text = LIVE.format(script=script, **said)
        if without:
            begin = text.index(f"[risk.{without}]")
            end = text.find("\n[", begin + 1)
            text = text[:begin] + (text[end + 1 :] if end > 0 else "")
        self.file.write_text(text)
        return self.file

    def loaded(self) -> Loaded:
        """What the file says now. To find the live adapters costs a look at everything that is installed."""
        text = self.file.read_bytes()
        if self._loaded is None or self._loaded[0] != text:
            self._loaded = text, load(self.file, environ={})
        return self._loaded[1]

    def run(
        self,
        count: int = 5,
        *,
        live: bool = True,
        before: dict[int, Callable[[], object]] | None = None,
        bounds: Bounds | None = None,
    ) -> Ended:
        """A run over ``count`` bars more. ``before`` is done before the n-th of all of them is handed over."""
        seen = len(self._bars)
        self._bars += bars(count, first=BEGIN + A_MINUTE * (seen + 1), seed=seen + 1)
        feed = self.kit.KitFeed(self._bars, self.clock, {BEGIN + A_MINUTE * n: do for n, do in (before or {}).items()})
        session = RunSession(
            self.loaded(),
            bounds or Bounds(interval_seconds=10, faults_max=2),
            Narrator(Console(width=500, file=self.lines), verbose=False),
            verbose=False,
            feed=feed,
            clock=self.clock,
            live=live,
        )
        return session.run()

    @property
    def venue(self) -> ScriptedVenue:
        """The venue that was made last."""
        venue: ScriptedVenue = self.kit.KitVenue.made[-1]
        return venue

    @property
    def calls(self) -> list[str]:
        """What reached any venue, in words."""
        return [call for venue in self.kit.KitVenue.made for call in venue.calls]

    @property
    def sent(self) -> int:
        """How many orders reached any venue."""
        return sum(call.startswith("submit") for call in self.calls)

    def records(self) -> list[Record]:
        with JournalReader(self.state / "journal.sqlite3") as reader:
            return list(reader.read())

    def events(self, *kinds: type[Event]) -> list[Any]:
        return [event for record in self.records() for event in record.events if isinstance(event, kinds)]

    def observed(self, kind: type[Any]) -> list[Any]:
        return [record.observation for record in self.records() if isinstance(record.observation, kind)]

    def binding(self, **changes: Any) -> Binding:
        """A binding that is right in everything, but for what the test changes. A ``timedelta`` is from now."""
        loaded, now = self.loaded(), self.clock.now()
        make_private_folder(self.state)
        right: dict[str, Any] = {
            "config_digest": loaded.digest,
            "build": plugins.build(loaded.components),
            "journal_id": None,
            "folder": binding.folder_here(self.state),
            "account": loaded.config.account,
            "host": binding.host(),
            "uid": binding.uid(),
            "by": "trader@desk",
            "issued_at": now,
            "expires_at": now + timedelta(hours=1),
            "envelope": envelope(),
        }
        for name, value in changes.items():
            right[name] = now + value if isinstance(value, timedelta) else value
        return Binding(**right)

    def arm(self, **changes: Any) -> None:
        """What ``interlock arm`` leaves, without the typing."""
        token = bytes([len(self.tokens) + 1]) * TOKEN_BYTES
        self.tokens.append(token)
        put(self.state, written(token, self.binding(**changes)))

    def lay(self, data: bytes, mode: int = 0o600) -> Path:
        """Anything at all where an arming would lie."""
        make_private_folder(self.state)
        path = self.state / "ARMING"
        path.write_bytes(data)
        path.chmod(mode)
        return path

    @property
    def told(self) -> str:
        return self.lines.getvalue()


def envelope(**changes: Any) -> Envelope:
    """Room for three small orders of TEST."""
    most = Envelope(
        instruments=("TEST",), max_quantity=Decimal(10), max_notional=Decimal(2000), max_orders=3, max_loss=Decimal(500)
    )
    return attrs.evolve(most, **changes)


@pytest.fixture
def runs(tmp_path: Path, live_site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveRuns]:
    """A folder to run in, with live adapters installed."""
    monkeypatch.syspath_prepend(str(live_site))
    import importlib

    kit: Any = importlib.import_module("live_kit")
    kit.KitVenue.made.clear()
    kit.KitVenue.fills_next = True
    runs = LiveRuns(tmp_path, kit)
    runs.write()
    yield runs
    sys.modules.pop("live_kit", None)
