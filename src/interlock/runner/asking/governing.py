"""Which run's configuration a record was made under, found without reading the journal."""

from typing import Final

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.searched import SearchedJournal
from interlock.adapters.journal.snapshot_peek import peek
from interlock.adapters.journal.snapshots import Landmarks, SnapshotUnusable
from interlock.core.observations import JournalOpened, RunStarted
from interlock.runner.commands.journal_recorded import NotHere

_STARTED: Final = RunStarted.__name__


def governing(journal: SearchedJournal, opened: JournalOpened, seq: int) -> RunStarted:
    """What the run recorded that made record ``seq``; as ``interlock journal verify`` has it.

    The first record comes before the first run, and was made under what that recorded. Whatever a later run says before
    it begins, it says under the configuration of the run before. Raises ``NotHere`` where no run begins before it.
    """
    at = started_at(journal, seq)
    if at is None and seq == 0:
        row = journal.at(1)
        at = 1 if row is not None and row[1] == _STARTED else None
    if at is None:
        if opened.chapter is None:
            raise NotHere("it is no run's, for before it no run begins")
        return opened.chapter.started
    started = decode(*next(journal.checked(at, at))[1:3]).observation
    if not isinstance(started, RunStarted):
        raise NotHere(f"record {at}, which should begin its run, does not")
    return started


def started_at(journal: SearchedJournal, seq: int) -> int | None:
    """The last run that had begun by record ``seq``: as the newest snapshot says, and the records since."""
    for kept in journal.snapshots(seq):
        landmarks = _landmarks(journal, kept)
        if landmarks is not None:
            since = journal.last_of_kind(_STARTED, kept + 1, seq)
            return since if since is not None else landmarks.started
    return journal.last_of_kind(_STARTED, 0, seq)


def _landmarks(journal: SearchedJournal, kept: int) -> Landmarks | None:
    try:
        return peek(journal.snapshot_body(kept))[0]
    except SnapshotUnusable:
        return None  # a snapshot only spares reading: the one before it is looked at
