"""What comes in is valid from birth."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from interlock.core.observations import RunStarted, RunStopped, SessionRolled, StopReason
from interlock.testing.approvals import A_SESSION
from interlock.testing.builders import A_TIME
from interlock.testing.rehearsal import opened

NAIVE = datetime(2020, 1, 1)  # noqa: DTZ001 - what must be refused


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opening_cash", Decimal("-0.01")),
        ("opening_cash", Decimal("NaN")),
        ("opening_cash", 100),
        ("interval_seconds", 0),
        ("interval_seconds", 1.5),
    ],
)
def test_a_journal_begins_with_cash_and_an_interval_that_can_be(field: str, value: Any) -> None:
    """No debt, no float, no interval of nothing; the field is named."""
    bad: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match=field):
        evolve(opened(), **bad)


def test_the_interval_is_a_span_of_seconds() -> None:
    """As it was written down."""
    assert opened(interval_seconds=90).interval == timedelta(seconds=90)


def test_a_roll_skips_no_fewer_sessions_than_none() -> None:
    """Zero is the ordinary case."""
    assert SessionRolled(session=A_SESSION, next_session=None).sessions_skipped == 0
    with pytest.raises(ValueError, match="sessions_skipped"):
        SessionRolled(session=A_SESSION, next_session=None, sessions_skipped=-1)


def test_the_bounds_of_a_run_are_times_in_utc() -> None:
    """Both of them."""
    words: dict[str, Any] = {"run_id": "r", "build": "b", "config_digest": "d", "configuration": "{}", "feed": "f"}
    assert RunStarted(started_at=A_TIME, **words).run_id == "r"
    with pytest.raises(ValueError, match="started_at"):
        RunStarted(started_at=NAIVE, **words)
    with pytest.raises(ValueError, match="stopped_at"):
        RunStopped(run_id="r", stopped_at=NAIVE, reason=StopReason.SIGNAL)
