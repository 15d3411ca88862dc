"""``interlock explain``: any record of a journal, told whole, and made once more."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.snapshot_table import keep
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.commands import OperatorCommand
from interlock.core.decision import Outcome
from interlock.core.explain import story
from interlock.core.explain_story import SECTIONS
from interlock.core.faults import JournalUnavailable
from interlock.core.market import Bar
from interlock.core.moment import Moment, makes_an_order, standing
from interlock.core.orders import decision_id
from interlock.core.records import Record
from interlock.core.reports import OrderFilled
from interlock.runner.asking.errors import NothingThere
from interlock.runner.asking.journal import AskedJournal
from interlock.runner.asking.telling import COLUMNS, as_text
from interlock.runner.commands.journal_recorded import NotHere
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Bounds
from interlock.runner.main import run
from interlock.runner.narrator import Narrator, PeopleConsole
from interlock.runner.session import RunSession

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

Say = pytest.CaptureFixture[str]


def _records(home: "Home") -> list[Record]:
    return [decode(kind, body.encode()) for _, kind, body in home.rows()]


def _first(home: "Home", is_so: Callable[[Record], bool]) -> int:
    return next(seq for seq, record in enumerate(_records(home)) if is_so(record))


def _denied(record: Record) -> bool:
    return record.decision is not None and record.decision.outcome is Outcome.DENIED


def _is_fill(record: Record) -> bool:
    return isinstance(record.observation, OrderFilled)


def _told(capsys: Say, *words: str, code: int = ExitCode.DONE) -> str:
    capsys.readouterr()
    assert run(["explain", *words]) == code
    return capsys.readouterr().out


def _refused(capsys: Say, *words: str, code: int = ExitCode.USAGE) -> str:
    capsys.readouterr()
    assert run(["explain", *words]) == code
    return capsys.readouterr().err


def keep_snapshots(path: Path, every: int) -> None:
    """Put a snapshot behind every so many records, as a writer would have."""
    with AskedJournal(path) as journal:
        kept = [(seq, journal.before(seq + 1).state) for seq in range(every, journal.last_seq, every)]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM snapshots")
        for seq, state in kept:
            (digest,) = connection.execute("SELECT hash FROM records WHERE seq = ?", (seq,)).fetchone()
            keep(connection, seq, digest, state)


def _under_changing_configurations(home: "Home") -> Path:
    """A journal of PAPER: what it goes on under looks back over more, then over less."""
    for slow in ("3", "5", "3", "4"):
        loaded = home.loaded(mode="PAPER", slow=slow)
        with (home.folder / "told").open("w") as told:
            narrator = Narrator(PeopleConsole(file=told), verbose=False)
            bounds = Bounds(cycles=15, interval_seconds=0.001)
            RunSession(loaded, bounds, narrator, verbose=False, feed=MemoryFeed(home.feed)).run()
    return home.loaded(mode="PAPER").state_folder / "journal.sqlite3"


def _in_chapters(home: "Home") -> Path:
    """A journal that goes on where another was put aside, in the middle of things."""
    home.run(cycles=35)
    assert run(["journal", "archive", str(home.journal)]) == ExitCode.DONE
    home.run(cycles=20)
    home.run(cycles=20)
    return home.journal


# -------------------------------------------------------------------------------------------- stories


@pytest.mark.parametrize("made", [_under_changing_configurations, _in_chapters])
def test_every_record_of_a_run_has_a_story_and_is_made_once_more(home: "Home", made: Callable[["Home"], Path]) -> None:
    """Whatever changed on the way, and wherever it was cut: each record is what follows, and each can be told."""
    with AskedJournal(made(home)) as journal:
        for seq in range(journal.last_seq + 1):
            moment = journal.moment(seq)
            assert (moment.rederived.matches, moment.rederived.what) == (True, "")
            told = story(moment)
            assert {"seen", "followed", "chain", "books", "checked"} <= {section.key for section in told.sections}
            assert all(section.sentences for section in told.sections)
            lines = as_text(told).split("\n")
            assert max(map(len, lines)) <= COLUMNS
            assert lines[0].startswith(f"Record {seq} of {journal.last_seq}, ")


def test_a_decision_that_made_an_order_is_told_to_the_end_of_the_order(home: "Home", capsys: Say) -> None:
    """What was seen, wished and found, what the venue answered, what the fill assumed, and the books around it all."""
    home.run()
    made = _first(home, makes_an_order)
    told = _told(capsys, str(made))
    (filled,) = [seq for seq, record in enumerate(_records(home)) if _is_fill(record)][:1]
    for words in (
        "and it was approved.",
        "What was seen\n  TEST closed at ",
        "What the strategy wished\n  To buy 5 TEST at the market, good for one session: the 2-bar average ",
        "The numbers behind that: fast 2, fast_sum ",
        "What the rules found\n  Approved: no rule denied it (asked: ",
        "  max_order_quantity passed: order quantity 5, and 5 is allowed.",
        "An order was put on record and handed over to be sent: ",
        f"  Record {made + 1}, at the same time: the venue accepted the order, as paper-",
        f"  Record {filled}, 1 min later: bought 5 TEST at ",
        "at the open of the next bar (NEXT_OPEN). The price that it",
        f"In order: record {made} (this one), then {made + 1}, then {filled}.",
        "Before: position 0 TEST, cash 1000 and equity 1000 USD;",
        f"After record {filled}: position 5 TEST, cash ",
        "it is the same, to the last byte.",
    ):
        assert words in " ".join(told.split()) or words in told, words


def test_a_fill_goes_back_to_its_decision(home: "Home", capsys: Say) -> None:
    """And a decision knows nothing of what came before it but what it saw."""
    home.run()
    made, filled = _first(home, makes_an_order), _first(home, _is_fill)
    data = json.loads(_told(capsys, str(filled), "--json"))
    assert data["headline"] == "an order was filled"
    assert [each["seq"] for each in data["sections"]["chain"]["facts"]["causes"]] == [made, made + 1]
    assert data["sections"]["wish"] is None
    assert json.loads(_told(capsys, str(made), "--json"))["sections"]["chain"]["facts"]["causes"] == []


def test_a_denial_tells_observed_against_limit_first(home: "Home", capsys: Say) -> None:
    """Then what passed; and that nothing was sent."""
    home.run(quantity="9")
    told = _told(capsys, "--last-denied")
    rules = told.partition("What the rules found\n")[2].partition("\n\n")[0].split("\n")
    assert rules[0] == "  Denied by 3 rules (asked: 7)."
    assert rules[1].startswith("  max_order_quantity denied it: QUANTITY_EXCEEDS_MAXIMUM: ")
    assert [line.split()[0] for line in rules if " passed: " in line] == [
        *("trading_state", "allowed_instruments", "data_age", "price_collar")
    ]
    assert "Nothing was sent: what is denied is no order." in told


def test_the_same_as_data_has_always_the_same_keys(home: "Home", capsys: Say) -> None:
    """Whatever the record is; amounts are strings."""
    home.run()
    keys = {"seq", "last_seq", "ts_init", "kind", "outcome", "code", "headline", "sections", "asked"}
    shapes: dict[str, set[frozenset[str]]] = {}
    for seq in range(len(home.rows())):
        data = json.loads(_told(capsys, str(seq), "--json"), parse_float=pytest.fail)
        assert data.keys() == keys
        assert list(data["sections"]) == list(SECTIONS)
        for key, section in data["sections"].items():
            if section is not None:
                assert section.keys() == {"title", "sentences", "facts"}
                shapes.setdefault(key, set()).add(frozenset(section["facts"]))
    assert {key: len(found) for key, found in shapes.items()} == dict.fromkeys(shapes, 1)


def test_a_copy_elsewhere_says_the_same_words(
    home: "Home", capsys: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file alone, without configuration or data, in another folder: nothing else is ever read."""
    home.run(cycles=40)
    copy = tmp_path / "elsewhere" / "a copy.sqlite3"
    copy.parent.mkdir(mode=0o700)
    shutil.copy(home.journal, copy)
    here = [_told(capsys, str(seq)) for seq in range(0, len(home.rows()), 3)]
    (home.folder / "interlock.toml").unlink()
    shutil.rmtree(home.folder / "state")
    monkeypatch.chdir(copy.parent)
    assert [_told(capsys, str(seq), "--journal", copy.name) for seq in range(0, 3 * len(here), 3)] == here


