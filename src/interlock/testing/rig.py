"""A whole core to drive in a test: the real cycle and policy, a scripted strategy and venue, a watched journal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from interlock.core.cycle import Cycle, Parts
from interlock.core.decision import Decision
from interlock.core.market import Bar, FeedItem
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened
from interlock.core.ports import Calendar, Journal, RiskPolicy, Strategy
from interlock.core.records import Event, Record
from interlock.core.values import ONE
from interlock.core.view import MarketView
from interlock.testing.builders import a_bar, an_instrument
from interlock.testing.controls import a_policy
from interlock.testing.fakes import ListedSessions, ScriptedStrategy, ScriptedVenue, WatchedJournal
from interlock.testing.situations import JOURNAL_ID, MINUTE, MONDAY, TUESDAY


class Rig:
    """A journal that was opened, one bar a minute from Monday's open on, and everything that came of it.

    ``calls`` is one list for journal and venue: it shows what was kept before what was sent.
    """

    def __init__(
        self,
        *script: object,
        journal: Journal,
        strategy: Strategy | None = None,
        policy: RiskPolicy | None = None,
        venue: ScriptedVenue | None = None,
        calendar: Calendar | None = None,
        mode: RunMode = RunMode.SIM,
        refused_rows_max_share: Decimal = ONE,
    ) -> None:
        self.calls: list[str] = []
        self.venue = venue if venue is not None else ScriptedVenue()
        self.venue.calls = self.calls
        self.journal = WatchedJournal(journal, self.calls)
        self.cycle = Cycle(
            Parts(
                strategy=strategy if strategy is not None else ScriptedStrategy(*script),
                policy=policy if policy is not None else a_policy(),
                execution=self.venue,
                journal=self.journal,
                calendar=calendar if calendar is not None else ListedSessions(sessions=(MONDAY, TUESDAY)),
                refused_rows_max_share=refused_rows_max_share,
            )
        )
        self.at: datetime = MONDAY.open
        self.records: list[Record] = [self.cycle.open(opened(mode), self.at)]

    @property
    def view(self) -> MarketView:
        """What can be seen right now."""
        return self.cycle.view

    def step(self, item: FeedItem, now: datetime | None = None) -> Sequence[Record]:
        """Take one item through; the clock follows a bar's own time unless told."""
        if now is not None:
            self.at = now
        elif isinstance(item, Bar):
            self.at = item.ts_event
        made = self.cycle.step(item, self.at)
        self.records += made
        return made

    def bar(self, close: str = "100", *, open: str | None = None, after: timedelta = MINUTE) -> Sequence[Record]:
        """The next minute's bar."""
        return self.step(a_bar(close, open=open, at=self.at + after))

    def bars(self, *closes: str) -> list[Record]:
        """One bar a minute."""
        return [record for close in closes for record in self.bar(close)]

    @property
    def decisions(self) -> list[Decision]:
        """Everything that was decided, in order."""
        return [record.decision for record in self.records if record.decision is not None]

    @property
    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        return [event for record in self.records for event in record.events]

    @property
    def observed(self) -> list[str]:
        """The kind of everything that came in, the opening of the journal aside."""
        return [record.kind for record in self.records[1:]]


def opened(mode: RunMode = RunMode.SIM) -> JournalOpened:
    """The first record of the rig's journal: minute bars of TEST, and 100,000 in cash."""
    return JournalOpened(
        journal_id=JOURNAL_ID,
        mode=mode,
        account="test",
        currency="USD",
        opening_cash=Decimal(100_000),
        instrument=an_instrument(),
        interval_seconds=60,
    )
