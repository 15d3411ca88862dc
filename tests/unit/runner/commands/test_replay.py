"""``interlock replay --against NEW.toml``: both answers, from the records alone, and nothing is written or sent."""

import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.runner.live.conftest import LiveRuns

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.decision import OrderIntent
from interlock.core.explain_words import stamp
from interlock.core.faults import Fault
from interlock.core.market import RefusedRow, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, RunStarted
from interlock.core.orders import Side
from interlock.core.records import Record, TradingStateChanged
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run
from interlock.runner.rehearsal import groups, telling, through
from interlock.runner.rehearsal.reading import read
from interlock.runner.rehearsal.rerun import Rerun
from interlock.testing.armings import an_arming
from interlock.testing.builders import A_MINUTE, A_TIME
from interlock.testing.rig import Rig
from interlock.testing.scripted_venue import ScriptedVenue

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home

NEW = Path("new.toml")
KEYS = (
    "journal", "against", "digest", "instrument", "mode", "currency", "records", "from", "to", "configurations",
    "configurations_left_out", "changed", "local", "full", "why_not_full", "notes", "pnl_is_no_reason",
)  # fmt: skip
ANSWER = ("asked", "changed", "outcomes", "groups", "beyond")
GROUP = ("kind", "name", "count", "now", "no_longer", "otherwise", "examples")
SUMS = (
    "bars", "no_action", "approved", "denied", "errors", "orders", "entries", "exits", "rejected", "expired", "fills",
    "exposure_max", "exposure_mean", "fees", "pnl", "drawdown_max", "equity", "position", "trading_state",
    "trading_code",
)  # fmt: skip


def against(home: "Home", *replaced: tuple[str, str], **changes: str) -> Path:
    """Another file beside that of the run, which stays as it is."""
    file = home.folder / "interlock.toml"
    before = file.read_bytes() if file.exists() else b""
    home.loaded(**changes)
    text = file.read_text()
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    NEW.write_text(text)
    file.write_bytes(before)
    return NEW


