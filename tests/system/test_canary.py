"""A secret whose value is a canary, in an adapter that tells it wherever it can: nobody finds it anywhere.

The adapter is a feed that an own package brings, run as a user runs it. Everything that a run and every command
leaves is searched afterwards: both streams, journal, write-ahead log, log, traces, and what the user's own commands
were given.
"""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.system.conftest import START, Interlock

pytestmark = pytest.mark.slow

CANARY = "canary/7f3a+9c2e=Q&5d1b"
# Encoded alone and behind a name, as a header has it; and escaped for an address.
SPELLINGS = (
    CANARY,
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    base64.b64encode(f"user:{CANARY}".encode()).decode().rstrip("="),
    "canary%2F7f3a%2B9c2e%3DQ%265d1b",
    CANARY.encode().hex(),
)

FEED = """
import base64, logging, os, threading, urllib.parse, warnings
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from attrs import frozen
from interlock.core.faults import AdapterUnavailable, ConfigurationError, VenueProtocolError
from interlock.core.market import Bar, Cursor, EndOfData, RefusedRow, Silence
from interlock.core.ports import MarketDataPort

if os.environ.get("LEAK_AT_IMPORT"):
    raise ImportError("cannot go on with " + os.environ["LEAK_KEY"])

START = datetime(2020, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Options:
    leak: str = "everything"


class Exploding:
    def __init__(self, text):
        self.text = text

    def __del__(self):
        raise RuntimeError("deleted with " + self.text)


class Leaky(MarketDataPort):
    Options = Options
    Credentials = ("api_key",)

    def __init__(self, options, key):
        self._leak, self._key, self._items = options.leak, key, 0

    @classmethod
    def from_options(cls, options, *, instrument, calendar, interval, folder, credentials):
        assert "LEAK_KEY" not in os.environ or os.environ.get("IS_CHECK")
        key = credentials["api_key"]
        if options.leak == "options":
            raise ConfigurationError("market_data.api_key: found " + key.reveal())
        return cls(options, key)

    def open(self, *, after=None):
        if after is not None:
            self._items = after.items
        if self._leak == "open":
            header = base64.b64encode(("user:" + self._key.reveal()).encode()).decode()
            raise AdapterUnavailable("401 from /?key=" + urllib.parse.quote_plus(self._key.reveal()) + " " + header)
        if self._leak == "crash":
            raise RuntimeError("no answer to " + self._key.reveal())

    def next(self, deadline=None):
        key = self._key.reveal()
        if self._leak == "fault":
            raise VenueProtocolError("wrong: " + key)
        if self._leak == "exit" and self._items:
            raise SystemExit("leaving with " + key)
        self._items += 1
        if self._items == 2:
            return RefusedRow(source="feed " + key, line=0, field="close " + key, value=key, rule="not " + key)
        if self._items == 3:
            print("printed " + key)
            warnings.warn("warned of " + key)
            logging.getLogger("their.library").error("logged %s", key)
            thread = threading.Thread(target=self._die)
            thread.start()
            thread.join()
            Exploding(key)
            os.environ["LEAKED_AGAIN"] = key
        if self._items == 4:
            return Bar(instrument=key[:60], ts_event=START + timedelta(minutes=4), open=Decimal(1), high=Decimal(1),
                       low=Decimal(1), close=Decimal(1), volume=Decimal(1))
        if self._items in (5, 6):
            raise OSError(5, "no route with " + key, "/keys/" + key)
        if self._items > 30:
            return EndOfData()
        return Bar(instrument="TEST", ts_event=START + timedelta(minutes=self._items), open=Decimal(1), high=Decimal(1),
                   low=Decimal(1), close=Decimal(1), volume=Decimal(1))

    def _die(self):
        raise ValueError("the thread had " + self._key.reveal())

    def cursor(self):
        return Cursor(items=self._items, ts_event=START + timedelta(minutes=self._items))

    def describe(self):
        return "leaky with " + self._key.reveal()

    def close(self):
        if self._leak == "close":
            raise RuntimeError("could not close " + self._key.reveal())

    def progress(self):
        if self._leak == "internal":
            raise RuntimeError("how far with " + self._key.reveal())
        return None

    @property
    def notes(self):
        return ("connected with " + self._key.reveal(),)
"""

