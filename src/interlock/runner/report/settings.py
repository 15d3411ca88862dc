"""The configuration on the page: each value with where it came from, run by run, and what changed in between."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

from attrs import frozen

from interlock.core.explain_runs import origins_told
from interlock.core.observations import ChangedSetting, RunStarted
from interlock.core.origins import Origin, OriginSource
from interlock.core.values import LightValue
from interlock.runner.config.origins import leaves
from interlock.runner.config.problems import key_text
from interlock.runner.report.reading import Reading, Run

# What a page lists of each, the newest: a journal may hold thousands. Of configurations the newest is always whole.
RUNS_MAX: Final = 100
CHANGED_MAX: Final = 200
SETTINGS_MAX: Final = 5_000
# More than so many values that moved together are counted, not listed.
MOVED_MAX: Final = 5

DEFAULT: Final = "default"
UNKNOWN: Final = "not recorded"
_WORDS: Final = {OriginSource.ENVIRONMENT: "environment", OriginSource.COMMAND_LINE: "command line"}


class Setting(LightValue, frozen=True, kw_only=True):
    """One value of a configuration. ``origin`` is where it came from, in words; ``said_by`` is that without a line."""

    key: str
    value: str
    origin: str
    said_by: str


@frozen(kw_only=True)
class Configured:
    """Runs that followed one another and were configured alike, from the same places: the first and the last of them,
    and how many they are."""

    first: Run
    last: Run
    count: int
    settings: Sequence[Setting]

    @property
    def is_known(self) -> bool:
        """Whether it was recorded where the values came from."""
        return self.last.started.origins is not None

    @property
    def told(self) -> str:
        """Of all values together, where they came from."""
        return origins_told(self.last.started)


class Changed(LightValue, frozen=True, kw_only=True):
    """One key that is another, or comes from elsewhere, than in the run before, as record ``seq`` has it.

    A place is empty where the key is not one of that run's.
    """

    seq: int
    key: str
    before: str | None
    before_from: str
    after: str | None
    after_from: str
    loosens: bool = False


def settings(started: RunStarted) -> list[Setting]:
    """Every key of the configuration that a run recorded, as people write it, in the order of the keys."""
    try:
        tree: Any = json.loads(started.configuration)
        values = leaves(tree)
    except (ValueError, RecursionError):
        # Written by other hands than ours: shown as it is rather than not at all.
        return [Setting(key="as recorded", value=started.configuration, origin="", said_by="")]
    places = _places(started.origins or ())
    rest = UNKNOWN if started.origins is None else DEFAULT
    found = []
    for path, value in sorted(values.items(), key=lambda one: key_text(one[0])):
        key = key_text(path)
        said_by, line = places.get(key, (rest, None))
        origin = said_by if line is None else f"{said_by}, line {line}"
        found.append(Setting(key=key, value=shown(value), origin=origin, said_by=said_by))
    return found


def shown(value: object) -> str:
    """A value of a configuration, in words."""
    if isinstance(value, str):
        return value
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)


def configured(runs: Iterable[Run]) -> tuple[list[Configured], int]:
    """Each configuration of the runs, the newest first, and how many there are: not all of them may be listed."""
    alike = [list(group) for _, group in groupby(runs, lambda run: (run.started.configuration, run.started.origins))]
    found: list[Configured] = []
    listed = 0
    for group in reversed(alike):
        of_it = settings(group[-1].started)
        listed += len(of_it)
        if found and listed > SETTINGS_MAX:
            break
        found.append(Configured(first=group[0], last=group[-1], count=len(group), settings=of_it))
    return found, len(alike)


def changes(reading: Reading) -> list[Changed]:
    """What changed between the newest runs, oldest first: what was recorded as changed, and what says the same in
    another place."""
    chapter = reading.opened.chapter if reading.opened is not None else None
    # What the first run here found changed, it found against the last one of the chapter before.
    earlier = [Run(seq=-1, started=chapter.started)] if chapter is not None else []
    runs = [*earlier, *reading.runs][-RUNS_MAX - 1 :]
    return [row for before, after in pairwise(runs) for row in _between(before, after, reading.settings)]


def _between(before: Run, after: Run, recorded: Sequence[tuple[int, ChangedSetting]]) -> Iterator[Changed]:
    was, now = before.started, after.started
    if (was.configuration, was.origins) == (now.configuration, now.origins):
        return
    of_was, of_now = ({one.key: one for one in settings(started)} for started in (was, now))
    for seq, change in recorded:
        if before.seq < seq < after.seq:
            yield Changed(
                seq=seq,
                key=change.key,
                before=change.before,
                before_from=_origin(of_was.get(change.key)),
                after=change.after,
                after_from=_origin(of_now.get(change.key)),
                loosens=change.loosens,
            )
    if was.origins is None or now.origins is None:
        return
    moved: dict[tuple[str, str], list[tuple[Setting, Setting]]] = {}
    for key in sorted(of_was.keys() & of_now.keys()):
        one, other = of_was[key], of_now[key]
        # A line that moved is no news: somebody wrote above it.
        if one.value == other.value and one.said_by != other.said_by:
            moved.setdefault((one.said_by, other.said_by), []).append((one, other))
    for alike in moved.values():
        yield from _moved(after.seq, alike)


def _moved(seq: int, alike: Sequence[tuple[Setting, Setting]]) -> Iterator[Changed]:
    """Values that are the same and come from another place, all from one to one: a file that was renamed moves all."""
    if len(alike) > MOVED_MAX:
        one, other = alike[0]
        count = f"{len(alike)} values"
        yield Changed(
            seq=seq, key=count, before="", before_from=one.said_by, after="the same", after_from=other.said_by
        )
        return
    for one, other in alike:
        yield Changed(
            seq=seq, key=one.key, before=one.value, before_from=one.origin, after=other.value, after_from=other.origin
        )


def _origin(setting: Setting | None) -> str:
    return setting.origin if setting is not None else ""


def _places(origins: Iterable[Origin]) -> dict[str, tuple[str, int | None]]:
    """By key, who said its value, and in which line."""
    return {
        key: (f"{origin.name}, {_WORDS[origin.source]}" if origin.source in _WORDS else origin.name, line)
        for origin in origins
        for key, line in origin.keys.items()
    }
