"""Where the page is written: whole or not at all, for us alone, and over nothing but a report of ours."""

import os
import stat
from pathlib import Path
from typing import Final

from interlock.core.faults import ConfigurationError
from interlock.runner.config.problems import path_text

# How a database of SQLite begins: a journal, whoever's it is.
_DATABASE: Final = b"SQLite format 3\0"


def may_be_written(target: Path, begins: str, *, force: bool) -> None:
    """Whether a report may take the place of what is at ``target``. A report of ours, which ``begins`` like that, may
    be replaced; another file with ``force``, a journal or what is no plain file never.

    Raises ``ConfigurationError`` where it may not.
    """
    try:
        found = target.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _not_written(target, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise ConfigurationError(
            f"{path_text(target)} was not written: something is there that is no plain file (links are not followed): "
            "name another file with -o"
        )
    try:
        with target.open("rb") as file:
            head = file.read(max(len(_DATABASE), len(begins)))
    except OSError as error:
        raise _not_written(target, error) from error
    if head.startswith(_DATABASE):
        raise ConfigurationError(
            f"{path_text(target)} was not written: a database is there, which may be a journal, and no report takes "
            "its place: name another file with -o"
        )
    if not force and not head.startswith(begins.encode()):
        raise ConfigurationError(
            f"{path_text(target)} was not written: what is there is no report of Interlock's: name another file with "
            "-o, or say --force to replace it"
        )


def write(target: Path, text: str, begins: str, *, force: bool) -> int:
    """Put ``text`` at ``target``, 0600, in one step: whoever looks sees the file before or the whole new one. How many
    bytes. Raises ``ConfigurationError`` where it may not be written, or cannot."""
    data = text.encode("utf-8", "backslashreplace")
    may_be_written(target, begins, force=force)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # Looked at again: to draw the page took a moment.
            may_be_written(target, begins, force=force)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _not_written(target, error) from error
    return len(data)


def _not_written(target: Path, error: OSError) -> ConfigurationError:
    reason = (error.strerror or type(error).__name__).lower()
    return ConfigurationError(
        f"{path_text(target)} was not written: {reason}; name a file in a folder that can be written, on a disk with "
        "room"
    )