# Keeps what it reads, its environment, and everything in the state folder while the run goes on.
SPY = """
import os, shutil, sys
kept = sys.argv[1]
number = len(os.listdir(kept))
open(f"{kept}/{number}.stdin", "wb").write(sys.stdin.buffer.read())
open(f"{kept}/{number}.env", "w").write(repr(dict(os.environ)))
shutil.copytree("state", f"{kept}/{number}.state", ignore_dangling_symlinks=True)
"""


class Canary:
    """A folder with the package, the configuration, and a place for whatever the commands were given."""

    def __init__(self, interlock: Interlock, source: str) -> None:
        self.interlock = interlock
        self.folder = interlock.folder
        self.source = source
        self.said: list[str] = []
        self.codes: list[int] = []
        (self.folder / "leaky.py").write_text(FEED)
        info = self.folder / "leaky-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[interlock.market_data]\nleaky = leaky:Leaky\n")
        (self.folder / "spy.py").write_text(SPY)
        for name in ("kept", "tmp"):
            (self.folder / name).mkdir()
        path = os.pathsep.join((str(self.folder), *interlock.environ.get("PYTHONPATH", "").split(os.pathsep)))
        self.environ = interlock.environ | {
            "PYTHONPATH": path,
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONFAULTHANDLER": "1",
        }

    def configure(self, leak: str) -> None:
        """The feed leaks in this way; both commands of the user's own are the spy."""
        spy = json.dumps([sys.executable, str(self.folder / "spy.py"), str(self.folder / "kept")])
        text = self.interlock.configuration(mode="PAPER", interval_seconds="0.01")
        text = text.replace('adapter = "simulated"', f'adapter = "leaky"\nleak = "{leak}"')
        text = text.replace('replay_speed = "60"', 'replay_speed = "6000"')
        text += f'[market_data.credentials]\napi_key = "{self.source}"\n'
        text += f"[journal]\nanchor_command = {spy}\n[alerts]\ncommand = {spy}\n"
        (self.folder / "interlock.toml").write_text(text)

    def __call__(self, *args: str, **more: str) -> int:
        """Run it with the secret where it belongs, and keep what it says."""
        environ = self.environ | more
        if self.source.startswith("env:"):
            ended = self.interlock(*args, env=environ | {"LEAK_KEY": CANARY})
        else:
            reads, writes = os.pipe()
            os.write(writes, f"{CANARY}\n".encode())
            os.close(writes)
            program = f"import os; os.dup2(0, 9, inheritable=True); {START}"
            ended = self.interlock(*args, program=program, env=environ, stdin=reads)
            os.close(reads)
        self.said += [ended.stdout, ended.stderr]
        self.codes.append(ended.returncode)
        return ended.returncode

    def search(self) -> None:
        """Nobody finds it, in whatever spelling, in anything that was said or left."""
        said = "\n".join(self.said)
        for spelling in SPELLINGS:
            assert spelling not in said, said
        for path in self.folder.rglob("*"):
            if path.is_file():
                raw = path.read_bytes()
                for spelling in SPELLINGS:
                    assert spelling.encode() not in raw, path


@pytest.fixture(params=["env:LEAK_KEY", "fd:9"])
def canary(interlock: Interlock, request: pytest.FixtureRequest) -> Canary:
    """By both ways in which a secret comes."""
    return Canary(interlock, str(request.param))


