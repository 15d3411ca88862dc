"""The chapter before, where it lies beside: whether it ends where the next one says, and as what."""

from pathlib import Path

from interlock.adapters.journal.private_files import check_private_file
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.snapshots import Landmarks, encode_state
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import InterlockError
from interlock.core.observations import Chapter
from interlock.runner.commands.journal_difference import first_difference
from interlock.runner.commands.journal_finding import Found
from interlock.runner.commands.journal_recorded import NotHere, recorded
from interlock.runner.config.canonical import digest_of
from interlock.runner.resume import read_earlier


def hold_the_chapter(chapter: Chapter, journal: Path) -> str:
    """Hold what ``chapter``, in the first record of ``journal``, says of the chapter before against that one; what was
    done, in words. Where it is not there nothing is found: archives are moved away. Raises ``Found``."""
    started = chapter.started
    if (derived := digest_of(started.configuration)) != started.config_digest:
        raise Found(0, "config_digest does not name the configuration", started.config_digest, derived)
    if Path(chapter.archive).name != chapter.archive:
        raise Found(0, "the chapter before is named by a path, and lies beside", chapter.archive)
    before = journal.with_name(chapter.archive)
    told = f"the chapter before, {chapter.archive}"
    try:
        if not check_private_file(before):
            return f"{told}, was not found beside: not checked"
        with RawJournal(before) as rows:
            last_seq = rows.last_seq()
            last = rows.at(last_seq)
        named = f"record {chapter.seq} {chapter.hash}"
        ends = f"record {last_seq} {last[3]}" if last is not None else "no record"
        if ends != named:
            raise Found(0, f"{told}, does not end where this one says", named, ends)
        carried = _hold_the_state(chapter, before)
    except InterlockError as error:
        raise Found(0, f"{told}, cannot be read: {error}") from error
    return f"{told}, ends at record {chapter.seq}, as this one says{carried}: verify it by its name"


def _hold_the_state(chapter: Chapter, before: Path) -> str:
    """Whether ``before`` adds up to what is carried over, as a start would read it, from a snapshot that a verify of
    its own holds against the records. Raises ``Found``."""
    try:
        parts = recorded(chapter.started).reasoning
    except NotHere as why:
        return f" (what it adds up to was not compared: {why})"
    with JournalReader(before) as reader:
        earlier = read_earlier(reader, parts.strategy, parts.policy, before)
    states = (chapter.state, earlier.state if earlier is not None else chapter.state)
    carries, adds_up_to = (encode_state(state, Landmarks()) for state in states)
    if carries != adds_up_to:
        differs = first_difference(carries, adds_up_to)
        what = f"what is carried over is not what {chapter.archive} adds up to: {differs.where}"
        raise Found(0, what, differs.recorded, differs.derived)
    return " and adds up to what this one carries"
