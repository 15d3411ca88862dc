"""Each look before a run: what it finds, and what it says to do."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
from typing_extensions import override

from interlock.core.faults import ConfigurationError
from interlock.core.market import Bar, Cursor, EndOfData, FeedItem, RefusedRow, Silence
from interlock.core.ports.market_data import MarketDataPort
from interlock.runner import preflight as looks
from interlock.runner.clock_look import clock_look
from interlock.runner.config import Loaded, load
from interlock.runner.data_look import data_look

NOW = datetime(2025, 6, 1, tzinfo=UTC)
PRICE = Decimal(10)
BAR = Bar(instrument="X", ts_event=NOW, open=PRICE, high=PRICE, low=PRICE, close=PRICE, volume=PRICE)
REFUSED = RefusedRow(source="x.csv", line=7, field="close", value="abc", rule="must be a number")


class _Feed(MarketDataPort):
    """Hands over what it was given, then nothing for ever."""

    def __init__(
        self, items: Sequence[FeedItem], *, after: FeedItem | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        self.items = list(items)
        self._notes = notes
        self.after = after or EndOfData()
        self.closed = False

    @override
    def open(self, *, after: Cursor | None = None) -> None: ...

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        return self.items.pop(0) if self.items else self.after

    @override
    def cursor(self) -> Cursor:
        return Cursor()

    @override
    def describe(self) -> str:
        return "a fake"

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return self._notes

    @override
    def close(self) -> None:
        self.closed = True


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """The configuration without a file, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return load(None, {}, None)


def test_all_is_well_in_an_empty_folder(loaded: Loaded) -> None:
    """Nothing has to be made before a check, and a check makes nothing."""
    found = looks.preflight(loaded, make_feed=lambda _: _Feed([BAR]), now=lambda: NOW)
    assert [look.name for look in found] == ["state folder", "disk", "clock", "data"]
    assert all(look.ok for look in found)
    assert list(Path().iterdir()) == []


def test_a_private_folder_is_fine(tmp_path: Path) -> None:
    """0700, ours, real. The folder above may be read by others."""
    folder = tmp_path / "state" / "sim"
    folder.parent.mkdir(mode=0o755)
    folder.mkdir(mode=0o700)
    assert looks.state_look(folder).ok


@pytest.mark.parametrize("part", ["state", "state/sim"])
@pytest.mark.parametrize("wrong", ["link", "file", "open"])
def test_a_state_folder_that_cannot_be_trusted_is_a_finding(tmp_path: Path, part: str, wrong: str) -> None:
    """A link, something that is no folder, or a folder that others may enter."""
    folder = tmp_path / "state" / "sim"
    spoiled = tmp_path / part
    if part == "state/sim":
        folder.parent.mkdir(mode=0o700)
    if wrong == "link":
        spoiled.symlink_to(tmp_path)
    elif wrong == "file":
        spoiled.touch()
    else:
        spoiled.mkdir()
        spoiled.chmod(0o755 if part == "state/sim" else 0o777)
    look = looks.state_look(folder)
    assert not look.ok
    assert look.remedy


def test_somebody_elses_folder_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns the folder can replace what is in it."""
    folder = tmp_path / "state" / "sim"
    folder.parent.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert "another user" in looks.state_look(folder).detail


def test_a_folder_that_all_share_is_not_to_be_closed(tmp_path: Path) -> None:
    """To close /tmp would stop whatever else runs on the machine."""
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    look = looks.state_look(shared / "sim")
    assert not look.ok
    assert "shared by all users" in look.detail
    assert look.remedy == "name another state_dir, in a folder of your own"


def test_a_folder_that_cannot_be_written_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found before a run, not by it."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written" in looks.state_look(tmp_path / "state" / "sim").detail


def test_a_full_disk_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk halts a run, so it is looked for before."""
    monkeypatch.setattr(looks, "FREE_BYTES_MIN", 2**63)
    look = looks.disk_look(tmp_path / "not" / "there")
    assert not look.ok
    assert "make room" in look.remedy


def test_a_clock_that_was_never_set_is_a_finding() -> None:
    """A machine that woke up in 1970."""
    assert not clock_look(datetime(1970, 1, 1, tzinfo=UTC)).ok
    assert clock_look(NOW).ok