def test_reading_changes_nothing(home: "Home", capsys: Say) -> None:
    """No byte of the journal, and no file beside it but those that SQLite's readers share."""
    home.run(cycles=40)
    before = {path.name: path.read_bytes() for path in home.journal.parent.iterdir()}
    for words in (["--last"], ["--last-order"], ["5", "--json"], ["--at", "2000-01-01T00:00Z"]):
        run(["explain", *words])
    after = {path.name: path.read_bytes() for path in home.journal.parent.iterdir()}
    assert {name for name in after if after[name] != before.get(name)} <= {"journal.sqlite3-shm", "journal.sqlite3-wal"}
    assert not after.get("journal.sqlite3-wal")


# ------------------------------------------------------------------------------------------ re-derived


def test_a_record_that_does_not_follow_is_found(home: "Home", capsys: Say) -> None:
    """Somebody who knows how the chain works wrote another limit: it is told as recorded, and that it does not hold."""
    home.run(quantity="9")
    denied = _first(home, _denied)
    home.change(denied, '"limit":"5"', '"limit":"6"')
    told = " ".join(_told(capsys, str(denied), code=ExitCode.FINDING).split())
    assert "it is NOT the same. The first difference is in decision.findings" in told
    assert "recorded is 6, and what follows is 5." in told
    data = json.loads(_told(capsys, str(denied), "--json", code=ExitCode.FINDING))
    assert data["sections"]["checked"]["facts"]["matches"] is False


