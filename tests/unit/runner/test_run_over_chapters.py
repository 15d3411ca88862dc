"""A run that was stopped, whose journal was archived, and that went on: as if nothing had been cut."""

import io
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from interlock.adapters.clock.simulated import SimulatedClock
from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.snapshots import Landmarks, encode_state
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.market import FeedItem, RefusedRow, Split
from interlock.core.observations import JournalOpened
from interlock.core.order_states import OrderState
from interlock.core.records import OrderSubmitted, Record
from interlock.core.reports import OrderFilled
from interlock.core.state import State
from interlock.runner.commands.journal_recorded import recorded
from interlock.runner.config.load import load
from interlock.runner.ending import Ended
from interlock.runner.exit_codes import ExitCode, RefusedToStart
from interlock.runner.journal_look import journal_looks
from interlock.runner.loop import Bounds
from interlock.runner.main import run as interlock
from interlock.runner.narrator import Narrator
from interlock.runner.resume import read_earlier
from interlock.runner.session import RunSession
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

TRADING = """
fast = 2
slow = 3
quantity = "5"
[risk.allowed_instruments]
instruments = ["TEST"]
[risk.max_order_quantity]
limit = "5"
[risk.max_order_notional]
limit = "900"
[risk.max_position]
limit = "5"
[risk.price_collar]
limit = "0.05"
[risk.data_age]
limit_seconds = "60"
[risk.order_rate]
entries = 3
exits = 3
window_seconds = "3600"
"""
CLOSES = (100, 101, 102, 101, 99, 98, 99, 102, 103, 101, 98, 97, 99, 101, 104, 103, 100, 98)
# Stops in the middle of things: orders work and fill in parts, for little of a bar's volume is ours.
COUNT = 70


def market(*extra: FeedItem) -> list[FeedItem]:
    """Up and down, so that averages cross; a bar of small volume makes an order fill in parts."""
    items: list[FeedItem] = [
        a_bar(str(CLOSES[place % len(CLOSES)]), volume="30" if place % 3 else "5000", at=A_TIME + place * A_MINUTE)
        for place in range(COUNT)
    ]
    items[40:40] = extra
    return items


class Folder:
    """One configuration and its runs, one after another."""

    def __init__(self, folder: Path, configuration: Callable[..., str], mode: str, items: list[FeedItem]) -> None:
        folder.mkdir()
        self.file = folder / "interlock.toml"
        trading = {"strategy": "moving_average_cross", "parameters": TRADING, "mode": mode}
        self.file.write_text(configuration(**trading))
        self.items = items
        self.journal = folder / "state" / mode.lower() / "journal.sqlite3"
        self.lines = io.StringIO()

    def run(self, cycles: int | None = None) -> Ended:
        """A run, of so many cycles or to the end of the data."""
        return RunSession(
            load(self.file, environ={}),
            Bounds(cycles=cycles, interval_seconds=1.0, faults_max=2),
            Narrator(Console(width=1000, file=self.lines), verbose=False),
            verbose=False,
            feed=MemoryFeed(self.items),
            clock=SimulatedClock(datetime(2030, 1, 1, tzinfo=UTC)),
        ).run()

    def archive(self, *more: str) -> int:
        """By its command."""
        return interlock(["journal", "archive", str(self.journal), *more])

    def chapters(self) -> list[Path]:
        """Every journal, oldest first."""
        aside = sorted(self.journal.parent.glob("journal-*.sqlite3"), key=lambda file: int(file.stem.split("-")[1]))
        return [*aside, self.journal]

    def records(self) -> list[Record]:
        """All that happened in the market, over every chapter."""
        found = []
        for journal in self.chapters():
            with JournalReader(journal) as reader:
                found += [record for record in reader.read() if not record.is_run_boundary]
        return [found[0], *(record for record in found if not isinstance(record.observation, JournalOpened))]

    def state(self) -> State:
        """What a start would go on with."""
        with JournalReader(self.journal) as reader:
            started = next(r.observation for r in reader.read(1) if r.kind == "RunStarted")
            parts = recorded(started).reasoning  # type: ignore[arg-type]
            earlier = read_earlier(reader, parts.strategy, parts.policy, self.journal)
        assert earlier is not None
        return earlier.state


def spelt(state: State) -> bytes:
    """To the last zero."""
    return encode_state(state, Landmarks())


@pytest.fixture
def folder(tmp_path: Path, configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Folder]:
    """Makes folders; in PAPER an account's id is drawn by lot, and here the same for all."""
    monkeypatch.setattr(secrets, "token_hex", lambda length: "ab" * length)
    return lambda name, mode, items=None: Folder(tmp_path / name, configuration, mode, items or market())


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
@pytest.mark.parametrize("cuts", [(1,), (8,), (33, 1, 20)])
def test_a_run_whose_journal_was_cut_goes_on_as_one_whose_was_not(
    folder: Callable[..., Folder], mode: str, cuts: tuple[int, ...]
) -> None:
    """The same decisions, orders and fills to the byte, and the same state; every chapter verifies."""
    more = (
        Split(instrument="TEST", ts_event=A_TIME + 39 * A_MINUTE, ratio=Decimal(2)),
        RefusedRow(source="memory", line=3, field="close", value="x", rule="NOT_A_NUMBER"),
    )
    whole, cut = (folder(name, mode, market(*more)) for name in ("whole", "cut"))
    for cycles in cuts:
        for one in (whole, cut):
            one.run(cycles)
        assert cut.archive() == ExitCode.DONE
    for one in (whole, cut):
        one.run()
    assert len(cut.chapters()) == len(cuts) + 1
    assert [encode(record) for record in cut.records()] == [encode(record) for record in whole.records()]
    assert sum(isinstance(record.observation, OrderFilled) for record in whole.records()) > 5
    assert spelt(cut.state()) == spelt(whole.state())
    for journal in cut.chapters():
        assert interlock(["journal", "verify", str(journal)]) == ExitCode.DONE


