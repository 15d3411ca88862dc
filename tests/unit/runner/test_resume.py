"""What an earlier run left in the journal."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from typing_extensions import override

from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.cycle import Cycle, Parts
from interlock.core.decision import CancelIntent, NoAction, OrderIntent, Proposal
from interlock.core.market import Bar, Cursor, EndOfData, Session, Silence, Split
from interlock.core.modes import RunMode
from interlock.core.observations import ChangedSetting, HeldOrder, LastEnd, RunStarted, RunStopped, StopReason
from interlock.core.order_states import OrderState
from interlock.core.orders import OrderType, Side
from interlock.core.ports import LastWords, Strategy
from interlock.core.reasons import Reason
from interlock.core.records import Record
from interlock.core.reports import OrderExpired
from interlock.core.strategies.observer import Observer, ObserverParameters
from interlock.core.view import MarketView
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.reading import StoppedWhileReading
from interlock.runner.resume import Earlier, read_earlier
from interlock.testing.approvals import permissive_policy
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument
from interlock.testing.rehearsal import GivenSessions, folded, opened

PATH = Path("journal.sqlite3")
OPENED = Record(A_TIME, opened())
STARTED = Record(
    A_TIME, RunStarted(run_id="r1", started_at=A_TIME, build="b", config_digest="d1", configuration="{}", feed="memory")
)
STOPPED = Record(A_TIME, RunStopped(run_id="r1", stopped_at=A_TIME, reason=StopReason.SIGNAL))


def _opened(mode: RunMode) -> Record:
    return Record(A_TIME, evolve(opened(), mode=mode))


def _read(*records: Record) -> Earlier | None:
    journal = MemoryJournal()
    journal.append(records)
    return read_earlier(journal, Observer(ObserverParameters()), permissive_policy(), PATH)


def _earlier(*records: Record) -> Earlier:
    earlier = _read(*records)
    assert earlier is not None
    return earlier


def test_an_empty_journal_holds_no_earlier_run() -> None:
    """There is nothing to go on with."""
    assert _read() is None


def test_the_data_goes_on_behind_the_last_item() -> None:
    """The cursor is drawn from the state, which every record went into."""
    earlier = _earlier(OPENED, STARTED, Record(A_TIME, a_bar()), STOPPED)
    assert earlier.cursor == Cursor(items=1, ts_event=A_TIME)
    assert earlier.seq == 3
    assert "stopped by SIGNAL; 1 bar seen, position 0, cash 1000000, 0 working orders" in earlier.told


def test_only_the_last_run_says_how_it_stopped() -> None:
    """A stop that a later start follows is history."""
    assert "did not say that it stopped" in _earlier(OPENED, STARTED, STOPPED, STARTED).told


@pytest.mark.parametrize("mode", [RunMode.SIM, RunMode.PAPER])
def test_the_same_configuration_goes_on(mode: RunMode) -> None:
    """In every mode."""
    assert _earlier(_opened(mode), STARTED).put_aside_because(PATH, "d1", mode, "kit") is None


def test_a_journal_that_ended_with_its_data_is_put_aside_in_sim_alone() -> None:
    """A rehearsal begins anew; a paper account goes on, and finds nothing new."""
    ended = Record(A_TIME, EndOfData())
    sim, paper = (_earlier(_opened(mode), STARTED, ended) for mode in (RunMode.SIM, RunMode.PAPER))
    assert sim.put_aside_because(PATH, "d2", RunMode.SIM, "kit") == "came to the end of its data"
    assert paper.put_aside_because(PATH, "d1", RunMode.PAPER, "kit") is None
    assert paper.put_aside_because(PATH, "d2", RunMode.PAPER, "kit") is None


@pytest.mark.parametrize(("mode", "account"), [(RunMode.PAPER, "kit"), (RunMode.SIM, "mine")])
def test_a_journal_of_another_mode_or_account_is_refused(mode: RunMode, account: str) -> None:
    """It is stamped with both, and is nobody else's to go on with or to put aside."""
    for records in ((OPENED,), (OPENED, STARTED), (OPENED, STARTED, Record(A_TIME, EndOfData()))):
        with pytest.raises(
            RefusedToStart, match=r"journal\.sqlite3 is a journal of SIM for account kit, and this would"
        ):
            _earlier(*records).put_aside_because(PATH, "d1", mode, account)


def test_whoever_watches_is_told_how_far_it_was_read() -> None:
    """After every record, and may end it."""
    told: list[int] = []

    def look(read: int) -> None:
        told.append(read)
        if read == 2:
            raise StoppedWhileReading

    journal = MemoryJournal()
    journal.append((OPENED, STARTED, STOPPED))
    with pytest.raises(StoppedWhileReading):
        read_earlier(journal, Observer(ObserverParameters()), permissive_policy(), PATH, look)
    assert told == [1, 2]


