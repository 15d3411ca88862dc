"""``interlock journal verify``: everything holds, or the first record that does not is named."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.head_file import head_path
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.cycle import Cycle, Parts
from interlock.core.faults import InvariantViolated
from interlock.core.market import Bar, RefusedRow, Split
from interlock.core.observations import RunStarted
from interlock.core.rederive import Rederivation
from interlock.core.strategies.moving_average_cross import MovingAverageCross
from interlock.runner.commands.journal_difference import first_difference
from interlock.runner.commands.journal_parts import check
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.config.canonical import canonical, digest_of
from interlock.runner.container import Wiring
from interlock.runner.exit_codes import ExitCode
from interlock.runner.loop import Bounds
from interlock.runner.main import run
from interlock.runner.narrator import Narrator, PeopleConsole
from interlock.runner.reading import RECORDS_TOLD
from interlock.runner.session import RunSession
from interlock.testing.builders import A_MINUTE, A_TIME
from interlock.testing.rehearsal import folded

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

# The first order of the run, what the venue said to it, and the bar after its fill.
ORDER, ACCEPTED, FILLED, AFTER = 6, 7, 8, 9


def _verify(capsys: pytest.CaptureFixture[str], code: ExitCode) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["journal", "verify", "--json"]) == code
    data = json.loads(capsys.readouterr().out)
    assert tuple(data) == (
        "ok", "exit_code", "journal", "records", "rederived", "chain_only", "builds", "notes", "finding",
    )  # fmt: skip
    assert (data["ok"], data["exit_code"]) == (code is ExitCode.DONE, code)
    assert isinstance(data, dict)
    return data


def _words(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    run(["journal", "verify"])
    return capsys.readouterr().out


def test_every_record_of_a_run_follows_from_what_was_observed(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Orders, fills and denials, refused rows and a split among them; in one run or in two."""
    feed = list(home.feed)
    row = RefusedRow(source="f", line=3, field="close", value="x", rule="a number")
    split = Split(instrument="TEST", ts_event=A_TIME + 40 * A_MINUTE, ratio=Decimal(2))
    home.feed = [*feed[:30], row, *feed[30:40], split, *feed[40:]]
    home.run(cycles=35)
    home.run()
    kinds = {kind for _, kind, _ in home.rows()}
    assert {"OrderFilled", "RefusedRow", "Split", "RunStopped", "EndOfData"} <= kinds
    assert {"APPROVED", "DENIED"} <= {json.loads(body).get("decision", {}).get("outcome") for _, _, body in home.rows()}
    records = len(home.rows())
    data = _verify(capsys, ExitCode.DONE)
    assert (data["records"], data["rederived"], data["finding"], data["chain_only"]) == (records, records, None, [])
    assert _words(capsys).endswith(f"{records} records derived once more\neverything holds\n")


