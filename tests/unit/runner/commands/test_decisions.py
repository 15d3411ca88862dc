"""``interlock decisions``: chosen, counted, a page at a time, and the same whether it was counted before or not."""

import json
import os
import re
import shlex
import sqlite3
from collections import Counter
from contextlib import closing
from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.head_file import head_path
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.searched import SearchedJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.decision import Outcome
from interlock.core.records import OrderSubmitted, Record
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

EVERY = 7
BARS = 80
CLOSES = (100, 101, 102, 101, 99, 98, 99, 102, 103, 101, 98, 97, 99, 101, 104, 103, 100, 98)


# Made once: a run takes longer than all questions that are asked of its journal.
_MADE: list[bytes] = []


@pytest.fixture
def journal(home: "Home", monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a run with orders and denials, in short stretches that were counted."""
    if not _MADE:
        monkeypatch.setattr(SqliteJournal, "__init__", partialmethod(SqliteJournal.__init__, tally_every=EVERY))
        # Dearer in the end, so that an entry is worth more than is allowed.
        closes = (CLOSES[place % len(CLOSES)] + (90 if place > BARS // 2 else 0) for place in range(BARS))
        home.feed = [a_bar(str(close), at=A_TIME + place * A_MINUTE) for place, close in enumerate(closes)]
        _MADE.append(home.run().read_bytes())
        return home.journal
    home.loaded()
    home.journal.parent.mkdir(parents=True, mode=0o700)
    home.journal.touch(0o600)
    home.journal.write_bytes(_MADE[0])
    return home.journal


def ask(capsys: pytest.CaptureFixture[str], *words: str, code: ExitCode = ExitCode.DONE) -> dict[str, Any]:
    """The answer for scripts."""
    capsys.readouterr()
    assert run(["decisions", *words, "--json"]) == code
    data = json.loads(capsys.readouterr().out)
    assert isinstance(data, dict)
    return data


def words(capsys: pytest.CaptureFixture[str], *asked: str) -> str:
    """The answer for people."""
    capsys.readouterr()
    assert run(["decisions", *asked]) == ExitCode.DONE
    return capsys.readouterr().out


def forget(path: Path) -> None:
    """As if nobody had counted: a journal of an earlier schema."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM tallies")
        connection.commit()


def recorded(path: Path) -> list[tuple[int, Record]]:
    """Every record with a decision."""
    with JournalReader(path) as reader:
        return [(seq, record) for seq, record in enumerate(reader.read()) if record.decision is not None]


def chosen(path: Path, **wanted: str) -> list[int]:
    """What a plain scan finds."""
    found = []
    for seq, record in recorded(path):
        decision = record.decision
        assert decision is not None
        seen = {
            "outcome": {str(decision.outcome)},
            "code": {str(decision.code)},
            "rule": {finding.rule for finding in decision.findings if finding.denies},
        }
        if all(value in seen[name] for name, value in wanted.items()):
            found.append(seq)
    return found


