"""The grammar of the log: everything that can be written is stated, and what is stated is what is written.

That each line of every test's run is as stated is held by ``tests/conftest.py``, for all of them.
"""

import ast
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import interlock.runner
from interlock.core.observations import Observation
from interlock.runner.log_events import EVENTS, LEVELS, OF_RECORDS, OF_THE_RUN, Shape
from interlock.runner.log_grammar import complaints
from interlock.runner.logs import FIELDS
from interlock.runner.reference import log
from interlock.runner.reference.log import LINES

from .log_lines import all_lines, drawn

RUNNER = Path(interlock.runner.__file__).parent
# Where an event's name comes in from, and in which place of the arguments.
WRITERS = {"write": 1, "failed": 0, "_tell": 0}
# Where it is handed on, and where it is the kind of a record.
HANDED_ON = {"event", "record.kind"}


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """What really running everything writes."""
    return all_lines()


def test_every_record_has_its_event_and_no_other() -> None:
    """A kind of record that is added tomorrow is missed here."""
    assert set(OF_RECORDS) == {kind.__name__ for kind in get_args(Observation)}
    assert not set(OF_RECORDS) & set(OF_THE_RUN)
    assert all(stated.when for stated in OF_THE_RUN.values())
    assert all(set(stated.levels) <= set(LEVELS) for stated in EVENTS.values())


def names_written(tree: ast.Module, module: str) -> Iterator[str]:
    """The name of each event that a module writes, as far as it says one itself."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITERS):
            continue
        place = WRITERS[node.func.attr]
        name = node.args[place] if len(node.args) > place else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value
        elif isinstance(name, ast.Name) and name.id.isupper():
            yield str(getattr(importlib.import_module(module), name.id))


def test_no_event_is_written_that_is_not_stated() -> None:
    """Whatever the runner writes by name is on the page; and what is on the page is written by somebody."""
    written = {"heartbeat"}
    for path in sorted(RUNNER.rglob("*.py")):
        module = ".".join(("interlock.runner", *path.relative_to(RUNNER).with_suffix("").parts))
        tree = ast.parse(path.read_text("utf-8"))
        written |= set(names_written(tree, module))
    assert written == set(OF_THE_RUN), "state it in runner/log_events.py, and add a scene to log_lines.py"


def test_the_search_for_names_finds_them() -> None:
    """A planted one, by word and by constant."""
    tree = ast.parse("x.failed('Planted', why)\nlog.write(10, HUNG, {})\nlog.write(level, event, {})\nwrite('a', 'b')")
    assert set(names_written(tree, "interlock.runner.watched")) == {"Planted", "Hung"}


def test_what_really_runs_writes_what_is_stated_and_all_of_it(lines: list[dict[str, Any]]) -> None:
    """Every event, at every level of its own that a run can come to, without a complaint."""
    assert [each for line in lines for each in complaints(line)] == []
    assert {line["event"] for line in lines} == set(EVENTS)


def test_the_lines_of_the_page_are_what_running_writes_now() -> None:
    """`make docs` writes them anew."""
    assert LINES.read_text("utf-8") == drawn()


def test_the_page_has_every_event_with_a_real_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And cannot be drawn without one."""
    page = log.page()
    for name in EVENTS:
        assert f"\n### {name}\n" in page
    assert all(f"| `{field}` |" in page for field in FIELDS)
    fewer = tmp_path / "lines"
    fewer.write_text("".join(f"{line}\n" for line in LINES.read_text("utf-8").splitlines()[1:]), "utf-8")
    monkeypatch.setattr(log, "LINES", fewer)
    with pytest.raises(LookupError, match="JournalOpened: no line was written of it"):
        log.page()


