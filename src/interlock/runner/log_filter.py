"""Which events of the log are asked for."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import click
import msgspec
from attrs import define, field, frozen

from interlock.runner.config.problems import printable, suggestion
from interlock.runner.log_events import EVENTS, LEVELS

Event = Mapping[str, Any]

# Of a log that holds hundreds of runs nobody reads all their ids.
_RUNS_TOLD: Final = 5

_decode: Final = msgspec.json.Decoder().decode


def event_of(data: bytes) -> Event | None:
    """The event that a line is, also where only a newer version knows its name; None for anything else."""
    try:
        found: object = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None


@frozen(kw_only=True)
class Wanted:
    """What is asked for: at least this level, one of these events, a run whose id begins so, words to be found."""

    level: str = LEVELS[0]
    events: frozenset[str] = frozenset()
    run: str = ""
    words: "re.Pattern[str] | None" = None

    @property
    def is_of_events(self) -> bool:
        """Whether only an event can be what is asked for."""
        return bool(self.level != LEVELS[0] or self.events or self.run)

    @property
    def is_narrowed(self) -> bool:
        """Whether there is anything that it does not take."""
        return self.is_of_events or self.words is not None

    def takes(self, data: bytes, event: Event | None) -> bool:
        """Whether a line is asked for. One that is no event has no level, name or run, and is found by words alone."""
        if event is None:
            return not self.is_of_events and self._found_in(data, None)
        level = event.get("level")
        return (
            # A level that only a newer version knows is not held back.
            (level not in LEVELS or LEVELS.index(level) >= LEVELS.index(self.level))
            and (not self.events or event["event"] in self.events)
            and (not self.run or str(event.get("run_id")).startswith(self.run))
            and self._found_in(data, event)
        )

    def _found_in(self, data: bytes, event: Event | None) -> bool:
        """In the line as it stands, or in its words, where JSON spells nothing out."""
        if self.words is None or self.words.search(data.decode("utf-8", "backslashreplace")) is not None:
            return True
        return event is not None and self.words.search(str(event.get("why"))) is not None


# mutable: it counts what is read
@define
class Read:
    """How many events were read, whether any is of the run that is asked for, and of which runs the last are."""

    asked: Wanted
    events: int = 0
    _is_of_the_run: bool = False
    # The newest last.
    _runs: dict[str, None] = field(factory=dict)
    _is_of_more: bool = False

    def note(self, event: Event) -> None:
        """One more."""
        self.events += 1
        run = event.get("run_id")
        if isinstance(run, str):
            self._is_of_the_run |= run.startswith(self.asked.run)
            self._runs.pop(run, None)
            self._runs[run] = None
            if len(self._runs) > _RUNS_TOLD:
                del self._runs[next(iter(self._runs))]
                self._is_of_more = True

    def nothing_fits(self) -> str:
        """In words: that none is what was asked for. Who asked for a run that is not there is told which ones are."""
        told = f"no event of the {self.events:,} read fits"
        if not self.asked.run or self._is_of_the_run:
            return told
        runs = ", ".join(printable(run) for run in reversed(self._runs))
        if not runs:
            return f"{told}: none of them names a run"
        which = f"the {_RUNS_TOLD} newest runs are" if self._is_of_more else "its runs, the newest first:"
        return f"{told} --run {printable(self.asked.run)}; {which} {runs}"


def wanted(level: str | None, events: Iterable[str], run: str | None, words: str | None) -> Wanted:
    """What was typed. Raises ``click.UsageError`` for a level or an event that there is not, and for words that are no
    regular expression."""
    try:
        pattern = re.compile(words) if words else None
    except (re.error, RecursionError, OverflowError) as error:
        raise click.UsageError(
            f"--grep {printable(str(words))} is no regular expression: {error}; to find these very characters, put a "
            "backslash before each that is a sign of its own: . ^ $ * + ? { } [ ] ( ) | \\"
        ) from error
    return Wanted(
        level=_one_of("--level", level, LEVELS) if level is not None else LEVELS[0],
        events=frozenset(_one_of("--event", each, EVENTS) for each in events),
        run=run or "",
        words=pattern,
    )


def _one_of(option: str, word: str, known: Iterable[str]) -> str:
    names = {name.casefold(): name for name in known}
    found = names.get(word.casefold())
    if found is None:
        near = suggestion(word, names.values()) or f"there are {', '.join(names.values())}"
        raise click.UsageError(f"{option} {printable(word)} is none that the log has: {near}")
    return found
