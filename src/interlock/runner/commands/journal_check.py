"""A journal held against itself: its chain, its first words, its snapshots, and every decision made once more."""

from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen
from msgspec.structs import replace

from interlock.adapters.journal.codec import decode, encode
from interlock.adapters.journal.observation_codec import decode_observation
from interlock.adapters.journal.raw_rows import BrokenChain, RawJournal, Row
from interlock.adapters.journal.snapshots import Landmarks, SnapshotUnusable, decode_state, encode_state
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.cycle import state_for
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.observations import JournalOpened, Observation, RunStarted, RunStopped
from interlock.core.records import Record
from interlock.core.rederive import Rederivation
from interlock.core.state import State
from interlock.runner.commands.journal_before import hold_the_chapter
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_difference import first_difference
from interlock.runner.commands.journal_finding import Finding, Found
from interlock.runner.commands.journal_recorded import NotHere, Recorded, opening_of, recorded
from interlock.runner.commands.journal_tallies import HeldTallies
from interlock.runner.config.canonical import digest_of


@frozen(kw_only=True)
class Part:
    """The records from ``first`` to ``until``, and after which of them snapshots were kept.

    A part begins with the journal, or right behind a snapshot, whose state is then taken as it is: the part before ends
    with that snapshot, and holds it against what the records add up to.
    """

    first: int
    until: int
    snapshots: tuple[int, ...]


def check_part(path: Path, part: Part, look: Callable[[int], None] = lambda _: None) -> Checked:
    """Check ``part`` of the journal at ``path``. ``look`` is told how many records were checked."""
    checked = Checked()
    try:
        with RawJournal(path) as journal, JournalReader(path) as reader:
            checking = _Checking(journal, reader, part, checked)
            tallies = HeldTallies(journal, part.first, part.until, checked)
            for row in journal.checked(part.until, part.first):
                checking.take(row)
                tallies.take(row)
                checked.records += 1
                look(checked.records)
    except BrokenChain as broken:
        what = "its hash does not match what it says, or it is missing"
        checked.finding = Finding(seq=broken.seq, what=what, recorded=broken.recorded, derived=broken.derived)
    except (JournalUnavailable, SnapshotUnusable) as error:
        checked.finding = Finding(seq=None, what=str(error), recorded="", derived="")
    except Found as found:
        checked.finding = found.finding
    return checked


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


class _Checking:
    """One record after the other, from the first of a part."""

    def __init__(self, journal: RawJournal, reader: JournalReader, part: Part, checked: Checked) -> None:
        self._journal = journal
        self._reader = reader
        self._checked = checked
        self._snapshots = frozenset(part.snapshots)
        self._landmarks = Landmarks()
        # The first record comes before the first run, and is held against what that recorded.
        self._first = _run_at(journal, 1) if part.until >= 1 else None
        self._configuration: str | None = None
        self._rederivation: Rederivation | None = None
        self._build = ""
        if part.first > 0:
            self._go_on(begin_behind(journal, reader, part.first - 1))

    def _go_on(self, beginning: Beginning) -> None:
        self._landmarks = beginning.landmarks
        self._configuration = beginning.parts.started.configuration
        self._build = beginning.parts.build
        self._rederivation = Rederivation(beginning.parts.reasoning, encode, state=beginning.state)

    def take(self, row: Row) -> None:
        """Raises ``Found``."""
        seq, kind, body, _ = row
        try:
            observation, ts_init = decode_observation(kind, body)
        except JournalUnavailable as error:
            raise Found(seq, str(error)) from error
        if seq == 0:
            self._open(observation)
        elif isinstance(observation, RunStarted):
            self._start(seq, observation)
        elif self._configuration is None:
            raise Found(seq, "it is no run's: before it no run begins", kind, RunStarted.__name__)
        elif kind == RunStopped.__name__:
            self._landmarks = replace(self._landmarks, stopped=seq)
        if self._rederivation is None:
            return
        try:
            derived = self._rederivation.difference(observation, ts_init, body)
        except Exception as error:
            fault = Fault.of(error, where="fold")
            raise Found(seq, f"it cannot be folded: {fault.error} at {fault.place}", kind) from error
        if derived is not None:
            differs = first_difference(body, derived)
            raise Found(seq, f"{differs.where} is not what follows", differs.recorded, differs.derived)
        self._checked.rederived += 1
        if seq in self._snapshots:
            self._hold(seq, self._rederivation.state)

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
        self._rederivation = Rederivation(parts.reasoning, encode)
        says = opening_of(observation)
        for name, expected in parts.opening.items():
            # What began the first chapter is told there: a later one may go on under a configuration that was changed.
            if says[name] != expected and not (chapter is not None and name in ("journal_id", "opening_cash")):
                raise Found(0, f"observation.{name} is not what the configuration says", str(says[name]), str(expected))

    def _start(self, seq: int, started: RunStarted) -> None:
        self._landmarks = replace(self._landmarks, started=seq)
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
        self._rederivation = None if parts is None else Rederivation(parts.reasoning, encode, self._before(seq))

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

    def _hold(self, seq: int, state: State) -> None:
        """Raises ``Found`` where the snapshot is not the state that the records up to it add up to."""
        try:
            body, landmarks = self._reader.snapshot(seq)
            said = replace(landmarks, started=self._landmarks.started, stopped=self._landmarks.stopped)
            derived = encode_state(state, said)
            if body != derived:
                decode_state(body, like=state)
        except SnapshotUnusable as why:
            self._checked.pass_over(why, [seq])
            return
        if body != derived:
            differs = first_difference(body, derived)
            what = f"the snapshot after it holds another state: {differs.where} is not what follows"
            raise Found(seq, what, differs.recorded, differs.derived)


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
