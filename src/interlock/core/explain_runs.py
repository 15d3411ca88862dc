"""What a run tells of itself, in sentences. A part of ``explain``."""

from collections.abc import Collection
from typing import Final

from interlock.core.explain_words import counted, raised
from interlock.core.observations import (
    ChangedSetting,
    Chapter,
    ConfigurationChanged,
    CycleOverran,
    JournalOpened,
    JournalResumed,
    LastEnd,
    Observation,
    ReconciliationFailed,
    RunStarted,
    RunStopped,
    VenueReconciled,
)


def of_the_run(observation: Observation) -> tuple[str, ...]:
    """Where ``observation`` tells of a run, in words; empty for any other."""
    match observation:
        case JournalOpened(chapter=Chapter() as chapter) as opened:
            return (_goes_on(opened, chapter),)
        case JournalOpened() as opened:
            return (
                f"a journal of {opened.instrument.symbol} in {opened.mode.value} for account {opened.account} begins "
                f"with {opened.opening_cash:f} {opened.currency}",
            )
        case RunStarted() as started:
            return (f"run {started.run_id} of {started.build} starts on {started.feed}", origins_told(started))
        case RunStopped(reason=reason):
            return (f"the run stops: {reason.value}",)
        case CycleOverran() as overran:
            return (f"a cycle took too long; left out and not caught up: {overran.missed}",)
        case VenueReconciled() as reconciled:
            return (_reconciled(reconciled),)
        case ReconciliationFailed(error=error, place=place):
            return (f"the venue could not be asked about orders and position ({raised(error, place)}): entries wait",)
        case JournalResumed() as resumed:
            return (
                f"goes on from record {resumed.last_seq}",
                end_told(resumed),
                f"position {resumed.position:f}, cash {resumed.cash:f}, {orders_told(resumed)}",
                f"trading {resumed.trading_state}",
            )
        case ConfigurationChanged(changes=changes, left_out=left_out):
            others = (f"and {left_out} more changes of the configuration",) if left_out else ()
            return (*(change_told(change) for change in changes), *others)
        case _:
            return ()


def origins_told(started: RunStarted) -> str:
    """Where the values of a run's configuration came from."""
    if started.origins is None:
        return "where the values of the run's configuration came from was not recorded"
    said = " and ".join(f"{_which(origin.keys)} from {origin.place}" for origin in started.origins)
    return "the run's configuration is the default" + f", but for {said}" * bool(said)


def _which(keys: Collection[str]) -> str:
    return next(iter(keys)) if len(keys) == 1 else counted(len(keys), "value")


def _reconciled(reconciled: VenueReconciled) -> str:
    held = "states no position" if reconciled.position is None else f"holds a position of {reconciled.position}"
    doubt = f", of which nobody can say what became: {reconciled.in_doubt}" if reconciled.in_doubt else ""
    return f"the venue has answered ({reconciled.cause.value}): it {held}; working orders: {reconciled.asked}{doubt}"


ENDED: Final = {LastEnd.CLEAN: "ended cleanly", LastEnd.CRASHED: "crashed", LastEnd.KILLED: "was killed"}


def end_told(resumed: JournalResumed) -> str:
    """How the earlier run ended."""
    return f"the earlier run {ENDED[resumed.ended]}: {resumed.detail}"


def orders_told(resumed: JournalResumed) -> str:
    """Which orders it left working."""
    named = ", ".join(f"{order.client_order_id} {order.state.value}" for order in resumed.orders)
    more = f" and {resumed.working - len(resumed.orders)} more" * (resumed.working > len(resumed.orders))
    return counted(resumed.working, "working order") + f" ({named}{more})" * bool(named)


def change_told(change: ChangedSetting) -> str:
    """One key of the configuration, before and after."""
    before, after = ("not set" if value is None else value for value in (change.before, change.after))
    return f"the configuration changed: {change.key} was {before}, is {after}" + " (loosened)" * change.loosens


def _goes_on(opened: JournalOpened, chapter: Chapter) -> str:
    state = chapter.state
    return (
        f"chapter {chapter.number} of the journal of {opened.instrument.symbol} in {opened.mode.value} for account "
        f"{opened.account} goes on from record {chapter.seq} of {chapter.archive}, with position "
        f"{state.portfolio.position:f}, cash {state.portfolio.cash:f}, {counted(len(state.working), 'working order')}, "
        f"trading {state.trading_state.value}"
    )