def test_what_follows_another_state_is_told_of(home: "Home", capsys: Say) -> None:
    """The recorded event is in the books that are told, though it would not have come about."""
    home.run()
    made = _first(home, makes_an_order)
    home.change(made, '"quantity":"5","reserved"', '"quantity":"4","reserved"')
    data = json.loads(_told(capsys, str(made), "--json", code=ExitCode.FINDING))
    assert data["sections"]["followed"]["facts"]["orders"][0]["quantity"] == "4"
    assert data["sections"]["books"]["facts"]["after"]["working"] == 1


def test_without_its_plugin_the_story_is_told_from_the_record(home: "Home", capsys: Say) -> None:
    """In the same words, but for the last ones, which say why it could not be made once more."""
    home.run()
    made = _first(home, makes_an_order)
    here = _told(capsys, str(made))
    home.change(1, r"\"name\":\"moving_average_cross\"", r"\"name\":\"of_somebody_else\"")
    elsewhere = _told(capsys, str(made))
    assert elsewhere.partition("Made once more")[0] == here.partition("Made once more")[0]
    checked = " ".join(elsewhere.partition("Made once more")[2].split())
    assert checked.startswith("It could not be made once more here: ")
    assert "of_somebody_else" in checked
    with AskedJournal(home.journal) as journal, pytest.raises(NotHere):
        journal.before(made)


def test_snapshots_spare_reading_and_change_no_word(home: "Home", forget_snapshots: Callable[[Path], None]) -> None:
    """None, many, and one that is damaged: the same moments."""
    path = _under_changing_configurations(home)

    def asked() -> list[Moment]:
        with AskedJournal(path) as journal:
            return [journal.moment(seq) for seq in range(journal.last_seq + 1)]

    with_few = asked()
    keep_snapshots(path, 7)
    assert asked() == with_few
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE snapshots SET body = replace(body, '1', '2') WHERE seq % 2")
    assert asked() == with_few
    forget_snapshots(path)
    assert asked() == with_few


