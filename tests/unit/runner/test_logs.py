"""The log file: exactly the stated fields, one line an event, private, and missed by somebody when it fails."""

import json
import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.runner import logs
from interlock.runner.logs import FIELDS, EventLog

# Here the lines are about nothing, so that what a line is can be seen.
pytestmark = pytest.mark.other_lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "interlock.log"


def _open(path: Path, lost: list[str] | None = None, *, verbose: bool = False) -> EventLog:
    return EventLog(path, run_id="r1", verbose=verbose, lost=(lost if lost is not None else []).append)


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def test_a_line_has_exactly_the_stated_fields(path: Path) -> None:
    """In their order; what is not said is null."""
    log = _open(path)
    log.write(logging.INFO, "heartbeat", {"why": "alive", "seq": 7})
    log.close()
    (line,) = _read(path)
    assert tuple(line) == FIELDS
    assert (line["level"], line["event"], line["run_id"], line["seq"], line["why"]) == (
        "INFO", "heartbeat", "r1", 7, "alive",
    )  # fmt: skip
    assert line["ts"].endswith("+00:00")
    assert line["cycle"] is line["data"] is line["code"] is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.sampled_from(("a\nb", "\x1b[31m", "\u2028", "\x00", "\x7f", "\r", "\x85")))
def test_an_event_is_one_line_of_plain_characters(path: Path, text: str) -> None:
    """Whatever somebody put into a name: no control character leaves the file, and nothing begins a line."""
    path.unlink(missing_ok=True)
    log = _open(path)
    log.write(logging.INFO, "x", {"why": text})
    log.close()
    written = path.read_bytes()
    assert written.endswith(b"\n")
    assert all(32 <= byte < 127 for byte in written[:-1])
    assert _read(path)[0]["why"] == text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())) | st.text("ab\x7f\x1b"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(st.text(), _JSON, max_size=3))
def test_every_line_is_laid_out_as_the_standard_library_does_it(path: Path, data: dict[str, Any]) -> None:
    """In ASCII or not, and with half a character in it: nobody who looks for words has to know how it was spelled."""
    path.unlink(missing_ok=True)
    log = _open(path)
    log.write(logging.INFO, "x", {"data": data})
    log.close()
    (line,) = path.read_text("ascii").splitlines()
    assert line == json.dumps(json.loads(line)).replace("\x7f", "\\u007f")
    # Two halves that meet are one character to whoever reads them.
    assert json.loads(line)["data"] == json.loads(json.dumps(data))


def test_what_cannot_be_worded_is_lost_and_ends_nothing(path: Path) -> None:
    """It is counted, and what comes after it is written."""
    lost: list[str] = []
    log = _open(path, lost)
    endless: list[Any] = []
    endless.append(endless)
    log.write(logging.INFO, "x", {"data": endless})
    log.write(logging.INFO, "x", {"seq": 1})
    log.close()
    assert (lost, log.lost) == (["RecursionError"], 1)
    assert [line["seq"] for line in _read(path)] == [1]


def test_the_quiet_level_is_written_only_when_asked_for(path: Path) -> None:
    """What nobody reads is not formatted."""
    for verbose in (False, True):
        log = _open(path, verbose=verbose)
        assert log.wants(logging.DEBUG) is verbose
        log.close()


def test_only_this_user_can_read_it(path: Path) -> None:
    """A file that was open to others is closed to them."""
    path.write_text("")
    path.chmod(0o644)
    _open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_rotated_and_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old events make room, in files that are private too."""
    monkeypatch.setattr(logs, "BYTES_MAX", 1000)
    log = _open(path)
    for seq in range(100):
        log.write(logging.INFO, "x", {"seq": seq, "why": "w" * 50})
    log.close()
    files = sorted(path.parent.iterdir())
    assert len(files) == logs.FILES_MAX
    # A file may run over by the event that filled it.
    assert all(file.stat().st_size <= 1000 + 400 and stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert _read(path)[-1]["seq"] == 99
    assert log.lost == 0


def _link(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize("plant", [_link, Path.mkdir, os.mkfifo], ids=["link", "folder", "fifo"])
def test_what_is_no_file_of_ours_is_not_opened(path: Path, plant: Callable[[Path], None]) -> None:
    """A link may lead anywhere, and a FIFO would be waited for."""
    plant(path)
    with pytest.raises(OSError, match=r"interlock\.log"):
        _open(path)


def test_a_fifo_that_somebody_reads_is_not_a_log_either(path: Path) -> None:
    """Its reader could stop reading, and the run with it."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OSError, match="is not a file"):
            _open(path)
    finally:
        os.close(reader)


def test_events_that_cannot_be_written_are_counted_and_told_once(path: Path) -> None:
    """A full disk ends no run and is not passed over in silence."""
    lost: list[str] = []
    log = _open(path, lost)
    log.write(logging.INFO, "x", {})
    full = os.open("/dev/full", os.O_WRONLY)
    assert log._handler.stream is not None
    os.dup2(full, log._handler.stream.fileno())
    os.close(full)
    for _ in range(3):
        log.write(logging.INFO, "x", {})
    assert lost == ["OSError"]
    assert log.lost == 3
    log.close()


def test_what_comes_after_the_end_opens_no_file_again(path: Path) -> None:
    """A thread that was too late, the watchdog's say, writes nothing into a log that was let go of."""
    log = _open(path)
    log.close()
    log.write(logging.CRITICAL, "Hung", {"why": "too late"})
    assert _read(path) == []
    assert not log.wants(logging.CRITICAL)


def test_a_file_that_was_long_already_is_rotated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier run wrote counts."""
    monkeypatch.setattr(logs, "BYTES_MAX", 200)
    path.write_bytes(b"x" * 200 + b"\n")
    path.chmod(0o600)
    log = _open(path)
    log.write(logging.INFO, "x", {"why": "first"})
    log.close()
    assert [line["why"] for line in _read(path)] == ["first"]
