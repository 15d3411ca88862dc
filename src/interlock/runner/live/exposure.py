"""What an account holds in LIVE, as its journal there tells. Read beside the records; nothing is made or changed."""

import os
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import frozen

from interlock.core.modes import RunMode
from interlock.core.values import times
from interlock.runner.amounts import counted, plain

if TYPE_CHECKING:
    from pathlib import Path

    from interlock.runner.config.load import Loaded

# As the container names it, which is heavy: nearly every run asks only whether there is such a file.
LIVE_JOURNAL: Final = "journal.sqlite3"


@frozen(kw_only=True)
class Books:
    """What a journal of LIVE adds up to: a position in units, working orders, and what the position is worth at the
    newest close; None without one."""

    journal_id: str
    position: Decimal
    working: int
    value: Decimal | None

    @property
    def is_exposed(self) -> bool:
        """Whether anything is held, or may yet come to be."""
        return bool(self.position) or bool(self.working)

    @property
    def told(self) -> str:
        """In words."""
        return f"a position of {plain(self.position)} and {counted(self.working, 'working order')}"


def exposure_in_live(loaded: "Loaded") -> Books | None:
    """What the configured account holds in LIVE; None where that is nothing, or it was never there.

    Raises ``JournalUnavailable`` and the like where nobody can tell: whoever asks then must not go on.
    """
    books = books_in_live(loaded)
    return books if books is not None and books.is_exposed else None


def books_in_live(loaded: "Loaded") -> Books | None:
    """The books of the configured account in LIVE; None where there is no journal of it. Raises as above."""
    path = loaded.resolve(loaded.config.state_dir) / RunMode.LIVE.lower() / LIVE_JOURNAL
    return _read(path, loaded.config.account) if os.path.lexists(path) else None


def _read(path: "Path", account: str) -> Books | None:
    # Here, because most runs have no journal of LIVE beside them.
    from interlock.adapters.journal.sqlite_reader import JournalReader
    from interlock.core.fees import FeeSchedule
    from interlock.core.risk.policy import RulePolicy
    from interlock.core.strategies.observer import Observer, ObserverParameters
    from interlock.runner.resume import read_earlier

    # Nobody decides anything here: the strategy and the rules that did are not made.
    policy = RulePolicy([], fees=FeeSchedule(), limits_version="")
    with JournalReader(path) as journal:
        journal.verify_head()
        earlier = read_earlier(journal, Observer(ObserverParameters()), policy, path)
    if earlier is None or earlier.state.account != account:
        return None
    state = earlier.state
    position = state.portfolio.position
    return Books(
        journal_id=state.journal_id,
        position=position,
        working=len(state.working),
        value=times(abs(position), state.bar.close) if state.bar is not None else None,
    )