@pytest.mark.parametrize(
    ("seq", "old", "new", "what", "recorded", "derived"),
    [
        pytest.param(
            ORDER,
            '"outcome":"APPROVED"',
            '"outcome":"DENIED"',
            "decision.outcome",
            "DENIED",
            "APPROVED",
            id="a decision",
        ),
        pytest.param(
            ORDER, '"535.50"', '"535.51"', "decision.findings[4].observed", "535.51", "535.50", id="a finding's number"
        ),
        pytest.param(
            ORDER, '"535.50"', '"535.5"', "decision.findings[4].observed", "535.5", "535.50", id="a zero of one"
        ),
        pytest.param(
            ORDER,
            '"price":"107.10"',
            '"price":"107.20"',
            "decision.findings[5].numbers.price",
            "107.20",
            "107.10",
            id="a number beside it",
        ),
        pytest.param(
            ORDER,
            '"fast_sum":"203"',
            '"fast_sum":"202"',
            "decision.proposal.numbers.fast_sum",
            "202",
            "203",
            id="a sum",
        ),
        pytest.param(
            ORDER, '"reserved":"535.56"', '"reserved":"1"', "events[0].terms.reserved", "1", "535.56", id="an event"
        ),
        pytest.param(AFTER, '"observation"', '"events":[],"observation"', "events", "[]", "nothing", id="a new key"),
        pytest.param(
            AFTER,
            '"close":"101","high":"101","instrument":"TEST","low":"101"',
            '"close":"100.5","high":"101","instrument":"TEST","low":"100"',
            "decision.proposal.numbers.fast_sum",
            "203",
            "202.5",
            id="a price",
        ),
        pytest.param(
            AFTER,
            '"close":"101"',
            '"close":"101.0"',
            "decision.proposal.numbers.fast_sum",
            "203",
            "203.0",
            id="its zeros",
        ),
        pytest.param(
            ORDER,
            '"verdict":"PASS"}]',
            '"verdict": "PASS"}]',
            "its spelling, at byte 901",
            ' "PASS"}],',
            '"PASS"}],',
            id="white space",
        ),
    ],
)
def test_a_change_is_found_though_every_hash_fits(
    home: "Home",
    capsys: pytest.CaptureFixture[str],
    seq: int,
    old: str,
    new: str,
    what: str,
    recorded: str,
    derived: str,
) -> None:
    """Whoever recomputes the chain cannot recompute the reasons: record, place and both values are named."""
    home.run()
    home.change(seq, old, new)
    data = _verify(capsys, ExitCode.FINDING)
    finding = data["finding"]
    assert (finding["seq"], finding["what"]) == (seq, f"{what} is not what follows")
    assert finding["recorded"].startswith(recorded)
    assert finding["derived"].startswith(derived)
    assert (data["records"], data["rederived"]) == (seq, seq)
    words = _words(capsys)
    assert f"does not hold: record {seq}: {what} is not what follows\n  recorded: {recorded}" in words
    assert f"\n  derived:  {derived}" in words
    assert words.endswith("Keep a copy of the file as it is, and do not go on with it before you know why.\n")


@pytest.mark.parametrize("seq", [ORDER, ACCEPTED, FILLED])
@pytest.mark.parametrize("name", ["correlation_id", "causation_id"])
def test_a_change_of_an_id_is_found(home: "Home", capsys: pytest.CaptureFixture[str], seq: int, name: str) -> None:
    """Which order's story a record belongs to follows too."""
    home.run()
    home.change(seq, f'"{name}":"', f'"{name}":"x')
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert (finding["seq"], finding["what"]) == (seq, f"{name} is not what follows")
    assert finding["recorded"] == f"x{finding['derived']}"


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("account", '"account":"mine"'),
        ("mode", '"mode":"PAPER"'),
        ("currency", '"currency":"EUR"'),
        ("opening_cash", '"opening_cash":"1001"'),
        ("interval_seconds", '"interval_seconds":61'),
        (
            "instrument",
            '"instrument":{"calendar":"XNYS","lot_size":"1","splits":[],"symbol":"TEST","tick_size":"0.01"}',
        ),
        ("journal_id", '"journal_id":"0123456789abcdef"'),
    ],
)
def test_what_the_journal_says_that_it_is_of_follows_from_the_configuration(
    home: "Home", capsys: pytest.CaptureFixture[str], name: str, new: str
) -> None:
    """The money that it began with is not decided, and yet no number of anybody's choice."""
    home.run(cycles=9)
    (_, _, body) = home.rows()[0]
    key, value = f'"{name}":', json.dumps(json.loads(body)["observation"][name], separators=(",", ":"))
    home.change(0, key + value, new)
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert (finding["seq"], finding["what"]) == (0, f"observation.{name} is not what the configuration says")


