"""The head file: how far a journal once reached, told beside it, so that one that was cut or rolled back is noticed.

Two slots of one sector each, written in turn after each commit and never synchronised: a write that is torn damages
one of them, and the other still says nearly the same. So the journal may be ahead of its head file (the last write was
lost), but never behind it: what the head file names was on disk before it was named.
"""

import hashlib
import os
import sqlite3
import struct
from pathlib import Path
from typing import Final

from interlock.adapters.journal.codec import GENESIS
from interlock.adapters.journal.private_files import check_private_file, create_private_file, sync_folder
from interlock.core.faults import JournalUnavailable
from interlock.core.values import LightValue

SLOT_BYTES: Final = 512
MAGIC: Final = b"ilkhead1"
# Magic, counter, seq and chain hash; the SHA-256 of these follows, and zeros to the end of the sector.
_FIELDS: Final = struct.Struct(">8sQq32s")
_CHECKSUM_BYTES: Final = 32
_PADDING: Final = bytes(SLOT_BYTES - _FIELDS.size - _CHECKSUM_BYTES)
# A reader may come upon the very moment of a write.
_READS_MAX: Final = 3


class Reached(LightValue, frozen=True, kw_only=True):
    """What the newest valid slot says: the journal held record ``seq``, with this hash. -1 says that it was empty."""

    counter: int
    seq: int
    hash: bytes


class HeadFile:
    """The head file of a journal that is open for writing."""

    def __init__(self, journal: Path, seq: int, digest: bytes, reached: Reached | None) -> None:
        """Go on after ``reached``; where nothing was reached, make the file, or fill one that is blank.

        Raises ``OSError``.
        """
        path = head_path(journal)
        if reached is None and not check_private_file(path):
            create_private_file(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._counter = reached.counter + 1 if reached is not None else 0
            if reached is None:
                # Both slots have their place on the disk from now on: a full one does not keep them from being written.
                _write(self._descriptor, bytes(2 * SLOT_BYTES), 0)
                self.write(seq, digest)
                os.fsync(self._descriptor)
                sync_folder(path.absolute().parent)
        except BaseException:
            os.close(self._descriptor)
            raise

    def write(self, seq: int, digest: bytes) -> None:
        """Say that record ``seq`` is on disk. Raises ``OSError``."""
        fields = _FIELDS.pack(MAGIC, self._counter, seq, digest)
        slot = fields + hashlib.sha256(fields).digest() + _PADDING
        _write(self._descriptor, slot, SLOT_BYTES * (self._counter & 1))
        self._counter += 1

    def close(self) -> None:
        """Let go of the file. Called once."""
        os.close(self._descriptor)


def head_path(journal: Path) -> Path:
    """Where the head file of ``journal`` lies."""
    return journal.with_name(journal.name + ".head")


def next_path(journal: Path) -> Path:
    """Where the chapter after ``journal`` is written before it takes its place."""
    return journal.with_name(journal.name + ".next")


def _current(journal: Path) -> Path:
    """The head file that speaks of ``journal``: a chapter that has just taken its place has not brought its own along
    yet, or will have in a moment."""
    waiting = head_path(next_path(journal))
    return waiting if os.path.lexists(waiting) and not os.path.lexists(next_path(journal)) else head_path(journal)


def read_head(journal: Path) -> Reached | None:
    """What the head file beside ``journal`` says; None where there is none, or one that was made and never filled.

    Raises ``JournalUnavailable`` when it is damaged, and ``ConfigurationError`` for a link or a file that is not ours
    alone.
    """
    path = head_path(journal)
    for _ in range(_READS_MAX):
        path = _current(journal)
        if not check_private_file(path):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            slots = os.pread(descriptor, SLOT_BYTES, 0), os.pread(descriptor, SLOT_BYTES, SLOT_BYTES)
        finally:
            os.close(descriptor)
        if not any(slots[0]) and not any(slots[1]):
            return None
        found = [slot for slot in map(_read, slots) if slot is not None]
        if found:
            return max(found, key=lambda slot: slot.counter)
    raise JournalUnavailable(
        f"{path} is damaged in both of its slots, so nobody can say whether {journal.name} was cut: compare the "
        "journal with a backup; if it is whole, move the head file away, and a new one is made. Nothing was changed"
    )


def check_head(connection: sqlite3.Connection, journal: Path, reached: Reached | None) -> None:
    """Hold the journal against what its head file says, which has to be read first: a writer may be at work.

    Raises ``JournalUnavailable`` for a journal that ends before it, or that has another record there.
    """
    if reached is None or reached.seq < 0:
        return
    try:
        row = connection.execute("SELECT hash FROM records WHERE seq = ?", (reached.seq,)).fetchone()
        (last,) = connection.execute("SELECT max(seq) FROM records").fetchone()
    except sqlite3.Error as error:
        raise JournalUnavailable(f"{journal} cannot be held against its head file: {error}") from error
    if row is not None and row[0] == reached.hash.hex():
        return
    if row is not None or (last is not None and last > reached.seq):
        raise JournalUnavailable(
            f"{journal} has another record {reached.seq} than its head file: it was replaced or changed. "
            f"{_remedy(journal)}"
        )
    raise behind(journal, reached, last)


def no_head_file(path: Path) -> str:
    """What a person should know of a journal that came without one, or with one that says nothing."""
    blank = os.path.lexists(_current(path))
    found = "had a head file that held nothing" if blank else "had no head file beside it (a copy has none)"
    return f"{path.name} {found}: whether it once held more cannot be told"


def behind(journal: Path, reached: Reached, last: int | None) -> JournalUnavailable:
    """The error for a journal that ends before ``reached``."""
    ends = "holds no record" if last is None else f"ends at record {last}"
    return JournalUnavailable(
        f"{journal} {ends}, and its head file says that record {reached.seq} was kept: the journal was cut, rolled "
        f"back or taken away. {_remedy(journal)}"
    )


def _remedy(journal: Path) -> str:
    return (
        "Put the whole journal back, or a backup of it; if what is there is meant (a new beginning, an older "
        f"backup), move {head_path(journal)} away. Nothing was changed"
    )


def _read(slot: bytes) -> Reached | None:
    """What a slot says; None when it is damaged or was never written."""
    if len(slot) != SLOT_BYTES:
        return None
    fields, rest = slot[: _FIELDS.size], slot[_FIELDS.size :]
    magic, counter, seq, digest = _FIELDS.unpack(fields)
    if magic != MAGIC or rest != hashlib.sha256(fields).digest() + _PADDING:
        return None
    if seq < -1 or (seq == -1 and digest != GENESIS):
        return None
    return Reached(counter=counter, seq=seq, hash=digest)


def _write(descriptor: int, content: bytes, at: int) -> None:
    if os.pwrite(descriptor, content, at) != len(content):
        raise OSError("the head file was written in part")