def test_another_configuration_begins_anew_in_sim_alone() -> None:
    """In PAPER somebody means to keep what the journal holds, and what is another is told."""
    sim, paper = (_earlier(_opened(mode), STARTED) for mode in (RunMode.SIM, RunMode.PAPER))
    assert sim.put_aside_because(PATH, "d2", RunMode.SIM, "kit") == "belongs to another configuration"
    assert paper.put_aside_because(PATH, "d2", RunMode.PAPER, "kit") is None
    told = [(change.key, change.before, change.after) for change in paper.under('{"loop":{"a":1}}', PATH).changes]
    assert told == [("loop.a", None, "1")]
    with pytest.raises(RefusedToStart, match=r"journal\.sqlite3 was written under another .*: currency was not set"):
        paper.under('{"currency":"USD"}', PATH)
    assert paper.under("{}", PATH).boundaries == [paper.resumed]


def _ended(*records: Record, run_id: str = "", ended: str = "", restarted: bool = False) -> tuple[LastEnd, str]:
    """How the last run ended, with what a lock file may say of it."""
    words = LastWords(run_id=run_id, ended=ended, machine_restarted=restarted) if run_id else None
    return evolve(_earlier(OPENED, STARTED, *records), last_words=words).ended


def test_how_the_last_run_ended_is_told_by_its_record_then_by_its_words() -> None:
    """Clean and crashed are recorded; without a record the words of that very run count; else it was killed."""
    broken = Record(A_TIME, RunStopped(run_id="r1", stopped_at=A_TIME, reason=StopReason.FAULTS_EXCEEDED))
    assert _ended(STOPPED, run_id="r1", ended="later") == (LastEnd.CLEAN, "stopped by SIGNAL")
    assert _ended(broken) == (LastEnd.CRASHED, "stopped by FAULTS_EXCEEDED")
    assert _ended(run_id="r1", ended="JOURNAL_FAULT") == (LastEnd.CRASHED, "JOURNAL_FAULT")
    said = "it did not say that it stopped"
    assert _ended() == _ended(run_id="r1") == _ended(run_id="r0", ended="KeyError") == (LastEnd.KILLED, said)
    assert _ended(run_id="r1", restarted=True) == (LastEnd.KILLED, f"{said}, and the machine was started anew since")


def test_which_reasons_are_clean() -> None:
    """The data, a bound or a person."""
    clean = {reason for reason in StopReason if reason.is_clean}
    assert clean == {StopReason.END_OF_DATA, StopReason.CYCLES_REACHED, StopReason.TIME_REACHED, StopReason.SIGNAL}


def test_working_orders_are_named_with_their_states() -> None:
    """In what is told, and in what is kept: no more than a record should hold."""
    parts, journal = _parts([_FAR_OFF, _FAR_OFF, NoAction("TEST.NOTHING")])
    cycle = Cycle(parts)
    cycle.open(opened(), A_TIME - A_MINUTE)
    _take(cycle, [a_bar(at=A_TIME), a_bar(at=A_TIME + A_MINUTE)])
    earlier = read_earlier(journal, _Wishes([]), parts.policy, PATH)
    assert earlier is not None
    assert earlier.resumed.orders[0] == HeldOrder(client_order_id="rehearsal000-1", state=OrderState.ACCEPTED)
    assert f"{earlier.resumed.working} working order" in earlier.told
    assert "(rehearsal000-1 ACCEPTED" in earlier.told


def test_a_split_that_is_ahead_makes_no_other_data() -> None:
    """Only the line of the splits may be another, and only where splits are what changed."""
    feed = MemoryFeed([a_bar()])
    observation = STARTED.observation
    assert isinstance(observation, RunStarted)
    made = evolve(observation, feed=f"{feed.describe()} splits:2030-01-01:2")
    earlier = _earlier(OPENED, Record(A_TIME, made), Record(A_TIME, a_bar()))
    split = ChangedSetting(key="instruments[0].splits.2030-01-01", before="2", after=None)
    evolve(earlier, changes=(split,)).open_behind(feed, PATH, print)
    with pytest.raises(RefusedToStart, match="the data is not what"):
        evolve(earlier, changes=(split,)).open_behind(MemoryFeed([a_bar("7")]), PATH, print)
    with pytest.raises(RefusedToStart, match="the data is not what"):
        earlier.open_behind(MemoryFeed([a_bar()]), PATH, print)


def test_a_journal_that_no_run_began_in_is_put_aside() -> None:
    """Nothing was decided in it."""
    for mode in (RunMode.SIM, RunMode.PAPER):
        assert "no run ever began" in (_earlier(_opened(mode)).put_aside_because(PATH, "d1", mode, "kit") or "")


def test_it_has_to_be_made_from_the_same_data() -> None:
    """By the line that describes it."""
    feed = MemoryFeed([a_bar()])
    made = evolve(STARTED.observation, feed=feed.describe()) if isinstance(STARTED.observation, RunStarted) else None
    assert made is not None
    _earlier(OPENED, Record(A_TIME, made), Record(A_TIME, a_bar())).open_behind(feed, PATH, print)
    assert isinstance(feed.next(), EndOfData)
    with pytest.raises(RefusedToStart, match="it was memory, it is memory sha256:"):
        _earlier(OPENED, STARTED).open_behind(MemoryFeed([a_bar()]), PATH, print)


