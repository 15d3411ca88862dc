"""What can be wrong with a configuration, as data: place, key, what was found, what was expected, what to do."""

import json
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from attrs import asdict, frozen
from typing_extensions import override

from interlock.core.faults import ConfigurationError
from interlock.runner.amounts import counted

KeyPath = tuple[str | int, ...]

# A found value is quoted, not reprinted: enough to recognise it.
SHOWN_CHARACTERS_MAX: Final = 60
# A path is useless when it is cut. No system has longer ones.
PATH_CHARACTERS_MAX: Final = 4096


@frozen(kw_only=True)
class FloatLiteral:
    """A TOML float, kept as it was written: money is never read through one, and the message can quote it."""

    text: str


@frozen(kw_only=True)
class Problem:
    """One thing to fix. ``file`` names the file, ``environment`` or ``command line``; ``line`` is None where
    there is none; ``key`` is the key path, empty where the text could not be read that far."""

    file: str
    line: int | None
    key: str
    found: str
    expected: str
    remedy: str = ""

    @override
    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        subject = f"{self.key}: " if self.key else ""
        text = f"{place}: {subject}found {self.found}, expected {self.expected}"
        return f"{text}\n    {self.remedy}" if self.remedy else text


class ConfigurationProblems(ConfigurationError):
    """Every problem of a configuration at once. Nothing was started (exit 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    @override
    def __str__(self) -> str:
        head = counted(len(self.problems), "problem")
        return "\n".join((f"the configuration has {head}:", *(str(problem) for problem in self.problems)))


def problems_of(error: BaseException) -> list[dict[str, Any]]:
    """The problems of a configuration for scripts, one object each; none where it was something else."""
    return [asdict(problem) for problem in error.problems] if isinstance(error, ConfigurationProblems) else []


class Under(Exception):
    """A problem, and the key it is under."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(name)
        self.name = name
        self.error = error


class Wrong(ValueError):
    """A value that does not stand, before anybody knows in which file and line it is."""

    def __init__(self, found: str, expected: str, remedy: str = "") -> None:
        super().__init__(found, expected, remedy)
        self.found = found
        self.expected = expected
        self.remedy = remedy


def key_text(path: KeyPath) -> str:
    """A key path as people write it: ``instruments[0].tick_size``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part.isascii() and part.replace("_", "a").replace("-", "a").isalnum()
            text += ("." if text else "") + (part if bare else f'"{printable(part)}"')
    return text


def printable(text: str, limit: int = SHOWN_CHARACTERS_MAX) -> str:
    """Text from outside on one line, short, and without anything that a terminal would obey."""
    escaped = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text[: limit + 1]
    )
    return escaped if len(text) <= limit else escaped[:limit] + "…"


def path_text(path: Path) -> str:
    """A path on one line, whole, and without anything that a terminal would obey."""
    return printable(str(path), PATH_CHARACTERS_MAX)


def describe(value: object) -> str:
    """A TOML value in words: its type, and what was written."""
    match value:
        case bool():
            return f"the boolean {json.dumps(value)}"
        case int():
            # Python refuses to print integers beyond 4,300 digits, and nobody would read them.
            return f"the integer {value}" if abs(value) < 10**30 else "an integer of more than 30 digits"
        case FloatLiteral(text=text):
            return f"the float {printable(text)}"
        case str():
            return f'the string "{printable(value)}"'
        case datetime():
            return f"the date-time {value.isoformat()}" + ("" if value.tzinfo else ", which has no offset")
        case date():
            return f"the date {value.isoformat()}"
        case time():
            return f"the time {value.isoformat()}"
        case list():
            return f"an array of {len(value)}"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant, letter case aside; None when nothing is near."""
    import difflib  # looked for only where something was misspelt

    folded = {known.casefold(): known for known in sorted(words)}
    matches = difflib.get_close_matches(word.casefold()[:100], folded, n=1)
    return folded[matches[0]] if matches else None


def suggestion(word: str, words: Iterable[str]) -> str:
    """``did you mean ...?``, or an empty string when nothing is near."""
    near = nearest(word, words)
    return f"did you mean {near}?" if near is not None else ""
