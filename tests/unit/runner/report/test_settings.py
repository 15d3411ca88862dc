"""Each value on the page has where it came from, run by run, and what changed in between is told once."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve

from interlock.core.observations import ChangedSetting, Chapter, ConfigurationChanged, RunStarted
from interlock.core.origins import Origin, OriginSource
from interlock.core.ports.journal import Head
from interlock.core.records import Record
from interlock.core.state import initial_state
from interlock.runner.report import settings
from interlock.runner.report.reading import Reading, Run
from interlock.runner.report.settings import Changed, Setting, changes, configured
from interlock.testing.builders import A_TIME
from interlock.testing.rehearsal import opened

VALUES = {"account": "demo", "currency": "USD", "run_mode": "SIM"}


def a_file(name: str = "a.toml", first: int = 1, *keys: str) -> Origin:
    """A file, in which each of the keys has a line of its own."""
    return Origin(
        source=OriginSource.FILE, name=name, keys={key: first + place for place, key in enumerate(keys or ("account",))}
    )


FLAG = Origin(source=OriginSource.COMMAND_LINE, name="--mode", keys={"run_mode": None})
VARIABLE = Origin(source=OriginSource.ENVIRONMENT, name="INTERLOCK_MODE", keys={"run_mode": None})


def started(*origins: Origin, values: Mapping[str, Any] = VALUES) -> RunStarted:
    """A run with these values, from these places."""
    return RunStarted(
        run_id="r",
        started_at=A_TIME,
        build="b",
        config_digest="d",
        configuration=json.dumps(values),
        feed="f",
        origins=origins,
    )


def older(values: Mapping[str, Any] = VALUES) -> RunStarted:
    """A run that recorded no origins."""
    return evolve(started(values=values), origins=None)


def read(*observations: RunStarted | ConfigurationChanged) -> Reading:
    """A journal of these, from record 1 on."""
    reading = Reading(head=Head(seq=0, hash="00"))
    for seq, observation in enumerate([opened(), *observations]):
        reading.take(seq, Record(ts_init=A_TIME, observation=observation))
    return reading


def a_change(key: str, before: str | None, after: str | None) -> ConfigurationChanged:
    """One key that is another."""
    return ConfigurationChanged(changes=(ChangedSetting(key=key, before=before, after=after),))


def told(reading: Reading) -> list[tuple[object, ...]]:
    """What changed, each as it stands on the page."""
    return [(one.seq, one.key, one.before, one.before_from, one.after, one.after_from) for one in changes(reading)]


def test_every_value_has_where_it_came_from() -> None:
    """File and line, variable or flag, or the default."""
    found = settings.settings(started(a_file("a.toml", 3), VARIABLE))
    assert found == [
        Setting(key="account", value="demo", origin="a.toml, line 3", said_by="a.toml"),
        Setting(key="currency", value="USD", origin="default", said_by="default"),
        Setting(
            key="run_mode", value="SIM", origin="INTERLOCK_MODE, environment", said_by="INTERLOCK_MODE, environment"
        ),
    ]
    assert settings.settings(started(FLAG))[2].origin == "--mode, command line"


def test_of_an_older_run_nothing_is_claimed() -> None:
    """Least of all that a value is the default."""
    assert {one.origin for one in settings.settings(older())} == {"not recorded"}
    assert {one.origin for one in settings.settings(started())} == {"default"}
    (known,), _ = configured([Run(seq=1, started=started())])
    (unknown,), _ = configured([Run(seq=1, started=older())])
    assert (known.is_known, unknown.is_known) == (True, False)


@pytest.mark.parametrize("text", ["{", "[" * 100_000 + "]" * 100_000])
def test_what_cannot_be_read_is_shown_as_it_was_recorded(text: str) -> None:
    """Written by other hands than ours."""
    (one,) = settings.settings(evolve(started(a_file()), configuration=text))
    assert (one.key, one.value, one.origin) == ("as recorded", text, "")


def test_runs_that_were_configured_alike_share_a_table() -> None:
    """Where it is another, or from another place or line, it has a table of its own; the newest comes first."""
    other = {**VALUES, "currency": "EUR"}
    runs = [
        *(started(a_file()), started(a_file())),
        *(started(FLAG), older(), older()),
        *(started(a_file(), values=other), started(a_file("a.toml", 2), values=other)),
    ]
    found, count = configured([Run(seq=seq, started=run) for seq, run in enumerate(runs)])
    assert [(one.first.seq, one.last.seq, one.count) for one in found] == [
        (6, 6, 1), (5, 5, 1), (3, 4, 2), (2, 2, 1), (0, 1, 2),
    ]  # fmt: skip
    assert count == 5


def test_the_newest_is_whole_and_the_others_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how many there are is told."""
    runs = [Run(seq=seq, started=started(values={**VALUES, "currency": str(seq)})) for seq in range(9)]
    monkeypatch.setattr(settings, "SETTINGS_MAX", 7)
    found, count = configured(runs)
    assert ([one.last.seq for one in found], count) == ([8, 7], 9)
    monkeypatch.setattr(settings, "SETTINGS_MAX", 1)
    assert [one.last.seq for one in configured(runs)[0]] == [8]
    assert configured([]) == ([], 0)


