"""What is read off the records: bars, marks, reasons, states and rows."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from interlock.core.commands import Command, OperatorCommand
from interlock.core.decision import Decision, NoAction, Outcome
from interlock.core.market import Split
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened
from interlock.core.ports.journal import Head
from interlock.core.records import Record, TradingStateChanged, TradingStateReleased
from interlock.core.trading_state import TradingState
from interlock.runner.report.figures import figures
from interlock.runner.report.marks import MarkKind
from interlock.runner.report.reading import Reading
from interlock.runner.report.rows import ROWS_MAX, Rows
from interlock.runner.report.series import buckets
from interlock.testing.builders import A_MINUTE, A_TIME, a_bar, an_instrument


def _opened() -> Record:
    opened = JournalOpened(
        journal_id="one",
        mode=RunMode.SIM,
        account="demo",
        currency="USD",
        opening_cash=Decimal(1000),
        instrument=an_instrument(),
        interval_seconds=60,
    )
    return Record(ts_init=A_TIME, observation=opened)


def _bar(number: int, close: str = "100", code: str = "OBSERVING", outcome: Outcome = Outcome.NO_ACTION) -> Record:
    at = A_TIME + number * A_MINUTE
    decision = Decision(outcome=outcome, code=code, proposal=NoAction(code=code))
    return Record(ts_init=at, observation=a_bar(close, at=at), decision=decision)


def _said(number: int, command: Command, *events: TradingStateChanged | TradingStateReleased) -> Record:
    asked = OperatorCommand(command=command, reason="a test", by="me@here")
    return Record(ts_init=A_TIME + number * A_MINUTE, observation=asked, events=events)


def _read(records: Iterable[Record]) -> Reading:
    reading = Reading(head=Head(seq=0, hash="00"))
    for seq, record in enumerate(records):
        reading.take(seq, record)
    return reading


HALTED = TradingStateChanged(state=TradingState.HALTED, code="OPERATOR_HALT")
RELEASED = TradingStateReleased(code="OPERATOR_RESUME")


def test_what_is_marked_is_counted_and_none_is_dropped() -> None:
    """Marks of one kind in one bucket become one mark that says how many it stands for, and from where to where."""
    denied = [_bar(number, code="DATA_STALE", outcome=Outcome.DENIED) for number in range(1, 11)]
    reading = _read([_opened(), *denied])
    ends = [reading.series.times[bucket.last] for bucket in buckets(10, 3)]
    marks = reading.marks.over(ends)
    assert [(mark.count, mark.seq, mark.until) for mark in marks] == [(4, 1, 4), (4, 5, 8), (2, 9, 10)]
    assert {mark.kind for mark in marks} == {MarkKind.DENIAL}
    assert reading.marks.count(MarkKind.DENIAL) == 10


def test_splits_and_halts_are_marked_at_the_newest_price() -> None:
    """With a line from top to bottom, and a shape of their own."""
    split = Split(instrument="TEST", ts_event=A_TIME + 2 * A_MINUTE, ratio=Decimal(2))
    records = [
        _opened(),
        _bar(1),
        Record(ts_init=split.ts_event, observation=split),
        _bar(3, "50"),
        _said(4, Command.HALT, HALTED),
        _said(5, Command.RESUME, RELEASED),
    ]
    reading = _read(records)
    found = {mark.kind: mark for mark in reading.marks.over(list(reading.series.times))}
    assert found[MarkKind.SPLIT].seq == 2
    assert found[MarkKind.HALT].seq == 4
    assert found[MarkKind.HALT].price == 50.0
    shapes = figures(reading, buckets(2))["charts"]["price"]["layout"]["shapes"]
    assert [shape["line"]["dash"] for shape in shapes] == ["dash", "dot"]


def test_what_came_before_the_first_bar_has_no_price_and_no_mark() -> None:
    """It is in the tables."""
    reading = _read([_opened(), _said(1, Command.HALT, HALTED), _bar(2)])
    assert reading.marks.count(MarkKind.HALT) == 0
    assert [change.state for change in reading.changes] == [TradingState.ACTIVE, TradingState.HALTED]


def test_trading_states_follow_the_records() -> None:
    """Each change with its record and its code, a release among them."""
    reading = _read([_opened(), _bar(1), _said(2, Command.HALT, HALTED), _bar(3), _said(4, Command.RESUME, RELEASED)])
    assert [(change.seq, change.state.value, change.code) for change in reading.changes] == [
        (0, "ACTIVE", ""),
        (2, "HALTED", "OPERATOR_HALT"),
        (4, "ACTIVE", ""),
    ]
    states = figures(reading, buckets(2))["charts"]["states"]["data"][0]
    assert states["y"] == ["ACTIVE", "HALTED", "ACTIVE", "ACTIVE"]


def test_a_release_as_far_as_something_stands_tells_both() -> None:
    """Who released it, and what restricts it all the same."""
    by = TradingStateReleased(code="LIVE_ARMED", numbers={"by": "me", "fingerprint": "f"})
    reducing = TradingStateChanged(state=TradingState.REDUCING, code="DAILY_LOSS_EXCEEDED")
    reading = _read([_opened(), _said(1, Command.HALT, HALTED), _said(2, Command.RESUME, by, reducing)])
    assert reading.changes[-1].told.startswith("LIVE_ARMED: me armed LIVE (f); DAILY_LOSS_EXCEEDED")


def test_decisions_to_do_nothing_that_repeat_are_one_row() -> None:
    """Until the reason changes, or something happens."""
    records = [
        _opened(),
        _bar(1),
        _bar(2),
        _bar(3),
        _bar(4, code="AVERAGES_LEVEL"),
        _said(5, Command.HALT, HALTED),
        _bar(6),
    ]
    reading = _read(records)
    assert [(row.seq, row.until, row.count, row.code) for row in reading.rows.kept] == [
        (0, 0, 1, ""),
        (1, 3, 3, "OBSERVING"),
        (4, 4, 1, "AVERAGES_LEVEL"),
        (5, 5, 1, "OPERATOR_HALT"),
        (6, 6, 1, "OBSERVING"),
    ]


def test_of_too_many_rows_the_newest_are_kept_and_the_others_counted() -> None:
    """A page with a million rows would open nowhere."""
    rows = Rows()
    for number in range(ROWS_MAX + 5):
        rows.take(number, _bar(number, code="DATA_STALE", outcome=Outcome.DENIED))
    assert rows.left_out == 5
    assert rows.kept[0].seq == 5


def test_every_decision_is_in_exactly_one_column_of_its_reason() -> None:
    """What is not drawn by its name is drawn among the others."""
    records = [_bar(number, code=f"MY.CODE{number % 12}") for number in range(1, 241)]
    reading = _read([_opened(), *records])
    columns = reading.reasons.columns(len(reading.series))
    assert sum(sum(counts) for _, counts in columns.drawn) + sum(columns.others) == 240
    assert len(columns.drawn) == 8
    assert sum(columns.others) == 80
    assert len(columns.starts) == 80


def test_drawdown_is_from_the_highest_close_before() -> None:
    """Zero at every new high, never above it."""
    reading = _read([_opened(), *(_bar(number) for number in range(1, 4))])
    assert list(reading.series.drawdowns) == [0.0, 0.0, 0.0]
    assert list(reading.series.equities) == [1000.0] * 3


def test_times_are_in_utc_milliseconds() -> None:
    """As browsers count them."""
    reading = _read([_opened(), _bar(1)])
    assert reading.series.times[0] == int((A_TIME + timedelta(minutes=1)).timestamp()) * 1000
