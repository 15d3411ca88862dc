"""The journal in an SQLite file keeps the journal contract, whatever the size of its groups."""

from pathlib import Path

from typing_extensions import override

from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.testing.contracts.journal import JournalContract


class TestSqliteJournal(JournalContract):
    """As it is shipped."""

    subject = SqliteJournal

    @override
    def make(self, folder: Path) -> SqliteJournal:
        return SqliteJournal(folder / "journal.sqlite3")


class TestSqliteJournalInSmallGroups(JournalContract):
    """Groups that fill up in the middle of everything."""

    subject = SqliteJournal

    @override
    def make(self, folder: Path) -> SqliteJournal:
        return SqliteJournal(folder / "journal.sqlite3", group=3)
