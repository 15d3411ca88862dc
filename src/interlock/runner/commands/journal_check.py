"""A journal held against itself: its chain, its head, its first words, and every decision made once more."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
from attrs import Factory, define

from interlock.adapters.journal.codec import decode, encode
from interlock.adapters.journal.observation_codec import decode_observation
from interlock.adapters.journal.raw_rows import BrokenChain, RawJournal, Row
from interlock.adapters.journal.snapshots import Landmarks, encode_state
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.observations import JournalOpened, Observation, RunStarted
from interlock.core.ports import Snapshot
from interlock.core.records import Record
from interlock.core.rederive import Rederivation
from interlock.runner.commands.journal_before import hold_the_chapter
from interlock.runner.commands.journal_difference import first_difference
from interlock.runner.commands.journal_finding import Finding, Found
from interlock.runner.commands.journal_recorded import NotHere, Recorded, opening_of, recorded
from interlock.runner.config.canonical import digest_of


# mutable: it counts
@define
class Checked:
    """What a check came to. ``chain_only`` says, by the run's record, which decisions were not made once more, and
    why; ``builds`` by which other builds records were made, ``notes`` what a start would say of the snapshots."""

    records: int = 0
    rederived: int = 0
    chain_only: dict[int, str] = Factory(dict)
    builds: list[str] = Factory(list)
    notes: list[str] = Factory(list)
    finding: Finding | None = None

    def as_data(self) -> dict[str, Any]:
        """The same for scripts."""
        return attrs.asdict(self) | {"chain_only": [{"seq": seq, "why": why} for seq, why in self.chain_only.items()]}


def check(path: Path, look: Callable[[int], None], journal: RawJournal, until: int) -> Checked:
    """The journal at ``path`` up to record ``until``. ``look`` is told how many records were checked."""
    checked = Checked()
    try:
        with JournalReader(path) as reader:
            checking = _Checking(journal, reader, until, checked)
            for row in journal.checked(until):
                checking.take(row)
                checked.records += 1
                look(checked.records)
            reader.verify_head()
    except BrokenChain as broken:
        what = "its hash does not match what it says, or it is missing"
        checked.finding = Finding(seq=broken.seq, what=what, recorded=broken.recorded, derived=broken.derived)
    except JournalUnavailable as error:
        checked.finding = Finding(seq=None, what=str(error), recorded="", derived="")
    except Found as found:
        checked.finding = found.finding
    return checked


class _Checking:
    """One record after the other, from the first."""

    def __init__(self, journal: RawJournal, reader: JournalReader, until: int, checked: Checked) -> None:
        self._journal = journal
        self._reader = reader
        self._checked = checked
        # The first record comes before the first run, and is held against what that recorded.
        self._first = _first_run(journal, until)
        self._configuration: str | None = None
        self._rederivation: Rederivation | None = None
        self._snapshot: Snapshot | None = None
        self._build = ""

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
        if self._snapshot is not None and self._snapshot.seq == seq:
            _hold(self._snapshot, self._rederivation)

    def _open(self, observation: Observation) -> None:
        if not isinstance(observation, JournalOpened):
            raise Found(0, "a journal begins by saying what it is of", type(observation).__name__, "JournalOpened")
        chapter = observation.chapter
        if chapter is not None:
            self._checked.notes.append(hold_the_chapter(chapter, self._journal.path))
        first = self._first or (chapter.started if chapter is not None else None)
        if first is None:
            return
        parts = self._parts(1 if self._first is not None else 0, first)
        if parts is None:
            return
        self._derive(Rederivation(parts.reasoning, encode))
        says = opening_of(observation)
        for name, expected in parts.opening.items():
            # What began the first chapter is told there: a later one may go on under a configuration that was changed.
            if says[name] != expected and not (chapter is not None and name in ("journal_id", "opening_cash")):
                raise Found(0, f"observation.{name} is not what the configuration says", str(says[name]), str(expected))

    def _start(self, seq: int, started: RunStarted) -> None:
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
        self._derive(Rederivation(parts.reasoning, encode, self._before(seq)) if parts is not None else None)

    def _derive(self, rederivation: Rederivation | None) -> None:
        """From here on so; the newest snapshot that a start under the same parts would use is held against it."""
        self._rederivation, self._snapshot = rederivation, None
        if rederivation is not None:
            self._snapshot = self._reader.latest_snapshot(rederivation.state)
            self._checked.notes += [note for note in self._reader.notes if note not in self._checked.notes]

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


def _hold(snapshot: Snapshot, rederivation: Rederivation) -> None:
    """Raises ``Found`` where the snapshot is not the state that the records up to it add up to."""
    kept, derived = (encode_state(state, Landmarks()) for state in (snapshot.state, rederivation.state))
    if kept != derived:
        differs = first_difference(kept, derived)
        what = f"the snapshot after it holds another state: {differs.where} is not what follows"
        raise Found(snapshot.seq, what, differs.recorded, differs.derived)


def _first_run(journal: RawJournal, until: int) -> RunStarted | None:
    """What the first run recorded; None where none did, or its record cannot be read: then that is found there."""
    row = journal.at(1) if until >= 1 else None
    if row is None or row[1] != RunStarted.__name__:
        return None
    try:
        observation, _ = decode_observation(row[1], row[2])
    except JournalUnavailable:
        return None
    return observation if isinstance(observation, RunStarted) else None
