"""Streams may be full, closed, or read by nobody: none of that changes what a run came to."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from interlock.runner.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

# How each of the three stands in where it was closed: nothing to read, nowhere to answer, and nobody to tell.
_INSTEAD: Final["Mapping[int, int]"] = {0: os.O_RDONLY, 1: os.O_RDONLY, 2: os.O_WRONLY}


def stand_in() -> None:
    """Before anything is opened: the number of a closed stream would go to the next file, and that may be a journal."""
    for number, flags in _INSTEAD.items():
        if not _is_open(number):
            # It gets this very number, the lowest that is free. What is written to 1 fails, and so can be told.
            os.open(os.devnull, flags)
    given: Any = sys
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(given, name) is None:
            setattr(given, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def told(write: Callable[[], None]) -> bool:
    """Whether ``write`` could write to stderr. Where it could not, nobody is left to hear why: the exit code tells."""
    try:
        write()
    except OSError:
        let_go(sys.stderr)
        return False
    return True


def tell(text: str) -> bool:
    """One message on stderr; whether it could be written."""
    return told(lambda: click.echo(text, err=True))


def answered(code: int, write: Callable[[], None]) -> int:
    """``code``, after ``write`` has written the answer to stdout. Where only that failed, that is the code: who
    waits for a finding must not take this for one.

    A reader that has gone (``BrokenPipeError``) is left to the caller: the process ends as others do then.
    """
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        return unwritable(code, error)
    return code


def unwritable(code: int, error: OSError) -> int:
    """Tell that the answer could not be written; ``code`` where that says something already."""
    let_go(sys.stdout)
    tell(f"interlock: stdout cannot be written ({error.strerror}): what was to be answered is lost")
    return code or ExitCode.ANSWER_LOST


def settle() -> None:
    """At the end: what a stream still holds is written, or given up, for Python would make an exit code of it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            let_go(stream)


def let_go(stream: TextIO) -> bool:
    """What is buffered goes nowhere. False where the stream is none of this process, and so holds nothing back."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    return True
