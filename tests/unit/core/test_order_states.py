"""The order table against a hand-written expectation: every cell, legal and illegal."""

from itertools import product

import pytest

from interlock.core.order_states import TRANSITIONS, WORKING, OrderState, Trigger, next_state

# Row by row, in the order of COLUMNS. A dot: no such move.
COLUMNS = "DENY SUBMIT ACCEPT REJECT FILL_PART FILL_REST REQUEST_CANCEL CANCEL REJECT_CANCEL EXPIRE LOSE"
EXPECTED = """
INITIALIZED      DENIED SUBMITTED . . . . . . . . .
DENIED           . . . . . . . . . . .
SUBMITTED        . . ACCEPTED REJECTED PARTIALLY_FILLED FILLED PENDING_CANCEL CANCELED . EXPIRED UNKNOWN
ACCEPTED         . . . . PARTIALLY_FILLED FILLED PENDING_CANCEL CANCELED . EXPIRED UNKNOWN
PARTIALLY_FILLED . . PARTIALLY_FILLED . PARTIALLY_FILLED FILLED PENDING_CANCEL CANCELED . EXPIRED UNKNOWN
FILLED           . . FILLED . . . . . FILLED . .
PENDING_CANCEL   . . PENDING_CANCEL REJECTED PENDING_CANCEL FILLED PENDING_CANCEL CANCELED ACCEPTED EXPIRED UNKNOWN
CANCELED         . . . . . . . . CANCELED . .
REJECTED         . . . . . . . . REJECTED . .
EXPIRED          . . . . . . . . EXPIRED . .
UNKNOWN          . . ACCEPTED REJECTED PARTIALLY_FILLED FILLED UNKNOWN CANCELED UNKNOWN EXPIRED UNKNOWN
"""
CELLS = {
    (OrderState(state), Trigger(trigger)): None if cell == "." else OrderState(cell)
    for state, *cells in (line.split() for line in EXPECTED.strip().splitlines())
    for trigger, cell in zip(COLUMNS.split(), cells, strict=True)
}
ENDED = {OrderState.DENIED, OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED}


@pytest.mark.parametrize(("state", "trigger"), list(product(OrderState, Trigger)))
def test_every_cell_of_the_table_is_what_was_written_by_hand(state: OrderState, trigger: Trigger) -> None:
    """Each move is expected, and so is each move that there is not."""
    assert next_state(state, trigger) == CELLS[state, trigger]


def test_the_expectation_covers_the_whole_table() -> None:
    """Every state and every trigger has its row and its column."""
    assert set(CELLS) == set(product(OrderState, Trigger))
    assert set(TRANSITIONS) == set(OrderState)


def test_the_end_is_the_end() -> None:
    """No trigger leads out of an ended state, and an ended order does not work."""
    for state in ENDED:
        assert set(TRANSITIONS[state].values()) <= {state}
    assert frozenset(OrderState) - ENDED - {OrderState.INITIALIZED} == WORKING


def test_whatever_works_can_be_filled_canceled_lost_and_asked_back() -> None:
    """In every working state: fills are never illegal, and a cancel may always be asked for."""
    always = {Trigger.FILL_PART, Trigger.FILL_REST, Trigger.CANCEL, Trigger.LOSE, Trigger.REQUEST_CANCEL}
    for state in WORKING:
        assert always <= set(TRANSITIONS[state])
