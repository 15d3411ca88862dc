"""One run from start to stop, in this process, on data and a clock that are handed in."""

import io
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from attrs import evolve
from rich.console import Console
from typing_extensions import override

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.archive import archive
from interlock.adapters.journal.head_file import head_path
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.cycle import Cycle
from interlock.core.faults import AdapterUnavailable, InvariantViolated, JournalUnavailable
from interlock.core.market import Bar, FeedItem, RefusedRow
from interlock.core.observations import (
    ChangedSetting,
    ConfigurationChanged,
    JournalResumed,
    LastEnd,
    RunStarted,
    RunStopped,
    StopReason,
)
from interlock.core.ports import MarketDataPort
from interlock.core.ports.risk import Breach
from interlock.core.reasons import Reason
from interlock.core.records import Record, TradingStateChanged
from interlock.core.reports import OrderRejected
from interlock.core.risk.policy import RulePolicy
from interlock.core.trading_state import TradingState
from interlock.core.view import MarketView
from interlock.runner.config.load import load
from interlock.runner.ending import Ended
from interlock.runner.exit_codes import ExitCode, RefusedToStart
from interlock.runner.loop import Bounds
from interlock.runner.narrator import Narrator
from interlock.runner.session import RunSession
from interlock.runner.summary import as_text
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, bars


class RaisingFeed(MemoryFeed):
    """Raises where it is told to."""

    def __init__(self, items: Sequence[FeedItem], where: str) -> None:
        super().__init__(items)
        self._where = where

    @override
    def _begin(self) -> None:
        if self._where == "open":
            raise OSError("a secret path")
        super()._begin()

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        if self._where == "next" and self._items == 2:
            raise OSError("a secret path")
        return super()._take(deadline)


class RaisingOnce(MemoryFeed):
    """Raises once, and goes on: trading is halted, and the run is not ended."""

    _raised = False

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        if self._items == 4 and not self._raised:
            self._raised = True
            raise OSError("a secret path")
        return super()._take(deadline)


class Runs:
    """Runs in one folder, one after another. What a person was told is in ``told``."""

    def __init__(self, folder: Path, configuration: Callable[..., str]) -> None:
        self.folder = folder
        self.configuration = configuration
        self.lines = io.StringIO()
        self.console = Console(width=500, file=self.lines)
        self.state = folder / "state"

    def session(
        self,
        feed: MarketDataPort | None = None,
        bounds: Bounds | None = None,
        environ: Mapping[str, str] = MappingProxyType({}),
        **changes: str,
    ) -> RunSession:
        """A session over bars that are handed in."""
        file = self.folder / "interlock.toml"
        file.write_text(self.configuration(**changes))
        return RunSession(
            load(file, environ=environ),
            bounds or Bounds(faults_max=2),
            Narrator(self.console, verbose=False),
            verbose=False,
            feed=feed or MemoryFeed(bars(20)),
            clock=SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC)),
        )

    def run(self, *args: Any, **kwargs: Any) -> Ended:
        """Run it to its end."""
        return self.session(*args, **kwargs).run()

    @property
    def journal(self) -> Path:
        """Where SIM keeps its journal."""
        return self.state / "sim" / "journal.sqlite3"

    @property
    def told(self) -> str:
        """What the console said."""
        return self.lines.getvalue()

    def records(self) -> list[Record]:
        """What the journal holds."""
        with JournalReader(self.journal) as reader:
            return list(reader.read())

    def log(self, mode: str = "sim") -> list[dict[str, Any]]:
        """What the log says."""
        return [json.loads(line) for line in (self.state / mode / "interlock.log").read_text().splitlines()]


@pytest.fixture
def runs(tmp_path: Path, configuration: Callable[..., str]) -> Runs:
    """A folder to run in."""
    return Runs(tmp_path, configuration)


class NotingFeed(MemoryFeed):
    """Notes one thing when it is open, and another when it was read to its end."""

    @property
    @override
    def notes(self) -> tuple[str, ...]:
        return ("a column", "the end")[: 2 if self.progress() == 1 else 1]


def test_what_a_source_notes_is_told_and_logged_at_the_start_and_at_the_end(runs: Runs) -> None:
    """The console of a run that nobody watched is gone; the log is not."""
    runs.run(NotingFeed(bars(3)))
    events = [line["event"] for line in runs.log()]
    assert (events[0], events[-1]) == ("DataNoted", "DataNoted")  # a run that is killed has logged the first
    noted = [line["why"] for line in runs.log() if line["event"] == "DataNoted"]
    assert noted == ["market data: a column", "market data: the end"]
    assert [line for line in runs.told.splitlines() if line.startswith("market data")] == noted