def test_orders_are_numbered_on(folder: Callable[..., Folder]) -> None:
    """No id is used twice over all chapters."""
    cut = folder("cut", "PAPER")
    for _ in range(5):
        cut.run(13)
        cut.archive()
    ids = [e.terms.client_order_id for r in cut.records() for e in r.events if isinstance(e, OrderSubmitted)]
    assert len(ids) > 3
    assert [int(one.rsplit("-", 1)[1]) for one in ids] == list(range(1, len(ids) + 1))


def test_working_orders_and_the_position_are_handed_on(
    folder: Callable[..., Folder], capsys: pytest.CaptureFixture[str]
) -> None:
    """A cut in the middle of an order that fills in parts."""
    cut = folder("cut", "SIM")
    for _ in range(40):
        cut.run(1)
        state = cut.state()
        if any(order.state is OrderState.PARTIALLY_FILLED for order in state.working.values()):
            break
    else:
        pytest.fail("no order ever filled in parts")
    assert cut.archive() == ExitCode.DONE
    said = capsys.readouterr().out
    assert f"with position {state.portfolio.position}, cash {state.portfolio.cash}, 1 working order, trading" in said
    cut.run(1)
    assert "going on from record 0: the earlier run ended cleanly: stopped by CYCLES_REACHED; " in cut.lines.getvalue()
    (client_order_id,) = state.working
    assert f"1 working order ({client_order_id} " in cut.lines.getvalue()


def test_other_data_or_another_configuration_are_refused_as_before(folder: Callable[..., Folder]) -> None:
    """What the run before was made with goes over as well."""
    cut = folder("cut", "PAPER")
    cut.run(9)
    cut.archive()
    cut.items = cut.items[:-1]
    with pytest.raises(RefusedToStart, match="not what the journal was made from"):
        cut.run(9)
    cut.items = market()
    text = cut.file.read_text()
    cut.file.write_text(text.replace('opening_cash = "1000"', 'opening_cash = "2000"'))
    with pytest.raises(RefusedToStart):
        cut.run(9)
    cut.file.write_text(text.replace('account = "demo"', 'account = "mine"'))
    with pytest.raises(RefusedToStart, match="for account demo, and this would be"):
        cut.run(9)
    cut.file.write_text(text)
    assert cut.run(9).exit_code is ExitCode.DONE


def test_a_rehearsal_that_came_to_its_end_is_begun_anew(folder: Callable[..., Folder]) -> None:
    """As it is without an archive: there is nothing to go on with."""
    sim, paper = folder("sim", "SIM"), folder("paper", "PAPER")
    for one in (sim, paper):
        one.run()
        one.archive()
    assert not sim.journal.exists()
    assert paper.journal.exists()
    assert paper.run().view.bars_seen == COUNT


def test_a_halt_is_handed_on_with_its_reason(folder: Callable[..., Folder]) -> None:
    """A latch survives a chapter, its numbers and its remedy too, also behind a snapshot; nothing is traded."""
    rows = [RefusedRow(source="memory", line=n, field="close", value="x", rule="NOT_A_NUMBER") for n in range(30)]
    cut, whole = (folder(name, "PAPER", [*market()[:20], *rows, *market()[20:]]) for name in ("cut", "whole"))
    for one in (cut, whole):
        one.run(60)
    told = whole.run(3).facts.restricted
    assert "HALTED" in told
    assert "what to do" in told
    for _ in range(2):
        assert cut.archive() == ExitCode.DONE
        ended = cut.run(3)
        assert ended.facts.restricted == told
        assert ended.tally.orders == 0
        assert cut.run(3).facts.restricted == told


def test_a_new_beginning_that_was_interrupted_is_told_by_the_run_that_completes_it(
    folder: Callable[..., Folder],
) -> None:
    """Killed when the journal had gone, and its head file had not."""
    sim = folder("sim", "SIM")
    sim.run(9)
    head = sim.journal.with_name("journal.sqlite3.head")
    sim.archive("--anew")
    head.hardlink_to(sim.journal.with_name("journal-1.sqlite3.head"))
    assert sim.run(9).view.bars_seen == 9
    assert "journal.sqlite3 was put aside, and that was interrupted" in sim.lines.getvalue()


def test_check_says_what_a_run_would_do_with_a_chapter(
    folder: Callable[..., Folder], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without changing anything, also between two steps of an archiving."""
    cut = folder("cut", "SIM")
    cut.run(9)
    cut.archive()
    head = cut.journal.with_name("journal.sqlite3.head")
    head.rename(cut.journal.with_name("journal.sqlite3.next.head"))
    head.hardlink_to(cut.journal.with_name("journal-1.sqlite3.head"))
    before = sorted(file.name for file in cut.journal.parent.iterdir())
    loaded = load(cut.file, environ={})
    (look,) = journal_looks(loaded, None)
    assert look.ok, look
    assert (
        "a run takes it up, going on from record 0: the earlier run ended cleanly: stopped by CYCLES_REACHED; 9 bars"
        in look.detail
    )
    assert interlock(["journal", "verify", str(cut.journal)]) == ExitCode.DONE
    assert sorted(file.name for file in cut.journal.parent.iterdir()) == before
    assert cut.run(1).view.bars_seen == 10
    assert "its head file was put in its place" in cut.lines.getvalue()
