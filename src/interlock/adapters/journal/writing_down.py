"""Records as the rows that they become, each hashed over the one before, and counted on the way."""

from collections.abc import Sequence

from interlock.adapters.journal.codec import chain, encode
from interlock.adapters.journal.sqlite_rows import Row
from interlock.adapters.journal.tallies import Counting
from interlock.core.records import Record


def write_down(records: Sequence[Record], after: int, digest: bytes, rows: list[Row], counting: Counting) -> bytes:
    """Add the rows of ``records``, which follow record ``after`` with its hash ``digest``; the hash of the last one.

    Raises ``JournalUnavailable`` for a record that cannot be written down: what was added until then is of no use.
    """
    for seq, record in enumerate(records, after + 1):
        body = encode(record)
        observed, decision = type(record.observation), record.decision
        kind = observed.__name__
        digest = chain(digest, seq, kind, body)
        rows.append((seq, kind, body, digest.hex()))
        # The same reason comes many times in a row, and looking it up costs more than comparing it. Asked here, and not
        # there: a call for each record would cost as much as all of this.
        if (
            decision is None
            or decision.code is not counting.code
            or decision.outcome is not counting.outcome
            or observed is not counting.kind
            or record.events
            or seq >= counting.until
            or record.ts_init < counting.ts
        ):
            counting.look(seq, record)
        counting.ts = record.ts_init
    return digest
