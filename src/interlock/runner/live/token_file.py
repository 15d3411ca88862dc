"""The files of an arming in the state folder: ``ARMING`` carries one, ``DISARM``, by merely being there, ends it."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from interlock.adapters.journal.private_files import check_private_file, make_private_folder, sync_folder
from interlock.core.faults import ConfigurationError
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.live.binding import FILE_BYTES_MAX, Malformed, Token, read

ARMING_NAME: Final = "ARMING"
DISARM_NAME: Final = "DISARM"
_DRAFT: Final = f".{ARMING_NAME}."
REASON_BYTES_MAX: Final = 1_024
SHOWN_CHARACTERS_MAX: Final = 200


class Unusable(Exception):
    """What lies where an arming would is used up and counts for nothing. The message says why."""


def put(folder: Path, text: bytes) -> None:
    """Lay an arming down, whole or not at all, for one run to take.

    Raises ``RefusedToStart`` where one lies there that nobody has taken.
    """
    make_private_folder(folder)
    # Written beside its place and linked into it: a link never replaces anything, and is there whole or not at all.
    draft = folder / f"{_DRAFT}{os.getpid()}"
    remove(draft)
    try:
        _write(draft, text)
        os.link(draft, folder / ARMING_NAME)
    except FileExistsError as error:
        raise RefusedToStart(
            f"{folder / ARMING_NAME} is there already, and no run has taken it: `interlock disarm` takes it back"
        ) from error
    finally:
        remove(draft)
    sync_folder(folder)


def _write(path: Path, text: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def remove(path: Path) -> bool:
    """Whether something was there, and is not any more. A link is removed, not what it leads to."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def is_there(path: Path) -> bool:
    """Whether anything has this name. Raises ``OSError`` where nobody can tell."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def take(folder: Path, *, sync: Callable[[Path], None] = sync_folder) -> Token:
    """The arming in ``folder``, used up: it is gone for good before it is answered.

    Raises ``Unusable`` for whatever lies there and is none: that is gone, too, where it could be removed at all.
    """
    path = folder / ARMING_NAME
    wrong: str | None = None
    data = b""
    try:
        data = _read(path)
    except (OSError, ConfigurationError, Unusable) as error:
        wrong = f"it cannot be read ({type(error).__name__})" if isinstance(error, OSError) else str(error)
    try:
        remove(path)
        sync(folder)
    except OSError as error:
        # It might be taken again: so it counts for nothing, now and then.
        raise Unusable(f"it could not be used up ({type(error).__name__})") from error
    if wrong is not None:
        raise Unusable(wrong)
    try:
        return read(data)
    except Malformed as error:
        raise Unusable(str(error)) from error


def _read(path: Path) -> bytes:
    check_private_file(path)
    # Not blocking: what was a file a moment ago may be a pipe by now.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise Unusable(f"{path} was changed while it was looked at")
        return file.read(FILE_BYTES_MAX + 1)


def ask_to_disarm(folder: Path, text: bytes) -> bool:
    """Take back whatever is armed in ``folder``: put ``DISARM`` there, then remove ``ARMING``; whether one was there.

    Raises ``OSError`` where not even an empty ``DISARM`` could be put there.
    """
    if not folder.is_dir():
        # Not asked of one that is there: whoever disarms is not sent away because a folder is open to others.
        make_private_folder(folder)
    path = folder / DISARM_NAME
    try:
        _write(path, text[:REASON_BYTES_MAX])
    except OSError:
        # One is there already, or the disk is full: its name is all that counts.
        if not is_there(path):
            raise
    armed = remove(folder / ARMING_NAME)
    for draft in folder.glob(f"{_DRAFT}*"):
        # Left by an `arm` that was killed between two lines: it was typed, and carries a token.
        remove(draft)
    sync_folder(folder)
    return armed


def who_disarmed(folder: Path) -> tuple[str, str]:
    """By whom and why, as far as ``DISARM`` tells people; nothing depends on it. Never raises."""
    try:
        text = _read_reason(folder / DISARM_NAME).decode("utf-8", errors="replace")
    except (OSError, ConfigurationError) as error:
        return "somebody", f"{DISARM_NAME} cannot be read ({type(error).__name__})"
    by, _, reason = ("".join(each if each.isprintable() or each == "\n" else "?" for each in text)).partition("\n")
    shown = " ".join(reason.split())[:SHOWN_CHARACTERS_MAX]
    return by[:SHOWN_CHARACTERS_MAX] or "somebody", shown or "no reason was given"


def _read_reason(path: Path) -> bytes:
    check_private_file(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(REASON_BYTES_MAX)
