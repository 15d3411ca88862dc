"""One pass over the records of a journal, in which both answers are made at once."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs
from attrs import Factory, define, frozen

from interlock.adapters.journal.codec import decode
from interlock.adapters.journal.raw_rows import RawJournal, Row
from interlock.core.arming import ArmingObservation
from interlock.core.commands import OperatorObservation
from interlock.core.faults import VENUE, ConfigurationError, Fault, JournalUnavailable
from interlock.core.modes import RunMode
from interlock.core.observations import FaultObserved, JournalOpened, RunStarted
from interlock.core.records import Record
from interlock.core.rehearsal import Rejudging
from interlock.core.reports import OrderFilled
from interlock.runner.config.canonical import canonical
from interlock.runner.config.problems import path_text
from interlock.runner.rehearsal.against import Against, against
from interlock.runner.rehearsal.groups import Groups
from interlock.runner.rehearsal.reading import read
from interlock.runner.rehearsal.rerun import Rerun
from interlock.runner.rehearsal.settings import Setting, settings
from interlock.runner.rehearsal.sums import Sums

# Of so many recorded configurations each difference is told; a journal of years has a handful.
CONFIGURATIONS_MAX: Final = 20


@frozen(kw_only=True)
class Window:
    """Which records are counted, by the clock that stamped them; all of them where nothing is said."""

    start: datetime | None = None
    end: datetime | None = None


# mutable: it grows as records are read
@define(kw_only=True)
class Configured:
    """Records that were made under one configuration, and what is another in that which is rehearsed."""

    first: int
    last: int
    digest: str
    settings: tuple[Setting, ...]
    unreadable: str = ""


# mutable: it counts
@define(kw_only=True)
class Way:
    """One of the two ways through the market: its sums, and its answers held against the recorded ones."""

    sums: Sums = Factory(Sums)
    groups: Groups = Factory(Groups)


# mutable: it goes from record to record
@define
class Rehearsal:
    """Both answers, as far as the journal was read."""

    opened: JournalOpened
    against: Against
    window: Window
    local: Rejudging
    rerun: Rerun | None
    recorded: Way = Factory(Way)
    full: Way = Factory(Way)
    records: int = 0
    configured: list[Configured] = Factory(list)
    configurations: int = 0
    people: int = 0
    venue_faults: int = 0
    venue_fills: int = 0
    began: bool = False
    over: bool = False
    ended: tuple[int, Fault] | None = None
    faults_exceeded: int | None = None
    _text: str = ""

    @classmethod
    def of(cls, opened: JournalOpened, file: Path, window: Window) -> "Rehearsal":
        """A rehearsal of the configuration in ``file``. Raises what ``against`` raises."""
        held = against(file, opened)
        rerun = Rerun(held.reasoning, held.venue) if held.venue is not None else None
        return cls(opened, held, window, Rejudging(held.reasoning), rerun)

    def take(self, row: Row) -> None:
        """The next record. Raises ``JournalUnavailable`` for one that cannot be read or folded."""
        seq, kind, body, _ = row
        record = read(kind, body)
        self.over = self.window.end is not None and record.ts_init > self.window.end
        if self.over:
            return
        self.records += 1
        self._begin(record)
        try:
            other = self.local.take(record)
        except Exception as error:
            fault = Fault.of(error, where="fold")
            raise JournalUnavailable(
                f"record {seq} cannot be taken into the books ({fault.error} at {fault.place}): "
                "`interlock journal verify` tells more"
            ) from error
        if self.began:
            self.recorded.sums.take(record, self.local.view)
            if other is not None:
                self.recorded.groups.take(seq, record, other, lambda: decode(kind, body))
        if kind != "Bar":
            self._note(seq, record)
        if self.rerun is not None and self.ended is None:
            self._live_through(self.rerun, seq, record, lambda: decode(kind, body))

    def _begin(self, record: Record) -> None:
        """Before the first record that counts."""
        if self.began or isinstance(record.observation, JournalOpened):
            return  # before the first record there are no books to begin with
        if self.window.start is None or record.ts_init >= self.window.start:
            self.begin()

    def begin(self) -> None:
        """From here on both ways are measured, if they are not yet."""
        if not self.began:
            self.began = True
            self.recorded.sums.begin(self.local.view)
            if self.rerun is not None:
                self.full.sums.begin(self.rerun.view)

    def _live_through(self, rerun: Rerun, seq: int, record: Record, whole: Callable[[], Record]) -> None:
        observation = record.observation
        if isinstance(observation, JournalOpened) and observation.chapter is None:
            cash = self.against.loaded.config.opening_cash
            observation = attrs.evolve(observation, opening_cash=cash)
        try:
            made = rerun.take(observation, record.ts_init)
        except Exception as error:  # noqa: BLE001 - a fold that broke under this configuration: so much is the answer
            self.ended = seq, Fault.of(error, where="fold")
            return
        if rerun.view.faults_in_a_row > self.against.loaded.config.loop.faults_max and self.faults_exceeded is None:
            self.faults_exceeded = seq
        if self.began:
            for each in made:
                self.full.sums.take(each, rerun.view)
                if each.observation is observation:
                    self.full.groups.take(seq, record, each, whole)

    def _note(self, seq: int, record: Record) -> None:
        match record.observation:
            case RunStarted() as started:
                self._configure(seq, started)
            case FaultObserved(fault=fault) if fault.where == VENUE:
                self.venue_faults += 1
            case OrderFilled() if self.opened.mode is RunMode.LIVE:
                self.venue_fills += 1
            case observation if isinstance(observation, OperatorObservation | ArmingObservation):
                self.people += 1
            case JournalOpened(chapter=chapter) if chapter is not None:
                self._configure(seq, chapter.started)
            case _:
                return

    def _configure(self, seq: int, started: RunStarted) -> None:
        if started.configuration == self._text:
            return
        self._text = started.configuration
        self.configurations += 1
        if self.configured:
            self.configured[-1].last = seq - 1
        if len(self.configured) >= CONFIGURATIONS_MAX:
            return
        found: tuple[Setting, ...] = ()
        unreadable = ""
        try:
            after = canonical(self.against.loaded.config)
            found = settings(started.configuration, after, goes_on=self.opened.chapter is not None)
        except ValueError as error:
            unreadable = str(error)
        digest = started.config_digest
        self.configured.append(Configured(first=seq, last=seq, digest=digest, settings=found, unreadable=unreadable))

    @property
    def window_is_short(self) -> bool:
        """Whether the chapter before handed on fewer bars than this configuration looks back over."""
        chapter = self.opened.chapter
        return chapter is not None and len(chapter.state.window) < self.local.state.lookback


def rehearse(journal: Path, file: Path, window: Window, look: Callable[[int], None]) -> Rehearsal:
    """The journal at ``journal`` through the configuration in ``file``. ``look`` is told how many records were read.

    Raises ``ConfigurationError`` where nothing was ever recorded, ``ConfigurationProblems`` for a file that does not
    stand or cannot apply, and ``JournalUnavailable`` for a journal that cannot be read, or not be trusted.
    """
    with RawJournal(journal) as rows:
        first = rows.at(0)
        opened = decode(first[1], first[2]).observation if first is not None else None
        if not isinstance(opened, JournalOpened):
            raise ConfigurationError(
                f"in {path_text(journal)} nothing was recorded yet: there is nothing to rehearse on. Run first"
            )
        rehearsal = Rehearsal.of(opened, file, window)
        for row in rows.checked():
            rehearsal.take(row)
            if rehearsal.over:
                break
            look(rehearsal.records)
        rehearsal.begin()  # where nothing counted, nothing was earned either
        if rehearsal.configured and len(rehearsal.configured) == rehearsal.configurations:
            rehearsal.configured[-1].last = rehearsal.records - 1
    return rehearsal


def market_zone(rows: RawJournal) -> str | None:
    """What the first run recorded of the times in its data: offered where a time has no zone, and never assumed."""
    row = rows.at(1)
    if row is None or row[1] != RunStarted.__name__:
        return None
    started = decode(row[1], row[2]).observation
    try:
        tree = json.loads(started.configuration) if isinstance(started, RunStarted) else {}
        zone = tree.get("market_data", {}).get("time_zone")
    except (ValueError, AttributeError):
        return None  # what cannot be read has no zone to offer
    return zone if isinstance(zone, str) else None