def answer(capsys: pytest.CaptureFixture[str], *args: str, code: ExitCode = ExitCode.DONE) -> dict[str, Any]:
    """What it says for scripts."""
    capsys.readouterr()
    assert run(["replay", "--against", str(NEW), "--json", *args]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert tuple(found) == (KEYS if "local" in found else ("exit_code", "error", "problems"))
    return found


def words(capsys: pytest.CaptureFixture[str], *args: str, code: ExitCode = ExitCode.DONE) -> str:
    """What it says for people."""
    capsys.readouterr()
    assert run(["replay", "--against", str(NEW), *args]) == code
    return capsys.readouterr().out


def group(answered: dict[str, Any], name: str) -> dict[str, Any]:
    """The group of that name."""
    (found,) = [each for each in answered["groups"] if each["name"] == name]
    assert isinstance(found, dict)
    return found


# -- the same configuration ----------------------------------------------------------------------------------------


def test_its_own_configuration_changes_nothing(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """In several runs, with refused rows and a split among them: not one answer, and the sums are the same."""
    feed = list(home.feed)
    row = RefusedRow(source="f", line=3, field="close", value="x", rule="a number")
    split = Split(instrument="TEST", ts_event=A_TIME + 40 * A_MINUTE, ratio=Decimal(2))
    home.feed = [*feed[:30], row, *feed[30:40], split, *feed[40:]]
    for cycles in (7, 1, 25, None):
        home.run(cycles=cycles)
    against(home)
    data = answer(capsys)
    assert not data["changed"]
    assert data["full"]["recorded"] == data["full"]["new"]
    assert data["full"]["recorded"]["fills"] > 3
    assert data["full"]["recorded"]["denied"] > 3
    assert data["local"]["asked"] == data["full"]["asked"] > 80
    assert [each["settings"] for each in data["configurations"]] == [[]]
    assert "Nothing changes" in words(capsys)


def test_over_chapters_too(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """What the chapter before handed on is where it begins."""
    home.run(cycles=20)
    run(["journal", "archive"])
    home.run()
    against(home)
    data = answer(capsys)
    assert not data["changed"]
    assert data["full"]["recorded"] == data["full"]["new"]
    assert data["notes"] == []
    against(home, ('opening_cash = "1000"', 'opening_cash = "2000"'), slow="7")
    data = answer(capsys)
    assert "the chapter before handed on fewer bars" in data["notes"][0]
    effects = {one["key"]: one["effect"] for one in data["configurations"][0]["settings"]}
    assert effects == {"strategy.slow": "BOTH", "opening_cash": "NONE"}


def test_paper_that_a_person_halted_and_released(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Words stand where they stood, and that is said."""
    home.run(cycles=20)
    run(["halt", "--reason", "look"])
    home.run(cycles=5)
    run(["resume", "--reason", "looked"])
    home.run()
    against(home)
    data = answer(capsys)
    assert not data["changed"]
    assert data["full"]["recorded"] == data["full"]["new"]
    assert "stands where it stood, in both answers" in data["notes"][0]


# -- another one ---------------------------------------------------------------------------------------------------


def test_a_looser_limit_is_marked_and_what_it_lets_through_is_grouped(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """By the rule that denied, with the first examples; the differences of the files, and which way."""
    home.run(cash="5000", quantity="9")
    against(home, ('limit = "5"', 'limit = "50"'), cash="5000", quantity="9")
    data = answer(capsys)
    assert [(one["key"], one["direction"]) for one in data["configurations"][0]["settings"]] == [
        ("risk.max_order_quantity.limit", "LOOSENS"),
        ("risk.max_position.limit", "LOOSENS"),
    ]
    assert tuple(data["local"]) == ANSWER
    assert tuple(data["full"]) == (*ANSWER, "recorded", "new", "ended_at")
    assert tuple(data["full"]["recorded"]) == tuple(data["full"]["new"]) == SUMS
    found = group(data["local"], "max_order_quantity")
    assert tuple(found) == GROUP
    assert tuple(found["examples"][0]) == ("seq", "at", "recorded", "new")
    assert (found["kind"], found["no_longer"], found["now"]) == ("RULE", found["count"], 0)
    assert len(found["examples"]) == 3
    assert "QUANTITY_EXCEEDS_MAXIMUM" in found["examples"][0]["recorded"]
    assert data["full"]["recorded"]["orders"] == 0
    out = words(capsys)
    assert "risk.max_position.limit: 5 -> 50, loosens" in out
    assert "P&L is no reason to loosen a limit" in out
    assert all(len(line) <= 110 for line in out.splitlines() if "interlock" not in line and "new.toml" not in line)


def test_a_tighter_one_denies_now(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And the whole run goes without those orders."""
    home.run()
    against(home, ('[risk.max_position]\nlimit = "5"', '[risk.max_position]\nlimit = "4"'))
    data = answer(capsys)
    assert data["configurations"][0]["settings"][0]["direction"] == "TIGHTENS"
    assert group(data["local"], "max_position")["now"] == data["full"]["recorded"]["entries"]
    assert {"recorded": "APPROVED", "new": "DENIED", "count": data["full"]["recorded"]["entries"]} in data["local"][
        "outcomes"
    ]
    new = data["full"]["new"]
    assert (new["orders"], new["fills"], new["fees"], new["pnl"], new["exposure_max"]) == (0, 0, "0", "0", "0")


def test_what_is_denied_for_another_reason_is_told_too(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Its outcome stays, and the counts still add up to the answers that changed."""
    home.run(cash="5000", quantity="9")
    old, new = ('[risk.max_order_quantity]\nlimit = "5"', '[risk.max_order_quantity]\nlimit = "50"')
    against(home, (old, new), cash="5000", quantity="9")
    data = answer(capsys)
    denied = data["full"]["recorded"]["denied"]
    for each in (data["local"], data["full"]):
        assert each["outcomes"] == [{"recorded": "DENIED", "new": "DENIED", "count": denied}]
        assert each["changed"] == denied > 3
    assert f"\n    DENIED both times, and not alike: {denied}\n" in words(capsys)


def test_what_changes_without_a_decision_counts_among_the_outcomes() -> None:
    """A silence that restricts now."""
    halt = TradingStateChanged(state=TradingState.HALTED, code="STALE")
    quiet = Record(A_TIME, Silence(until=A_TIME))
    found = groups.Groups()
    found.take(1, quiet, Record(A_TIME, Silence(until=A_TIME), None, (halt,)), lambda: quiet)
    data = found.as_data()
    assert data["outcomes"] == [{"recorded": None, "new": None, "count": 1}]
    assert telling.outcomes_told(None, None) == "no decision both times, and not alike"
    assert telling.outcomes_told("DENIED", None) == "DENIED -> no decision"


def test_another_strategy_is_grouped_by_reason(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """From which reason to which."""
    home.run()
    against(home, slow="7")
    data = answer(capsys)
    kinds = {each["kind"] for each in data["local"]["groups"]}
    assert "REASON" in kinds
    assert any(each["name"].endswith("-> WINDOW_NOT_FULL") for each in data["local"]["groups"])


def test_other_assumptions_and_other_cash_count_in_the_full_answer(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """Fees are reserved for, so they count in both; what has no effect is said to have none."""
    home.run()
    against(
        home,
        ('slippage_bps = "1"', 'slippage_bps = "50"'),
        ('fee_fixed = "0"', 'fee_fixed = "1"'),
        ('state_dir = "state"', 'state_dir = "other"'),
        ("faults_max = 2", "faults_max = 3"),
        cash="4000",
    )
    data = answer(capsys)
    settings = {one["key"]: one["effect"] for one in data["configurations"][0]["settings"]}
    assert settings == {
        "execution.fee_fixed": "BOTH",
        "execution.slippage_bps": "FULL",
        "opening_cash": "FULL",
        "loop.faults_max": "NONE",
        "state_dir": "NONE",
    }
    assert group(data["local"], "reserved")["kind"] == "TERMS"
    recorded, new = data["full"]["recorded"], data["full"]["new"]
    assert Decimal(new["fees"]) > Decimal(recorded["fees"])
    assert Decimal(new["pnl"]) < Decimal(recorded["pnl"])
    assert Decimal(new["equity"]) == 4000 + Decimal(new["pnl"])
    out = words(capsys)
    assert "state_dir: state -> other (without effect here)" in out
    assert "(counts in the full answer alone)" in out


def test_a_journal_of_several_configurations_is_held_against_each(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the records that were made under it; not more of them than anybody reads."""
    home.run(mode="PAPER", cycles=20, interval_seconds="0.001")
    home.run(mode="PAPER", cycles=20, slow="4", interval_seconds="0.001")
    against(home, mode="PAPER", slow="4", interval_seconds="0.001")
    journal = ("--journal", "state/paper/journal.sqlite3")
    first, second = answer(capsys, *journal)["configurations"]
    assert [one["key"] for one in first["settings"]] == ["strategy.slow"]
    assert second["settings"] == []
    assert second["first"] == first["last"] + 1
    monkeypatch.setattr(through, "CONFIGURATIONS_MAX", 1)
    data = answer(capsys, *journal)
    assert (len(data["configurations"]), data["configurations_left_out"]) == (1, 1)
    assert "and 1 more configuration\n" in words(capsys, *journal)


def test_a_window_counts_what_lies_in_it(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Both ways begin where they are then; what comes after is not read."""
    home.run()
    against(home)
    start, end = A_TIME + 30 * A_MINUTE, A_TIME + 60 * A_MINUTE
    whole = answer(capsys)["full"]
    data = answer(capsys, "--from", start.isoformat(), "--to", end.isoformat())
    part = data["full"]
    assert (data["from"], data["to"]) == (stamp(start), stamp(end))
    assert part["recorded"] == part["new"]
    assert part["recorded"]["bars"] == 31
    assert part["recorded"]["fills"] < whole["recorded"]["fills"]
    assert f"from {stamp(start)} to {stamp(end)}" in words(capsys, "--from", start.isoformat(), "--to", end.isoformat())
    rest = answer(capsys, "--from", (end + timedelta(seconds=1)).isoformat())["full"]["recorded"]
    before = answer(capsys, "--to", (start - timedelta(seconds=1)).isoformat())["full"]["recorded"]
    parts = [before, part["recorded"], rest]
    for key in ("bars", "fills", "orders", "denied"):
        assert sum(each[key] for each in parts) == whole["recorded"][key]
    for key in ("pnl", "fees"):
        assert sum(Decimal(each[key]) for each in parts) == Decimal(whole["recorded"][key])


def test_where_nothing_counts_nothing_was_earned(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """After the last record, or in a journal that was opened and never written."""
    home.run()
    against(home)
    late = answer(capsys, "--from", "2099-01-01T00:00Z")["full"]
    assert (late["asked"], late["recorded"]["pnl"], late["new"]["pnl"]) == (0, "0", "0")
    home.rewrite(home.rows()[:1])
    data = answer(capsys)
    assert (data["records"], data["configurations"], data["full"]["recorded"]["pnl"]) == (1, [], "0")
    assert "no configuration was recorded" in words(capsys)


# -- what is refused -----------------------------------------------------------------------------------------------


OTHER_MARKETS = (
    ('symbol = "TEST"', 'symbol = "OTHER"', "instruments[0].symbol"),
    ('tick_size = "0.01"', 'tick_size = "0.05"', "instruments[0].tick_size"),
    ('lot_size = "1"', 'lot_size = "5"', "instruments[0].lot_size"),
    ('calendar = "24/7"', 'calendar = "XNYS"', "instruments[0].calendar"),
    ('interval = "1m"', 'interval = "5m"', "market_data.interval"),
    ('account = "demo"', 'account = "demo"\ncurrency = "EUR"', "currency"),
    ('run_mode = "SIM"', 'run_mode = "LIVE"', "run_mode"),
)


def test_another_market_is_refused_by_line(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """With the line, what was found, what the journal is of, and what to do."""
    home.run(cycles=5)
    for old, new, key in OTHER_MARKETS:
        against(home, (old, new))
        (problem,) = answer(capsys, code=ExitCode.USAGE)["problems"]
        assert (problem["key"], problem["file"]) == (key, str(NEW))
        assert NEW.read_text().splitlines()[problem["line"] - 1] == new.splitlines()[-1]
        assert problem["remedy"]


def test_a_file_that_does_not_stand_is_told_as_everywhere(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of the environment is heard: the same file gives the same answer."""
    home.run(cycles=5)
    against(home, ("fast = 2", "fast = 9"))
    assert answer(capsys, code=ExitCode.USAGE)["problems"]
    NEW.unlink()
    assert "new.toml" in answer(capsys, code=ExitCode.USAGE)["error"]


WRONG = (
    (("--from", "2020-01-02"), "is a day and no time"),
    (("--from", "2020-01-02T15:00"), "has no zone, and none is guessed"),
    (("--to", "yesterday"), "is no time"),
    (("--from", "2020-01-02T15:00Z", "--to", "2020-01-02T14:00Z"), "later than"),
    (("--journal", "x", "-c", "y"), "both say which journal"),
)


def test_wrong_usage_is_told(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And what could have been meant."""
    home.run(cycles=3)
    NEW.write_text("")
    for args, said in WRONG:
        assert said in answer(capsys, *args, code=ExitCode.USAGE)["error"]


def test_a_new_file_that_is_not_there_is_named_as_it_was_asked_for(
    home: "Home", capsys: pytest.CaptureFixture[str]
) -> None:
    """By --against: -c names another file."""
    home.run(cycles=3)
    (problem,) = answer(capsys, code=ExitCode.USAGE)["problems"]
    assert (problem["file"], problem["found"]) == ("new.toml", "no file")
    assert problem["remedy"].startswith("name the file with --against, or ")


def test_where_there_is_no_journal_or_nothing_in_it(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Either is told, with what to do."""
    home.loaded()
    against(home)
    said = answer(capsys, code=ExitCode.USAGE)["error"]
    assert "there is no journal" in said
    assert said.endswith("or the file itself as --journal")
    home.run(cycles=3)
    home.rewrite([])
    assert "nothing was recorded yet" in answer(capsys, code=ExitCode.USAGE)["error"]


def test_a_changed_record_ends_it(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """By the chain, and where it cannot be read though every hash fits."""
    home.run(cycles=9)
    against(home)
    rows = home.rows()
    home.change(9, '"close"', '"klose"', chained=False)
    assert "record 9 does not match its hash" in answer(capsys, code=ExitCode.JOURNAL)["error"]
    home.rewrite(rows)
    home.change(9, '"close":"101"', '"close":"x"')
    assert "a record of a Bar cannot be read" in answer(capsys, code=ExitCode.JOURNAL)["error"]


def test_a_record_that_cannot_be_folded_ends_it(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The books of the journal itself break."""
    home.run(cycles=9)
    against(home)

    def broken(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("interlock.core.rehearsal.evolve", broken)
    assert "cannot be taken into the books (ArithmeticError" in answer(capsys, code=ExitCode.JOURNAL)["error"]


# -- from the records alone ----------------------------------------------------------------------------------------


def test_a_copy_elsewhere_gives_the_same_words(
    home: "Home", capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without configuration, data and head file; the file is not touched."""
    home.run()
    against(home, slow="7")
    there = words(capsys)
    copy = tmp_path / "elsewhere" / "copy.sqlite3"
    copy.parent.mkdir(mode=0o700)
    shutil.copy(home.journal, copy)
    (home.folder / "interlock.toml").unlink()
    before = copy.read_bytes()
    here = words(capsys, "--journal", str(copy))
    assert here.splitlines()[1:] == there.splitlines()[1:]
    assert copy.read_bytes() == before
    assert {path.name for path in copy.parent.iterdir()} <= {"copy.sqlite3", "copy.sqlite3-shm", "copy.sqlite3-wal"}


def test_beside_a_writer_it_reads_what_is_committed(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And holds up nobody."""
    home.run(cycles=9)
    against(home)
    writer = SqliteJournal(home.journal)
    assert writer.head() is not None
    assert not answer(capsys)["changed"]
    writer.close()


def test_a_quiet_record_is_read_without_what_nobody_asks(home: "Home") -> None:
    """Fast or whole, it is the same record but for the numbers behind a NO_ACTION."""
    home.run()
    with RawJournal(home.journal) as rows:
        for _, kind, body, _ in rows.checked():
            record = read(kind, body)
            if record.decision is None or record.decision.findings or record.events:
                continue
            assert body.startswith(b'{"decision":{"code":"' + record.decision.code.encode())


def test_reasons_without_number_are_counted_and_not_listed(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin may make up codes; memory stays bounded."""
    home.run()
    against(home, slow="7")
    monkeypatch.setattr(groups, "GROUPS_MAX", 1)
    local = answer(capsys)["local"]
    assert len(local["groups"]) == 1
    assert local["beyond"] > 0
    assert "and more reasons than are listed" in words(capsys)


# -- LIVE, and what breaks -----------------------------------------------------------------------------------------

STARTED = RunStarted(run_id="r", started_at=A_TIME, build="b", config_digest="d", configuration="[]", feed="f")


def live(folder: Path, *, armed: bool) -> tuple[str, str]:
    """A journal of LIVE in which two orders were asked for, and how to name it."""
    buy = OrderIntent(code="TEST.BUY", side=Side.BUY, quantity=Decimal(5))
    journal = SqliteJournal(folder / "live.sqlite3")
    core = Rig(*[buy] * 2, journal=journal, venue=ScriptedVenue(fills=True), mode=RunMode.LIVE)
    core.cycle.note(STARTED, core.at)
    core.cycle.reconcile(ReconciliationCause.START, core.at)
    if armed:
        core.cycle.note(an_arming(), core.at)
    core.bars(*["100", "101", "102", "99"] * 3)
    core.cycle.note(FaultObserved(fault=Fault(where="execution", error="TimeoutError", place="v:1")), core.at)
    journal.close()
    return "--journal", "live.sqlite3"


def test_a_journal_of_live_is_rehearsed_on_paper(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of the recorded venue is taken over, and that is said; what was armed is in force as it was."""
    journal = live(home.folder, armed=True)
    against(home)
    data = answer(capsys, *journal)
    assert data["mode"] == "LIVE"
    recorded, new = data["full"]["recorded"], data["full"]["new"]
    assert (recorded["orders"], recorded["fills"]) == (2, 2)
    assert new["orders"] > 0
    assert data["configurations"][0]["unreadable"]
    assert [note.split(" (")[0].split(":")[0] for note in data["notes"]] == [
        "what people and their kill switch said stands where it stood, in both answers",
        "the recorded fills are those of a venue",
        "faults of the recorded venue are left out of the full answer",
        "this is a journal of LIVE",
    ]
    assert "it cannot be held against the new one" in words(capsys, *journal)


def test_where_nobody_armed_a_rehearsal_enters_nothing_either(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The control that LIVE always has is always on, whatever mode the file says."""
    journal = live(home.folder, armed=False)
    against(home)
    data = answer(capsys, *journal)
    assert data["full"]["new"]["orders"] == 0
    assert group(data["full"], "live_arming")["now"] > 0


def test_the_full_answer_needs_a_simulated_venue(
    home: "Home", capsys: pytest.CaptureFixture[str], live_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The local one does not."""
    monkeypatch.syspath_prepend(str(live_site))
    core = Rig(journal=SqliteJournal(home.folder / "live.sqlite3"), mode=RunMode.LIVE)
    core.bars("100", "101")
    core.journal.close()
    LiveRuns(home.folder, None).write("B").rename(NEW)
    data = answer(capsys, "--journal", "live.sqlite3", code=ExitCode.REFUSED)
    assert data["full"] is None
    assert "reaches outside of this process" in data["why_not_full"]
    assert data["local"]["asked"] == 2
    assert "not given: execution.adapter" in words(capsys, "--journal", "live.sqlite3", code=ExitCode.REFUSED)


def test_a_run_that_would_have_ended_itself_is_told(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults in a row would have ended it, and a fold that breaks ends the answer."""
    home.run()
    against(home)

    def raising(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr("interlock.core.strategies.moving_average_cross.MovingAverageCross.propose", raising)
        data = answer(capsys)
    assert data["full"]["new"]["errors"] == data["full"]["asked"]
    assert "a run would have ended itself at record" in data["notes"][0]
    monkeypatch.setattr("interlock.core.cycle.Cycle.step", raising)
    data = answer(capsys)
    assert data["full"]["ended_at"] > 0
    assert "the full answer ends before record" in data["notes"][0]
    assert not data["local"]["changed"]


def test_a_session_is_lived_through_byte_for_byte(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    """What the whole of ``interlock run`` wrote is what the rerun makes of its observations."""
    home.run()
    against(home)
    made: list[bytes] = []
    real = Rerun.take

    def kept(self: Any, observation: Any, now: Any) -> Any:
        records = real(self, observation, now)
        made.extend(encode(record) for record in records)
        return records

    monkeypatch.setattr(Rerun, "take", kept)
    through.rehearse(home.journal, NEW, through.Window(), lambda _: None)
    with RawJournal(home.journal) as rows:
        assert made == [body for _, _, body, _ in rows.checked()]