def test_a_changed_limit_is_found_in_the_configuration(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Its digest no longer names it; and where that is changed as well, the decisions no longer follow from it."""
    home.run()
    home.change(1, r"{\"limit\":\"900\"}", r"{\"limit\":\"901\"}")
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert (finding["seq"], finding["what"]) == (1, "config_digest does not name the configuration")
    assert finding["recorded"] == home.loaded().digest
    home.change(1, finding["recorded"], finding["derived"])
    home.change(0, '"journal_id":"', '"journal_id":"0')
    assert _verify(capsys, ExitCode.FINDING)["finding"]["seq"] == 0


def _chained(home: "Home", rows: Sequence[tuple[int, str, str]]) -> None:
    home.rewrite([(seq, kind, body) for seq, (_, kind, body) in enumerate(rows)])


def test_a_journal_begins_with_what_it_is_of_and_with_a_run(
    home: "Home", capsys: pytest.CaptureFixture[str], forget_snapshots: Callable[[Path], None]
) -> None:
    """Records that no run claims would have no configuration to be derived under."""
    home.run(cycles=9)
    rows = home.rows()
    _chained(home, rows[1:])
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert (finding["seq"], finding["what"]) == (0, "a journal begins by saying what it is of")
    _chained(home, [rows[0], *rows[2:]])
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert (finding["seq"], finding["what"]) == (1, "it is no run's: before it no run begins")
    forget_snapshots(home.journal)  # which would give the cut away
    _chained(home, rows[:1])
    assert _verify(capsys, ExitCode.DONE)["records"] == 1
    _chained(home, [])
    assert _verify(capsys, ExitCode.DONE)["records"] == 0


def test_a_change_without_its_hashes_is_found_by_the_chain(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read out of the record."""
    home.run()
    home.change(AFTER, '"101"', '"102"', chained=False)
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert (finding["seq"], finding["what"]) == (AFTER, "its hash does not match what it says, or it is missing")
    assert len(finding["recorded"]) == len(finding["derived"]) == 64


@pytest.mark.parametrize("seq", [1, AFTER])
def test_a_record_that_cannot_be_read_is_named(home: "Home", capsys: pytest.CaptureFixture[str], seq: int) -> None:
    """The first run's as well, which is looked at before its turn."""
    home.run()
    home.change(seq, '"ts_init":"20', '"ts_init":"xx')
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert finding["seq"] == seq
    assert "cannot be read" in finding["what"]


def test_a_journal_that_was_cut_is_found_by_its_head_file(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """What is left of it is a fine chain."""
    home.run()
    with sqlite3.connect(home.journal) as connection:
        connection.execute("DELETE FROM records WHERE seq > 20")
    connection.close()
    data = _verify(capsys, ExitCode.FINDING)
    assert (data["finding"]["seq"], data["records"]) == (None, 21)
    assert "does not hold: " in _words(capsys)


def test_a_record_that_breaks_the_books_is_named(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the fold raises is a finding about that record."""

    def broken(*_: object) -> None:
        raise InvariantViolated("the books")

    home.run(cycles=9)
    monkeypatch.setattr(Rederivation, "derive", broken)
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert finding["seq"] == 0
    assert finding["what"].startswith("it cannot be folded: InvariantViolated at ")


def test_a_strategy_that_is_not_installed_leaves_the_chain(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """That is said, and it is not the same as if all held."""
    home.run(cycles=9)
    digest = home.loaded().digest
    started = json.loads(home.rows()[1][2])["observation"]
    gone = started["configuration"].replace("moving_average_cross", "gone")
    home.change(1, json.dumps(started["configuration"]), json.dumps(gone))
    home.change(1, digest, digest_of(gone))
    data = _verify(capsys, ExitCode.REFUSED)
    assert (data["rederived"], data["finding"]) == (0, None)
    assert data["records"] == len(home.rows())
    ((one),) = data["chain_only"]
    assert one["seq"] == 1
    assert "strategy.name: found" in one["why"]
    words = _words(capsys)
    assert "from record 1 on only the chain was checked: " in words
    assert words.endswith("the chain holds\n")


def test_a_later_run_that_cannot_be_derived_leaves_the_earlier_ones(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """And a run after it, under what is installed, is derived again."""
    home.run(cycles=9)
    rows = home.rows()
    started = json.loads(rows[1][2])
    gone = json.loads(rows[1][2])
    gone["observation"]["configuration"] = started["observation"]["configuration"].replace("moving_average", "gone")
    gone["observation"]["config_digest"] = digest_of(gone["observation"]["configuration"])
    bodies = [json.dumps(one, separators=(",", ":"), sort_keys=True) for one in (gone, started)]
    _chained(home, [*rows, (0, "RunStarted", bodies[0]), rows[-1], (0, "RunStarted", bodies[1]), rows[-1]])
    data = _verify(capsys, ExitCode.REFUSED)
    assert [one["seq"] for one in data["chain_only"]] == [len(rows)]
    assert (data["records"], data["rederived"]) == (len(rows) + 4, len(rows) + 2)


def test_a_plugin_that_cannot_be_made_here_leaves_the_chain(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it raised may hold anything, so its name has to do."""

    def raises(*_: object) -> None:
        raise KeyError("a secret")

    home.run(cycles=9)
    monkeypatch.setattr(MovingAverageCross, "__init__", raises)
    words = _words(capsys)
    assert "the recorded configuration cannot be used here: KeyError" in words
    assert "secret" not in words


def test_a_finding_says_which_other_build_made_the_record(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """It need not be anybody's fault."""
    home.run(cycles=9)
    home.run(cycles=9)
    build = json.loads(home.rows()[1][2])["observation"]["build"]
    second = next(seq for seq, kind, _ in home.rows()[2:] if kind == RunStarted.__name__)
    for seq in (1, second):
        home.change(seq, build, "interlock 0.0.1; other 7")
    assert _verify(capsys, ExitCode.DONE)["builds"] == ["interlock 0.0.1; other 7"]
    home.change(second + 2, '"outcome":"', '"outcome":"NOT_')
    assert "some of it was made by interlock 0.0.1; other 7, and that may be why\n" in _words(capsys)


def test_each_record_is_derived_under_the_configuration_of_its_run(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """From its start on, with the window that its own parts look back over."""
    bars = [item for item in home.feed if isinstance(item, Bar)]
    home.run(cycles=30)
    for taken, changes in ((30, {"quantity": "4", "slow": "7"}), (60, {"quantity": "5", "slow": "3"})):
        loaded = home.loaded(**changes)
        parts: Parts = Wiring(loaded, MemoryFeed(bars)).container().resolve(Parts)
        cycle = Cycle(parts, folded(parts.journal.read(), parts))
        cycle.resume()
        now = bars[taken - 1].ts_event
        cycle.note(
            RunStarted(
                run_id=f"r{taken}",
                started_at=now,
                build="interlock 0.1.0",
                config_digest=loaded.digest,
                configuration=canonical(loaded.config),
                feed="memory",
            ),
            now,
        )
        for bar in bars[taken : taken + 30]:
            cycle.step(bar, bar.ts_event)
        parts.journal.close()
    data = _verify(capsys, ExitCode.DONE)
    assert data["rederived"] == len(home.rows())
    orders = [json.loads(body) for _, _, body in home.rows() if '"TREND_TURNED_UP"' in body]
    assert {order["decision"]["proposal"]["quantity"] for order in orders} == {"4", "5"}
    last = next(seq for seq, _, body in reversed(home.rows()) if '"fast_sum"' in body)
    home.change(last, '"fast_sum":"', '"fast_sum":"1')
    assert _verify(capsys, ExitCode.FINDING)["finding"]["seq"] == last


def test_decisions_are_derived_across_a_configuration_that_changed(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """What a run of PAPER goes on under is another configuration: what it recorded follows, on both sides."""
    first = home.loaded(mode="PAPER")
    path = first.state_folder / "journal.sqlite3"
    for cycles, quantity in ((30, "5"), (30, "4"), (30, "4")):
        with (home.folder / "told").open("w") as told:
            narrator = Narrator(PeopleConsole(file=told), verbose=False)
            bounds = Bounds(cycles=cycles, interval_seconds=0.001)
            loaded = home.loaded(mode="PAPER", quantity=quantity)
            RunSession(loaded, bounds, narrator, verbose=False, feed=MemoryFeed(home.feed)).run()
    with RawJournal(path) as rows:
        until = rows.last_seq()
        checked = check(path, lambda _: None, until)
        kinds = [kind for _, kind, _, _ in rows.checked(until)]
    assert (checked.finding, checked.rederived) == (None, until + 1)
    assert (kinds.count("JournalResumed"), kinds.count("ConfigurationChanged")) == (2, 1)


def test_a_journal_is_verified_beside_its_writer(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Who is not held up by it."""
    home.run(cycles=9)
    writer = SqliteJournal(home.journal)
    _verify(capsys, ExitCode.DONE)
    writer.append(list(writer.read())[-1:])
    writer.close()


@pytest.mark.parametrize(
    ("recorded", "derived", "where", "shown"),
    [
        (b'{"a":1}', b'{"a":"1"}', "a", ("1", "1")),
        (b'{"a":[1]}', b'{"a":[1,2]}', "a[1]", ("nothing", "2")),
        (b'{"a":null}', b"{}", "a", ("null", "nothing")),
        (b'{"a":true}', b'{"a":1}', "a", ("true", "1")),
        (b'{"a":1}\xff'[:7], b'{"a":1} ', "its spelling, at byte 7", ("nothing", " ")),
    ],
)
def test_the_first_difference_has_a_place(recorded: bytes, derived: bytes, where: str, shown: tuple[str, str]) -> None:
    """And two values, also where one of them is not there."""
    found = first_difference(recorded, derived)
    assert (found.where, (found.recorded, found.derived)) == (where, shown)


def test_a_long_check_says_that_it_is_long(capsys: pytest.CaptureFixture[str]) -> None:
    """Silence would look like a hang."""
    with Progress(RECORDS_TOLD, "verify") as look:
        look(500)
        look(501)
    assert capsys.readouterr().err == "verify: 50,000 records, this takes a while\n"


def test_the_newest_snapshot_is_what_the_records_add_up_to(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """One of another state is a finding, though its own digest fits; one that does not fit is told of."""
    home.run(cycles=30)
    loaded = home.loaded()
    parts: Parts = Wiring(loaded, MemoryFeed([])).container().resolve(Parts)
    state = folded(parts.journal.read(), parts)
    parts.journal.snapshot(state)
    state.refused_rows += 1
    parts.journal.close()
    assert _verify(capsys, ExitCode.DONE)["notes"] == []
    parts = Wiring(loaded, MemoryFeed([])).container().resolve(Parts)
    head = parts.journal.head()
    assert head is not None
    parts.journal.append(list(parts.journal.read())[-1:])
    parts.journal.snapshot(state)
    parts.journal.close()
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert (finding["seq"], finding["what"]) == (
        head.seq + 1,
        "the snapshot after it holds another state: state.refused_rows is not what follows",
    )
    with sqlite3.connect(home.journal) as connection:
        connection.execute("UPDATE snapshots SET body = replace(body, 'demo', 'omed')")
    connection.close()
    (note, *_) = _verify(capsys, ExitCode.DONE)["notes"]
    assert "passed over" in note
    *_, told, verdict = _words(capsys).splitlines()
    assert "passed over" in told
    assert verdict == "every record holds; what was passed over only spares reading them"


def test_that_no_head_file_was_there_to_compare_is_said(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Everything holds, and whether it once held more cannot be told: a copy has none, or somebody took it away."""
    head = head_path(home.run(cycles=9))
    assert not _verify(capsys, ExitCode.DONE)["notes"]
    head.write_bytes(b"")
    (note,) = _verify(capsys, ExitCode.DONE)["notes"]
    assert "journal.sqlite3 had a head file that held nothing: whether it once held more cannot be told" in note
    head.unlink()
    (note,) = _verify(capsys, ExitCode.DONE)["notes"]
    assert "journal.sqlite3 had no head file beside it (a copy has none)" in note
    assert note in _words(capsys)


def test_a_snapshot_beyond_the_last_record_proves_a_cut(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """It is kept after its record, so somebody took the record away; the head file went with it."""
    head_path(home.run(cycles=9)).unlink()
    kept = len(home.rows()) - 1
    with closing(sqlite3.connect(home.journal, isolation_level=None)) as connection:
        connection.execute("DELETE FROM records WHERE seq > 5")
    finding = _verify(capsys, ExitCode.FINDING)["finding"]
    assert finding["what"] == f"a snapshot was kept after record {kept}, which is not there: the journal was cut"
    assert (finding["recorded"], finding["derived"]) == (f"a snapshot after record {kept}", "record 5 is the last")


def test_a_snapshot_beyond_that_was_changed_proves_nothing(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """A flipped bit in its number makes one of it: it is passed over, as a start would."""
    home.run(cycles=9)
    with closing(sqlite3.connect(home.journal, isolation_level=None)) as connection:
        connection.execute("UPDATE snapshots SET seq = seq + 1000")
    (note,) = _verify(capsys, ExitCode.DONE)["notes"]
    assert "passed over" in note
