"""What a look before a run answers, and what it is handed."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from attrs import frozen

from interlock.core.ports.market_data import MarketDataPort
from interlock.runner.config import Loaded

FeedMaker = Callable[[Loaded], MarketDataPort]
# From the number of records that there are to a watcher that is told, meanwhile, how many were read.
ReadingMaker = Callable[[int], AbstractContextManager[Callable[[int], None]]]


@frozen(kw_only=True)
class Look:
    """What one look found. ``remedy`` says what to do where it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def _in_silence(_: object) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda _: None)


@frozen(kw_only=True)
class Telling:
    """How a look that takes long is told of: the reading of a journal, and whatever else is said in a sentence."""

    reading: ReadingMaker = _in_silence
    say: Callable[[str], object] = _in_silence


IN_SILENCE: Final = Telling()


def lies_in(folder: Path, pattern: str) -> bool:
    """Whether anything of such a name lies in ``folder``; not where we may not look: the folder's own look tells it."""
    try:
        return any(folder.glob(pattern))
    except OSError:
        return False
