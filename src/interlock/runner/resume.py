"""What an earlier run left in the journal: whether to go on from there, and from where."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from attrs import Factory, define, frozen

from interlock.core.cycle import state_for
from interlock.core.evolve import evolve
from interlock.core.faults import Fault, InterlockError, InvariantViolated, JournalUnavailable
from interlock.core.market import Cursor
from interlock.core.modes import RunMode
from interlock.core.observations import JournalOpened, RunStarted, RunStopped
from interlock.core.ports import MarketDataPort, RiskPolicy, Snapshot, Strategy
from interlock.core.records import Record
from interlock.core.state import State
from interlock.runner.amounts import counted, plain
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.reading import StoppedWhileReading
from interlock.runner.restriction import Restriction

OTHER_CONFIGURATION: Final = "belongs to another configuration"


@frozen(kw_only=True)
class Earlier:
    """The state that the journal adds up to, under which configuration and on which data it was made."""

    state: State
    seq: int
    # None where the process ended between the journal's first record and its first run.
    config_digest: str | None
    feed: str | None
    stopped_by: str | None
    # What made trading what it is: the state keeps no numbers of it.
    restriction: Restriction
    # What was found on the way, and kept nobody from going on.
    notes: tuple[str, ...] = ()

    @property
    def cursor(self) -> Cursor:
        """How far the data was read."""
        return Cursor(items=self.state.items_seen, ts_event=self.state.items_ts)

    @property
    def told(self) -> str:
        """What was found, in one sentence."""
        how = f"stopped by {self.stopped_by}" if self.stopped_by else "did not say that it stopped"
        books = self.state.portfolio
        return (
            f"going on from record {self.seq}: the earlier run {how}; {counted(self.state.bars_seen, 'bar')} seen, "
            f"position {plain(books.position)}, cash {plain(books.cash)}, "
            f"{counted(len(self.state.working), 'working order')}, trading {self.state.trading_state.value}"
            + "".join(f"; {note}" for note in self.notes)
        )

    def put_aside_because(self, path: Path, digest: str, mode: RunMode, account: str) -> str | None:
        """Why a new journal has to be begun; None to go on with this one.

        Raises ``RefusedToStart`` where a journal is not ours to put aside: it is another mode's or account's, or in
        PAPER it holds a position that somebody means to keep, whether its data has ended or not.
        """
        if self.state.journal_id and (self.state.mode, self.state.account) != (mode, account):
            raise RefusedToStart(
                f"{path} is a journal of {self.state.mode} for account {self.state.account}, and this would be "
                f"{mode} for account {account}.\n"
                "Name another state_dir, or move it and its head file away to begin anew."
            )
        if self.config_digest is None:
            return "was opened, and no run ever began in it"
        if mode is RunMode.SIM:
            if self.state.ended:
                return "came to the end of its data"
            return OTHER_CONFIGURATION if self.config_digest != digest else None
        if self.config_digest != digest:
            raise RefusedToStart(
                f"{path} was written under another configuration ({self.config_digest}).\n"
                "Run with that configuration, or move it and its head file away to begin anew."
            )
        return None

    def open_behind(self, feed: MarketDataPort, path: Path) -> None:
        """Open the data where the journal left it. Raises ``RefusedToStart`` when it was made from other data."""
        feed.open(after=self.cursor)
        if self.feed != (described := feed.describe()):
            feed.close()
            raise RefusedToStart(
                f"the data is not what the journal was made from: it was {self.feed}, it is {described}.\n"
                f"Put the data back, or move {path} and its head file away to begin anew."
            )


class Readable(Protocol):
    """A journal, as far as it can be read: the writer's own, or a reader beside it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should read of it."""
        ...

    def read(self, from_seq: int = 0) -> Iterator[Record]:
        """The records from ``from_seq`` on, in order. Raises ``JournalUnavailable``."""
        ...

    def latest_snapshot(self, like: State) -> Snapshot | None:
        """The newest snapshot that can be used and keeps as much as ``like`` does. Raises ``JournalUnavailable``."""
        ...


# mutable: it is read into
@define(kw_only=True)
class _Reading:
    """What the records up to ``seq`` add up to, and what a start asks for beyond the state."""

    state: State
    seq: int = -1
    started: RunStarted | None = None
    stopped: RunStopped | None = None
    restriction: Restriction = Factory(Restriction)

    def take(self, record: Record) -> None:
        """The next record, beyond the state."""
        observation = record.observation
        if isinstance(observation, RunStarted):
            self.started, self.stopped = observation, None
        elif isinstance(observation, JournalOpened) and observation.chapter is not None:
            self.started, self.stopped = observation.chapter.started, observation.chapter.stopped
        elif isinstance(observation, RunStopped):
            self.stopped = observation
        self.restriction.changed_by(record)


def read_earlier(
    journal: Readable, strategy: Strategy, policy: RiskPolicy, path: Path, look: Callable[[int], None] = lambda _: None
) -> Earlier | None:
    """The newest snapshot that can be used, and every record after it; None when the journal is empty.

    Where there is no such snapshot, every record there is. ``look`` is told after each how many records that accounts
    for, and may raise. Raises ``JournalUnavailable`` for a journal that cannot be read, and ``InvariantViolated`` for
    one that does not add up.
    """
    reading = _Reading(state=state_for(strategy, policy))
    try:
        snapshot = journal.latest_snapshot(reading.state)
        if snapshot is not None:
            reading = _Reading(state=snapshot.state, seq=snapshot.seq)
            for record in snapshot.landmarks:
                reading.take(record)
        for record in journal.read(reading.seq + 1):
            evolve(reading.state, record)
            reading.seq += 1
            reading.take(record)
            look(reading.seq + 1)
    except StoppedWhileReading:
        raise
    except JournalUnavailable as error:
        raise JournalUnavailable(f"{path} is not used as it is, and not changed: {error}") from error
    except InterlockError:
        raise
    except Exception as error:
        fault = Fault.of(error, where="fold")
        raise InvariantViolated(
            f"record {reading.seq + 1} of {path} cannot be folded ({fault.error} at {fault.place}): "
            "read it with the version that wrote it, or move it and its head file away to begin anew"
        ) from error
    return None if reading.seq < 0 else _earlier(reading, journal.notes)


def _earlier(reading: _Reading, notes: tuple[str, ...]) -> Earlier:
    started, stopped = reading.started, reading.stopped
    return Earlier(
        state=reading.state,
        seq=reading.seq,
        config_digest=started.config_digest if started is not None else None,
        feed=started.feed if started is not None else None,
        stopped_by=stopped.reason.value if stopped is not None else None,
        restriction=reading.restriction,
        notes=notes,
    )
