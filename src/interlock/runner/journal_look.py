"""A look at the journal that is there: whether a run would take it up, put it aside or be refused, and why.

What a run would do is decided by the run's own rules (``resume``), on the state that the journal adds up to. Nothing
is made or changed by looking: not the journal, not a file beside it, not the signature in its lock.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from interlock.adapters.journal.failures import to_do
from interlock.adapters.journal.head_file import check_head, head_path, read_head
from interlock.adapters.journal.presence import is_there
from interlock.adapters.journal.private_files import WriterLock, check_private_file, check_writable, last_words_beside
from interlock.adapters.journal.snapshot_table import newest
from interlock.adapters.journal.sqlite_reader import check_schema, connect, last, stream
from interlock.core.explain_runs import change_told
from interlock.core.faults import Fault, InterlockError, JournalUnavailable
from interlock.core.modes import RunMode
from interlock.core.ports import LastWords, RiskPolicy, Snapshot, Strategy
from interlock.core.records import Record
from interlock.core.state import State
from interlock.runner.amounts import plain
from interlock.runner.config import Loaded
from interlock.runner.config.canonical import canonical
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import exit_code_of
from interlock.runner.look import IN_SILENCE, FeedMaker, Look, ReadingMaker, Telling
from interlock.runner.restriction import TO_DO
from interlock.runner.resume import OTHER_CONFIGURATION, Earlier, read_earlier

# What every SQLite file begins with; a journal that nothing was written to yet is empty.
SQLITE_MAGIC: Final = b"SQLite format 3\0"


def journal_looks(loaded: Loaded, make_feed: FeedMaker | None, telling: Telling = IN_SILENCE) -> tuple[Look, ...]:
    """The journal that is there, if there is one. ``make_feed`` is None where the data cannot be compared with it."""
    # Here, because most checks come before there is a journal.
    from interlock.runner.config.load import JOURNAL_NAME

    path = loaded.state_folder / JOURNAL_NAME
    shown = path_text(path)
    try:
        if not is_there(path):
            return ()
        with path.open("rb") as file:
            begins = file.read(len(SQLITE_MAGIC))
        if begins not in (b"", SQLITE_MAGIC):
            # What tells how far a journal reached says that it was one.
            was_one = os.path.lexists(head_path(path))
            remedy = "keep a copy of the file as it is, and put a backup back" if was_one else "move it away"
            return (_wrong(f"{shown} is not a journal", remedy),)
        _must_be_free(path)
        check_writable(path)
        # What decides in LIVE is made by a run alone, its venue first.
        if not begins or loaded.refusal is not None or loaded.config.run_mode is RunMode.LIVE:
            return (_fine(f"{shown} is private, and a run takes it up"),)
        return _what_a_run_does(loaded, path, make_feed, telling)
    except OSError as error:
        return (_wrong(f"{shown}: {(error.strerror or 'error').lower()}", "name another state_dir"),)
    except InterlockError as error:
        detail, _, remedy = str(error).partition("\n")
        refused = f"a run would end at once (exit {int(exit_code_of(error))})"
        return (_wrong(detail, f"{remedy} Until then {refused}." if remedy else refused),)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and here that is the finding
        fault = Fault.of(error, where="check")
        return (_wrong(f"{shown} could not be looked at: {fault.error} at {fault.place}", "a run would fail as well"),)


def _what_a_run_does(loaded: Loaded, path: Path, make_feed: FeedMaker | None, telling: Telling) -> tuple[Look, ...]:
    """Read what a run would read, and ask what a run would ask. Raises what would keep it from starting."""
    shown = path_text(path)
    earlier = _read(loaded, path, telling.reading)
    if earlier is None:
        return (_fine(f"{shown} holds no record yet, and a run begins it"),)
    config = loaded.config
    because = earlier.put_aside_because(path, loaded.digest, config.run_mode, config.account)
    if because is not None:
        detail = f"{shown} {because}: a run keeps it as an archive beside it and begins a new one"
        if because != OTHER_CONFIGURATION:
            return (_fine(detail),)
        was = earlier.started.config_digest if earlier.started is not None else "that it had"
        return (
            _wrong(
                f"{detail}, with {plain(config.opening_cash)} {config.currency} and without a position",
                f"nothing, if that is meant; to go on with it, run with the configuration {was}",
            ),
        )
    earlier = earlier.under(canonical(config), path)
    if make_feed is not None:
        with closing(make_feed(loaded)) as feed:
            earlier.open_behind(feed, path, telling.say)
    return (
        _fine(f"{shown} is private, and a run takes it up, {earlier.told}"),
        *_trading_looks(earlier),
        *(Look(name="change", ok=True, detail=change_told(change)) for change in earlier.changes),
    )


def _trading_looks(earlier: Earlier) -> tuple[Look, ...]:
    """A latch is nothing that a run could get rid of: a person has to."""
    restricted = earlier.restriction
    if restricted.event is None:
        return ()
    told = restricted.told.removesuffix(f"; {TO_DO}{restricted.remedy}")
    return (Look(name="trading", ok=False, detail=f"trading is {told}", remedy=restricted.remedy),)


def _read(loaded: Loaded, path: Path, reading: ReadingMaker) -> Earlier | None:
    from interlock.runner.container import Wiring

    parts = Wiring(loaded).container()
    strategy: Strategy = parts.resolve(Strategy)
    policy: RiskPolicy = parts.resolve(RiskPolicy)
    try:
        with closing(_connected(path)) as connection:
            check_schema(connection, path)
            check_head(connection, path, read_head(path))
            with reading(last(connection)[0] + 1) as look:
                return read_earlier(_Still(connection, path), strategy, policy, path, look)
    except sqlite3.Error as error:
        raise JournalUnavailable(f"{path} cannot be opened: {error}: {to_do(error)}") from error


class _Still:
    """A journal that nobody writes."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.last_words: LastWords | None = last_words_beside(path)
        self.notes: tuple[str, ...] = ()

    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The records from ``from_seq`` on."""
        return stream(self._connection, from_seq)

    def latest_snapshot(self, like: State) -> Snapshot | None:
        """The newest one that can be used."""
        found, self.notes = newest(self._connection, like)
        return found


def _connected(path: Path) -> sqlite3.Connection:
    # A journal that was closed has no write-ahead log beside it, and SQLite would leave an empty one there for a
    # mere reader too, unless it is told that the file stands still. After a kill there is a log, and it is needed.
    log = path.with_name(f"{path.name}-wal")
    return connect(path, mode="ro" if log.exists() else "ro&immutable=1")


def _must_be_free(path: Path) -> None:
    """Raises ``JournalInUse``, which names the writer, where a process writes this journal."""
    lock = path.with_name(f"{path.name}.lock")
    if not check_private_file(lock):
        return
    with lock.open("rb") as file:
        try:
            # Shared, and let go at once: whoever takes the lock itself signs it, and that would be a change.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            # Somebody has it, so this is refused, in the words in which a run would be.
            WriterLock(path).release()


def _fine(detail: str) -> Look:
    return Look(name="journal", ok=True, detail=detail)


def _wrong(detail: str, remedy: str) -> Look:
    return Look(name="journal", ok=False, detail=detail, remedy=remedy)
