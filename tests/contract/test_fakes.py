"""The fakes keep the contracts that they are used in the place of: verified fakes, not mocks."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.decision import NoAction
from interlock.core.market import Session
from interlock.core.ports import Calendar, ExecutionPort, Journal, Strategy
from interlock.testing.contracts.calendar import CalendarContract
from interlock.testing.contracts.execution import ExecutionContract
from interlock.testing.contracts.journal import JournalContract
from interlock.testing.contracts.strategy import StrategyContract
from interlock.testing.fakes import ListedSessions, ScriptedStrategy, ScriptedVenue, WatchedJournal
from interlock.testing.rehearsal import GivenSessions
from interlock.testing.situations import MONDAY


class TestScriptedVenue(ExecutionContract):
    """It works orders, as long as no script says otherwise."""

    subject: ClassVar[type[ExecutionPort]] = ScriptedVenue

    @override
    def venue(self) -> ExecutionPort:
        return ScriptedVenue()


class TestScriptedVenueThatRejects(ExecutionContract):
    """A venue whose script rejects everything is a venue too."""

    subject: ClassVar[type[ExecutionPort]] = ScriptedVenue
    takes_orders = False

    @override
    def venue(self) -> ExecutionPort:
        return ScriptedVenue("reject", "reject", "reject", "reject", "reject")


class TestWatchedJournal(JournalContract):
    """It keeps what the journal within keeps."""

    subject: ClassVar[type[Journal]] = WatchedJournal
    keeps = False

    @override
    def make(self, folder: Path) -> Journal:
        return WatchedJournal(MemoryJournal())


class TestListedSessions(CalendarContract):
    """A fortnight of sessions, with a week-end in it."""

    subject: ClassVar[type[Calendar]] = ListedSessions
    first = date(2024, 1, 8)
    last = date(2024, 1, 19)

    @override
    def make(self) -> Calendar:
        days = (timedelta(days=n) for n in range(12))
        return self.of(
            [
                Session(open=MONDAY.open + day, close=MONDAY.close + day)
                for day in days
                if (MONDAY.open + day).weekday() < 5
            ]
        )

    def of(self, sessions: list[Session]) -> Calendar:
        """The calendar of these sessions."""
        return ListedSessions(sessions=sessions)


class TestGivenSessions(TestListedSessions):
    """The one beneath it."""

    subject: ClassVar[type[Calendar]] = GivenSessions

    @override
    def of(self, sessions: list[Session]) -> Calendar:
        return GivenSessions(sessions)


class TestScriptedStrategy(StrategyContract):
    """It has no memory: where it is in its script, the view tells."""

    subject: ClassVar[type[Strategy]] = ScriptedStrategy

    @override
    def strategy(self) -> Strategy:
        return ScriptedStrategy(*[NoAction(code=f"TEST.{place}") for place in range(50)])


def test_a_venue_can_be_told_to_misbehave() -> None:
    """What the script says happens, and only to the order it says it of."""
    from interlock.core.faults import AdapterUnavailable
    from interlock.testing.approvals import approve
    from interlock.testing.builders import A_MINUTE, A_TIME, a_bar

    venue = ScriptedVenue("raise", "lose", lambda terms: terms, "unknown")
    for ordinal in (1, 2):
        with pytest.raises(AdapterUnavailable):
            venue.submit(approve(ordinal=ordinal), A_TIME)
    third: object = venue.submit(approve(ordinal=3), A_TIME)
    assert third == approve(ordinal=3).terms
    venue.submit(approve(ordinal=4), A_TIME)
    venue.on_market(a_bar("100", at=A_TIME + A_MINUTE))
    assert [report.client_order_id[-2:] for report in venue.reports()] == ["-2", "-4"]
    assert venue.submit(approve(ordinal=4), A_TIME) == venue.find(approve(ordinal=4).terms.client_order_id)[0]
    assert Decimal(len(venue.submitted)) == 5