def test_a_run_begins_and_ends_in_the_journal(runs: Runs) -> None:
    """With its configuration and build, and with its reason."""
    ended = runs.run()
    assert (ended.exit_code, ended.error) == (ExitCode.DONE, None)
    observed = [record.observation for record in runs.records()]
    started, stopped = observed[1], observed[-1]
    assert isinstance(started, RunStarted)
    assert isinstance(stopped, RunStopped)
    assert started.build.startswith("interlock ")
    assert json.loads(started.configuration)["account"] == "demo"
    assert started.origins is not None
    assert [(origin.name, origin.keys["account"]) for origin in started.origins] == [("interlock.toml", 3)]
    assert started.run_id == stopped.run_id == ended.facts.run_id
    assert stopped.reason is StopReason.END_OF_DATA


def test_what_is_said_in_another_place_is_the_same_configuration(runs: Runs) -> None:
    """The run goes on with the journal, nothing has changed, and where it was said is on record."""
    runs.run(bounds=Bounds(cycles=5))
    runs.run(bounds=Bounds(cycles=5), environ={"INTERLOCK_MODE": "SIM"})
    observed = [record.observation for record in runs.records()]
    first, second = (each for each in observed if isinstance(each, RunStarted))
    assert first.config_digest == second.config_digest
    assert not any(isinstance(each, ConfigurationChanged) for each in observed)
    assert [origin.name for origin in first.origins or ()] == ["interlock.toml"]
    assert [origin.name for origin in second.origins or ()] == ["INTERLOCK_MODE", "interlock.toml"]


def test_a_run_that_was_stopped_is_gone_on_with(runs: Runs) -> None:
    """The second run takes the bars behind the first, and is told what it found."""
    first = runs.run(bounds=Bounds(cycles=8))
    second = runs.run()
    assert (first.tally.bars, second.tally.bars) == (8, 12)
    assert second.view.bars_seen == 20
    assert "going on from record" in runs.told
    assert "stopped by CYCLES_REACHED" in runs.told
    assert (first.facts.went_on, second.facts.went_on) == (False, True)


def test_reading_a_large_journal_is_told_before_it_is_read(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, forget_snapshots: Callable[[Path], None]
) -> None:
    """And meanwhile how far it has come: minutes of silence look like a hang."""
    runs.run(bounds=Bounds(cycles=8))
    runs.run(bounds=Bounds(cycles=2))
    forget_snapshots(runs.journal)
    assert "reading the" not in runs.told
    for name, value in (("RECORDS_TOLD", 10), ("RECORDS_PER_LOOK", 5), ("TOLD_EVERY_SECONDS", 0.0)):
        monkeypatch.setattr(f"interlock.runner.reading.{name}", value)
    runs.run()
    told = runs.told[runs.told.index("reading the earlier journal first, ") :]
    assert told.index("reading the journal: 10 of ") < told.index("going on from record")


def test_a_stop_while_the_journal_is_read_ends_it_at_once(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, forget_snapshots: Callable[[Path], None]
) -> None:
    """One signal is enough, the journal stays as it was, and the next start reads it again."""
    runs.run(bounds=Bounds(cycles=8))
    forget_snapshots(runs.journal)
    before = runs.journal.read_bytes(), runs.log()
    monkeypatch.setattr("interlock.runner.reading.RECORDS_PER_LOOK", 5)
    session = runs.session()
    session.stop._tell = lambda _: None
    session.stop.ask("SIGINT")
    ended = session.run()
    assert (ended.exit_code, ended.error) == (ExitCode.DONE, None)
    assert (ended.facts.stop_reason, ended.facts.stopped_by) == (StopReason.SIGNAL, "SIGINT")
    assert not ended.facts.books_hold
    assert (runs.journal.read_bytes(), runs.log()) == before
    assert runs.run().view.bars_seen == 20


