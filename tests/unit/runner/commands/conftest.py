"""A folder to run in, whose journal can be looked at, changed, and chained anew."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from interlock.adapters.journal.codec import GENESIS, chain
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.market import Bar, FeedItem
from interlock.runner.config import Loaded, load
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator, PeopleConsole
from interlock.runner.session import RunSession
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

# Buys and sells every few bars, every control on, and one that denies now and then.
TRADING = """
fast = 2
slow = {slow}
quantity = "{quantity}"
[risk.allowed_instruments]
instruments = ["TEST"]
[risk.max_order_quantity]
limit = "5"
[risk.max_order_notional]
limit = "900"
[risk.max_position]
limit = "5"
[risk.price_collar]
limit = "0.05"
[risk.data_age]
limit_seconds = "60"
"""
CLOSES = (100, 101, 102, 101, 99, 98, 99, 102, 103, 101, 98, 97, 99, 101, 104, 103, 100, 98)


def market(count: int = 90) -> Sequence[Bar]:
    """Up and down, so that averages cross."""
    return [
        a_bar(str(CLOSES[place % len(CLOSES)] - place // 20), at=A_TIME + place * A_MINUTE) for place in range(count)
    ]


class Home:
    """``interlock.toml`` in an empty folder, its runs, and its journal."""

    def __init__(self, folder: Path, configuration: Callable[..., str]) -> None:
        self.folder = folder
        self.configuration = configuration
        self.feed: Sequence[FeedItem] = market()

    def loaded(self, *, quantity: str = "5", slow: str = "3", **changes: str) -> Loaded:
        """The configuration, changed."""
        trading = {"strategy": "moving_average_cross", "parameters": TRADING.format(quantity=quantity, slow=slow)}
        file = self.folder / "interlock.toml"
        file.write_text(self.configuration(**trading | changes))
        return load(file, {}, None)

    def run(self, cycles: int | None = None, **changes: str) -> Path:
        """A run, from start to end; its journal."""
        with (self.folder / "told").open("w") as told:
            narrator = Narrator(PeopleConsole(file=told), verbose=False)
            bounds = Bounds(cycles=cycles, interval_seconds=0.001, heartbeat_seconds=60)
            loaded = self.loaded(**changes)
            RunSession(loaded, bounds, narrator, verbose=False, feed=MemoryFeed(self.feed)).run()
        return self.journal

    @property
    def journal(self) -> Path:
        """Where SIM keeps it."""
        return self.folder / "state" / "sim" / "journal.sqlite3"

    def rows(self) -> list[tuple[int, str, str]]:
        """Every row: seq, kind and body."""
        with sqlite3.connect(self.journal) as connection:
            found = connection.execute("SELECT seq, kind, body FROM records ORDER BY seq").fetchall()
        connection.close()
        return found

    def rewrite(self, rows: Sequence[tuple[int, str, str]]) -> None:
        """Put these rows in the place of all, with a chain that fits: what somebody does who knows how it works."""
        digest = GENESIS
        # As a copy has none: what it says would give the change away, and here the records have to.
        self.journal.with_name(f"{self.journal.name}.head").unlink(missing_ok=True)
        with sqlite3.connect(self.journal) as connection:
            connection.execute("DELETE FROM records")
            for seq, kind, body in rows:
                digest = chain(digest, seq, kind, body.encode())
                connection.execute(
                    "INSERT INTO records (seq, kind, body, hash) VALUES (?, ?, ?, ?)", (seq, kind, body, digest.hex())
                )
        connection.close()

    def change(self, seq: int, old: str, new: str, *, chained: bool = True) -> None:
        """Write ``new`` for ``old`` in the body of record ``seq``; the hashes after it fit, if ``chained``."""
        rows = self.rows()
        _, kind, body = rows[seq]
        assert old in body
        rows[seq] = (seq, kind, body.replace(old, new, 1))
        if chained:
            self.rewrite(rows)
            return
        with sqlite3.connect(self.journal) as connection:
            connection.execute("UPDATE records SET body = ? WHERE seq = ?", (rows[seq][2], seq))
        connection.close()


@pytest.fixture
def home(tmp_path: Path, configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty folder, which is where we are."""
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path, configuration)
