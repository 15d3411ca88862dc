"""Records as the rows that they become, each hashed over the one before, and counted on the way."""

import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, Final

from interlock.adapters.journal.codec import encode, has_exponent, to_json
from interlock.adapters.journal.sqlite_rows import WrittenRow
from interlock.adapters.journal.tallies import Counting
from interlock.core.market import Bar
from interlock.core.records import Record


class _Kinds(dict[type[Any], tuple[str, bytes]]):
    """The name of each kind of observation, and what stands for it in the chain."""

    def __missing__(self, observed: type[Any]) -> tuple[str, bytes]:
        found = self[observed] = observed.__name__, observed.__name__.encode() + b"\0"
        return found


_kinds: Final = _Kinds()
# What comes first in what ``codec.chain`` hashes. Made here, and not there: a call for each record takes a tenth of it.
_chained: Final = struct.Struct(">32sQ").pack
_sha256: Final = hashlib.sha256


def write_down(
    records: Sequence[Record], after: int, digest: bytes, rows: list[WrittenRow], counting: Counting
) -> bytes:
    """Add the rows of ``records``, which follow record ``after`` with its hash ``digest``; the hash of the last one.

    Raises ``JournalUnavailable`` for a record that cannot be written down: what was added until then is of no use.
    """
    kind, outcome, code, until, ts = counting.kind, counting.outcome, counting.code, counting.until, counting.ts
    for seq, record in enumerate(records, after + 1):
        observed, decision, now = type(record.observation), record.decision, record.ts_init
        # The same reason comes many times in a row, and looking it up costs more than comparing it. Asked here, and not
        # there: a call for each record would cost as much as all of this.
        if (
            decision is None
            or decision.code is not code
            or decision.outcome is not outcome
            or observed is not kind
            or record.events
            or seq >= until
            or now.tzinfo is not UTC
            or now < ts
        ):
            # First of all: it says no to a time that cannot be compared with another.
            body = encode(record)
            counting.ts = ts
            counting.look(seq, record)
            kind, outcome, code, until = counting.kind, counting.outcome, counting.code, counting.until
        else:
            body = _encode_bar(record) if observed is Bar else encode(record)
        ts = now
        name, mark = _kinds[observed]
        digest = _sha256(_chained(digest, seq) + mark + body).digest()
        rows.append((seq, name, body.decode(), digest.hex()))
    counting.ts = ts
    return digest


def _encode_bar(record: Record) -> bytes:
    """``encode``, for a bar with a decision about it at a time in UTC, and for numbers that are no text: most there is.

    What it asks is what ``encode`` would ask, but for what is known of such a record.
    """
    decision = record.decision
    if decision is None or decision.findings or record.effects or decision.proposal is None:
        return encode(record)
    for number in decision.proposal.numbers.values():
        kind = type(number)
        if kind is not Decimal and kind is not int:
            return encode(record)
    body = to_json(record)
    return body if has_exponent(body) is None else encode(record)
