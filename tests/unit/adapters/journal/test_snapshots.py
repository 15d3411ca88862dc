"""Snapshots in words: every state that a fold can make comes back to the last digit, and nothing else is taken."""

from collections import deque
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from interlock.adapters.execution.paper import PaperOptions, PaperVenue
from interlock.adapters.journal import snapshots
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.snapshot_peek import peek
from interlock.adapters.journal.snapshots import BODY_BYTES_MAX, Landmarks, SnapshotUnusable, decode_state, encode_state
from interlock.core.cycle import Parts
from interlock.core.decision import CancelIntent, NoAction, OrderIntent, Proposal
from interlock.core.faults import JournalUnavailable
from interlock.core.market import Bar, FeedItem, RefusedRow, Session, Silence, Split
from interlock.core.orders import OrderType, Side
from interlock.core.ports import Strategy
from interlock.core.records import Record
from interlock.core.reports import FillBasis, OrderFilled
from interlock.core.state import State, initial_state
from interlock.core.view import MarketView
from interlock.testing.approvals import permissive_policy
from interlock.testing.builders import A_MINUTE, A_TIME, an_instrument, bars
from interlock.testing.contracts.snapshots import HISTORY, empty, folded
from interlock.testing.rehearsal import GivenSessions, rehearse
from interlock.testing.rehearsal import folded as folded_by

MARKS = Landmarks(started=1, stopped=5, restricted=3)


class Busy(Strategy):
    """Market and limit orders, cancels, partial fills: whatever makes the books interesting."""

    def __init__(self, rhythm: int) -> None:
        self._rhythm = rhythm

    @property
    @override
    def lookback(self) -> int:
        return 3

    @property
    @override
    def sums(self) -> tuple[int, ...]:
        return 2, 3

    @override
    def propose(self, view: MarketView) -> Proposal:
        step = view.bars_seen % self._rhythm
        if view.has_working_orders:
            if step:
                return NoAction(code="TEST.WAIT")
            return CancelIntent(code="TEST.CANCEL", client_order_id=view.working_orders[0].terms.client_order_id)
        side = Side.BUY if view.position <= 0 else Side.SELL
        if step == 1:
            return OrderIntent(code="TEST.MARKET", side=side, quantity=abs(view.position) or Decimal(40))
        limit = view.bar.close
        return OrderIntent(
            code="TEST.LIMIT", side=side, quantity=Decimal(7), order_type=OrderType.LIMIT, limit_price=limit
        )


def _parts(rhythm: int) -> Parts:
    options = PaperOptions(slippage_bps=Decimal(3), fee_bps=Decimal(2), fee_fixed=Decimal("0.10"), participation="0.02")
    venue = PaperVenue.from_options(options, instrument=an_instrument())
    length = 5 * A_MINUTE
    sessions = [Session(open=A_TIME + at * length, close=A_TIME + (at + 1) * length) for at in range(-1, 40)]
    return Parts(
        strategy=Busy(rhythm),
        policy=permissive_policy(fees=venue.fees),
        execution=venue,
        journal=MemoryJournal(),
        calendar=GivenSessions(sessions),
    )


def _items(data: st.DataObject) -> list[FeedItem]:
    """Bars, and now and then what else a feed hands over."""
    items: list[FeedItem] = []
    for bar in bars(data.draw(st.integers(0, 40)), seed=data.draw(st.integers(0, 10**6))):
        match data.draw(st.sampled_from(["", "", "", "", "split", "row", "silence"])):
            case "split":
                items.append(Split(instrument="TEST", ts_event=bar.ts_event, ratio=Decimal(3)))
            case "row":
                items.append(RefusedRow(source="s", line=1, field="f", value="v", rule="r"))
            case "silence":
                items.append(Silence(until=bar.ts_event))
            case _:
                pass
        items.append(bar)
    return items


def _foreign(number: int) -> Record:
    fill = OrderFilled(
        client_order_id=f"not-ours-{number}",
        ts_event=A_TIME,
        trade_id=f"t{number}",
        venue_order_id="v",
        instrument="TEST",
        side=Side.SELL,
        last_qty=Decimal("0.50"),
        last_px=Decimal("100.00"),
        fee=Decimal("0.0"),
        reference_px=Decimal(100),
        slippage=Decimal(0),
        basis=FillBasis.NEXT_OPEN,
    )
    return Record(ts_init=A_TIME, observation=fill)


