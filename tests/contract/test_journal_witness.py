"""The witness keeps the journal contract around any journal, and remembers what is durable."""

from pathlib import Path

from typing_extensions import override

from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.witness import WitnessedJournal
from interlock.core.ports import Journal
from interlock.testing.contracts.journal import JournalContract


class TestWitnessedJournal(JournalContract):
    """Around the journal in memory, which forgets everything."""

    subject = WitnessedJournal
    keeps = False
    crashes = False

    @override
    def make(self, folder: Path) -> WitnessedJournal:
        return WitnessedJournal(MemoryJournal())


def test_it_hands_on_whatever_a_journal_may_say() -> None:
    """What the port answers by itself, where a journal has nothing to say, would hide what the journal within says."""
    answers = {name for name in vars(Journal) if not name.startswith("_")}
    assert "in_doubt" in answers
    missing = answers - vars(WitnessedJournal).keys()
    assert not missing, f"WitnessedJournal does not hand on {sorted(missing)}"
