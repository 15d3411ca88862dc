"""A state as a tree: what was spelt before is not spelt again, and that shows in nothing but the time it takes."""

import weakref
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import msgspec.structs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal import state_codec
from interlock.adapters.journal.state_codec import to_json, written_state
from interlock.core.order_states import OrderState
from interlock.core.orders import Side
from interlock.core.state import Order, State, initial_state
from interlock.testing.builders import A_TIME
from interlock.testing.situations import some_terms

TELLING = ("o1", Side.BUY, Decimal(1), Decimal("99.50"), Decimal(0))


@pytest.fixture
def state() -> State:
    """One that remembers an order which ended."""
    state = initial_state(lookback=1)
    state.ended_orders["o1"] = Order(terms=some_terms(), state=OrderState.CANCELED, trades={"t1": "v1"})
    state.portfolio.trades["t1"] = TELLING
    spelt(state)
    return state


def spelt(state: State) -> bytes:
    """Its tree in bytes."""
    return to_json(written_state(state))


CHANGES: dict[str, Callable[[Order], Any]] = {
    "terms": lambda order: msgspec.structs.replace(order.terms, client_order_id="o2"),
    "state": lambda _: OrderState.FILLED,
    "cum_qty": lambda _: Decimal(1),
    "notional": lambda _: Decimal("99.50"),
    "fees": lambda _: Decimal("0.01"),
    "trades": lambda order: order.trades | {"t2": "v2"},
    "cancel_requested": lambda _: True,
}


@pytest.mark.parametrize("part", [part.name for part in attrs.fields(Order)])
def test_an_order_that_ended_and_changed_is_spelt_anew(state: State, part: str) -> None:
    """Whatever of it that was, as a late fill does it: the copy was never spelt before."""
    before, order = spelt(state), state.ended_orders["o1"]
    setattr(order, part, CHANGES[part](order))
    assert before != spelt(state) == spelt(deepcopy(state))


def test_a_trade_that_is_put_into_an_order_that_ended_is_spelt(state: State) -> None:
    """Its trades are one and the same dictionary for as long as it is remembered."""
    state.ended_orders["o1"].trades["t2"] = "v2"
    assert b'["t2","v2"]' in spelt(state)


@pytest.mark.parametrize("part", ["cum_qty", "notional", "fees"])
def test_an_amount_that_is_equal_and_has_other_zeros_is_spelt_anew(state: State, part: str) -> None:
    """The next record is written from it, byte for byte."""
    order = state.ended_orders["o1"]
    setattr(order, part, Decimal("0.00"))
    assert f'"{part}":"0.00"'.encode() in spelt(state)


def test_another_trade_of_the_same_name_is_spelt_anew(state: State) -> None:
    """A telling is never changed: another one takes its place."""
    state.portfolio.trades["t1"] = (*TELLING[:3], Decimal("99.5"), Decimal("0.0"))
    assert b'["t1",["o1","BUY","1","99.5","0.0"]]' in spelt(state)


def test_more_than_is_remembered_is_spelt_all_the_same(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is bounded: it is let go, and begun anew."""
    monkeypatch.setattr(state_codec, "_REMEMBERED", 2)
    gone = weakref.ref(state.ended_orders.pop("o1"))
    for number in range(2, 9):
        state.ended_orders[f"o{number}"] = Order(terms=some_terms(), state=OrderState.FILLED)
        state.portfolio.trades[f"t{number}"] = (f"o{number}", *TELLING[1:])
    assert spelt(state) == spelt(state) == spelt(deepcopy(state))
    assert gone() is None


@given(
    at=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(0), "Zulu")])),
    micros=st.sampled_from([0, 1, 120_000]),
)
def test_times_are_spelt_as_the_standard_library_does(at: datetime, micros: int) -> None:
    """To the microsecond, and without one where there is none."""
    at = at.replace(microsecond=micros)
    state = initial_state(lookback=1)
    state.ts_init = at
    assert written_state(state)["ts_init"] == at.replace(tzinfo=UTC).isoformat()


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=1))])
def test_a_time_that_is_not_utc_is_refused(zone: timezone | None) -> None:
    """Nobody is to guess."""
    state = initial_state(lookback=1)
    state.ts_init = A_TIME.replace(tzinfo=zone)
    with pytest.raises(ValueError, match="is not a time in UTC"):
        written_state(state)
