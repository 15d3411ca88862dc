"""``interlock logs``: in order over rotated files, in words or as it is, beside the writer; nothing lost, no crash."""

import json
import os
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.faults import ConfigurationError
from interlock.runner import log_reading
from interlock.runner.commands import logs as command
from interlock.runner.commands.logs import POLL_SECONDS, Showing, follow
from interlock.runner.exit_codes import ExitCode
from interlock.runner.log_filter import Wanted, event_of
from interlock.runner.log_reading import Following, Piece, close, opened, pieces, size, whole
from interlock.runner.log_words import InWords
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

# Lines of this page are made up: what a run writes is held against the grammar everywhere else.
pytestmark = pytest.mark.other_lines


def a_line(seq: int, event: str = "Bar", level: str = "INFO", **more: Any) -> dict[str, Any]:
    """An event as a run would write it."""
    line = {
        "ts": f"2026-01-05T14:{seq % 60:02}:00.000+00:00",
        "level": level,
        "event": event,
        "run_id": "run-1",
        "seq": seq,
        "cycle": seq,
        "instrument": "TEST",
        "code": None,
        "why": f"thing {seq}",
        "correlation_id": None,
        "causation_id": None,
        "data": None,
    }
    return line | more


def text_of(*lines: dict[str, Any]) -> str:
    """As it stands in a file."""
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def denied(seq: int, **more: Any) -> dict[str, Any]:
    """The same wish, denied for the same reason, in other words."""
    findings = [{"rule": "a", "code": "TOO_MUCH", "observed": str(seq), "limit": "3"}]
    data = {"ts_init": f"2026-01-05T14:{seq % 60:02}:00+00:00", "findings": findings}
    return (
        a_line(seq, level="WARNING", code="TOO_MUCH", why=f"denied: TOO_MUCH: {seq} is more than 3", data=data) | more
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "interlock.log"


def told(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> list[str]:
    """What the command says of it."""
    assert run(["logs", str(path), *words]) == ExitCode.DONE
    return capsys.readouterr().out.splitlines()


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What it says instead, where it is asked what cannot be answered."""
    assert run(["logs", *words]) == ExitCode.USAGE
    return capsys.readouterr().err


# ---------------------------------------------------------------------------------------------- in words


def test_a_real_run_is_told_in_order(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Each event that the file holds, up to the stop; the file is found by its configuration."""
    home.run(cycles=30)
    capsys.readouterr()
    assert run(["logs", "-n", "1000"]) == ExitCode.DONE
    out = capsys.readouterr().out.splitlines()
    assert "a journal of TEST in SIM" in out[0]
    assert out[-1].endswith("the run stops: CYCLES_REACHED")
    assert any("is accepted by the venue" in line for line in out)


def test_rotated_files_are_read_from_the_oldest_on(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also more of them than we keep; and what only looks like one is left alone."""
    for number, seq in ((11, 1), (4, 2), (2, 3), (1, 4)):
        path.with_name(f"{path.name}.{number}").write_text(text_of(a_line(seq)))
    path.with_name(f"{path.name}.gz").write_text("zipped\n")
    path.write_text(text_of(a_line(5), a_line(6)))
    assert [line.split("thing ")[1] for line in told(capsys, path)] == list("123456")
    assert [line.split("thing ")[1] for line in told(capsys, path, "-n", "3")] == list("456")
    assert told(capsys, path, "-n", "0") == []


def test_a_line_says_when_how_bad_which_record_what_and_what_to_do(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code and the order where the words leave them out; the other clock where it shows another time."""
    path.write_text(
        text_of(
            a_line(7, code="TREND", correlation_id="j-1", data={"ts_init": "2001-05-01T20:00:00+00:00"}),
            a_line(8, "AlertRaised", "ERROR", why="look here", data={"to_do": "Do this."}),
            a_line(9, "FaultObserved", "CRITICAL", why="it raised", data={"remedy": "Fix it.", "trace": ["a.py:1 f"]}),
            a_line(10, "ConsoleLost", "CRITICAL", why=None, ts="2026-01-05T16:00:00.000+02:00") | {"seq": None},
        )
    )
    assert told(capsys, path) == [
        "2026-01-05 14:07:00Z  INFO      #7  2001-05-01 20:00Z  thing 7 [TREND] [order j-1]",
        "2026-01-05 14:08:00Z  ERROR     #8  AlertRaised: look here",
        "    what to do: Do this.",
        "2026-01-05 14:09:00Z  CRITICAL  #9  it raised",
        "    what to do: Fix it.",
        "    raised at: a.py:1 f",
        "2026-01-05 14:00:00Z  CRITICAL  ConsoleLost",
    ]


def test_the_same_reason_again_is_folded(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said once, counted, with since when and when last; --json has each. Another reason is another."""
    other = denied(9) | {"data": {"findings": [{"code": "OTHER"}]}}
    path.write_text(text_of(*map(denied, range(2, 9)), other, denied(10), a_line(11, level="WARNING"), denied(12)))
    lines = told(capsys, path)
    assert [line for line in lines if "same reason" in line] == [
        "    same reason, 7 cycles, since 2026-01-05 14:02Z, last 2026-01-05 14:08Z"
    ]
    assert [line.split("#")[1].split()[0] for line in lines if "#" in line] == ["2", "9", "10", "11", "12"]
    assert len(told(capsys, path, "--json")) == 11


def test_signs_of_life_faults_and_silences_fold_and_what_matters_does_not(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An order's lines, a remedy, and another run's are told each time."""

    def beat(seq: int, **more: Any) -> dict[str, Any]:
        return a_line(seq, "heartbeat", code="ACTIVE", data={"reason": "R", "cycles": seq}) | more

    def fault(seq: int, **more: Any) -> dict[str, Any]:
        return a_line(seq, "FaultObserved", "CRITICAL", code="F", data={"trace": ["a.py:1 f"]}) | more

    def silence(seq: int) -> dict[str, Any]:
        return a_line(seq, "Silence", "DEBUG", code="NO_NEW_BAR", data={})

    same = "same reason, "
    for lines, folded in (
        ([beat(1), beat(2), beat(3)], f"{same}3 times, since 2026-01-05 14:01Z, last 2026-01-05 14:03Z"),
        ([fault(1), fault(2)], f"{same}2 times, since 2026-01-05 14:01Z, last 2026-01-05 14:02Z"),
        ([silence(1), silence(2)], f"{same}2 cycles, since 2026-01-05 14:01Z, last 2026-01-05 14:02Z"),
        ([beat(1), beat(2, run_id="run-2")], ""),
        ([beat(1), beat(2, data={"reason": "S"})], ""),
        ([fault(1), fault(2, data={"trace": ["a.py:1 f"], "remedy": "Fix it."})], ""),
        ([fault(1), fault(2, data={"trace": ["b.py:1 f"]})], ""),
        ([denied(1, correlation_id="j-1"), denied(2, correlation_id="j-1")], ""),
        ([a_line(1, "OrderFilled"), a_line(2, "OrderFilled")], ""),
    ):
        path.write_text(text_of(*lines))
        shown = told(capsys, path)
        assert [line.strip() for line in shown if same in line] == ([folded] if folded else []), lines


def test_nothing_is_told_by_colour_alone(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    """With colour or without: the same characters. A pipe gets none."""
    lines: list[str] = []
    words = InWords(lines.append)
    for event in (a_line(1, level="CRITICAL"), denied(2), denied(3), a_line(4, level="DEBUG"), a_line(5)):
        words.tell(Piece(data=b""), event)
    words.rest()
    assert "\x1b[" in lines[0]
    path.write_text(text_of(a_line(1, level="CRITICAL"), denied(2), denied(3), a_line(4, level="DEBUG"), a_line(5)))
    assert told(capsys, path) == [click.unstyle(line) for line in lines]


# ------------------------------------------------------------------------------------------- what is asked


def asked(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> list[int]:
    """The numbers of those that are shown."""
    return [json.loads(line)["seq"] for line in told(capsys, path, "--json", *words)]


def test_only_what_is_asked_for_is_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By level, event, run and words, together or alone; letter case aside."""
    path.write_text(
        text_of(
            a_line(1, level="DEBUG"),
            a_line(2, "OrderFilled", correlation_id="j-12"),
            a_line(3, "OrderRejected", "WARNING", run_id="run-2", why="no “good”"),
            a_line(4, "heartbeat", why="alive"),
            a_line(5, level="CRITICAL"),
            a_line(6, level="DIRE"),
        )
    )
    assert asked(capsys, path, "--level", "warning") == [3, 5, 6]
    assert asked(capsys, path, "--event", "orderfilled", "--event", "HEARTBEAT") == [2, 4]
    assert asked(capsys, path, "--run", "run-2") == [3]
    assert asked(capsys, path, "--run", "run") == [1, 2, 3, 4, 5, 6]
    assert asked(capsys, path, "--grep", "j-1[0-9]") == [2]
    assert asked(capsys, path, "--grep", "“good”") == [3]
    assert asked(capsys, path, "--grep", '"seq": [45]', "--level", "ERROR") == [5]
    assert asked(capsys, path, "--level", "INFO", "-n", "2") == [5, 6]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("--event", "OrderFiled"), "--event OrderFiled is none that the log has: did you mean OrderFilled?"),
        (("--level", "WARN"), "--level WARN is none that the log has: did you mean WARNING?"),
        (("--level", "7"), "there are DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        (("--grep", "(x"), "--grep (x is no regular expression: missing ), unterminated subpattern"),
        (("--grep", "\x1b[2J("), "--grep \\x1b[2J( is no regular expression"),
        (("-c", "interlock.toml"), "both say which log is meant: leave one of them out"),
        (("--mode", "SIM"), "and --mode both say which log is meant"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(
    path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], answer: str
) -> None:
    """Before anything is read."""
    assert answer in said(capsys, str(path), *words)


def test_where_there_is_no_log_it_is_said_where_it_was_looked_for(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """And what to do; as an object, too, where that was asked for."""
    home.loaded()
    assert "there is no log at state/sim/interlock.log: `interlock run` begins one" in said(capsys)
    assert "is not readable: it is a folder, a pipe or a device" in said(capsys, str(home.folder))
    os.mkfifo(home.folder / "pipe")
    assert "is not readable: it is a folder, a pipe or a device" in said(capsys, "pipe")
    assert "there is no log at interlock.toml/x" in said(capsys, "interlock.toml/x")
    assert run(["logs", "--json"]) == ExitCode.USAGE
    assert json.loads(capsys.readouterr().out)["exit_code"] == ExitCode.USAGE


def test_it_is_said_where_nothing_fits(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the answer, which is empty and no failure; over all rotated files, and with the runs that there are."""

    def beside(*words: str) -> str:
        assert run(["logs", str(path), *words]) == ExitCode.DONE
        out, err = capsys.readouterr()
        assert out == ""
        return err

    path.with_name(f"{path.name}.1").write_text(text_of(a_line(1), a_line(2, run_id="run-2")))
    path.write_text(text_of(a_line(3, run_id=None), a_line(4)) + "no event\n")
    assert beside("--run", "zzz", "--json").splitlines()[0] == (
        "no event of the 4 read fits --run zzz; its runs, the newest first: run-1, run-2"
    )
    assert beside("--run", "run-2", "--level", "ERROR").splitlines()[0] == "no event of the 4 read fits"
    assert beside("--grep", "zzz") == "no event of the 4 read fits\n"
    assert beside("-n", "0", "--grep", "zzz") == ""
    assert told(capsys, path, "--grep", "thing 1")
    path.write_text(text_of(*(a_line(seq, run_id=f"run-{seq}\x1b") for seq in range(1, 9))))
    assert beside("--run", "\x1b").endswith(
        "fits --run \\x1b; the 5 newest runs are run-8\\x1b, run-7\\x1b, run-6\\x1b, run-5\\x1b, run-4\\x1b\n"
    )
    assert beside("--run", "run-1", "--event", "OrderFilled") == "no event of the 10 read fits\n"
    path.with_name(f"{path.name}.1").unlink()
    path.write_text(text_of(a_line(1, run_id=None)))
    assert beside("--run", "run") == "no event of the 1 read fits: none of them names a run\n"
    path.write_text("")
    assert beside() == ""


@pytest.mark.parametrize("words", [(), ("--json",), ("--follow",)])
def test_a_journal_is_no_log_and_it_is_said_where_the_log_is(
    path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """By how it begins, whatever its name; a log that only speaks of databases is one."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE records (seq INTEGER)")
    answer = said(capsys, str(path), *words)
    assert "is a journal, or another database, and no log: a journal's log is interlock.log beside it" in answer
    assert "`interlock journal tail`" in answer
    path.write_text("SQLite format 3 is what it is\n")
    assert told(capsys, path) == ["no event of the log: SQLite format 3 is what it is"]


# --------------------------------------------------------------------------------- what no run would write

RUBBISH = (
    b"\x00\xff\xfe\x1b[2J",
    b"not JSON",
    b'{"ts": "2026-01-05T14',
    b"[1, 2]",
    b'"text"',
    b'{"level": "INFO"}',
    b'{"event": 7}',
    b"",
    b"[" * 50_000,
    b'{"event": "Bar", "why": "\\ud800"',
)


def test_what_is_no_event_is_shown_as_it_is(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """In words without anything that a terminal would obey; with --json to the byte."""
    good = text_of(a_line(1)).encode()
    data = good + b"".join(line + b"\n" for line in RUBBISH) + good + b'{"half": '
    path.write_bytes(data)
    assert run(["logs", str(path), "--json"]) == ExitCode.DONE
    assert capfdbinary.readouterr().out == data + b"\n"
    assert run(["logs", str(path)]) == ExitCode.DONE
    out = capfdbinary.readouterr().out.decode()
    assert "no event of the log: \\x00\\xff\\xfe\\x1b[2J\n" in out
    assert 'no event of the log: {"half": \n' in out
    assert out.count("no event of the log: ") == len(RUBBISH) + 1
    assert all(char.isprintable() or char == "\n" for char in out)


def test_what_is_no_event_is_counted_where_only_events_are_asked_for(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no level to be held against; by its words it is found."""
    path.write_text(text_of(a_line(1)) + "what is this\nand that\n")
    assert run(["logs", str(path), "--level", "INFO"]) == ExitCode.DONE
    assert capsys.readouterr().err.startswith("left out, because they are no events of the log, or too long")
    assert told(capsys, path, "--grep", "what") == ["no event of the log: what is this"]
    assert run(["logs", str(path), "--grep", "what"]) == ExitCode.DONE
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "odd",
    [
        {"event": "FromTheFuture", "more": [1]},
        {"event": "Bar"},
        {"event": "heartbeat", "data": "text", "code": 7, "seq": "x", "level": None},
        {"event": "Bar", "data": {"findings": "x", "trace": 3, "ts_init": "today", "remedy": ""}, "ts": "0001-01-01"},
        {"event": "Bar", "data": {"findings": [1, {}], "ts_init": 5}, "ts": "0001-01-01T00:00:00+14:00", "why": [1]},
        {"event": "\x1b[2J", "why": "\x1b[2J", "correlation_id": {"a": 1}},
    ],
)
def test_an_event_that_only_another_version_writes_is_shown(
    path: Path, capsys: pytest.CaptureFixture[str], odd: dict[str, Any]
) -> None:
    """Whatever it holds, or lacks."""
    path.write_text(text_of(odd, odd))
    lines = told(capsys, path)
    assert lines
    assert all(line.isprintable() for line in lines)
    assert len(told(capsys, path, "--json")) == 2


def test_a_line_without_an_end_is_cut_in_words_and_whole_as_it_is(
    path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no more of it is held in memory than of any other."""
    monkeypatch.setattr(log_reading, "LINE_BYTES_MAX", 10_000)
    data = b"x" * 5_000_000 + b"\n" + text_of(a_line(1)).encode()
    path.write_bytes(data)
    tracemalloc.start()
    assert run(["logs", str(path)]) == ExitCode.DONE
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    out = capfdbinary.readouterr().out
    assert out.count(b"too long to be read as an event: x") == 1
    assert b"no event of the log" not in out
    assert b"without an end: --json has it whole" in out
    assert out.endswith(b"thing 1\n")
    assert peak < 2_500_000
    assert run(["logs", str(path), "--json", "-n", "2"]) == ExitCode.DONE
    assert capfdbinary.readouterr().out == data


def test_a_terminal_is_not_given_what_nobody_wrote_as_an_event(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe gets it as it is."""
    path.write_bytes(b"\x1b[2J\n")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert told(capsys, path, "--json") == ["no event of the log: \\x1b[2J"]


# ---------------------------------------------------------------------------------------------- following


class Watched:
    """A log that is written, rotated, cut and taken away, and what is told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[bytes] = []
        self.said: list[str] = []
        self.following: Following | None = None

    def begin(self) -> None:
        """Follow it from where its lines are whole."""
        files = opened(self.path)
        self.following = Following(self.path, files, self._tell, self.said.append)
        self.following.begin(whole(files[-1]) if files else 0)

    def _tell(self, piece: Piece) -> None:
        if piece.begins:
            self.told.append(b"")
        self.told[-1] += piece.data

    def end(self) -> None:
        """No more looks."""
        if self.following is not None:
            self.following.finish()
            close(self.following.files)

    def look(self) -> None:
        """One look."""
        assert self.following is not None
        self.following.look()

    def write(self, data: bytes) -> None:
        """The writer writes."""
        with self.path.open("ab") as file:
            file.write(data)

    def rotate(self, keep: int = 4) -> None:
        """As ``RotatingFileHandler`` does it."""
        for number in range(keep - 1, 0, -1):
            if self._rotated(number).exists():
                self._rotated(number).replace(self._rotated(number + 1))
        if self.path.exists():
            self.path.replace(self._rotated(1))

    def _rotated(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


@pytest.fixture
def watched(path: Path) -> Iterator[Watched]:
    """Not there yet."""
    watched = Watched(path)
    yield watched
    watched.end()


def test_a_log_that_is_not_there_yet_is_waited_for(watched: Watched) -> None:
    """That is said once; and one that goes away is waited for again."""
    watched.begin()
    for _ in range(3):
        watched.look()
    watched.write(b"1\n")
    watched.look()
    watched.path.unlink()
    for _ in range(3):
        watched.look()
    watched.write(b"2\n")
    watched.look()
    assert watched.told == [b"1", b"2"]
    assert [each.partition(" is not there: ")[2] for each in watched.said] == ["waiting until one is begun"] * 2


def test_half_a_line_is_waited_for_and_told_at_the_end(watched: Watched) -> None:
    """By then it will not become whole."""
    watched.write(b"1\n{half")
    watched.begin()
    watched.look()
    assert watched.told == []
    watched.write(b" whole}\n{nev")
    watched.look()
    assert watched.told == [b"{half whole}"]
    assert watched.following is not None
    watched.following.finish()
    assert watched.told == [b"{half whole}", b"{nev"]


def test_a_log_that_was_cut_is_read_from_its_beginning(watched: Watched) -> None:
    """And that is said."""
    watched.write(b"1\n22222\n")
    watched.begin()
    watched.path.write_bytes(b"3\n")
    watched.look()
    assert watched.told == [b"3"]
    assert watched.said[0].endswith("was cut: it is read from its beginning")


def test_several_rotations_between_two_looks_lose_nothing(watched: Watched) -> None:
    """What came before the first is read from where it lies now."""
    watched.write(b"0\n")
    watched.begin()
    for number in b"1234":
        watched.write(b"%c\n" % number)
        watched.rotate()
    watched.write(b"5\n")
    watched.look()
    watched.look()
    assert watched.told == [b"1", b"2", b"3", b"4", b"5"]


def test_an_earlier_file_that_is_put_back_is_not_told_again(watched: Watched) -> None:
    """What comes behind it is."""
    watched.write(b"1\n")
    watched.rotate()
    watched.write(b"2\n")
    watched.begin()
    watched.path.with_name(f"{watched.path.name}.1").replace(watched.path)
    watched.look()
    watched.write(b"3\n")
    watched.look()
    assert watched.told == [b"3"]


STEPS = st.lists(st.sampled_from(["line", "half", "rest", "long", "rotate", "look"]), max_size=25)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, limit=st.sampled_from([7, 10_000]))
def test_whatever_happens_between_the_looks_each_line_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[str], limit: int
) -> None:
    """In order and whole, as long as no file is gone before anybody could see it."""
    monkeypatch.setattr(log_reading, "LINE_BYTES_MAX", limit)
    for old in tmp_path.iterdir():
        old.unlink()
    watched = Watched(tmp_path / "interlock.log")
    watched.begin()
    written, rotations = b"", 0
    for number, step in enumerate([*steps, "look", "look"]):
        if step == "look":
            watched.look()
            rotations = 0
        elif step == "rotate" and rotations < 4 and not (written and not written.endswith(b"\n")):
            watched.rotate()
            rotations += 1
        elif step != "rotate":
            data = b"%d%s" % (number, {"half": b"", "long": b"x" * 30 + b"\n"}.get(step, b"\n"))
            watched.write(data)
            written += data
    watched.end()
    assert watched.told == [line for line in written.split(b"\n") if line]


def test_a_line_that_is_rotated_away_half_ends_there(watched: Watched) -> None:
    """The next file begins with a line of its own."""
    watched.write(b"0\n")
    watched.begin()
    watched.write(b"half")
    watched.rotate()
    watched.write(b"whole\n")
    watched.look()
    assert watched.told == [b"half", b"whole"]


def test_a_log_that_is_rotated_while_it_is_opened_is_opened_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that never stands still is an error with a way out, and leaves nothing open."""
    watched.write(b"1\n")
    real, left = log_reading._opened, [3]

    def hasty(name: Path) -> Any:
        found = real(name)
        if left[0]:
            left[0] -= 1
            watched.rotate()
            watched.write(b"%d\n" % left[0])
        return found

    monkeypatch.setattr(log_reading, "_opened", hasty)
    files = opened(watched.path)
    assert b"".join(piece.data for file in files for piece in pieces(file, size(file))) == b"1210"
    close(files)
    left[0] = 10**6
    with pytest.raises(ConfigurationError, match="rotated faster than it can be opened: try again"):
        opened(watched.path)


def test_following_tells_what_comes_until_the_sleep_is_ended(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What comes again is said at each look that brought more of it, in one short line."""
    watched = Watched(path)
    acts: list[Callable[[], object]] = [
        lambda: watched.write(text_of(denied(1)).encode()),
        lambda: None,
        lambda: watched.write(text_of(denied(2), denied(3)).encode()),
        lambda: watched.write(text_of(denied(4)).encode()),
        lambda: watched.write(text_of(a_line(5)).encode() + b"{half"),
    ]

    def sleep_until(deadline: float) -> bool:
        assert deadline == 100.0 + POLL_SECONDS
        if not acts:
            return False
        acts.pop(0)()
        return True

    showing = Showing(Wanted(), as_json=False)
    following = Following(path, [], showing.take, showing.beside)
    follow(following, showing, sleep_until, lambda: 100.0)
    close(following.files)
    out = capsys.readouterr().out.splitlines()
    assert out[0].endswith("#1  denied: TOO_MUCH: 1 is more than 3")
    assert out[1:] == [
        "    same reason, 3 cycles, since 2026-01-05 14:01Z, last 2026-01-05 14:03Z",
        "    same reason, 4 cycles, since 2026-01-05 14:01Z, last 2026-01-05 14:04Z",
        "2026-01-05 14:05:00Z  INFO      #5  thing 5",
        "no event of the log: {half",
    ]


def test_follow_goes_on_where_the_last_lines_ended(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a line is not told twice; a signal ends it, and that is no news."""
    watched = Watched(path)
    watched.write(text_of(a_line(1), a_line(2)).encode() + text_of(a_line(3)).encode()[:20])

    class Clock:
        """Lets the writer write once, and is woken then."""

        looks = 0

        def monotonic(self) -> float:
            return 0.0

        def sleep_until(self, deadline: float) -> bool:
            self.looks += 1
            if self.looks == 1:
                watched.write(text_of(a_line(3)).encode()[20:])
            return self.looks == 1

        def wake(self) -> None:
            """Nobody sleeps."""

    monkeypatch.setattr("interlock.adapters.clock.system.SystemClock", Clock)
    monkeypatch.setattr("interlock.runner.stop.StopRequest.listen", lambda self: None)
    assert asked(capsys, path, "--follow", "-n", "1") == [2, 3]
    monkeypatch.setattr(Clock, "looks", 1)
    assert run(["logs", str(path.with_name("none.log")), "--follow"]) == ExitCode.DONE


def test_the_words_say_nothing_of_a_log_without_lines(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file is a log of nothing."""
    path.touch()
    assert told(capsys, path) == []
    assert event_of(b"") is None
    assert command.LINES == 50
