"""What the run beside us makes of what was asked: read off its journal, bounded in time, without disturbing it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from interlock.adapters.clock.system import SystemClock
from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.records import Record, TradingStateChanged
from interlock.core.trading_state import TradingState
from interlock.runner.commands.alone import KINDS, NoRunYet
from interlock.runner.commands.journal_info import read_story
from interlock.runner.commands.journal_lock import holder_of
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.commands.status_facts import reasoning_of
from interlock.runner.resume import Earlier, read_earlier

# A run looks every second while it waits; a step of it may take a moment.
ANSWER_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.1


def read_beside(path: Path) -> Earlier:
    """What the journal adds up to so far. Raises ``NoRunYet``, and what keeps a journal from being read."""
    with RawJournal(path) as rows:
        story = read_story(rows.of_kinds(KINDS))
        count = rows.last_seq() + 1
    reasoning = reasoning_of(story)
    with JournalReader(path) as journal, Progress(count, "reading the journal") as look:
        earlier = read_earlier(journal, reasoning.strategy, reasoning.policy, path, look)
    if earlier is None:
        raise NoRunYet
    return earlier


def answer_of(
    path: Path, after: int, wanted: Callable[[Record], bool], seconds: float = ANSWER_SECONDS
) -> tuple[int, Record] | None:
    """The first record after ``after`` that is ``wanted``, and its number; None where none came in time, or the run
    has ended. Raises what keeps a journal from being read."""
    clock = SystemClock()
    end = clock.monotonic() + seconds
    with RawJournal(path) as rows:
        while True:  # ends: when the time is up
            # In this order: what a run wrote before it ended is still read.
            is_on = holder_of(path) is not None
            last = rows.last_seq()
            for seq, kind, body, _ in rows.checked(last, after + 1):
                record = decode(kind, body)
                if wanted(record):
                    return seq, record
            after = max(after, last)
            now = clock.monotonic()
            if not is_on or now >= end:
                return None
            clock.sleep_until(now + _POLL_SECONDS)


def restricts(state: TradingState) -> Callable[[Record], bool]:
    """Whether a record makes trading at least as tight as ``state``."""

    def wanted(record: Record) -> bool:
        changes = [event for event in record.events if isinstance(event, TradingStateChanged)]
        return any(event.state.severity >= state.severity for event in changes)

    return wanted
