"""However short the way to a row is, the row is the one that the long way makes."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal.codec import GENESIS, chain, encode
from interlock.adapters.journal.sqlite_rows import WrittenRow
from interlock.adapters.journal.tallies import Counting
from interlock.adapters.journal.writing_down import write_down
from interlock.core.decision import Decision, Finding, NoAction, Outcome, Verdict
from interlock.core.faults import JournalUnavailable
from interlock.core.reasons import Reason
from interlock.core.records import CancelOrder, Record
from interlock.core.reports import OrderRejected
from interlock.core.values import Numbers
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.strategies import records

# Nothing but numbers, and each of what has to be spelled out.
NUMBERS: tuple[Numbers, ...] = (
    {"fast": 10, "sum": Decimal("12.50")},
    {"n": Decimal("1E-8")},
    {"n": Decimal("1E+3")},
    {"symbol": "7203"},
    {"symbol": "AAPL"},
)
FINDINGS = ((), (Finding("max_position", Verdict.PASS, Reason.PASSED, observed="7203"),))
# The same time in UTC, told in two ways.
TIMES = (A_TIME, A_TIME.replace(tzinfo=timezone(timedelta(0), "Z")))


def a_record(
    numbers: Numbers | None = None,
    findings: tuple[Finding, ...] = (),
    effects: tuple[CancelOrder, ...] = (),
    at: datetime = A_TIME,
) -> Record:
    """Of a bar about which nothing was done, always for the same reason."""
    proposal = None if numbers is None else NoAction(Reason.OBSERVING, numbers)
    decision = Decision(Outcome.NO_ACTION, Reason.OBSERVING, proposal, findings)
    return Record(at, a_bar(), decision, effects=effects)


ALIKE = [
    each
    for parts in product((None, *NUMBERS), FINDINGS, ((), (CancelOrder(client_order_id="c-1"),)), TIMES)
    for each in (a_record(NUMBERS[0]), a_record(*parts))
]


# Nobody decides on it, but somebody might.
REJECTED = Record(
    A_TIME,
    OrderRejected(client_order_id="c-1", ts_event=A_TIME, code="X.Y", numbers={"symbol": "7203"}),
    Decision(Outcome.NO_ACTION, Reason.OBSERVING, NoAction(Reason.OBSERVING)),
)


def rows_of(history: list[Record], first: int, every: int) -> list[WrittenRow]:
    """What is written down of it, half of it at a time."""
    rows: list[WrittenRow] = []
    counting, half = Counting(first, every), len(history) // 2
    middle = write_down(history[:half], first - 1, GENESIS, rows, counting)
    write_down(history[half:], first + half - 1, middle, rows, counting)
    return rows


def spelled(history: list[Record], first: int) -> list[WrittenRow]:
    """The same, as the codec says."""
    digest, rows = GENESIS, []
    for seq, record in enumerate(history, first):
        body = encode(record)
        digest = chain(digest, seq, record.kind, body)
        rows.append((seq, record.kind, body.decode(), digest.hex()))
    return rows


@given(st.lists(records(), max_size=6), st.integers(0, 5))
def test_rows_are_what_the_codec_says(history: list[Record], first: int) -> None:
    """Body and hash, of records of every kind, each of them twice in a row."""
    twice = [each for each in history for _ in range(2)]
    assert rows_of(twice, first, 4) == spelled(twice, first)


def test_so_are_those_of_records_that_are_alike() -> None:
    """Also where one of them has to spell out what the others have not."""
    history = [*ALIKE, REJECTED, REJECTED]
    assert rows_of(history, 7, 1_000) == spelled(history, 7)


@pytest.mark.parametrize(
    "bad",
    [
        a_record(NUMBERS[0], at=datetime(2030, 1, 1)),  # noqa: DTZ001 - that is the point
        a_record(NUMBERS[0], at=datetime(2030, 1, 1, tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))),
        a_record({"n": 0.5}),  # type: ignore[dict-item]  # likewise
    ],
    ids=["naive time", "time elsewhere", "float"],
)
def test_what_cannot_be_written_down_is_refused_behind_its_like(bad: Record) -> None:
    """Behind a record that is like it in all else nothing is asked less."""
    with pytest.raises(JournalUnavailable, match="cannot be written down"):
        write_down([a_record(NUMBERS[0]), bad], -1, GENESIS, [], Counting(0, 1_000))