def test_missing_time_zones_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare machine may have none."""

    def missing(_: str) -> None:
        raise ZoneInfoNotFoundError("UTC")

    monkeypatch.setattr("interlock.runner.clock_look.ZoneInfo", missing)
    assert "tzdata" in clock_look(NOW).remedy


@pytest.mark.parametrize(
    ("feed", "ok", "detail"),
    [
        (_Feed([REFUSED, BAR]), True, "the first bar closes at 2025-06-01T00:00:00+00:00 at 10 (a fake)"),
        (_Feed([REFUSED, BAR]), True, "; before it a row was refused: x.csv:7: close: must be a number, found abc"),
        (_Feed([REFUSED, REFUSED, BAR]), True, "; before it 2 rows were refused, the first: x.csv:7"),
        (_Feed([BAR], notes=("line 1 was taken as a header",)), True, "(a fake); line 1 was taken as a header"),
        (_Feed([REFUSED]), False, "no bar came, and a row was refused: x.csv:7: close: must be a number, found abc"),
        (_Feed([]), False, "no bar came"),
        (_Feed([], after=Silence(until=NOW)), False, "no bar came"),
    ],
)
def test_the_data_is_read_up_to_its_first_bar(loaded: Loaded, feed: _Feed, ok: bool, detail: str) -> None:
    """A source that never gives a bar is a finding, with the first row that was refused; the look ends anyway."""
    look = data_look(loaded, lambda _: feed)
    assert look.ok is ok
    assert detail in look.detail
    assert feed.closed


def test_a_source_that_cannot_be_opened_is_a_finding(loaded: Loaded) -> None:
    """Our own errors are told; what an adapter raises is named, its words are not trusted."""

    def refuse(_: Loaded) -> MarketDataPort:
        raise ConfigurationError("no such file")

    def burst(_: Loaded) -> MarketDataPort:
        raise KeyError("secret")

    assert data_look(loaded, refuse).detail == "no such file"
    assert data_look(loaded, burst).detail == "the adapter raised KeyError"


@pytest.mark.parametrize(("quantity", "ok"), [("3", True), ("0.5", False), ("10.0", True)])
def test_a_quantity_that_no_venue_takes_is_a_finding(
    tmp_path: Path, configuration: Callable[..., str], quantity: str, ok: bool
) -> None:
    """Before a run, and not order by order; in the venue's own words."""
    file = tmp_path / "interlock.toml"
    parameters = f'fast = 2\nslow = 3\nquantity = "{quantity}"'
    file.write_text(configuration(strategy="moving_average_cross", parameters=parameters))
    (look,) = looks.order_size_looks(load(file, {}, None))
    assert look.ok is ok
    assert bool(look.remedy) is not ok
    assert ok or "the quantity 0.5 is not a multiple of the lot 1" in look.detail


def test_a_strategy_without_a_quantity_has_no_order_size(loaded: Loaded) -> None:
    """The observer orders nothing."""
    assert looks.order_size_looks(loaded) == ()


def test_a_log_that_is_no_file_is_a_finding(tmp_path: Path) -> None:
    """A run would refuse to start on it, so a check says so before."""
    log = tmp_path / "interlock.log"
    assert looks.log_looks(log) == ()
    log.mkdir()
    (found,) = looks.log_looks(log)
    assert (found.ok, found.detail) == (False, f"{log} is a folder")
    log.rmdir()
    log.symlink_to(tmp_path / "elsewhere")
    assert looks.log_looks(log)[0].detail == f"{log} is a symbolic link"
    log.unlink()
    os.mkfifo(log)
    assert looks.log_looks(log)[0].detail == f"{log} is no regular file"
    log.unlink()
    log.touch()
    assert looks.log_looks(log) == ()


def test_a_list_without_the_instrument_is_a_finding(tmp_path: Path, configuration: Callable[..., str]) -> None:
    """One letter too many, and nothing would ever be bought."""
    path = tmp_path / "x.toml"
    for written, fine in (("TESTT", False), ("TEST", True)):
        limits = f'[risk.allowed_instruments]\ninstruments = ["{written}"]\n'
        path.write_text(configuration() + limits)
        found = looks.allowed_looks(load(path, {}, None))
        assert (found == ()) is fine
        if not fine:
            assert found[0].detail == ("TEST is not among TESTT: every entry would be denied (INSTRUMENT_NOT_ALLOWED)")


def test_every_look_is_taken(tmp_path: Path, configuration: Callable[..., str]) -> None:
    """A folder in place of the log and an instrument that may not be entered are told by the check itself."""
    path = tmp_path / "x.toml"
    path.write_text(configuration() + '[risk.allowed_instruments]\ninstruments = ["TESTT"]\n')
    loaded = load(path, {}, None)
    loaded.log_path.mkdir(parents=True)
    found = looks.preflight(loaded, make_feed=lambda _: _Feed([BAR]), now=lambda: NOW)
    assert {"allowed instruments", "log"} <= {look.name for look in found if not look.ok}


def test_a_name_that_no_disk_takes_is_no_error_of_ours(tmp_path: Path) -> None:
    """Some disks take shorter names than others."""
    folder = tmp_path / ("x" * 256) / "sim"
    assert not looks.state_look(folder).ok
    assert looks.disk_look(folder).name == "disk"
