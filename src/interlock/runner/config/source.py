"""The one file: found, read once, never written, and parsed as TOML."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from interlock.runner.config import environment
from interlock.runner.config.locations import locate
from interlock.runner.config.problems import (
    ConfigurationProblems,
    FloatLiteral,
    KeyPath,
    Problem,
    describe,
    key_text,
    path_text,
    printable,
)

DEFAULT_NAME: Final = "interlock.toml"
BYTES_MAX: Final = 1024 * 1024
# A line of a configuration is read by people. The bound also keeps the parser from working for minutes.
LINE_CHARACTERS_MAX: Final = 10_000

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

# What Python may refuse to read as an integer: 4,300 digits where nobody set another limit, which is 640 at least.
_HUGE: Final = re.compile(r"[0-9][0-9_]{639,}", re.ASCII)

# A line that begins another table.
_HEADER: Final = re.compile(r"""\s*\[\[?[\w\s."'-]+\]""")


def find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the one that was named, else the variable's, else ``interlock.toml`` here, else none."""
    if path is not None:
        return path
    if environment.CONFIG in environ:
        return Path(environ[environment.CONFIG])
    here = Path(DEFAULT_NAME)
    # A link that leads nowhere is a mistake to be told, not a missing file.
    return here if here.exists() or here.is_symlink() else None


def read(path: Path, called: str = "-c") -> str:
    """The file's text. Raises ``ConfigurationProblems`` for anything but a small regular UTF-8 file. ``called`` is how
    the command names it."""
    if path == Path():
        # An empty word: it would be taken as the folder that we are in.
        place = "environment" if called == environment.CONFIG else "command line"
        nothing = "an empty name, or this folder"
        raise ConfigurationProblems(
            [Problem(file=place, line=None, key=called, found=nothing, expected="the name of a file")]
        )
    raw = _bytes(path, called)
    if raw.startswith(b"\xef\xbb\xbf"):
        _refuse(path, 1, "a byte-order mark", "UTF-8 without one", "save the file as plain UTF-8")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _refuse(path, line, f"the byte 0x{raw[error.start]:02x}", "UTF-8 text", "save the file as UTF-8")
    for number, line_text in enumerate(text.split("\n"), start=1):
        if "\0" in line_text:
            _refuse(path, number, "a NUL character", "text", "this is not a text file, or it was damaged")
        if len(line_text) > LINE_CHARACTERS_MAX:
            _refuse(path, number, f"a line of {len(line_text)} characters", f"at most {LINE_CHARACTERS_MAX}", "")
    return text


def parse(text: str, file: str) -> tuple[dict[str, Any], Mapping[KeyPath, int]]:
    """The TOML tree, floats as they were written, and the line of every key path."""
    try:
        return tomllib.loads(text, parse_float=_float), locate(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationProblems([_syntax(error, text, file)]) from error
    except RecursionError as error:
        problem = Problem(
            file=file, line=None, key="", found="arrays or tables in one another without end", expected="a few levels"
        )
        raise ConfigurationProblems([problem]) from error
    except ValueError as error:
        raise ConfigurationProblems([_huge_number(text, file)]) from error


def _huge_number(text: str, file: str) -> Problem:
    """The parser leaves integers of thousands of digits to Python, which refuses them without a word of where."""
    found = next((each for each in _HUGE.finditer(text) if not _is_read(text, each.end())), None)
    line = text.count("\n", 0, found.start()) + 1 if found is not None else None
    digits = sum(char.isdigit() for char in found[0]) if found is not None else 0
    try:
        short = _HUGE.sub("0", text)
        tomllib.loads(short)
        key = next((key_text(path) for path, at in reversed([*locate(short).items()]) if at == line), "")
    except (tomllib.TOMLDecodeError, RecursionError):
        key = ""  # something else is wrong as well, further down
    shown = f"a number of {digits} digits" if digits else "a number that cannot be read"
    return Problem(file=file, line=line, key=key, found=shown, expected="at most 12 digits")


def _is_read(text: str, until: int) -> bool:
    """Whether ``text`` up to the end of that line is either read, or wrong in another way: a comment, part of text."""
    end = text.find("\n", until)
    try:
        tomllib.loads(text[: end if end >= 0 else len(text)], parse_float=_float)
    except tomllib.TOMLDecodeError:
        return True
    except ValueError:
        return False
    return True


def _float(text: str) -> FloatLiteral:
    return FloatLiteral(text=text)


def _bytes(path: Path, called: str) -> bytes:
    remedy = f"name the file with {called}, or run `interlock init` to write one"
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would hold us here.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        _refuse(path, None, "no file", "a file that exists", remedy)
    except (OSError, ValueError) as error:
        # ValueError: a path with a NUL in it.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no usable path"
        _refuse(path, None, reason.lower(), "a file that can be read", remedy)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        _refuse(path, None, "something that is not a regular file", "a regular file", remedy)
    with os.fdopen(descriptor, "rb") as file:
        try:
            raw = file.read(BYTES_MAX + 1)
        except OSError as error:
            _refuse(path, None, (error.strerror or "an error").lower(), "a file that can be read", remedy)
    if len(raw) > BYTES_MAX:
        _refuse(path, None, f"more than {BYTES_MAX} bytes", "a configuration file", "this looks like another file")
    return raw


def _refuse(path: Path, line: int | None, found: str, expected: str, remedy: str) -> NoReturn:
    raise ConfigurationProblems(
        [Problem(file=path_text(path), line=line, key="", found=found, expected=expected, remedy=remedy)]
    )


def _syntax(error: tomllib.TOMLDecodeError, text: str, file: str) -> Problem:
    message = str(error)
    place = _PLACE.search(message)
    lines = text.split("\n")
    if place is None or place[1] is None:
        line, column = len(lines), None
    else:
        line, column = int(place[1]), int(place[2])
    reason = printable(message[: place.start()] if place is not None else message)
    written = lines[line - 1].strip() if line <= len(lines) else ""
    # A what-if is a line of its own, in no file.
    end = " at the end of the file" if len(lines) > 1 else " at its end"
    at = f" at column {column}" if column is not None else end
    shown = describe(written).replace("the string", "the line") if written else "nothing"
    if _may_hold_a_secret(lines[:line], to_the_end=column is None):
        shown = "a line that is not repeated here"
    repeated = reason.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate"))
    return Problem(
        file=file,
        line=line,
        key="",
        found=shown + at,
        expected="each key and table once" if repeated else "TOML",
        remedy=f"the parser says: {reason}",
    )


def _may_hold_a_secret(lines: list[str], *, to_the_end: bool) -> bool:
    """Whether the last of ``lines`` stands where credentials are named: somebody may have written one out there.

    Text that was opened and never closed goes ``to_the_end`` of the file, from wherever it was opened.
    """
    for line in reversed(lines):
        if "credential" in line.casefold():
            return True
        if _HEADER.match(line) and not to_the_end:
            return False
    return False
