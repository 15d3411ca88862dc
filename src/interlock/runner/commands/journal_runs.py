"""Whose decisions the records of a journal are: each run recorded the configuration that it was made under."""

from collections.abc import Iterator

from attrs import frozen
from msgspec.structs import replace

from interlock.adapters.journal.codec import decode, encode
from interlock.adapters.journal.observation_codec import decode_observation
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.snapshots import Landmarks, SnapshotUnusable, decode_state
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.cycle import state_for
from interlock.core.faults import JournalUnavailable
from interlock.core.observations import JournalOpened, Observation, RunStarted, RunStopped
from interlock.core.records import Record
from interlock.core.rederive import Rederivation
from interlock.core.state import State
from interlock.runner.commands.journal_before import hold_the_chapter
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_finding import Found
from interlock.runner.commands.journal_recorded import NotHere, Recorded, opening_of, recorded
from interlock.runner.config.canonical import digest_of


@frozen(kw_only=True)
class Beginning:
    """What is known at a snapshot: whose decisions come next, the state so far, the last run's two records."""

    parts: Recorded
    state: State
    landmarks: Landmarks


def begin_behind(journal: RawJournal, reader: JournalReader, seq: int) -> Beginning:
    """What the snapshot after record ``seq`` says. Raises ``SnapshotUnusable`` where no part can begin behind it."""
    body, landmarks = reader.snapshot(seq)
    started = _run_at(journal, landmarks.started) if landmarks.started is not None else None
    if started is None:
        raise SnapshotUnusable("it names no run")
    try:
        parts = recorded(started)
    except NotHere as why:
        raise SnapshotUnusable(str(why)) from why
    state, _ = decode_state(body, state_for(parts.reasoning.strategy, parts.reasoning.policy))
    return Beginning(parts=parts, state=state, landmarks=landmarks)


class Runs:
    """The runs of a part, one after the other. ``rederivation`` makes their decisions once more, None where that cannot
    be; ``landmarks`` are the last run's two records."""

    def __init__(self, journal: RawJournal, until: int, checked: Checked, beginning: Beginning | None) -> None:
        """Begin with the journal, or behind a snapshot."""
        self._journal = journal
        self._checked = checked
        # The first record comes before the first run, and is held against what that recorded.
        self._first = _run_at(journal, 1) if until >= 1 else None
        self._configuration: str | None = None
        self._build = ""
        self.landmarks = Landmarks()
        self.rederivation: Rederivation | None = None
        if beginning is not None:
            self._configuration = beginning.parts.started.configuration
            self._build = beginning.parts.build
            self.landmarks = beginning.landmarks
            self.rederivation = Rederivation(beginning.parts.reasoning, encode, state=beginning.state)

    def take(self, seq: int, observation: Observation) -> None:
        """What ends or begins with this record. Raises ``Found``."""
        if seq == 0:
            self._open(observation)
        elif isinstance(observation, RunStarted):
            self._start(seq, observation)
        elif self._configuration is None:
            kind = type(observation).__name__
            raise Found(seq, "it is no run's: before it no run begins", kind, RunStarted.__name__)
        elif isinstance(observation, RunStopped):
            self.landmarks = replace(self.landmarks, stopped=seq)

    @property
    def begun(self) -> bool:
        """Whether the next record is of some run."""
        return self._configuration is not None

    def _open(self, observation: Observation) -> None:
        if not isinstance(observation, JournalOpened):
            raise Found(0, "a journal begins by saying what it is of", type(observation).__name__, "JournalOpened")
        chapter = observation.chapter
        if chapter is not None:
            self._checked.said.append(hold_the_chapter(chapter, self._journal.path))
            # What a start says before its run begins, it says under the configuration that was carried over.
            self._configuration = None if self._first is not None else chapter.started.configuration
        first = self._first or (chapter.started if chapter is not None else None)
        if first is None:
            return
        parts = self._parts(1 if self._first is not None else 0, first)
        if parts is None:
            return
        self.rederivation = Rederivation(parts.reasoning, encode)
        says = opening_of(observation)
        for name, expected in parts.opening.items():
            # What began the first chapter is told there: a later one may go on under a configuration that was changed.
            if says[name] != expected and not (chapter is not None and name in ("journal_id", "opening_cash")):
                raise Found(0, f"observation.{name} is not what the configuration says", str(says[name]), str(expected))

    def _start(self, seq: int, started: RunStarted) -> None:
        self.landmarks = replace(self.landmarks, started=seq)
        if (derived := digest_of(started.configuration)) != started.config_digest:
            raise Found(seq, "config_digest does not name the configuration", started.config_digest, derived)
        if self._configuration is None and self._first == started:
            # The first record was taken under it already.
            self._configuration = started.configuration
            return
        if started.configuration == self._configuration:
            self._note_build(started, self._build)
            return
        self._configuration = started.configuration
        parts = self._parts(seq, started)
        self.rederivation = None if parts is None else Rederivation(parts.reasoning, encode, self._before(seq))

    def _parts(self, seq: int, started: RunStarted) -> Recorded | None:
        try:
            parts = recorded(started)
        except NotHere as why:
            self._checked.chain_only[seq] = str(why)
            self._build = ""
            return None
        self._build = parts.build
        self._note_build(started, parts.build)
        return parts

    def _note_build(self, started: RunStarted, here: str) -> None:
        if started.build not in (here, *self._checked.builds):
            self._checked.builds.append(started.build)

    def _before(self, seq: int) -> Iterator[Record]:
        return (decode(kind, body) for _, kind, body, _ in self._journal.checked(seq - 1))


def _run_at(journal: RawJournal, seq: int) -> RunStarted | None:
    """What the run that begins with record ``seq`` recorded; None where none does, or the record cannot be read: then
    that is found there."""
    row = journal.at(seq)
    if row is None or row[1] != RunStarted.__name__:
        return None
    try:
        observation, _ = decode_observation(row[1], row[2])
    except JournalUnavailable:
        return None
    return observation if isinstance(observation, RunStarted) else None
