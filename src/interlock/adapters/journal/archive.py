"""Putting a journal aside, and beginning the chapter that goes on from it.

Every step is one name that appears, moves or goes, made durable before the next, so that whoever comes after a kill
sees by the names how far it was, and ``finish`` undoes what was not decided and completes what was:

    1  the next chapter is written under the name of its own, journal.sqlite3.next, with its head file
    2  the journal has its archive's name as well, and so has its head file
    3  the next chapter takes the journal's place: the one step that decides
    4  its head file takes the place of the journal's

Where nothing goes on, 3 and 4 take the journal's names away instead.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from interlock.adapters.journal.codec import GENESIS, chain, encode
from interlock.adapters.journal.head_file import HeadFile, head_path, next_path, read_head
from interlock.adapters.journal.presence import is_there
from interlock.adapters.journal.private_files import WriterLock, create_private_file, sync_file, sync_folder
from interlock.adapters.journal.schema import check_schema, create
from interlock.adapters.journal.sqlite_rows import connect
from interlock.core.faults import ConfigurationError, JournalUnavailable
from interlock.core.records import Record

_ARCHIVES_MAX: Final = 1_000_000
# What SQLite has beside a file whose last writer did not end well: the file alone is then not the whole of it.
_LOGS: Final = ("-wal", "-journal")


def archive(
    path: Path,
    first_record: Callable[[str], Record | None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Path:
    """Put the closed journal at ``path`` aside as ``<stem>-<n><suffix>`` beside it, with the first ``n`` that is free.

    ``first_record`` is told that name while nobody can write the journal, and answers what the journal begins with that
    takes its place; None where a later run is to begin it anew. It may raise, and nothing has happened then. What an
    earlier archiving left to complete or to undo goes to ``tell``.

    The archive is one file, what was still in the write-ahead log is in it, and its head file goes with it. Nothing is
    ever overwritten. Raises ``ConfigurationError`` when there is no journal, and ``JournalUnavailable`` while somebody
    writes or reads it.
    """
    try:
        if not is_there(path):
            raise ConfigurationError(f"there is no journal at {path}")
        lock = WriterLock(path)
        try:
            if (left := finish(path)) is not None:
                tell(left)
            target = _free_name(path)
            first = first_record(target.name)
            _fold_in_the_log(path)
            try:
                _put(path, target, first)
            except BaseException as error:
                if (note := finish(path)) is not None:
                    error.add_note(note)
                raise
            return target
        finally:
            lock.release()
    except (sqlite3.Error, OSError) as error:
        told = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        because = f"somebody reads it ({error}): end that, and archive again" if busy else error
        raise JournalUnavailable(f"{path} cannot be archived: {because}{told}") from error


def finish(path: Path) -> str | None:
    """Complete or undo what was interrupted here while a journal was put aside; what was done, in words.

    For whoever holds the journal's lock. Raises ``OSError``, ``JournalUnavailable`` for a head file of another
    one, and ``ConfigurationError`` for a folder where the next chapter is made.
    """
    next_chapter, next_head = next_path(path), head_path(next_path(path))
    for one in (next_chapter, next_head):
        if one.is_dir():
            raise ConfigurationError(f"{one} is not a plain file (links are not followed): move it away")
    if os.path.lexists(path) and os.path.lexists(next_head) and not os.path.lexists(next_chapter):
        _must_be_its_head(path, next_head)
        _step(next_head.replace, head_path(path), folder=path)
        return f"{path.name} is a chapter whose beginning was interrupted: its head file was put in its place"
    if not os.path.lexists(path):
        twin = _twin(head_path(path), path)
        if twin is None:
            return None
        _step(head_path(path).unlink, folder=path)
        return f"{path.name} was put aside, and that was interrupted: its head file is {twin.name} now"
    # Not decided yet. The other names go first: while the next chapter has its name, this is what is read there.
    undone = [name for name in (_twin(head_path(path), path), _twin(path, path)) if name is not None]
    undone += [one for one in (next_head, *_logs(next_chapter), next_chapter) if os.path.lexists(one)]
    for name in undone:
        _step(name.unlink, folder=path)
    return f"{path.name} was to be put aside, and that was interrupted: it is whole, and goes on" if undone else None


def _must_be_its_head(path: Path, head: Path) -> None:
    reached = read_head(next_path(path))
    with closing(connect(path, mode="ro")) as connection:
        first = connection.execute("SELECT hash FROM records WHERE seq = 0").fetchone()
    if first is None or reached is None or (reached.seq, reached.hash.hex()) != (0, first[0]):
        raise JournalUnavailable(f"{head} is not the head file of {path}: move it away. Nothing was changed")


def _free_name(path: Path) -> Path:
    for n in range(1, _ARCHIVES_MAX + 1):
        target = path.with_name(f"{path.stem}-{n}{path.suffix}")
        if not os.path.lexists(target) and not os.path.lexists(head_path(target)):
            return target
    raise JournalUnavailable(f"{path.parent} holds more than {_ARCHIVES_MAX} archives: move them away")


def _fold_in_the_log(path: Path) -> None:
    # Leaving WAL needs the file to ourselves, and that is the point: a reader that kept it open under its old name
    # would share its log with the journal that is begun there next. SQLite refuses ("database is locked").
    connection = connect(path, mode="rw")
    try:
        check_schema(connection, path)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()


def _write_next(path: Path, first: Record) -> None:
    """The next chapter, whole and durable, under a name where nobody looks for a journal."""
    place = next_path(path)
    body = encode(first)
    digest = chain(GENESIS, 0, first.kind, body)
    create_private_file(place)
    with closing(connect(place, mode="rw")) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        create(connection)
        connection.execute("INSERT INTO records VALUES (?, ?, ?, ?)", (0, first.kind, body.decode(), digest.hex()))
    sync_file(place)
    sync_folder(path.absolute().parent)
    HeadFile(place, 0, digest, None).close()


def _put(path: Path, target: Path, first: Record | None) -> None:
    """The steps."""
    if left := _logs(path):
        raise OSError(f"{left[0].name} is still beside it: somebody writes it, or it needs to be recovered")
    head = head_path(path)
    has_head = os.path.lexists(head)
    if first is not None:
        _write_next(path, first)
    # A second name, then the first one taken away: a link is never made over a file that exists.
    _step(target.hardlink_to, path, folder=path)
    if has_head:
        _step(head_path(target).hardlink_to, head, folder=path)
    if first is not None:
        _step(next_path(path).replace, path, folder=path)
        _step(head_path(next_path(path)).replace, head, folder=path)
        return
    _step(path.unlink, folder=path)
    if has_head:
        _step(head.unlink, folder=path)


def _step(change: Callable[..., object], *args: Path, folder: Path) -> None:
    """One change of names, durable before the next."""
    change(*args)
    sync_folder(folder.absolute().parent)


def _twin(name: Path, path: Path) -> Path | None:
    """The archive's name that the file ``name``, the journal at ``path`` or its head, has as well; None where it has
    none."""
    if not os.path.lexists(name) or name.lstat().st_nlink < 2:
        return None
    found = name.lstat()
    ending = name.name.removeprefix(path.stem)
    for other in sorted(path.absolute().parent.iterdir()):
        number = other.name.removeprefix(f"{path.stem}-").removesuffix(ending)
        if (
            other.name == f"{path.stem}-{number}{ending}"
            and number.isdecimal()
            and os.path.samestat(other.lstat(), found)
        ):
            return other
    return None


def _logs(path: Path) -> list[Path]:
    return [log for log in (path.with_name(path.name + ending) for ending in _LOGS) if os.path.lexists(log)]
