"""``interlock journal archive``: a chapter is closed and the next goes on from it; never from under a writer."""

import csv
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.faults import InterlockError
from interlock.runner import resume
from interlock.runner.commands import journal_before, journal_chapter
from interlock.runner.commands.journal_recorded import NotHere
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

FIRST = Path("state/sim/journal-1.sqlite3")


def said(capsys: pytest.CaptureFixture[str], *args: str, code: ExitCode = ExitCode.DONE) -> str:
    """What the command says on stdout."""
    capsys.readouterr()
    assert run(list(args)) == code
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *args: str, code: ExitCode = ExitCode.DONE) -> dict[str, Any]:
    """The same for scripts."""
    found: dict[str, Any] = json.loads(said(capsys, *args, "--json", code=code))
    return found


def test_a_chapter_is_closed_and_the_next_one_goes_on(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Where it went is said, and what goes over; whatever reads a journal reads both."""
    home.run(cycles=9)
    head = told(capsys, "journal", "info")["head"]
    out = said(capsys, "journal", "archive")
    assert out.startswith(
        "state/sim/journal.sqlite3 is kept as state/sim/journal-1.sqlite3: chapter 2 of the journal of TEST in SIM for "
        f"account demo goes on from record {head['seq']} of journal-1.sqlite3, with position "
    )
    assert len(out) < 500
    home.run(cycles=9)
    before = told(capsys, "journal", "info")
    kept = told(capsys, "journal", "archive")
    assert kept == {
        "journal": "state/sim/journal.sqlite3",
        "archive": "state/sim/journal-2.sqlite3",
        "chapter": 3,
        "follows": before["head"],
        "position": "0",
        "open_orders": [],
        "trading_state": "ACTIVE",
    }
    for name in ("journal-1.sqlite3", "journal-2.sqlite3", "journal.sqlite3"):
        assert told(capsys, "journal", "verify", f"state/sim/{name}")["ok"]


def test_anew_forgets(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """As it says; the next run begins at the data's beginning."""
    home.run(cycles=9)
    assert "the next run begins anew, without a position" in said(capsys, "journal", "archive", "--anew")
    assert not home.journal.exists()
    home.run(cycles=9)
    assert told(capsys, "journal", "info")["chapter"] == 1
    kept = told(capsys, "journal", "archive", "--anew")
    assert kept == {"journal": "state/sim/journal.sqlite3", "archive": "state/sim/journal-2.sqlite3"} | dict.fromkeys(
        ("chapter", "follows", "position", "open_orders", "trading_state")
    )
    assert run(["journal", "archive"]) == ExitCode.USAGE


def test_where_there_is_nothing_to_go_on_with_the_next_run_begins_anew(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """No run ever began, or not even a record; and a rehearsal that came to its end."""
    home.run()
    assert "begins anew" in said(capsys, "journal", "archive")
    home.run(cycles=3)
    with sqlite3.connect(home.journal) as connection:
        connection.execute("DELETE FROM records WHERE seq > 0")
    connection.close()
    assert "begins anew" in said(capsys, "journal", "archive")
    SqliteJournal(home.journal).close()
    assert "begins anew" in said(capsys, "journal", "archive")
    assert not home.journal.exists()


def test_a_journal_that_is_being_written_stays(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Its writer is named."""
    writer = SqliteJournal(home.run(cycles=9))
    before = set(Path("state/sim").iterdir())
    for more in ([], ["--anew"]):
        assert run(["journal", "archive", *more]) == ExitCode.REFUSED
        assert f"is being written by process {os.getpid()} on " in capsys.readouterr().err
        assert set(Path("state/sim").iterdir()) == before
    writer.close()


def test_a_journal_that_was_changed_is_no_ground_to_go_on_from(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """Also far before the newest snapshot; it stays where it is, for somebody to look at. Anew it is put aside."""
    home.run(cycles=40)
    home.change(5, '"', "'", chained=False)
    before = home.journal.read_bytes()
    assert run(["journal", "archive"]) == ExitCode.JOURNAL
    err = capsys.readouterr().err
    assert "record 5 does not match its hash" in err
    assert home.journal.read_bytes() == before
    assert run(["journal", "archive", "--anew"]) == ExitCode.DONE


def test_a_journal_that_was_cut_is_no_ground_to_go_on_from(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Its head file says that there was more."""
    home.run(cycles=20)
    with sqlite3.connect(home.journal) as connection:
        connection.execute("DELETE FROM records WHERE seq > 9")
    connection.close()
    assert run(["journal", "archive"]) == ExitCode.JOURNAL
    assert "ends at record 9" in capsys.readouterr().err
    assert not FIRST.exists()


def test_what_is_not_installed_here_is_asked_for(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can say how much of the past a strategy needs that is not there."""
    home.run(cycles=9)

    def not_here(_: object) -> object:
        raise NotHere("there is no strategy theirs")

    monkeypatch.setattr(journal_chapter, "recorded", not_here)
    assert run(["journal", "archive"]) == ExitCode.REFUSED
    err = capsys.readouterr().err
    assert "there is no strategy theirs" in err
    assert "--anew" in err
    assert home.journal.exists()


def test_info_tells_the_chapter(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Which it is and what it follows, also before a run began in it."""
    home.run(cycles=9)
    first = told(capsys, "journal", "info")
    assert (first["chapter"], first["follows"]) == (1, None)
    assert "chapter:       1\n" in said(capsys, "journal", "info")
    run(["journal", "archive"])
    second = told(capsys, "journal", "info")
    assert (second["chapter"], second["runs"]) == (2, [])
    assert second["follows"] == {"archive": "journal-1.sqlite3"} | first["head"]
    assert second["journal_id"] == first["journal_id"]
    assert f"chapter:       2, after record {first['head']['seq']} of journal-1" in said(capsys, "journal", "info")


def test_status_tells_the_last_run_and_what_is_held(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Before a run began in the chapter it is the run before; later its own."""
    home.run(cycles=18)
    first = told(capsys, "status")
    run(["journal", "archive"])
    second = told(capsys, "status")
    aside = ("head", "written_at")
    assert {name: value for name, value in second.items() if name not in aside} == {
        name: value for name, value in first.items() if name not in aside
    }
    home.run(cycles=1)
    assert told(capsys, "status")["run_id"] != first["run_id"]


def test_a_carried_state_is_told_in_one_line(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """By tail and in a table; for programs the body is whole, for the hash is over it."""
    home.run(cycles=40)
    run(["journal", "archive"])
    home.run(cycles=3)
    line = said(capsys, "journal", "tail", "-n", "99").splitlines()[0]
    assert "chapter 2 of the journal of TEST" in line
    assert len(line) < 300
    exported = said(capsys, "journal", "export", "--format", "jsonl").splitlines()
    (body,) = [json.loads(one)["body"] for one in exported if '"kind":"JournalOpened"' in one]
    assert body["observation"]["chapter"]["state"]["bars_seen"] == 40
    table = list(csv.DictReader(said(capsys, "journal", "export", "--format", "csv").splitlines()))
    assert len(table[0]["body"]) < 5_000
    assert json.loads(table[0]["body"])["observation"]["chapter"]["state"].startswith("sha256:")
    assert table[0]["body"].count("sha256:") >= 1


def test_snapshot_backup_and_verify_work_on_a_chapter(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """A stop keeps a snapshot behind the carried state, and verify holds it against that."""
    home.run(cycles=9)
    run(["journal", "archive"])
    home.run(cycles=30)
    assert "everything holds" in said(capsys, "journal", "verify")
    assert run(["journal", "backup", "copy.sqlite3"]) == ExitCode.DONE
    checked = told(capsys, "journal", "verify", "copy.sqlite3")
    assert checked["ok"]
    assert checked["notes"] == [
        "the chapter before, journal-1.sqlite3, was not found beside: not checked",
        "copy.sqlite3 had no head file beside it (a copy has none): whether it once held more cannot be told",
    ]
    with sqlite3.connect(home.journal) as connection:
        assert connection.execute("SELECT count(*) FROM snapshots").fetchone()[0]
    connection.close()


def test_verify_looks_at_the_chapter_before(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Where it lies beside it has to end as this one says; where it does not, that is said."""
    home.run(cycles=9)
    run(["journal", "archive"])
    home.run(cycles=9)
    assert "the chapter before, journal-1.sqlite3, ends at record" in said(capsys, "journal", "verify")
    whole = FIRST.read_bytes()
    with sqlite3.connect(FIRST) as connection:
        connection.execute("DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)")
    connection.close()
    finding = told(capsys, "journal", "verify", code=ExitCode.FINDING)["finding"]
    assert (finding["seq"], "does not end where this one says" in finding["what"]) == (0, True)
    with sqlite3.connect(FIRST) as connection:
        connection.execute("DELETE FROM records")
    connection.close()
    assert told(capsys, "journal", "verify", code=ExitCode.FINDING)["finding"]["derived"] == "no record"
    FIRST.write_bytes(b"no journal at all, and longer than a header" * 9)
    finding = told(capsys, "journal", "verify", code=ExitCode.FINDING)["finding"]
    assert "the chapter before, journal-1.sqlite3, cannot be read" in finding["what"]
    FIRST.unlink()
    assert "not found beside: not checked\n" in said(capsys, "journal", "verify")
    FIRST.write_bytes(whole)
    FIRST.chmod(0o600)
    assert "everything holds" in said(capsys, "journal", "verify")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"cash":"', '"cash":"1', "adds up to: state.portfolio.cash"),
        ('"archive":"', '"archive":"../', "named by a path"),
        ('"opening_cash":"1000"', '"opening_cash":"2000"', "adds up to: state.portfolio.opening_cash"),
        ('"account":"demo"', '"account":"else"', "account is not what the configuration says"),
        ('"config_digest":"sha256:', '"config_digest":"sha256:00', "config_digest does not name the configuration"),
        ('"bars_seen":', '"bars_seen":1', "adds up to: state.bars_seen"),
        ('"window":{"items":[', '"window":{"items":[],"was":[', "cannot be read"),
        ('"orders_submitted":', '"orders_submitted":1', "adds up to: state.orders_submitted"),
    ],
)
def test_verify_finds_what_was_changed_in_a_first_record(
    home: "Home", capsys: pytest.CaptureFixture[str], old: str, new: str, what: str
) -> None:
    """Also where all hashes fit."""
    home.run(cycles=20)
    run(["journal", "archive"])
    checked = told(capsys, "journal", "verify")
    assert checked["rederived"] == 1
    assert "and adds up to what this one carries: verify it by its name" in checked["notes"][0]
    home.run(cycles=9)
    home.change(0, old, new)
    finding = told(capsys, "journal", "verify", code=ExitCode.FINDING)["finding"]
    assert what in finding["what"], finding


def test_verify_finds_what_cannot_go_on_where_the_chapter_before_is_gone(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """Books that do not add up, and numbers that later records do not follow from."""
    home.run(cycles=20)
    run(["journal", "archive"])
    home.run(cycles=30)
    FIRST.unlink()
    rows = home.rows()
    for old, new, what in (
        ('"cash":"', '"cash":"1', "cannot be folded: InvariantViolated"),
        ('"bars_seen":', '"bars_seen":1', "is not what follows"),
    ):
        home.change(0, old, new)
        finding = told(capsys, "journal", "verify", code=ExitCode.FINDING)["finding"]
        assert what in finding["what"], finding
        home.rewrite(rows)
    assert told(capsys, "journal", "verify")["ok"]


def test_verify_says_where_the_state_could_not_be_compared(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the run before was made with is not here: its end is held against all the same."""

    def not_here(_: object) -> object:
        raise NotHere("there is no strategy theirs")

    home.run(cycles=9)
    run(["journal", "archive"])
    monkeypatch.setattr(journal_before, "recorded", not_here)
    (note,) = told(capsys, "journal", "verify")["notes"]
    assert "as this one says (what it adds up to was not compared: there is no strategy theirs)" in note


def folded_by_another_version(*_: object) -> None:
    """A fold that knows another set of records."""
    raise KeyError("kind")


@pytest.mark.parametrize("why", ["account", "configuration", "data", "fold"])
def test_what_a_refused_start_says_begins_anew(
    home: "Home",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    forget_snapshots: Callable[[Path], None],
    why: str,
) -> None:
    """The very command that it names: it leaves nothing of the old journal where the next one is begun."""
    home.run(cycles=9, mode="PAPER")
    changes = {"mode": "PAPER", "account": "other" if why == "account" else "demo"}
    if why == "configuration":
        changes["cash"] = "4321"
    if why == "data":
        home.feed = home.feed[:30]
    with monkeypatch.context() as patched:
        if why == "fold":
            forget_snapshots(Path("state/paper/journal.sqlite3"))
            patched.setattr(resume, "evolve", folded_by_another_version)
        with pytest.raises(InterlockError) as refused:
            home.run(cycles=3, **changes)
    command = str(refused.value).partition("begin anew: interlock ")[2].partition(",")[0]
    assert command == f"journal archive --anew {Path('state/paper/journal.sqlite3').absolute()}"
    said(capsys, *command.split())
    assert sorted(one.name for one in Path("state/paper").glob("journal*")) == [
        "journal-1.sqlite3",
        "journal-1.sqlite3.head",
        "journal.sqlite3.lock",
    ]
    home.run(cycles=3, **changes)
