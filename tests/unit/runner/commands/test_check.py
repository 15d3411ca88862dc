"""What `interlock check` says and how it ends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from interlock.core.market import Bar, Cursor, FeedItem
from interlock.core.ports.market_data import MarketDataPort
from interlock.core.risk.registry import MANDATORY
from interlock.runner.commands import check as command
from interlock.runner.commands.init import write_starter
from interlock.runner.config import Loaded
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

PRICE = Decimal(10)
KEYS = {
    "ok", "exit_code", "file", "run_mode", "digest", "configuration", "origins", "controls_off", "mandatory_missing",
    "preflight", "refusal", "problems",
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, without variables of ours."""
    monkeypatch.chdir(tmp_path)
    for name in ("INTERLOCK_CONFIG", "INTERLOCK_MODE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _json(args: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = run(["check", "--json", *args])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    data = json.loads(out)
    assert set(data) == KEYS
    assert (data["exit_code"], data["ok"]) == (code, code == 0)
    return code, data


def test_without_a_file_all_is_fine_and_every_mandatory_control_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that only watches is a fine run; that it could not trade is said, name by name."""
    assert run(["check"]) == ExitCode.DONE
    out = capsys.readouterr().out
    assert "every order will be denied" in out
    for name in MANDATORY:
        assert f"write [risk.{name}]" in out
    assert "trading_state" not in out
    assert "sha256:" in out
    assert "data: the first bar closes at" in out


def test_every_value_is_shown_with_its_origin(capsys: pytest.CaptureFixture[str]) -> None:
    """File and line, or default."""
    write_starter(Path())
    assert run(["check"]) == ExitCode.DONE
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["run_mode", "SIM", "interlock.toml:6"] in lines
    assert ["market_data.seed", "1", "default"] in lines


def test_json_is_one_object_and_words_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """What a script reads, with amounts as strings."""
    write_starter(Path())
    code, data = _json([], capsys)
    assert code == ExitCode.DONE
    assert data["configuration"]["opening_cash"] == "100000"
    assert data["origins"]["account"] == {"kind": "file", "detail": "interlock.toml", "line": 7}
    assert data["mandatory_missing"] == list(MANDATORY)
    assert data["file"] == "interlock.toml"
    run(["check", "--json"])
    assert "digest" in capsys.readouterr().err


def test_problems_are_exit_2_and_data(capsys: pytest.CaptureFixture[str]) -> None:
    """Each problem with its file, line, key, found, expected and remedy."""
    Path("interlock.toml").write_text("account = 0.5\n", "utf-8")
    code, data = _json([], capsys)
    assert code == ExitCode.USAGE
    assert data["problems"][0] == {
        "file": "interlock.toml",
        "line": 1,
        "key": "account",
        "found": "the float 0.5",
        "expected": "a string in quotes",
        "remedy": "",
    }
    assert data["configuration"] is None
    assert run(["check"]) == ExitCode.USAGE
    assert "interlock.toml:1: account: found the float 0.5" in capsys.readouterr().out


def test_live_is_parsed_explained_and_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 3, after everything else was checked all the same."""
    path = write_starter(Path())
    path.write_text(path.read_text("utf-8").replace('run_mode = "SIM"', 'run_mode = "LIVE"'), "utf-8")
    code, data = _json([], capsys)
    assert code == ExitCode.REFUSED
    assert data["run_mode"] == "LIVE"
    assert "none is shipped" in data["refusal"]
    assert run(["check", "--mode", "PAPER"]) == ExitCode.DONE


def test_raising_the_mode_is_exit_3(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By flag or by variable, and a misspelt one is exit 2."""
    code, data = _json(["--mode", "PAPER"], capsys)
    assert code == ExitCode.REFUSED
    assert "never raise" in data["refusal"]
    assert _json(["--mode", "PAPR"], capsys)[0] == ExitCode.USAGE
    monkeypatch.setenv("INTERLOCK_MODE", "LIVE")
    assert _json([], capsys)[0] == ExitCode.REFUSED


def test_a_finding_of_preflight_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    """What stands in the way of a run, with its remedy."""
    Path("state").mkdir()
    Path("state/demo").symlink_to("elsewhere")
    code, data = _json([], capsys)
    assert code == ExitCode.FINDING
    (finding,) = [look for look in data["preflight"] if not look["ok"]]
    assert finding["name"] == "state folder"
    assert finding["remedy"]


def test_a_file_of_data_is_read_to_its_first_bar(capsys: pytest.CaptureFixture[str]) -> None:
    """And a missing one is a finding, not a crash."""
    path = write_starter(Path())
    csv = 'adapter = "csv"\npath = "x.csv"\ntime_zone = "UTC"\nstamp = "close"\n'
    path.write_text(path.read_text("utf-8").replace('adapter = "simulated"', csv), "utf-8")
    assert _json([], capsys)[0] == ExitCode.FINDING
    Path("x.csv").write_text("time,open,high,low,close,volume\n2020-01-01 00:01:00,1,1,1,1,1\n", "utf-8")
    code, data = _json([], capsys)
    assert code == ExitCode.DONE
    assert "2020-01-01T00:01:00+00:00" in data["preflight"][-1]["detail"]


def test_with_every_control_on_nothing_is_listed_as_off(capsys: pytest.CaptureFixture[str]) -> None:
    """The list of what is off is empty when nothing is."""
    path = write_starter(Path())
    text = path.read_text("utf-8").split("# The controls.")
    controls = "\n".join(line.removeprefix("# ") for line in text[1].splitlines() if line.startswith("# [risk"))
    limits = {
        "allowed_instruments": 'instruments = ["DEMO"]', "max_order_quantity": 'limit = "1"',
        "max_order_notional": 'limit = "1"', "max_position": 'limit = "1"', "price_collar": 'limit = "0.1"',
        "data_age": 'limit_seconds = "60"', "price_jump": 'limit = "0.2"', "daily_loss": 'limit = "1"',
        "order_rate": 'entries = 1\nexits = 1\nwindow_seconds = "60"', "drawdown": 'limit = "1"',
        "repeated_executions": 'limit = 1\nwindow_seconds = "60"', "stale_feed": 'limit_seconds = "60"',
        "order_in_doubt": 'limit_seconds = "60"', "clock": 'limit_seconds = "0"',
    }  # fmt: skip
    for name, limit in limits.items():
        controls = controls.replace(f"[risk.{name}]", f"[risk.{name}]\n{limit}")
    path.write_text(text[0] + controls, "utf-8")
    assert run(["check"]) == ExitCode.DONE
    assert "every one is on" in capsys.readouterr().out


class _Endless(MarketDataPort):
    @override
    def open(self, *, after: Cursor | None = None) -> None: ...

    @override
    def next(self, deadline: datetime | None = None) -> FeedItem:
        at = datetime(2025, 1, 1, tzinfo=UTC)
        return Bar(instrument="X", ts_event=at, open=PRICE, high=PRICE, low=PRICE, close=PRICE, volume=PRICE)

    @override
    def cursor(self) -> Cursor:
        return Cursor()

    @override
    def describe(self) -> str:
        return "endless"

    @override
    def close(self) -> None: ...


def test_the_feed_is_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks at the data is not what makes it, so a test needs no adapter."""

    def make(_: Loaded) -> MarketDataPort:
        return _Endless()

    report = command.examine(None, None, make_feed=make)
    assert "endless" in report.looks[-1].detail


def test_a_journal_takes_a_check_as_long_as_a_run_and_is_told_alike(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, forget_snapshots: Callable[[Path], None]
) -> None:
    """On stderr, so that --json leaves one object on stdout."""
    assert run(["run", "--cycles", "3"]) == ExitCode.DONE
    for name, value in (("reading.RECORDS_TOLD", 1), ("reading.RECORDS_PER_LOOK", 1), ("resume.RECORDS_TOLD", 3)):
        monkeypatch.setattr(f"interlock.runner.{name}", value)
    capsys.readouterr()
    assert run(["check"]) == ExitCode.DONE
    assert "reading the earlier journal" not in capsys.readouterr().err, "a snapshot leaves nothing to read"
    forget_snapshots(Path("state/demo/sim/journal.sqlite3"))
    assert run(["check", "--json"]) == ExitCode.DONE
    said = capsys.readouterr()
    assert "reading the earlier journal first" in said.err
    assert "finding the journal's end in the data, behind 3 items" in said.err
    (look,) = [look for look in json.loads(said.out)["preflight"] if look["name"] == "journal"]
    assert "3 bars seen" in look["detail"]


SPLIT = """
[[instruments.splits]]
ex_date = {day}
ratio = "2"
[market_data]"""


@pytest.mark.parametrize(
    ("day", "found", "expected"),
    [
        ("2000-06-24", "a Saturday on which XNYS has no session", "the first day on which it trades at the new price"),
        ("2999-06-24", "of which the calendar XNYS knows nothing", "a day from 1990-01-01 to "),
        ("1889-06-24", "of which the calendar XNYS knows nothing", "a day from 1990-01-01 to "),
    ],
)
def test_a_split_without_a_session_is_a_problem_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], day: str, found: str, expected: str
) -> None:
    """Only the calendar can tell, and check and run ask it alike."""
    write_starter(folder)
    text = Path("interlock.toml").read_text().replace('"24/7"', '"XNYS"')
    text = text.replace("[market_data]", SPLIT.format(day=day), 1)
    Path("interlock.toml").write_text(text)
    line = text[: text.index("\nex_date")].count("\n") + 2
    code, data = _json([], capsys)
    assert code == ExitCode.USAGE
    (problem,) = data["problems"]
    assert (problem["file"], problem["line"]) == ("interlock.toml", line)
    assert problem["key"] == "instruments[0].splits[0].ex_date"
    assert problem["found"] == f"the date {day}, {found}"
    assert problem["expected"].startswith(expected)
    assert run(["run", "--cycles", "1", "--json"]) == ExitCode.USAGE
    assert json.loads(capsys.readouterr().out)["problems"] == [problem]
