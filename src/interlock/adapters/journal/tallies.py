"""What a stretch of records comes to, counted while they are appended: whoever looks for a few need not read all.

A tally only spares reading, and is never the only place where something is said. One that is missing, damaged, or of
other records than those that are there is passed over, and the rows are read instead. Stretches begin at each multiple
of their length, so that every run counts on where the one before was killed.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from interlock.core.decision import Outcome
from interlock.core.records import OrderSubmitted, Record
from interlock.core.values import LightValue

# Long enough that nobody notices the counting, short enough that a stretch is read in milliseconds.
TALLY_EVERY: Final = 1_000
BODY_BYTES_MAX: Final = 2**20
# Looked up once: until Python 3.12 each look at an enum's member costs as much as a call.
_DENIED: Final = Outcome.DENIED
# Kind, outcome and code of records in a row that are alike.
_Row = tuple[type[Any], Outcome | None, str]
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class TallyUnusable(Exception):
    """This tally is not to be used, and why: the records are."""


class Orders(LightValue, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many orders were submitted in a stretch, and the ids of the first and the last of them."""

    count: int
    first: str
    last: str


class Tally(LightValue, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stretch of records comes to.

    ``earliest`` and ``latest`` bound the ``ts_init`` of its records, also where a clock stepped back. ``decisions``
    counts by outcome and code, ``denials`` those that were DENIED by code and rule: a decision that two rules denied
    stands there twice.
    """

    earliest: datetime
    latest: datetime
    kinds: dict[str, int]
    decisions: tuple[tuple[str, str, int], ...] = ()
    denials: tuple[tuple[str, str, int], ...] = ()
    orders: Orders | None = None

    @property
    def denied(self) -> int:
        """How many decisions were denied."""
        return sum(times for outcome, _, times in self.decisions if outcome == Outcome.DENIED)


class Stretch(LightValue, frozen=True, kw_only=True):
    """The records from ``first`` to ``last``, and what they come to; None where nobody has counted them."""

    first: int
    last: int
    tally: Tally | None = None


def encode_tally(tally: Tally) -> bytes:
    """The body of ``tally``: canonical JSON."""
    return _to_json(tally)


def decode_tally(body: bytes, length: int) -> Tally:
    """What ``encode_tally`` wrote of so many records. Raises ``TallyUnusable``."""
    if len(body) > BODY_BYTES_MAX:
        raise TallyUnusable("it is larger than any tally")
    try:
        tally: Tally = _from_json(body)
        adds_up = sum(tally.kinds.values()) == length and tally.earliest <= tally.latest
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise TallyUnusable(f"it cannot be read ({type(error).__name__})") from error
    if not adds_up:
        raise TallyUnusable("it does not add up")
    return tally


def digest_of(first: int, last: int, record_hash: str, body: bytes) -> str:
    """What a tally is checked by: SHA-256 over its bounds, the hash of its last record, and its body."""
    bounds = first.to_bytes(8, "big") + last.to_bytes(8, "big")
    return hashlib.sha256(bounds + record_hash.encode() + b"\0" + body).hexdigest()


_to_json: Final = msgspec.json.Encoder(order="sorted").encode
_from_json: Final = msgspec.json.Decoder(Tally).decode


# -- what is counted -----------------------------------------------------------------------------------------------


class Counts:
    """The counts of one stretch, while they grow."""

    __slots__ = ("decisions", "denials", "earliest", "first_order", "kinds", "last_order", "latest", "orders")

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self.decisions: dict[tuple[str, str], int] = {}
        self.denials: dict[tuple[str, str], int] = {}
        self.orders = 0
        self.first_order = self.last_order = ""
        self.earliest = self.latest = _NEVER

    def count(self, kind: str, outcome: str | None, code: str, times: int) -> None:
        """So many records of a kind, with such a decision; without one where ``outcome`` is None."""
        self.kinds[kind] = self.kinds.get(kind, 0) + times
        if outcome is not None:
            key = outcome, code
            self.decisions[key] = self.decisions.get(key, 0) + times

    def denied(self, code: str, rule: str) -> None:
        """A rule that denied."""
        key = code, rule
        self.denials[key] = self.denials.get(key, 0) + 1

    def submitted(self, client_order_id: str) -> None:
        """An order."""
        self.first_order = self.first_order or client_order_id
        self.last_order = client_order_id
        self.orders += 1

    @property
    def tally(self) -> Tally:
        """The same, done with; what is equal is spelt the one way."""
        return Tally(
            earliest=self.earliest,
            latest=self.latest,
            kinds=dict(sorted(self.kinds.items())),
            decisions=tuple(sorted((str(one), str(code), times) for (one, code), times in self.decisions.items())),
            denials=tuple(sorted((str(code), rule, times) for (code, rule), times in self.denials.items())),
            orders=Orders(count=self.orders, first=self.first_order, last=self.last_order) if self.orders else None,
        )


class Counting:
    """Counts records as they are appended, one stretch after another, by rows of records that are alike.

    Whoever appends holds each record against ``kind``, ``outcome``, ``code`` and ``ts``, says those that differ, that
    have more to them, or that are record ``until``, and keeps ``ts``: see ``writing_down``. ``finished`` is whoever's
    who keeps it.
    """

    __slots__ = (
        "_counts",
        "_every",
        "_row",
        "_rows",
        "_since",
        "_whole",
        "code",
        "finished",
        "kind",
        "outcome",
        "ts",
        "until",
    )

    def __init__(self, first: int, every: int) -> None:
        """Count from record ``first`` on, which need not be the first of its stretch: that one is then not counted."""
        self._every = every
        self.finished: list[Stretch] = []
        self._begin(first)

    def _begin(self, seq: int) -> None:
        self._whole = not seq % self._every
        self.until = seq - seq % self._every + self._every - 1
        self._counts = Counts()
        self._rows: dict[_Row, int] = {}
        self._since = seq
        # Like nothing that there is, so that the next record begins a row.
        self._row: _Row = (type(None), None, "")
        self.kind: type[Any] = type(None)
        self.outcome: Outcome | None = None
        self.code: str | None = None
        self.ts = _NEVER

    def look(self, seq: int, record: Record) -> None:
        """A record that is not like the one before, or ends a stretch, or has more to it."""
        rows, since, decision, ts = self._rows, self._since, record.decision, record.ts_init
        if seq > since:
            rows[self._row] = rows.get(self._row, 0) + seq - since
            self._since = seq
        if not rows:
            self._counts.earliest = self._counts.latest = ts
        elif ts < self.ts:
            self._counts.earliest = min(self._counts.earliest, ts)
            self._counts.latest = max(self._counts.latest, self.ts)
        kind = self.kind = type(record.observation)
        if decision is None:
            self._row, self.code = (kind, None, ""), None
        else:
            outcome, code = self.outcome, self.code = decision.outcome, decision.code
            self._row = kind, outcome, code
            if outcome is _DENIED:
                # By which rules may differ from one to the next.
                self.code = None
                for finding in decision.findings:
                    if finding.denies:
                        self._counts.denied(code, finding.rule)
        for event in record.events:
            if type(event) is OrderSubmitted:
                self._counts.submitted(event.terms.client_order_id)
        if seq >= self.until:
            self._finish(seq, ts)

    def _finish(self, seq: int, ts: datetime) -> None:
        """End the stretch with record ``seq``, of ``ts``, and begin the next."""
        counts, rows = self._counts, self._rows
        rows[self._row] = rows.get(self._row, 0) + 1
        counts.latest = max(counts.latest, ts)
        for (kind, outcome, code), times in rows.items():
            counts.count(kind.__name__, outcome, code, times)
        tally = counts.tally if self._whole else None
        self.finished.append(Stretch(first=self.until - self._every + 1, last=self.until, tally=tally))
        self._begin(seq + 1)