def test_a_secret_is_in_nothing_that_a_run_and_every_command_leaves(canary: Canary) -> None:
    """Reports, refused rows, notes, prints, warnings, logs of libraries, threads and destructors all tell it."""
    canary.configure("everything")
    assert canary("check", IS_CHECK="1") in (0, 1)
    canary("check", "--json", IS_CHECK="1")
    assert canary("run", "--max-seconds", "20") in (1, 4)
    canary("run", "--json", "-v", "--max-seconds", "5")
    journal = str(canary.folder / "state" / "paper" / "journal.sqlite3")
    for args in (
        ("check", "--json"),
        ("status",),
        ("status", "--json"),
        ("journal", "info", journal),
        ("journal", "info", "--json", journal),
        ("journal", "tail", journal),
        ("journal", "tail", "--json", journal),
        ("journal", "export", "--format", "jsonl", journal),
        ("journal", "export", "--format", "csv", journal),
        ("journal", "verify", journal),
        ("journal", "backup", journal, "copy.sqlite3"),
    ):
        canary(*args, IS_CHECK="1")
    told = "\n".join(canary.said)
    for words in ("printed", "warned of", "logged", "the thread had", "deleted with", "connected with", "leaky with"):
        assert f"{words} ***" in told, words
    # The commands were there, and while the run went on they saw the write-ahead log as well.
    kept = canary.folder / "kept"
    assert any("FAULT_IN_ADAPTER" in path.read_text() for path in kept.glob("*.stdin"))
    assert list(kept.rglob("*-wal"))
    canary.search()


@pytest.mark.parametrize(
    ("leak", "code"),
    [("options", 2), ("open", 4), ("crash", 4), ("fault", 4), ("exit", 4), ("internal", 4), ("close", 4)],
)
def test_a_secret_is_in_no_message_with_which_a_run_ends(interlock: Interlock, leak: str, code: int) -> None:
    """Whatever the adapter raises, wherever it does, and whether people or a script are told."""
    canary = Canary(interlock, "env:LEAK_KEY")
    canary.configure(leak)
    assert canary("run", "--max-seconds", "5", "-v") == code
    canary("run", "--json", "--max-seconds", "5")
    canary("check", IS_CHECK="1")
    canary("check", "--json", IS_CHECK="1")
    canary.search()


def test_a_secret_is_in_no_message_of_a_plugin_that_cannot_be_imported(interlock: Interlock) -> None:
    """It is imported before the secret was taken from it, and says of it what it can."""
    canary = Canary(interlock, "env:LEAK_KEY")
    canary.configure("everything")
    for args in (("run",), ("run", "--json"), ("check",), ("check", "--json")):
        assert canary(*args, LEAK_AT_IMPORT="1") == 2
    assert "leaky 1.0 could not be imported: ImportError" in "".join(canary.said)
    canary.search()


def test_a_secret_where_it_does_not_belong_is_refused_and_told_by_nobody(interlock: Interlock) -> None:
    """In the file, and under a name of ours in the environment."""
    canary = Canary(interlock, "env:LEAK_KEY")
    canary.configure("everything")
    file = canary.folder / "interlock.toml"
    right = file.read_text()
    for wrong in (f'api_key = "{CANARY}"', f'api_key = "{CANARY}', f"api_key = {{ value = '{CANARY}' }}"):
        file.write_text(right.replace('api_key = "env:LEAK_KEY"', wrong))
        for args in (("run",), ("run", "--json"), ("check",), ("check", "--json")):
            assert canary(*args) == 2
    file.write_text(right)
    for args in (("run",), ("run", "--json"), ("check",), ("check", "--json")):
        assert canary(*args, INTERLOCK_API_KEY=CANARY) == 2
    canary.search()


def test_a_mode_that_may_not_have_it_starts_nothing(interlock: Interlock) -> None:
    """SIM reads no secret: the adapter is not made, and a check says so before."""
    canary = Canary(interlock, "env:LEAK_KEY")
    canary.configure("everything")
    assert canary("run", "--mode", "SIM") == 3
    assert "SIM reads no secrets, so an adapter that needs others is refused" in canary.said[-1]
    assert not (canary.folder / "state").exists()
    assert canary("check", "--mode", "SIM") == 1
    canary.search()
    ended: subprocess.CompletedProcess[str] = interlock("run", env=canary.environ)
    assert ended.returncode == 3
    assert "the variable LEAK_KEY is not set" in ended.stderr
    assert Path(canary.folder / "interlock.toml").exists()
