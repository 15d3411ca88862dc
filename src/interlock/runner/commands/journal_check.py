"""A journal held against itself: its chain, its first words, its snapshots, and every decision made once more."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import frozen
from msgspec.structs import replace

from interlock.adapters.journal.codec import encode
from interlock.adapters.journal.observation_codec import decode_observation
from interlock.adapters.journal.raw_rows import BrokenChain, RawJournal, Row
from interlock.adapters.journal.snapshots import SnapshotUnusable, decode_state, encode_state
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.faults import Fault, JournalUnavailable
from interlock.core.market import Bar
from interlock.core.observations import Observation, RunStarted
from interlock.core.records import Record
from interlock.core.state import State
from interlock.runner.commands.journal_checked import Checked
from interlock.runner.commands.journal_difference import first_difference
from interlock.runner.commands.journal_finding import Finding, Found
from interlock.runner.commands.journal_runs import Runs, begin_behind
from interlock.runner.commands.journal_tallies import HeldTallies

# So many records go from one step to the next together. One by one they would take 1.4 times as long: whatever reads,
# derives and spells would drive each other out of the processor's small memories. Of many more the records would.
_TOGETHER: Final = 200
_BEGINS: Final = RunStarted.__name__


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
            for rows in _together(journal.checked(part.until, part.first), frozenset(part.snapshots)):
                checking.take(rows)
                look(checked.records)
    except BrokenChain as broken:
        what = "its hash does not match what it says, or it is missing"
        checked.finding = Finding(seq=broken.seq, what=what, recorded=broken.recorded, derived=broken.derived)
    except (JournalUnavailable, SnapshotUnusable) as error:
        checked.finding = Finding(seq=None, what=str(error), recorded="", derived="")
    except Found as found:
        checked.finding = found.finding
    return checked


def _together(rows: Iterator[Row], snapshots: frozenset[int]) -> Iterator[list[Row]]:
    """The rows, so many at a time: a run begins with the first of them, and a snapshot comes after the last. Where one
    cannot be had, those before it come first."""
    together: list[Row] = []
    try:
        for row in rows:
            if row[1] == _BEGINS and together:
                yield together
                together = []
            together.append(row)
            if len(together) == _TOGETHER or row[0] in snapshots:
                yield together
                together = []
    except JournalUnavailable:
        if together:
            yield together
        raise
    if together:
        yield together


class _Checking:
    """The records of a part, from its first: some of them through one step, and then through the next."""

    def __init__(self, journal: RawJournal, reader: JournalReader, part: Part, checked: Checked) -> None:
        self._reader = reader
        self._checked = checked
        self._snapshots = frozenset(part.snapshots)
        beginning = begin_behind(journal, reader, part.first - 1) if part.first > 0 else None
        self._runs = Runs(journal, part.until, checked, beginning)
        self._tallies = HeldTallies(journal, part.first, part.until, checked)

    def take(self, rows: Sequence[Row]) -> None:
        """The next rows, as ``_together`` has them. Raises ``Found`` for what is wrong first."""
        runs, derived = self._runs, list[Record | None]()
        begun, again = runs.begun, runs.rederivation
        try:
            observed, unread = _observed(rows)
            for observation, ts_init in observed:
                # Nearly every record is of a bar: none begins or ends a run.
                if type(observation) is not Bar or not begun:
                    runs.take(rows[len(derived)][0], observation)
                    again = runs.rederivation
                derived.append(again.derive(observation, ts_init) if again is not None else None)
            if unread is not None:
                raise unread
        except (Found, JournalUnavailable):
            raise
        except Exception as error:
            raise _unfoldable(rows[len(derived)], error) from error
        finally:
            self._settle(rows, derived)  # what is wrong with an earlier one comes first
        seq = rows[-1][0]
        if seq in self._snapshots and again is not None:
            self._hold(seq, again.state)

    def _settle(self, rows: Sequence[Row], derived: Sequence[Record | None]) -> None:
        """Hold what was derived against the first of ``rows``, and count those that are the same. Raises ``Found``."""
        same = 0
        try:
            for (seq, _, body, _), record in zip(rows, derived, strict=False):
                if record is not None and (spelt := encode(record)) != body:
                    differs = first_difference(body, spelt)
                    raise Found(seq, f"{differs.where} is not what follows", differs.recorded, differs.derived)
                same += 1
        except JournalUnavailable as error:
            raise _unfoldable(rows[same], error) from error
        finally:
            checked, tallied = self._checked, self._tallies.take
            for row, record in zip(rows[:same], derived, strict=False):
                if record is not None:
                    checked.rederived += 1
                tallied(row, record)
                checked.records += 1

    def _hold(self, seq: int, state: State) -> None:
        """Raises ``Found`` where the snapshot is not the state that the records up to it add up to."""
        try:
            body, landmarks = self._reader.snapshot(seq)
            said = replace(landmarks, started=self._runs.landmarks.started, stopped=self._runs.landmarks.stopped)
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


def _observed(rows: Sequence[Row]) -> tuple[list[tuple[Observation, datetime]], Found | None]:
    """What was observed, up to the first row that cannot be read, and that one."""
    observed: list[tuple[Observation, datetime]] = []
    try:
        for _, kind, body, _ in rows:
            observed.append(decode_observation(kind, body))
    except JournalUnavailable as error:
        return observed, Found(rows[len(observed)][0], str(error))
    return observed, None


def _unfoldable(row: Row, error: Exception) -> Found:
    fault = Fault.of(error, where="fold")
    return Found(row[0], f"it cannot be folded: {fault.error} at {fault.place}", row[1])
