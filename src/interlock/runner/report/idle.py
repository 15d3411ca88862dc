"""Records in which a bar, or a silence, came and nothing was done: told apart without reading all of them."""

from typing import Final

import msgspec

from interlock.core.decision import Outcome
from interlock.core.observations import SessionRolled

_EVENTS: Final = b'"events":['
_DECIDED: Final = b'"decision":{'
_KINDS: Final = frozenset({"Bar", "Silence"})


class _Decided(msgspec.Struct):
    outcome: str
    code: str


class _Body(msgspec.Struct):
    decision: _Decided | None = None


_decided: Final = msgspec.json.Decoder(_Body).decode


def is_session(kind: str, body: bytes) -> bool:
    """Whether a session began, and nothing else is to be told of it."""
    return kind == SessionRolled.__name__ and _EVENTS not in body and _DECIDED not in body


def idle_code(kind: str, body: bytes) -> str | None:
    """The reason for doing nothing; None where something was done, or it has to be read whole to be told."""
    if kind not in _KINDS or _EVENTS in body:
        return None
    try:
        decision = _decided(body).decision
    except msgspec.MsgspecError:
        return None  # read whole, it says what is wrong with it
    return decision.code if decision is not None and decision.outcome == Outcome.NO_ACTION.value else None
