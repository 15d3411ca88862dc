"""Which record is meant: by a time, by an order's id, or the last of its kind."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.searched import SearchedJournal
from interlock.adapters.journal.tallies import Tally
from interlock.core.decision import Outcome
from interlock.core.explain_words import stamp
from interlock.core.moment import makes_an_order
from interlock.core.observations import JournalOpened
from interlock.core.records import Record
from interlock.runner.asking.errors import NothingThere
from interlock.runner.asking.orders import orders_made, ordinal_of, submitted_at
from interlock.runner.asking.reason_told import or_a_reason
from interlock.runner.config.problems import printable

# A clock that stepped back makes a time come twice. So far ahead of the first place the last one is looked for.
LOOKED_AHEAD: Final = 1_000

# So many records of one instant are looked through for its decision.
_SAME_INSTANT_MAX: Final = 100
_DECISION: Final = b'"decision":{'
# An order's id, of whichever journal.
_ORDER: Final = re.compile(r"[0-9a-f]{12}-[0-9]{1,18}")

# What can be asked for the last of: what a tally of it says, what a record of it holds, what it then is, and in words.
_LIKE: Final[dict[str, tuple[Callable[[Tally], bool], bytes, Callable[[Record], bool], str]]] = {
    "decision": (
        lambda tally: bool(tally.decisions),
        _DECISION,
        lambda record: record.decision is not None,
        "no decision",
    ),
    "denied": (
        lambda tally: bool(tally.denied),
        b'"outcome":"DENIED"',
        lambda record: record.decision is not None and record.decision.outcome is Outcome.DENIED,
        "no decision that was denied",
    ),
    "order": (lambda tally: tally.orders is not None, b'"kind":"OrderSubmitted"', makes_an_order, "no order"),
}


def seq_by_time(journal: SearchedJournal, time: datetime, last_seq: int) -> int:
    """The last record at or before ``time``, by bisection: records are in the order of their times.

    Unless a clock stepped back: then a time may have come more than once, and it is the last place within
    ``LOOKED_AHEAD`` records of the one that was found. Raises ``NothingThere`` for a time before the first record.
    """
    begins = journal.ts_init(0)
    if time < begins:
        raise NothingThere(f"nothing is on record as of {stamp(time)}: the first record is of {stamp(begins)}")
    low, high = 0, last_seq
    while low < high:  # ends: the two come nearer at each turn
        middle = (low + high + 1) // 2
        if journal.ts_init(middle) <= time:
            low = middle
        else:
            high = middle - 1
    return journal.last_until(time, low, min(last_seq, low + LOOKED_AHEAD))


def decided_then(journal: SearchedJournal, seq: int) -> int:
    """The decision of the same instant, where there is one: what the venue answered at once stands behind it, and so
    may what a person did."""
    at = journal.ts_init(seq)
    for earlier in range(seq, max(seq - _SAME_INSTANT_MAX, -1), -1):
        row = journal.at(earlier)
        if row is None or journal.ts_init(earlier) != at:
            break
        if _DECISION in row[2]:
            return earlier
    return seq


def order_made_at(journal: SearchedJournal, opened: JournalOpened, client_order_id: str, last_seq: int) -> int:
    """The record in which that order was made. Raises ``NothingThere``, which names the orders that there are."""
    found = submitted_at(journal, opened.journal_id, client_order_id, last_seq)
    if found is not None:
        return found
    carried = opened.chapter.state.orders_submitted if opened.chapter is not None else 0
    made = orders_made(journal, last_seq, carried)
    ordinal = ordinal_of(opened.journal_id, client_order_id)
    if opened.chapter is not None and ordinal is not None and ordinal <= carried:
        raise NothingThere(
            f"the order {client_order_id} was made in an earlier chapter: ask that journal, with --journal "
            f"{printable(opened.chapter.archive)} or the one before it"
        )
    raise NothingThere(
        f"no order {printable(client_order_id)} was made in this journal: {_there(opened, carried, made)}"
        f"{_nor_anything_else(client_order_id)}"
    )


def _nor_anything_else(text: str) -> str:
    """What is no order's id may have been meant for the other things that can be asked for."""
    if _ORDER.fullmatch(text):
        return ""
    return f". It is neither the number of a record nor the code of a reason of Interlock's own{or_a_reason(text)}"


def _there(opened: JournalOpened, carried: int, made: int) -> str:
    called = f"{opened.journal_id[:12]}-"
    if made == carried:
        return "none was. A record is asked for by its number"
    if made == carried + 1:
        return f"there is one, {called}{made}"
    return f"there are {called}{carried + 1} to {called}{made}"


def last_like(journal: SearchedJournal, name: str, last_seq: int) -> int:
    """The last record of which that is true. Stretches whose tally knows of none are not looked through (ADR 0063).

    Raises ``NothingThere``.
    """
    may_be, text, is_so, none = _LIKE[name]
    for stretch in journal.stretches(last_seq, newest=True):
        if stretch.tally is not None and not may_be(stretch.tally):
            continue
        until = stretch.last
        while (found := journal.last_holding((text,), stretch.first, until)) is not None:  # ends: until falls
            row = journal.at(found)
            if row is not None and is_so(decode(row[1], row[2])):
                return found
            until = found - 1
    raise NothingThere(f"this journal holds {none}")
