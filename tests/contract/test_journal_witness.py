"""The witness keeps the journal contract around any journal, and remembers what is durable."""

from pathlib import Path

from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.witness import WitnessedJournal
from interlock.testing.contracts.journal import JournalContract


class TestWitnessedJournal(JournalContract):
    """Around the journal in memory, which forgets everything."""

    subject = WitnessedJournal
    keeps = False
    crashes = False

    @override
    def make(self, folder: Path) -> WitnessedJournal:
        return WitnessedJournal(MemoryJournal())
