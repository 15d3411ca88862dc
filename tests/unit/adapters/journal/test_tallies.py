"""What is counted while records are appended is what their rows come to."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.adapters.journal.codec import GENESIS, encode
from interlock.adapters.journal.decision_codec import Decided, RowCounts, decode_decided, tally_of
from interlock.adapters.journal.tallies import (
    BODY_BYTES_MAX,
    Orders,
    Stretch,
    Tally,
    TallyUnusable,
    decode_tally,
    encode_tally,
)
from interlock.adapters.journal.writing_down import Waiting
from interlock.core.decision import Decision, Finding, NoAction, Outcome, Verdict
from interlock.core.faults import JournalUnavailable
from interlock.core.market import Silence
from interlock.core.reasons import Reason
from interlock.core.records import OrderSubmitted, Record, ReportIgnored
from interlock.testing.builders import A_TIME, a_bar
from interlock.testing.situations import some_terms

SECOND = timedelta(seconds=1)

# The same rule now denies and now does not; a code of ours and one of a plugin's.
FINDINGS = (
    (),
    (Finding("max_position", Verdict.PASS, Reason.PASSED),),
    (
        Finding("max_position", Verdict.DENY, Reason.POSITION_LIMIT_EXCEEDED),
        Finding("x", Verdict.CANNOT_EVALUATE, "X.Y"),
    ),
    (Finding("price_jump", Verdict.DENY, Reason.PRICE_JUMP),),
)
DECISIONS = st.none() | st.builds(
    Decision,
    st.sampled_from(Outcome),
    st.sampled_from((Reason.TREND_UP_AND_LONG, Reason.OBSERVING, "X.Y", str(Reason.OBSERVING.value))),
    st.just(NoAction(Reason.OBSERVING)),
    st.sampled_from(FINDINGS),
)


def record(decision: Decision | None, step: int, silent: bool, ordinals: list[int], at: datetime) -> Record:
    """Of one kind or another, with that decision and those orders."""
    observation = Silence(until=at) if silent else a_bar(at=at)
    events = tuple(OrderSubmitted(terms=some_terms(ordinal=ordinal)) for ordinal in ordinals)
    ignored = (ReportIgnored(code="X.Z"),) if step % 2 else ()
    return Record(at, observation, decision, events + ignored)


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Records in rows that are alike, and others; the clock goes on, stands, or steps back."""
    made: list[Record] = []
    now = A_TIME
    for _ in range(draw(st.integers(1, 12))):
        decision, silent = draw(DECISIONS), draw(st.booleans())
        for _ in range(draw(st.integers(1, 5))):
            now += draw(st.sampled_from((SECOND, SECOND, 0 * SECOND, -3 * SECOND)))
            ordinals = draw(st.lists(st.integers(1, 99), max_size=2)) if draw(st.booleans()) else []
            made.append(record(decision, draw(st.integers(0, 1)), silent, ordinals, now))
    return made


def of_rows(records: list[Record]) -> Tally:
    """The same, from what is on disk."""
    return tally_of((0, each.kind, encode(each), "") for each in records)


@given(records=histories())
def test_what_records_come_to_is_what_their_rows_come_to(records: list[Record]) -> None:
    """Whoever has the records need not read the rows."""
    counts = RowCounts()
    for each in records:
        counts.take_record(each)
    assert counts.tally == of_rows(records)


@given(records=histories(), every=st.integers(1, 9), begun=st.integers(0, 9))
def test_what_is_counted_while_appending_is_what_the_rows_come_to(
    records: list[Record], every: int, begun: int
) -> None:
    """A stretch that was begun before is left to its rows."""
    counting = Waiting(begun - 1, GENESIS, every)
    counting.add(records)
    assert len(counting.rows) == len(records)
    ends = [seq for seq in range(begun, begun + len(records)) if seq % every == every - 1]
    assert [stretch.last for stretch in counting.finished] == ends
    for stretch in counting.finished:
        assert stretch.last - stretch.first + 1 == every
        if stretch.first < begun:
            assert stretch.tally is None
        else:
            counted = records[stretch.first - begun : stretch.last - begun + 1]
            assert stretch.tally == of_rows(counted)
            assert decode_tally(encode_tally(stretch.tally), every) == stretch.tally


