"""What adapter and venue say to each other: one JSON object a line, of bounded size, checked field by field.

Amounts are decimal strings, times ISO 8601 in UTC. A request ``{"do": ..., "id": 7, ...}`` is answered by ``{"re": 7,
"told": [reports], "order": ...}`` or by ``{"re": 7, "error": ...}``; what happens by itself is pushed as ``{"n": 3,
"report": {...}}``, numbered from 1. What arrives becomes a value or ``VenueProtocolError``, never another exception.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from interlock.core.faults import VenueProtocolError
from interlock.core.orders import Side
from interlock.core.reports import (
    CancelRejected,
    ExecutionReport,
    FillBasis,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from interlock.testing.loopback.fields import Fields, amount, name, one_of, read, text, time

# A whole line, its end included. An answer about one order with every report that it may have fits.
LINE_BYTES_MAX: Final = 65_536

Message = Mapping[str, object]


def encode(message: Message) -> bytes:
    """The line of a message. Raises ``ValueError`` for one that does not fit."""
    line = json.dumps(message, separators=(",", ":"), allow_nan=False, default=_plain).encode("ascii") + b"\n"
    if len(line) > LINE_BYTES_MAX:
        raise ValueError(f"a message has {len(line)} bytes, {LINE_BYTES_MAX} are allowed")
    return line


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go over the wire")


def decode(line: bytes) -> dict[str, object]:
    """The object that a line is. Raises ``VenueProtocolError``."""
    try:
        said: object = json.loads(
            line.decode("utf-8"), object_pairs_hook=_each_once, parse_float=_refuse, parse_constant=_refuse
        )
    except (ValueError, RecursionError) as error:
        raise VenueProtocolError("a line is not JSON as the protocol has it") from error
    if not isinstance(said, dict):
        raise VenueProtocolError("a line is not a JSON object")
    return said


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refuse(said: str) -> object:
    raise ValueError(f"amounts are decimal strings, not {said[:20]}")


class Lines:
    """Bytes as they arrive, messages as they are whole. Holds one line at most, and what arrived behind it."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, data: bytes) -> None:
        """What was read. Take every message out before more is added."""
        self._bytes += data

    def next(self) -> dict[str, object] | None:
        """The next message; None while none is whole. Raises ``VenueProtocolError``, and that line is gone."""
        end = self._bytes.find(b"\n", 0, LINE_BYTES_MAX)
        if end < 0:
            if len(self._bytes) >= LINE_BYTES_MAX:
                raise VenueProtocolError(f"a line is longer than {LINE_BYTES_MAX} bytes")
            return None
        line = bytes(self._bytes[:end])
        del self._bytes[: end + 1]
        return decode(line)


_ANY: Final[Fields] = {"client_order_id": name, "ts_event": time}
# OrderUnknown is not among them: a venue knows what it knows.
REPORTS: Final[Mapping[type[Any], Fields]] = {
    OrderAccepted: {**_ANY, "venue_order_id": name},
    OrderRejected: {**_ANY, "code": name, "detail": text},
    OrderCanceled: _ANY,
    CancelRejected: {**_ANY, "code": name},
    OrderExpired: {**_ANY, "code": text},
    OrderFilled: {
        **_ANY,
        "venue_order_id": name,
        "trade_id": name,
        "instrument": name,
        "side": one_of(Side),
        "last_qty": amount,
        "last_px": amount,
        "fee": amount,
        "reference_px": amount,
        "slippage": amount,
        "basis": one_of(FillBasis),
    },
}
_REPORTS: Final = {cls.__name__: cls for cls in REPORTS}


def report_said(report: ExecutionReport) -> dict[str, object]:
    """A report as it goes over the wire."""
    return {"report": type(report).__name__, **{key: getattr(report, key) for key in REPORTS[type(report)]}}


def report_of(said: object) -> ExecutionReport:
    """A report as it came over the wire. Raises ``VenueProtocolError``."""
    kind = said.get("report") if isinstance(said, dict) else None
    cls = _REPORTS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise VenueProtocolError("a report is of no kind that there is")
    values = read({"report": name, **REPORTS[cls]}, said)
    del values["report"]
    try:
        report: ExecutionReport = cls(**values)
    except ValueError as error:
        raise VenueProtocolError(f"a report of {cls.__name__} holds what it cannot hold") from error
    return report