GOOD: dict[str, Any] = {
    "ts": "2024-01-08T14:05:00.000+00:00",
    "level": "INFO",
    "event": "heartbeat",
    "run_id": "r1",
    "seq": 7,
    "cycle": 3,
    "instrument": None,
    "code": "ACTIVE",
    "why": "alive",
    "correlation_id": None,
    "causation_id": None,
    "data": {"reason": "OBSERVING", "cycles": 2, "since": "2024-01-08T14:05:00+00:00"},
}
BAR: dict[str, Any] = GOOD | {
    "event": "Bar",
    "level": "WARNING",
    "instrument": "TEST",
    "data": {
        "ts_init": "2024-01-08T14:05:00.000001+00:00",
        "numbers": {"fast": "2", "x": None},
        "findings": [{"rule": "a", "code": "B", "observed": None, "limit": "3"}],
        "trace": ["a.py:1 f"],
        "remedy": "Wait.",
    },
}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"more": 1}, "the fields are"),
    ({"event": "Unheard"}, "no event is called 'Unheard'"),
    ({"ts": "2024-01-08"}, "ts is"),
    ({"ts": None}, "ts is"),
    ({"level": "LOUD"}, "the level is"),
    ({"level": "DEBUG"}, "the level is"),
    ({"run_id": None}, "run_id is null"),
    ({"run_id": ""}, "run_id is ''"),
    ({"seq": None}, "seq is null"),
    ({"seq": True}, "seq is True"),
    ({"cycle": "3"}, "cycle is '3'"),
    ({"instrument": "TEST"}, "instrument is 'TEST', and is said to be null"),
    ({"code": None}, "code is null"),
    ({"why": None}, "why is null"),
    ({"correlation_id": "a-1"}, "correlation_id is 'a-1', and is said to be null"),
    ({"data": []}, "data is []"),
    ({"data": {"cycles": "2"}}, "data.cycles is '2', and not a whole number"),
    ({"data": {"cycles": -1}}, "data.cycles is -1"),
    ({"data": {"since": "today"}}, "data.since is 'today', and not a time"),
    ({"data": {"reason": 3}}, "data.reason is 3, and not a text"),
    ({"data": {"other": "x"}}, "data.other is not stated"),
]
BAD_DATA: list[tuple[dict[str, Any], str]] = [
    ({"ts_init": None}, "data.ts_init is None"),
    ({"numbers": {"a": 1}}, "data.numbers is"),
    ({"numbers": []}, "data.numbers is"),
    ({"trace": "a"}, "data.trace is 'a', and not a list of texts"),
    ({"trace": [1]}, "data.trace is [1]"),
    ({"findings": {}}, "data.findings is {}"),
    ({"findings": [3]}, "data.findings is"),
    ({"findings": [{"rule": "a"}]}, "data.findings is"),
    ({"findings": [{"rule": 1, "code": "B", "observed": None, "limit": None}]}, "data.findings is"),
    ({"findings": [{"rule": "a", "code": None, "observed": None, "limit": None}]}, "data.findings is"),
    ({"findings": [{"rule": "a", "code": "B", "observed": 1, "limit": None}]}, "data.findings is"),
]


def test_a_good_line_has_nothing_against_it() -> None:
    """A heartbeat before the first decision has no data at all."""
    assert complaints(GOOD) == complaints(BAR) == complaints(GOOD | {"data": None}) == []


@pytest.mark.parametrize(("change", "complaint"), BAD, ids=[json.dumps(change) for change, _ in BAD])
def test_whatever_is_not_as_stated_is_found(change: dict[str, Any], complaint: str) -> None:
    """Field by field."""
    (found,) = complaints(GOOD | change)
    assert complaint in found


@pytest.mark.parametrize(("change", "complaint"), BAD_DATA, ids=[json.dumps(change) for change, _ in BAD_DATA])
def test_data_is_held_against_its_shapes(change: dict[str, Any], complaint: str) -> None:
    """Key by key."""
    (found,) = complaints(BAR | {"data": BAR["data"] | change})
    assert complaint in found


def test_what_is_always_there_is_missed() -> None:
    """A record says when it was decided."""
    assert complaints(BAR | {"data": {}}) == ["Bar: data.ts_init is missing"]
    assert "Bar: data is null" in complaints(BAR | {"data": None})
    assert complaints(dict(reversed(GOOD.items())))
    assert {key.shape for stated in EVENTS.values() for key in stated.data} == set(Shape)