def test_the_venue_is_told_which_orders_were_working(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, by the run that goes on; a journal that begins has none to tell of."""
    told: list[int] = []
    real = Cycle.resume

    def resume(cycle: Cycle) -> None:
        told.append(cycle.view.bars_seen)
        real(cycle)

    monkeypatch.setattr(Cycle, "resume", resume)
    runs.run(bounds=Bounds(cycles=8))
    runs.run()
    assert told == [8]


def test_a_run_that_was_killed_is_gone_on_with(runs: Runs) -> None:
    """It did not say that it stopped, and nothing else differs."""
    runs.run(bounds=Bounds(cycles=8))
    connection = sqlite3.connect(runs.journal, isolation_level=None)
    connection.execute("DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)")
    connection.close()
    head_path(runs.journal).unlink()
    assert runs.run().view.bars_seen == 20
    assert "did not say that it stopped" in runs.told


def test_a_journal_that_ended_by_end_of_data_is_kept_and_a_new_one_begun(runs: Runs) -> None:
    """Running twice works twice."""
    first, second = runs.run(), runs.run()
    assert first.tally.bars == second.tally.bars == 20
    assert runs.journal.with_name("journal-1.sqlite3").exists()
    assert "came to the end of its data" in runs.told


def test_paper_goes_on_after_the_end_of_its_data(runs: Runs) -> None:
    """Its journal is somebody's account: it is kept, and a run that finds nothing new says since when, and is fine."""
    paced = Bounds(interval_seconds=1.0, faults_max=2)
    assert runs.run(bounds=paced, mode="PAPER").tally.bars == 20
    again = runs.run(bounds=paced, mode="PAPER")
    assert (again.exit_code, again.facts.stop_reason) == (ExitCode.DONE, StopReason.END_OF_DATA)
    assert (again.tally.bars, again.view.bars_seen) == (0, 20)
    assert "nothing new since 2020-01-02" in runs.told
    assert [file.name for file in (runs.state / "paper").glob("*.sqlite3")] == ["journal.sqlite3"]


def test_a_journal_that_no_run_began_in_is_put_aside(runs: Runs) -> None:
    """A process that died between the first record and the second leaves nothing to go on with."""
    runs.run(bounds=Bounds(cycles=1))
    connection = sqlite3.connect(runs.journal, isolation_level=None)
    connection.execute("DELETE FROM records WHERE seq > 0")
    connection.close()
    head_path(runs.journal).unlink()
    assert runs.run().tally.bars == 20
    assert "no run ever began in it" in runs.told


def test_a_changed_configuration_begins_anew_in_sim_and_its_books_keep_theirs_in_paper(runs: Runs) -> None:
    """A rehearsal may be repeated; a paper position is somebody's, and what its books rest on stays."""
    runs.run(bounds=Bounds(cycles=3))
    runs.run(bounds=Bounds(cycles=3), cash="2000")
    assert "belongs to another configuration" in runs.told
    runs.run(bounds=Bounds(cycles=3, interval_seconds=1.0), mode="PAPER")
    with pytest.raises(RefusedToStart, match=r"another configuration.*: opening_cash was 1000, would be 2000"):
        runs.run(bounds=Bounds(cycles=3, interval_seconds=1.0), mode="PAPER", cash="2000")


def _paper_records(runs: Runs) -> list[Record]:
    with JournalReader(runs.state / "paper" / "journal.sqlite3") as reader:
        return list(reader.read())


def test_in_paper_a_changed_configuration_is_told_and_journaled_before_the_run(runs: Runs) -> None:
    """Key by key, and the next run under the same one has nothing to tell."""
    paced = Bounds(cycles=3, interval_seconds=1.0)
    limit = '[risk.max_position]\nlimit = "{}"\n'
    runs.run(bounds=paced, mode="PAPER", parameters=limit.format(5))
    runs.run(bounds=paced, mode="PAPER", parameters=limit.format(7))
    runs.run(bounds=paced, mode="PAPER", parameters=limit.format(7))
    observed = [record.observation for record in _paper_records(runs) if record.is_run_boundary]
    assert [type(each).__name__ for each in observed] == [
        *("RunStarted", "VenueReconciled", "RunStopped"),
        *("JournalResumed", "ConfigurationChanged", "RunStarted", "VenueReconciled", "RunStopped"),
        *("JournalResumed", "RunStarted", "VenueReconciled", "RunStopped"),
    ]
    assert observed[4] == ConfigurationChanged(
        changes=(ChangedSetting(key="risk.max_position.limit", before="5", after="7", loosens=True),)
    )
    assert runs.told.count("the configuration changed: risk.max_position.limit was 5, is 7 (loosened)") == 1


def test_how_the_last_run_ended_is_told_and_journaled(runs: Runs) -> None:
    """Clean after a bound; crashed after an exception that nobody foresaw; killed where nothing was said."""
    runs.run(bounds=Bounds(cycles=3))
    session = runs.session(bounds=Bounds(cycles=3))
    session._bounds = evolve(session._bounds, seconds="no number")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        session.run()
    # Refused and archived in vain meanwhile: none of that is a run, and the words stay.
    with pytest.raises(RefusedToStart):
        runs.run(account="me")
    runs.run(bounds=Bounds(cycles=3))
    ends = [record.observation for record in runs.records() if isinstance(record.observation, JournalResumed)]
    assert [each.ended for each in ends] == [LastEnd.CLEAN, LastEnd.CRASHED]
    assert ends[1].detail.startswith("TypeError at ")
    assert "the earlier run ended cleanly: stopped by CYCLES_REACHED; 3 bars seen" in runs.told
    assert "the earlier run crashed: TypeError at " in runs.told
    assert [line["code"] for line in runs.log() if line["event"] == "JournalResumed"] == ["CLEAN", "CRASHED"]


def test_a_journal_that_failed_is_a_crash_of_which_word_was_left(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """No record could tell it."""
    session = runs.session(bounds=Bounds(cycles=8))
    append = SqliteJournal.append

    def full(self: SqliteJournal, records: Sequence[Record], *, durable: bool = True) -> None:
        if any(isinstance(record.observation, Bar) for record in records):
            raise JournalUnavailable("no space left")
        append(self, records, durable=durable)

    with monkeypatch.context() as broken:
        broken.setattr(SqliteJournal, "append", full)
        assert session.run().exit_code is ExitCode.JOURNAL
    runs.run(bounds=Bounds(cycles=3))
    assert "the earlier run crashed: JOURNAL_FAULT: no space left" in runs.told


def test_a_journal_of_another_account_is_refused(runs: Runs) -> None:
    """Also in SIM, and also one that has ended: it is stamped with an account, and this is not it."""
    runs.run()
    with pytest.raises(RefusedToStart, match="a journal of SIM for account demo, and this would be SIM for account me"):
        runs.run(account="me")
    assert not runs.journal.with_name("journal-1.sqlite3").exists()


def test_other_data_than_the_journal_was_made_from_is_refused(runs: Runs) -> None:
    """Half of one market and half of another is no run of either."""
    runs.run(bounds=Bounds(cycles=3))
    with pytest.raises(RefusedToStart, match="not what the journal was made from"):
        runs.run(MemoryFeed(bars(20, seed=2)))


def test_live_is_refused_before_anything_is_made(runs: Runs) -> None:
    """No folder, no journal, no adapter."""
    with pytest.raises(RefusedToStart, match="LIVE was understood"):
        runs.session(mode="LIVE")
    assert not runs.state.exists()


def test_a_changed_journal_is_refused_and_named(runs: Runs) -> None:
    """And left as it is."""
    runs.run(bounds=Bounds(cycles=8))
    connection = sqlite3.connect(runs.journal, isolation_level=None)
    connection.execute("DELETE FROM snapshots")
    connection.execute("UPDATE records SET body = replace(body, 'TEST', 'BEST') WHERE seq = 4")
    connection.close()
    before = runs.journal.read_bytes()
    with pytest.raises(JournalUnavailable, match=r"journal\.sqlite3 is not used as it is.*record 4"):
        runs.run()
    assert runs.journal.read_bytes() == before


def test_a_journal_that_does_not_add_up_is_refused(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, forget_snapshots: Callable[[Path], None]
) -> None:
    """A record that this version cannot fold stops the start, by its number."""

    def broken(*_: object) -> None:
        raise KeyError("what")

    runs.run(bounds=Bounds(cycles=8))
    forget_snapshots(runs.journal)
    monkeypatch.setattr("interlock.runner.resume.evolve", broken)
    with pytest.raises(InvariantViolated, match=r"record 0 of .* cannot be folded \(KeyError"):
        runs.run()


def test_a_second_runner_is_refused(runs: Runs) -> None:
    """One writer at a time."""
    runs.run(bounds=Bounds(cycles=3))
    holder = SqliteJournal(runs.journal)
    try:
        with pytest.raises(JournalUnavailable):
            runs.run()
    finally:
        holder.close()


def test_a_log_that_cannot_be_opened_refuses_the_start(runs: Runs) -> None:
    """Fail closed: at the start nothing is at risk yet."""
    runs.run(bounds=Bounds(cycles=3))
    log = runs.state / "sim" / "interlock.log"
    log.unlink()
    log.mkdir()
    with pytest.raises(RefusedToStart, match=r"log .* cannot be opened"):
        runs.run()


def test_a_feed_that_cannot_be_opened_refuses_the_start_without_its_message(runs: Runs) -> None:
    """Nobody knows what a message holds."""
    with pytest.raises(AdapterUnavailable, match="raised OSError at") as raised:
        runs.run(RaisingFeed((), "open"))
    assert "secret" not in str(raised.value)


def test_faults_beyond_the_limit_end_it_with_a_reason_and_a_trace(runs: Runs) -> None:
    """Exit 4; the log holds the places, the messages are nowhere."""
    ended = runs.run(RaisingFeed(bars(9), "next"))
    assert ended.facts.stop_reason is StopReason.FAULTS_EXCEEDED
    assert ended.exit_code is ExitCode.HALTED
    assert "more than 2 faults in a row" in (ended.error or "")
    traces = [line["data"]["trace"] for line in runs.log() if line["event"] == "FaultObserved"]
    assert len(traces) == 3
    assert all("test_session.py" in trace[0] for trace in traces)
    assert "secret" not in (runs.state / "sim" / "interlock.log").read_text() + str(runs.records()) + runs.told


def _refused(count: int) -> list[FeedItem]:
    return [RefusedRow(source="x.csv", line=line, field="close", value="abc", rule="X") for line in range(count)]


@pytest.mark.parametrize(
    ("feed", "code", "says"),
    [
        pytest.param(lambda: MemoryFeed(bars(20)), ExitCode.DONE, None, id="all is well"),
        pytest.param(
            lambda: RaisingOnce(bars(9)), ExitCode.HALTED, "trading ended HALTED: FAULT_IN_ADAPTER: ", id="a fault"
        ),
        pytest.param(
            lambda: MemoryFeed([*bars(99), *_refused(9)]),
            ExitCode.FINDING,
            "trading ended HALTED: REFUSED_ROWS_EXCEEDED: 2 of 101 rows were refused",
            id="another halt",
        ),
        pytest.param(lambda: MemoryFeed(()), ExitCode.FINDING, "the data ended and not one bar came", id="no bar"),
    ],
)
def test_an_end_that_needs_somebody_is_not_0(
    runs: Runs, feed: Callable[[], MemoryFeed], code: ExitCode, says: str | None
) -> None:
    """Halted by a fault is 4; any other halt, and a run that saw nothing, is 1; each says what to do."""
    ended = runs.run(feed())
    assert ended.facts.stop_reason is StopReason.END_OF_DATA
    assert ended.exit_code is code
    assert (ended.error or "").startswith(says or "")
    assert (ended.error is None) is (code is ExitCode.DONE)
    assert bool(ended.facts.restricted) is ("HALTED" in (says or ""))


def test_a_loss_that_leaves_trading_reducing_is_no_fault(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit did what it is for: exit 0, and the summary says what restricts trading."""

    def watch(_: RulePolicy, view: MarketView) -> Sequence[Breach]:
        if view.trading_state is not TradingState.ACTIVE:
            return ()
        event = TradingStateChanged(state=TradingState.REDUCING, code=Reason.DAILY_LOSS_EXCEEDED)
        return (Breach(rule="daily_loss", event=event),)

    monkeypatch.setattr(RulePolicy, "watch", watch)
    ended = runs.run()
    assert (ended.exit_code, ended.error) == (ExitCode.DONE, None)
    assert ended.facts.restricted.startswith("REDUCING: DAILY_LOSS_EXCEEDED")
    assert runs.told.count("    what to do: Read what happened. It stands until") == 1


def test_a_run_that_goes_on_halted_says_why_it_was(runs: Runs) -> None:
    """The sentence has numbers that only the journal knows."""
    first = runs.run(RaisingOnce(bars(9)), Bounds(cycles=6, faults_max=2))
    again = runs.run(MemoryFeed(bars(9)))
    assert again.facts.restricted == first.facts.restricted != ""
    assert again.exit_code is ExitCode.HALTED
    # Once where it happened, and once where a run begins like that.
    assert runs.told.count("what to do: ") == 2


def test_data_without_a_bar_is_dated_nowhere(runs: Runs) -> None:
    """The clock had nothing to begin at, and 1970 is no answer."""
    ended = runs.run(MemoryFeed(()))
    text = runs.told + as_text(ended.facts, ended.tally, ended.view)
    assert "1970" not in text
    assert "no bar came yet    the data ends here" in text


def test_a_journal_that_fails_at_the_very_end_of_a_halted_run_comes_first(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can read of the halt then: exit 5."""
    real = Cycle.note

    def full(cycle: Cycle, observation: Any, now: datetime) -> Record:
        if isinstance(observation, RunStopped):
            raise JournalUnavailable("the disk is full")
        return real(cycle, observation, now)

    monkeypatch.setattr(Cycle, "note", full)
    assert runs.run(RaisingOnce(bars(9))).exit_code is ExitCode.JOURNAL


def test_a_fault_of_the_fold_ends_it_at_once(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 4, a reason in words and in the log, the stop on record, and the next start folds again."""

    def broken(*_: object) -> None:
        raise ArithmeticError("a secret")

    real = Cycle.step
    monkeypatch.setattr(Cycle, "step", lambda *args: broken() if args[0].view.bars_seen == 4 else real(*args))
    # A state that broke is not asked once more, not even to say that the run stops.
    real_note = Cycle.note
    monkeypatch.setattr(Cycle, "note", lambda *args: broken() if args[0].view.bars_seen == 4 else real_note(*args))
    ended = runs.run()
    monkeypatch.undo()
    assert (ended.exit_code, ended.facts.stop_reason) == (ExitCode.HALTED, StopReason.STATE_UNTRUSTED)
    assert "the state cannot be trusted" in (ended.error or "")
    (line,) = [line for line in runs.log() if line["event"] == "StateUntrusted"]
    assert "test_session.py" in line["data"]["trace"][0]
    assert "secret" not in json.dumps(runs.log())
    last = runs.records()[-1].observation
    assert isinstance(last, RunStopped)
    assert last.reason is StopReason.STATE_UNTRUSTED
    assert runs.run().view.bars_seen == 20


@pytest.mark.parametrize("fails_at", [3, 23])
def test_a_journal_that_fails_ends_it_with_its_own_code(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """While it watches, and in its very last record: exit 5 and a reason that a person and the log are given."""
    real = SqliteJournal.append

    def full(journal: SqliteJournal, records: Sequence[Record], *, durable: bool = True) -> None:
        head = journal.head()
        if head is not None and head.seq >= fails_at:
            raise JournalUnavailable("the disk is full")
        real(journal, records, durable=durable)

    monkeypatch.setattr(SqliteJournal, "append", full)
    monkeypatch.setattr(SqliteJournal, "in_doubt", 5)
    ended = runs.run()
    assert ended.exit_code is ExitCode.JOURNAL
    assert ended.error == "the disk is full"
    assert ended.facts.records_in_doubt == 5
    assert [line["why"] for line in runs.log() if line["event"] == "JournalUnavailable"] == ["the disk is full"]


def test_a_stop_before_the_start_still_ends_in_the_journal(runs: Runs) -> None:
    """A signal during a slow start is not lost."""
    session = runs.session()
    session.stop._tell = lambda _: None
    session.stop.ask("SIGTERM")
    ended = session.run()
    assert (ended.facts.stop_reason, ended.facts.stopped_by) == (StopReason.SIGNAL, "SIGTERM")
    assert ended.tally.bars == 0
    assert runs.run().tally.bars == 20


def test_paper_keeps_its_pace_and_its_own_folder(runs: Runs) -> None:
    """Twenty bars of a minute at sixty times the speed take twenty looks of a second."""
    ended = runs.run(bounds=Bounds(interval_seconds=1.0, faults_max=2), mode="PAPER")
    assert ended.facts.stop_reason is StopReason.END_OF_DATA
    assert 19.0 <= ended.facts.elapsed_seconds <= 21.0
    assert "a look every 1 s" in runs.told
    assert (runs.state / "paper" / "journal.sqlite3").exists()
    assert not runs.journal.exists()


def test_a_journal_in_use_elsewhere_is_not_put_aside(runs: Runs) -> None:
    """Archiving needs the journal to itself."""
    runs.run()
    holder = SqliteJournal(runs.journal)
    try:
        with pytest.raises(JournalUnavailable):
            archive(runs.journal)
    finally:
        holder.close()


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (lambda: MemoryFeed(bars(50)), "nothing to do: "),
        (lambda: RaisingFeed(bars(50), "next"), "trading is HALTED (FAULT_IN_ADAPTER)"),
    ],
)
def test_a_heartbeat_says_why_it_is_idle(runs: Runs, feed: Callable[[], MemoryFeed], said: str) -> None:
    """What the last decision said, or why trading is restricted."""
    session = runs.session(
        feed(), Bounds(interval_seconds=1.0, heartbeat_seconds=3.0, seconds=7.0, faults_max=99), mode="PAPER"
    )
    session.run()
    beats = [line["why"] for line in runs.log("paper") if line["event"] == "heartbeat"]
    assert len(beats) == 2
    assert said in beats[0]


class HaltingFeed(MemoryFeed):
    """Before its sixth bar somebody puts a kill switch file, or whatever ``put`` does."""

    def __init__(self, items: Sequence[FeedItem], put: Callable[[], object]) -> None:
        super().__init__(items)
        self._put = put

    @override
    def _take(self, deadline: datetime | None) -> FeedItem:
        if self._items == 5:
            self._put()
        return super()._take(deadline)


def test_a_kill_switch_is_heard_within_a_second_however_long_the_wait(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the next wake, which is an hour away: what works at the venue is called back now."""
    bounds = Bounds(interval_seconds=3600.0, heartbeat_seconds=9999.0, reconcile_seconds=9999.0, faults_max=2)
    session = runs.session(MemoryFeed(bars(8)), bounds, mode="PAPER")
    real = SimulatedClock.sleep_until

    def sleep_until(clock: SimulatedClock, at: float) -> bool:
        if at >= 100:
            (runs.state / "paper" / "HALT").touch()
        return real(clock, at)

    monkeypatch.setattr(SimulatedClock, "sleep_until", sleep_until)
    session.run()
    records = _paper_records(runs)
    (seen,) = [record for record in records if record.kind == "KillSwitchSeen"]
    # A minute of data passes in a second.
    assert (seen.ts_init - records[0].ts_init).total_seconds() / 60 <= 101
    assert "trading is HALTED: KILL_SWITCH: the kill switch is on (HALT)" in runs.told


def test_a_request_that_is_not_obeyed_is_told_and_logged(runs: Runs) -> None:
    """Once, on the console and in the log; the run goes on as it was."""
    folder = runs.state / "paper"

    def ask() -> None:
        (folder / "RESUME").touch(mode=0o600)

    ended = runs.run(HaltingFeed(bars(8), ask), Bounds(interval_seconds=1.0, faults_max=2), mode="PAPER")
    assert ended.exit_code is ExitCode.DONE
    assert runs.told.count("the file RESUME is not obeyed: it does not hold a request") == 1
    (event,) = [event for event in runs.log("paper") if event["event"] == "RequestRefused"]
    assert event["level"] == "WARNING"
    assert not (folder / "RESUME").exists()


def test_following_the_data_the_gate_refuses_before_the_next_look(runs: Runs) -> None:
    """The order was approved, and does not leave; it is told as not sent."""
    folder = runs.state / "sim"
    limits = "".join(
        f"[risk.{name}]\n{text}\n"
        for name, text in {
            "allowed_instruments": 'instruments = ["TEST"]',
            "max_order_quantity": 'limit = "5"',
            "max_order_notional": 'limit = "900"',
            "max_position": 'limit = "5"',
            "price_collar": 'limit = "0.05"',
            "data_age": 'limit_seconds = "60"',
        }.items()
    )
    prices = ("100", "100", "100", "100", "100", "101", "102", "103")
    market = [a_bar(price, at=A_TIME + place * A_MINUTE) for place, price in enumerate(prices)]
    runs.run(
        HaltingFeed(market, (folder / "HALT").touch),
        strategy="moving_average_cross",
        parameters=f'fast = 1\nslow = 2\nquantity = "1"\n{limits}',
    )
    records = runs.records()
    refused = [record.observation for record in records if isinstance(record.observation, OrderRejected)]
    assert refused
    assert {each.code for each in refused} == {Reason.REFUSED_BEFORE_SENDING}
    assert not [record for record in records if record.kind in ("OrderAccepted", "OrderFilled")]
    assert "was not sent: the gate did not let it out to the venue: KILL_SWITCH" in runs.told
