"""A look at the data: whether a first bar can be read."""

from typing import Final

from interlock.core.faults import InterlockError
from interlock.core.market import Bar, EndOfData, RefusedRow
from interlock.core.ports.market_data import MarketDataPort
from interlock.runner.amounts import plain
from interlock.runner.config import Loaded
from interlock.runner.config.problems import ConfigurationProblems, printable
from interlock.runner.live.look import live_look
from interlock.runner.look import FeedMaker, Look

# How far to look for a first bar. A file may begin with rows that are refused, but not with nothing else.
ITEMS_LOOKED_AT_MAX: Final = 1_000
NOTE_CHARACTERS_MAX: Final = 300


def data_look(loaded: Loaded, make_feed: FeedMaker) -> Look:
    """A first bar can be read."""
    if (unseen := live_look(loaded)) is not None:
        return unseen
    try:
        feed = make_feed(loaded)
        try:
            feed.open()
            return _first_bar(feed)
        finally:
            feed.close()
    except ConfigurationProblems:
        # It has a file, a line and a key: told as every other problem of the configuration is.
        raise
    except InterlockError as error:
        return _no_data(str(error), "fix [market_data], or the file it names")
    except Exception as error:  # noqa: BLE001 - an adapter may raise anything, and here that is the finding
        return _no_data(f"the adapter raised {type(error).__name__}", "this is a defect of the adapter")


def _first_bar(feed: MarketDataPort) -> Look:
    refused: list[RefusedRow] = []
    for _ in range(ITEMS_LOOKED_AT_MAX):
        item = feed.next()
        if isinstance(item, Bar):
            closes = f"closes at {item.ts_event.isoformat()} at {plain(item.close)}"
            # What was passed over on the way there is seen here, or not before it was traded on.
            passed = (f"before it {_told(refused)}",) if refused else ()
            notes = (printable(note, NOTE_CHARACTERS_MAX) for note in feed.notes)
            told = "; ".join((f"the first bar {closes} ({feed.describe()})", *passed, *notes))
            return Look(name="data", ok=True, detail=told)
        if isinstance(item, EndOfData):
            break
        if isinstance(item, RefusedRow):
            refused.append(item)
    if not refused:
        return _no_data("no bar came", "check that the source has data")
    return _no_data(f"no bar came, and {_told(refused)}", "the data is not what [market_data] says")


def _told(refused: list[RefusedRow]) -> str:
    first = refused[0]
    many = "a row was refused" if len(refused) == 1 else f"{len(refused)} rows were refused, the first"
    return f"{many}: {printable(first.source)}:{first.line}: {first.field}: {first.rule}, found {first.value}"


def _no_data(detail: str, remedy: str) -> Look:
    return Look(name="data", ok=False, detail=detail, remedy=remedy)