def test_an_order_of_an_earlier_chapter_is_said_to_be_there(home: "Home", capsys: Say) -> None:
    """With the name under which that was put aside; and orders go on being counted."""
    path = _in_chapters(home)
    with AskedJournal(path) as journal:
        chapter = journal.opened.chapter
        assert chapter is not None
        called, carried = journal.opened.journal_id[:12], chapter.state.orders_submitted
        assert makes_an_order(journal.record(journal.seq_of(f"{called}-{carried + 1}")))
    said = _refused(capsys, f"{called}-{carried}")
    assert f"was made in an earlier chapter: ask that journal, with --journal {chapter.archive}" in said
    aside = path.with_name(chapter.archive)
    assert _told(capsys, f"{called}-{carried}", "--journal", str(aside)).startswith("Record ")
    assert f"there are {called}-{carried + 1} to {called}-" in _refused(capsys, f"{called}-999")


def test_a_journal_of_the_first_schema_is_read(home: "Home", capsys: Say) -> None:
    """It has no table of snapshots."""
    home.run()
    made = _first(home, makes_an_order)
    here = _told(capsys, str(made))
    with closing(sqlite3.connect(home.journal, isolation_level=None)) as connection:
        for name in ("tallies", "snapshots"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.execute("UPDATE meta SET schema_version = 1")
    assert _told(capsys, str(made)) == here
    assert _told(capsys, "--last-order") == _told(capsys, str(_last(home, makes_an_order)))


# --------------------------------------------------------------------------------------------- asking


def _last(home: "Home", is_so: Callable[[Record], bool]) -> int:
    return [seq for seq, record in enumerate(_records(home)) if is_so(record)][-1]


def test_nothing_asked_is_the_last_decision(home: "Home", capsys: Say) -> None:
    """And each of the last ones is what reading the whole journal finds."""
    home.run(quantity="9", cycles=20)
    assert _told(capsys, "--last-denied").startswith(f"Record {_last(home, _denied)} of ")
    home.run()
    for option, is_so in (("--last", lambda record: record.decision is not None), ("--last-order", makes_an_order)):
        assert _told(capsys, option).startswith(f"Record {_last(home, is_so)} of ")
    assert _told(capsys) == _told(capsys, "--last")


def test_an_order_is_found_by_its_id(home: "Home", capsys: Say) -> None:
    """Each of them, however many snapshots there are."""
    home.run()
    orders = {record.correlation_id: seq for seq, record in enumerate(_records(home)) if makes_an_order(record)}
    assert len(orders) > 5
    for every in (1000, 25, 4):
        keep_snapshots(home.journal, every)
        with AskedJournal(home.journal) as journal:
            assert {name: journal.seq_of(str(name)) for name in orders} == orders
    assert _told(capsys, str(next(iter(orders)))).startswith(f"Record {next(iter(orders.values()))} of ")


@pytest.mark.parametrize("every", [1, 7, 1_000])
def test_a_bar_is_found_by_the_id_of_what_was_decided_at_it(
    home: "Home", monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    """Each of them, over chapters, counted ahead or not; a log names it so, and so does what an order was caused by."""
    monkeypatch.setattr(SqliteJournal, "__init__", partialmethod(SqliteJournal.__init__, tally_every=every))
    with AskedJournal(_in_chapters(home)) as journal:
        called, chapter = journal.opened.journal_id, journal.opened.chapter
        assert chapter is not None
        seen = enumerate(
            (seq for seq in range(journal.last_seq + 1) if isinstance(journal.record(seq).observation, Bar)),
            chapter.state.bars_seen + 1,
        )
        bars = {decision_id(called, number): seq for number, seq in seen}
        assert len(bars) > 30
        assert {name: journal.seq_of(name) for name in bars} == bars
        caused = {journal.record(seq).causation_id for seq in range(journal.last_seq + 1)}
        assert len(caused & set(bars)) > 5


def test_a_bar_that_never_was_is_refused_with_those_there_are(home: "Home", capsys: Say) -> None:
    """Beyond the last, of another journal, or of an earlier chapter, which has it."""
    path = _in_chapters(home)
    with AskedJournal(path) as journal:
        chapter = journal.opened.chapter
        assert chapter is not None
        called, carried = journal.opened.journal_id[:12], chapter.state.bars_seen
        count = sum(isinstance(journal.record(seq).observation, Bar) for seq in range(journal.last_seq + 1))
    there = f"was seen in this journal: there are {called}-bar-{carried + 1} to {called}-bar-{carried + count}"
    for wrong in (f"{called}-bar-{carried + count + 1}", f"{called}-bar-{'9' * 18}", "0f3c9d2b71aa-bar-1"):
        assert there in _refused(capsys, wrong)
    said = _refused(capsys, f"{called}-bar-{carried}")
    assert f"was seen in an earlier chapter: ask that journal, with --journal {chapter.archive}" in said
    aside = path.with_name(chapter.archive)
    assert f"{called}-bar-{carried}" in _told(capsys, f"{called}-bar-{carried}", "--journal", str(aside), "--json")
    for no_bar in (f"{called}-bar-0", f"{called}-bar-01", f"{called}-bar-x"):
        assert "no order " in _refused(capsys, no_bar)


def test_where_no_bar_was_seen_that_is_said(home: "Home", capsys: Say) -> None:
    """A journal that only began."""
    home.run(cycles=1)
    with closing(sqlite3.connect(home.journal, isolation_level=None)) as connection:
        connection.execute("UPDATE records SET kind = 'Silence' WHERE kind = 'Bar'")
        connection.execute("DELETE FROM tallies")
    assert "was seen in this journal: none was. A record is" in _refused(capsys, "0f3c9d2b71aa-bar-1")


def test_an_order_that_never_was_is_refused_with_those_there_are(home: "Home", capsys: Say) -> None:
    """Beyond the last, of another journal, or no order's name at all."""
    home.run()
    called = str(_records(home)[_first(home, makes_an_order)].correlation_id).removesuffix("1")
    count = sum(map(makes_an_order, _records(home)))
    beyond = (f"{called}{count + 1}", f"{called}0", f"{called}01", "9" * 40)
    for wrong in (*beyond, f"x{called}1", "nonsense", "-1x", "\x1b"):
        said = _refused(capsys, "--", wrong)
        assert f"was made in this journal: there are {called}1 to {called}{count}" in said
        assert "\x1b" not in said


def test_a_reason_that_was_misspelt_is_named(home: "Home", capsys: Say) -> None:
    """Whoever wrote no order's id and no number may have meant one."""
    home.run(cycles=5)
    assert "Did you mean the reason DATA_STALE?" in _refused(capsys, "data_stal")
    assert "Did you mean" not in _refused(capsys, "nonsense")


def test_what_is_nothing_that_can_be_asked_for_is_said_to_be_nothing(home: "Home", capsys: Say) -> None:
    """No number as we write it, no code; an order's id of another journal is an id all the same."""
    home.run(cycles=5)
    nothing = "It is neither the number of a record nor the code of a reason of Interlock's own"
    for wrong in ("notacode", "6,290", "9" * 23, "data_stal"):
        assert nothing in _refused(capsys, wrong)
    assert nothing not in _refused(capsys, "0f3c9d2b71aa-12")


def test_a_reason_that_was_misspelt_is_named_without_a_journal_too(home: "Home", capsys: Say) -> None:
    """For the code alone would have needed none."""
    home.loaded()
    said = _refused(capsys, "data_stal")
    assert "there is no journal at" in said
    assert said.endswith(". Did you mean the reason DATA_STALE?\n")
    for other in ([], ["nonsense"], ["5"]):
        assert "Did you mean" not in _refused(capsys, *other)


def test_without_any_order_that_is_said(home: "Home", capsys: Say) -> None:
    """A journal of somebody who only watched; or who made a single one."""
    home.run(strategy="observer", parameters="", cycles=5)
    assert "none was. A record is asked for by its number" in _refused(capsys, "x-1")
    assert "this journal holds no order" in _refused(capsys, "--last-order")
    assert "this journal holds no decision that was denied" in _refused(capsys, "--last-denied")


def test_a_single_order_is_named(home: "Home", capsys: Say) -> None:
    """As it is called."""
    home.run(cycles=4)
    name = _records(home)[_first(home, makes_an_order)].correlation_id
    assert f"there is one, {name}" in _refused(capsys, "x-1")


def test_a_time_is_answered_for_the_state_that_held_then(home: "Home", capsys: Say) -> None:
    """The decision of that instant, or the last one before; not what the venue answered at once."""
    home.run()
    records = _records(home)
    made = _first(home, makes_an_order)
    at = records[made].ts_init
    assert records[made + 1].ts_init == at
    assert _told(capsys, "--at", at.isoformat()).startswith(f"Record {made} of ")
    between = (at + timedelta(seconds=12)).isoformat()
    told = _told(capsys, "--at", between)
    assert told.startswith("Nothing is on record at ")
    assert f" was decided 12 s before:\n\nRecord {made} of " in told
    assert json.loads(_told(capsys, "--at", between, "--json"))["asked"]["before"] == "12 s"
    assert " before; the journal ends before that time:\n" in _told(capsys, "--at", "2999-01-01T00:00Z")


def test_what_came_behind_the_decision_by_then_is_not_hidden(home: "Home", capsys: Say) -> None:
    """A person halts after a run has stopped, at the time of its last bar: the state is that of then."""
    home.run(cycles=30)
    assert run(["halt", "--reason", "the fills look wrong", "-c", str(home.folder / "interlock.toml")]) == ExitCode.DONE
    home.run(cycles=3)
    records = _records(home)
    halted = _first(home, lambda record: isinstance(record.observation, OperatorCommand))
    at = records[halted].ts_init
    until = max(seq for seq, record in enumerate(records) if record.ts_init <= at)
    told = _told(capsys, "--at", (at + timedelta(seconds=1)).isoformat())
    decided = max(seq for seq in range(halted) if records[seq].decision is not None)
    assert f" was decided 1 s before:\n\nMore came behind it by that time; after record {until}: position " in told
    assert "trading HALTED (OPERATOR_HALT)" in told.split(f"Record {decided} of ")[0]
    asked = json.loads(_told(capsys, "--at", at.isoformat(), "--json"))["asked"]
    assert (asked["until"], asked["standing"]["trading_state"]) == (until, "HALTED")
    made = records[_first(home, makes_an_order)].ts_init
    assert json.loads(_told(capsys, "--at", made.isoformat(), "--json"))["asked"]["standing"] is None


def test_every_time_is_found_as_reading_on_would_find_it(home: "Home") -> None:
    """The last decision at or before it, or the last record where that is of no decision's instant."""
    home.run(cycles=30)
    home.run()
    records = _records(home)
    with AskedJournal(home.journal) as journal:
        for record in records:
            for time in (record.ts_init, record.ts_init + timedelta(seconds=1)):
                by_then = [seq for seq, each in enumerate(records) if each.ts_init <= time]
                at = records[by_then[-1]].ts_init
                decided = [seq for seq in by_then if records[seq].ts_init == at and records[seq].decision is not None]
                assert journal.seq_at(time) == (decided or by_then)[-1]


def test_where_the_clock_stepped_back_the_last_place_of_a_time_is_told(home: "Home") -> None:
    """A time that came twice is answered for the second."""
    home.run()
    rows = home.rows()
    at = decode(rows[80][1], rows[80][2].encode()).ts_init
    for seq in range(40, len(rows)):
        _, kind, body = rows[seq]
        old = decode(kind, body.encode()).ts_init
        new = (old - timedelta(minutes=20)).isoformat().replace("+00:00", "Z")
        rows[seq] = (seq, kind, body.replace(f'"ts_init":"{_spelt(old)}"}}', f'"ts_init":"{new}"}}'))
    home.rewrite(rows)
    with AskedJournal(home.journal) as journal:
        for time in (at - timedelta(minutes=40), at - timedelta(minutes=30)):
            last = max(seq for seq in range(len(rows)) if journal.rows.ts_init(seq) <= time)
            assert abs(journal.seq_at(time) - last) <= 4


def _spelt(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_a_time_that_is_unclear_or_too_early_is_refused(home: "Home", capsys: Say) -> None:
    """With what could have been meant, and with the first time there is."""
    home.run(cycles=5)
    assert "say which is meant:\n  2020-01-02T00:00:00Z (in UTC)" in _refused(capsys, "--at", "2020-01-02T00:00")
    said = _refused(capsys, "--at", "1999-01-01T00:00Z")
    assert f"the first record is of {_spelt(_records(home)[0].ts_init)}" in said


@pytest.mark.parametrize(
    "words",
    [
        ["5", "--last"],
        ["5", "--at", "2000-01-01T00:00Z"],
        ["--last", "--last-denied"],
        ["--last-order", "--last-denied"],
    ],
)
def test_there_is_one_way_to_ask(home: "Home", capsys: Say, words: list[str]) -> None:
    """Two would mean two moments."""
    home.run(cycles=5)
    assert "each say which moment is meant: ask in one way" in _refused(capsys, *words)


def test_which_journal_is_meant_is_said_once(home: "Home", capsys: Say) -> None:
    """By its file, or by a configuration."""
    home.run(cycles=5)
    said = _refused(capsys, "--journal", str(home.journal), "-c", "interlock.toml")
    assert "--journal" in said
    assert "both say which journal is meant" in said
    assert _told(capsys, "--journal", str(home.journal)) == _told(capsys, "-c", "interlock.toml")


# ---------------------------------------------------------------------------------------------- damage


def test_a_record_that_is_not_there_is_refused_with_those_there_are(home: "Home", capsys: Say) -> None:
    """However large the number."""
    home.run(cycles=5)
    last = len(home.rows()) - 1
    for wrong in (str(last + 1), "9" * 18):
        assert f"there is no record {wrong}: " in _refused(capsys, wrong)
        assert f"holds the records 0 to {last}" in _refused(capsys, wrong)


def test_a_journal_without_a_record_or_none_at_all_is_said(home: "Home", capsys: Say) -> None:
    """And what to do."""
    home.loaded()
    said = _refused(capsys)
    assert "there is no journal at" in said
    assert said.endswith("or the file itself as --journal\n")
    SqliteJournal(home.journal).close()
    assert "holds no record yet: ask once a run has begun" in _refused(capsys)


def test_a_journal_that_does_not_say_what_it_is_of_is_not_told(home: "Home", capsys: Say) -> None:
    """Nobody could say of what the rest is."""
    home.run(cycles=5)
    home.rewrite([(seq, kind, body) for seq, (_, kind, body) in enumerate(home.rows()[1:])])
    assert "does not begin by saying what it is a journal of" in _refused(capsys, code=ExitCode.JOURNAL)


def test_damage_that_the_answer_rests_on_is_named(
    home: "Home", capsys: Say, forget_snapshots: Callable[[Path], None]
) -> None:
    """The record itself, one before it that was folded, one after it that was read: never a story of half of it."""
    home.run()
    forget_snapshots(home.journal)
    made = _first(home, makes_an_order)
    for damaged in (made - 2, made, made + 1):
        body = home.rows()[damaged][2]
        home.change(damaged, '"ts_init":"2', '"ts_init":"1', chained=False)
        for more in ([], ["--json"]):
            said = _refused(capsys, str(made), *more, code=ExitCode.JOURNAL)
            assert f"record {damaged} does not match its hash, or is missing: it was changed" in said
        with closing(sqlite3.connect(home.journal, isolation_level=None)) as connection:
            connection.execute("UPDATE records SET body = ? WHERE seq = ?", (body, damaged))
    assert _told(capsys, str(made))


def test_a_record_that_cannot_be_read_or_folded_is_named(home: "Home", capsys: Say) -> None:
    """Though its hash is right: somebody wrote it so."""
    home.run()
    made = _first(home, makes_an_order)
    rows = home.rows()
    home.change(made + 1, '"venue_order_id"', '"venue_order_no"')
    assert f"record {made + 1} cannot be read: a record of a OrderAccepted" in _refused(
        capsys, str(made), code=ExitCode.JOURNAL
    )
    fill = _first_fill(rows)
    home.rewrite(rows)
    home.change(fill, '"last_px":"', '"last_px":"-')
    assert _refused(capsys, str(fill), code=ExitCode.JOURNAL)


def _first_fill(rows: list[tuple[int, str, str]]) -> int:
    return next(seq for seq, kind, _ in rows if kind == OrderFilled.__name__)


def test_a_journal_is_asked_beside_its_writer(home: "Home", capsys: Say) -> None:
    """As far as it has committed."""
    home.run(cycles=20)
    here = _told(capsys)
    with closing(SqliteJournal(home.journal)):
        assert _told(capsys) == here


# ---------------------------------------------------------------------------------------------- walking


def test_a_walk_shows_each_record_and_what_stood_behind_it(home: "Home") -> None:
    """From anywhere, with or without snapshots before it: the same as one moment after the other."""
    home.run(cycles=60)
    keep_snapshots(home.journal, 10)
    with AskedJournal(home.journal) as journal:
        whole = [(step.seq, step.kind, step.record, standing(step.view)) for step in journal.walk()]
        assert [each[0] for each in whole] == list(range(journal.last_seq + 1))
        for seq in (0, 5, 33):
            moment = journal.moment(seq)
            assert whole[seq][2:] == (moment.record, moment.after)
            assert journal.record(seq) == moment.record
        part = [(step.seq, step.kind, step.record, standing(step.view)) for step in journal.walk(25, 30)]
        assert part == whole[25:31]
        assert list(journal.walk(journal.last_seq + 1)) == []


def test_a_state_from_before_is_the_callers_own(home: "Home") -> None:
    """Fresh each time, and as wide as it is wished."""
    home.run(cycles=60)
    keep_snapshots(home.journal, 10)
    with AskedJournal(home.journal) as journal:
        one, other = journal.before(50), journal.before(50)
        assert one.state == other.state
        assert one.state is not other.state
        from interlock.core.state import initial_state

        wide = journal.before(50, like=initial_state(lookback=20, orders_remembered=9))
        assert wide.state.lookback == 20
        assert len(wide.state.window) == 20
        assert wide.state.portfolio == one.state.portfolio
        with pytest.raises(NothingThere):
            journal.before(10_000)


def test_a_time_that_cannot_be_read_is_damage(home: "Home") -> None:
    """Of the record itself, or of one near it."""
    home.run(cycles=10)
    rows = home.rows()
    for wrong in ('"ts_init":"soon"', '"ts_init":7'):
        changed = list(rows)
        seq, kind, body = changed[-1]
        changed[-1] = (seq, kind, body.partition('"ts_init"')[0] + wrong + "}")
        home.rewrite(changed)
        with AskedJournal(home.journal) as journal:
            with pytest.raises(JournalUnavailable, match=r"the time of record|a time behind record"):
                journal.seq_at(decode(rows[-1][1], rows[-1][2].encode()).ts_init)
            with pytest.raises(JournalUnavailable, match="or is missing"):
                journal.rows.ts_init(99)
            with pytest.raises(JournalUnavailable, match="a time behind record"):
                journal.rows.last_until(decode(rows[0][1], rows[0][2].encode()).ts_init, 0, seq)