def test_every_decision_is_listed_and_counted(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """NO_ACTION too; with its time, its reason in a sentence and the order that came of it."""
    data = ask(capsys, "--limit", "1000")
    assert tuple(data) == ("journal", "counts", "before", "decisions", "next")
    every = recorded(journal)
    assert [each["seq"] for each in data["decisions"]] == [seq for seq, _ in every]
    counts = Counter((str(r.decision.outcome), str(r.decision.code)) for _, r in every if r.decision is not None)
    assert {(each["outcome"], each["code"]): each["count"] for each in data["counts"]["by_reason"]} == counts
    assert data["counts"]["decisions"] == len(every)
    assert data["counts"]["by_outcome"].keys() == {outcome.value for outcome in Outcome}
    assert sum(data["counts"]["by_outcome"].values()) == len(every)
    assert (data["before"], data["next"]) == (0, None)
    orders = [event.terms.client_order_id for _, r in every for event in r.events if isinstance(event, OrderSubmitted)]
    assert [each["client_order_id"] for each in data["decisions"] if each["client_order_id"]] == orders
    assert orders
    for each in data["decisions"]:
        assert tuple(each) == ("seq", "ts_init", "outcome", "code", "why", "rules", "client_order_id")
        assert each["ts_init"].endswith("Z")
        assert each["why"]
        assert bool(each["rules"]) == (each["outcome"] == "DENIED")


CHOSEN: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("--outcome", "denied"), {"outcome": "DENIED"}),
    (("--outcome", "Approved"), {"outcome": "APPROVED"}),
    (("--outcome", "ERROR"), {"outcome": "ERROR"}),
    (("--reason", "window_not_full"), {"code": "WINDOW_NOT_FULL"}),
    (("--reason", "NOTIONAL_EXCEEDS_MAX_PER_ORDER"), {"code": "NOTIONAL_EXCEEDS_MAX_PER_ORDER"}),
    (("--rule", "MAX_ORDER_NOTIONAL"), {"rule": "max_order_notional"}),
    (("--rule", "price_collar", "--outcome", "denied"), {"rule": "price_collar"}),
    (("--outcome", "approved", "--reason", "OBSERVING"), {"outcome": "APPROVED", "code": "OBSERVING"}),
)


@pytest.mark.parametrize("tallied", [True, False])
def test_what_is_chosen_is_what_a_scan_finds(journal: Path, capsys: pytest.CaptureFixture[str], tallied: bool) -> None:
    """By outcome, reason and rule in any letter case, with tallies and without."""
    if not tallied:
        forget(journal)
    found = 0
    for asked, wanted in CHOSEN:
        seqs = chosen(journal, **wanted)
        data = ask(capsys, *asked, "--limit", "1000")
        assert [each["seq"] for each in data["decisions"]] == seqs
        assert data["counts"]["decisions"] == len(seqs)
        newest = ask(capsys, *asked, "--limit", "1000", "--newest")
        assert [each["seq"] for each in newest["decisions"]] == seqs[::-1]
        assert newest["counts"] == data["counts"]
        found += bool(seqs)
    assert found >= 5, json.dumps(ask(capsys, "--outcome", "denied")["decisions"][:3])


