"""However short the way to a row is, the row is the one that the long way makes."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal.codec import GENESIS, chain, encode
from interlock.adapters.journal.sqlite_rows import WrittenRow
from interlock.adapters.journal.writing_down import Waiting
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


def rows_of(history: list[Record], first: int, every: int, at_once: int) -> list[WrittenRow]:
    """What is written down of it, handed over so many at once."""
    waiting = Waiting(first - 1, GENESIS, every)
    for begin in range(0, len(history), at_once):
        waiting.add(history[begin : begin + at_once])
    assert len(waiting) == len(history)
    return waiting.rows


def spelled(history: list[Record], first: int) -> list[WrittenRow]:
    """The same, as the codec says."""
    digest, rows = GENESIS, []
    for seq, record in enumerate(history, first):
        body = encode(record)
        digest = chain(digest, seq, record.kind, body)
        rows.append((seq, record.kind, body.decode(), digest.hex()))
    return rows


@given(st.lists(records(), max_size=6), st.integers(0, 5), st.integers(1, 12))
def test_rows_are_what_the_codec_says(history: list[Record], first: int, at_once: int) -> None:
    """Body and hash, of records of every kind, each of them twice in a row."""
    twice = [each for each in history for _ in range(2)]
    assert rows_of(twice, first, 4, at_once) == spelled(twice, first)


def test_so_are_those_of_records_that_are_alike() -> None:
    """Also where one of them has to spell out what the others have not, and however many come at once."""
    history = [*ALIKE, REJECTED, REJECTED] * 3
    for at_once in (1, 7, len(history)):
        assert rows_of(history, 7, 1_000, at_once) == spelled(history, 7)


def test_what_was_said_stays_as_it_was_said() -> None:
    """A strategy may use the mapping of its numbers again: what waits for a commit does not change with it."""
    numbers: dict[str, Decimal | int | str] = {"fast": 10}
    waiting = Waiting(-1, GENESIS, 1_000)
    waiting.add([a_record(numbers)])
    numbers["fast"] = 11
    waiting.add([a_record(numbers)])
    assert [row[2].count('"fast":10') for row in waiting.rows] == [1, 0]


def test_the_next_commit_takes_what_came_since() -> None:
    """Rows that are kept are gone; number and hash go on."""
    waiting = Waiting(-1, GENESIS, 2)
    waiting.add(ALIKE[:3])
    first = list(waiting.rows)
    assert [stretch.last for stretch in waiting.finished] == [1]
    waiting.clear()
    assert (len(waiting), waiting.finished) == (0, [])
    waiting.add(ALIKE[3:5])
    assert first + waiting.rows == spelled(ALIKE[:5], 0)
    assert waiting.digest.hex() == waiting.rows[-1][3]
    assert waiting.seq == 4


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
    """At once, and not at the commit; behind a record that is like it in all else nothing is asked less."""
    with pytest.raises(JournalUnavailable, match="cannot be written down"):
        Waiting(-1, GENESIS, 1_000).add([a_record(NUMBERS[0]), bad])
