"""A look at the journal before a run: it says what a run would do, and changes nothing."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from interlock.adapters.journal.head_file import head_path
from interlock.adapters.journal.private_files import WriterLock
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.faults import InterlockError
from interlock.core.market import Bar
from interlock.core.ports import MarketDataPort
from interlock.runner.config import Loaded, load
from interlock.runner.exit_codes import exit_code_of
from interlock.runner.journal_look import SQLITE_MAGIC, journal_looks
from interlock.runner.look import Look
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator, PeopleConsole
from interlock.runner.session import RunSession
from interlock.testing.builders import bars


class Folder:
    """A folder to run and to look in."""

    def __init__(self, folder: Path, configuration: Callable[..., str]) -> None:
        self.folder = folder
        self.configuration = configuration
        self.feed: Sequence[Bar] = bars(9)

    def loaded(self, **changes: str) -> Loaded:
        """The configuration, changed."""
        file = self.folder / "interlock.toml"
        file.write_text(self.configuration(**changes))
        return load(file, {}, None)

    def run(self, cycles: int | None = None, **changes: str) -> None:
        """A run, from start to end. Raises what keeps it from starting."""
        with (self.folder / "told").open("w") as told:
            narrator = Narrator(PeopleConsole(file=told), verbose=False)
            bounds = Bounds(cycles=cycles, interval_seconds=0.001, heartbeat_seconds=60)
            RunSession(self.loaded(**changes), bounds, narrator, verbose=False, feed=MemoryFeed(self.feed)).run()

    def look(self, make_feed: Callable[[Loaded], MarketDataPort] | None = None, **changes: str) -> Look:
        """The one look, which has changed nothing."""
        before = self._everything()
        loaded = self.loaded(**changes)
        (look,) = journal_looks(loaded, make_feed or (lambda _: MemoryFeed(self.feed)))
        assert self._everything() == before
        assert look.ok or look.remedy
        return look

    @property
    def journal(self) -> Path:
        """Where SIM keeps it."""
        return self.folder / "state" / "sim" / "journal.sqlite3"

    def _everything(self) -> dict[Path, tuple[int, bytes]]:
        found = (path for path in (self.folder / "state").rglob("*") if path.is_file())
        # What readers of one journal share in memory is no part of it: SQLite marks there who reads.
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in found if not path.name.endswith("-shm")}


@pytest.fixture
def folder(tmp_path: Path, configuration: Callable[..., str]) -> Folder:
    """An empty folder."""
    return Folder(tmp_path, configuration)


def test_without_a_journal_there_is_nothing_to_say(folder: Folder) -> None:
    """And none is made."""
    assert journal_looks(folder.loaded(), None) == ()
    assert not (folder.folder / "state").exists()


def test_a_journal_that_a_run_goes_on_from_says_what_it_holds(folder: Folder) -> None:
    """As the run itself would say it."""
    folder.run(cycles=4)
    look = folder.look()
    assert look.ok
    assert "a run takes it up, going on from record" in look.detail
    assert "4 bars seen" in look.detail


def test_a_journal_whose_process_was_killed_is_read_with_its_log(folder: Folder) -> None:
    """What was committed last stands in the write-ahead log alone."""
    folder.run(cycles=4)
    journal = SqliteJournal(folder.journal)
    *_, last = journal.read()
    journal.append([last])
    log = folder.journal.with_name("journal.sqlite3-wal")
    killed = {path: path.read_bytes() for path in (folder.journal, log)}
    journal.close()
    for path, content in killed.items():
        path.write_bytes(content)
        path.chmod(0o600)
    told = folder.look().detail
    with_log = int(told.partition("from record ")[2].partition(":")[0])
    reader = sqlite3.connect(f"{folder.journal.as_uri()}?mode=ro&immutable=1", uri=True)
    (without,) = reader.execute("SELECT max(seq) FROM records").fetchone()
    reader.close()
    assert with_log == without + 1


def test_a_journal_that_has_ended_is_put_aside_and_that_is_fine(folder: Folder) -> None:
    """A rehearsal may be repeated."""
    folder.run()
    look = folder.look()
    assert look.ok
    assert "came to the end of its data: a run keeps it as an archive beside it and begins a new one" in look.detail


def test_a_journal_that_was_made_read_only_is_told(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run would be refused."""
    folder.run(cycles=4)
    folder.journal.chmod(0o400)
    monkeypatch.setattr(os, "access", lambda *_: False)
    look = folder.look()
    assert not look.ok
    assert "may not be written (mode 0400): chmod 600" in look.detail


def test_a_journal_that_was_taken_away_is_no_fine_beginning(folder: Folder) -> None:
    """Its head file tells of it, and a run would end at once."""
    folder.run(cycles=4)
    folder.journal.unlink()
    look = folder.look()
    assert not look.ok
    assert "its head file says that record" in look.detail
    assert "a run would end at once (exit 5)" in look.remedy


@pytest.mark.parametrize("begins", [b"", b"records"])
def test_a_journal_that_holds_nothing_yet_is_begun(folder: Folder, begins: bytes) -> None:
    """An empty file, and one with tables and no record: its maker was stopped."""
    folder.run(cycles=1)
    head_path(folder.journal).unlink()
    if begins:
        connection = sqlite3.connect(folder.journal, isolation_level=None)
        connection.execute("DELETE FROM records")
        connection.close()
    else:
        folder.journal.write_bytes(b"")
    assert folder.look().ok


def test_another_configuration_is_a_finding_that_says_what_a_run_would_do(folder: Folder) -> None:
    """In SIM a run would begin anew, which may not be meant."""
    folder.run(cycles=4)
    look = folder.look(cash="2000")
    assert not look.ok
    assert "a run keeps it as an archive beside it and begins a new one, with 2000 USD and without a" in look.detail
    assert "run with the configuration sha256:" in look.remedy


