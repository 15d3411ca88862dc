"""What can be known of a run from outside: its lock, its journal, and what both say about its health."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from interlock.adapters.journal.private_files import check_private_folder
from interlock.adapters.journal.raw_rows import RawJournal
from interlock.adapters.journal.sqlite_reader import JournalReader
from interlock.core.explain_runs import ENDED
from interlock.core.faults import InterlockError
from interlock.core.observations import JournalOpened, RunStarted, RunStopped, StopReason
from interlock.core.reasons import REASONS, Reason, sentence
from interlock.core.rederive import Reasoning
from interlock.core.trading_state import TradingState
from interlock.core.values import ONE
from interlock.core.view import MarketView
from interlock.runner.commands.journal_info import Run, Story, read_story
from interlock.runner.commands.journal_lock import Holder, holder_of
from interlock.runner.commands.journal_place import must_be_there
from interlock.runner.commands.journal_progress import Progress
from interlock.runner.commands.journal_recorded import NotHere, recorded
from interlock.runner.config.problems import path_text
from interlock.runner.exit_codes import ExitCode
from interlock.runner.kill_switch import look
from interlock.runner.restriction import TO_DO
from interlock.runner.resume import Earlier, read_earlier

# Every key, and what stands there while nothing is known.
NOTHING_KNOWN: Final[dict[str, Any]] = dict.fromkeys(
    (
        "healthy", "exit_code", "reason", "running", "since", "written_by", "written_at", "journal", "mode", "account",
        "instrument", "currency", "run_id", "run_started_at", "stopped_by", "trading_state", "trading_code",
        "last_cycle_at", "last_bar_at", "last_bar_age_seconds", "position", "open_orders", "cash", "equity", "head",
        "kill_switch",
    )
)  # fmt: skip
_CLEAN: Final = frozenset(
    {StopReason.END_OF_DATA, StopReason.CYCLES_REACHED, StopReason.TIME_REACHED, StopReason.SIGNAL}
)


def look_at(path: Path) -> dict[str, Any]:
    """Everything that ``status`` says of the journal at ``path``. A journal that cannot be trusted is a reason."""
    data = NOTHING_KNOWN | {"journal": str(path), "running": False}
    seen = look(path.parent)
    if seen is not None:
        data["kill_switch"] = seen.found
    data = _journal_at(path, data)
    if seen is not None and (data["healthy"] or data["trading_state"] is None):
        # Trading that is restricted already says why itself; a journal that cannot be read goes first.
        why = f"{sentence(Reason.KILL_SWITCH, {'found': seen.found})}; {TO_DO}{REASONS[Reason.KILL_SWITCH].remedy}"
        return data | _unhealthy(why if data["healthy"] else f"{data['reason']}; {why}")
    return data


def _journal_at(path: Path, data: dict[str, Any]) -> dict[str, Any]:
    try:
        must_be_there(path)
        holder = holder_of(path)
        if holder is not None:
            data |= {"running": True, "since": holder.since, "written_by": holder.as_data}
        data["written_at"] = _written_at(path)
        # Here, because reading configurations is heavy and help does not need it.
        from interlock.runner.config.load import JOURNAL_NAME

        data |= _read(path, holder)
        if data["healthy"] and path.name == JOURNAL_NAME:
            # A run's own folder: the next start would be refused. Of a copy it is nobody's business where it lies.
            check_private_folder(path.absolute().parent)
        return data
    except InterlockError as error:
        return data | _unhealthy(str(error))


def _read(path: Path, holder: Holder | None) -> dict[str, Any]:
    with RawJournal(path) as rows:
        kinds = (JournalOpened.__name__, RunStarted.__name__, RunStopped.__name__)
        story = read_story(rows.of_kinds(kinds))
        last_seq = rows.last_seq()
    with JournalReader(path) as journal, Progress(last_seq + 1, "status") as look:
        journal.verify_head()
        head = journal.head()
        reasoning = reasoning_of(story)
        earlier = read_earlier(journal, reasoning.strategy, reasoning.policy, path, look)
    data = {"head": {"seq": head.seq, "hash": head.hash} if head is not None else None}
    if earlier is None or story.opened is None or story.last_run is None:
        return data | _unhealthy(f"{path_text(path)} has no run in it yet: `interlock run` begins one")
    return data | _of_the_run(story, story.last_run) | _of_the_state(earlier) | _health(story.last_run, earlier, holder)


def reasoning_of(story: Story) -> Reasoning:
    """What the last run was made with, so that its snapshots can be used; else what looks back over nothing."""
    from interlock.core.fees import FeeSchedule
    from interlock.core.risk.policy import RulePolicy
    from interlock.core.strategies.observer import Observer, ObserverParameters

    nobody = Reasoning(
        strategy=Observer(ObserverParameters()),
        policy=RulePolicy([], fees=FeeSchedule(), limits_version=""),
        refused_rows_max_share=ONE,
    )
    run = story.last_run
    if run is None:
        return nobody
    try:
        return recorded(run.started).reasoning
    except NotHere:
        # A plugin that is not installed here keeps nobody from reading what is held: only its decisions need it.
        return nobody


def _of_the_run(story: Story, run: Run) -> dict[str, Any]:
    opened = story.opened
    return {
        "mode": opened.mode.value if opened is not None else None,
        "account": opened.account if opened is not None else None,
        "instrument": opened.instrument.symbol if opened is not None else None,
        "currency": opened.currency if opened is not None else None,
        "run_id": run.started.run_id,
        "run_started_at": run.started.started_at.isoformat(),
        "stopped_by": run.stopped.reason.value if run.stopped is not None else None,
    }


def _of_the_state(earlier: Earlier) -> dict[str, Any]:
    state = earlier.state
    now = state.ts_init
    view = MarketView(state, now if now is not None else datetime.now(UTC))
    books = view.portfolio
    bar_at = view.bar.ts_event if view.has_bar else None
    return {
        "trading_state": state.trading_state.value,
        "trading_code": str(state.trading_state_code) or None,
        "last_cycle_at": now.isoformat() if now is not None else None,
        "last_bar_at": bar_at.isoformat() if bar_at is not None else None,
        "last_bar_age_seconds": str((now - bar_at).total_seconds()) if now is not None and bar_at is not None else None,
        "position": str(books.position),
        "open_orders": [
            {
                "client_order_id": order.terms.client_order_id,
                "side": order.terms.side.value,
                "state": order.state.value,
                "leaves_qty": str(order.leaves_qty),
            }
            for order in view.working_orders
        ],
        "cash": str(books.cash),
        "equity": str(books.equity),
    }


def _health(run: Run, earlier: Earlier, holder: Holder | None) -> dict[str, Any]:
    stopped = run.stopped
    trading = earlier.state.trading_state
    restricted = f"trading is {earlier.restriction.told or trading.value}"
    waiting = _waiting(MarketView(earlier.state, datetime.now(UTC)))
    if holder is not None:
        if trading is not TradingState.ACTIVE:
            return _unhealthy(restricted)
        if waiting:
            return _unhealthy(f"running since {holder.since or 'now'}, and entries wait: {waiting}")
        return _healthy(f"running since {holder.since or 'now'}, trading is ACTIVE")
    if stopped is None:
        how, detail = earlier.ended
        return _unhealthy(
            f"not running, and the last run {ENDED[how]}: {detail}; `interlock run` goes on from the journal"
        )
    if stopped.reason not in _CLEAN:
        return _unhealthy(f"not running: the last run ended by {stopped.reason.value}; its log says what was raised")
    if trading is TradingState.HALTED:
        return _unhealthy(f"not running, and {restricted}")
    if waiting:
        return _unhealthy(f"not running, and {waiting}")
    return _healthy(f"not running: stopped cleanly by {stopped.reason.value}")


def _waiting(view: MarketView) -> str:
    """What the venue has yet to say; empty where nothing is open."""
    if view.reconciliation_pending is not None:
        return sentence(Reason.RECONCILIATION_PENDING, {"observed": view.reconciliation_pending})
    if view.orders_in_doubt:
        return sentence(Reason.ORDER_IN_DOUBT, {"observed": view.orders_in_doubt})
    return ""


def _healthy(reason: str) -> dict[str, Any]:
    return {"healthy": True, "exit_code": int(ExitCode.DONE), "reason": reason}


def _unhealthy(reason: str) -> dict[str, Any]:
    return {"healthy": False, "exit_code": int(ExitCode.FINDING), "reason": reason}


def _written_at(path: Path) -> str:
    """When something was last committed: into the write-ahead log, or, where there is none, into the file."""
    log = path.with_name(f"{path.name}-wal")
    changed = max(one.stat().st_mtime for one in (path, log) if one.exists())
    return datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds")