@settings(max_examples=60)
@given(data=st.data(), rhythm=st.integers(2, 6), foreign=st.integers(0, 3))
def test_every_state_that_a_fold_makes_comes_back_as_it_was(data: st.DataObject, rhythm: int, foreign: int) -> None:
    """``repr`` shows what equality does not: zeros behind the point, the order of a dictionary, a deque's length."""
    parts = _parts(rhythm)
    rehearse(_items(data), parts)
    records = list(parts.journal.read()) + [_foreign(number) for number in range(foreign)]
    state, like = folded_by(records, parts), folded_by([], parts)
    body = encode_state(state, MARKS)
    found, landmarks = decode_state(body, like)
    assert found == state
    assert repr(found) == repr(state)
    assert landmarks == MARKS
    assert encode_state(found, MARKS) == body
    assert peek(body) == (MARKS, (state.trading_state, state.trading_state_code))


def test_every_field_of_everything_in_a_state_is_written() -> None:
    """Names are compared with the classes, so that a field which is added later is not forgotten."""
    parts = _parts(3)
    rehearse(bars(40), parts)
    state = folded_by([*parts.journal.read(), _foreign(1)], parts)
    assert state.working
    assert state.ended_orders
    assert state.portfolio.lots
    asked_back = next(iter(state.ended_orders.values()))
    before = msgspec.json.decode(encode_state(state, Landmarks()))["state"]["ended_orders"][0][1]
    # Spelt only where it says something, so that what was written before there was such a word is what it was.
    assert {field.name for field in attrs.fields(type(asked_back))} - set(before) == {"cancel_requested"}
    asked_back.cancel_requested = True
    tree = msgspec.json.decode(encode_state(state, Landmarks()))["state"]
    order = tree["ended_orders"][0][1]
    pairs: list[tuple[Any, Any]] = [
        (state, tree),
        (state.portfolio, tree["portfolio"]),
        (state.portfolio.lots[0], tree["portfolio"]["lots"]["items"][0]),
        (state.bar, tree["bar"]),
        (state.session, tree["session"]),
        (state.instrument, tree["instrument"]),
        (state.sums[0], tree["sums"][0]),
        (next(iter(state.ended_orders.values())), order),
    ]
    assert set(order["terms"]) == set(next(iter(state.ended_orders.values())).terms.__struct_fields__)
    for value, written in pairs:
        assert set(written) == {field.name for field in attrs.fields(type(value))}


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(State)])
def test_a_state_without_one_of_its_fields_is_not_used(field: str) -> None:
    """Nor with one more: another shape is another build's."""
    tree = msgspec.json.decode(encode_state(folded(HISTORY), MARKS))
    kept = tree["state"].pop(field)
    assert _refusal(tree)
    tree["state"] |= {field: kept, f"{field}2": kept}
    assert _refusal(tree)
    del tree["state"][f"{field}2"]
    assert _refusal(tree) == ""


def _refusal(tree: Any, like: State | None = None) -> str:
    """Why a body that says ``tree`` is not used; empty when it is."""
    body = tree if isinstance(tree, bytes) else msgspec.json.Encoder(order="sorted").encode(tree)
    try:
        decode_state(body, like or empty())
    except SnapshotUnusable as error:
        return str(error)
    return ""


def _with(**changes: object) -> Callable[[Any], None]:
    return lambda tree: tree["state"].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        _with(bars_seen=True),
        _with(bars_seen="7"),
        _with(bars_seen=7.0),
        _with(bar_is_new=1),
        _with(ended=None),
        _with(account=5),
        _with(mode="WILD"),
        _with(previous_close=100),
        _with(previous_close="1e2"),
        _with(previous_close="NaN"),
        _with(previous_close="٣"),
        _with(previous_close=" 1"),
        _with(ts_init="2020-01-02T15:00:00"),
        _with(ts_init="2020-01-02T15:00:00+01:00"),
        _with(ts_init="2020-01-02T15:00:00Z"),
        _with(ts_init=5),
        _with(interval=1.5),
        _with(interval="60"),
        _with(window={"items": [], "maxlen": 10**30}),
        _with(window={"items": [], "maxlen": -1}),
        _with(window={"items": []}),
        _with(window={"items": [], "maxlen": 3, "more": 1}),
        _with(window=[]),
        _with(entry_times={"items": ["2020-01-02T15:00:00+00:00"] * 3, "maxlen": 2}),
        _with(working={"a": 1}),
        _with(working=[["a"]]),
        _with(working=[["a", {"effects": []}]]),
        _with(foreign_trades=[["t", "v"], ["t", "w"]]),
        lambda tree: tree["state"]["portfolio"].update(cash="1"),
        lambda tree: tree["state"]["bar"].update(high="0.01"),
        lambda tree: tree["landmarks"].update(started="1"),
        lambda tree: tree.update(more=1),
        lambda tree: tree.pop("version"),
    ],
)
def test_what_no_fold_could_have_made_is_not_used(change: Callable[[Any], Any]) -> None:
    """Another type, another spelling, books that do not add up: the records are read instead."""
    tree = msgspec.json.decode(encode_state(folded(HISTORY), MARKS))
    assert _refusal(tree) == ""
    change(tree)
    assert _refusal(tree)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"version":1}', b"1" * 10_000])
