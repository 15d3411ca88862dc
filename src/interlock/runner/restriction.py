"""Why trading is restricted, and what a person should do about it.

The state keeps the code alone. Sentence and remedy need the numbers beside it, so the event itself is kept here.
"""

from typing import Final

from attrs import define

from interlock.core.arming import prevails
from interlock.core.observations import JournalOpened
from interlock.core.reason_text import TABLE
from interlock.core.reasons import told
from interlock.core.records import Event, Record, TradingStateChanged, TradingStateReleased
from interlock.core.trading_state import TradingState

TO_DO: Final = "what to do: "


# mutable: it remembers
@define
class Restriction:
    """The event that made trading what it is; None while nothing restricts it."""

    event: TradingStateChanged | None = None

    def changed_by(self, record: Record) -> bool:
        """Whether ``record`` restricted trading further, or released it. A halt that comes again changes nothing."""
        before = self.event
        if not record.events and not isinstance(record.observation, JournalOpened):
            return False
        for event in (*_handed_on(record), *record.events):
            if isinstance(event, TradingStateReleased):
                self.event = None
            elif isinstance(event, TradingStateChanged) and _is_tighter(event, self.event):
                self.event = event
        return self.event is not before

    @property
    def told(self) -> str:
        """What trading is, why, and what to do, in one sentence; empty while nothing restricts it."""
        if self.event is None:
            return ""
        because = f"{self.event.state.value}: {told(self.event.code, self.event.numbers)}"
        return f"{because}; {TO_DO}{self.remedy}" if self.remedy else because

    @property
    def remedy(self) -> str:
        """What to do about it; empty for a plugin's code, which has none."""
        text = TABLE.get(self.event.code) if self.event is not None else None
        return text.remedy if text is not None else ""


def _handed_on(record: Record) -> tuple[Event, ...]:
    """What the chapter before left, as the event that it was."""
    if not isinstance(record.observation, JournalOpened) or record.observation.chapter is None:
        return ()
    state, numbers = record.observation.chapter.state, record.observation.chapter.numbers
    return (TradingStateChanged(state=state.trading_state, code=state.trading_state_code, numbers=numbers),)


def _is_tighter(event: TradingStateChanged, than: TradingStateChanged | None) -> bool:
    if than is None:
        return event.state is not TradingState.ACTIVE
    return prevails(event.state, event.code, than.state, than.code)
