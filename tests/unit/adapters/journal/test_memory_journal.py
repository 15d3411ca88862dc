"""The journal in memory puts nothing into words before it is asked."""

from datetime import UTC, datetime

import pytest

from interlock.adapters.journal import memory
from interlock.adapters.journal.memory import MemoryJournal
from interlock.core.faults import JournalUnavailable
from interlock.core.market import EndOfData
from interlock.core.ports.journal import Journal, LastWords
from interlock.core.records import Record

AT = datetime(2020, 1, 2, 15, 0, tzinfo=UTC)
RECORD = Record(ts_init=AT, observation=EndOfData())


def test_each_record_is_encoded_once_and_only_for_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Appending, flushing and reading format nothing; a second head formats only what is new."""
    encoded: list[Record] = []

    def encode(record: Record) -> bytes:
        encoded.append(record)
        return b"{}"

    monkeypatch.setattr(memory, "encode", encode)
    journal = MemoryJournal()
    journal.append([RECORD, RECORD])
    journal.flush()
    assert list(journal.read()) == [RECORD, RECORD]
    assert encoded == []
    journal.head()
    journal.append([RECORD])
    journal.head()
    journal.head()
    assert len(encoded) == 3


def test_a_record_that_cannot_be_written_down_is_noticed_at_the_head() -> None:
    """Late, as the docstring says; but it has no hash, and so no head speaks for it."""
    journal = MemoryJournal()
    journal.append([RECORD, Record(ts_init=AT.replace(tzinfo=None), observation=EndOfData())])
    with pytest.raises(JournalUnavailable, match="cannot be written down"):
        journal.head()


def test_what_was_kept_can_be_read_after_the_end() -> None:
    """A run is looked at when it is over."""
    journal = MemoryJournal()
    journal.append([RECORD])
    journal.close()
    assert list(journal.read()) == [RECORD]


class _Wordless(MemoryJournal):
    """As a journal is that leaves the words to the port."""

    last_words = Journal.last_words
    leave_words = Journal.leave_words


def test_a_journal_that_keeps_no_words_has_none() -> None:
    """To keep them is asked of nobody; this one keeps them as long as it lives."""
    kept, wordless = MemoryJournal(), _Wordless()
    for journal in (kept, wordless):
        journal.leave_words("r1", "broke")
    assert kept.last_words == LastWords(run_id="r1", ended="broke")
    assert wordless.last_words is None
