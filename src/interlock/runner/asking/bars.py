"""Where a bar was seen, by its number in the id of what was decided at it: a run's log and its records name that."""

import re
from typing import Final

from interlock.adapters.journal.searched import SearchedJournal
from interlock.core.market import Bar
from interlock.core.observations import JournalOpened
from interlock.core.orders import decision_id
from interlock.runner.asking.errors import NothingThere
from interlock.runner.config.problems import printable

_BAR: Final = re.compile(r"[0-9a-f]{12}-bar-([1-9][0-9]{0,17})")
_KIND: Final = Bar.__name__


def is_a_bar(text: str) -> bool:
    """Whether it is the id of what was decided at a bar, of whichever journal."""
    return _BAR.fullmatch(text) is not None


def bar_seen_at(journal: SearchedJournal, opened: JournalOpened, asked: str, last_seq: int) -> int:
    """The record of the bar that ``asked`` names. Raises ``NothingThere``, which names the bars that there are."""
    named = _BAR.fullmatch(asked)
    number = int(named[1]) if named is not None else 0
    carried = opened.chapter.state.bars_seen if opened.chapter is not None else 0
    ours = asked == decision_id(opened.journal_id, number)
    if opened.chapter is not None and ours and number <= carried:
        raise NothingThere(
            f"the bar of {asked} was seen in an earlier chapter: ask that journal, with --journal "
            f"{printable(opened.chapter.archive)} or the one before it"
        )
    seen = carried
    for stretch in journal.stretches(last_seq):
        # Counted already, or else to be looked through.
        bars = stretch.tally.kinds.get(_KIND, 0) if stretch.tally is not None else stretch.last - stretch.first + 1
        if stretch.tally is None or (ours and number <= seen + bars):
            found = journal.of_kind(_KIND, stretch.first, stretch.last)
            bars = len(found)
            if ours and number <= seen + bars:
                return found[number - seen - 1]
        seen += bars
    there = (
        f"there are {decision_id(opened.journal_id, carried + 1)} to {decision_id(opened.journal_id, seen)}"
        if seen > carried
        else "none was. A record is asked for by its number"
    )
    raise NothingThere(f"no bar {printable(asked)} was seen in this journal: {there}")