class _Batches(MemoryJournal):
    """Remembers what was kept together: a process may end behind each of these, and between no others."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[tuple[Record, ...]] = []

    @override
    def append(self, records: Sequence[Record], *, durable: bool = True) -> None:
        super().append(records, durable=durable)
        self.batches.append(tuple(records))


class _Wishes(Strategy):
    """One wish a bar, by the number of bars seen: it remembers nothing, so it can be asked again after a restart."""

    def __init__(self, wishes: Sequence[Proposal]) -> None:
        self._wishes = wishes

    @property
    @override
    def lookback(self) -> int:
        return 3

    @override
    def propose(self, view: MarketView) -> Proposal:
        return self._wishes[len(view.bars) - 1] if len(view.bars) < self.lookback else NoAction("TEST.NOTHING")


def _parts(wishes: Sequence[Proposal]) -> tuple[Parts, _Batches]:
    options = PaperOptions(slippage_bps=Decimal(0), fee_bps=Decimal(3), fee_fixed=Decimal(1), participation="0.1")
    venue = PaperVenue.from_options(options, instrument=an_instrument())
    journal = _Batches()
    policy = permissive_policy(fees=venue.fees)
    return Parts(
        strategy=_Wishes(wishes),
        policy=policy,
        execution=venue,
        journal=journal,
        calendar=GivenSessions((Session(open=A_TIME - A_MINUTE, close=A_TIME + 60 * A_MINUTE),)),
    ), journal


def _take(cycle: Cycle, items: Sequence[Bar | Split]) -> None:
    for item in items:
        cycle.step(item, item.ts_event)


_BUY = OrderIntent(code="TEST.WISH", side=Side.BUY, quantity=Decimal(5))
_CANCEL = CancelIntent(code="TEST.WISH", client_order_id="rehearsal000-1")
_OFF_LOT = OrderIntent(code="TEST.WISH", side=Side.BUY, quantity=Decimal("1.5"))
_FAR_OFF = OrderIntent(
    code="TEST.WISH", side=Side.BUY, quantity=Decimal(5), order_type=OrderType.LIMIT, limit_price=Decimal(60)
)
_SPLIT = Split(instrument="TEST", ts_event=A_TIME + A_MINUTE, ratio=Decimal(2))


@pytest.mark.parametrize(
    ("wishes", "split"),
    [
        pytest.param([_BUY, NoAction("TEST.NOTHING")], False, id="an order that fills in parts"),
        pytest.param([_OFF_LOT, NoAction("TEST.NOTHING")], False, id="an order that the venue rejects"),
        pytest.param([_FAR_OFF, _CANCEL], False, id="a cancel that was asked for"),
        pytest.param([_FAR_OFF, NoAction("TEST.NOTHING")], True, id="a cancel for a split"),
        pytest.param([_BUY, _CANCEL], False, id="a cancel after a part"),
    ],
)
def test_a_run_that_ends_anywhere_goes_on_to_the_same_state(wishes: Sequence[Proposal], split: bool) -> None:
    """What was sent or canceled at the very end, and never answered, is not forgotten by the paper venue."""
    prices = ("100", "100", "50", "50", "50")
    bars = [a_bar(price, volume="20", at=A_TIME + place * A_MINUTE) for place, price in enumerate(prices)]
    items: list[Bar | Split] = [bars[0], *([_SPLIT] if split else []), *bars[1:]]
    parts, journal = _parts(wishes)
    whole = Cycle(parts)
    whole.open(opened(), A_TIME - A_MINUTE)
    _take(whole, items)
    ends = folded(journal.read(), parts)
    assert ends.orders_submitted == 1
    for kept in range(1, len(journal.batches)):
        again, _ = _parts(wishes)
        state = folded((record for batch in journal.batches[:kept] for record in batch), again)
        seen = state.items_seen
        cycle = Cycle(again, state)
        cycle.resume()
        _take(cycle, items[seen:])
        assert state == ends, f"after {kept} batches"


def test_a_restored_order_does_not_say_that_no_bar_came() -> None:
    """Bars that the venue saw before it ended are forgotten: of those it cannot speak."""
    parts, journal = _parts([_FAR_OFF, NoAction("TEST.NOTHING")])
    first = Cycle(parts)
    first.open(opened(), A_TIME - A_MINUTE)
    _take(first, [a_bar(at=A_TIME), a_bar(at=A_TIME + A_MINUTE)])
    again, _ = _parts([])
    second = Cycle(again, folded(journal.read(), again))
    second.resume()
    after = A_TIME + timedelta(hours=2)
    told = {}
    for cycle in (first, second):
        records = cycle.step(Silence(until=after), after)
        told[cycle] = [each.observation.code for each in records if isinstance(each.observation, OrderExpired)]
    assert told == {first: [Reason.NOT_TRADED_THROUGH], second: [""]}
