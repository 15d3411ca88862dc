"""The request for a release, as a file: written by ``interlock resume``, taken by the run beside it.

It can only loosen, so whatever is odd about it refuses. It is gone, durably, before it counts: a request that is found
twice, after a crash or by a copy, would release what was halted meanwhile.
"""

import errno
import json
import os
import secrets
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from interlock.adapters.journal.private_files import sync_folder
from interlock.core.reason_text import Cause
from interlock.core.reasons import Reason, sentence
from interlock.core.values import Numbers
from interlock.runner.config.problems import printable

REQUEST_NAME: Final = "RESUME"
BYTES_MAX: Final = 8_192
TEXT_CHARACTERS_MAX: Final = 500
# Whoever asked waits a few seconds and takes it back. What lies there for longer nobody waits for any more.
VALID_FOR: Final = timedelta(seconds=60)
# Of two looks at one clock the later may seem the earlier.
AHEAD_MAX: Final = timedelta(seconds=5)
_KEYS: Final = frozenset({"command", "reason", "by", "at", "journal_id", "seen_code", "seen_seq"})


@frozen(kw_only=True)
class Request:
    """A person asks for a release. ``at`` is this machine's clock, ``journal_id`` the journal that they looked at.

    ``seen_code`` is why trading was restricted when they looked, and ``seen_seq`` the record up to which they did: what
    restricted it later, they do not speak of.
    """

    reason: str
    by: str
    at: datetime
    journal_id: str
    seen_code: str
    seen_seq: int


class RequestRefused(Exception):
    """What lies there is not obeyed: ``causes`` say why, each a code with its numbers, and the message in words."""

    def __init__(self, *causes: Cause) -> None:
        self.causes = causes
        super().__init__("; and ".join(sentence(each.code, each.numbers) for each in causes))


def _unusable(why: str) -> Cause:
    return Cause(code=Reason.REQUEST_UNUSABLE, numbers={"why": why})


def put(folder: Path, request: Request) -> None:
    """Ask. Whole or not at all, and never over the request of another: raises ``FileExistsError`` for that, and
    ``OSError``."""
    text = json.dumps(
        {
            "command": REQUEST_NAME,
            "reason": request.reason,
            "by": request.by,
            "at": request.at.isoformat(),
            "journal_id": request.journal_id,
            "seen_code": request.seen_code,
            "seen_seq": request.seen_seq,
        }
    )
    # A name of its own: what a command that was killed here left behind stands in nobody's way.
    unseen = folder / f".{REQUEST_NAME}-{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(unseen, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        # A rename would take the place of another's.
        os.link(unseen, folder / REQUEST_NAME)
    finally:
        os.unlink(unseen)  # noqa: PTH108


def withdraw(folder: Path, request: Request) -> bool:
    """Take it back, if it still lies there. Whether it did. Raises ``OSError``."""
    try:
        found = _read(folder / REQUEST_NAME)
    except (RequestRefused, FileNotFoundError):
        return False
    if found != request:
        return False
    os.unlink(folder / REQUEST_NAME)  # noqa: PTH108
    return True


def take(folder: Path, journal_id: str, now: datetime) -> Request | None:
    """The request that lies in ``folder``, and no more does; None where there is none. ``now`` is this machine's clock.

    Raises ``RequestRefused`` for one that is not obeyed. It is removed as well, where that can be done.
    """
    place = folder / REQUEST_NAME
    try:
        os.lstat(place)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RequestRefused(_unusable(f"cannot be looked at: {type(error).__name__}")) from error
    try:
        request = _read(place)
        _check(request, journal_id, now)
    except RequestRefused as refused:
        if why := _remove(place):
            raise RequestRefused(*refused.causes, _unusable(why)) from refused
        raise
    except OSError as error:
        raise RequestRefused(_unusable(f"cannot be read: {type(error).__name__}")) from error
    if why := _remove(place):
        raise RequestRefused(_unusable(why))
    return request


def _remove(place: Path) -> str:
    """What kept us from removing it for good; empty when it is gone."""
    try:
        os.unlink(place)  # noqa: PTH108
        sync_folder(place.parent)
    except OSError as error:
        return f"cannot be removed: {type(error).__name__}"
    return ""


def _read(place: Path) -> Request:
    # Neither a link is followed, nor the other end of a pipe waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(place, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RequestRefused(_unusable("is a link")) from error
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise RequestRefused(_unusable("is no plain file"))
        if found.st_uid != os.geteuid():
            raise RequestRefused(_unusable(f"belongs to user {found.st_uid}"))
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise RequestRefused(_unusable(f"is open to others (mode {stat.S_IMODE(found.st_mode):04o})"))
        text = os.read(descriptor, BYTES_MAX + 1)
    finally:
        os.close(descriptor)
    if len(text) > BYTES_MAX:
        raise RequestRefused(_unusable(f"has more than {BYTES_MAX} bytes"))
    return _parsed(text)


def _parsed(text: bytes) -> Request:
    try:
        found: Any = json.loads(text)
        if not isinstance(found, dict) or found.keys() != _KEYS or found["command"] != REQUEST_NAME:
            raise ValueError("other keys")
        words = found["reason"], found["by"], found["journal_id"], found["seen_code"]
        if not all(isinstance(word, str) and word and word.isprintable() for word in words):
            raise ValueError("no words")
        if any(len(word) > TEXT_CHARACTERS_MAX for word in words):
            raise ValueError("too many words")
        seq = found["seen_seq"]
        # True is an int, too.
        if type(seq) is not int or seq < 0:
            raise ValueError("no number of a record")
        at = datetime.fromisoformat(found["at"])
        if at.utcoffset() is None:
            raise ValueError("no offset")
    except (ValueError, TypeError, RecursionError) as error:
        raise RequestRefused(_unusable("does not hold a request")) from error
    return Request(reason=words[0], by=words[1], at=at, journal_id=words[2], seen_code=words[3], seen_seq=seq)


def _check(request: Request, journal_id: str, now: datetime) -> None:
    by = printable(request.by)
    if request.journal_id != journal_id:
        raise RequestRefused(Cause(code=Reason.REQUEST_FOR_ANOTHER, numbers={"by": by}))
    if not now - VALID_FOR <= request.at <= now + AHEAD_MAX:
        numbers: Numbers = {"by": by, "at": request.at.isoformat(), "seconds": int(VALID_FOR.total_seconds())}
        raise RequestRefused(Cause(code=Reason.REQUEST_OUT_OF_TIME, numbers=numbers))