def test_what_changed_says_where_both_came_from() -> None:
    """A key that one of the two does not have comes from nowhere."""
    values = {"account": "demo", "run_mode": "SIM", "fee": "1"}
    first, second = started(a_file(), values=VALUES), started(a_file("a.toml", 7, "account", "fee"), values=values)
    reading = read(first, ConfigurationChanged(changes=(
        ChangedSetting(key="currency", before="USD", after=None),
        ChangedSetting(key="fee", before=None, after="1", loosens=True),
    )), second)  # fmt: skip
    assert told(reading) == [(2, "currency", "USD", "default", None, ""), (2, "fee", None, "", "1", "a.toml, line 8")]
    assert [one.loosens for one in changes(reading)] == [False, True]


def test_each_change_is_told_once() -> None:
    """Between the two runs where it was recorded."""
    euro = {**VALUES, "currency": "EUR"}
    there, back = a_change("currency", "USD", "EUR"), a_change("currency", "EUR", "USD")
    reading = read(started(), there, started(values=euro), back, started())
    assert told(reading) == [
        (2, "currency", "USD", "default", "EUR", "default"),
        (4, "currency", "EUR", "default", "USD", "default"),
    ]


def test_what_says_the_same_in_another_place_is_told_and_a_line_that_moved_is_not() -> None:
    """Nothing else records it: the configuration is the same."""
    mode = a_file("a.toml", 1, "account", "run_mode")
    reading = read(started(mode), started(a_file("a.toml", 5, "account", "run_mode")), started(a_file(), FLAG))
    assert told(reading) == [(3, "run_mode", "SIM", "a.toml, line 6", "SIM", "--mode, command line")]


def test_a_file_that_was_renamed_is_told_once() -> None:
    """However many values are in it, beside what came from elsewhere meanwhile."""
    keys = [f"k{number}" for number in range(settings.MOVED_MAX + 1)]
    values = VALUES | dict.fromkeys(keys, "1")
    reading = read(
        started(a_file("a.toml", 1, *keys), values=values), started(a_file("b.toml", 1, *keys), FLAG, values=values)
    )
    assert told(reading) == [
        (2, "6 values", "", "a.toml", "the same", "b.toml"),
        (2, "run_mode", "SIM", "default", "SIM", "--mode, command line"),
    ]
    fewer = read(*(started(a_file(name, 1, *keys[1:]), values=values) for name in ("a.toml", "b.toml")))
    assert [one.key for one in changes(fewer)] == keys[1:]


def test_between_an_older_run_and_a_newer_only_what_was_recorded_changed() -> None:
    """That it is known now where values come from is no change of theirs."""
    assert told(read(older(), started(a_file()))) == []
    changed = read(older(), a_change("currency", "EUR", "USD"), started(a_file()))
    assert told(changed) == [(2, "currency", "EUR", "not recorded", "USD", "default")]


def test_the_first_run_of_a_chapter_is_held_against_the_last_one_before() -> None:
    """It found its changes there, and where the values came from was handed on."""
    state = initial_state(lookback=1)
    chapter = Chapter(number=2, archive="j", seq=9, hash="00", state=state, started=started(a_file()))
    reading = Reading(head=Head(seq=0, hash="00"), opened=evolve(opened(), chapter=chapter))
    reading.settings = [(1, ChangedSetting(key="currency", before="EUR", after="USD"))]
    reading.runs = [Run(seq=2, started=started(FLAG))]
    assert told(reading) == [
        (1, "currency", "EUR", "default", "USD", "default"),
        (2, "account", "demo", "a.toml, line 1", "demo", "default"),
        (2, "run_mode", "SIM", "default", "SIM", "--mode, command line"),
    ]
    reading.opened = opened()
    assert told(reading) == []


def test_what_thousands_of_runs_repeat_is_kept_once() -> None:
    """And they are looked at as far as a page lists them."""
    reading = read(*(started(a_file()) for _ in range(3)), started(FLAG))
    first, second, third, other = (run.started for run in reading.runs)
    assert first.configuration is second.configuration is third.configuration
    assert first.origins is second.origins is third.origins
    assert other.origins == (FLAG,)
    many = read(*(started(*((FLAG,) if number % 2 else ())) for number in range(settings.RUNS_MAX + 50)))
    assert len(changes(many)) == settings.RUNS_MAX
    assert isinstance(changes(many)[0], Changed)
