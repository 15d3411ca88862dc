"""What the witness says of an order: only what is durable, to the last digit, and not for ever."""

from datetime import datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.witness import ORDERS_REMEMBERED, WitnessedJournal
from interlock.core.faults import JournalUnavailable
from interlock.core.market import EndOfData
from interlock.core.orders import OrderTerms
from interlock.core.records import OrderSubmitted, Record
from interlock.testing.builders import A_TIME
from interlock.testing.fakes import WatchedJournal
from interlock.testing.situations import some_terms


def record(terms: OrderTerms, at: datetime = A_TIME) -> Record:
    return Record(at, EndOfData(), None, (OrderSubmitted(terms=terms),), None, None, ())


def test_an_order_is_on_record_once_it_is_durable() -> None:
    """Not before; and only with the very terms that were recorded."""
    journal, terms = WitnessedJournal(MemoryJournal()), some_terms()
    assert not journal.is_on_record(terms)
    journal.append([record(terms)], durable=False)
    assert not journal.is_on_record(terms)
    journal.flush()
    assert journal.is_on_record(terms)
    assert not journal.is_on_record(replace(terms, quantity=terms.quantity + Decimal("0.0000000001")))
    assert not journal.is_on_record(some_terms(ordinal=2))


def test_the_next_durable_append_makes_what_waited_durable_too() -> None:
    """As a journal does."""
    journal = WitnessedJournal(MemoryJournal())
    journal.append([record(some_terms())], durable=False)
    journal.append([record(some_terms(ordinal=2))], durable=True)
    assert journal.is_on_record(some_terms())
    assert journal.is_on_record(some_terms(ordinal=2))


def test_what_the_journal_refused_is_not_on_record() -> None:
    """It has promised nothing."""
    within = WatchedJournal(MemoryJournal())
    within.fails = True
    journal = WitnessedJournal(within)
    with pytest.raises(JournalUnavailable):
        journal.append([record(some_terms())])
    within.fails = False
    journal.flush()
    assert not journal.is_on_record(some_terms())


def test_the_oldest_are_forgotten() -> None:
    """Bounded: an order leaves right behind its record, or not at all."""
    journal = WitnessedJournal(MemoryJournal())
    for ordinal in range(1, ORDERS_REMEMBERED + 2):
        journal.append([record(some_terms(ordinal=ordinal))])
    assert not journal.is_on_record(some_terms(ordinal=1))
    assert journal.is_on_record(some_terms(ordinal=2))


def test_what_the_journal_within_doubts_is_told() -> None:
    """A summary asks whoever is in front."""

    class Doubts(MemoryJournal):
        in_doubt = 3

    assert WitnessedJournal(Doubts()).in_doubt == 3
