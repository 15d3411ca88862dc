"""``interlock journal export``: every record, to the byte, and nothing that a spreadsheet would run."""

import csv
import io
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.adapters.journal.codec import GENESIS, chain, decode
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.decision import Decision, Outcome
from interlock.core.explain import why
from interlock.core.records import Record
from interlock.core.reports import OrderRejected
from interlock.runner.commands.journal_export import COLUMNS
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run
from interlock.testing.builders import A_TIME, a_bar

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home


def _export(form: str, *args: str) -> int:
    return run(["journal", "export", "--format", form, *args])


def test_json_lines_hold_what_the_hashes_are_over(home: "Home", capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """To the byte, so that anybody can check the chain without us."""
    home.run(cycles=30)
    assert _export("jsonl") == ExitCode.DONE
    digest = GENESIS
    lines = capfdbinary.readouterr().out.splitlines()
    for line, (seq, kind, body) in zip(lines, home.rows(), strict=True):
        digest = chain(digest, seq, kind, body.encode())
        one = json.loads(line)
        assert (one["seq"], one["kind"], one["hash"]) == (seq, kind, digest.hex())
        assert line.endswith(b'"body":' + body.encode() + b"}")


def test_csv_has_a_sentence_for_each_record(home: "Home", capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """And the whole body beside it."""
    home.run(cycles=30)
    assert _export("csv") == ExitCode.DONE
    table = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert tuple(table[0]) == COLUMNS
    for line, (seq, kind, body) in zip(table, home.rows(), strict=True):
        assert (line["seq"], line["kind"], line["body"]) == (str(seq), kind, body)
        assert line["why"] == why(decode(kind, body.encode()))


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_only_text(tmp_path: Path, begins: str) -> None:
    """Whoever may name an order cannot run a formula on the desk of whoever reads about it."""
    path, target = tmp_path / "state" / "journal.sqlite3", tmp_path / "t.csv"
    journal = SqliteJournal(path)
    # An order's own id is printable from birth.
    report = OrderRejected(client_order_id=begins.strip(), ts_event=A_TIME, code="NO")
    journal.append([Record(A_TIME, report, correlation_id=begins)])
    journal.close()
    assert _export("csv", str(path), "-o", str(target)) == ExitCode.DONE
    with target.open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["correlation_id"] == f"'{begins}"
    assert line["why"].startswith("'")
    assert line["kind"] == "OrderRejected"


def test_a_table_holds_nothing_that_a_terminal_obeys(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A plugin's code may hold anything. The table spells it out, and its body is JSON that means the same."""
    path = tmp_path / "state" / "journal.sqlite3"
    journal = SqliteJournal(path)
    decision = Decision(Outcome.NO_ACTION, "NO\x1b[2J\x7f\x9b")
    journal.append([Record(A_TIME, a_bar(), decision)])
    journal.close()
    assert _export("csv", str(path)) == ExitCode.DONE
    out = capfdbinary.readouterr().out.decode()
    assert not {"\x1b", "\x7f", "\x9b"} & set(out)
    (line,) = csv.DictReader(io.StringIO(out, newline=""))
    assert line["code"] == r"NO\u001b[2J\u007f\u009b"
    assert json.loads(line["body"])["decision"]["code"] == decision.code


def test_a_file_is_private_and_whole_and_said(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """For people on stderr, for scripts on stdout."""
    home.run(cycles=3)
    records = len(home.rows())
    assert _export("jsonl", "-o", "a.jsonl") == ExitCode.DONE
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"wrote {records} records to a.jsonl\n")
    assert _export("jsonl", "-o", "b.jsonl", "--json") == ExitCode.DONE
    assert json.loads(capsys.readouterr().out) == {
        "file": "b.jsonl",
        "format": "jsonl",
        "records": records,
        "journal": "state/sim/journal.sqlite3",
    }
    assert Path("a.jsonl").read_bytes() == Path("b.jsonl").read_bytes()
    assert stat.S_IMODE(Path("a.jsonl").stat().st_mode) == 0o600


def test_nothing_is_overwritten(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Not even through a link that leads nowhere."""
    home.run(cycles=3)
    Path("there").write_text("mine")
    Path("link").symlink_to("nowhere")
    for name in ("there", "link"):
        assert _export("csv", "-o", name) == ExitCode.USAGE
        assert f"{name} was not written: there is one already" in capsys.readouterr().err
    assert Path("there").read_text() == "mine"
    assert not Path("nowhere").exists()


def test_a_file_that_appears_meanwhile_is_not_overwritten(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step is a link, and a link is never made over a file."""
    home.run(cycles=3)
    monkeypatch.setattr("interlock.runner.commands.journal_export.os.path.lexists", lambda _: False)
    Path("there").write_text("mine")
    before = set(Path().iterdir())
    assert _export("csv", "-o", "there") == ExitCode.USAGE
    assert Path("there").read_text() == "mine"
    assert set(Path().iterdir()) == before


def test_a_file_that_cannot_be_made_is_said(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """With what is wrong, and what would help."""
    home.run(cycles=3)
    assert _export("csv", "-o", "none/a.csv") == ExitCode.USAGE
    assert "none/a.csv was not written: no such file or directory; name a file in a folder" in capsys.readouterr().err


def test_a_record_that_was_changed_ends_the_export_and_leaves_no_file(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """The half of it would pass for the whole."""
    home.run(cycles=9)
    home.change(5, '"close":"', '"close":"1', chained=False)
    before = set(Path().iterdir())
    assert _export("jsonl", "-o", "a.jsonl") == ExitCode.JOURNAL
    assert "record 5 does not match its hash" in capsys.readouterr().err
    assert set(Path().iterdir()) == before


def test_json_about_an_export_to_stdout_has_no_place(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout has the records."""
    home.run(cycles=3)
    assert _export("jsonl", "--json") == ExitCode.USAGE
    assert "add -o FILE" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_stdout_that_cannot_be_written_is_told_apart(
    home: "Home", capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """A full disk behind it is no defect of anybody's, and nothing that was found."""
    home.run(cycles=30)
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert run(["journal", "export", "--format", form]) == ExitCode.ANSWER_LOST
        monkeypatch.undo()
    assert "stdout cannot be written" in capfd.readouterr().err


@pytest.mark.parametrize(
    "command", [["status"], *(["journal", *name] for name in (["tail"], ["info"], ["backup", "x"], ["verify"]))]
)
def test_a_mode_that_is_refused_has_a_code_that_the_help_tells(
    home: "Home", capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """LIVE is understood and not allowed, wherever it is asked for."""
    home.loaded()
    assert run([*command, "--mode", "LIVE"]) == ExitCode.REFUSED
    capsys.readouterr()
    run([*command, "--help"])
    assert "refused (LIVE, or a mode above the file's)" in " ".join(capsys.readouterr().out.split())
