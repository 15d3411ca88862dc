"""The CSV feed keeps the contract of market data, plain, packed, and with bad rows in between."""

import gzip
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.adapters.calendar.always_open import AlwaysOpen
from interlock.adapters.market_data.csv_file import CsvFeed
from interlock.adapters.market_data.csv_options import CsvOptions
from interlock.adapters.market_data.csv_times import Stamp, TimeFormat
from interlock.adapters.market_data.on_worker import OnWorker
from interlock.core.market import Bar
from interlock.core.ports import MarketDataPort
from interlock.testing.builders import an_instrument, bars
from interlock.testing.contracts.given_bars import GivenBarsContract
from interlock.testing.contracts.market_data import MarketDataContract


def _text(rows: Sequence[Bar]) -> str:
    lines = [f"{r.ts_event.isoformat()},{r.open},{r.high},{r.low},{r.close},{r.volume}" for r in rows]
    return "\n".join(["time,open,high,low,close,volume", *lines]) + "\n"


def _feed(path: Path, time_format: TimeFormat | None = None) -> CsvFeed:
    return CsvFeed.from_options(
        CsvOptions(path=path.name, stamp=Stamp.CLOSE, time_format=time_format),
        instrument=an_instrument(),
        calendar=AlwaysOpen(),
        interval=timedelta(minutes=1),
        folder=path.parent,
    )


class TestCsvFeed(GivenBarsContract):
    subject: ClassVar[type[MarketDataPort]] = CsvFeed

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        self.names = count()

    @override
    def feed(self) -> MarketDataPort:
        """One file, so that each feed over it is one over the same source."""
        path = self.folder / "bars.csv"
        if not path.exists():
            path.write_text(_text(bars(20)))
        return _feed(path)

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        path = self.folder / f"{next(self.names)}.csv"
        path.write_text(_text(given_bars))
        return _feed(path)


class TestPackedCsvFeed(TestCsvFeed):
    @override
    def feed(self) -> MarketDataPort:
        path = self.folder / "bars.csv.gz"
        if not path.exists():
            path.write_bytes(gzip.compress(_text(bars(20)).encode()))
        return _feed(path)

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        path = self.folder / f"{next(self.names)}.csv.gz"
        path.write_bytes(gzip.compress(_text(given_bars).encode()))
        return _feed(path)


class TestCsvFeedWithBadRows(MarketDataContract):
    """The promises hold whatever stands between the good rows."""

    subject = CsvFeed

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @override
    def feed(self) -> MarketDataPort:
        path = self.folder / "bars.csv"
        if not path.exists():
            header, *rows = _text(bars(12)).splitlines()
            junk = ["", "x" * 9_000, "\x00\x01\x02", "2020-01-02T15:00:00Z,1_000,1,1,1,1", "\N{ARABIC-INDIC DIGIT ONE}"]
            mixed = [line for pair in zip(rows, junk * 3, strict=False) for line in pair]
            path.write_text("\n".join([header, *mixed, *rows[3:5]]), encoding="utf-8")
        return _feed(path)


class TestCsvFeedOnWorker(TestCsvFeed):
    """As PAPER has it: on a thread of its own, because a disk may hang."""

    subject = OnWorker

    @override
    def feed(self) -> MarketDataPort:
        return OnWorker(super().feed(), 30.0)

    @override
    def feed_over(self, given_bars: Sequence[Bar]) -> MarketDataPort:
        return OnWorker(super().feed_over(given_bars), 30.0)