def test_a_tally_says_what_its_records_are() -> None:
    """By kind, by outcome and code, by rule that denied; the orders, and between which times."""
    denied = Decision(Outcome.DENIED, Reason.POSITION_LIMIT_EXCEEDED, None, FINDINGS[2])
    records = [
        record(None, 0, True, [], A_TIME + SECOND),
        record(Decision(Outcome.NO_ACTION, Reason.OBSERVING), 0, False, [], A_TIME),
        record(denied, 0, False, [], A_TIME + SECOND),
        record(Decision(Outcome.APPROVED, "X.Y"), 0, False, [7, 8], A_TIME + 2 * SECOND),
    ]
    counting = Waiting(-1, GENESIS, 4)
    counting.add(records)
    assert len(counting.rows) == len(records)
    tally = Tally(
        earliest=A_TIME,
        latest=A_TIME + 2 * SECOND,
        kinds={"Bar": 3, "Silence": 1},
        decisions=(("APPROVED", "X.Y", 1), ("DENIED", "POSITION_LIMIT_EXCEEDED", 1), ("NO_ACTION", "OBSERVING", 1)),
        denials=(("POSITION_LIMIT_EXCEEDED", "max_position", 1), ("POSITION_LIMIT_EXCEEDED", "x", 1)),
        orders=Orders(count=2, first=some_terms(ordinal=7).client_order_id, last=some_terms(ordinal=8).client_order_id),
    )
    assert counting.finished == [Stretch(first=0, last=3, tally=tally)]
    assert encode_tally(of_rows(records)) == encode_tally(tally)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"kinds":{"Bar":2}}', "cannot be read"),
        (
            b'{"earliest":"2020-01-01T00:00:00Z","kinds":{"Bar":2},"latest":"2020-01-01T00:00:00Z","x":1}',
            "cannot be read",
        ),
        (b'{"earliest":"2020-01-01T00:00:00Z","kinds":{"Bar":3},"latest":"2020-01-01T00:00:00Z"}', "does not add up"),
        (b'{"earliest":"2020-01-02T00:00:00Z","kinds":{"Bar":2},"latest":"2020-01-01T00:00:00Z"}', "does not add up"),
        (b'{"earliest":"2020-01-02T00:00:00Z","kinds":{"Bar":2},"latest":"2020-01-03T00:00:00"}', "cannot be read"),
        (b" " * (BODY_BYTES_MAX + 1), "larger than any tally"),
    ],
)
def test_what_is_no_tally_is_not_used(body: bytes, why: str) -> None:
    """Strict: it is only there to spare reading."""
    with pytest.raises(TallyUnusable, match=why):
        decode_tally(body, 2)


def test_what_was_decided_is_read_off_a_body() -> None:
    """Without the rest."""
    denied = Decision(Outcome.DENIED, Reason.POSITION_LIMIT_EXCEEDED, None, FINDINGS[2])
    decided = decode_decided("Bar", encode(record(denied, 1, False, [7], A_TIME)))
    assert decided.ts_init == A_TIME
    assert decided.decision is not None
    assert (decided.decision.outcome, decided.decision.code) == ("DENIED", "POSITION_LIMIT_EXCEEDED")
    assert decided.rules == ("max_position", "x")
    assert decided.orders == (some_terms(ordinal=7).client_order_id,)
    quiet = decode_decided("Silence", encode(record(None, 0, True, [], A_TIME)))
    assert quiet == Decided(ts_init=A_TIME)
    assert (quiet.rules, quiet.orders) == ((), ())


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"ts_init":5}', b"\xff", b'{"ts_init":"2020-01-01T00:00:00Z","decision":[]}']
)
def test_what_no_encode_wrote_is_refused(body: bytes) -> None:
    """By the kind of the record."""
    with pytest.raises(JournalUnavailable, match="a record of a Bar cannot be read"):
        decode_decided("Bar", body)
