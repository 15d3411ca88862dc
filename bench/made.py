"""Records and whole journals for the benches of the journal: what a run really writes."""

from pathlib import Path

from market import as_bars, rows
from replay import LIMITS, core_records, whole

from interlock.adapters.market_data.memory import MemoryFeed
from interlock.core.records import Record


def records_of(count: int) -> list[Record]:
    """The first ``count`` records of the replay bench's run, orders and fills among them."""
    return core_records(as_bars(rows(count)))[:count]


def journal_of(count: int, folder: Path, **limits: dict[str, object]) -> Path:
    """The journal of a whole run over ``count`` bars, in ``folder``; it holds somewhat more records than that.

    ``limits`` replaces those of the replay bench, which are never reached.
    """
    whole(MemoryFeed(as_bars(rows(count))), folder, LIMITS | limits)
    return folder / "state" / "sim" / "journal.sqlite3"
