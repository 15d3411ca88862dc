"""The journal in memory keeps the journal contract."""

from pathlib import Path

from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.testing.contracts.journal import JournalContract


class TestMemoryJournal(JournalContract):
    """It forgets everything, so it is never opened a second time."""

    subject = MemoryJournal
    keeps = False
    crashes = False

    @override
    def make(self, folder: Path) -> MemoryJournal:
        return MemoryJournal()
