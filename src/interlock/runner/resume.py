"""What an earlier run left in the journal: whether to go on from there, and from where."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

import attrs
from attrs import Factory, define, frozen

from interlock.core.cycle import state_for
from interlock.core.evolve import evolve
from interlock.core.explain_runs import end_told, orders_told
from interlock.core.faults import Fault, InterlockError, InvariantViolated, JournalUnavailable
from interlock.core.market import Cursor
from interlock.core.modes import RunMode
from interlock.core.observations import (
    BoundaryObservation,
    ChangedSetting,
    HeldOrder,
    JournalOpened,
    JournalResumed,
    LastEnd,
    RunStarted,
    RunStopped,
)
from interlock.core.ports import LastWords, MarketDataPort, RiskPolicy, Snapshot, Strategy
from interlock.core.records import Record
from interlock.core.state import State
from interlock.runner.amounts import counted, plain
from interlock.runner.config.difference import as_observation, changed, splits_differ
from interlock.runner.exit_codes import RefusedToStart
from interlock.runner.reading import RECORDS_TOLD, StoppedWhileReading
from interlock.runner.restriction import Restriction

OTHER_CONFIGURATION: Final = "belongs to another configuration"
# So many working orders are named; the rest are counted.
ORDERS_NAMED_MAX: Final = 20
# A path ends in a digest behind it: these words stand at the end only where declared splits do.
_SPLITS_OF_THE_DATA: Final = re.compile(r" splits:\S*\Z")


@frozen(kw_only=True)
class Earlier:
    """The state that the journal adds up to, under which configuration and on which data it was made."""

    state: State
    seq: int
    # None where the process ended between the journal's first record and its first run.
    started: RunStarted | None
    stopped: RunStopped | None
    # What it left word of beside the journal, if that run did.
    last_words: LastWords | None
    # What made trading what it is: the state keeps no numbers of it.
    restriction: Restriction
    # What was found on the way, and kept nobody from going on.
    notes: tuple[str, ...] = ()
    # What is another in the configuration that the next run is to have.
    changes: tuple[ChangedSetting, ...] = ()

    @property
    def cursor(self) -> Cursor:
        """How far the data was read."""
        return Cursor(items=self.state.items_seen, ts_event=self.state.items_ts)

    @property
    def told(self) -> str:
        """What was found, in one sentence."""
        resumed = self.resumed
        return (
            f"going on from record {self.seq}: {end_told(resumed)}; {counted(self.state.bars_seen, 'bar')} seen, "
            f"position {plain(resumed.position)}, cash {plain(resumed.cash)}, {orders_told(resumed)}, "
            f"trading {resumed.trading_state}" + "".join(f"; {note}" for note in self.notes)
        )

    @property
    def resumed(self) -> JournalResumed:
        """The same, as a journal keeps it."""
        ended, detail = self.ended
        books, working = self.state.portfolio, self.state.working
        return JournalResumed(
            last_seq=self.seq,
            ended=ended,
            detail=detail,
            trading_state=self.state.trading_state.value,
            position=books.position,
            cash=books.cash,
            working=len(working),
            orders=tuple(
                HeldOrder(client_order_id=order.terms.client_order_id, state=order.state)
                for order in list(working.values())[:ORDERS_NAMED_MAX]
            ),
        )

    @property
    def boundaries(self) -> list[BoundaryObservation]:
        """What a journal keeps of it all, before the run that goes on."""
        return [self.resumed, *([as_observation(self.changes)] if self.changes else [])]

    @property
    def ended(self) -> tuple[LastEnd, str]:
        """How the last run ended, and by what. A record counts before any word that was left beside it."""
        if self.stopped is not None:
            reason = self.stopped.reason
            return LastEnd.CLEAN if reason.is_clean else LastEnd.CRASHED, f"stopped by {reason.value}"
        words = self.last_words
        # Another run's are of no use: they are left where they are until one begins.
        if self.started is None or words is None or words.run_id != self.started.run_id:
            return LastEnd.KILLED, "it did not say that it stopped"
        if words.ended:
            return LastEnd.CRASHED, words.ended
        restarted = ", and the machine was started anew since" if words.machine_restarted else ""
        return LastEnd.KILLED, f"it did not say that it stopped{restarted}"

    def put_aside_because(self, path: Path, digest: str, mode: RunMode, account: str) -> str | None:
        """Why a new journal has to be begun; None to go on with this one.

        Raises ``RefusedToStart`` where a journal is not ours to put aside: it is another mode's or account's, or in
        PAPER it holds a position that somebody means to keep, whether its data has ended or not.
        """
        if self.state.journal_id and (self.state.mode, self.state.account) != (mode, account):
            raise RefusedToStart(
                f"{path} is a journal of {self.state.mode} for account {self.state.account}, and this would be "
                f"{mode} for account {account}.\n"
                f"Name another state_dir, or begin anew: interlock journal archive --anew {path}, which keeps it."
            )
        if self.started is None:
            return "was opened, and no run ever began in it"
        if mode is RunMode.SIM:
            if self.state.ended:
                return "came to the end of its data"
            return OTHER_CONFIGURATION if self.started.config_digest != digest else None
        return None

    def under(self, configuration: str, path: Path) -> "Earlier":
        """The same, to be gone on with under ``configuration``, a canonical text. Raises ``RefusedToStart``."""
        before = self.started.configuration if self.started is not None else configuration
        return attrs.evolve(self, changes=changed(before, configuration, self.state.items_ts, path))

    def open_behind(self, feed: MarketDataPort, path: Path, say: Callable[[str], object]) -> None:
        """Open the data where the journal left it. Raises ``RefusedToStart`` when it was made from other data; splits
        that were declared since, all of them ahead, make no other data."""
        if self.state.items_seen >= RECORDS_TOLD:  # passed over one by one
            say(f"finding the journal's end in the data, behind {self.state.items_seen:,} items: this takes a while")
        feed.open(after=self.cursor)
        was, described = self.started.feed if self.started is not None else None, feed.describe()
        same = was == described
        if was is not None and splits_differ(self.changes):
            same = _SPLITS_OF_THE_DATA.sub("", was) == _SPLITS_OF_THE_DATA.sub("", described)
        if not same:
            feed.close()
            raise RefusedToStart(
                f"the data is not what the journal was made from: it was {was}, it is {described}.\n"
                f"Put the data back, or begin anew: interlock journal archive --anew {path}, which keeps it."
            )


class Readable(Protocol):
    """A journal, as far as it can be read: the writer's own, or a reader beside it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should read of it."""
        ...

    @property
    def last_words(self) -> LastWords | None:
        """What the last run left word of beside the records."""
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
            f"read it with the version that wrote it, or begin anew: interlock journal archive --anew {path}, "
            "which keeps it"
        ) from error
    return None if reading.seq < 0 else _earlier(reading, journal)


def _earlier(reading: _Reading, journal: Readable) -> Earlier:
    return Earlier(
        state=reading.state,
        seq=reading.seq,
        started=reading.started,
        stopped=reading.stopped,
        last_words=journal.last_words,
        restriction=reading.restriction,
        notes=journal.notes,
    )
