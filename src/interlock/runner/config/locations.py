"""On which line each key stands. ``tomllib`` does not tell, and a problem without a line has to be searched for.

This reads only text that ``tomllib`` has accepted, so it looks for where things are and never whether they are
right. A property test holds it to ``tomllib``: both find the same key paths.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from interlock.runner.config.problems import KeyPath

_BLANKS: Final = re.compile(r"[ \t]*")
_FILL: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
# Numbers, booleans and dates: one of them may hold a blank, between a date and its time.
_SCALAR: Final = re.compile(r"[^,\]}\n#]+")
# The three closing quotes may have one or two more before them that belong to the text.
_STRING: Final = re.compile(
    r'"""(?:[^\\"]|\\.|"(?!""))*"""(?:"{0,2})'
    r"|'''(?:[^']|'(?!''))*'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


def locate(text: str) -> Mapping[KeyPath, int]:
    """The line, from 1, of every key path of a valid TOML text, elements of arrays included."""
    return _Scanner(text.replace("\r\n", "\n")).lines()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [index for index, char in enumerate(text) if char == "\n"]
        self._lines: dict[KeyPath, int] = {}
        # How many tables each array of tables has so far: [a.b] under [[a]] belongs to the newest.
        self._tables: dict[KeyPath, int] = {}

    def lines(self) -> Mapping[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_FILL)
        while self._at < len(self._text):
            if self._text.startswith("[[", self._at):
                table = self._header(2)
            elif self._text.startswith("[", self._at):
                table = self._header(1)
            else:
                self._pair(table)
            self._skip(_FILL)
        return self._lines

    def _header(self, brackets: int) -> KeyPath:
        line = self._line()
        self._at += brackets
        *parents, last = self._key()
        path: KeyPath = ()
        for part in parents:
            path = self._newest((*path, part))
            self._lines.setdefault(path, line)
        path = (*path, last)
        if brackets == 2:
            count = self._tables[path] = self._tables.get(path, 0) + 1
            self._lines.setdefault(path, line)
            path = (*path, count - 1)
        # Its own header says more about a table than the first one that went through it.
        self._lines[path] = line
        self._at += brackets
        return path

    def _newest(self, path: KeyPath) -> KeyPath:
        count = self._tables.get(path)
        return path if count is None else (*path, count - 1)

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip(_BLANKS)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        match self._text[self._at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._take(_STRING)
            case _:
                self._take(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        index = 0
        self._at += 1
        self._skip(_FILL)
        while self._text[self._at] != "]":
            self._lines[(*path, index)] = self._line()
            self._value((*path, index))
            self._skip_comma()
            index += 1
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        self._skip(_FILL)
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        self._skip(_FILL)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_FILL)

    def _key(self) -> list[str]:
        parts = [self._simple_key()]
        while self._text[self._at] == ".":
            self._at += 1
            parts.append(self._simple_key())
        return parts

    def _simple_key(self) -> str:
        self._skip(_BLANKS)
        if self._text[self._at] in "\"'":
            raw = self._take(_STRING)
            key = str(tomllib.loads(f"key = {raw}")["key"])
        else:
            key = self._take(_BARE_KEY)
        self._skip(_BLANKS)
        return key

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise AssertionError(f"the scanner and tomllib differ at line {self._line()}: please report this file")
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_right(self._newlines, self._at - 1) + 1
