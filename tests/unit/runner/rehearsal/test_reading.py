"""A record is read fast where little has to be read of it, and whole where anything happened."""

from decimal import Decimal

import pytest
from hypothesis import given
from msgspec.structs import replace

from interlock.adapters.journal.codec import decode, encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.decision import Decision, NoAction, OrderIntent
from interlock.core.faults import JournalUnavailable
from interlock.core.market import Silence
from interlock.core.orders import Side
from interlock.core.records import Record
from interlock.runner.rehearsal.reading import read
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ScriptedVenue
from interlock.testing.rig import Rig
from interlock.testing.strategies import records


def without_numbers(record: Record) -> Record:
    """As it is read where it is quiet."""
    decision = record.decision
    if decision is None or record.events or not isinstance(decision.proposal, NoAction):
        return replace(record, correlation_id=None, causation_id=None, effects=())
    idle = Decision(decision.outcome, decision.code, NoAction(decision.proposal.code))
    return replace(record, decision=idle, correlation_id=None, causation_id=None, effects=())


def test_what_a_run_wrote_is_read_as_it_is() -> None:
    """Bars that restrict trading, orders, answers, silences and sessions among it."""
    buy = OrderIntent(code="TEST.BUY", side=Side.BUY, quantity=Decimal(5))
    policy = a_policy(daily_loss={"limit": Decimal(5)})
    rig = Rig(buy, journal=MemoryJournal(), venue=ScriptedVenue(fills=True), policy=policy)
    rig.bars("100", "100", "98", "98")
    rig.step(Silence(until=rig.at))
    assert any(record.events and record.decision is not None and not record.decision.findings for record in rig.records)
    for record in rig.records:
        body = encode(record)
        assert without_numbers(read(record.kind, body)) == without_numbers(decode(record.kind, body))


@given(records())
def test_whatever_happened_is_read_whole(record: Record) -> None:
    """Of any record the events are there, and the outcome."""
    body = encode(record)
    found = read(record.kind, body)
    assert (found.ts_init, found.observation, found.events) == (record.ts_init, record.observation, record.events)
    if record.decision is None or found.decision is None:
        assert found.decision is record.decision
    else:
        assert (found.decision.outcome, found.decision.code) == (record.decision.outcome, record.decision.code)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"", b'{"observation":{},"ts_init":"2020-01-02T15:00:00Z"}'])
def test_what_is_no_record_is_told(body: bytes) -> None:
    """By its kind, like everywhere."""
    with pytest.raises(JournalUnavailable, match="a record of a Bar cannot be read"):
        read("Bar", body)
