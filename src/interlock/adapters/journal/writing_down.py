"""Records on their way to a commit: put into words at once, and into rows a stretch at a time.

A run hands over one or two at a time. What it said is fixed there and then. To hash, count and bind it can wait: done
for many records, one behind the other, that takes half as long as for each with all the rest of a cycle in between.
"""

import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, Final

from interlock.adapters.journal.codec import encode, has_exponent, to_json
from interlock.adapters.journal.sqlite_rows import WrittenRow
from interlock.adapters.journal.tallies import Counting, Stretch
from interlock.core.market import Bar
from interlock.core.records import Record

# So many records become rows together: enough that it pays, and few enough to lie in the processor's own memory.
TOGETHER: Final = 200


class _Kinds(dict[type[Any], tuple[str, bytes]]):
    """The name of each kind of observation, and what stands for it in the chain."""

    def __missing__(self, observed: type[Any]) -> tuple[str, bytes]:
        found = self[observed] = observed.__name__, observed.__name__.encode() + b"\0"
        return found


_kinds: Final = _Kinds()
# What comes first in what ``codec.chain`` hashes. Made here, and not there: a call for each record takes a tenth of it.
_chained: Final = struct.Struct(">32sQ").pack
_sha256: Final = hashlib.sha256
_NUMBERS: Final = frozenset({Decimal, int})


class Waiting:
    """Records behind record ``seq`` with its hash ``digest``, that wait for a commit: each hashed over the one before,
    and counted on the way, in tallies of ``every`` records."""

    __slots__ = ("_bodies", "_counting", "_digest", "_kept", "_records", "_rows", "_written", "seq")

    def __init__(self, seq: int, digest: bytes, every: int) -> None:
        self.seq = self._written = self._kept = seq
        self._digest = digest
        self._counting = Counting(seq + 1, every)
        self._records: list[Record] = []
        self._bodies: list[bytes] = []
        self._rows: list[WrittenRow] = []

    def __len__(self) -> int:
        return self.seq - self._kept

    def add(self, records: Sequence[Record]) -> int:
        """Take them as they are now, whatever becomes of what is in them. How many wait with them.

        Raises ``JournalUnavailable`` for a record that cannot be written down: all that waits is of no use then.
        """
        self._bodies.extend(map(body_of, records))
        self._records.extend(records)
        self.seq += len(records)
        if self.seq - self._written >= TOGETHER:
            self._write_down()
        return self.seq - self._kept

    @property
    def digest(self) -> bytes:
        """The hash of record ``seq``."""
        self._write_down()
        return self._digest

    @property
    def rows(self) -> list[WrittenRow]:
        """All of them."""
        self._write_down()
        return self._rows

    @property
    def finished(self) -> list[Stretch]:
        """The stretches that ``rows`` ended."""
        return self._counting.finished

    def clear(self) -> None:
        """They are kept: what is added from now on waits for the next commit."""
        self._rows, self._counting.finished, self._kept = [], [], self.seq

    def _write_down(self) -> None:
        if not self._records:
            return
        records, bodies, self._records, self._bodies = self._records, self._bodies, [], []
        add, counting, digest = self._rows.append, self._counting, self._digest
        kind, outcome, code, until, ts = counting.kind, counting.outcome, counting.code, counting.until, counting.ts
        name, mark = _kinds[kind]
        for seq, (record, body) in enumerate(zip(records, bodies, strict=True), self._written + 1):
            observed, decision, now = type(record.observation), record.decision, record.ts_init
            # The same reason comes many times in a row, and looking it up costs more than comparing it. Asked here, and
            # not there: a call for each record would cost as much as all of this.
            if (
                decision is None
                or decision.code is not code
                or decision.outcome is not outcome
                or observed is not kind
                or record.events
                or seq >= until
                or now < ts
            ):
                counting.ts = ts
                counting.look(seq, record)
                kind, outcome, code, until = counting.kind, counting.outcome, counting.code, counting.until
                name, mark = _kinds[observed]
            ts = now
            digest = _sha256(_chained(digest, seq) + mark + body).digest()
            add((seq, name, body.decode(), digest.hex()))
        counting.ts = ts
        self._digest, self._written = digest, self.seq


def body_of(record: Record) -> bytes:
    """What ``encode`` makes of it, the short way where that is the same: a bar about which nothing is done, with
    numbers and no text behind the decision."""
    decision = record.decision
    if (
        decision is None
        or decision.findings
        or record.events
        or record.effects
        or decision.proposal is None
        or type(record.observation) is not Bar
        or record.ts_init.tzinfo is not UTC
    ):
        return encode(record)
    for number in decision.proposal.numbers.values():
        if type(number) not in _NUMBERS:
            return encode(record)
    try:
        body = to_json(record)
    except (TypeError, ValueError, OverflowError):
        return encode(record)  # which says what it is
    return body if has_exponent(body) is None else encode(record)
