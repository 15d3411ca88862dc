"""A record is derived once more from what was observed, and differs by a byte where anything was changed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.decision import CancelIntent, NoAction, OrderIntent
from interlock.core.faults import InvariantViolated
from interlock.core.market import EndOfData, FeedItem, RefusedRow, Silence, Split
from interlock.core.orders import Side
from interlock.core.records import Record
from interlock.core.rederive import Reasoning, Rederivation
from interlock.testing.builders import a_bar
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ScriptedStrategy
from interlock.testing.rig import Rig
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY

BUY = OrderIntent(code="TEST.BUY", side=Side.BUY, quantity=Decimal(5))
SELL = OrderIntent(code="TEST.SELL", side=Side.SELL, quantity=Decimal(5))
HUGE = OrderIntent(code="TEST.BUY", side=Side.BUY, quantity=Decimal(10_000))
CANCEL = CancelIntent(code="TEST.CANCEL", client_order_id=f"{JOURNAL_ID[:12]}-1")
NOTHING = NoAction("TEST.NOTHING", {"seen": 1})
WISHES = (BUY, SELL, HUGE, CANCEL, NOTHING, ValueError("a fault"))
SHARE = Decimal("0.001")


def reasoning(*script: object, lookback: int = 1, sums: tuple[int, ...] = ()) -> Reasoning:
    """A strategy and every control, made anew."""
    strategy = ScriptedStrategy(*script, lookback=lookback, sums=sums)
    return Reasoning(strategy=strategy, policy=a_policy(), refused_rows_max_share=SHARE)


def first_different(records: list[Record], again: Rederivation) -> int | None:
    """The place of the first record that does not follow."""
    for place, record in enumerate(records):
        if again.difference(record.observation, record.ts_init, encode(record)) is not None:
            return place
    return None


_PRICES = st.integers(95, 105).map(str)
_ITEMS = st.lists(st.one_of(_PRICES, st.sampled_from(["row", "silence", "split", "end"])), min_size=1, max_size=25)


def _item(what: str, rig: Rig) -> FeedItem:
    at = rig.at + MINUTE
    match what:
        case "row":
            return RefusedRow(source="f", line=1, field="close", value="x", rule="a number")
        case "silence":
            return Silence(until=at)
        case "split":
            return Split(instrument="TEST", ts_event=rig.at, ratio=Decimal(2))
        case "end":
            return EndOfData()
        case _:
            return a_bar(what, at=at)


@given(st.lists(st.sampled_from(WISHES), max_size=25), _ITEMS, st.sampled_from(["", "reports", "submit", "cancel"]))
def test_every_record_of_a_cycle_is_derived_once_more(script: list[object], items: list[str], broken: str) -> None:
    """Whatever came in, whatever was wished, whatever raised: to the byte, and without asking the venue."""
    rig = Rig(*script, journal=MemoryJournal(), refused_rows_max_share=SHARE)
    for place, what in enumerate(items):
        rig.venue.broken = {broken} if broken and place == len(items) // 2 else set()
        rig.step(_item(what, rig), rig.at + MINUTE)
    calls = list(rig.calls)
    assert first_different(rig.records, Rederivation(reasoning(*script), encode)) is None
    assert rig.calls == calls


def test_another_reason_gives_another_record() -> None:
    """And what should have been recorded is answered."""
    rig = Rig(NOTHING, BUY, journal=MemoryJournal())
    rig.bars("100", "101")
    again = Rederivation(reasoning(NOTHING, SELL), encode)
    differing = [again.difference(one.observation, one.ts_init, encode(one)) for one in rig.records]
    place = next(place for place, found in enumerate(differing) if found is not None)
    assert rig.records[place].decision is not None
    assert b'"side":"SELL"' in (differing[place] or b"")


def test_one_may_begin_behind_records_that_others_made() -> None:
    """Those are folded, so that the window reaches as far back as it would have."""

    def trend(view: object) -> NoAction:
        return NoAction("TEST.TREND", {"sum": view.sum_of_closes(3)})  # type: ignore[attr-defined]

    rig = Rig(BUY, *[NOTHING] * 3, journal=MemoryJournal())
    rig.bars("100", "101", "102")
    before = list(rig.records)
    live = Rig(
        *[NOTHING] * 3,
        trend,
        journal=MemoryJournal(),
        strategy=ScriptedStrategy(*[NOTHING] * 3, trend, sums=(3,), lookback=3),
    )
    live.bars("100", "101", "102", "103")
    again = Rederivation(reasoning(*[NOTHING] * 3, trend, lookback=3, sums=(3,)), encode, before)
    assert again.difference(live.records[-1].observation, live.records[-1].ts_init, encode(live.records[-1])) is None


def test_what_breaks_the_books_rises() -> None:
    """Nothing after it could be compared."""
    again = Rederivation(reasoning(), encode)
    split = Split(instrument="TEST", ts_event=MONDAY.open, ratio=Decimal(2))
    with pytest.raises(InvariantViolated):
        again.difference(split, MONDAY.open, b"")
