"""``interlock status``: healthy or not, and why, for people, for scripts and by exit code."""

import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlock.adapters.journal.private_files import WriterLock
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.market import RefusedRow
from interlock.core.observations import StopReason
from interlock.runner.commands.journal_recorded import NotHere
from interlock.runner.commands.status_facts import NOTHING_KNOWN
from interlock.runner.exit_codes import ExitCode
from interlock.runner.main import run

if TYPE_CHECKING:
    from tests.unit.runner.commands.conftest import Home


def _status(capsys: pytest.CaptureFixture[str], code: ExitCode) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["status", "--json"]) == code
    data = json.loads(capsys.readouterr().out)
    assert tuple(data) == tuple(NOTHING_KNOWN)
    assert (data["healthy"], data["exit_code"]) == (code is ExitCode.DONE, code)
    assert isinstance(data, dict)
    return data


def _words(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    run(["status"])
    return capsys.readouterr().out


def test_a_run_that_stopped_cleanly_is_healthy(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """What it left is told: the books, the orders that are open, and how old the news is."""
    home.run(cycles=3)
    journal = SqliteJournal(home.journal)
    head = journal.head()
    journal.close()
    assert head is not None
    data = _status(capsys, ExitCode.DONE)
    assert data["reason"] == "not running: stopped cleanly by CYCLES_REACHED"
    assert (data["running"], data["since"], data["written_by"]) == (False, None, None)
    assert (data["mode"], data["account"], data["instrument"], data["currency"]) == ("SIM", "demo", "TEST", "USD")
    assert data["head"] == {"seq": head.seq, "hash": head.hash}
    assert (data["trading_state"], data["trading_code"], data["stopped_by"]) == ("ACTIVE", None, "CYCLES_REACHED")
    assert (data["last_bar_at"], data["last_bar_age_seconds"]) == ("2020-01-02T15:02:00+00:00", "0.0")
    assert data["last_cycle_at"] == data["last_bar_at"]
    (order,) = data["open_orders"]
    assert (order["side"], order["state"], order["leaves_qty"]) == ("BUY", "ACCEPTED", "5")
    assert [Decimal(data[name]) for name in ("position", "cash", "equity")] == [0, 1000, 1000]
    assert abs((datetime.now(UTC) - datetime.fromisoformat(data["written_at"])).total_seconds()) < 60
    words = _words(capsys)
    assert words.startswith(
        "status:        healthy: not running: stopped cleanly by CYCLES_REACHED\nrunning:       no\n"
    )
    assert f"open orders:   1 order\n               {order['client_order_id']} BUY 5 ACCEPTED\n" in words
    assert "equity:        1000 USD\n" in words


def test_a_run_that_runs_and_may_trade_is_healthy(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Who it is, and since when, is read off its lock."""
    home.run(cycles=9)
    home.rewrite(home.rows()[:-1])
    lock = WriterLock(home.journal)
    data = _status(capsys, ExitCode.DONE)
    assert (data["running"], data["written_by"]["pid"]) == (True, os.getpid())
    assert data["reason"] == f"running since {data['since']}, trading is ACTIVE"
    assert f"running:       process {os.getpid()} on " in _words(capsys)
    lock.release()
    data = _status(capsys, ExitCode.FINDING)
    assert "not running, and the last run was killed: it did not say that it stopped; `interlock run`" in data["reason"]
    assert data["stopped_by"] is None


def test_halted_is_never_healthy_and_the_reason_is_said(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Running or stopped: with what to do about it."""
    row = RefusedRow(source="f", line=3, field="close", value="x", rule="a number")
    home.feed = [*list(home.feed)[:5], row, row]
    home.run(cycles=7)
    data = _status(capsys, ExitCode.FINDING)
    assert (data["trading_state"], data["trading_code"]) == ("HALTED", "REFUSED_ROWS_EXCEEDED")
    assert data["reason"].startswith("not running, and trading is HALTED: REFUSED_ROWS_EXCEEDED: ")
    assert "what to do: " in data["reason"]
    assert "trading:       HALTED (REFUSED_ROWS_EXCEEDED)\n" in _words(capsys)
    lock = WriterLock(home.journal)
    assert _status(capsys, ExitCode.FINDING)["reason"].startswith("trading is HALTED: REFUSED_ROWS_EXCEEDED: ")
    lock.release()


def test_what_the_venue_has_yet_to_say_is_not_healthy(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """A start that nobody answered, and an order in doubt; running or stopped."""
    home.run(cycles=9)
    started, answered, stopped = home.rows()[:2], home.rows()[2:3], home.rows()[-1:]
    assert answered[0][1] == "VenueReconciled"
    home.rewrite([*started, (2, stopped[0][1], stopped[0][2])])
    assert "not running, and the venue has yet to confirm" in _status(capsys, ExitCode.FINDING)["reason"]
    home.rewrite(started)
    lock = WriterLock(home.journal)
    reason = _status(capsys, ExitCode.FINDING)["reason"]
    assert ", and entries wait: the venue has yet to confirm our orders and position (START)" in reason
    lock.release()


def test_an_order_in_doubt_is_not_healthy(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """A clean stop does not settle it."""
    home.run(cycles=3)
    rows = home.rows()
    (seq, body), *_ = ((seq, body) for seq, kind, body in rows if kind == "OrderAccepted")
    unknown = json.loads(body)
    unknown["observation"] = {
        "client_order_id": unknown["correlation_id"],
        "detail": "",
        "ts_event": unknown["ts_init"],
    }
    rows[seq] = (seq, "OrderUnknown", json.dumps(unknown, sort_keys=True, separators=(",", ":")))
    home.rewrite([*rows[: seq + 1], (seq + 1, "RunStopped", rows[-1][2])])
    assert "not running, and orders of which nobody can" in _status(capsys, ExitCode.FINDING)["reason"]


def test_a_run_that_a_fault_ended_is_not_healthy(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """Though it said that it stopped."""
    home.run(cycles=9)
    home.change(len(home.rows()) - 1, "CYCLES_REACHED", StopReason.STATE_UNTRUSTED)
    assert "the last run ended by STATE_UNTRUSTED" in _status(capsys, ExitCode.FINDING)["reason"]


def test_without_a_journal_or_a_run_nothing_is_known(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """And that is not healthy: somebody expected one."""
    home.loaded()
    data = _status(capsys, ExitCode.FINDING)
    assert "there is no journal at state/sim/journal.sqlite3" in data["reason"]
    assert data["head"] is data["written_at"] is None
    SqliteJournal(home.journal).close()
    data = _status(capsys, ExitCode.FINDING)
    assert "has no run in it yet" in data["reason"]
    home.run(cycles=1)
    home.rewrite(home.rows()[:1])
    assert "has no run in it yet" in _status(capsys, ExitCode.FINDING)["reason"]
    assert "head:          0 " in _words(capsys)


def test_before_the_first_bar_there_is_little_to_tell(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """No price, no age."""
    home.run(cycles=1)
    home.rewrite(home.rows()[:3])
    lock = WriterLock(home.journal)
    data = _status(capsys, ExitCode.DONE)
    assert data["last_bar_at"] is data["last_bar_age_seconds"] is None
    assert "last bar:      none yet\n" in _words(capsys)
    lock.release()


def test_a_journal_that_cannot_be_trusted_is_a_reason(
    home: "Home", capsys: pytest.CaptureFixture[str], forget_snapshots: Callable[[Path], None]
) -> None:
    """Cut, or changed: what a run would refuse."""
    home.run(cycles=9)
    forget_snapshots(home.journal)
    home.change(5, '"observation"', '"observed"', chained=False)
    assert "record 5 does not match its hash" in _status(capsys, ExitCode.FINDING)["reason"]
    with sqlite3.connect(home.journal) as connection:
        connection.execute("DELETE FROM records WHERE seq > 4")
    connection.close()
    data = _status(capsys, ExitCode.FINDING)
    assert data["reason"]
    assert data["position"] is None


def test_what_is_held_is_told_without_the_plugin_that_wanted_it(
    home: "Home", capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only decisions need it."""

    def gone(_: object) -> None:
        raise NotHere("gone")

    home.run(cycles=9)
    known = _status(capsys, ExitCode.DONE)
    monkeypatch.setattr("interlock.runner.commands.status_facts.recorded", gone)
    # A reader may touch the log of the file: when it was written is another question.
    assert _status(capsys, ExitCode.DONE) | {"written_at": None} == known | {"written_at": None}
    assert known["position"] == "5"


def test_a_place_that_cannot_be_looked_at_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """By every command alike."""
    long = str(tmp_path / ("x" * 300))
    for command in (["journal", "info"], ["journal", "verify"], ["status"]):
        assert run([*command, long]) == ExitCode.USAGE
        assert "cannot be looked at: file name too long" in capsys.readouterr().err
    assert run(["status", "-h"]) == ExitCode.DONE
    assert "Exit codes:" in capsys.readouterr().out


def test_a_folder_that_is_open_to_others_is_not_healthy(home: "Home", capsys: pytest.CaptureFixture[str]) -> None:
    """The next start would be refused, and what is in it can be read."""
    home.run(cycles=3).parent.chmod(0o755)
    data = _status(capsys, ExitCode.FINDING)
    assert "state/sim is open to other users: chmod 700" in data["reason"]
    assert data["head"] is not None