def test_what_is_no_body_is_not_used(body: bytes) -> None:
    """Whatever it is, it raises nothing else."""
    assert _refusal(body)
    with pytest.raises(SnapshotUnusable):
        peek(body)


def test_another_spelling_of_the_same_is_not_used() -> None:
    """There is one way to write a state down."""
    body = encode_state(folded(HISTORY), MARKS)
    assert _refusal(body.replace(b'{"landmarks"', b'{ "landmarks"')) == "it is not written the one way"


def test_what_rules_look_back_over_comes_back() -> None:
    """Executions, the peak to its last zero, doubts in their order, and the step of the clock."""
    state = initial_state(lookback=1, executions_remembered=2, peak_remembered=True)
    like = deepcopy(state)
    state.execution_times.extend((A_TIME, A_TIME + A_MINUTE))
    state.peak_equity, state.stepped_back = Decimal("100.10"), timedelta(microseconds=3)
    state.in_doubt = {"b": A_TIME, "a": A_TIME - A_MINUTE}
    found, _ = decode_state(encode_state(state, Landmarks()), like)
    assert repr(found) == repr(state)


def test_a_snapshot_from_before_a_field_was_there_is_passed_over() -> None:
    """The records are folded instead: what the field holds, they say. Here of those that rules look back over."""
    for field in ("execution_times", "peak_equity", "in_doubt", "stepped_back"):
        tree = msgspec.json.decode(encode_state(folded(HISTORY), MARKS))
        del tree["state"][field]
        assert _refusal(tree)


def test_a_snapshot_of_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fold may add up to something else."""
    body = encode_state(folded(HISTORY), MARKS)
    monkeypatch.setattr(snapshots, "__version__", "9.9.9")
    assert _refusal(body) == "another version made it"


def test_a_snapshot_of_another_measure_is_not_used() -> None:
    """Lookback, sums, orders remembered, and what the windows hold at most."""
    body = encode_state(folded(HISTORY), MARKS)
    for other in (empty(lookback=4), empty(sums=(1,)), empty(sums=()), empty(orders_remembered=3)):
        assert _refusal(body, other) == "it was made for another lookback"
    for executions, peak in ((1, False), (0, True)):
        other = initial_state(
            lookback=3, sums=(2,), orders_remembered=2, executions_remembered=executions, peak_remembered=peak
        )
        assert _refusal(body, other) == "it was made for another lookback"
    tree = msgspec.json.decode(body)
    tree["state"]["window"]["maxlen"] = 9
    assert _refusal(tree) == "it was made for another lookback"


def test_a_body_larger_than_any_state_is_not_even_read() -> None:
    """Its place is bounded."""
    assert _refusal(b" " * (BODY_BYTES_MAX + 1)) == "it is larger than any state"


@pytest.mark.parametrize(
    "changes",
    [
        {"previous_close": Decimal("NaN")},
        {"previous_close": 1.5},
        {"ts_init": datetime(2020, 1, 2)},  # noqa: DTZ001 - it is refused for that
        {"entry_times": deque([5])},
        {"account": "\ud800"},
    ],
)
def test_a_state_that_holds_what_no_state_may_hold_is_not_written(changes: dict[str, Any]) -> None:
    """It is noticed when it is kept, not when somebody needs it."""
    state = folded(HISTORY)
    for name, value in changes.items():
        setattr(state, name, value)
    with pytest.raises(JournalUnavailable, match="the state cannot be written down"):
        encode_state(state, MARKS)


def test_amounts_keep_their_zeros_and_dictionaries_their_order() -> None:
    """The next record is written from them, byte for byte, and the oldest goes first."""
    state = initial_state(lookback=1)
    state.previous_close, state.session_open_equity = Decimal("1.50"), Decimal("-0E+3")
    state.foreign_trades = {"z": "1", "a": "2"}
    state.interval = timedelta(days=-1, microseconds=3)
    state.slot_start = datetime.max.replace(tzinfo=UTC)
    found, _ = decode_state(encode_state(state, Landmarks()), initial_state(lookback=1))
    assert repr(found) == repr(state)


def test_landmarks_are_told_in_order_and_once() -> None:
    """One record may be two of them."""
    assert Landmarks().seqs == ()
    assert Landmarks(started=6, stopped=5, restricted=6).seqs == (5, 6)


def test_a_bar_is_a_bar_again() -> None:
    """What is read is valid from birth, like everything else."""
    found, _ = decode_state(encode_state(folded(HISTORY), MARKS), empty())
    assert isinstance(found.bar, Bar)
    assert found.window[-1] == found.bar
