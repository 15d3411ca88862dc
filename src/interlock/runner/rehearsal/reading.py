"""The records of a journal as a rehearsal needs them: nearly all are quiet, and of those little has to be read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import msgspec

from interlock.adapters.journal.codec import decode
from interlock.core.decision import Decision, NoAction, Outcome
from interlock.core.faults import JournalUnavailable
from interlock.core.market import Bar, Silence
from interlock.core.observations import SessionRolled
from interlock.core.records import Record
from interlock.core.reports import OrderAccepted

_Observed = TypeVar("_Observed")


class _Decided(msgspec.Struct):
    code: str


class _Quiet(msgspec.Struct, Generic[_Observed]):
    observation: _Observed
    ts_init: datetime
    decision: _Decided | None = None


_FAST: Final[Mapping[str, Callable[[bytes], _Quiet[Any]]]] = {
    "Bar": msgspec.json.Decoder(_Quiet[Bar]).decode,
    "Silence": msgspec.json.Decoder(_Quiet[Silence]).decode,
    "SessionRolled": msgspec.json.Decoder(_Quiet[SessionRolled]).decode,
    "OrderAccepted": msgspec.json.Decoder(_Quiet[OrderAccepted]).decode,
}
# As they stand in a body. In a text within one the quotes have backslashes before them.
_HAPPENED: Final = b'"events":'
_DECIDED: Final = b'"decision":'
_IDLE: Final = b'"outcome":"NO_ACTION"'


def read(kind: str, body: bytes) -> Record:
    """The record, without the numbers behind a NO_ACTION and without ids. Raises ``JournalUnavailable``."""
    fast = _FAST.get(kind)
    if fast is None or _HAPPENED in body or (_IDLE not in body and _DECIDED in body):
        return decode(kind, body)
    try:
        found = fast(body)
    except (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError) as error:
        raise JournalUnavailable(f"a record of a {kind} cannot be read: {type(error).__name__}: {error}") from error
    if found.decision is None:
        return Record(found.ts_init, found.observation)
    code = found.decision.code
    return Record(found.ts_init, found.observation, Decision(Outcome.NO_ACTION, code, NoAction(code)))
