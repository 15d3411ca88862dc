"""A start from a snapshot is the start from the first record, quicker."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal.codec import decode, encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.cycle import Cycle, Parts
from interlock.core.decision import CancelIntent, NoAction, OrderIntent, Proposal
from interlock.core.faults import InvariantViolated, JournalUnavailable
from interlock.core.market import Session, Split
from interlock.core.observations import RunStarted, RunStopped, StopReason
from interlock.core.orders import OrderType, Side
from interlock.core.ports import Strategy
from interlock.core.records import Record
from interlock.core.risk.rules.daily_loss import DailyLoss, DailyLossLimits
from interlock.core.risk.rules.order_rate import OrderRate, OrderRateLimits
from interlock.core.risk.rules.price_jump import PriceJump, PriceJumpLimits
from interlock.core.state import State
from interlock.core.trading_state import ReconciliationCause, TradingState
from interlock.core.view import MarketView
from interlock.runner.resume import Earlier, read_earlier
from interlock.testing.approvals import permissive_policy
from interlock.testing.builders import A_MINUTE, A_TIME, an_instrument, bars
from interlock.testing.rehearsal import GivenSessions, folded, opened

PATH = Path("journal.sqlite3")
STARTED = RunStarted(run_id="r1", started_at=A_TIME, build="b", config_digest="d1", configuration="{}", feed="memory")
STOPPED = RunStopped(run_id="r1", stopped_at=A_TIME, reason=StopReason.SIGNAL)


class Busy(Strategy):
    """Orders that fill in parts, orders that are canceled, both sides."""

    def __init__(self, lookback: int = 3) -> None:
        self._lookback = lookback

    @property
    @override
    def lookback(self) -> int:
        return self._lookback

    @property
    @override
    def sums(self) -> tuple[int, ...]:
        return (2,)

    @override
    def propose(self, view: MarketView) -> Proposal:
        step = view.bars_seen % 4
        if view.has_working_orders:
            if step:
                return NoAction(code="TEST.WAIT")
            return CancelIntent(code="TEST.CANCEL", client_order_id=view.working_orders[0].terms.client_order_id)
        side = Side.BUY if view.position <= 0 else Side.SELL
        if step == 1:
            return OrderIntent(code="TEST.MARKET", side=side, quantity=abs(view.position) or Decimal(40))
        limit = view.bar.close
        return OrderIntent(
            code="TEST.LIMIT", side=side, quantity=Decimal(9), order_type=OrderType.LIMIT, limit_price=limit
        )


def _parts(loss: str = "60", jump: str = "0.2") -> Parts:
    options = PaperOptions(slippage_bps=Decimal(3), fee_bps=Decimal(2), fee_fixed=Decimal("0.10"), participation="0.02")
    venue = PaperVenue.from_options(options, instrument=an_instrument())
    watchful = (
        DailyLoss(DailyLossLimits(limit=Decimal(loss))),
        PriceJump(PriceJumpLimits(limit=Decimal(jump))),
        OrderRate(OrderRateLimits(entries=3, exits=3, window_seconds=Decimal(120))),
    )
    sessions = [
        Session(open=A_TIME + at * 5 * A_MINUTE, close=A_TIME + (at + 1) * 5 * A_MINUTE) for at in range(-1, 40)
    ]
    return Parts(
        strategy=Busy(),
        policy=permissive_policy(fees=venue.fees, more=watchful),
        execution=venue,
        journal=MemoryJournal(),
        calendar=GivenSessions(sessions),
    )


def _run(parts: Parts, *, seed: int, count: int = 12, split: int | None = None) -> list[Record]:
    """Every record of a run that was stopped and gone on with in its middle."""
    now = A_TIME - A_MINUTE
    cycle = Cycle(parts)
    cycle.open(opened(opening_cash="10000"), now)
    cycle.note(STARTED, now)
    cycle.reconcile(ReconciliationCause.START, now)
    for place, bar in enumerate(bars(count, seed=seed)):
        now = bar.ts_event
        if place == split:
            cycle.step(Split(instrument="TEST", ts_event=now, ratio=Decimal(3)), now)
        if place == count // 2:
            cycle.note(STOPPED, now)
            cycle.note(evolve(STARTED, run_id="r2", config_digest="d2", feed="memory sha256:2"), now)
            cycle.reconcile(ReconciliationCause.START, now)
        cycle.step(bar, now)
    cycle.note(evolve(STOPPED, run_id="r2", reason=StopReason.END_OF_DATA), now)
    # As a file gives them back: an enum's member is text there.
    return [decode(record.kind, encode(record)) for record in parts.journal.read()]


def _read(parts: Parts, records: Sequence[Record], kept: Sequence[int] = ()) -> Earlier | None:
    """What is found where ``records`` were kept, with a snapshot after each of these counts."""
    journal = MemoryJournal()
    for length in range(1, len(records) + 1):
        journal.append(records[length - 1 : length])
        if length in kept:
            journal.snapshot(folded(records[:length], parts))
    return read_earlier(journal, parts.strategy, parts.policy, PATH)


@pytest.mark.slow
def test_behind_every_record_a_snapshot_gives_the_same_start() -> None:
    """For each place of a snapshot, and each length of the journal after it."""
    parts = _parts(loss="2")
    records = _run(parts, seed=5, count=14, split=6)
    assert folded(records, parts).trading_state is TradingState.REDUCING
    assert folded(records, parts).orders_submitted > 1
    for length in range(1, len(records) + 1):
        whole = _read(parts, records[:length])
        for kept in range(1, length + 1):
            found = _read(parts, records[:length], (kept,))
            assert found == whole, f"snapshot after {kept} of {length}"
            assert repr(found) == repr(whole)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    split=st.none() | st.integers(0, 11),
    loss=st.sampled_from(["1", "20", "100000"]),
    jump=st.sampled_from(["0.001", "0.2"]),
    data=st.data(),
)
def test_snapshots_anywhere_give_the_same_start(
    seed: int, split: int | None, loss: str, jump: str, data: st.DataObject
) -> None:
    """However many there are: each is made from the one before it."""
    parts = _parts(loss, jump)
    records = _run(parts, seed=seed, split=split)
    kept = data.draw(st.sets(st.integers(1, len(records)), max_size=4))
    length = data.draw(st.integers(1, len(records)))
    found, whole = _read(parts, records[:length], tuple(kept)), _read(parts, records[:length])
    assert found == whole
    assert repr(found) == repr(whole)


def _kept(path: Path, parts: Parts, records: Sequence[Record], *lengths: int) -> SqliteJournal:
    journal = SqliteJournal(path)
    before = 0
    for length in (*lengths, len(records)):
        journal.append(records[before:length])
        if length in lengths:
            journal.snapshot(folded(records[:length], parts))
        before = length
    return journal


def test_only_what_follows_the_snapshot_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And three landmarks at most: opening does not grow with the journal."""
    parts, path = _parts(), tmp_path / "journal.sqlite3"
    records = _run(parts, seed=5, count=40)
    journal = _kept(path, parts, records, len(records) // 2, len(records) - 2)
    read: list[str] = []

    def counted(kind: str, body: bytes) -> Record:
        read.append(kind)
        return decode(kind, body)

    looked: list[int] = []
    monkeypatch.setattr("interlock.adapters.journal.sqlite_rows.decode", counted)
    found = read_earlier(journal, parts.strategy, parts.policy, path, looked.append)
    journal.close()
    assert len(read) <= 5
    assert looked == [len(records) - 1, len(records)]
    assert found == _read(parts, records)


def test_a_writer_and_a_reader_beside_it_start_alike(tmp_path: Path) -> None:
    """Both know of snapshots."""
    parts, path = _parts(), tmp_path / "journal.sqlite3"
    records = _run(parts, seed=5)
    journal = _kept(path, parts, records, 9)
    with JournalReader(path) as reader:
        beside = read_earlier(reader, parts.strategy, parts.policy, path)
    assert beside == read_earlier(journal, parts.strategy, parts.policy, path) == _read(parts, records)
    journal.close()


def test_another_strategy_starts_from_the_first_record(tmp_path: Path) -> None:
    """Its window is another one, and that is told."""
    parts, path = _parts(), tmp_path / "journal.sqlite3"
    records = _run(parts, seed=5)
    journal = _kept(path, parts, records, 9)
    found = read_earlier(journal, Busy(lookback=5), parts.policy, path)
    journal.close()
    assert found is not None
    assert found.state.lookback == 5
    assert len(found.state.window) == 5
    assert "the snapshot at record 8 was passed over" in found.told
    assert "another lookback" in found.told


def test_a_damaged_snapshot_costs_time_alone(tmp_path: Path) -> None:
    """The one before it is taken, or the records are; the start is the same, and says so."""
    parts, path = _parts(), tmp_path / "journal.sqlite3"
    records = _run(parts, seed=5)
    journal = _kept(path, parts, records, 4, 9)
    whole = _read(parts, records)
    for damaged in ("seq = 8", "seq = 3"):
        journal._connection.execute(f"UPDATE snapshots SET body = body || ' ' WHERE {damaged}")
        found = read_earlier(journal, parts.strategy, parts.policy, path)
        assert found is not None
        assert "passed over" in found.told
        assert evolve(found, notes=()) == whole
    journal.close()


def test_a_changed_record_behind_the_snapshot_is_refused_and_named(tmp_path: Path) -> None:
    """The tail hangs on the record of the snapshot, so the chain is held from there on."""
    parts, path = _parts(), tmp_path / "journal.sqlite3"
    records = _run(parts, seed=5)
    journal = _kept(path, parts, records, 9)
    journal._connection.execute("UPDATE records SET body = replace(body, '2020', '2021') WHERE seq = 10")
    with pytest.raises(JournalUnavailable, match=r"not used as it is.*record 10 does not match its hash"):
        read_earlier(journal, parts.strategy, parts.policy, path)
    journal.close()


def test_a_record_that_cannot_be_folded_is_named_by_its_own_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the first record, not from the snapshot."""
    parts = _parts()
    records = _run(parts, seed=5)

    def broken(state: State, record: Record) -> None:
        raise KeyError

    monkeypatch.setattr("interlock.runner.resume.evolve", broken)
    with pytest.raises(InvariantViolated, match="record 9 of journal"):
        _read(parts, records, (9,))
