"""A chapter in words: the carried state comes back as it was, and journals without one keep their every byte."""

import json
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve as changed

from interlock.adapters.journal.codec import GENESIS, chain, decode, encode
from interlock.adapters.journal.memory import MemoryJournal
from interlock.adapters.journal.snapshots import Landmarks, encode_state
from interlock.adapters.journal.sqlite import SqliteJournal
from interlock.core.evolve import evolve
from interlock.core.faults import JournalUnavailable
from interlock.core.observations import Chapter, JournalOpened, RunStarted
from interlock.core.origins import Origin, OriginSource
from interlock.core.ports import Journal
from interlock.core.records import Record, TradingStateChanged
from interlock.core.state import State
from interlock.core.trading_state import TradingState
from interlock.testing.builders import A_TIME
from interlock.testing.contracts.snapshots import HISTORY, empty, folded
from interlock.testing.rehearsal import opened


def goes_on(records: tuple[Record, ...]) -> Record:
    """The first record of the chapter after ``records``."""
    state, started = folded(records), HISTORY[1].observation
    assert state.ts_init is not None
    assert isinstance(started, RunStarted)
    chapter = Chapter(
        number=2,
        archive="journal-1.sqlite3",
        seq=len(records) - 1,
        hash="ab" * 32,
        state=state,
        started=started,
        numbers={"observed": Decimal("1.50"), "symbol": "7203", "count": 3},
    )
    return Record(state.ts_init, changed(opened(), chapter=chapter))


def spelt(state: State) -> bytes:
    """All of it, to the last zero."""
    return encode_state(state, Landmarks())


def test_a_journal_without_a_chapter_keeps_its_bytes() -> None:
    """Written down before there were chapters: the hashes of journals that exist are over this."""
    body = encode(Record(A_TIME, opened()))
    assert body.decode() == (
        '{"observation":{"account":"kit","currency":"USD","instrument":{"calendar":"24/7","lot_size":"1","splits":[],'
        '"symbol":"TEST","tick_size":"0.01"},"interval_seconds":60,"journal_id":"rehearsal000","mode":"SIM",'
        '"opening_cash":"1000000"},"ts_init":"2020-01-02T15:00:00Z"}'
    )
    assert chain(GENESIS, 0, "JournalOpened", body).hex() == HASH
    assert decode("JournalOpened", body) == Record(A_TIME, opened())


HASH = "5a443e8d6fa40bd43aea6261f6ab0eccb0add8b0985b2f00aff8ff3980f5b103"


def test_a_chapter_whose_last_run_recorded_no_origins_keeps_its_bytes() -> None:
    """Written down before there were any: the hash is what that build made of this record."""
    body = encode(goes_on(HISTORY[:1]))
    assert chain(GENESIS, 0, "JournalOpened", body).hex() == CHAPTER_HASH


CHAPTER_HASH = "5a4f8551e1103429c665f956b453ea3717547e452820f650b7eb683b6bfee7ed"


def test_a_chapter_hands_on_where_the_values_of_its_last_run_came_from() -> None:
    """With the whole of its start."""
    first = goes_on(HISTORY[:1])
    assert isinstance(first.observation, JournalOpened)
    assert first.observation.chapter is not None
    origins = (Origin(source=OriginSource.FILE, name="interlock.toml", keys={"account": 3}),)
    started = changed(first.observation.chapter.started, origins=origins)
    said = Record(A_TIME, changed(first.observation, chapter=changed(first.observation.chapter, started=started)))
    assert decode("JournalOpened", encode(said)) == said


@pytest.mark.parametrize("length", range(1, len(HISTORY)))
def test_a_chapter_is_read_back_and_gone_on_from(length: int) -> None:
    """Written, read and written again it is the same, and so is whatever follows from it."""
    first = goes_on(HISTORY[:length])
    body = encode(first)
    read = decode(first.kind, body)
    assert read == first
    assert encode(read) == body
    assert spelt(folded((read, *HISTORY[length:]))) == spelt(folded(HISTORY))
    assert encode(read) == body


def test_nothing_is_said_of_what_stands_as_it_begins() -> None:
    """A state that gains a field is spelt as before where nothing is in it; what a state needs is always said."""
    tree = json.loads(encode(goes_on(HISTORY[:1])))["observation"]["chapter"]["state"]
    assert {"lookback", "sums", "orders_remembered", "journal_id", "window"} <= tree.keys()
    assert not {"working", "bars_seen", "trading_state", "session"} & tree.keys()
    zeros = folded(HISTORY[:1])
    zeros.session_open_equity = Decimal("0.00")
    first = goes_on(HISTORY[:1])
    assert isinstance(first.observation, JournalOpened)
    assert first.observation.chapter is not None
    observation = changed(first.observation, chapter=changed(first.observation.chapter, state=zeros))
    read = decode("JournalOpened", encode(Record(A_TIME, observation))).observation
    assert isinstance(read, JournalOpened)
    assert read.chapter is not None
    assert str(read.chapter.state.session_open_equity) == "0.00"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("seq",), -1),
        (("seq",), "1"),
        (("number",), 1),
        (("colour",), "red"),
        (("state", "colour"), "red"),
        (("state", "bars_seen"), "1"),
        (("state", "trading_state"), "OPEN"),
        (("state", "portfolio", "cash"), 1.5),
    ],
)
def test_a_chapter_that_says_something_else_is_refused(path: tuple[str, ...], value: object) -> None:
    """As strictly as any record."""
    tree = json.loads(encode(goes_on(HISTORY)))
    holder: Any = tree["observation"]["chapter"]
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    with pytest.raises(JournalUnavailable):
        decode("JournalOpened", json.dumps(tree).encode())


@pytest.mark.parametrize("kind", [MemoryJournal, SqliteJournal])
def test_a_restriction_that_was_handed_on_is_a_landmark(kind: type[Journal], tmp_path: Any) -> None:
    """The first record tells what made trading what it is, until a later one does."""
    reducing = goes_on(HISTORY[:4])  # REDUCING when it was cut
    told_again = Record(A_TIME, HISTORY[3].observation, events=HISTORY[3].events)
    halted = Record(
        A_TIME, HISTORY[8].observation, events=(TradingStateChanged(state=TradingState.HALTED, code="TEST.8"),)
    )
    journal = kind(tmp_path / "journal.sqlite3") if kind is SqliteJournal else kind()
    state = empty()
    expected = ((reducing,), (reducing, HISTORY[6]), (reducing, HISTORY[6]), (HISTORY[6], halted))
    for record, landmarks in zip((reducing, HISTORY[6], told_again, halted), expected, strict=True):
        journal.append([record])
        evolve(state, record)
        journal.snapshot(state)
        found = journal.latest_snapshot(empty())
        assert found is not None
        assert found.landmarks == landmarks
    journal.close()