def test_a_changed_configuration_of_a_paper_account_is_shown_key_by_key(folder: Folder) -> None:
    """As the run would say it, and it would go on."""
    folder.run(cycles=4, mode="PAPER")
    loaded = folder.loaded(mode="PAPER", parameters='[risk.max_position]\nlimit = "5"\n')
    journal, *changes = journal_looks(loaded, lambda _: MemoryFeed(folder.feed))
    assert journal.ok
    assert "the earlier run ended cleanly" in journal.detail
    assert all(change.ok for change in changes)
    assert [change.detail for change in changes] == [
        "the configuration changed: risk.max_position.allow_short was not set, is false",
        "the configuration changed: risk.max_position.limit was not set, is 5",
    ]


def _other_configuration(folder: Folder) -> Look:
    folder.run(cycles=4, mode="PAPER")
    return folder.look(mode="PAPER", cash="2000")


def _other_account(folder: Folder) -> Look:
    folder.run(cycles=4)
    return folder.look(account="mine")


def _other_mode(folder: Folder) -> Look:
    folder.run(cycles=4, mode="PAPER")
    (folder.folder / "state" / "paper").rename(folder.journal.parent)
    return folder.look()


def _other_data(folder: Folder) -> Look:
    folder.run(cycles=4)
    folder.feed = bars(9, seed=2)
    return folder.look()


def _changed(folder: Folder) -> Look:
    folder.run(cycles=4)
    connection = sqlite3.connect(folder.journal, isolation_level=None)
    # Without its snapshots the start reads every record; with them only what came after, and verify reads the rest.
    connection.execute("DELETE FROM snapshots")
    connection.execute("UPDATE records SET body = replace(body, 'TEST', 'BEST') WHERE seq = 4")
    connection.close()
    return folder.look()


def _cut(folder: Folder) -> Look:
    folder.run(cycles=4)
    connection = sqlite3.connect(folder.journal, isolation_level=None)
    connection.execute("DELETE FROM records WHERE seq > 2")
    connection.close()
    return folder.look()


def _junk(folder: Folder) -> Look:
    folder.run(cycles=4)
    folder.journal.write_bytes(SQLITE_MAGIC + b"and more")
    return folder.look()


def _open_to_others(folder: Folder) -> Look:
    folder.run(cycles=4)
    folder.journal.chmod(0o644)
    return folder.look()


@pytest.mark.parametrize(
    ("spoil", "changes", "says"),
    [
        (_other_configuration, {"mode": "PAPER", "cash": "2000"}, "was written under another configuration"),
        (_other_account, {"account": "mine"}, "a journal of SIM for account demo"),
        (_other_mode, {}, "a journal of PAPER for account demo"),
        (_other_data, {}, ""),
        (_changed, {}, "record 4 does not match its hash"),
        (_cut, {}, "ends at record 2, and its head file says that record"),
        (_junk, {}, "journal"),
        (_open_to_others, {}, "open to other users"),
    ],
)
def test_what_a_run_would_refuse_is_a_finding(
    folder: Folder, spoil: Callable[[Folder], Look], changes: dict[str, str], says: str
) -> None:
    """In the run's own words and with the exit code that it would have."""
    look = spoil(folder)
    assert not look.ok
    assert says in look.detail
    with pytest.raises(InterlockError) as refused:
        folder.run(None, **changes)
    assert str(refused.value).startswith(look.detail)
    assert f"a run would end at once (exit {int(exit_code_of(refused.value))})" in look.remedy


def test_what_is_no_journal_is_a_finding(folder: Folder) -> None:
    """By its first bytes, whatever it is called."""
    folder.run(cycles=1)
    folder.journal.write_bytes(b"something else")
    look = folder.look()
    assert "is not a journal" in look.detail
    assert look.remedy == "keep a copy of the file as it is, and put a backup back"
    head_path(folder.journal).unlink()
    assert folder.look().remedy == "move it away"


def test_a_journal_that_is_being_written_names_its_writer(folder: Folder) -> None:
    """And the lock keeps the signature of whoever has it."""
    folder.run(cycles=4)
    lock = WriterLock(folder.journal)
    try:
        look = folder.look()
    finally:
        lock.release()
    assert not look.ok
    assert f"is being written by process {os.getpid()} on " in look.detail
    assert "exit 3" in look.remedy
    assert folder.look().ok


def test_data_that_cannot_be_read_is_not_compared(folder: Folder) -> None:
    """It is a finding of its own, and one is enough."""
    folder.run(cycles=4)
    assert journal_looks(folder.loaded(), None)[0].ok


def test_in_a_mode_that_does_not_start_the_journal_is_not_read(folder: Folder) -> None:
    """Nothing would come of it."""
    folder.run(cycles=4)
    folder.journal.parent.rename(folder.folder / "state" / "live")
    assert "a run takes it up" in folder.look(mode="LIVE").detail


def test_an_adapter_that_raises_is_a_finding_without_its_message(folder: Folder) -> None:
    """Nobody knows what a message holds."""

    class Raising(MemoryFeed):
        @override
        def _begin(self) -> None:
            raise KeyError("a secret")

    folder.run(cycles=4)
    look = folder.look(lambda _: Raising(()))
    assert not look.ok
    assert "KeyError at" in look.detail
    assert "secret" not in look.detail + look.remedy


def test_a_journal_that_cannot_be_read_is_a_finding(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the system's own reason."""

    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    folder.run(cycles=1)
    monkeypatch.setattr("interlock.runner.journal_look.check_private_file", refuse)
    assert folder.look().detail.endswith("permission denied")
