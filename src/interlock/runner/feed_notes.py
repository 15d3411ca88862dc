"""What a source would have people know: each note told once, on the console, and in the log as soon as there is one."""

import logging
from typing import Final

from interlock.core.ports import MarketDataPort
from interlock.runner.logs import EventLog
from interlock.runner.narrator import Narrator

NOTED: Final = "DataNoted"
# A source that notes something at every attempt of a long run would fill the console at its end.
NOTES_MAX: Final = 100


class FeedNotes:
    """The notes of one run's feed. Some are known when it is open, others only when it was read to its end."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._told: list[str] = []
        self._written = 0

    def look(self, feed: MarketDataPort) -> None:
        """Say what ``feed`` notes and was not said yet. Raises whatever asking a feed raises."""
        for note in feed.notes:
            if note not in self._told and len(self._told) < NOTES_MAX:
                self._told.append(note)
                self._narrator.say(f"market data: {note}", "quiet")

    def write(self, log: EventLog) -> None:
        """Write down what was said and is not in the log yet: the data is opened before it."""
        for note in self._told[self._written :]:
            log.write(logging.WARNING, NOTED, {"why": f"market data: {note}"})
        self._written = len(self._told)

    def last_look(self, feed: MarketDataPort, log: EventLog) -> None:
        """What is noted now that the run is over. Its end stands whatever the feed does."""
        try:
            self.look(feed)
        except Exception as error:  # noqa: BLE001 - an adapter may raise anything, and here that is the note
            self._narrator.say(f"market data: its notes could not be read: the adapter raised {type(error).__name__}")
        self.write(log)
