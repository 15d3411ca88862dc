"""The life of an order: one table. Checks, messages and the reference page are drawn from it.

After FIX 4.4 appendix D, with the oddities that real venues show: a fill may overtake its acknowledgement, and
may arrive while a cancel is pending; a rejected cancel puts the order back to work.
"""

from enum import StrEnum
from typing import Final


class OrderState(StrEnum):
    """Where an order stands."""

    INITIALIZED = "INITIALIZED"
    DENIED = "DENIED"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


class Trigger(StrEnum):
    """What moves an order from one state to the next."""

    DENY = "DENY"
    SUBMIT = "SUBMIT"
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    FILL_PART = "FILL_PART"
    FILL_REST = "FILL_REST"
    REQUEST_CANCEL = "REQUEST_CANCEL"
    CANCEL = "CANCEL"
    REJECT_CANCEL = "REJECT_CANCEL"
    EXPIRE = "EXPIRE"
    LOSE = "LOSE"


_S, _T = OrderState, Trigger

# A live order may be filled, canceled, expired or lost sight of, whatever else is going on.
_LIVE_MOVES: Final = {
    _T.FILL_PART: _S.PARTIALLY_FILLED,
    _T.FILL_REST: _S.FILLED,
    _T.CANCEL: _S.CANCELED,
    _T.EXPIRE: _S.EXPIRED,
    _T.LOSE: _S.UNKNOWN,
    _T.REQUEST_CANCEL: _S.PENDING_CANCEL,
}

TRANSITIONS: Final[dict[OrderState, dict[Trigger, OrderState]]] = {
    _S.INITIALIZED: {_T.DENY: _S.DENIED, _T.SUBMIT: _S.SUBMITTED},
    _S.SUBMITTED: {**_LIVE_MOVES, _T.ACCEPT: _S.ACCEPTED, _T.REJECT: _S.REJECTED},
    _S.ACCEPTED: _LIVE_MOVES,
    # An acknowledgement that comes after the first fill changes nothing.
    _S.PARTIALLY_FILLED: {**_LIVE_MOVES, _T.ACCEPT: _S.PARTIALLY_FILLED},
    # A fill in part while canceling leaves the cancel pending.
    _S.PENDING_CANCEL: {
        **_LIVE_MOVES,
        _T.FILL_PART: _S.PENDING_CANCEL,
        _T.ACCEPT: _S.PENDING_CANCEL,
        _T.REJECT: _S.REJECTED,
        _T.REJECT_CANCEL: _S.ACCEPTED,
        _T.REQUEST_CANCEL: _S.PENDING_CANCEL,
    },
    # Only evidence from the venue settles an order in doubt; canceling one is allowed and settles nothing.
    _S.UNKNOWN: {
        **_LIVE_MOVES,
        _T.ACCEPT: _S.ACCEPTED,
        _T.REJECT: _S.REJECTED,
        _T.REQUEST_CANCEL: _S.UNKNOWN,
        _T.REJECT_CANCEL: _S.UNKNOWN,
    },
    # The first acknowledgement may come after everything was filled.
    _S.FILLED: {_T.ACCEPT: _S.FILLED, _T.REJECT_CANCEL: _S.FILLED},
    _S.CANCELED: {_T.REJECT_CANCEL: _S.CANCELED},
    _S.EXPIRED: {_T.REJECT_CANCEL: _S.EXPIRED},
    _S.DENIED: {},
    # A cancel may cross the rejection on its way: there is nothing left to cancel.
    _S.REJECTED: {_T.REJECT_CANCEL: _S.REJECTED},
}

WORKING: Final = frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.PARTIALLY_FILLED, _S.PENDING_CANCEL, _S.UNKNOWN})


def next_state(state: OrderState, trigger: Trigger) -> OrderState | None:
    """Where ``trigger`` leads from ``state``; None when the table has no such move."""
    return TRANSITIONS[state].get(trigger)