def test_the_command_that_is_printed_asks_for_the_next_page(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Page after page each is there once, in order; what comes before and after is counted, and the counts stay."""
    for asked in ((), ("--outcome", "denied"), ("--newest",), ("--newest", "--outcome", "no_action")):
        whole = ask(capsys, *asked, "--limit", "1000")
        seqs = [each["seq"] for each in whole["decisions"]]
        for limit in (9, 30):
            found: list[int] = []
            data = ask(capsys, *asked, "--limit", str(limit))
            while True:  # ends: each page begins behind the one before
                assert data["counts"] == whole["counts"]
                assert data["before"] == len(found)
                assert len(data["decisions"]) <= limit
                found += [each["seq"] for each in data["decisions"]]
                if data["next"] is None:
                    break
                assert data["next"]["more"] == len(seqs) - len(found)
                assert data["next"]["after"] == found[-1]
                command = shlex.split(data["next"]["command"])
                assert command[:2] == ["interlock", "decisions"]
                data = ask(capsys, *(word for word in command[2:] if word != "--json"))
            assert found == seqs


@pytest.mark.parametrize("newest", [(), ("--newest",)])
def test_what_repeats_itself_is_told_once(
    journal: Path, capsys: pytest.CaptureFixture[str], newest: tuple[str, ...]
) -> None:
    """And how often, and until when, whether it was counted or read; each line is another reason, or an order."""
    pages = [words(capsys, "--limit", "1000", *newest)]
    forget(journal)
    pages.append(words(capsys, "--limit", "1000", *newest))
    assert pages[0] == pages[1]
    lines = pages[0].split("\n\n")[1].splitlines()
    every = recorded(journal)[:: -1 if newest else 1]
    at = 0
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("    the same"):
            continue
        count = int(below.split()[3]) if below.startswith("    the same for") else 1
        decisions = [record.decision for _, record in every[at : at + count]]
        assert len({(each.outcome, each.code) for each in decisions if each is not None}) == 1
        assert line.startswith(f"{every[at][0]}  ")
        if count > 1:
            assert f"record {every[at + count - 1][0]} at " in below
            assert "APPROVED" not in line
        at += count
    assert at == len(every)
    assert any("the same for" in line for line in lines)
    assert ("back to record" if newest else "until record") in pages[0]


def test_pages_for_people_follow_one_another(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last line is the command for the next; no decision is told twice or left out."""
    told = 0
    asked: list[str] = ["--limit", "8"]
    while asked:
        text = words(capsys, *asked)
        for line in text.split("\n\n")[1].splitlines():
            told += int(line.split()[3].replace(",", "")) - 1 if line.startswith("    the same for") else 1
        last = text.splitlines()[-1]
        asked = shlex.split(last.partition(" more: ")[2])[2:]
    assert told == len(recorded(journal))


def test_columns_stand_below_one_another(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers of two and three digits, outcomes of different lengths: what follows begins at one place."""
    counts, listed, *_ = words(capsys, "--limit", "1000").split("\n\n")
    heads = [line for line in listed.splitlines() if not line.startswith("    the same")]
    assert len({len(line.split()[0]) for line in heads}) > 1
    assert len({line.split()[2] for line in heads}) > 1
    for lines, columns in ((counts.splitlines()[1:], (1, 2)), (heads, (1, 2, 3))):
        places = [[found.start() for found in re.finditer(r"\S+", line)] for line in lines]
        assert all(len({each[column] for each in places}) == 1 for column in columns)


def test_how_one_is_asked_about_is_told(
    journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that can be pasted, of the same journal, but for the number."""
    said = words(capsys, str(journal), "--limit", "1")
    (line,) = [line for line in said.splitlines() if line.startswith("the whole story of one: ")]
    asked = shlex.split(line.partition(": ")[2])
    assert asked == ["interlock", "explain", "SEQ", "--journal", str(journal)]
    capsys.readouterr()
    assert run([said.split("\n\n")[1].split()[0] if word == "SEQ" else word for word in asked[1:]]) == ExitCode.DONE
    assert "Made once more" in capsys.readouterr().out


def test_behind_the_end_of_the_list_that_is_said(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And not nothing, which looks like a list of nothing."""
    ended = "\n\nnothing comes after that: the list has ended, and without --after it begins anew\n"
    for asked in (("--after", "9999999"), ("--after", "0", "--newest")):
        assert words(capsys, *asked).endswith(ended)


def test_a_span_of_time_has_its_bounds_in_it(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From and to, each alone and together, whatever offset they are written in."""
    every = recorded(journal)
    first, last = every[20][1].ts_init, every[47][1].ts_init
    inside = [seq for seq, record in every if first <= record.ts_init <= last]
    data = ask(capsys, "--from", first.isoformat(), "--to", last.isoformat().replace("+00:00", "Z"), "--limit", "999")
    assert [each["seq"] for each in data["decisions"]] == inside
    assert data["counts"]["decisions"] == len(inside)
    since = ask(capsys, "--from", first.isoformat())["counts"]["decisions"]
    until = ask(capsys, "--to", last.isoformat())["counts"]["decisions"]
    assert since + until == len(every) + len(inside)
    assert "no such decision" in words(capsys, "--from", "2999-01-01T00:00:00Z")


def test_what_cannot_be_meant_is_refused(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was probably meant."""
    for asked, message in (
        (("--outcome", "deny"), "did you mean DENIED?"),
        (("--outcome", "x"), "expected one of NO_ACTION, APPROVED, DENIED, ERROR"),
        (("--reason", "PRICE_JUMPS"), "did you mean PRICE_JUMP?"),
        (("--rule", "max_positions"), "did you mean max_position?"),
        (("--from", "2020-01-03T00:00:00Z", "--to", "2020-01-02T00:00:00Z"), "no time lies between them"),
        (("--limit", "0"), "--limit"),
        (("--after", "-1"), "--after"),
    ):
        capsys.readouterr()
        assert run(["decisions", *asked]) == ExitCode.USAGE
        assert message in capsys.readouterr().err


def test_a_plugins_reason_is_known_by_the_journal(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody else knows it."""
    home.run(cycles=20)
    rows = [(seq, kind, body.replace('"WINDOW_NOT_FULL"', '"ACME.TOO_WARM"')) for seq, kind, body in home.rows()]
    home.rewrite(rows)
    count = sum("ACME.TOO_WARM" in body for _, _, body in rows)
    assert count
    assert ask(capsys, "--reason", "acme.too_warm")["counts"]["decisions"] == count
    assert run(["decisions", "--reason", "ACME.TOO_COLD"]) == ExitCode.USAGE
    assert "did you mean ACME.TOO_WARM?" in capsys.readouterr().err


def test_a_page_reads_only_the_stretches_that_it_needs(
    journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in which something of it is; the others are known by their tallies."""
    read: list[tuple[int, int]] = []
    checked = RawJournal.checked

    def watched(self: RawJournal, until: int | None = None, first: int = 0) -> Any:
        read.append((first, until if until is not None else -1))
        return checked(self, until, first)

    monkeypatch.setattr(RawJournal, "checked", watched)
    denied = set(chosen(journal, outcome="DENIED"))
    read.clear()
    ask(capsys, "--outcome", "denied", "--limit", "1000")
    last = len(recorded(journal))
    for first, until in read:
        assert until - first < EVERY
        assert denied & set(range(first, until + 1)) or until > last - EVERY
    read.clear()
    ask(capsys, "--outcome", "denied", "--limit", "1")
    assert len(read) <= 3  # where it begins, where it would go on, and what nobody has counted yet


def test_the_last_of_its_kind_is_found_where_the_tallies_say(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`interlock explain --last-denied` looks through a few stretches, and finds what a scan of all finds."""
    looked: list[tuple[int, int]] = []
    holding = SearchedJournal.last_holding

    def watched(self: SearchedJournal, texts: tuple[bytes, ...], first: int, until: int) -> int | None:
        looked.append((first, until))
        return holding(self, texts, first, until)

    monkeypatch.setattr(SearchedJournal, "last_holding", watched)
    with AskedJournal(journal) as asked:
        for name, outcome in (("denied", "DENIED"), ("order", "APPROVED")):
            looked.clear()
            assert asked.last(name) == chosen(journal, outcome=outcome)[-1]
            # What nobody has counted yet, and where it is.
            assert len(looked) <= 2
            assert all(until - first < EVERY for first, until in looked)
    forget(journal)
    with AskedJournal(journal) as asked:
        assert asked.last("denied") == chosen(journal, outcome="DENIED")[-1]


def test_a_damaged_record_is_not_told(journal: Path, home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Where it has to be read; and a damaged tally only costs time, and is told of."""
    whole = ask(capsys, "--outcome", "denied")
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("UPDATE tallies SET body = 'x'")
        connection.commit()
    capsys.readouterr()
    assert run(["decisions", "--outcome", "denied", "--json"]) == ExitCode.DONE
    captured = capsys.readouterr()
    assert json.loads(captured.out) == whole
    assert "tallies were passed over, and the records read instead: it does not match its digest" in captured.err
    seq = chosen(journal, outcome="DENIED")[0]
    home.change(seq, "DENIED", "DENIEDX", chained=False)
    assert run(["decisions"]) == ExitCode.JOURNAL
    assert f"record {seq} does not match its hash" in capsys.readouterr().err


def test_where_no_journal_is_there_is_no_decision(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And it is said where one would be."""
    home.loaded()
    assert run(["decisions"]) == ExitCode.USAGE
    assert "there is no journal" in capsys.readouterr().err


def test_an_empty_journal_has_none(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Nor does one that is merely begun."""
    home.loaded()
    SqliteJournal(home.journal).close()
    assert ask(capsys)["decisions"] == []
    assert words(capsys).startswith("no such decision in ")


def test_the_help_says_what_the_limit_counts(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What repeats itself is one for people, and each decision is one for scripts."""
    assert run(["decisions", "--help"]) == ExitCode.DONE
    help_words = " ".join(capsys.readouterr().out.split())
    assert "How many are listed: what repeats itself is one; with --json each decision is." in help_words
    assert "Those that come after record SEQ in the list." in help_words
    assert len(ask(capsys, "--limit", "1")["decisions"]) == 1
    assert " decisions, until record " in words(capsys, "--limit", "1")


@pytest.mark.parametrize(
    "asking", [["decisions"], ["journal", "tail"], ["journal", "verify"], ["status"], ["explain", "--journal"]]
)
def test_what_a_person_names_and_is_no_journal_is_not_theirs_to_change(
    home: "Home", capsys: pytest.CaptureFixture[str], asking: list[str]
) -> None:
    """Whatever its mode and whoever's it is, nobody is told to make it private or to move it away."""
    letter, link, pipe = (home.folder / name for name in ("letter", "link", "pipe"))
    letter.write_text("Dear journal,\n")
    letter.chmod(0o644)
    link.symlink_to(letter)
    os.mkfifo(pipe)
    for named in (letter, link, pipe, Path(os.devnull)):
        assert run([*asking, str(named)]) == ExitCode.USAGE
        err = capsys.readouterr().err
        assert f"{named} is not a journal: name another file" in err
        assert "chmod" not in err
        assert "move it away" not in err


def test_what_may_be_a_journal_is_still_held_to_its_rules(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """One that others can read, one of which a head file tells, and one that was never written whole."""
    home.run(cycles=3)
    home.journal.chmod(0o644)
    assert run(["decisions", str(home.journal)]) == ExitCode.USAGE
    assert "is open to other users: chmod 600" in capsys.readouterr().err
    home.journal.write_text("Dear journal,\n")
    assert run(["decisions", str(home.journal)]) == ExitCode.USAGE
    assert "is open to other users: chmod 600" in capsys.readouterr().err
    for begun in (b"", b"SQLite"):
        torn = home.folder / "torn.sqlite3"
        torn.write_bytes(begun)
        assert run(["decisions", str(torn)]) == ExitCode.USAGE
        assert "is open to other users: chmod 600" in capsys.readouterr().err


@pytest.mark.parametrize("at", [0, 3, 15])
def test_a_journal_whose_beginning_is_damaged_is_no_other_file(
    home: "Home", capsys: pytest.CaptureFixture[str], at: int
) -> None:
    """Its head file says that it was one: nobody is told to name another, or to move it away. Without a head file
    nothing says so."""
    home.run(cycles=3)
    whole = home.journal.read_bytes()
    home.journal.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    for asking in (["decisions"], ["decisions", str(home.journal)], ["journal", "tail"], ["explain"], ["run"]):
        assert run(asking) == ExitCode.JOURNAL
        err = capsys.readouterr().err
        assert err.endswith("file is not a database: keep a copy of the file as it is, and put a backup back\n")
    head_path(home.journal).unlink()
    for asking, code in (
        (["decisions"], "is not a journal ("),
        (["decisions", str(home.journal)], "name another file"),
    ):
        assert run(asking) == ExitCode.USAGE
        assert code in capsys.readouterr().err


def test_a_file_that_may_not_be_read_is_told_as_that(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can say whether it is a journal."""
    closed = home.folder / "closed"
    closed.write_text("Dear journal,\n")
    closed.chmod(0)
    home.folder.chmod(0o755)
    me = os.geteuid()
    if me == 0:  # to whom nothing is closed
        os.seteuid(65534)
    try:
        assert run(["decisions", "closed"]) == ExitCode.USAGE
    finally:
        os.seteuid(me)
    assert "closed cannot be looked at: permission denied; run as the user of the run" in capsys.readouterr().err
