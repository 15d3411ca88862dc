"""What an earlier run left in the journal: whether to go on from there, and from where."""

from pathlib import Path

from attrs import frozen

from interlock.core.cycle import state_for
from interlock.core.evolve import evolve
from interlock.core.faults import Fault, InterlockError, InvariantViolated, JournalUnavailable
from interlock.core.market import Cursor
from interlock.core.modes import RunMode
from interlock.core.observations import RunStarted, RunStopped
from interlock.core.ports import Journal, RiskPolicy, Strategy
from interlock.core.records import Record
from interlock.core.state import State
from interlock.runner.exit_codes import RefusedToStart


@frozen(kw_only=True)
class Earlier:
    """The state that the journal adds up to, under which configuration and on which data it was made."""

    state: State
    seq: int
    # None where the process ended between the journal's first record and its first run.
    config_digest: str | None
    feed: str | None
    stopped_by: str | None

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
            f"going on from record {self.seq}: the earlier run {how}; {self.state.bars_seen} bars seen, "
            f"position {books.position}, cash {books.cash}, {len(self.state.working)} working orders, "
            f"trading {self.state.trading_state.value}"
        )

    def put_aside_because(self, path: Path, digest: str, mode: RunMode) -> str | None:
        """Why a new journal has to be begun; None to go on with this one.

        Raises ``RefusedToStart`` where a journal is unfinished and is not ours to put aside: in PAPER it holds a
        position that somebody means to keep.
        """
        if self.state.ended:
            return "came to the end of its data"
        if self.config_digest is None:
            return "was opened, and no run ever began in it"
        if self.config_digest == digest:
            return None
        if mode is not RunMode.SIM:
            raise RefusedToStart(
                f"{path} was written under another configuration ({self.config_digest}) and has not ended.\n"
                "Run with that configuration, or move the file away to begin anew."
            )
        return "belongs to another configuration"

    def must_be_made_from(self, feed: str, path: Path) -> None:
        """Raises ``RefusedToStart`` when the journal was made from other data than ``feed``."""
        if self.feed != feed:
            raise RefusedToStart(
                f"the data is not what the journal was made from: it was {self.feed}, it is {feed}.\n"
                f"Put the data back, or move {path} away to begin anew."
            )


def read_earlier(journal: Journal, strategy: Strategy, policy: RiskPolicy, path: Path) -> Earlier | None:
    """Fold the whole journal; None when it is empty.

    Raises ``JournalUnavailable`` for a journal that cannot be read, and ``InvariantViolated`` for one that does not
    add up.
    """
    state = state_for(strategy, policy)
    seq = -1
    started: RunStarted | None = None
    stopped: RunStopped | None = None
    try:
        for record in journal.read():
            evolve(state, record)
            seq += 1
            started, stopped = _boundary(record, started, stopped)
    except JournalUnavailable as error:
        raise JournalUnavailable(f"{path} is not used as it is, and not changed: {error}") from error
    except InterlockError:
        raise
    except Exception as error:
        fault = Fault.of(error, where="fold")
        raise InvariantViolated(
            f"record {seq + 1} of {path} cannot be folded ({fault.error} at {fault.place}): "
            "read it with the version that wrote it, or move it away to begin anew"
        ) from error
    if seq < 0:
        return None
    return Earlier(
        state=state,
        seq=seq,
        config_digest=started.config_digest if started is not None else None,
        feed=started.feed if started is not None else None,
        stopped_by=stopped.reason.value if stopped is not None else None,
    )


def _boundary(
    record: Record, started: RunStarted | None, stopped: RunStopped | None
) -> tuple[RunStarted | None, RunStopped | None]:
    if isinstance(record.observation, RunStarted):
        return record.observation, None
    if isinstance(record.observation, RunStopped):
        return started, record.observation
    return started, stopped
